"""The second stage's input: a paper without its function words, and the table of its word pieces.

Function words and the phrases of every abstract ("we propose") carry little: without them the first
128 tokens reach about as far as 190 of the whole text do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ShortText:
    """Cuts texts, and looks up the embeddings of their word pieces.

    The table holds two values of 4 bits a byte, since it is most of a small encoder's size.

    Attributes:
        dropped: bool (vocabulary,), word pieces that are left out.
        rows: int32 (vocabulary,), the table row of each word piece; rare ones share row 0.
        table: uint8 (rows, width / 2); a byte holds columns 2i (low bits) and 2i + 1, each plus 8.
        scale: float16 (rows, width / block), of `block` neighbouring columns each.
        max_tokens: what the stage reads, special tokens included.
    """

    dropped: NDArray[np.bool_]
    rows: NDArray[np.int32]
    table: NDArray[np.uint8]
    scale: NDArray[np.float16]
    max_tokens: int

    def cut(self, ids: Sequence[int]) -> NDArray[np.int64]:
        """The first content tokens, and the closing special token: an even number, since a stage
        may join neighbours."""
        tokens = np.fromiter(ids, np.int64, len(ids))
        kept = tokens[~self.dropped[tokens]]
        if len(kept) > self.max_tokens:
            kept = np.append(kept[: self.max_tokens - 1], kept[-1])
        return np.delete(kept, -2) if len(kept) % 2 else kept

    def embeddings(self, ids: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        """Token ids → (tokens, width)."""
        rows = self.rows[np.asarray(ids, dtype=np.int64)]
        packed, scale = self.table[rows], self.scale[rows].astype(np.float32)
        values = np.empty((len(rows), 2 * packed.shape[1]), np.float32)
        values[:, 0::2] = packed & 15
        values[:, 1::2] = packed >> 4
        values -= 8
        blocks = values.reshape(len(rows), scale.shape[1], -1)
        return np.asarray((blocks * scale[:, :, None]).reshape(values.shape))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """By name, for an .npz file."""
        return {
            "short_dropped": self.dropped,
            "short_rows": self.rows,
            "short_table": self.table,
            "short_scale": self.scale,
            "short_max_tokens": np.array(self.max_tokens),
        }

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> ShortText:
        """Raises KeyError where an array is missing."""
        return cls(
            arrays["short_dropped"],
            arrays["short_rows"],
            arrays["short_table"],
            arrays["short_scale"],
            int(arrays["short_max_tokens"]),
        )


def pack(
    embeddings: NDArray[np.float32], block: int = 32
) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """(rows, width) as 4-bit integers and their scales, for `ShortText`."""
    blocks = embeddings.reshape(len(embeddings), -1, block)
    scale = (np.abs(blocks).max(2) / 7).clip(min=1e-6).astype(np.float16)
    values = np.rint(blocks / scale.astype(np.float32)[:, :, None]).clip(-8, 7) + 8
    flat = values.reshape(embeddings.shape).astype(np.uint8)
    return flat[:, 0::2] | flat[:, 1::2] << 4, scale
