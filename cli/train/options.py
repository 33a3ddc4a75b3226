"""What the training actions share: arguments, their checks, and what they name."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tagstract.cli.messages import log, print_problems
from tagstract.labels.errors import OK, SOME_FAILED, InputError

if TYPE_CHECKING:
    from tagstract.labels import LabelledSet, Taxonomy
    from tagstract.training.data.training_data import TrainingData
    from tagstract.training.distillation.unlabelled import Unlabelled
    from tagstract.training.transformer.recipe import Recipe


def add_labelled(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="+",
        metavar="LABELLED",
        help="labelled files, in any format that `tag` reads",
    )


def add_distillation(parser: argparse.ArgumentParser, papers: int) -> None:
    """Arguments that name unlabelled papers and who labels them."""
    add = parser.add_argument
    add("--unlabelled", nargs="+", default=[], metavar="FILE_OR_NAME",
        help="papers for --teacher to label: files or a Hub dataset")  # fmt: skip
    add("--unlabelled-papers", type=int, default=papers, metavar="N",
        help="maximum number of them (default: %(default)s)")  # fmt: skip
    add("--teacher", nargs="+", default=[], metavar="NAME_OR_DIR",
        help="model that labels them, or networks from `tagstract train tune`")  # fmt: skip


def check_range(arguments: argparse.Namespace, option: str, least: float, most: float) -> None:
    """Refuse a number out of bounds.

    Raises:
        InputError: names the option and the bounds.
    """
    value = getattr(arguments, option)
    if value is not None and not least <= value <= most:
        raise InputError(f"--{option.replace('_', '-')} {value}: use {least} to {most}")


def check_distillation(arguments: argparse.Namespace) -> None:
    """Refuse unlabelled papers without a teacher, and a teacher without papers.

    Raises:
        InputError: names the options.
    """
    if bool(arguments.unlabelled) != bool(arguments.teacher):
        raise InputError("--unlabelled and --teacher go together")
    check_range(arguments, "unlabelled_papers", 1, 10_000_000)


def read_papers(files: list[str], taxonomy: Taxonomy) -> LabelledSet:
    """Labelled papers; what can't be read is printed and left out."""
    from tagstract.labels import read_labelled
    from tagstract.labels.io.feed import expanded

    labelled = read_labelled(expanded(files), taxonomy)
    print_problems(labelled)
    return labelled


def status_of(*labelled: LabelledSet | None) -> int:
    """The exit status, which tells of papers that were left out."""
    return SOME_FAILED if any(one and one.problems for one in labelled) else OK


def unlabelled_of(
    arguments: argparse.Namespace, data: TrainingData, recipe: Recipe
) -> Unlabelled | None:
    """The papers that --unlabelled names, with the teacher that --teacher names.

    Raises:
        InputError: a teacher that can't be used.
    """
    if not arguments.teacher:
        return None
    from tagstract.training.distillation.teacher import find_teacher
    from tagstract.training.distillation.unlabelled import Unlabelled

    teacher = find_teacher(arguments.teacher, data, recipe, log)
    return Unlabelled(tuple(arguments.unlabelled), arguments.unlabelled_papers, teacher)
