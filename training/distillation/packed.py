"""What `training/gpu` leaves behind: tokens of papers, and what a student learns from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError

WEIGHTS = "student.safetensors"
"""The trained student."""

HELD_OUT = 2
"""The kind of a held-out paper in `labels.npz`."""


@dataclass(frozen=True)
class Packed:
    """Papers as tokens, with the targets of a student. Labelled papers come first.

    Attributes:
        flat, starts: uint16 token ids of all papers in one row, and where each paper starts,
            int64 (papers + 1,).
        targets: float16 (papers, areas), probabilities from labels and teachers.
        weight: float32 (papers,), how much a paper's loss counts.
        labelled: how many of the papers have labels.
        held_out: bool (papers,); no student learns from these.
        words: float32 (vocabulary, width), word embeddings of the trained student.
    """

    flat: NDArray[np.uint16]
    starts: NDArray[np.int64]
    targets: NDArray[np.float16]
    weight: NDArray[np.float32]
    labelled: int
    held_out: NDArray[np.bool_]
    words: NDArray[np.float32]

    @classmethod
    def load(cls, folder: Path) -> Packed:
        """Read the folder that `gpu/pack.py` and `gpu/run.py` wrote.

        Raises:
            InputError: a file is missing or damaged.
        """
        from safetensors.torch import load_file

        try:
            tokens, labels, learned = (
                _arrays(folder / name) for name in ("tokens.npz", "labels.npz", "distilled.npz")
            )
            words = load_file(folder / WEIGHTS)["word.weight"].float().numpy()
            kind, lengths = labels["kind"], tokens["lengths"].astype(np.int64)
            held_out = np.zeros(len(lengths), bool)
            held_out[: len(kind)] = kind == HELD_OUT
            starts = np.concatenate([[0], np.cumsum(lengths)])
            return cls(
                tokens["flat"],
                starts,
                learned["targets"],
                learned["weight"],
                len(kind),
                held_out,
                words,
            )
        except FileNotFoundError as error:
            problem = "is missing; run `tagstract train pack` and training/gpu/run.py first"
            raise InputError(problem, str(error.filename or folder)) from error
        except (KeyError, ValueError, OSError) as error:
            raise InputError(f"is damaged: {error}", str(folder)) from error

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def rows(self) -> NDArray[np.int64]:
        """The papers to learn from, ascending."""
        return np.flatnonzero(~self.held_out)

    def tokens(self, rows: NDArray[np.int64]) -> list[NDArray[np.uint16]]:
        """Token ids of some papers, special tokens included."""
        return [self.flat[self.starts[row] : self.starts[row + 1]] for row in rows.tolist()]


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
