"""Folds for cross-validation that each hold their share of every area."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def stratified_folds(truth: NDArray[np.bool_], folds: int, seed: int) -> NDArray[np.int64]:
    """The fold of each paper, (papers,).

    Iterative stratification (Sechidis et al. 2011, "On the stratification of multi-label data"):
    papers of the rarest area go first, each to the fold that has fewest of that area.

    Args:
        truth: (papers, areas).
        seed: orders papers that are alike.
    """
    order = np.random.default_rng(seed).permutation(len(truth))
    fold = np.full(len(truth), -1)
    sizes = np.zeros(folds, dtype=np.int64)
    for area in np.argsort(truth.sum(0), kind="stable"):
        rows = order[truth[order, area] & (fold[order] < 0)]
        placed = truth[:, area] & (fold >= 0)
        counts = np.bincount(fold[placed], minlength=folds)
        for row in rows:
            chosen = int(np.lexsort((sizes, counts))[0])
            fold[row] = chosen
            counts[chosen] += 1
            sizes[chosen] += 1
    for row in order[fold[order] < 0]:
        fold[row] = int(np.argmin(sizes))
        sizes[fold[row]] += 1
    return fold
