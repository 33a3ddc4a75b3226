"""A held-out part that has its share of every area."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def split_rows(targets: NDArray[np.float32], share: float, seed: int) -> tuple[Rows, Rows]:
    """Rows to train on and rows held out, both ascending.

    Iterative stratification: papers of the rarest area are dealt first, to the side that lacks
    it most. An area with two papers or more is on both sides, unless its papers are needed
    there by another area.

    Args:
        targets: (papers, areas), 1 where an area holds.
        share: the part held out, such as 0.15.
        seed: deals papers that are alike.
    """
    random = np.random.default_rng(seed)
    held = np.zeros(len(targets), dtype=bool)
    free = np.ones(len(targets), dtype=bool)
    totals = targets.sum(0)
    wanted = np.where(totals >= 2, np.clip(np.round(totals * share), 1, totals - 1), 0)
    lacking = np.stack([totals - wanted, wanted])  # by side, what it still lacks of each area
    places = np.array([round(len(targets) * (1 - share)), round(len(targets) * share)])
    while free.any():
        left = (targets * free[:, None]).sum(0)
        area = int(np.argmin(np.where(left > 0, left, np.inf)))
        rows = np.flatnonzero(free & (targets[:, area] > 0)) if left.any() else np.flatnonzero(free)
        for row in random.permutation(rows):
            need = lacking[:, area] if left.any() else places
            side = int(need[1] > need[0]) if need[0] != need[1] else int(places[1] > places[0])
            held[row], free[row] = bool(side), False
            lacking[side] -= targets[row]
            places[side] -= 1
    _mend(targets > 0, held)
    return np.flatnonzero(~held), np.flatnonzero(held)


def _mend(holds: NDArray[np.bool_], held: NDArray[np.bool_]) -> None:
    """Move a paper where an area of two papers or more is on one side only."""
    for area in np.flatnonzero(holds.sum(0) >= 2):
        rows = np.flatnonzero(holds[:, area])
        if held[rows].all() or not held[rows].any():
            side = held[rows[0]]
            for row in rows:
                # Its other areas must keep a paper on the side it leaves.
                others = holds[:, holds[row]][held == side].sum(0)
                if (others >= 2).all():
                    held[row] = not side
                    break
