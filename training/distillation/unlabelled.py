"""Unlabelled papers with a teacher's probabilities as targets.

Self-training with soft labels (Xie et al. 2020, "Self-training with Noisy Student improves
ImageNet classification"). The noise is the student's dropout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError
from tagstract.labels.io.feed import read_records
from tagstract.model_folder import paper_key
from tagstract.training.distillation.teacher import Teacher

CHUNK = 2048
"""Papers that are labelled between two writes: what a kill can lose."""

MIN_CHARACTERS = 200
"""A shorter abstract is a note or a cut one, and teaches little."""


@dataclass(frozen=True)
class Unlabelled:
    """Files of unlabelled papers, how many of them to take, and who labels them."""

    files: tuple[str, ...]
    papers: int
    teacher: Teacher

    def as_dict(self, papers: int | None = None) -> dict[str, Any]:
        """For `model.json`.

        Args:
            papers: how many there were, where `papers` is only the most.
        """
        names = [Path(file).name for file in self.files]
        return {"files": names, "papers": papers or self.papers, "teacher": self.teacher.tag}


def read_unlabelled(
    paths: Iterable[str], most: int, labelled: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """A random `most` of the papers, each abstract once.

    Args:
        paths: JSONL, CSV or Parquet files; or what `datasets` loads: a folder of such files, or a
            name on the hub, its split `train`.
        labelled: papers that must not come in: labelled and held-out ones.

    Raises:
        InputError: a file that can't be used, or no paper in any of them.
    """
    leave_out = frozenset(paper_key(paper) for paper in labelled)
    found: dict[int, dict[str, Any]] = {}
    for path in paths:
        for record in _records(path):
            abstract = record.get("abstract")
            if isinstance(abstract, str) and len(abstract) >= MIN_CHARACTERS:
                key = paper_key(record)
                if key not in leave_out:
                    found.setdefault(key, {"title": record.get("title"), "abstract": abstract})
    if not found:
        raise InputError("no unlabelled papers with an abstract", ", ".join(paths))
    keys = sorted(found)
    chosen = np.random.default_rng(0).permutation(len(keys))[:most]
    return [found[keys[row]] for row in chosen]


def _records(path: str) -> Iterator[Mapping[str, Any]]:
    """The records of one file or data set; those that can't be read are passed over."""
    if Path(path).is_file():
        for _, record in read_records(path):
            if isinstance(record, dict):
                yield record
        return
    from datasets import load_dataset

    try:
        yield from load_dataset(path, split="train", streaming=True)
    except Exception as error:  # no network, no such name, no split, damaged files
        raise InputError(
            f"no such file, and no data set of this name can be loaded ({type(error).__name__})",
            path,
        ) from error


def soft_targets(
    teacher: Teacher,
    papers: list[dict[str, Any]],
    areas: tuple[str, ...],
    kept: Path,
    log: Callable[[str], None],
) -> NDArray[np.float32]:
    """(papers, areas): the teacher's calibrated probabilities.

    Args:
        areas: the columns; each must be one of the teacher's.
        kept: a file that holds what is done, for a run that is stopped and started again.
    """
    missing = [area for area in areas if area not in teacher.taxonomy.ids]
    if missing:
        raise InputError(f"the teacher does not know the area '{missing[0]}'", teacher.tag)
    columns = [teacher.taxonomy.ids.index(area) for area in areas]
    done = np.load(kept) if kept.is_file() else np.zeros((0, len(areas)), np.float32)
    while len(done) < len(papers):
        chunk = papers[len(done) : len(done) + CHUNK]
        fresh = teacher.probabilities(chunk)[:, columns].astype(np.float32)
        done = np.concatenate([done, fresh])
        temporary = kept.with_suffix(".new.npy")
        np.save(temporary, done)
        temporary.replace(kept)
        log(f"{teacher.tag} has labelled {len(done)} of {len(papers)} papers")
    return np.asarray(done)
