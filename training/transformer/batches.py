"""Batches of papers of like length: tokens once, the order from seed and epoch alone."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder import paper_text

POOL = 50
"""Batches that are cut together from papers sorted by length: few padding tokens, and still the
company of a paper changes with every epoch."""


@dataclass(frozen=True)
class Tokens:
    """Papers as token ids, cut to the most tokens; `pad` is the id that fills a batch."""

    ids: list[NDArray[np.int32]]
    pad: int

    def __len__(self) -> int:
        return len(self.ids)

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.ids + other.ids, self.pad)

    def pick(self, rows: Sequence[int] | NDArray[np.int64]) -> Tokens:
        """These papers, in this order."""
        return Tokens([self.ids[row] for row in rows], self.pad)

    def batch(
        self, rows: NDArray[np.int64], most: int | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Token ids and attention mask, int64 (rows, longest of them, cut to `most`)."""
        longest = min(max(len(self.ids[row]) for row in rows), most or sys.maxsize)
        ids = np.full((len(rows), longest), self.pad, dtype=np.int64)
        mask = np.zeros((len(rows), longest), dtype=np.int64)
        for place, row in enumerate(rows):
            tokens = self.ids[row]
            if len(tokens) > longest:
                tokens = np.append(tokens[: longest - 1], tokens[-1])  # keeps the closing token
            ids[place, : len(tokens)] = tokens
            mask[place, : len(tokens)] = 1
        return ids, mask


@dataclass(frozen=True)
class Examples:
    """Tokenized papers and what is to be learned of them.

    Attributes:
        targets: (papers, areas), from 0 to 1: labels, or a teacher's probabilities.
        labelled: papers from this row on have a teacher's probabilities; None: all have labels.
        counts: (labelled,), how often a labelled paper comes in an epoch, on average; None: once.
    """

    tokens: Tokens
    targets: NDArray[np.float32]
    labelled: int | None = None
    counts: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.tokens)


def tokenize(papers: Sequence[Mapping[str, Any]], tokenizer: str, max_tokens: int) -> Tokens:
    """Tokens of papers, with the very text and tokenizer that serving uses.

    Args:
        tokenizer: the text of a `tokenizer.json`.
        max_tokens: longer papers are cut to this, special tokens included.
    """
    from tokenizers import Tokenizer

    fast = Tokenizer.from_str(tokenizer)
    fast.enable_truncation(max_tokens)
    fast.no_padding()
    encoded = fast.encode_batch([paper_text(paper) for paper in papers])
    pad = next((i for t in ("[PAD]", "<pad>") if (i := fast.token_to_id(t)) is not None), 0)
    return Tokens([np.asarray(one.ids, dtype=np.int32) for one in encoded], pad)


def repeated(counts: NDArray[np.float32], epoch: int) -> NDArray[np.int64]:
    """Rows, each as often as it comes in an epoch: of a count of 0.5 every other epoch, of 1.5 once
    and twice in turn. Rows take their turns at different epochs."""
    phase = np.arange(len(counts)) * 0.6180339887498949 % 1
    times = np.floor((epoch + 1) * counts + phase) - np.floor(epoch * counts + phase)
    return np.repeat(np.arange(len(counts)), times.astype(np.int64))


def epoch_batches(
    tokens: Tokens, rows: NDArray[np.int64], size: int, seed: int, epoch: int
) -> list[NDArray[np.int64]]:
    """The numbers of `rows` in the batches of one epoch.

    The same arguments give the same list, so batch `k` of a run that was killed can be found
    again without any state.
    """
    random = np.random.default_rng([seed, epoch])
    lengths = np.array([len(one) for one in tokens.ids])
    order = random.permutation(rows)
    batches: list[NDArray[np.int64]] = []
    for start in range(0, len(order), size * POOL):
        pool = order[start : start + size * POOL]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches.extend(pool[at : at + size] for at in range(0, len(pool), size))
    return [batches[place] for place in random.permutation(len(batches))]


def sorted_batches(tokens: Tokens, size: int) -> list[NDArray[np.int64]]:
    """Row numbers by length, longest first, for scoring: a lack of memory shows at once."""
    order = np.argsort([-len(one) for one in tokens.ids], kind="stable")
    return [order[at : at + size] for at in range(0, len(order), size)]
