"""Labelled sets with taxonomies of their own, named on the command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from benchmarks.quality.split import Split, pick
from tagstract.labels import InputError, load_taxonomy, read_labelled
from tagstract.model_folder import paper_key

SYNTAX = "NAME=TAXONOMY,TEST[@PREFIX],TRAIN[,TRAIN...]"


@dataclass(frozen=True)
class NamedSet:
    """One set: its taxonomy, its test papers, and training files of several sizes.

    prefix: where the test file holds training papers too, the ids of the test papers start so.
    """

    name: str
    taxonomy: Path
    test: Path
    prefix: str
    train: tuple[Path, ...]

    @classmethod
    def parse(cls, text: str) -> NamedSet:
        """From `SYNTAX`.

        Raises:
            argparse.ArgumentTypeError: it is none, or a file is missing.
        """
        name, _, rest = text.partition("=")
        parts = rest.split(",")
        if not name or len(parts) < 3:
            raise argparse.ArgumentTypeError(f"'{text}': give {SYNTAX}")
        test, _, prefix = parts[1].partition("@")
        taxonomy, *train = (Path(part) for part in (parts[0], *parts[2:]))
        for path in (taxonomy, Path(test), *train):
            if not path.is_file():
                raise argparse.ArgumentTypeError(f"'{path}' is no file")
        return cls(name, taxonomy, Path(test), prefix, tuple(train))

    def splits(self, seed: int) -> list[Split]:
        """One for each training file, the fewest papers first. Test papers are never trained on."""
        taxonomy = load_taxonomy(self.taxonomy)
        test = read_labelled([self.test], taxonomy)
        chosen = [
            row
            for row, paper in enumerate(test.papers)
            if str(paper.get("id") or "").startswith(self.prefix)
        ]
        test = pick(test, chosen)
        if not len(test):
            raise InputError(f"no test paper has an id that starts with {self.prefix}", self.name)
        keys = {paper_key(paper) for paper in test.papers}
        found = []
        for path in self.train:
            labelled = read_labelled([path], taxonomy)
            fresh = [row for row, one in enumerate(labelled.papers) if paper_key(one) not in keys]
            found.append(Split(pick(labelled, fresh), test, taxonomy, seed))
        return sorted(found, key=lambda split: len(split.labelled))
