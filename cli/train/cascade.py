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
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--packed",
        type=Path,
        metavar="DIR",
        help="the folder that `train pack` wrote and `training/gpu/run.py --small` trained in",
    )
    source.add_argument(
        "--networks-of",
        type=Path,
        metavar="DIR",
        help="reuse the networks of this model's cascade, as after training only the heads",
    )
    add("--held-out", required=True, metavar="LABELLED",
        help="papers not used in training; they calibrate the stages")  # fmt: skip
    add("--minutes", type=float, default=15.0,
        help="time limit for training the bag of words (default: %(default)s)")  # fmt: skip
    add("--small", metavar="NAME",
        help="which small student of --packed to use (default: small-fast)")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    if not arguments.minutes > 0:
        raise InputError(f"--minutes {arguments.minutes}: use more than 0")
    need("train", "torch", "transformers")
    from tagstract.model_folder import Model
    from tagstract.training.data.training_data import TrainingData
    from tagstract.training.distillation.build import SMALL, build, take_over

    model = Model.load(arguments.model)
    labelled = read_papers([arguments.held_out], model.taxonomy)
    held_out = TrainingData.of(labelled, model.taxonomy)
    if arguments.networks_of is not None:
        take_over(model, arguments.networks_of, held_out)
    else:
        seconds = 60 * arguments.minutes
        build(model, arguments.packed, held_out, seconds, arguments.small or SMALL)
    print(f"cascade written to {arguments.model}")
    return status_of(labelled)
