"""The papers that every system is trained on, and those that it is scored on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold

from tagstract.labels import InputError, LabelledSet, Taxonomy, read_labelled
from tagstract.model_folder import paper_key, paper_text
from tagstract.training.data.heldout import split_rows
from tagstract.training.data.targets import targets_of
from tagstract.training.data.training_data import data_digest

FOLDS = 4
HELD_OUT = 0.12
"""Share of the papers that calibrates a system that is too slow to be cross-validated."""

Rows = NDArray[np.int64]
Targets = NDArray[np.float32]


@dataclass(frozen=True)
class Split:
    """Labelled papers, one set of test papers, and the areas of both."""

    labelled: LabelledSet
    test: LabelledSet
    taxonomy: Taxonomy
    seed: int
    name: str = "test"

    @cached_property
    def texts(self) -> list[str]:
        return [paper_text(paper) for paper in self.labelled.papers]

    @cached_property
    def test_texts(self) -> list[str]:
        return [paper_text(paper) for paper in self.test.papers]

    @cached_property
    def targets(self) -> Targets:
        """(papers, areas)."""
        return targets_of(self.labelled.labels, self.taxonomy.ids)

    @cached_property
    def truth(self) -> NDArray[np.bool_]:
        """Of the test papers, (papers, areas)."""
        return targets_of(self.test.labels, self.taxonomy.ids) > 0.5

    @cached_property
    def labelled_digest(self) -> str:
        """Of all that systems are trained on."""
        papers = data_digest(self.labelled.papers, self.labelled.labels)
        parts = [papers, self.taxonomy.ids, self.seed]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @cached_property
    def test_digest(self) -> str:
        return data_digest(self.test.papers, self.test.labels)

    def folds(self) -> Iterator[tuple[Rows, Rows]]:
        """Rows to train on and rows held out, four times."""
        yield from KFold(FOLDS, shuffle=True, random_state=self.seed).split(self.targets)

    def held_out(self) -> tuple[Rows, Rows]:
        """The same once, with its share of every area."""
        return split_rows(self.targets, HELD_OUT, self.seed)


def read_splits(
    labelled: Sequence[str],
    tests: Sequence[str],
    taxonomy: Taxonomy,
    limit: int | None = None,
    shuffle: bool = False,
    seed: int = 0,
) -> list[Split]:
    """A split for each test file, all with the same labelled papers; a test paper that is among
    these is left out of them.

    Args:
        limit: papers of each side at most, drawn by `seed`.
        shuffle: deal the labelled papers' areas out anew. Nothing can be learned from them then:
            whoever is better than chance has seen the test papers.

    Raises:
        InputError: a file that can't be read, or one side without papers.
    """
    known = [read_labelled([test], taxonomy) for test in tests]
    keys = {paper_key(paper) for test in known for paper in test.papers}
    learned = read_labelled(labelled, taxonomy)
    fresh = [row for row, paper in enumerate(learned.papers) if paper_key(paper) not in keys]
    random = np.random.default_rng(seed)
    learned = pick(learned, _some(fresh, limit, random))
    if shuffle:
        order = random.permutation(len(learned))
        learned = LabelledSet(learned.papers, [learned.labels[row] for row in order])
    splits = []
    for path, test in zip(tests, known, strict=True):
        some = pick(test, _some(list(range(len(test))), limit, np.random.default_rng(seed)))
        if not any(some.labels) or len(learned) < 2 * FOLDS:
            papers = f"{len(learned)} labelled and {len(some)} test papers"
            raise InputError(f"{papers} are too few, or none has an area", path)
        splits.append(Split(learned, some, taxonomy, seed, Path(path).stem))
    return splits


def pick(labelled: LabelledSet, rows: Sequence[int]) -> LabelledSet:
    """These papers alone."""
    return LabelledSet(
        [labelled.papers[row] for row in rows], [labelled.labels[row] for row in rows]
    )


def _some(rows: list[int], limit: int | None, random: np.random.Generator) -> list[int]:
    if limit is None or len(rows) <= limit:
        return rows
    return sorted(int(row) for row in random.choice(rows, limit, replace=False))
