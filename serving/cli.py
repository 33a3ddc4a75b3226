"""The command line: `tagstract`. Heavy imports stay inside the commands."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

OK, SOME_FAILED, UNUSABLE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status of `INTERFACE.md`: 0, 1 or 2."""
    parser = argparse.ArgumentParser(
        prog="tagstract", description="Tags research abstracts with research areas."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    labels = commands.add_parser("labels", help="check and describe labelled files")
    actions = labels.add_subparsers(dest="action", required=True)
    for name, text in (("check", "report every bad record"), ("stats", "papers by area")):
        action = actions.add_parser(name, help=text)
        action.add_argument("files", nargs="+", metavar="LABELLED")
        action.add_argument("--taxonomy", metavar="FILE", help="default: the one that ships")
    arguments = parser.parse_args(argv)
    from labels import TagstractError

    try:
        return _labels(arguments)
    except TagstractError as error:
        print(f"tagstract: {error}", file=sys.stderr)
        return UNUSABLE


def _labels(arguments: argparse.Namespace) -> int:
    from labels import load_taxonomy, read_labelled

    taxonomy = load_taxonomy(arguments.taxonomy) if arguments.taxonomy else load_taxonomy()
    labelled = read_labelled(arguments.files, taxonomy)
    for problem in labelled.problems:
        print(problem, file=sys.stderr)
    print(f"{len(labelled)} papers, {len(labelled.problems)} bad records")
    if arguments.action == "stats":
        counts = Counter(label for labels in labelled.labels for label in labels)
        for area in taxonomy.ids:
            print(f"{area:24} {counts[area]:6}")
    return SOME_FAILED if labelled.problems else OK
