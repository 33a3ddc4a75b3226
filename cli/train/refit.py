"""Fit heads and calibration again around the transformer of a model made by the full mode, which
stays as it is. The labelled files must be those that the model was trained on, in their order.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.cli.messages import log
from tagstract.cli.train.destination import check_destination, make_model
from tagstract.cli.train.options import add_labelled, read_papers, status_of
from tagstract.labels.extras import need

if TYPE_CHECKING:
    from tagstract.training.sealing.writing import Written


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", metavar="MODEL", help="NAME:VERSION, NAME or a model folder")
    add_labelled(parser)
    add("--version", required=True, help="version of the new model; its name stays")
    add("--out", metavar="DIR", help="write a model folder, not a version in the model store")
    add("--encoder", type=Path, metavar="DIR",
        help="the model's network (`train full --encoder-out`), to export it again; "
        "default: the model's own encoder file")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    need("retrain")
    from tagstract.model_folder import Model, resolve
    from tagstract.training.data.training_data import TrainingData
    from tagstract.training.modes.refit import refit

    model = Model.load(resolve(arguments.model))
    arguments.name = model.name
    check_destination(arguments)
    labelled = read_papers(arguments.files, model.taxonomy)
    data = TrainingData.of(labelled, model.taxonomy)

    def fit(folder: Path) -> Written:
        return refit(model, data, arguments.version, folder, log, arguments.encoder)

    make_model(arguments, model.taxonomy, fit)
    return status_of(labelled)
