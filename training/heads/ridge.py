"""Ridge regression of area indicators on a kernel: exact, and one decomposition for all strengths.

Rifkin and Klautau 2004, "In defense of one-vs-all classification": regularised least squares
classifies as well as a support vector machine. All areas share the decomposition, so hundreds of
them cost little more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Dual:
    """A fitted ridge: areas' scores of a paper are `kernel(paper, rows) @ weights + bias`.

    weights: (rows, areas); in a feature space they are `features[rows].T @ weights`.
    bias: (areas,).
    """

    weights: Floats
    bias: Floats


@dataclass(frozen=True)
class _Centred:
    """A kernel around the weighted mean of its rows, and what takes a solution back from there."""

    matrix: Floats
    roots: Floats
    shares: Floats
    means: Floats
    mean: float
    centre: Floats
    targets: Floats

    @classmethod
    def of(cls, kernel: Floats, targets: Floats, weights: Floats, centre: Floats) -> _Centred:
        shares = weights / weights.sum()
        means = kernel @ shares
        mean = float(shares @ means)
        roots = np.sqrt(weights)
        matrix = (kernel - means[None] - means[:, None] + mean) * roots[:, None] * roots[None]
        return cls(matrix, roots, shares, means, mean, centre, roots[:, None] * (targets - centre))

    def dual(self, solution: Floats) -> Dual:
        """From the solution on the centred, weighted kernel."""
        scaled = self.roots[:, None] * solution
        total = scaled.sum(0)
        bias = self.centre - self.means @ scaled + self.mean * total
        return Dual(scaled - self.shares[:, None] * total, np.asarray(bias))


def fit_ridge(
    kernel: Floats, targets: Floats, weights: Floats, centre: Floats, strengths: Sequence[float]
) -> list[Dual]:
    """One ridge for each strength.

    Args:
        kernel: (rows, rows).
        targets: (rows, areas).
        weights: (rows,), how much a row counts.
        centre: (areas,), what is predicted where the kernel tells nothing.
        strengths: of the penalty, in units of the kernel's diagonal.
    """
    centred = _Centred.of(kernel, targets, weights, centre)
    if len(strengths) == 1:
        from scipy.linalg import cho_factor, cho_solve

        matrix = centred.matrix
        matrix[np.diag_indices_from(matrix)] += strengths[0]
        factor = cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
        return [centred.dual(cho_solve(factor, centred.targets, check_finite=False))]
    values, vectors = np.linalg.eigh(centred.matrix)
    values, turned = values.clip(0.0), vectors.T @ centred.targets
    return [
        centred.dual(vectors @ (turned / (values + strength)[:, None])) for strength in strengths
    ]
