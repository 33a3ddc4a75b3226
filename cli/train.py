"""Train a new model version from labelled papers."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.labels.errors import OK, SOME_FAILED, InputError
from tagstract.labels.extras import need

if TYPE_CHECKING:
    from tagstract.model_folder import Model
    from tagstract.training.data.training_data import TrainingData
    from tagstract.training.distillation.unlabelled import Unlabelled
    from tagstract.training.sealing.writing import Written
    from tagstract.training.transformer.recipe import Recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "files",
        nargs="+",
        metavar="LABELLED",
        help="labelled files, in any format that `tag` reads",
    )
    add(
        "--mode",
        choices=("head", "full"),
        default="head",
        help="head: train new heads on an existing encoder, in seconds (default); "
        "full: fine-tune the transformer; needs the train extra",
    )
    add(
        "--taxonomy",
        metavar="FILE",
        help="areas to train; default: the model's or the shipped taxonomy",
    )
    add("--model", metavar="NAME_OR_DIR", help="head mode: model to start from")
    add(
        "--base",
        metavar="NAME_OR_PATH",
        help="full mode: encoder to start from: a folder, a Hub name, or 'shipped'",
    )
    add("--name", default="ai-research-areas", help="model name (default: %(default)s)")
    add("--version", help="model version (default: derived from the time and the papers)")
    add("--out", metavar="DIR", help="write a model folder, not a version in the model store")
    add("--seed", type=int, default=0, help="random seed (default: %(default)s)")
    add(
        "--any-language",
        action="store_true",
        help="own areas: tag papers in any language, even if yours are all in English",
    )
    add(
        "--min-words",
        type=int,
        metavar="N",
        help="own areas: shortest text to tag, in words (default: that of the shortest "
        "labelled paper, at most 15)",
    )
    add(
        "--unlabelled",
        nargs="+",
        metavar="FILE_OR_NAME",
        help="full mode: papers for --teacher to label: files or a Hub dataset",
    )
    add("--unlabelled-papers", type=int, default=12_000, metavar="N",
        help="full mode: how many of them to use (default: %(default)s)")  # fmt: skip
    add(
        "--teacher",
        nargs="+",
        metavar="NAME_OR_DIR",
        help="full mode: model that labels them, or networks from "
        "`python -m tagstract.training.modes.tune`",
    )
    add("--encoder-out", metavar="DIR", help="full mode: save the network for a later --base")
    add(
        "--trained",
        metavar="DIR",
        help="full mode: use a network from `python -m tagstract.training.modes.tune` "
        "and skip training",
    )
    add(
        "--held-out",
        metavar="FILE",
        help="full mode: labelled papers for calibration and scoring, not for training",
    )
    add("--epochs", type=int, help="full mode: maximum number of epochs")
    add(
        "--max-tokens",
        type=int,
        help="full mode: maximum tokens per paper; longer ones are truncated",
    )


def run(arguments: argparse.Namespace) -> int:
    _check(arguments)
    need("retrain")
    if arguments.mode == "full":
        need("train", "torch", "transformers", purpose="the full mode")
    from tagstract.labels import load_taxonomy, read_labelled
    from tagstract.labels.storage.workspace import workspace
    from tagstract.labels.taxonomy import DEFAULT_PATH
    from tagstract.training.data.training_data import TrainingData

    start = None
    if arguments.mode == "head":
        from tagstract.model_folder import Model, resolve

        start = Model.load(resolve(arguments.model))
    taxonomy_path = Path(
        arguments.taxonomy or (start.folder / "taxonomy.yaml" if start else DEFAULT_PATH)
    )
    taxonomy = load_taxonomy(taxonomy_path)
    labelled = read_labelled(arguments.files, taxonomy)
    held_out = None
    if arguments.held_out:
        if arguments.mode != "full":
            raise InputError("--held-out goes with --mode full")
        held_out = read_labelled([arguments.held_out], taxonomy)
        labelled.problems.extend(held_out.problems)
    for problem in labelled.problems:
        print(problem, file=sys.stderr)
    started = time.monotonic()
    place = Path(arguments.out).resolve().parent if arguments.out else None
    try:
        with workspace(place or Path(tempfile.gettempdir())) as temporary:
            # Its own folder has the rights that the umask gives; a temporary one is private.
            folder = temporary / "model"
            folder.mkdir()
            # Now: whoever edits it during a long training must not change what the areas mean.
            shutil.copyfile(taxonomy_path, folder / "taxonomy.yaml")
            written = _train(
                arguments, TrainingData.of(labelled, taxonomy, held_out), start, folder
            )
            where = _keep(arguments, written)
    except OSError as error:
        raise InputError(
            f"can't be written: {error.strerror or error}", _where(error, place)
        ) from (error)
    if written.checkpoints:
        shutil.rmtree(written.checkpoints, ignore_errors=True)
    _log(f"figures {written.metrics['how']}")
    figures, baseline = written.metrics["model"], written.metrics["baseline"]
    seconds = f"{time.monotonic() - started:.0f} s"
    if figures is None:
        _log(seconds)
    else:
        _log(
            f"micro-F1 {figures['micro_f1']:.3f} (TF-IDF + LR {baseline['micro_f1']:.3f}), "
            f"macro-F1 {figures['macro_f1']:.3f} ({baseline['macro_f1']:.3f}), "
            f"precision at 1 {figures['precision_at_1']:.3f}, ECE {figures['ece']:.3f}; {seconds}"
        )
    print(where)
    return SOME_FAILED if labelled.problems else OK


def _check(arguments: argparse.Namespace) -> None:
    """Refuse what can be refused before any work."""
    import re

    from tagstract.training.transformer.recipe import LIMITS

    for option in ("name", "version"):
        value = getattr(arguments, option)
        if value is not None and not re.fullmatch(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?", value):
            raise InputError(
                f"--{option} {value!r}: give small letters, digits and '-', '_', '.', 63 at most"
            )
    limits = {name: LIMITS[name] for name in ("epochs", "max_tokens", "seed")}
    limits["unlabelled_papers"] = (1, 10_000_000)
    limits["min_words"] = (0, 1000)
    for option, (least, most) in limits.items():
        value = getattr(arguments, option)
        if value is not None and not least <= value <= most:
            raise InputError(f"--{option.replace('_', '-')} {value}: give {least} to {most}")
    if arguments.mode == "head" and arguments.base:
        raise InputError("--base goes with --mode full; the head mode starts from --model")
    if arguments.mode == "head" and (arguments.epochs or arguments.max_tokens):
        raise InputError("--epochs and --max-tokens go with --mode full")
    if arguments.mode == "full" and (arguments.any_language or arguments.min_words is not None):
        raise InputError("--any-language and --min-words go with --mode head")
    if arguments.mode == "full" and arguments.model:
        raise InputError("--model goes with --mode head; the full mode starts from --base")
    if bool(arguments.unlabelled) != bool(arguments.teacher):
        raise InputError("--unlabelled and --teacher go together")
    if arguments.mode == "head" and (
        arguments.teacher or arguments.encoder_out or arguments.trained
    ):
        raise InputError("--teacher, --encoder-out and --trained go with --mode full")
    settings = ("base", "teacher", "encoder_out", "epochs", "max_tokens")
    if arguments.trained and any(getattr(arguments, name) for name in settings):
        raise InputError(
            "--trained is trained already: it goes without --base, --teacher, "
            "--encoder-out, --epochs and --max-tokens"
        )
    if arguments.out:
        out = Path(arguments.out)
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise InputError("is there already; name a new or empty folder", str(out))
        if not out.resolve().parent.is_dir():
            raise InputError("its parent folder is missing; make it first", str(out))
    elif arguments.version:
        from tagstract.model_folder.store import check_free

        check_free(f"{arguments.name}:{arguments.version}")


def _train(
    arguments: argparse.Namespace, data: TrainingData, start: Model | None, folder: Path
) -> Written:
    from tagstract.training.sealing.writing import Destination, new_version

    version = arguments.version or new_version(data, arguments.seed)
    destination = Destination(folder, arguments.name, version)
    if start is not None:
        from tagstract.training.modes.frozen_encoder import train_head
        from tagstract.training.modes.own_areas import AskedRules

        asked = AskedRules(arguments.any_language, arguments.min_words)
        return train_head(data, start, destination, _log, arguments.seed, asked=asked)
    from tagstract.training.modes.full import FineTuning, finish, train_full
    from tagstract.training.transformer.recipe import Recipe

    if arguments.trained:
        from tagstract.training.transformer.tuned_network import Trained

        trained = Trained.load(Path(arguments.trained), data)
        return finish(trained, data, destination, _log)
    recipe = replace(Recipe(), seed=arguments.seed, network_seed=arguments.seed)
    if arguments.epochs:
        recipe = replace(recipe, epochs=arguments.epochs)
    if arguments.max_tokens:
        recipe = replace(recipe, max_tokens=arguments.max_tokens)
    unlabelled = _unlabelled(arguments, data, recipe)
    tuning = FineTuning(data, recipe, arguments.base, unlabelled)
    encoder_out = Path(arguments.encoder_out) if arguments.encoder_out else None
    return train_full(tuning, destination, _log, encoder_out)


def _unlabelled(
    arguments: argparse.Namespace, data: TrainingData, recipe: Recipe
) -> Unlabelled | None:
    """What --unlabelled and --teacher ask for."""
    if not arguments.teacher:
        return None
    from tagstract.training.distillation.teacher import find_teacher
    from tagstract.training.distillation.unlabelled import Unlabelled

    teacher = find_teacher(arguments.teacher, data, recipe, _log)
    return Unlabelled(tuple(arguments.unlabelled), arguments.unlabelled_papers, teacher)


def _keep(arguments: argparse.Namespace, written: Written) -> str:
    """Move the sealed folder to --out, or copy it into the model store; tells where it is."""
    if not arguments.out:
        from tagstract.model_folder.store import clean_wrecks, register

        for wreck in clean_wrecks(arguments.name):
            _log(f"removed {wreck}, which a stopped copy had left half stored")
        return register(written.folder, written.facts)
    out = Path(arguments.out).resolve()
    if out.is_dir():
        out.rmdir()
    written.folder.rename(out)
    return str(arguments.out)


def _where(error: OSError, place: Path | None) -> str:
    """What could not be written: a file elsewhere, such as a checkpoint, else the place itself."""
    place = place or Path(tempfile.gettempdir())
    # Of a copy, the second name is the one that is written.
    failed = Path(str(error.filename2 or error.filename or place))
    return str(place if place in failed.parents else failed)


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
