"""Labelled sets that a benchmark is given: `--set NAME=TAXONOMY,LABELLED[,TEST]`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from tagstract.labels import InputError, load_taxonomy, read_labelled
from tagstract.training.data.training_data import TrainingData


@dataclass(frozen=True)
class LabelledSetOption:
    """One set: its name, its papers to label, and those to test on, if they are apart."""

    name: str
    pool: TrainingData
    test: TrainingData | None


def add_set_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        dest="sets",
        action="append",
        required=True,
        metavar="NAME=TAXONOMY,LABELLED[,TEST]",
        help="may be given several times",
    )


def load_set(option: str) -> LabelledSetOption:
    """Read the files of one `--set`.

    Raises:
        InputError: it has another form, or a file can't be read.
    """
    name, equals, rest = option.partition("=")
    files = rest.split(",")
    if not equals or len(files) not in (2, 3):
        raise InputError(f"--set {option}: give NAME=TAXONOMY,LABELLED[,TEST]")
    taxonomy = load_taxonomy(files[0])
    pool, *test = (TrainingData.of(read_labelled([file], taxonomy), taxonomy) for file in files[1:])
    return LabelledSetOption(name, pool, test[0] if test else None)
