"""The features of the bag: which word pieces and which pairs of neighbours have a table row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tagstract.training.distillation.packed import Packed

MIN_WORD_PAPERS = 8
MIN_PAIR_PAPERS = 80
"""A word piece or a pair in fewer papers has no row."""

MAX_PAIRS = 36_000
CHUNK = 16_384
"""Papers whose pairs are listed at a time."""


def choose_words(packed: Packed, content: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Ids of the word pieces that are in enough papers to learn from, ascending."""
    papers = np.zeros(len(content), np.int64)
    for ids in packed.tokens(packed.rows):
        papers[np.unique(ids)] += 1
    return np.flatnonzero(content & (papers >= MIN_WORD_PAPERS))


def choose_pairs(packed: Packed, content: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """The pairs that say most of the areas: first * vocabulary + second, ascending.

    Ranked by chi-squared, summed over the areas: how far the papers with the pair are from the mean
    targets (Yang and Pedersen 1997, "A comparative study on feature selection in text
    categorization").
    """
    found = list(_pairs(packed, content))
    if not found:
        return np.zeros(0, np.uint32)
    places, keys = (np.concatenate(part) for part in zip(*found, strict=True))
    distinct, papers = np.unique(keys, return_counts=True)
    candidates = distinct[papers >= MIN_PAIR_PAPERS]
    if not len(candidates):
        return np.zeros(0, np.uint32)
    column = np.searchsorted(candidates, keys).clip(max=len(candidates) - 1)
    known = candidates[column] == keys
    rows, column = places[known], column[known]
    targets = packed.targets[packed.rows].astype(np.float32)
    shape = (len(candidates), len(targets))
    matrix = sparse.csr_matrix((np.ones(len(rows), np.float32), (column, rows)), shape=shape)
    seen = matrix @ targets
    expected = np.asarray(matrix.sum(1)).reshape(-1, 1) * targets.mean(0)
    chi_squared = ((seen - expected) ** 2 / (expected + 1)).sum(1)
    best = np.sort(np.argsort(-chi_squared, kind="stable")[:MAX_PAIRS])
    return candidates[best].astype(np.uint32)


def _pairs(
    packed: Packed, content: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.uint32]]]:
    """Each pair of a paper once: the place of the paper among `packed.rows`, and the pair."""
    rows = packed.rows
    for start in range(0, len(rows), CHUNK):
        tokens = packed.tokens(rows[start : start + CHUNK])
        flat = np.concatenate(tokens).astype(np.int64)
        papers = np.repeat(np.arange(len(tokens)), [len(ids) for ids in tokens])
        kept = content[flat]
        flat, papers = flat[kept], papers[kept]
        neighbours = papers[1:] == papers[:-1]
        keys = (flat[:-1] * len(content) + flat[1:])[neighbours]
        both = np.unique(papers[1:][neighbours] << 32 | keys)
        yield (both >> 32).astype(np.int32) + start, (both & 0xFFFFFFFF).astype(np.uint32)
