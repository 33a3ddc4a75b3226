"""Write corrections to a labelled file."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from tagstract.cli.messages import log
from tagstract.labels.errors import OK, SOME_FAILED, InputError

if TYPE_CHECKING:
    from tagstract.labels.corrections.correction import Conflict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--from", dest="place", metavar="URL_OR_PATH",
        help="corrections store; default: $TAGSTRACT_CORRECTIONS, else the local one")  # fmt: skip
    add("-o", dest="output", required=True, metavar="FILE.jsonl", help="labelled file to write")
    add(
        "--prefer", choices=["newest"], help="on conflict, take the newest; default: skip the paper"
    )


def run(arguments: argparse.Namespace) -> int:
    from tagstract.labels.corrections import Corrections, default_place
    from tagstract.labels.storage.atomic import atomic_writer

    if not arguments.output.endswith(".jsonl"):
        raise InputError("the output is JSONL; use a name that ends in .jsonl", arguments.output)
    store = Corrections(arguments.place or default_place())
    found = store.labelled(arguments.prefer)
    with atomic_writer(arguments.output) as file:
        for paper, areas in zip(found.papers, found.labels, strict=True):
            json.dump({**paper, "labels": areas}, file, ensure_ascii=False)
            file.write("\n")
    if found.damage:
        log(f"{store.name}: is damaged: {found.damage}; this is what could be read")
    for problem in found.problems:
        log(f"{problem}; left out")
    for conflict in found.conflicts:
        log(f"{store.name}: {_conflict_line(conflict, arguments.prefer)}")
    left_out = 0 if arguments.prefer else len(found.conflicts)
    damaged = f", {len(found.problems)} damaged rows" if found.problems else ""
    log(
        f"{len(found.papers)} papers into {arguments.output}, {len(found.conflicts)} conflicts, "
        f"{left_out} papers skipped{damaged}"
    )
    return SOME_FAILED if left_out or found.problems or found.damage else OK


def _conflict_line(conflict: Conflict, prefer: str | None) -> str:
    if prefer:
        return f"{conflict}; using the newest"
    return f"{conflict}; skipped; resolve it or use --prefer newest"
