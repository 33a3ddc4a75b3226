"""Fine-tune the transformer and train heads on it. Needs the extra `train`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.cli.messages import log
from tagstract.cli.train.destination import add_destination, check_destination, make_model
from tagstract.cli.train.options import (
    add_distillation,
    add_labelled,
    check_distillation,
    check_range,
    read_papers,
    status_of,
    unlabelled_of,
)
from tagstract.cli.train.rules import add_rules, asked_rules, check_rules
from tagstract.cli.train.weights import add_weights, read_weighted
from tagstract.labels.errors import InputError
from tagstract.labels.extras import need

if TYPE_CHECKING:
    from tagstract.training.data.training_data import TrainingData
    from tagstract.training.sealing.writing import Destination, Written
    from tagstract.training.transformer.recipe import Recipe


MAX_SEARCH = 100_000
"""Minutes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add_labelled(parser)
    add_weights(parser)
    add("--taxonomy", metavar="FILE", help="areas to train (default: the shipped taxonomy)")
    add("--base", metavar="NAME_OR_PATH",
        help="encoder to start from: a folder, a Hub name, or 'shipped' "
        "(default: all-MiniLM-L6-v2)")  # fmt: skip
    add_destination(parser)
    add("--seed", type=int, default=0, help="random seed (default: %(default)s)")
    add_distillation(parser, papers=12_000)
    add_rules(parser)
    add("--without-texts", action="store_true",
        help="keep no held-out papers in the model folder; `models promote` then needs a "
        "labelled file to compare on")  # fmt: skip
    add("--search", type=float, metavar="MINUTES",
        help="try settings for so long, then train with the best (extra `search`)")  # fmt: skip
    add("--encoder-out", metavar="DIR", help="save the network for a later --base")
    add("--trained", metavar="DIR",
        help="use a network from `tagstract train tune` and skip the fine-tuning")  # fmt: skip
    add("--held-out", metavar="FILE",
        help="labelled papers for calibration and scoring, not for training")  # fmt: skip
    add("--epochs", type=int, help="maximum number of epochs")
    add("--max-tokens", type=int, help="maximum tokens per paper; longer ones are truncated")


def run(arguments: argparse.Namespace) -> int:
    _check(arguments)
    need("retrain")
    need("train", "torch", "transformers", purpose="the full mode")
    from tagstract.labels import load_taxonomy
    from tagstract.labels.taxonomy import DEFAULT_PATH
    from tagstract.training.data.training_data import TrainingData
    from tagstract.training.sealing.writing import Destination, new_version

    taxonomy = load_taxonomy(arguments.taxonomy or DEFAULT_PATH)
    labelled = read_weighted(arguments, taxonomy)
    held_out = read_papers([arguments.held_out], taxonomy) if arguments.held_out else None
    data = TrainingData.of(labelled, taxonomy, held_out)
    version = arguments.version or new_version(data, arguments.seed)

    def train(folder: Path) -> Written:
        return _train(arguments, data, Destination(folder, arguments.name, version))

    make_model(arguments, taxonomy, train)
    return status_of(labelled, held_out)


def _check(arguments: argparse.Namespace) -> None:
    """Refuse what can be refused before any work."""
    from tagstract.labels.storage.new_folder import check_new
    from tagstract.training.transformer.recipe import LIMITS

    for option in ("epochs", "max_tokens", "seed"):
        check_range(arguments, option, *LIMITS[option])
    check_rules(arguments)
    check_range(arguments, "search", 0.001, MAX_SEARCH)
    check_distillation(arguments)
    if arguments.search is not None and arguments.teacher:
        raise InputError("--search goes without --teacher")
    settings = ("base", "search", "teacher", "encoder_out", "epochs", "max_tokens")
    if arguments.trained and any(getattr(arguments, name) for name in settings):
        raise InputError(
            "--trained is trained already and excludes --base, --search, --teacher, "
            "--encoder-out, --epochs and --max-tokens"
        )
    check_destination(arguments)
    if arguments.encoder_out:
        check_new(Path(arguments.encoder_out))


def _train(arguments: argparse.Namespace, data: TrainingData, destination: Destination) -> Written:
    from tagstract.training.modes.full import FineTuning, Kept, finish, train_full

    kept = Kept(asked_rules(arguments), texts=not arguments.without_texts)
    if arguments.trained:
        from tagstract.training.transformer.tuned_network import Trained

        trained = Trained.load(Path(arguments.trained), data)
        return finish(trained, data, destination, log, kept)
    recipe = _recipe(arguments)
    unlabelled = unlabelled_of(arguments, data, recipe)
    tuning = FineTuning(data, recipe, arguments.base, unlabelled)
    encoder_out = Path(arguments.encoder_out) if arguments.encoder_out else None
    if arguments.search:
        from tagstract.training.modes.search import search

        tuning = replace(tuning, recipe=search(tuning, arguments.search, log).recipe)
    return train_full(tuning, destination, log, encoder_out, kept)


def _recipe(arguments: argparse.Namespace) -> Recipe:
    from tagstract.training.transformer.recipe import Recipe

    recipe = replace(Recipe(), seed=arguments.seed, network_seed=arguments.seed)
    if arguments.epochs:
        recipe = replace(recipe, epochs=arguments.epochs)
    if arguments.max_tokens:
        recipe = replace(recipe, max_tokens=arguments.max_tokens)
    return recipe
