"""The report's drawings: SVG for the page itself, coloured by the page's style sheet.

In all of them the model is `m` (solid, filled) and the baseline `b` (dashed, hollow), so that
they can be told apart without colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log10

import numpy as np
from markupsafe import Markup, escape

from tagstract.training.evaluation.bootstrap import Difference, Interval, wilson
from tagstract.training.evaluation.comparison import Curve
from tagstract.training.evaluation.measures import BINS, ReliabilityBin

POINTS = 150
"""Points of a drawn curve; more can't be seen."""

SIDE, LEFT, TOP = 260.0, 44.0, 8.0
"""Of a large chart: the square of the plot and the room for its numbers."""

TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def reliability_chart(
    title: str, model: list[ReliabilityBin], baseline: list[ReliabilityBin]
) -> Markup:
    """Share right by probability, and below it how many pairs each bin holds, on a log scale."""
    parts = [_frame("probability", "share that is correct")]
    parts.append(f'<path class="diagonal" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>')
    for kind, bins in (("b", baseline), ("m", model)):
        for found in bins:
            spread = wilson(round(found.accuracy * found.count), found.count)
            x = _x(found.confidence)
            parts.append(
                f'<path class="{kind} whisker" d="M{x} {_y(spread.low)}V{_y(spread.high)}"/>'
            )
        points = [(_x(found.confidence), _y(found.accuracy)) for found in bins]
        if points:
            path = "L".join(f"{x} {y}" for x, y in points)
            parts.append(f'<path class="{kind} line" d="M{path}"/>')
        parts += [f'<circle class="{kind} dot" cx="{x}" cy="{y}" r="3.4"/>' for x, y in points]
    parts.append(_counts(model, baseline))
    return _svg(title, LEFT + SIDE + 14, TOP + SIDE + 142, parts)


def curve_chart(title: str, model: Curve, baseline: Curve) -> Markup:
    """Precision by recall, large; a dot on each where its thresholds stand."""
    parts = [_frame("recall", "precision")]
    for kind, curve in (("b", baseline), ("m", model)):
        parts.append(f'<path class="{kind} line" d="{_steps(curve, SIDE, LEFT, TOP)}"/>')
    for kind, curve in (("b", baseline), ("m", model)):
        x, y = (_x(curve.at_thresholds[0]), _y(curve.at_thresholds[1]))
        parts.append(f'<circle class="{kind} dot" cx="{x}" cy="{y}" r="4.5"/>')
    return _svg(title, LEFT + SIDE + 14, TOP + SIDE + 42, parts)


def small_curve(title: str, model: Curve, baseline: Curve) -> Markup:
    """Precision by recall of one area, without numbers; both axes run from 0 to 1."""
    side, room = 100.0, 5.0
    parts = [f'<rect class="plot" x="{room}" y="{room}" width="{side}" height="{side}"/>']
    half = room + side / 2
    parts.append(f'<path class="grid" d="M{room} {half}h{side}M{half} {room}v{side}"/>')
    for kind, curve in (("b", baseline), ("m", model)):
        parts.append(f'<path class="{kind} line" d="{_steps(curve, side, room, room)}"/>')
    for kind, curve in (("b", baseline), ("m", model)):
        recall, precision = curve.at_thresholds
        x, y = _round(room + side * recall), _round(room + side * (1 - precision))
        parts.append(f'<circle class="{kind} dot" cx="{x}" cy="{y}" r="3.4"/>')
    return _svg(title, side + 2 * room, side + 2 * room, parts)


def interval_bar(
    title: str, value: float | None, interval: Interval | None, baseline: float | None
) -> Markup:
    """One line of a table: a value from 0 to 1 with its interval, and the baseline's beside it."""
    width, middle, room = 200.0, 9.0, 5.0

    def place(share: float) -> float:
        return _round(room + share * (width - 2 * room))

    ticks = "".join(f"M{place(share)} 2v14" for share in (0.0, 0.25, 0.5, 0.75, 1.0))
    parts = [f'<path class="grid" d="{ticks}"/>']
    if interval is not None:
        ends = f"M{place(interval.low)} {middle}H{place(interval.high)}"
        parts.append(f'<path class="m interval" d="{ends}"/>')
    if baseline is not None:
        parts.append(f'<circle class="b dot" cx="{place(baseline)}" cy="{middle}" r="4"/>')
    if value is not None:
        parts.append(f'<circle class="m dot" cx="{place(value)}" cy="{middle}" r="4"/>')
    return _svg(title, width, 2 * middle, parts)


