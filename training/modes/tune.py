"""Fine-tuning alone, for a machine with a GPU that has torch and transformers and little else.

    python -m tagstract.training.modes.tune LABELLED... --out FOLDER [--base NAME_OR_PATH]
        [--set epochs=3 ...]
        [--unlabelled FILE... --teacher FOLDER...]

What it writes is made a model, elsewhere if need be, by `tagstract train LABELLED... --mode full
--trained FOLDER`; or it teaches a smaller base, as one of the folders of `--teacher`. `--set` gives
settings of `training/transformer/recipe.py`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from tagstract.labels import InputError, TagstractError, load_taxonomy, read_labelled
from tagstract.labels.errors import OK, SOME_FAILED
from tagstract.labels.extras import need
from tagstract.labels.storage.atomic import write_error
from tagstract.labels.taxonomy import DEFAULT_PATH
from tagstract.training.data.training_data import TrainingData
from tagstract.training.modes.full import FineTuning, fine_tune
from tagstract.training.transformer.recipe import Recipe


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tagstract.training.modes.tune",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("labelled", metavar="LABELLED", nargs="+")
    add("--out", type=Path, required=True, metavar="FOLDER")
    add("--base", metavar="NAME_OR_PATH", help="default: all-MiniLM-L6-v2 from PyPI")
    add("--taxonomy", default=str(DEFAULT_PATH), metavar="FILE")
    add("--set", nargs="+", default=[], metavar="NAME=VALUE", help="settings of the recipe")
    add("--unlabelled", nargs="+", default=[], metavar="FILE_OR_NAME")
    add("--unlabelled-papers", type=int, default=10_000_000, metavar="N", help="default: all")
    add("--teacher", nargs="+", default=[], metavar="FOLDER", help="a model, or tuned networks")
    arguments = parser.parse_args(words)
    try:
        return tune(arguments)
    except TagstractError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(str(write_error(error, Path(error.filename or arguments.out))))


def tune(arguments: argparse.Namespace) -> int:
    """Train and write; a training that was killed goes on when it is called again. Returns the exit
    status, which tells of labelled papers that were left out.

    Raises:
        InputError: arguments, papers, a base or a teacher that can't be used.
    """
    if arguments.out.exists() and (not arguments.out.is_dir() or any(arguments.out.iterdir())):
        raise InputError("is there already; name a new or empty folder", str(arguments.out))
    if bool(arguments.unlabelled) != bool(arguments.teacher):
        raise InputError("--unlabelled and --teacher go together")
    if arguments.unlabelled_papers < 1:
        raise InputError(f"--unlabelled-papers {arguments.unlabelled_papers}: give 1 or more")
    need("train", "torch", "transformers")
    recipe = Recipe().changed(arguments.set)
    taxonomy = load_taxonomy(arguments.taxonomy)
    labelled = read_labelled(arguments.labelled, taxonomy)
    data = TrainingData.of(labelled, taxonomy)
    for problem in labelled.problems:
        log(str(problem))
    # Now: a folder that can't be made is better known before a long training than after it.
    partial = arguments.out.with_name(f".{arguments.out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        unlabelled = None
        if arguments.teacher:
            from tagstract.training.distillation.teacher import find_teacher
            from tagstract.training.distillation.unlabelled import Unlabelled

            teacher = find_teacher(arguments.teacher, data, recipe, log)
            files = tuple(arguments.unlabelled)
            unlabelled = Unlabelled(files, arguments.unlabelled_papers, teacher)
        tuning = FineTuning(data, recipe, arguments.base, unlabelled)
        trained, checkpoints = fine_tune(tuning, log)
        trained.save(partial)
        if arguments.out.exists():
            arguments.out.rmdir()
        partial.rename(arguments.out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(checkpoints, ignore_errors=True)
    return SOME_FAILED if labelled.problems else OK


def log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
