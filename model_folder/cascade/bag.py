"""The first stage: a bag of word pieces and pairs of them, and a small network on top.

A fastText-like classifier (Joulin et al. 2017, "Bag of tricks for efficient text classification")
with one hidden layer, distilled from a transformer. It reads the tokens that the encoder needs
anyway, so a paper costs a look-up per token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder.products import by_row

EARLY = 12
"""Content tokens at the start that count twice: most of a title."""

PAPERS_AT_ONCE = 128
"""Bounds the memory: about 30 kB of table rows per paper."""

_EPSILON = 1e-5
"""Of the layer norm, as in PyTorch."""


@dataclass(frozen=True)
class Bag:
    """A network over weighted sums of table rows.

    Attributes:
        rows: int32 (vocabulary,), the table row of each word piece; -1: function words, special
            and rare tokens have none.
        content: bool (vocabulary,), word pieces that count as neighbours in pairs.
        pairs: uint32 (pairs,), ascending: first * vocabulary + second. Their table rows follow
            those of the word pieces.
        table: int8 (rows + pairs, width); times `scale`, float32 (rows + pairs,), it is the weight.
        norm: float32 (2, width), gain and shift of the layer norm.
        hidden, hidden_bias: float32 (width, hidden) and (hidden,).
        output, skip, output_bias: float32 (hidden, areas), (width, areas) and (areas,).
    """

    rows: NDArray[np.int32]
    content: NDArray[np.bool_]
    pairs: NDArray[np.uint32]
    table: NDArray[np.int8]
    scale: NDArray[np.float32]
    norm: NDArray[np.float32]
    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    skip: NDArray[np.float32]
    output_bias: NDArray[np.float32]

    def logits(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Token ids of whole papers → (papers, areas)."""
        logits = np.empty((len(tokens), len(self.output_bias)), np.float32)
        for start in range(0, len(tokens), PAPERS_AT_ONCE):
            part = tokens[start : start + PAPERS_AT_ONCE]
            logits[start : start + len(part)] = self._network(self._sums(part))
        return logits

    def _sums(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """The weighted sum of each paper's table rows, (papers, width)."""
        papers, rows, weights = self.features(tokens)
        sums = np.zeros((len(tokens), self.table.shape[1]), np.float32)
        if len(rows):
            vectors = self.table[rows] * (self.scale[rows] * weights)[:, None]
            first = np.flatnonzero(np.diff(papers, prepend=-1))
            sums[papers[first]] = np.add.reduceat(vectors, first, axis=0)
        return sums

    def features(
        self, tokens: Sequence[Sequence[int]]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        """Distinct features: their papers (ascending), their table rows, and their weights.

        A weight is 1 + log(count); the first `EARLY` content tokens count twice.
        """
        lengths = np.fromiter((len(ids) for ids in tokens), np.int64, len(tokens))
        flat = np.fromiter((one for ids in tokens for one in ids), np.int64, int(lengths.sum()))
        papers = np.repeat(np.arange(len(tokens)), lengths)
        kept = self.content[flat]
        flat, papers = flat[kept], papers[kept]
        starts = np.searchsorted(papers, np.arange(len(tokens)))
        early = np.arange(len(flat)) - starts[papers] < EARLY
        pair_papers, pair_rows, pair_early = self._pairs_of(flat, papers, early)
        rows = self.rows[flat].astype(np.int64)
        known = rows >= 0
        return _counted(
            np.concatenate([papers[known], pair_papers]),
            np.concatenate([rows[known], pair_rows]),
            np.concatenate([early[known], pair_early]),
        )

    def _pairs_of(
        self, flat: NDArray[np.int64], papers: NDArray[np.int64], early: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        keys = (flat[:-1] * len(self.rows) + flat[1:]).astype(np.uint32)
        place = np.searchsorted(self.pairs, keys).clip(max=max(len(self.pairs) - 1, 0))
        known = np.zeros(len(keys), bool)
        if len(self.pairs):
            known = (self.pairs[place] == keys) & (papers[1:] == papers[:-1])
        words = len(self.table) - len(self.pairs)
        return papers[1:][known], place[known] + words, early[:-1][known]

    def _network(self, sums: NDArray[np.float32]) -> NDArray[np.float32]:
        mean = sums.mean(1, keepdims=True)
        spread = np.sqrt(sums.var(1, keepdims=True) + _EPSILON)
        normed = (sums - mean) / spread * self.norm[0] + self.norm[1]
        hidden = np.maximum(by_row(normed, self.hidden) + self.hidden_bias, 0)
        out = by_row(hidden, self.output) + by_row(normed, self.skip) + self.output_bias
        return np.asarray(out)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """By name, for an .npz file."""
        return {f"bag_{one.name}": getattr(self, one.name) for one in fields(self)}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Bag:
        """Raises KeyError where an array is missing."""
        return cls(**{one.name: arrays[f"bag_{one.name}"] for one in fields(cls)})


def _counted(
    papers: NDArray[np.int64], rows: NDArray[np.int64], early: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Each feature of a paper once, with its weight."""
    keys = np.sort((papers << 33) | (rows << 1) | early)
    features = keys >> 1
    first = np.flatnonzero(np.diff(features, prepend=-1))
    if not len(first):
        empty = np.zeros(0, np.int64)
        return empty, empty, np.zeros(0, np.float32)
    counts = np.diff(first, append=len(keys)) + np.add.reduceat(keys & 1, first)
    weights = 1 + np.log(counts.astype(np.float32))
    return features[first] >> 32, features[first] & 0xFFFFFFFF, weights
