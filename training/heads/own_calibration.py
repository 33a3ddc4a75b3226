"""Calibration of heads for own areas: from cross-validated scores of few papers.

The scale is common to all areas, and each area is drawn to it. Thresholds follow from the
probabilities: the expected F1 of an area is highest at half of its value (Lipton, Elkan and
Narayanaswamy 2014, "Thresholding classifiers to maximize F1 score").
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder.scale import Scale, sigmoid, softmax
from tagstract.training.evaluation.measures import Scores
from tagstract.training.heads.calibration import best_threshold, fit_areas, fit_platt, micro_f1

THRESHOLD_PAPERS = 10.0
"""An area with this many papers has its threshold half from its own expected F1."""

OPTIMISM = 0.005
"""By how much F1 at the common threshold is too good: it is chosen on the papers it is measured on,
and thresholds from probabilities are not."""

OFFSET_STRENGTH = 4.0
"""How firmly the offset of an area is held at 0 in a softmax, in papers' worth."""

SINGLE_GRID = np.linspace(0.0, 0.5, 51)

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class LogOdds:
    """Takes scores of a ridge to log odds: slope * score + offset."""

    slope: float
    offset: float

    def __call__(self, scores: Floats) -> Floats:
        return scores * self.slope + self.offset


DEFAULT_LOG_ODDS = LogOdds(8.0, -2.5)
"""The scale of ridge scores where there are too few papers to fit one: about what is fitted on a
hundred papers."""

DEFAULT_THRESHOLD = 0.35


def fit_log_odds(scores: Floats, truth: Truth) -> LogOdds:
    """The scale of all areas together, from cross-validated scores, (papers, areas) both."""
    start = (1 / max(float(scores.std()), 1e-3), -2.0)
    slope, offset = fit_platt(scores.ravel(), truth.ravel(), start)
    return LogOdds(slope, offset)


def fit_own_scale(logits: Floats, truth: Truth, single: bool) -> Scale:
    """Slopes, offsets and thresholds from cross-validated log odds, (papers, areas) both."""
    if single:
        return _fit_softmax(logits, truth)
    slope, offset = fit_areas(logits, truth)
    probabilities = sigmoid(logits * slope + offset)
    common = best_threshold(probabilities, truth)
    papers = truth.sum(0)
    own = _half_of_expected_f1(probabilities)
    by_area = (papers * own + THRESHOLD_PAPERS * common) / (papers + THRESHOLD_PAPERS)
    # The common one may win: in a taxonomy of a few large areas they alone decide the F1.
    best = micro_f1(probabilities >= common, truth)
    better = micro_f1(probabilities >= by_area, truth) >= best - OPTIMISM
    return Scale(slope, offset, by_area if better else np.full(len(papers), common))


def default_scale(areas: int) -> Scale:
    """A scale for log odds that could not be fitted."""
    return Scale(np.ones(areas), np.zeros(areas), np.full(areas, DEFAULT_THRESHOLD))


def crossed_own_scores(logits: Floats, truth: Truth, fold: Rows, single: bool) -> Scores:
    """Probabilities and tags, those of each fold calibrated on the other folds."""
    probabilities, given = np.zeros(truth.shape), np.zeros(truth.shape, dtype=bool)
    for number in np.unique(fold):
        here = fold == number
        scale = fit_own_scale(logits[~here], truth[~here], single)
        probabilities[here] = scale.probabilities(logits[here])
        given[here] = scale.given(probabilities[here])
    return Scores(probabilities, given, truth)


def _half_of_expected_f1(probabilities: Floats) -> Floats:
    """(areas,): half of the highest F1 that is expected if the probabilities are right."""
    ordered = -np.sort(-probabilities, axis=0)
    given = np.arange(1, len(ordered) + 1)[:, None]
    expected = 2 * np.cumsum(ordered, axis=0) / (given + probabilities.sum(0))
    return np.asarray(expected.max(0) / 2)


def _fit_softmax(logits: Floats, truth: Truth) -> Scale:
    """One slope and an offset an area, by maximum likelihood."""
    from scipy.optimize import minimize

    areas = truth.shape[1]

    def loss(place: Floats) -> tuple[float, Floats]:
        slope, offset = np.exp(place[0]), place[1:]
        chance = softmax(logits * slope + offset)
        value = -np.log(chance[truth].clip(1e-12)).sum()
        slack = chance - truth
        gradient = slack.sum(0) + OFFSET_STRENGTH * offset
        return float(value + 0.5 * OFFSET_STRENGTH * (offset**2).sum()), np.concatenate(
            [[(slack * logits).sum() * slope], gradient]
        )

    found = minimize(loss, np.zeros(areas + 1), jac=True, method="L-BFGS-B").x
    scale = Scale(np.full(areas, np.exp(found[0])), found[1:], np.zeros(areas), single=True)
    probabilities = scale.probabilities(logits)
    best = max(
        SINGLE_GRID,
        key=lambda bound: micro_f1(
            replace(scale, thresholds=np.full(areas, bound)).given(probabilities), truth
        ),
    )
    return replace(scale, thresholds=np.full(areas, best))
