"""A model on labelled papers, beside its baseline: all that `tagstract evaluate` tells."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

from tagstract.labels import InputError, LabelledSet, Taxonomy
from tagstract.model_folder import paper_key
from tagstract.model_folder.scale import most_probable
from tagstract.training.data.training_data import TrainingData
from tagstract.training.evaluation.bootstrap import (
    FIGURES,
    RESAMPLES,
    Difference,
    Draws,
    Interval,
    area_intervals,
    draw,
    intervals,
    paired,
)
from tagstract.training.evaluation.groups import (
    Breakdown,
    GivenTags,
    Group,
    Grouping,
    as_plain,
    by_field,
    by_source,
    given_tags,
)
from tagstract.training.evaluation.measures import (
    Flags,
    Floats,
    Metrics,
    ReliabilityBin,
    Scores,
    measure,
    reliability,
)

if TYPE_CHECKING:
    from tagstract.model_folder import Model

BASELINE = "TF-IDF + logistic regression"
WORST = 12
"""Papers shown as the worst mistakes."""

FIGURE_NAMES = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "precision_at_1": "precision at 1",
    "average_precision": "average precision",
    "coverage": "coverage",
    "other_fields": "other fields without tags",
    "ece": "calibration error, all pairs",
    "ece_tags": "calibration error, given tags",
}
"""What the figures are called where people read them."""

_MIN_PROBABILITY = 1e-6
"""Probabilities nearer to 0 or 1 count as this near, or one of them outweighs all others."""


@dataclass(frozen=True)
class Curve:
    """The best precision at each recall above 0 that is reached, ascending; both (points,).

    `at_thresholds` is the (recall, precision) of the tags that are given; for all areas together
    it may lie off the curve, because the areas' thresholds differ.
    """

    recall: Floats
    precision: Floats
    at_thresholds: tuple[float, float]


@dataclass(frozen=True)
class Result:
    """What one model reaches. `reliability` is over all pairs, `reliability_tags` over tags."""

    name: str
    metrics: Metrics
    intervals: dict[str, Interval | None]
    area_intervals: dict[str, Interval | None]
    reliability: list[ReliabilityBin]
    reliability_tags: list[ReliabilityBin]
    micro_curve: Curve
    area_curves: dict[str, Curve | None]


@dataclass(frozen=True)
class Mistake:
    """A paper that the model got wrong; (area, probability) pairs, most probable first.

    `loss` is the log-loss in nats, summed over the areas.
    """

    id: str
    title: str
    abstract: str
    labels: list[str]
    given: list[tuple[str, float]]
    missed: list[tuple[str, float]]
    added: list[tuple[str, float]]
    loss: float


@dataclass(frozen=True)
class Evaluation:
    """A model and its baseline on the same papers.

    Attributes:
        tags: the reliability of the model's tags; None: it gave none.
        files: the model on the papers of each file, where there are several.
        by: the model on the groups that a field makes, where one was named.
        with_areas: number of papers that have an area.
        left_out: number of bad records.
        seen: number of papers that the model was trained on.
    """

    model: Result
    baseline: Result
    paired: dict[str, Difference | None]
    worst: list[Mistake]
    tags: GivenTags | None
    files: list[Group]
    by: Breakdown | None
    with_areas: int
    taxonomy: Taxonomy
    left_out: int
    seen: int
    resamples: int
    seed: int


def evaluate(
    model: Model,
    labelled: LabelledSet,
    resamples: int = RESAMPLES,
    seed: int = 0,
    grouping: Grouping | None = None,
) -> Evaluation:
    """Score a model and its baseline.

    The model's tags are those that the tagger gives: a paper that is too short, not in English or
    out of scope gets none. The baseline knows no such rules.

    Args:
        labelled: read with the model's taxonomy.
        resamples: of the bootstrap.
        seed: of the bootstrap; the same one draws the same papers for both.
        grouping: a field's value of each paper, for figures by these.

    Raises:
        InputError: a set without papers.
    """
    if not labelled.papers:
        raise InputError("no labelled papers to score")
    truth = TrainingData.of(labelled, model.taxonomy).targets > 0.5
    decided = model.decide(labelled.papers)
    ours = Scores(decided.probabilities, decided.given, truth)
    baseline = model.baseline_probabilities(labelled.papers)
    theirs = Scores(baseline, model.baseline.given(baseline), truth)
    drawn = tuple(draw(scores, resamples, seed) for scores in (ours, theirs))
    first = _result(model.tag, ours, drawn[0], model.taxonomy.ids)
    second = _result(BASELINE, theirs, drawn[1], model.taxonomy.ids)
    return Evaluation(
        first,
        second,
        paired((first.metrics, drawn[0]), (second.metrics, drawn[1])),
        _worst(labelled, ours, model.taxonomy.ids),
        given_tags(ours, resamples, seed),
        by_source(ours, labelled.sources, resamples, seed),
        by_field(ours, grouping, resamples, seed) if grouping else None,
        int(truth.any(1).sum()),
        model.taxonomy,
        len(labelled.problems),
        sum(paper_key(paper) in model.seen for paper in labelled.papers),
        resamples,
        seed,
    )


def to_json(evaluation: Evaluation) -> dict[str, Any]:
    """The figures as one plain JSON object; what can't be said is null, never NaN."""
    return {
        **_figures(evaluation.model),
        "model": evaluation.model.name,
        "baseline": {"name": evaluation.baseline.name, **_figures(evaluation.baseline)},
        "paired": {name: _plain(value) for name, value in evaluation.paired.items()},
        "given_tags": as_plain(evaluation.tags),
        "files": as_plain(evaluation.files),
        "by": as_plain(evaluation.by),
        "with_areas": evaluation.with_areas,
        "left_out": evaluation.left_out,
        "seen": evaluation.seen,
        "resamples": evaluation.resamples,
        "seed": evaluation.seed,
    }


