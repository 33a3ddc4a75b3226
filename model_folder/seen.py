"""The papers that a model was trained on, and with which labels; keys only, no texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder.inputs import paper_key

UNKNOWN = 0
"""Stands for the labels where a model of an older version did not keep them."""

Keys = NDArray[np.uint64]


def labels_key(labels: Iterable[str]) -> int:
    """64 bits of the SHA-256 of area ids, in whatever order; never `UNKNOWN`."""
    digest = hashlib.sha256("\n".join(sorted(set(labels))).encode()).digest()
    return int.from_bytes(digest[:8], "big") or 1


@dataclass(frozen=True)
class SeenPapers:
    """Keys of papers (`paper_key`), ascending, and of their labels, both uint64 (papers,)."""

    keys: Keys
    labels: Keys

    @classmethod
    def of(cls, papers: Sequence[Mapping[str, Any]], labels: Sequence[Sequence[str]]) -> SeenPapers:
        """From papers and their area ids."""
        return cls.from_dict(
            {
                paper_key(paper): labels_key(given)
                for paper, given in zip(papers, labels, strict=True)
            }
        )

    @classmethod
    def from_dict(cls, labels: Mapping[int, int]) -> SeenPapers:
        """From keys of labels by keys of papers."""
        keys = sorted(labels)
        return cls(
            np.array(keys, dtype=np.uint64),
            np.array([labels[key] for key in keys], dtype=np.uint64),
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> SeenPapers:
        """As `arrays` gave them; raises KeyError where there are none."""
        keys = arrays["seen"].astype(np.uint64)
        labels = arrays["seen_labels"] if "seen_labels" in arrays else np.full_like(keys, UNKNOWN)
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], labels.astype(np.uint64)[order])

    def arrays(self) -> dict[str, Keys]:
        """What a model folder keeps."""
        return {"seen": self.keys, "seen_labels": self.labels}

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[int]:
        return iter(self.keys.tolist())

    def __contains__(self, key: object) -> bool:
        return isinstance(key, int) and self._row(key) is not None

    def with_labels(self, paper: Mapping[str, Any], labels: Iterable[str]) -> bool:
        """Whether the model was trained on a paper with these very labels, as far as it knows."""
        row = self._row(paper_key(paper))
        return row is not None and int(self.labels[row]) in (UNKNOWN, labels_key(labels))

    def joined(self, newer: SeenPapers) -> SeenPapers:
        """Both; of a paper in both the newer labels count."""
        pairs = zip((*self.keys, *newer.keys), (*self.labels, *newer.labels), strict=True)
        return SeenPapers.from_dict({int(key): int(labels) for key, labels in pairs})

    def _row(self, key: int) -> int | None:
        row = int(np.searchsorted(self.keys, np.uint64(key)))
        return row if row < len(self.keys) and int(self.keys[row]) == key else None
