"""The table as a picture: a dot a figure, a bar for its interval."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil, floor

from benchmarks.quality.table import COLUMNS, Row

FIGURES = ("micro_f1", "macro_f1", "precision_at_1")
NAMES, PANEL, GAP, LINE, TOP = 250.0, 190.0, 30.0, 30.0, 44.0

STYLE = """text{font:13px system-ui,sans-serif;fill:#222}.small{font-size:11px;fill:#555}
.mid{text-anchor:middle}.grid{stroke:#ddd}.bar{stroke:#666;stroke-width:2}.dot{fill:#666}
.ours.bar{stroke:#0b5cad;stroke-width:3}.ours.dot{fill:#0b5cad}text.ours{font-weight:600}
@media(prefers-color-scheme:dark){text{fill:#eee}.small{fill:#aaa}.grid{stroke:#444}
.bar{stroke:#aaa}.dot{fill:#aaa}.ours.bar{stroke:#6db3ff}.ours.dot{fill:#6db3ff}}"""


def chart(rows: Sequence[Row]) -> str:
    """An SVG of its own, light or dark as the reader's page is."""
    height = TOP + LINE * len(rows) + 26
    width = NAMES + len(FIGURES) * (PANEL + GAP)
    parts = [
        f'<text class="{_kind(row)}" x="0" y="{TOP + LINE * (place + 0.5) + 4:g}">'
        f"{escape(row.title)}</text>"
        for place, row in enumerate(rows)
    ]
    for number, name in enumerate(FIGURES):
        parts.append(_panel(rows, name, NAMES + number * (PANEL + GAP)))
    title = "Quality of the systems, 95 % intervals"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">'
        f"<title>{title}</title><style>{STYLE}</style>{''.join(parts)}</svg>\n"
    )


def _panel(rows: Sequence[Row], name: str, left: float) -> str:
    ends: list[tuple[float, float, float]] = []
    for row in rows:
        value, interval = getattr(row.metrics, name), row.intervals[name]
        ends.append(
            (value, interval.low if interval else value, interval.high if interval else value)
        )
    low = floor(min(one[1] for one in ends) * 20) / 20
    high = max(low + 0.1, ceil(max(one[2] for one in ends) * 20) / 20)

    def place(share: float) -> float:
        return round(left + (share - low) / (high - low) * PANEL, 1)

    bottom = TOP + LINE * len(rows)
    parts = [f'<text class="mid" x="{left + PANEL / 2:g}" y="16">{COLUMNS[name]}</text>']
    step = 0.05 if high - low <= 0.3 else 0.1
    tick = low
    while tick <= high + 1e-9:
        x = place(tick)
        parts.append(f'<path class="grid" d="M{x} {TOP - 6}V{bottom}"/>')
        parts.append(f'<text class="small mid" x="{x}" y="{bottom + 18}">{tick:.2f}</text>')
        tick += step
    for number, (row, (value, least, most)) in enumerate(zip(rows, ends, strict=True)):
        y, kind = TOP + LINE * (number + 0.5), _kind(row)
        parts.append(f'<path class="bar {kind}" d="M{place(least)} {y:g}H{place(most)}"/>')
        parts.append(f'<circle class="dot {kind}" cx="{place(value)}" cy="{y:g}" r="5"/>')
        parts.append(f'<text class="small mid" x="{place(value)}" y="{y - 8:g}">{value:.3f}</text>')
    return "".join(parts)


def _kind(row: Row) -> str:
    return "ours" if row.name == "ours" else "peer"
