"""What the ladder found, as a person reads it: on a terminal and in `docs/service.md`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.service.figures import Figures

BEGIN, END = "<!-- ladder -->", "<!-- /ladder -->"
"""Between these two, `docs/service.md` is written by the ladder."""

HEAD = (
    "calls/s", "sent", "accepted", "refused", "errors", "wrong", "p50 ms", "p95 ms", "p99 ms",
    "refusal p99 ms", "papers/s", "MB", "lag ms",
)  # fmt: skip


@dataclass(frozen=True)
class Capacity:
    """Papers a second that a service answers callers who wait for their answers."""

    single: float
    by_32: float
    wrong: int

    def __str__(self) -> str:
        wrong = f", {self.wrong} wrong answers" if self.wrong else ""
        return f"{self.single:.1f} papers/s one a call, {self.by_32:.1f} in calls of 32{wrong}"


@dataclass(frozen=True)
class Result:
    """One service: its capacity, and its figures by rising rate."""

    capacity: Capacity
    rates: Sequence[Figures]

    @property
    def in_time(self) -> float:
        """The most papers a second at a rate of which 99 of 100 accepted calls came in time."""
        return max((one.papers_a_second for one in self.rates if one.in_time), default=0.0)


def row(one: Figures) -> list[str]:
    """The cells of one rate, in the order of HEAD."""
    numbers = [one.sent, one.accepted, one.refused, one.errors, one.wrong]
    times = [one.p50, one.p95, one.p99, one.refusal_p99]
    return [
        f"{one.rate:g}",
        *(f"{number:,}" for number in numbers),
        *("–" if value is None else f"{value:,.0f}" for value in times),  # noqa: RUF001
        f"{one.papers_a_second:.1f}",
        "–" if one.memory is None else f"{one.memory:,.0f}",  # noqa: RUF001
        "–" if one.lag is None else f"{one.lag:.0f}",  # noqa: RUF001
    ]


def line(cells: Sequence[str]) -> str:
    """A row for a terminal."""
    return " ".join(cell.rjust(max(8, len(name))) for cell, name in zip(cells, HEAD, strict=True))


def document(results: Mapping[str, Result]) -> str:
    """Markdown: capacities, ratios, and a table for each service."""
    parts = ["| | one a call, papers/s | 32 a call, papers/s | in time, papers/s |",
             "| --- | ---: | ---: | ---: |"]  # fmt: skip
    for name, result in results.items():
        cells = (result.capacity.single, result.capacity.by_32, result.in_time)
        parts.append(f"| {name} | " + " | ".join(f"{value:.1f}" for value in cells) + " |")
    parts += [f"| {words} |" for words in ratios(results)]
    parts += ["", *(f"- Tagstract, {words}" for words in goals(next(iter(results.values()))))]
    for name, result in results.items():
        parts += ["", f"**{name}**", "", f"| {' | '.join(HEAD)} |", "|" + " ---: |" * len(HEAD)]
        parts += [f"| {' | '.join(row(one))} |" for one in result.rates]
    return "\n".join(parts)


def ratios(results: Mapping[str, Result]) -> list[str]:
    """The first service as a multiple of each other one: the cells of a row for each."""
    (first, ours), *others = results.items()
    found = []
    for name, theirs in others:
        pairs = (
            (ours.capacity.single, theirs.capacity.single),
            (ours.capacity.by_32, theirs.capacity.by_32),
            (ours.in_time, theirs.in_time),
        )
        times = [f"{a / b:.1f} x" if b else "none in time" for a, b in pairs]
        found.append(" | ".join([f"{first} by {name}", *times]))
    return found


def goals(ours: Result) -> list[str]:
    """What the service is meant to hold, and what it held."""
    twenty = next((one for one in ours.rates if one.rate == 20), None)
    last = ours.rates[-1]
    found = []
    if twenty is not None:
        found.append(f"20 calls/s: p99 {twenty.p99:,.0f} ms (goal: under 100)")
    refusals = "none" if last.refusal_p99 is None else f"p99 {last.refusal_p99:,.0f} ms"
    accepted = "none" if last.p99 is None else f"p99 {last.p99:,.0f} ms"
    found.append(
        f"{last.rate:g} calls/s, {last.rate / ours.capacity.single:.1f} x the capacity: accepted "
        f"{accepted} (goal: under 1,000), refused {refusals} (goal: under 100), "
        f"{last.errors} errors, {last.wrong} wrong answers"
    )
    return found


def write_between(path: Path, text: str) -> None:
    """Put a text between the two marks of a page.

    Raises:
        ValueError: the page does not hold both marks.
    """
    page = path.read_text(encoding="utf-8")
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"{path} does not hold {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
