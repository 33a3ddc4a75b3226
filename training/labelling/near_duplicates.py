"""Papers that are there twice in slightly different words, which leak from one split to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ALIKE = 0.9
"""Cosine of TF-IDF vectors from which two abstracts count as one: versions of a paper reach 0.95,
papers of one group on one subject 0.6."""

_BLOCK = 1000


@dataclass(frozen=True)
class Pair:
    """Two papers that are nearly the same; rows, and their likeness from 0 to 1."""

    first: int
    second: int
    likeness: float


def near_duplicates(texts: Sequence[str]) -> list[Pair]:
    """Pairs of texts that are nearly the same, the most alike first."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    if len(texts) < 2:
        return []
    try:
        matrix = TfidfVectorizer(min_df=2, sublinear_tf=True, dtype=np.float32).fit_transform(texts)
    except ValueError:  # no word is in two texts
        return []
    pairs = []
    for start in range(0, len(texts), _BLOCK):
        products = (matrix[start : start + _BLOCK] @ matrix.T).tocoo()
        for row, column, value in zip(products.row, products.col, products.data, strict=True):
            if value >= ALIKE and start + row < column:
                pairs.append(Pair(int(start + row), int(column), float(value)))
    return sorted(pairs, key=lambda pair: (-pair.likeness, pair.first, pair.second))
