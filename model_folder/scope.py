"""Whether a paper is in the scope of the taxonomy at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder.products import by_row

Floats = NDArray[np.float64]

MOST_PROBABLE = 3
"""Areas whose probabilities tell how well a paper fits the taxonomy."""

_SMALLEST = 1e-6


@dataclass(frozen=True)
class Scope:
    """A classifier of embeddings, alone or together with what the areas' heads say.

    Attributes:
        weight: float32 (width,).
        bias: of the linear classifier.
        joint: float64 (signs,), weights of `signs`; None: the linear classifier alone decides.
    """

    weight: NDArray[np.float32]
    bias: float
    joint: Floats | None = None

    def logits(self, embeddings: NDArray[np.floating]) -> Floats:
        """Of the linear classifier, (papers, width) → (papers,): 0 or more is in scope."""
        return by_row(embeddings.astype(np.float64), self.weight) + self.bias

    def holds(self, embeddings: NDArray[np.floating], probabilities: Floats) -> NDArray[np.bool_]:
        """Which papers are in scope, (papers,).

        Args:
            embeddings: (papers, width).
            probabilities: (papers, areas), calibrated.
        """
        logits = self.logits(embeddings)
        if self.joint is not None:
            logits = by_row(signs(logits, probabilities), self.joint)
        return np.asarray(logits >= 0)


def signs(logits: Floats, probabilities: Floats) -> Floats:
    """What tells whether papers are in scope, (papers, signs): the linear classifier's logit, the
    logits of the most probable areas, the sum of all probabilities, and 1.

    Args:
        logits: (papers,), of the linear classifier.
        probabilities: (papers, areas).
    """
    highest = np.sort(probabilities, axis=1)[:, -MOST_PROBABLE:]
    highest = highest.clip(_SMALLEST, 1 - _SMALLEST)
    odds = np.log(highest) - np.log1p(-highest)
    missing = MOST_PROBABLE - odds.shape[1]
    if missing > 0:
        odds = np.pad(odds, ((0, 0), (missing, 0)))
    total = probabilities.sum(1)
    return np.column_stack([logits, odds, total, np.ones(len(logits))])
