"""Join the labels that ship by id (labels/annotations.jsonl, in a checkout only) with the texts of
papers you have, and write a labelled file for each draw of annotations.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tagstract.cli.messages import log
from tagstract.labels.errors import OK, SOME_FAILED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "papers",
        metavar="PAPERS",
        nargs="+",
        help="JSONL, CSV or Parquet files with title, abstract and, where there is one, id",
    )
    add("--out", type=Path, required=True, metavar="DIR",
        help="folder for careful.jsonl, held_out.jsonl and rough.jsonl")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    from tagstract.labels.annotations import DRAWS, Annotations, joined, write_draws
    from tagstract.labels.io.feed import expanded
    from tagstract.labels.storage.new_folder import new_folder

    annotations = Annotations.read()
    with new_folder(arguments.out) as folder:
        papers = joined(expanded(arguments.papers), annotations)
        counts = write_draws(papers, annotations, folder, log)
    summary = ", ".join(f"{counts[draw]} {draw.replace('_', ' ')}" for draw in DRAWS)
    found, total = counts["annotated"], len(annotations.labels)
    print(f"{summary}; {found} of {total} annotated papers are among them")
    return SOME_FAILED if counts["problems"] else OK
