"""Whether a paper is in the scope of the taxonomy at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scope:
    """A linear classifier of embeddings: `weight` float32 (width,) and `bias`."""

    weight: NDArray[np.float32]
    bias: float

    def logits(self, embeddings: NDArray[Any]) -> NDArray[np.float64]:
        """(papers, width) → (papers,): 0 or more is in scope."""
        return np.asarray(embeddings.astype(np.float64) @ self.weight + self.bias)
