"""When a stage is sure: the loss that is expected if it answers instead of the full model."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder.products import by_row

Floats = NDArray[np.float64]


def signs(probabilities: Floats, thresholds: Floats, before: Floats | None = None) -> Floats:
    """What tells how sure a stage is of each paper, (papers, signs).

    Args:
        probabilities: (papers, areas), calibrated.
        thresholds: (areas,).
        before: probabilities of the stage before: where two stages disagree, neither is sure.
    """
    given = probabilities >= thresholds
    doubt = np.minimum(probabilities, 1 - probabilities)
    near = np.exp(-np.abs(probabilities - thresholds) / 0.1)
    columns = [
        doubt.sum(1),
        doubt.max(1),
        np.where(given, 1 - probabilities, 0).sum(1),
        np.where(given, 0, probabilities).sum(1),
        near.sum(1),
        given.sum(1),
        probabilities.max(1),
        np.ones(len(probabilities)),
    ]
    if before is not None:
        change = np.abs(probabilities - before)
        columns += [change.sum(1), (change * near).sum(1), (given != (before >= thresholds)).sum(1)]
    return np.stack(columns, axis=1)


def expected_loss(
    weights: NDArray[Any],
    probabilities: Floats,
    thresholds: Floats,
    before: Floats | None = None,
) -> Floats:
    """(papers,): a linear function of the signs, fitted on held-out papers."""
    return by_row(signs(probabilities, thresholds, before), weights)
