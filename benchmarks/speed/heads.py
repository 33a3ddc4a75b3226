"""Heads of peers that come without one: logistic regression, and one threshold for all areas."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.material import Flags, best_threshold

HELD_OUT = 10
"""Every tenth training paper sets the threshold and takes no part in the fit."""

NEVER = -30.0
"""The logit of an area that no training paper has."""


@dataclass(frozen=True)
class LinearHead:
    """`weight` is (width, areas), `bias` (areas,); from `threshold` on an area is given."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    threshold: float

    def given(self, features: Any) -> Flags:
        """The areas that papers get, from their features, (papers, width), dense or sparse."""
        logits: NDArray[np.float32] = np.asarray(features @ self.weight + self.bias)
        return logits >= self.threshold

    def save(self, folder: Path) -> None:
        np.savez(folder / "head.npz", weight=self.weight, bias=self.bias, threshold=self.threshold)

    @classmethod
    def load(cls, folder: Path) -> LinearHead:
        with np.load(folder / "head.npz", allow_pickle=False) as arrays:
            return cls(arrays["weight"], arrays["bias"], float(arrays["threshold"]))


def held_out(papers: int) -> NDArray[np.bool_]:
    """(papers,): those that set the threshold."""
    return np.asarray(np.arange(papers) % HELD_OUT == 0)


def fit_linear(features: Any, truth: Flags) -> LinearHead:
    """One balanced logistic regression an area, on (papers, width), dense or sparse."""
    from sklearn.linear_model import LogisticRegression

    held = held_out(len(truth))
    weight = np.zeros((features.shape[1], truth.shape[1]), np.float32)
    bias = np.full(truth.shape[1], NEVER, np.float32)
    for area in range(truth.shape[1]):
        if truth[~held, area].any():
            head = LogisticRegression(C=10.0, class_weight="balanced", solver="liblinear")
            head.fit(features[~held], truth[~held, area])
            weight[:, area], bias[area] = head.coef_[0], head.intercept_[0]
    scores = np.asarray(features[held] @ weight + bias, dtype=np.float64)
    return LinearHead(weight, bias, best_threshold(scores, truth[held]))
