"""Labels that look wrong, by confident learning.

Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels",
section 3, one area against the rest: a label counts as wrong where held-out heads are confident of
the opposite, that is, as sure as they are on average of papers that are labelled so. For several
labels a paper this is what cleanlab's multi-label filter does, area by area (Thyagarajan et al.
2022, "Identifying incorrect annotations in multi-label classification data"); its count of the
confident joint alone flags also what is only hard to tell (on Papers with Code four in five), so a
suspect label has at most `MAX_PROBABILITY`, and another area is `LIKELY` in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MAX_PROBABILITY = 0.03
"""A given label is suspect up to this probability. Chosen where precision and recall on flipped
labels balance (`python -m benchmarks.label_errors`)."""

LIKELY = 0.5
"""Probability from which an area that is not given is likely."""


@dataclass(frozen=True)
class Suspect:
    """A paper with a label that looks wrong; (area, probability) pairs.

    Attributes:
        row: of the paper.
        doubted: given labels, the least probable first.
        likely: areas that are not given and look right, the most probable first.
    """

    row: int
    doubted: Sequence[tuple[str, float]]
    likely: Sequence[tuple[str, float]]


def find_suspects(probabilities: Floats, truth: Flags, areas: Sequence[str]) -> list[Suspect]:
    """The papers with suspect labels, the worst first.

    Args:
        probabilities: (papers, areas), calibrated, of heads fitted without the paper.
        truth: (papers, areas), the labels.
    """
    wrong = confident_errors(probabilities, truth) & (probabilities <= MAX_PROBABILITY)
    wrong &= ((probabilities >= LIKELY) & ~truth).any(axis=1, keepdims=True)
    found = []
    for row in np.flatnonzero(wrong.any(1)):
        given = probabilities[row]
        doubted = sorted(np.flatnonzero(wrong[row]).tolist(), key=lambda j: given[j])
        likely = sorted(
            np.flatnonzero((given >= LIKELY) & ~truth[row]).tolist(), key=lambda j: -given[j]
        )
        found.append(
            Suspect(
                int(row),
                [(areas[j], float(given[j])) for j in doubted],
                [(areas[j], float(given[j])) for j in likely],
            )
        )
    return sorted(found, key=lambda one: one.doubted[0][1])


def confident_errors(probabilities: Floats, truth: Flags) -> Flags:
    """(papers, areas): given labels of which the heads are confident that they are wrong."""
    papers = truth.sum(0)
    others = len(truth) - papers
    given = np.where(truth, probabilities, 0).sum(0) / np.maximum(papers, 1)
    absent = np.where(truth, 0, 1 - probabilities).sum(0) / np.maximum(others, 1)
    sure = (1 - probabilities >= absent) & (probabilities < given)
    return np.asarray(sure & truth & (others > 0))
