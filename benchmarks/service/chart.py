"""The plot: papers a second and the slowest hundredth by rate, as one SVG that stands alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log10

from benchmarks.service.figures import Figures

STYLES = (("#0b6e4f", ""), ("#b3541e", "7 4"), ("#4a4e9e", "2 4"))
"""Colour and dashes of each line: they can be told apart without colour."""

WIDE, TALL, LEFT, TOP, GAP = 330.0, 250.0, 56.0, 40.0, 84.0

MILLISECONDS = (10, 100, 1_000, 10_000)


def chart(results: Mapping[str, Sequence[Figures]]) -> str:
    """Args:
    results: by name of a service, its figures by rising rate; three services at most.
    """
    most = max(one.rate for figures in results.values() for one in figures)
    highest = 1.1 * max(one.papers_a_second for figures in results.values() for one in figures)
    low, high = log10(MILLISECONDS[0]) - 0.3, log10(MILLISECONDS[-1]) + 0.3

    def x(rate: float) -> float:
        return WIDE * rate / most

    def y_papers(one: Figures) -> float | None:
        return TALL * (1 - one.papers_a_second / highest)

    def y_of(milliseconds: float) -> float:
        return TALL * (high - log10(milliseconds)) / (high - low)

    def y_time(one: Figures) -> float | None:
        return None if one.p99 is None else y_of(max(one.p99, 10**low))

    step = _step(highest)
    papers = [(TALL * (1 - value / highest), f"{value}") for value in range(0, int(highest), step)]
    times = [(y_of(value), f"{value:,}") for value in MILLISECONDS]
    left = _panel("papers answered a second", papers, most, x, y_papers, results)
    right = _panel("p99 of accepted calls, ms", times, most, x, y_time, results)
    width, height = 2 * LEFT + 2 * WIDE + GAP - 30, TOP + TALL + 60
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        'font-family="sans-serif" font-size="12" fill="#222">'
        "<title>Papers answered a second, and the 99th percentile of latency, by rate</title>"
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>'
        f"{_legend(list(results))}"
        f'<g transform="translate({LEFT:g} {TOP:g})">{left}</g>'
        f'<g transform="translate({LEFT + WIDE + GAP:g} {TOP:g})">{right}</g></svg>\n'
    )


def _panel(
    title: str,
    ticks: Sequence[tuple[float, str]],
    most: float,
    x: Callable[[float], float],
    y: Callable[[Figures], float | None],
    results: Mapping[str, Sequence[Figures]],
) -> str:
    parts = [f'<rect width="{WIDE:g}" height="{TALL:g}" fill="none" stroke="#888"/>']
    for place, label in ticks:
        parts.append(f'<path d="M0 {place:.1f}h{WIDE:g}" stroke="#ddd"/>')
        parts.append(f'<text x="-6" y="{place + 4:.1f}" text-anchor="end">{label}</text>')
    for rate in range(0, int(most) + 1, _step(most)):
        parts.append(f'<path d="M{x(rate):.1f} 0v{TALL:g}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{x(rate):.1f}" y="{TALL + 16:g}" text-anchor="middle">{rate}</text>'
        )
    parts.append(
        f'<text x="{WIDE / 2:g}" y="{TALL + 36:g}" text-anchor="middle">calls sent a second</text>'
        f'<text x="0" y="-8" font-weight="bold">{title}</text>'
    )
    for (colour, dashes), figures in zip(STYLES, results.values(), strict=False):
        points = [(x(one.rate), y(one)) for one in figures]
        path = "L".join(f"{across:.1f} {up:.1f}" for across, up in points if up is not None)
        if not path:
            continue
        parts.append(
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes}"/>'
        )
        parts += [
            f'<circle cx="{across:.1f}" cy="{up:.1f}" r="2.6" fill="{colour}"/>'
            for across, up in points
            if up is not None
        ]
    return "".join(parts)


def _legend(names: Sequence[str]) -> str:
    parts = []
    for place, (name, (colour, dashes)) in enumerate(zip(names, STYLES, strict=False)):
        x = LEFT + 190 * place
        parts.append(
            f'<path d="M{x:g} 12h34" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes}"/><text x="{x + 42:g}" y="16">{name}</text>'
        )
    return "".join(parts)


def _step(most: float) -> int:
    """A round step that gives four to ten ticks."""
    return next((step for step in (5, 10, 20, 50, 100, 200, 500) if most / step <= 8), 1000)
