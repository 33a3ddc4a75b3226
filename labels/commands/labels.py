"""Check and describe labelled files."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from labels import load_taxonomy, read_labelled
from labels.errors import OK, SOME_FAILED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    for name, text in (("check", "report every bad record"), ("stats", "papers by area")):
        action = actions.add_parser(name, help=text)
        action.add_argument("files", nargs="+", metavar="LABELLED")
        action.add_argument("--taxonomy", metavar="FILE", help="default: the one that ships")


def run(arguments: argparse.Namespace) -> int:
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
