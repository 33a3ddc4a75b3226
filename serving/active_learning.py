"""What to label next: papers the model is unsure of, each unlike the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

POOL = 5
"""Times as many of the most uncertain papers as are wanted, from which unlike ones are chosen."""


def uncertainty(probabilities: Floats) -> Floats:
    """(papers,): entropy of each paper's areas in nats, summed, from (papers, areas)."""
    p = probabilities.clip(1e-9, 1 - 1e-9)
    return np.asarray(-(p * np.log(p) + (1 - p) * np.log(1 - p)).sum(1))


def choose(probabilities: Floats, wanted: int) -> list[int]:
    """Rows of `wanted` papers to label, in the order of their use.

    From the most uncertain papers, the most uncertain first, then always the one that is farthest
    from all chosen (k-centre greedy: Sener and Savarese 2018, "Active learning for convolutional
    neural networks: a core-set approach"), in the space of the areas' probabilities.

    Args:
        probabilities: (papers, areas).
    """
    order = np.argsort(-uncertainty(probabilities), kind="stable")[: wanted * POOL]
    pool = probabilities[order]
    chosen = [0] if len(order) else []
    distance = np.full(len(order), np.inf)
    while 0 < len(chosen) < min(wanted, len(order)):
        distance = np.minimum(distance, np.linalg.norm(pool - pool[chosen[-1]], axis=1))
        distance[chosen] = -1
        chosen.append(int(np.argmax(distance)))
    return [int(order[place]) for place in chosen]
