"""Fine-tune a network without making a model of it, for a machine with a GPU that has torch and
transformers and little else. `tagstract train full LABELLED... --trained DIR` makes a model of it;
or it teaches a smaller base, as one of the folders of `--teacher`. A training that was killed goes
on when the same command is called again. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from tagstract.cli.messages import log
from tagstract.cli.options import add_taxonomy
from tagstract.cli.train.options import (
    add_distillation,
    add_labelled,
    check_distillation,
    read_papers,
    status_of,
    unlabelled_of,
)
from tagstract.labels.extras import need


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add_labelled(parser)
    add("--out", type=Path, required=True, metavar="DIR", help="where to write the network")
    add("--base", metavar="NAME_OR_PATH", help="default: all-MiniLM-L6-v2")
    add_taxonomy(parser)
    add("--set", nargs="+", default=[], metavar="NAME=VALUE",
        help="settings of training/transformer/recipe.py, such as epochs=3")  # fmt: skip
    add_distillation(parser, papers=10_000_000)


def run(arguments: argparse.Namespace) -> int:
    from tagstract.labels import load_taxonomy
    from tagstract.labels.storage.new_folder import check_new, new_folder
    from tagstract.labels.taxonomy import DEFAULT_PATH

    check_new(arguments.out)
    check_distillation(arguments)
    need("retrain")
    need("train", "torch", "transformers")
    from tagstract.training.data.training_data import TrainingData
    from tagstract.training.modes.full import FineTuning, fine_tune
    from tagstract.training.transformer.recipe import Recipe

    recipe = Recipe().changed(arguments.set)
    taxonomy = load_taxonomy(arguments.taxonomy or DEFAULT_PATH)
    labelled = read_papers(arguments.files, taxonomy)
    data = TrainingData.of(labelled, taxonomy)
    # Now: a folder that can't be made is better known before a long training than after it.
    with new_folder(arguments.out) as folder:
        unlabelled = unlabelled_of(arguments, data, recipe)
        tuning = FineTuning(data, recipe, arguments.base, unlabelled)
        trained, checkpoints = fine_tune(tuning, log)
        trained.save(folder)
    shutil.rmtree(checkpoints, ignore_errors=True)
    return status_of(labelled)
