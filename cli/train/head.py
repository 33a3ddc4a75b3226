"""Train new heads on the encoder of an existing model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.cli.messages import log
from tagstract.cli.train.destination import add_destination, check_destination, make_model
from tagstract.cli.train.options import add_labelled, check_range, status_of
from tagstract.cli.train.rules import add_rules, asked_rules, check_rules
from tagstract.cli.train.weights import add_weights, read_weighted
from tagstract.labels.extras import need

if TYPE_CHECKING:
    from tagstract.training.sealing.writing import Written


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add_labelled(parser)
    add_weights(parser)
    add("--taxonomy", metavar="FILE", help="areas to train (default: the model's)")
    add("--model", metavar="NAME_OR_DIR", help="model to start from (default: the live version)")
    add_destination(parser)
    add("--seed", type=int, default=0, help="random seed (default: %(default)s)")
    add_rules(parser)


def run(arguments: argparse.Namespace) -> int:
    from tagstract.training.transformer.recipe import LIMITS

    check_range(arguments, "seed", *LIMITS["seed"])
    check_rules(arguments)
    check_destination(arguments)
    need("retrain")
    from tagstract.labels import load_taxonomy
    from tagstract.model_folder import Model, resolve
    from tagstract.training.data.training_data import TrainingData
    from tagstract.training.modes.frozen_encoder import train_head
    from tagstract.training.sealing.writing import Destination, new_version

    start = Model.load(resolve(arguments.model))
    taxonomy = load_taxonomy(arguments.taxonomy) if arguments.taxonomy else start.taxonomy
    labelled = read_weighted(arguments, taxonomy)
    data = TrainingData.of(labelled, taxonomy)
    version = arguments.version or new_version(data, arguments.seed)
    asked = asked_rules(arguments)

    def train(folder: Path) -> Written:
        destination = Destination(folder, arguments.name, version)
        return train_head(data, start, destination, log, arguments.seed, asked=asked)

    make_model(arguments, taxonomy, train)
    return status_of(labelled)
