"""What to label next: papers near the line between an area and none, each unlike the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NEAREST = 2
"""Areas of a paper that count: those nearest to their thresholds."""

POOL = 3
"""Times as many papers as are wanted, among which likeness is measured."""

ALIKE = 0.99
"""Of the pairs in the pool, the share that is less alike than what counts as alike."""


def uncertainty(probabilities: Floats) -> Floats:
    """(papers,): entropy of each paper's areas in nats, summed, from (papers, areas)."""
    p = probabilities.clip(1e-9, 1 - 1e-9)
    return np.asarray(-(p * np.log(p) + (1 - p) * np.log(1 - p)).sum(1))


def margins(probabilities: Floats, thresholds: Floats) -> Floats:
    """(papers,): how far the logits of the nearest areas are from their thresholds, on average.

    The smallest margin over the labels is what Brinker 2006, "On active learning in multi-label
    classification", section 3, asks for first; two areas instead of one make it steadier. It won
    over entropy, over entropy weighted by the areas' rarity and over k-centre selection on
    human-labelled sets, most of all in macro-F1 (`python -m benchmarks.active_learning`).

    Args:
        probabilities: (papers, areas).
        thresholds: (areas,).
    """
    distance = np.abs(_logits(probabilities) - _logits(thresholds))
    nearest = np.sort(distance, axis=1)[:, :NEAREST]
    return np.asarray(nearest.mean(1))


def choose(
    probabilities: Floats, thresholds: Floats, wanted: int, features: Floats | None = None
) -> list[int]:
    """Rows of `wanted` papers to label, in the order of their use.

    The smallest margins come first; a paper that is much like a chosen one waits until no other
    is left.

    Args:
        probabilities: (papers, areas).
        thresholds: (areas,).
        features: (papers, width), in which dot products are likenesses; default: the logits.
    """
    order = np.argsort(margins(probabilities, thresholds), kind="stable")[: wanted * POOL]
    if len(order) <= wanted:
        return [int(row) for row in order]
    pool = _logits(probabilities[order]) if features is None else features[order]
    pool = pool / np.maximum(np.linalg.norm(pool, axis=1, keepdims=True), 1e-12)
    likeness = pool @ pool.T
    limit = np.quantile(likeness[np.triu_indices(len(pool), 1)], ALIKE)
    chosen: list[int] = []
    waiting: list[int] = []
    for place in range(len(order)):
        alike = bool(chosen) and bool((likeness[place, chosen] >= limit).any())
        (waiting if alike else chosen).append(place)
    return [int(order[place]) for place in (*chosen, *waiting)[:wanted]]


def _logits(probabilities: Floats) -> Floats:
    p = probabilities.clip(1e-6, 1 - 1e-6)
    return np.asarray(np.log(p / (1 - p)))
