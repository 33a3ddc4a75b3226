"""Turn what training/gpu/run.py trained into a network for `tagstract train full --trained`."""

from __future__ import annotations

import argparse
from pathlib import Path

from tagstract.cli.options import add_taxonomy
from tagstract.cli.train.options import add_labelled, read_papers, status_of
from tagstract.labels.extras import need


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("packed", type=Path, metavar="PACKED", help="the folder that run.py trained in")
    add_labelled(parser)
    add("--held-out", required=True, metavar="LABELLED", help="as for `train pack`")
    add("--base", metavar="NAME_OR_PATH", help="the student's (default: all-MiniLM-L6-v2)")
    add_taxonomy(parser)
    add("--out", type=Path, required=True, metavar="DIR")


def run(arguments: argparse.Namespace) -> int:
    need("train", "torch", "transformers")
    from tagstract.labels import load_taxonomy
    from tagstract.labels.storage.new_folder import check_new, new_folder
    from tagstract.labels.taxonomy import DEFAULT_PATH
    from tagstract.training.data.training_data import TrainingData
    from tagstract.training.gpu.unpack import unpack

    check_new(arguments.out)
    taxonomy = load_taxonomy(arguments.taxonomy or DEFAULT_PATH)
    labelled = read_papers(arguments.files, taxonomy)
    held_out = read_papers([arguments.held_out], taxonomy)
    trained = unpack(
        arguments.packed, TrainingData.of(labelled, taxonomy, held_out), arguments.base
    )
    with new_folder(arguments.out) as folder:
        trained.save(folder)
    return status_of(labelled, held_out)
