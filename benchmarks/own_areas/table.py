"""The table of `docs/own-areas.md`: micro- and macro-F1, and paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagstract.training.evaluation.bootstrap import weights

RESAMPLES = 2000
OURS = "Tagstract"
TFIDF = ("TF-IDF + LR", "TF-IDF + LinearSVC")

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Row:
    """One set and size: the tags of each system, (papers, areas), and the seconds it was fitted."""

    name: str
    papers: int
    truth: Flags
    given: Mapping[str, Flags]
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class Compared:
    """F1 of each system, and ours less theirs with its 95 % interval."""

    micro: dict[str, float]
    macro: dict[str, float]
    less: dict[str, tuple[float, float, float]]

    @property
    def best(self) -> str:
        return max(self.micro, key=lambda name: self.micro[name])

    @property
    def first(self) -> bool:
        """Whether ours is the best, or the best is within its interval."""
        return self.best == OURS or self.less[self.best][2] >= 0

    def lead(self, figure: str) -> float:
        """Ours less the better TF-IDF."""
        values: dict[str, float] = getattr(self, figure)
        return values[OURS] - max(values[name] for name in TFIDF if name in values)


def compare(row: Row, seed: int = 0) -> Compared:
    """Paired bootstrap over the test papers, percentile intervals."""
    draws = np.concatenate(list(weights(len(row.truth), RESAMPLES, seed)))
    once = np.ones((1, len(row.truth)))
    micro = {name: float(_micro(given, row.truth, once)[0]) for name, given in row.given.items()}
    drawn = {name: _micro(given, row.truth, draws) for name, given in row.given.items()}
    less = {}
    for name in row.given:
        low, high = np.quantile(drawn[OURS] - drawn[name], [0.025, 0.975])
        less[name] = (micro[OURS] - micro[name], float(low), float(high))
    macro = {name: _macro(given, row.truth) for name, given in row.given.items()}
    return Compared(micro, macro, less)


def line_of(row: Row) -> str:
    """A row in one line, for whoever waits for the others."""
    one = compare(row)
    figures = ", ".join(f"{name} {one.micro[name]:.3f}" for name in row.given)
    return f"{row.name}, {row.papers:,} papers: {figures}"


def markdown(rows: Sequence[Row]) -> str:
    """Both tables and the sums."""
    compared = [compare(row) for row in rows]
    names = list(dict.fromkeys(name for row in rows for name in row.given))
    lines = [
        "| set, training papers | " + " | ".join(names) + " | best TF-IDF, paired | first |",
        "| --- |" + " --- |" * (len(names) + 2),
    ]
    for row, one in zip(rows, compared, strict=True):
        cells = [
            f"{one.micro[name]:.3f} / {one.macro[name]:.3f}" if name in one.micro else "-"
            for name in names
        ]
        peers = [name for name in TFIDF if name in one.micro]
        low = min((one.less[name] for name in peers), key=lambda found: found[0])
        lines.append(
            f"| {row.name}, {row.papers:,} | "
            + " | ".join(cells)
            + f" | {low[0]:+.3f} ({low[1]:+.3f} to {low[2]:+.3f}) | "
            + ("yes |" if one.first else f"no: {one.best} |")
        )
    micro, macro = (
        np.mean([one.lead(figure) for one in compared]) for figure in ("micro", "macro")
    )
    lines += [
        "",
        f"Ahead of the better TF-IDF by {micro:+.3f} micro-F1 and {macro:+.3f} macro-F1 on average "
        f"over {len(rows)} rows; first, or within the interval of the first, in "
        f"{sum(one.first for one in compared)} of them.",
        "",
        "Seconds of fitting, with embeddings in the cache:",
        "",
        "| set, training papers | " + " | ".join(names) + " |",
        "| --- |" + " --- |" * len(names),
    ]
    for row in rows:
        cells = [f"{row.seconds[name]:.0f}" if name in row.seconds else "-" for name in names]
        lines.append(f"| {row.name}, {row.papers:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _micro(given: Flags, truth: Flags, draws: Floats) -> Floats:
    """(resamples,), from how often each paper was drawn, (resamples, papers)."""
    right, size = (given & truth).sum(1), given.sum(1) + truth.sum(1)
    return np.asarray(2 * (draws @ right) / np.maximum(draws @ size, 1))


def _macro(given: Flags, truth: Flags) -> float:
    """Mean over the areas that some paper has or was given."""
    right, size = (given & truth).sum(0), given.sum(0) + truth.sum(0)
    return float((2 * right[size > 0] / size[size > 0]).mean())
