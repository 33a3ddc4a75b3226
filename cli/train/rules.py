"""Rules on language and length that a user sets for areas of their own."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tagstract.cli.train.options import check_range

if TYPE_CHECKING:
    from tagstract.training.heads.own_rules import AskedRules


def add_rules(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--any-language", action="store_true",
        help="own areas: tag papers in any language, even if yours are all in English")  # fmt: skip
    add("--min-words", type=int, metavar="N",
        help="own areas: shortest text to tag, in words (default: that of the shortest "
        "labelled paper, at most 15)")  # fmt: skip


def check_rules(arguments: argparse.Namespace) -> None:
    """Refuse a length out of bounds.

    Raises:
        InputError: names the bounds.
    """
    check_range(arguments, "min_words", 0, 1000)


def asked_rules(arguments: argparse.Namespace) -> AskedRules:
    from tagstract.training.heads.own_rules import AskedRules

    return AskedRules(arguments.any_language, arguments.min_words)
