"""Labelled papers ready for training: their targets, their digest and their held-out part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import LabelledSet, Taxonomy
from tagstract.training.data.heldout import Rows, split_rows
from tagstract.training.data.targets import targets_of


@dataclass(frozen=True)
class Split:
    """Rows to train on and rows held out, both ascending."""

    train: Rows
    held_out: Rows


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Papers, their labels, and the taxonomy whose areas are the columns of `targets`.

    chosen: the split, where the caller chose the held-out papers; None: `split` draws them.
    weights: how much each paper counts in training; empty where all count alike.
    """

    papers: Sequence[dict[str, Any]]
    labels: Sequence[Sequence[str]]
    taxonomy: Taxonomy
    chosen: Split | None = None
    weights: Sequence[float] = ()

    @classmethod
    def of(
        cls, labelled: LabelledSet, taxonomy: Taxonomy, held_out: LabelledSet | None = None
    ) -> TrainingData:
        """The papers and labels of a labelled set; `held_out` papers are added at the end, and no
        other paper is held out."""
        if held_out is None:
            return cls(labelled.papers, labelled.labels, taxonomy, weights=labelled.weights)
        trained = len(labelled)
        split = Split(np.arange(trained), np.arange(trained, trained + len(held_out)))
        papers = [*labelled.papers, *held_out.papers]
        weights = [*labelled.weights, *held_out.weights]
        return cls(papers, [*labelled.labels, *held_out.labels], taxonomy, split, weights)

    def __len__(self) -> int:
        return len(self.papers)

    @property
    def areas(self) -> tuple[str, ...]:
        """Area ids in the order of the columns."""
        return self.taxonomy.ids

    @cached_property
    def targets(self) -> NDArray[np.float32]:
        """(papers, areas): 1 where a paper has the area."""
        return targets_of(self.labels, self.areas)

    @cached_property
    def counts(self) -> NDArray[np.float32]:
        """(papers,): how much each paper counts."""
        if len(self.weights) != len(self.papers):
            return np.ones(len(self.papers), dtype=np.float32)
        return np.array(self.weights, dtype=np.float32)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all papers and labels in their order, and of their weights."""
        plain = data_digest(self.papers, self.labels)
        if (self.counts == 1).all():
            return plain
        return hashlib.sha256(plain.encode() + self.counts.tobytes()).hexdigest()

    @cached_property
    def _splits(self) -> dict[tuple[float, int], Split]:
        return {}

    def split(self, share: float, seed: int) -> Split:
        """The chosen split, or one that holds out a share of the papers, with a share of every
        area; see `split_rows`."""
        if self.chosen is not None:
            return self.chosen
        if (share, seed) not in self._splits:
            self._splits[share, seed] = Split(*split_rows(self.targets, share, seed))
        return self._splits[share, seed]

    def pick(self, rows: Rows) -> list[dict[str, Any]]:
        """The papers of these rows."""
        return [self.papers[row] for row in rows]


def data_digest(papers: Sequence[dict[str, Any]], labels: Sequence[Sequence[str]]) -> str:
    """SHA-256 of papers and labels in their order."""
    digest = hashlib.sha256()
    for paper, given in zip(papers, labels, strict=True):
        record = [paper.get("title"), paper["abstract"], list(given)]
        digest.update(json.dumps(record, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()
