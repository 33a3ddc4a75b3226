"""An evaluation as one HTML page that needs nothing else: no script, no outside file."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tagstract.labels import Area
from tagstract.labels.storage.atomic import atomic_writer
from tagstract.training.evaluation.bootstrap import Difference, Interval
from tagstract.training.evaluation.charts import (
    curve_chart,
    difference_bar,
    interval_bar,
    reliability_chart,
    small_curve,
)
from tagstract.training.evaluation.comparison import FIGURE_NAMES, Evaluation
from tagstract.training.evaluation.measures import BINS

FEW = 5
"""An area with fewer papers is marked: hardly anything can be said of it."""


def write_report(path: Path, evaluation: Evaluation, sources: Sequence[str] = ()) -> None:
    """Write the page to `path`, whole or not at all.

    Args:
        sources: the labelled files, as the reader is to see them.

    Raises:
        InputError: `path` can't be written.
    """
    page = render(evaluation, sources)
    with atomic_writer(path) as file:
        file.write(page)


def render(evaluation: Evaluation, sources: Sequence[str] = ()) -> str:
    """The page as text; whatever comes from papers or the taxonomy is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        figure=_figure, signed=_signed, interval=_interval, gain=_gain, percent=_percent
    )
    areas = {area.id: area for area in evaluation.taxonomy.areas}
    page = environment.get_template("report.html.jinja").render(
        evaluation=evaluation,
        model=evaluation.model,
        baseline=evaluation.baseline,
        sources=[Path(source).name for source in sources],
        areas=areas,
        names=FIGURE_NAMES,
        bars=_bars(evaluation),
        reach=f"{_reach(evaluation):.2f}",
        reliability={
            "all": reliability_chart(
                "Reliability over all pairs of a paper and an area",
                evaluation.model.reliability,
                evaluation.baseline.reliability,
            ),
            "tags": reliability_chart(
                "Reliability of the given tags",
                evaluation.model.reliability_tags,
                evaluation.baseline.reliability_tags,
            ),
        },
        micro=curve_chart(
            "Precision and recall over all areas together",
            evaluation.model.micro_curve,
            evaluation.baseline.micro_curve,
        ),
        curves=_curves(evaluation, areas),
        ranked=sorted(areas.values(), key=lambda area: _rank(evaluation, area)),
        few=FEW,
        bins=BINS,
    )
    # A title may hold half of a surrogate pair, which no encoding can write.
    return page.encode("utf-8", "replace").decode("utf-8")


def _rank(evaluation: Evaluation, area: Area) -> tuple[bool, float, str]:
    """Best F1 first; areas of which nothing is known last."""
    nothing = evaluation.model.area_intervals[area.id] is None
    return nothing, -evaluation.model.metrics.per_area[area.id].f1, area.name


def _bars(evaluation: Evaluation) -> dict[str, Markup]:
    """By figure its difference, by area its F1: the drawn lines of the two tables."""
    ours, theirs = evaluation.model, evaluation.baseline
    bars = {
        figure: difference_bar(
            f"Difference in {name}, model minus baseline",
            evaluation.paired[figure],
            _reach(evaluation),
        )
        for figure, name in FIGURE_NAMES.items()
    }
    for area in evaluation.taxonomy.areas:
        known = [result.area_intervals[area.id] is not None for result in (ours, theirs)]
        bars[f"area:{area.id}"] = interval_bar(
            f"F1 of {area.name}, model and baseline, from 0 to 1",
            ours.metrics.per_area[area.id].f1 if known[0] else None,
            ours.area_intervals[area.id],
            theirs.metrics.per_area[area.id].f1 if known[1] else None,
        )
    return bars


def _reach(evaluation: Evaluation) -> float:
    """Half the axis of the differences: the farthest end of an interval, rounded up."""
    found = [value for value in evaluation.paired.values() if value is not None]
    farthest = max(max(abs(value.low), abs(value.high)) for value in found)
    return max(1, ceil(50 * farthest)) / 50


def _curves(
    evaluation: Evaluation, areas: dict[str, Area]
) -> list[tuple[str, list[tuple[Area, Markup]]]]:
    """By group, its areas that some paper has, each with its chart."""
    groups: dict[str, list[tuple[Area, Markup]]] = {
        group: [] for group in (evaluation.taxonomy.groups)
    }
    for id_, area in areas.items():
        ours, theirs = (
            result.area_curves[id_] for result in (evaluation.model, evaluation.baseline)
        )
        if ours and theirs:
            chart = small_curve(f"Precision and recall of {area.name}", ours, theirs)
            groups[area.group].append((area, chart))
    return [(evaluation.taxonomy.groups[group], found) for group, found in groups.items() if found]


def _figure(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value:.3f}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")


def _interval(value: Interval | None) -> str:
    return "" if value is None else f"{value.low:.3f} to {value.high:.3f}"


def _gain(value: Difference) -> str:
    return f"{_signed(value.low)} to {_signed(value.high)}"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"
