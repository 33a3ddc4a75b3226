"""What is measured on papers whose areas are known. Pure arithmetic, no model and no files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import average_precision_score

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BINS = 15
"""Bins of the calibration error, as in Guo et al. 2017, "On Calibration of Modern Neural
Networks", section 5."""


@dataclass(frozen=True)
class Scores:
    """What a model said of papers whose areas are known; all three are (papers, areas)."""

    probabilities: Floats
    given: Flags
    truth: Flags

    @classmethod
    def at(cls, probabilities: Floats, thresholds: Floats, truth: Flags) -> Scores:
        """An area is given where its probability reaches the area's threshold, (areas,)."""
        return cls(probabilities, probabilities >= thresholds, truth)


@dataclass(frozen=True)
class AreaMetrics:
    """One area; `support` is its number of papers.

    A share of nothing counts as 0; the average precision of an area without papers is None.
    """

    precision: float
    recall: float
    f1: float
    support: int
    average_precision: float | None


@dataclass(frozen=True)
class Metrics:
    """The figures of one model on `n` papers; all shares are from 0 to 1.

    micro_f1: of all (paper, area) pairs put together.
    macro_f1: mean over the areas that some paper has or was given; others say nothing.
    precision_at_1: share of papers with areas whose most probable area is right, given or not.
    average_precision: mean over the areas that some paper has.
    ece: calibration error over all (paper, area) pairs. Most of them are near 0 and easy, so
        see `ece_tags` too: the error over the given tags alone, None if none were given.
    coverage: share of papers with areas that get at least one tag.
    other_fields: share of papers without areas that get no tag; None: there are no such papers.
    """

    n: int
    micro_f1: float
    macro_f1: float
    precision_at_1: float
    average_precision: float
    ece: float
    ece_tags: float | None
    coverage: float
    other_fields: float | None
    per_area: dict[str, AreaMetrics]


@dataclass(frozen=True)
class ReliabilityBin:
    """The pairs whose probability lies in (`low`, `high`]; the first bin holds 0 too.

    `confidence` is their mean probability, `accuracy` the share of them that is right.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def measure(scores: Scores, areas: tuple[str, ...]) -> Metrics:
    """All figures of a model; `areas` are the ids of the columns.

    Raises:
        ValueError: no papers, or papers of which none has an area.
    """
    truth, given = scores.truth, scores.given
    if not truth.any():
        raise ValueError("nothing to measure: no paper has an area")
    right, guessed, wanted = (given & truth).sum(0), given.sum(0), truth.sum(0)
    f1 = share(2 * right, guessed + wanted)
    ranked = _average_precisions(scores)
    best = scores.probabilities.argmax(1)
    inside = truth.any(1)
    return Metrics(
        n=len(truth),
        micro_f1=float(share(2 * right.sum(), guessed.sum() + wanted.sum())),
        macro_f1=float(f1[(guessed + wanted) > 0].mean()),
        precision_at_1=float(truth[np.arange(len(truth)), best][inside].mean()),
        average_precision=float(np.mean([value for value in ranked if value is not None])),
        ece=calibration_error(scores.probabilities, truth),
        ece_tags=(
            calibration_error(scores.probabilities[given], truth[given]) if given.any() else None
        ),
        coverage=float(given[inside].any(1).mean()),
        other_fields=None if inside.all() else float((~given[~inside].any(1)).mean()),
        per_area={
            area: AreaMetrics(float(precision), float(recall), float(area_f1), int(papers), average)
            for area, precision, recall, area_f1, papers, average in zip(
                areas, share(right, guessed), share(right, wanted), f1, wanted, ranked, strict=True
            )
        },
    )


def share(part: ArrayLike, whole: ArrayLike) -> Floats:
    """`part / whole`, and 0 where `whole` is 0."""
    over, under = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    return np.divide(over, under, out=np.zeros_like(over), where=under > 0)


def bin_numbers(probabilities: Floats, bins: int = BINS) -> NDArray[np.int64]:
    """The bin of each probability, 0 to bins - 1; bins hold their upper end."""
    return np.clip(np.ceil(probabilities * bins).astype(np.int64) - 1, 0, bins - 1)


def calibration_error(probabilities: Floats, truth: Flags) -> float:
    """Expected calibration error, equal-width bins (Guo et al. 2017, equation 3).

    Args:
        probabilities: any shape, each the probability that its pair is right.
        truth: the same shape.
    """
    bins = bin_numbers(probabilities).ravel()
    gaps = np.bincount(bins, probabilities.ravel() - truth.ravel(), minlength=BINS)
    return float(np.abs(gaps).sum() / probabilities.size)


def reliability(probabilities: Floats, truth: Flags, bins: int = BINS) -> list[ReliabilityBin]:
    """The bins that hold something, lowest first: the points of a reliability diagram."""
    places = bin_numbers(probabilities, bins).ravel()
    counts = np.bincount(places, minlength=bins)
    confidence = share(np.bincount(places, probabilities.ravel(), minlength=bins), counts)
    accuracy = share(np.bincount(places, truth.ravel(), minlength=bins), counts)
    return [
        ReliabilityBin(
            place / bins,
            (place + 1) / bins,
            int(counts[place]),
            float(confidence[place]),
            float(accuracy[place]),
        )
        for place in np.flatnonzero(counts)
    ]


def _average_precisions(scores: Scores) -> list[float | None]:
    """By area; None for an area that no paper has."""
    return [
        float(average_precision_score(truth, probabilities)) if truth.any() else None
        for truth, probabilities in zip(scores.truth.T, scores.probabilities.T, strict=True)
    ]
