"""What a model said of its own training papers when it had been fitted without them.

Kept in the model folder, so that a later version can be compared with this one on papers that
neither was fitted on. It holds the papers' texts; `models push` leaves it out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError
from tagstract.model_folder.format import HELD_OUT
from tagstract.model_folder.inputs import paper_key

MAX_PAPERS = 2000
"""More papers than this narrow an interval little, and take much space."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class HeldOutPapers:
    """Training papers of a model with cross-validated predictions.

    Attributes:
        areas: area ids, the columns of the arrays.
        papers: title and abstract of each paper, and its id where it has one.
        probabilities: float64 (papers, areas), calibrated, of heads fitted without the paper.
        given: bool (papers, areas), whether such heads give the area.
        baseline: bool (papers, areas), whether TF-IDF alone gives it.
        truth: bool (papers, areas), the labels.
    """

    areas: tuple[str, ...]
    papers: Sequence[Mapping[str, Any]]
    probabilities: NDArray[np.float64]
    given: Flags
    baseline: Flags
    truth: Flags

    def __len__(self) -> int:
        return len(self.papers)

    @cached_property
    def rows(self) -> dict[int, int]:
        """The row of each paper, by `paper_key`."""
        return {paper_key(paper): row for row, paper in enumerate(self.papers)}

    def save(self, folder: Path) -> None:
        """Write them into a model folder that is not sealed yet.

        Of more than `MAX_PAPERS` papers those with the smallest keys are kept: always the same.
        """
        keys = np.array([paper_key(paper) for paper in self.papers], dtype=np.uint64)
        kept = np.sort(np.argsort(keys, kind="stable")[:MAX_PAPERS])
        texts = [
            {key: self.papers[row][key] for key in ("id", "title", "abstract")
             if isinstance(self.papers[row].get(key), str)}
            for row in kept
        ]  # fmt: skip
        np.savez_compressed(
            folder / HELD_OUT,
            areas=_packed(list(self.areas)),
            papers=_packed(texts),
            probabilities=self.probabilities[kept].astype(np.float32),
            **{name: getattr(self, name)[kept] for name in ("given", "baseline", "truth")},
        )

    @classmethod
    def load(cls, folder: Path) -> HeldOutPapers | None:
        """Read them from a model folder; None where it has none.

        Raises:
            InputError: the file is damaged.
        """
        path = folder / HELD_OUT
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return cls(
                    tuple(_unpacked(arrays["areas"])),
                    _unpacked(arrays["papers"]),
                    arrays["probabilities"].astype(np.float64),
                    *(arrays[name].astype(bool) for name in ("given", "baseline", "truth")),
                )
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise InputError(f"is damaged: {error}; train it again", str(path)) from error


def _packed(value: Any) -> NDArray[np.uint8]:
    """JSON as an array of bytes, which npz compresses and loads without pickle."""
    return np.frombuffer(json.dumps(value, ensure_ascii=False).encode(), dtype=np.uint8)


def _unpacked(array: NDArray[np.uint8]) -> Any:
    return json.loads(array.tobytes().decode())