def difference_bar(title: str, found: Difference | None, reach: float) -> Markup:
    """One line of a table: a difference and its interval, between -reach and +reach."""
    width, middle, room = 200.0, 9.0, 5.0

    def place(value: float) -> float:
        return _round(width / 2 + value / reach * (width / 2 - room))

    ticks = "".join(f"M{place(share * reach)} 4v10" for share in (-1, -0.5, 0.5, 1))
    parts = [f'<path class="grid" d="{ticks}"/><path class="zero" d="M{place(0)} 0v18"/>']
    if found is not None:
        ends = f"M{place(found.low)} {middle}H{place(found.high)}"
        parts.append(f'<path class="m interval" d="{ends}"/>')
        parts.append(f'<circle class="m dot" cx="{place(found.difference)}" cy="{middle}" r="4"/>')
    return _svg(title, width, 2 * middle, parts)


def _frame(across: str, up: str) -> str:
    """The square of a large chart with its grid, numbers and names of the axes."""
    parts = [f'<rect class="plot" x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}"/>']
    for tick in TICKS:
        x, y = _x(tick), _y(tick)
        parts.append(f'<path class="grid" d="M{x} {TOP}v{SIDE}M{LEFT} {y}h{SIDE}"/>')
        parts.append(f'<text class="end" x="{LEFT - 6}" y="{_round(y + 4)}">{tick:g}</text>')
        parts.append(f'<text class="mid" x="{x}" y="{TOP + SIDE + 16}">{tick:g}</text>')
    parts.append(f'<text class="mid" x="{_x(0.5)}" y="{TOP + SIDE + 34}">{across}</text>')
    turn = f"rotate(-90 12 {_y(0.5)})"
    parts.append(f'<text class="mid" transform="{turn}" x="12" y="{_y(0.5)}">{up}</text>')
    return "".join(parts)


def _counts(model: list[ReliabilityBin], baseline: list[ReliabilityBin]) -> str:
    """Bars below a reliability chart, model left and baseline right in each bin."""
    height, bottom = 72.0, TOP + SIDE + 126
    most = max((found.count for found in [*model, *baseline]), default=1)
    decades = int(log10(most)) + 1

    def tall(count: float) -> float:
        # A bar of one pair must be seen, so the scale begins below 1.
        return height * (log10(count) + 0.3) / (decades + 0.3) if count else 0.0

    parts = []
    for power in range(decades + 1):
        y = _round(bottom - tall(10**power))
        parts.append(f'<path class="grid" d="M{LEFT} {y}h{SIDE}"/>')
        label = f"{10**power:,}" if power < 4 else f"{10 ** (power - 3):,}k"
        parts.append(f'<text class="end" x="{LEFT - 6}" y="{_round(y + 4)}">{label}</text>')
    wide = SIDE / BINS / 2 - 1.5
    for kind, bins, shift in (("m", model, 1.0), ("b", baseline, wide + 2)):
        for found in bins:
            x, tip = _round(_x(found.low) + shift), _round(tall(found.count))
            parts.append(
                f'<rect class="{kind} count" x="{x}" y="{_round(bottom - tip)}" '
                f'width="{_round(wide)}" height="{tip}"/>'
            )
    parts.append(f'<text class="mid" x="{_x(0.5)}" y="{bottom + 14}">pairs in each bin</text>')
    return "".join(parts)


def _steps(curve: Curve, side: float, left: float, top: float) -> str:
    """The curve as average precision sums it: a point's precision holds from the point before."""
    last = len(curve.recall) - 1
    path: list[str] = []
    at = 0.0
    for place in np.unique(np.linspace(0, last, min(last + 1, POINTS)).astype(int)):
        recall, precision = float(curve.recall[place]), float(curve.precision[place])
        y = _round(top + side * (1 - precision))
        path.append(f"V{y}" if path else f"M{_round(left + side * at)} {y}")
        path.append(f"H{_round(left + side * recall)}")
        at = recall
    return "".join(path)


def _svg(title: str, width: float, height: float, parts: Iterable[str]) -> Markup:
    return Markup(
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img"><title>{escape(title)}</title>'
        f"{''.join(parts)}</svg>"
    )


def _x(share: float) -> float:
    return _round(LEFT + SIDE * share)


def _y(share: float) -> float:
    return _round(TOP + SIDE * (1 - share))


def _round(value: float) -> float:
    return round(float(value), 1)
