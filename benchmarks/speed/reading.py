"""The files that a user names, as `Material`."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed.material import Material, Papers
from tagstract.labels import InputError, Taxonomy, read_labelled
from tagstract.labels.io.feed import read_lines
from tagstract.labels.io.paper import with_paper
from tagstract.model_folder import paper_text
from tagstract.training.data.targets import targets_of

SEED = 11
MIN_ABSTRACT = 200
"""Characters below which an abstract is a stub, and would make everything look fast."""


def read_material(
    papers: str,
    count: int,
    labelled: Sequence[str],
    train: Sequence[str],
    train_count: int,
    taxonomy: Taxonomy,
) -> Material:
    """Read all files; of papers and training papers a random part, always the same.

    Raises:
        InputError: a file can't be read, or holds too few papers.
    """
    chosen = _drawn(papers, count)
    if len(chosen) < count:
        raise InputError(f"holds {len(chosen):,} papers with abstracts; --papers {count:,}", papers)
    names = " + ".join(Path(file).name for file in train)
    trained = _labelled(train, names, taxonomy) if train else _set("", [], taxonomy)
    return Material(
        list(taxonomy.ids),
        _set(Path(papers).name, chosen, taxonomy),
        [_labelled([file], Path(file).name, taxonomy) for file in labelled],
        _part(trained, train_count),
    )


def _drawn(path: str, count: int) -> list[dict[str, Any]]:
    """Whole papers of a file, at random, and always the same."""
    _, lines = read_lines(path)
    records = [record for _, record in lines if isinstance(record, dict)]
    random.Random(SEED).shuffle(records)
    papers = (with_paper(record) for record in records)
    return list(islice(filter(_is_whole, papers), count))


def _is_whole(record: dict[str, Any]) -> bool:
    return len(str(record.get("abstract") or "")) >= MIN_ABSTRACT


def _set(name: str, records: Sequence[Any], taxonomy: Taxonomy) -> Papers:
    return Papers(
        name,
        [str(record.get("title") or "") for record in records],
        [str(record.get("abstract") or "") for record in records],
        [paper_text(record) for record in records],
        np.zeros((0, len(taxonomy.ids)), bool),
    )


def _labelled(files: Sequence[str], name: str, taxonomy: Taxonomy) -> Papers:
    found = read_labelled(list(files), taxonomy)
    bare = _set(name, found.papers, taxonomy)
    truth = targets_of(found.labels, taxonomy.ids) > 0.5
    return Papers(name, bare.titles, bare.abstracts, bare.texts, truth)


def _part(papers: Papers, count: int) -> Papers:
    """`count` of the labelled papers, drawn at random."""
    rows = random.Random(SEED).sample(range(len(papers)), min(count, len(papers)))
    return Papers(
        papers.name,
        [papers.titles[row] for row in rows],
        [papers.abstracts[row] for row in rows],
        [papers.texts[row] for row in rows],
        papers.truth[rows],
    )
