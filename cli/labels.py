"""Check, describe, choose and import labelled papers."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING

from tagstract.labels.errors import OK, SOME_FAILED, InputError

if TYPE_CHECKING:
    from tagstract.labels.corrections import Conflict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    stats = actions.add_parser("stats", help="count papers by area")
    stats.add_argument("files", nargs="+", metavar="LABELLED")
    stats.add_argument("--taxonomy", metavar="FILE", help="default: the shipped taxonomy")
    stats.add_argument(
        "--map",
        dest="mapping",
        action="append",
        metavar="FIELD=COLUMN",
        default=[],
        help="read FIELD (labels, abstract, ...) from COLUMN",
    )
    # `tagstract.cli.main` has modules of their own for these.
    for name, text in (
        ("check", "find bad records, suspect labels and near-duplicates"),
        ("suggest", "choose papers that are worth labelling"),
    ):
        actions.add_parser(name, help=text, add_help=False)
    action = actions.add_parser("import", help="write corrections to a labelled file")
    add = action.add_argument
    add("--from", dest="place", metavar="URL_OR_PATH",
        help="corrections store; default: $TAGSTRACT_CORRECTIONS, else the local one")  # fmt: skip
    add("-o", dest="output", required=True, metavar="FILE.jsonl", help="labelled file to write")
    add(
        "--prefer", choices=["newest"], help="on conflict, take the newest; default: skip the paper"
    )


def run(arguments: argparse.Namespace) -> int:
    return _import(arguments) if arguments.action == "import" else _describe(arguments)


def _describe(arguments: argparse.Namespace) -> int:
    from tagstract.labels import load_taxonomy, read_labelled
    from tagstract.labels.io.feed import expanded, mapping_of

    taxonomy = load_taxonomy(arguments.taxonomy) if arguments.taxonomy else load_taxonomy()
    mapping = mapping_of(arguments.mapping)
    labelled = read_labelled(expanded(arguments.files), taxonomy, mapping)
    for note in labelled.notes:
        print(note, file=sys.stderr)
    for problem in labelled.problems:
        print(problem, file=sys.stderr)
    print(f"{len(labelled)} papers, {len(labelled.problems)} bad records")
    counts = Counter(label for labels in labelled.labels for label in labels)
    for area in taxonomy.ids:
        print(f"{area:24} {counts[area]:6}")
    return SOME_FAILED if labelled.problems else OK


def _import(arguments: argparse.Namespace) -> int:
    from tagstract.labels.corrections import Corrections, default_place
    from tagstract.labels.storage.atomic import atomic_writer

    if not arguments.output.endswith(".jsonl"):
        raise InputError("is written as JSONL; give a name that ends in .jsonl", arguments.output)
    store = Corrections(arguments.place or default_place())
    papers, labels, conflicts = store.labelled(arguments.prefer)
    with atomic_writer(arguments.output) as file:
        for paper, areas in zip(papers, labels, strict=True):
            json.dump({**paper, "labels": areas}, file, ensure_ascii=False)
            file.write("\n")
    for conflict in conflicts:
        print(f"{store.name}: {_conflict_line(conflict, arguments.prefer)}", file=sys.stderr)
    left_out = 0 if arguments.prefer else len(conflicts)
    print(
        f"{len(papers)} papers into {arguments.output}, {len(conflicts)} conflicts, "
        f"{left_out} papers left out",
        file=sys.stderr,
    )
    return SOME_FAILED if left_out else OK


def _conflict_line(conflict: Conflict, prefer: str | None) -> str:
    if prefer:
        return f"{conflict}; the newest is taken"
    return f"{conflict}; left out: let them agree, or give --prefer newest"
