"""From logits to calibrated probabilities and thresholds, on held-out papers only.

Platt scaling (Platt 1999, "Probabilistic outputs for support vector machines") with a slope and
an offset an area, each drawn to the ones of all areas together: a rare area has too few papers
for its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder.scale import Scale, mixed, sigmoid

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]

OFFSET_STRENGTH = 15.0
SLOPE_STRENGTH = 20.0
"""How firmly an area is held to the common offset and slope, in held-out pairs' worth."""

THRESHOLD_PAPERS = 200.0
"""An area with this many held-out papers has its threshold half from its own. This and the above
were chosen on held-out papers (`docs/log.md`, 2026-11-26)."""

UNIT, FREE = (1.0, 0.0), (1e-6, 1e-6)
"""Slope and offset that change nothing, and the strength that holds nearly nothing there."""

MIXES = np.linspace(0.0, 1.0, 21)
GRID = np.linspace(0.1, 0.8, 71)


def fit_scale(logits: Floats, truth: Truth) -> Scale:
    """Slopes, offsets and thresholds from held-out logits, (papers, areas) both."""
    slope, offset = fit_areas(logits, truth)
    probabilities = sigmoid(logits * slope + offset)
    return Scale(slope, offset, fit_thresholds(probabilities, truth))


def fit_areas(logits: Floats, truth: Truth) -> tuple[Floats, Floats]:
    """Slope and offset of each area, (areas,) both, drawn to those of all areas together."""
    common = fit_platt(logits.ravel(), truth.ravel())
    fitted = np.array(
        [
            _platt(logits[:, j], truth[:, j], common, (SLOPE_STRENGTH, OFFSET_STRENGTH))
            for j in range(logits.shape[1])
        ]
    )
    return fitted[:, 0], fitted[:, 1]


def fit_platt(
    logits: Floats, truth: Truth, start: tuple[float, float] | None = None
) -> tuple[float, float]:
    """Slope and offset of least log loss, (pairs,) both; `start` is where the search begins."""
    return _platt(logits, truth, UNIT, FREE, start)


def fit_common(logits: Floats, truth: Truth) -> Scale:
    """The same with one slope, offset and threshold for all areas together."""
    slope, offset = _platt(logits.ravel(), truth.ravel(), UNIT, FREE)
    threshold = best_threshold(sigmoid(logits * slope + offset), truth)
    areas = logits.shape[1]
    return Scale(np.full(areas, slope), np.full(areas, offset), np.full(areas, threshold))


def fit_mix(transformer: Floats, lexical: Floats, truth: Truth) -> float:
    """The share of the transformer in the logit that makes held-out papers most probable."""
    losses, place = [], UNIT
    for share in MIXES:
        logits = mixed(share, transformer, lexical).ravel()
        # The fit of the share before is near: half of the steps.
        place = _platt(logits, truth.ravel(), UNIT, FREE, place)
        losses.append(log_loss(sigmoid(place[0] * logits + place[1]), truth.ravel()))
    return float(MIXES[int(np.argmin(losses))])


def fit_thresholds(probabilities: Floats, truth: Truth) -> Floats:
    """(areas,): the threshold of best F1, drawn to the one that is best for all areas together."""
    common = best_threshold(probabilities, truth)
    by_area = np.stack([_f1(probabilities >= t, truth, axis=0) for t in GRID])
    # The middle of the best stretch: F1 of an area is flat between two papers' probabilities.
    best = by_area >= by_area.max(0) - 1e-9
    own = (best * GRID[:, None]).sum(0) / best.sum(0)
    papers = truth.sum(0)
    return np.asarray((papers * own + THRESHOLD_PAPERS * common) / (papers + THRESHOLD_PAPERS))


def best_threshold(probabilities: Floats, truth: Truth) -> float:
    """The threshold for all areas together that has the best micro-F1, of `GRID`."""
    return float(GRID[int(np.argmax([_f1(probabilities >= t, truth).item() for t in GRID]))])


def log_loss(probabilities: Floats, truth: Truth) -> float:
    """Mean over all pairs."""
    chance = np.where(truth, probabilities, 1 - probabilities).clip(1e-12)
    return float(-np.log(chance).mean())


def micro_f1(given: Truth, truth: Truth) -> float:
    """Of all pairs of paper and area together."""
    return float(_f1(given, truth))


def _f1(given: Truth, truth: Truth, axis: int | None = None) -> Floats:
    total = given.sum(axis) + truth.sum(axis)
    return np.asarray(2 * (given & truth).sum(axis) / np.maximum(total, 1))


def _platt(
    logits: Floats,
    truth: Truth,
    centre: tuple[float, float],
    strength: tuple[float, float],
    start: tuple[float, float] | None = None,
) -> tuple[float, float]:
    """Slope and offset of least log loss plus a penalty on leaving `centre`; Newton's method.

    The slope is 0 or more: a falling one would turn the order round. Where it would be less, the
    logit says nothing, and the offset is that of the odds alone.
    """
    features = np.stack([logits, np.ones_like(logits)])
    place, hold = np.array(start or centre, dtype=np.float64), np.array(strength)
    for _ in range(50):
        chance = sigmoid(place @ features)
        gradient = features @ (chance - truth) + hold * (place - centre)
        curve = (features * (chance * (1 - chance))) @ features.T + np.diag(hold)
        step = np.linalg.solve(curve, gradient)
        # A full step can overshoot where the logits separate the pairs.
        place = place - step * min(1.0, 2.0 / max(1e-12, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-8:
            break
    if place[0] < 0:
        return _platt(np.zeros_like(logits), truth, (0.0, centre[1]), strength)
    return float(place[0]), float(place[1])