def _figures(result: Result) -> dict[str, Any]:
    metrics = result.metrics
    return {
        "n": metrics.n,
        **{name: getattr(metrics, name) for name in FIGURES},
        "intervals": {name: _plain(value) for name, value in result.intervals.items()},
        "per_area": {
            area: {**asdict(value), "interval": _plain(result.area_intervals[area])}
            for area, value in metrics.per_area.items()
        },
    }


def _plain(value: Interval | Difference | None) -> dict[str, float] | None:
    return asdict(value) if value else None


def _result(name: str, scores: Scores, draws: Draws, areas: tuple[str, ...]) -> Result:
    metrics = measure(scores, areas)
    probabilities, given, truth = scores.probabilities, scores.given, scores.truth
    return Result(
        name,
        metrics,
        intervals(draws, metrics),
        area_intervals(scores, areas),
        reliability(probabilities, truth),
        reliability(probabilities[given], truth[given]),
        _curve(probabilities.ravel(), given.ravel(), truth.ravel()),
        {
            area: _curve(probabilities[:, column], given[:, column], truth[:, column])
            if truth[:, column].any()
            else None
            for column, area in enumerate(areas)
        },
    )


def _curve(probabilities: Floats, given: Flags, truth: Flags) -> Curve:
    precision, recall, _ = precision_recall_curve(truth, probabilities)
    right = int((given & truth).sum())
    at = (right / int(truth.sum()), right / max(1, int(given.sum())))
    # Of the thresholds that reach a recall, the highest is the most precise. Recall 0 says nothing.
    reached, first = np.unique(recall[::-1], return_index=True)
    return Curve(reached[1:], precision[::-1][first][1:], at)


def _worst(labelled: LabelledSet, scores: Scores, areas: tuple[str, ...]) -> list[Mistake]:
    """Of the papers with a tag too many or too few, those with the largest log-loss."""
    clipped = np.clip(scores.probabilities, _MIN_PROBABILITY, 1 - _MIN_PROBABILITY)
    losses = -np.log(np.where(scores.truth, clipped, 1 - clipped)).sum(1)
    wrong = np.flatnonzero((scores.given != scores.truth).any(1))
    rows = wrong[np.argsort(-losses[wrong], kind="stable")][:WORST]
    return [_mistake(labelled, scores, areas, int(row), float(losses[row])) for row in rows]


def _mistake(
    labelled: LabelledSet, scores: Scores, areas: tuple[str, ...], row: int, loss: float
) -> Mistake:
    paper, probabilities = labelled.papers[row], scores.probabilities[row]
    given, truth = scores.given[row], scores.truth[row]

    def pairs(flags: NDArray[np.bool_]) -> list[tuple[str, float]]:
        columns = most_probable(flags, probabilities)
        return [(areas[column], float(probabilities[column])) for column in columns]

    id_, title = ("" if (v := paper.get(key)) is None else str(v) for key in ("id", "title"))
    return Mistake(
        id_,
        title,
        paper["abstract"],
        labelled.labels[row],
        pairs(given),
        pairs(truth & ~given),
        pairs(given & ~truth),
        loss,
    )
