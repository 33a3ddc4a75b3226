"""What every system reads: the papers to tag, labelled papers to score on and to train on.

Kept as files that need NumPy alone, since a peer may run in an environment of its own.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
"""Which areas papers have or get, (papers, areas)."""


@dataclass(frozen=True)
class Papers:
    """Papers, and their areas where these are known; empty otherwise.

    name: of their file.
    titles, abstracts: as they were read.
    texts: title and abstract in one.
    truth: (papers, areas), or (0, areas).
    """

    name: str
    titles: list[str]
    abstracts: list[str]
    texts: list[str]
    truth: Flags

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def records(self) -> list[dict[str, str]]:
        """As a feed has them."""
        pairs = zip(self.titles, self.abstracts, strict=True)
        return [{"title": title, "abstract": abstract} for title, abstract in pairs]

    def first(self, count: int) -> Papers:
        """The first of them."""
        return Papers(
            self.name,
            self.titles[:count],
            self.abstracts[:count],
            self.texts[:count],
            self.truth[:count],
        )


@dataclass(frozen=True)
class Material:
    """All that a run reads.

    areas: ids, in the order of the columns.
    papers: to be timed on.
    labelled: to be scored on.
    train: for peers whose heads are trained here; in random order.
    """

    areas: list[str]
    papers: Papers
    labelled: list[Papers]
    train: Papers

    @cached_property
    def digest(self) -> str:
        """Of everything; results of other material are not mixed with these."""
        parts = [json.dumps(self.areas)]
        for papers in (self.papers, *self.labelled, self.train):
            parts += [papers.name, json.dumps(papers.texts), papers.truth.tobytes().hex()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def save(self, folder: Path) -> None:
        """Write `material.json` and `truth.npz`."""
        folder.mkdir(parents=True, exist_ok=True)
        sets = [self.papers, self.train, *self.labelled]
        texts = [{**asdict(papers), "truth": None} for papers in sets]
        document = {"areas": self.areas, "sets": texts}
        (folder / "material.json").write_text(json.dumps(document), encoding="utf-8")
        truth = {str(number): papers.truth for number, papers in enumerate(sets)}
        np.savez(folder / "truth.npz", **truth)  # type: ignore[arg-type]

    @classmethod
    def load(cls, folder: Path) -> Material:
        """Read what `save` wrote."""
        document = json.loads((folder / "material.json").read_text(encoding="utf-8"))
        with np.load(folder / "truth.npz", allow_pickle=False) as truth:
            papers, train, *labelled = (
                Papers(**{**fields, "truth": truth[str(number)]})
                for number, fields in enumerate(document["sets"])
            )
        return cls(document["areas"], papers, labelled, train)


def micro_f1(given: Flags, truth: Flags) -> float:
    """Of all (paper, area) pairs together, 0 to 1."""
    pairs = int(given.sum()) + int(truth.sum())
    return 2 * int((given & truth).sum()) / pairs if pairs else 0.0


def best_threshold(scores: NDArray[np.float64], truth: Flags) -> float:
    """The one score, for all areas, from which giving an area has the highest micro-F1.

    Args:
        scores: (papers, areas), higher is more probable.
    """
    order = np.argsort(-scores, axis=None)
    right = truth.ravel()[order].cumsum()
    given = np.arange(1, len(order) + 1)
    best = int(np.argmax(2 * right / (given + truth.sum())))
    return float(scores.ravel()[order[best]])
