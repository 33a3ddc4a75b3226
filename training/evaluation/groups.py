"""A model on parts of the labelled papers: by file, and by a field such as their category.

Also how reliable the given tags are: whether their probabilities are, on average, the share of them
that is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tagstract.labels.research_fields import field_of
from tagstract.training.evaluation.bootstrap import (
    RESAMPLES,
    Difference,
    Interval,
    basic_limits,
    weights,
    wilson,
)
from tagstract.training.evaluation.measures import (
    Floats,
    ReliabilityBin,
    Scores,
    reliability,
    share,
)

MIN_GROUP = 20
"""Fewer papers say too little of a group by themselves."""

TAG_BINS = 5


@dataclass(frozen=True)
class GivenTags:
    """The reliability of `count` given tags.

    Attributes:
        confidence: their mean probability.
        accuracy: the share of them that is right.
        gap: the difference of the two, above 0 where the model is too sure.
        bins: the same by probability, in `TAG_BINS` bins.
    """

    count: int
    confidence: float
    accuracy: float
    gap: Difference
    bins: list[ReliabilityBin]


@dataclass(frozen=True)
class Group:
    """A model on one group of papers.

    Attributes:
        micro_f1: None where no paper has an area or was given one.
        tags: None where none were given.
        without_tags: share of the papers with areas that get no tag; None: no paper has areas.
    """

    name: str
    papers: int
    micro_f1: float | None
    interval: Interval | None
    tags: GivenTags | None
    without_tags: float | None


@dataclass(frozen=True)
class OtherField:
    """The papers of one field that have none of the areas, and the share of them without tags."""

    name: str
    papers: int
    without_tags: float
    interval: Interval


@dataclass(frozen=True)
class Grouping:
    """By which field papers are grouped, and the value of each paper; None: it has none."""

    field: str
    values: Sequence[str | None]


@dataclass(frozen=True)
class Breakdown:
    """Figures by the values of a field, most papers first.

    Attributes:
        groups: those of `MIN_GROUP` papers or more.
        small_groups, small_papers: number of the others, and of all their papers.
        without_value: papers that lack the field.
        other_fields: papers without areas, by research field where the values are arXiv
            categories, else by value.
    """

    field: str
    groups: list[Group]
    small_groups: int
    small_papers: int
    without_value: int
    other_fields: list[OtherField]


def given_tags(scores: Scores, resamples: int = RESAMPLES, seed: int = 0) -> GivenTags | None:
    """The reliability of the given tags; None where there are none."""
    return _group("", scores, resamples, seed).tags


def by_source(
    scores: Scores, sources: Sequence[str], resamples: int = RESAMPLES, seed: int = 0
) -> list[Group]:
    """A group for each file, in their order; none where all papers are of one file.

    Args:
        sources: the file of each paper.
    """
    names = list(dict.fromkeys(sources))
    if len(names) < 2:
        return []
    return [_group(name, _part(scores, sources, name), resamples, seed) for name in names]


def by_field(
    scores: Scores, grouping: Grouping, resamples: int = RESAMPLES, seed: int = 0
) -> Breakdown:
    """Figures for the groups that a field makes."""
    values = grouping.values
    counts = Counter(value for value in values if value is not None)
    large = [name for name, papers in counts.most_common() if papers >= MIN_GROUP]
    groups = [_group(name, _part(scores, values, name), resamples, seed) for name in large]
    return Breakdown(
        grouping.field,
        groups,
        len(counts) - len(large),
        sum(papers for papers in counts.values() if papers < MIN_GROUP),
        sum(value is None for value in values),
        _other_fields(scores, values),
    )


def as_plain(value: Any) -> Any:
    """A group, a breakdown, or a list of them as JSON holds it."""
    if isinstance(value, list):
        return [as_plain(one) for one in value]
    return None if value is None else asdict(value)


def _part(scores: Scores, values: Sequence[str | None], name: str) -> Scores:
    rows = np.array([value == name for value in values])
    return Scores(scores.probabilities[rows], scores.given[rows], scores.truth[rows])


def _group(name: str, scores: Scores, resamples: int, seed: int) -> Group:
    probabilities, given, truth = scores.probabilities, scores.given, scores.truth
    sums, point = _sums(scores, resamples, seed)
    right, total, gap, tags, sure = point.tolist()
    found = None
    if tags:
        drawn = np.divide(
            sums[:, 2], sums[:, 3], out=np.full(resamples, np.nan), where=sums[:, 3] > 0
        )
        low, high = basic_limits(drawn, gap / tags) or (0.0, 0.0)
        found = GivenTags(
            int(tags),
            sure / tags,
            (sure - gap) / tags,
            Difference(gap / tags, low, high),
            reliability(probabilities[given], truth[given], TAG_BINS),
        )
    inside = truth.any(1)
    limits = basic_limits(share(2 * sums[:, 0], sums[:, 1]), 2 * right / total) if total else None
    return Group(
        name,
        len(truth),
        2 * right / total if total else None,
        limits and Interval(max(0.0, limits[0]), min(1.0, limits[1])),
        found,
        float((~given[inside].any(1)).mean()) if inside.any() else None,
    )


def _sums(scores: Scores, resamples: int, seed: int) -> tuple[Floats, Floats]:
    """Right tags, tags and labels together, probability minus truth of the tags, tags, and their
    probability: of each resample, (resamples, 5), and of the papers themselves, (5,)."""
    given, truth = scores.given, scores.truth
    columns = np.column_stack(
        [
            (given & truth).sum(1),
            given.sum(1) + truth.sum(1),
            ((scores.probabilities - truth) * given).sum(1),
            given.sum(1),
            (scores.probabilities * given).sum(1),
        ]
    )
    drawn = [block @ columns for block in weights(len(truth), resamples, seed)]
    return np.concatenate(drawn), columns.sum(0)


def _other_fields(scores: Scores, values: Sequence[str | None]) -> list[OtherField]:
    counts: Counter[str] = Counter()
    untagged: Counter[str] = Counter()
    for row in np.flatnonzero(~scores.truth.any(1)).tolist():
        value = values[row]
        if value is not None:
            name = field_of(value) or value
            counts[name] += 1
            untagged[name] += not scores.given[row].any()
    return [
        OtherField(name, papers, untagged[name] / papers, wilson(untagged[name], papers))
        for name, papers in counts.most_common()
    ]
