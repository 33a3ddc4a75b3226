"""Linear heads with a prior: new labels move an old head, they do not replace it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tagstract.model_folder.encoder import threads_to_use

Floats = NDArray[np.float64]

STEPS = 100
SHIFT_SHARE = 0.01
"""How much less firmly a bias is held than a weight: how common an area is, is what new labels
tell best."""


@dataclass(frozen=True)
class Linear:
    """`weight` (features, areas) and `bias` (areas,): logits of areas."""

    weight: Floats
    bias: Floats

    def logits(self, features: Any) -> Floats:
        """(papers, areas), from dense or sparse features (papers, features)."""
        return np.asarray(features @ self.weight + self.bias)


def one_thread_a_product() -> AbstractContextManager[Any]:
    """A context in which each matrix product runs on one thread.

    The optimisers' many small products wait for other threads longer than they work: a fit on two
    busy cores took four times as long. Whole fits run beside each other instead.
    """
    limits: AbstractContextManager[Any] = threadpool_limits(1, user_api="blas")
    return limits


def fit_move(
    features: NDArray[Any],
    start: Floats,
    targets: NDArray[np.float32],
    strength: float,
    balance: float,
    counts: NDArray[np.float32] | None = None,
) -> Linear:
    """What to add to old heads: logistic regression of every area with the old logits as offset.

    Old weights plus this are the most probable weights when they are Gaussian around the old
    ones with variance 1 / `strength` (Chelba and Acero 2006, "Adaptation of maximum entropy
    capitalizer: little data can help a lot", section 3).

    Args:
        features: (papers, features), dense.
        start: (papers, areas), what the old heads say of the papers.
        targets: (papers, areas), from 0 to 1.
        balance: right pairs weigh (absent / present) ** balance more; 0 is none, 1 is
            scikit-learn's `class_weight="balanced"` but for a constant.
        counts: (papers,), how much each paper counts; None: all alike.
    """
    papers, areas = targets.shape
    width = features.shape[1]
    # Single precision: half the time, and far finer than what labels can tell.
    features, wanted = features.astype(np.float32, copy=False), targets.astype(np.float32)
    offset = start.astype(np.float32)
    present = wanted.sum(0).clip(1.0, papers)
    weights = np.where(wanted > 0.5, (papers / present - 1).clip(1.0) ** balance, 1.0)
    weights = weights.astype(np.float32)
    if counts is not None:
        weights = weights * counts[:, None]

    def loss(flat: Floats) -> tuple[float, Floats]:
        move, shift = flat[:-areas].reshape(width, areas), flat[-areas:]
        logits = features @ move.astype(np.float32) + (offset + shift.astype(np.float32))
        # Log loss and sigmoid from one exponential, which is most of the work.
        small = np.exp(-np.abs(logits))
        losses = np.maximum(logits, 0) + np.log(1 + small) - wanted * logits
        chance = np.where(logits >= 0, 1, small) / (1 + small)
        value = (weights * losses).sum(dtype=np.float64)
        value += 0.5 * strength * ((move**2).sum() + SHIFT_SHARE * (shift**2).sum())
        slope = weights * (chance - wanted)
        gradient = features.T @ slope + strength * move
        return float(value), np.concatenate(
            [gradient.ravel(), slope.sum(0, dtype=np.float64) + SHIFT_SHARE * strength * shift]
        )

    found = _minimum(loss, (width + 1) * areas)
    return Linear(found[:-areas].reshape(width, areas), found[-areas:])


def fit_sparse_move(
    features: Any,
    start: Floats,
    targets: NDArray[np.float32],
    strength: float,
    balance: float,
    counts: NDArray[np.float32] | None = None,
) -> Linear:
    """What `fit_move` finds, for sparse features of many papers: one area at a time.

    Args:
        features: sparse (papers, features).
        start, targets, strength, balance, counts: as `fit_move` has them.
    """
    papers, areas = targets.shape
    features = features.tocsr()
    turned = features.T.tocsr()
    weight, bias = np.zeros((features.shape[1], areas)), np.zeros(areas)

    def fit(area: int) -> None:
        wanted = targets[:, area].astype(np.float64)
        present = float(np.clip(wanted.sum(), 1.0, papers))
        weights = np.where(wanted > 0.5, max(papers / present - 1, 1.0) ** balance, 1.0)
        if counts is not None:
            weights = weights * counts

        def loss(flat: Floats) -> tuple[float, Floats]:
            logits = features @ flat[:-1] + start[:, area] + flat[-1]
            losses = np.logaddexp(0, logits) - wanted * logits
            slope = weights * (expit(logits) - wanted)
            hold = 0.5 * strength * (flat[:-1] @ flat[:-1] + SHIFT_SHARE * flat[-1] ** 2)
            shift = slope.sum() + SHIFT_SHARE * strength * flat[-1]
            gradient = np.append(turned @ slope + strength * flat[:-1], shift)
            return float(weights @ losses + hold), gradient

        found = _minimum(loss, features.shape[1] + 1)
        weight[:, area], bias[area] = found[:-1], found[-1]

    with ThreadPoolExecutor(threads_to_use()) as pool:
        list(pool.map(fit, range(areas)))
    return Linear(weight, bias)


def _minimum(loss: Callable[[Floats], tuple[float, Floats]], size: int) -> Floats:
    """Where a loss, given with its gradient, is least; from zero on."""
    options = {"maxiter": STEPS, "ftol": 1e-5}
    found = minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x)


def row_features(matrix: Any) -> Floats:
    """(papers, papers): features in which papers are as like each other as in `matrix`.

    A head that is drawn to a prior moves only along the papers it was fitted on, so fitting in
    these coordinates is exact, and cheap where there are more features than papers. `to_weights`
    goes back.
    """
    likeness = np.asarray((matrix @ matrix.T).todense(), dtype=np.float64)
    # Papers that are alike make it singular; this much is below what any logit shows.
    likeness[np.diag_indices_from(likeness)] += 1e-6
    return np.asarray(np.linalg.cholesky(likeness))


def to_weights(matrix: Any, rows: Floats, move: Floats) -> Floats:
    """(features, areas) from a move in the coordinates of `row_features`, (papers, areas)."""
    from scipy.linalg import solve_triangular

    return np.asarray(matrix.T @ solve_triangular(rows.T, move, lower=False))


def blank(width: int, targets: NDArray[np.float32]) -> Linear:
    """No weights yet, and the odds of each area as its bias."""
    shares = targets.mean(0).clip(0.001, 0.5).astype(np.float64)
    return Linear(np.zeros((width, targets.shape[1])), np.log(shares / (1 - shares)))
