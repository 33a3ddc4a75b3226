"""Micro-F1 by abstracts a second, as one SVG that stands alone; a panel a labelled set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDE, TALL, LEFT, TOP, BELOW = 620.0, 320.0, 52.0, 34.0, 52.0

STYLE = """text{font:12px system-ui,sans-serif;fill:#222}.small{font-size:11px;fill:#555}
.mid{text-anchor:middle}.end{text-anchor:end}.grid{stroke:#ddd}.dot{fill:#666}
.ours.dot{fill:#0b5cad}text.ours{font-weight:600;fill:#0b5cad}.line{stroke:#0b5cad;fill:none}
@media(prefers-color-scheme:dark){text{fill:#eee}.small{fill:#aaa}.grid{stroke:#444}
.dot{fill:#aaa}.ours.dot{fill:#6db3ff}text.ours{fill:#6db3ff}.line{stroke:#6db3ff}}"""


@dataclass(frozen=True)
class Dot:
    """One system: abstracts a second, and its micro-F1 on each labelled set."""

    title: str
    rate: float
    f1: Sequence[float]
    ours: bool


def chart(dots: Sequence[Dot], sets: Sequence[str]) -> str:
    """An SVG, light or dark as the reader's page is."""
    height = len(sets) * (TOP + TALL + BELOW)
    width = LEFT + WIDE + 20
    panels = "".join(
        f'<g transform="translate({LEFT:g} {TOP + number * (TOP + TALL + BELOW):g})">'
        f"{_panel(name, [(dot, dot.f1[number]) for dot in dots])}</g>"
        for number, name in enumerate(sets)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">'
        f"<title>Micro-F1 by abstracts a second</title><style>{STYLE}</style>{panels}</svg>\n"
    )


def _panel(name: str, dots: Sequence[tuple[Dot, float]]) -> str:
    values = [f1 for _, f1 in dots]
    low = floor(min(values) * 20) / 20
    high = max(ceil(max(values) * 20) / 20, low + 0.05)
    slow = floor(log10(min(dot.rate for dot, _ in dots)))
    fast = max(ceil(log10(max(dot.rate for dot, _ in dots))), slow + 1)

    def x(rate: float) -> float:
        return round(WIDE * (log10(rate) - slow) / (fast - slow), 1)

    def y(f1: float) -> float:
        return round(TALL * (high - f1) / (high - low), 1)

    parts = [f'<text y="-12">micro-F1 on {escape(name)}</text>']
    for step in range(round((high - low) * 20) + 1):
        value = low + step / 20
        parts.append(f'<path class="grid" d="M0 {y(value)}H{WIDE:g}"/>')
        parts.append(f'<text class="small end" x="-6" y="{y(value) + 4:g}">{value:.2f}</text>')
    for power in range(slow, fast + 1):
        place = x(10.0**power)
        parts.append(f'<path class="grid" d="M{place} 0V{TALL:g}"/>')
        label = f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"
        parts.append(f'<text class="small mid" x="{place}" y="{TALL + 16:g}">{label}</text>')
    parts.append(
        f'<text class="small mid" x="{WIDE / 2:g}" y="{TALL + 36:g}">abstracts a second</text>'
    )
    ours = [f"{x(dot.rate)} {y(f1)}" for dot, f1 in sorted(dots, key=_rate) if dot.ours]
    parts.append(f'<path class="line" d="M{"L".join(ours)}"/>' if len(ours) > 1 else "")
    places = {id(dot): (x(dot.rate), y(f1)) for dot, f1 in dots}
    for dot, _ in dots:
        across, down = places[id(dot)]
        kind = "ours" if dot.ours else "peer"
        parts.append(f'<circle class="dot {kind}" cx="{across}" cy="{down}" r="5"/>')
    parts += _labels([(dot, *places[id(dot)]) for dot, _ in dots])
    return "".join(parts)


def _labels(dots: Sequence[tuple[Dot, float, float]]) -> list[str]:
    """The names beside their dots, moved down where one would cover another."""
    taken: list[tuple[float, float, float]] = []
    parts = []
    for dot, across, down in sorted(dots, key=lambda one: one[2]):
        width = 6.6 * len(dot.title)
        left = across + width + 9 > WIDE
        start = across - 9 - width if left else across + 9
        line = down + 4
        while any(
            abs(line - other) < 13 and start < right and begun < start + width
            for other, begun, right in taken
        ):
            line += 3
        taken.append((line, start, start + width))
        side, place = ("end", across - 9) if left else ("begin", across + 9)
        name = escape(dot.title)
        parts.append(f'<text class="{side} {_kind(dot)}" x="{place:g}" y="{line:g}">{name}</text>')
    return parts


def _kind(dot: Dot) -> str:
    return "ours" if dot.ours else "peer"


def _rate(pair: tuple[Dot, float]) -> float:
    return pair[0].rate
