"""The lexical side head: TF-IDF over words and word pairs, and one linear layer.

The same arithmetic as scikit-learn's `TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)`
and a linear model, without importing it: what a paper costs is one look-up a term.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder.arrays import save_arrays

_WORD = re.compile(r"(?u)\b\w\w+\b")


@dataclass(frozen=True)
class Lexical:
    """A TF-IDF vocabulary with one linear layer.

    terms: (features,) words and pairs of words, lower case.
    idf: float32 (features,).
    weight: int8 (features, areas); times `scale`, float32 (areas,), it is the real weight.
    bias: float32 (areas,).
    """

    terms: Sequence[str]
    idf: NDArray[np.float32]
    weight: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]

    @cached_property
    def columns(self) -> dict[str, int]:
        return dict(zip(self.terms, range(len(self.terms)), strict=True))

    def features(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Columns and their TF-IDF values of one text; the values have length 1, or are none."""
        columns = self.columns
        counts = Counter(columns[term] for term in terms_of(text) if term in columns)
        places = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1 + np.log(times)) * self.idf[places]
        length = float(np.sqrt((values**2).sum()))
        return places, (values / length if length else values).astype(np.float32)

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, areas)."""
        logits = np.empty((len(texts), len(self.bias)), dtype=np.float32)
        for row, text in enumerate(texts):
            places, values = self.features(text)
            logits[row] = values @ self.weight[places].astype(np.float32)
        return logits * self.scale + self.bias

    def save(self, path: Path, baseline: Lexical | None = None) -> None:
        """Write the arrays, and those of a baseline beside them where it is another head."""
        arrays = self._arrays("") | (baseline._arrays("baseline_") if baseline else {})
        save_arrays(path, arrays)

    def _arrays(self, prefix: str) -> dict[str, Any]:
        """What is stored; the terms are one text, which compresses well."""
        joined = np.frombuffer("\n".join(self.terms).encode(), dtype=np.uint8)
        arrays = {name: getattr(self, name) for name in ("idf", "weight", "scale", "bias")}
        return {f"{prefix}{name}": value for name, value in {"terms": joined, **arrays}.items()}

    @classmethod
    def load(cls, path: Path, prefix: str = "", default: Lexical | None = None) -> Lexical:
        """The head whose arrays have this prefix; `default` where there is none."""
        with np.load(path, allow_pickle=False) as arrays:
            if default is not None and f"{prefix}terms" not in arrays:
                return default
            terms = arrays[f"{prefix}terms"].tobytes().decode()
            return cls(
                terms.split("\n") if terms else [],
                *(arrays[f"{prefix}{name}"] for name in ("idf", "weight", "scale", "bias")),
            )


def terms_of(text: str) -> list[str]:
    """Words of two letters or more, then pairs of neighbouring words."""
    words = _WORD.findall(text.lower())
    return words + [f"{first} {second}" for first, second in pairwise(words)]


def quantize(weight: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(features, areas) as int8 and its scale by area."""
    largest = np.abs(weight).max(0, initial=0.0)
    scale = np.where(largest > 0, largest / 127, 1.0).astype(np.float32)
    return np.rint(weight / scale).astype(np.int8), scale
