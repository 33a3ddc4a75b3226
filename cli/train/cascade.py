"""Add to a model folder the two cheap stages that `tag --speed balanced` and `fast` use: they
answer the papers they are sure of. The model folder is sealed anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tagstract.cli.train.options import read_papers, status_of
from tagstract.labels.errors import InputError
from tagstract.labels.extras import need


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", type=Path, metavar="DIR", help="a model folder")
    add(
        "--packed",
        type=Path,
        required=True,
        metavar="DIR",
        help="the folder that `train pack` wrote and `training/gpu/run.py --small` trained in",
    )
    add("--held-out", required=True, metavar="LABELLED",
        help="the papers that were held out there; they calibrate the stages")  # fmt: skip
    add("--minutes", type=float, default=15.0,
        help="time limit for training the bag of words (default: %(default)s)")  # fmt: skip
    add("--small", metavar="NAME",
        help="which small student of --packed to use (default: small-fast)")  # fmt: skip
    add("--bag-of", type=Path, metavar="DIR",
        help="take the bag of this model's cascade instead of training one")  # fmt: skip
    add("--pairs", type=int, metavar="N",
        help="with --bag-of: keep the N word pairs of most weight, for a smaller file")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    if not arguments.minutes > 0:
        raise InputError(f"--minutes {arguments.minutes}: give more than 0")
    need("train", "torch", "transformers")
    from tagstract.model_folder import Model
    from tagstract.training.data.training_data import TrainingData
    from tagstract.training.distillation.bag import with_fewer_pairs
    from tagstract.training.distillation.build import SMALL, bag_of, build

    model = Model.load(arguments.model)
    labelled = read_papers([arguments.held_out], model.taxonomy)
    held_out = TrainingData.of(labelled, model.taxonomy)
    bag = bag_of(Model.load(arguments.bag_of).folder) if arguments.bag_of else None
    if bag is not None and arguments.pairs is not None:
        bag = with_fewer_pairs(bag, arguments.pairs)
    seconds = 60 * arguments.minutes
    build(model, arguments.packed, held_out, seconds, arguments.small or SMALL, bag)
    print(f"cascade written to {arguments.model}")
    return status_of(labelled)
