"""Count papers by area."""

from __future__ import annotations

import argparse
from collections import Counter

from tagstract.cli.messages import print_problems
from tagstract.cli.options import add_mapping, add_taxonomy
from tagstract.labels.errors import OK, SOME_FAILED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="LABELLED")
    add_taxonomy(parser)
    add_mapping(parser, "labels, abstract, ...")


def run(arguments: argparse.Namespace) -> int:
    from tagstract.labels import load_taxonomy, read_labelled
    from tagstract.labels.io.feed import expanded, mapping_of

    taxonomy = load_taxonomy(arguments.taxonomy) if arguments.taxonomy else load_taxonomy()
    mapping = mapping_of(arguments.mapping)
    labelled = read_labelled(expanded(arguments.files), taxonomy, mapping)
    print_problems(labelled)
    print(f"{len(labelled)} papers, {len(labelled.problems)} bad records")
    counts = Counter(label for labels in labelled.labels for label in labels)
    for area in taxonomy.ids:
        print(f"{area:24} {counts[area]:6}")
    return SOME_FAILED if labelled.problems else OK
