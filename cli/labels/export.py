"""Write papers for Label Studio or Argilla, with the labels they have as first guesses."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.cli.options import add_format, add_taxonomy
from tagstract.labels.errors import OK, SOME_FAILED, InputError

if TYPE_CHECKING:
    from tagstract.labels.annotating import ToAnnotate
    from tagstract.labels.io.labels import LabelReader

TOOLS = ("label-studio", "argilla")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("feeds", nargs="+", metavar="FEED", help="papers: a feed, suggestions, tagged papers")
    add("--to", choices=TOOLS, required=True, help="the annotation tool")
    add(
        "-o",
        dest="output",
        required=True,
        type=Path,
        metavar="FILE.json",
        help="what the tool imports; for Label Studio, FILE.xml gets its labelling interface",
    )
    add_taxonomy(parser)
    add_format(parser)


def run(arguments: argparse.Namespace) -> int:
    from tagstract.labels import load_taxonomy
    from tagstract.labels.annotating import (
        argilla_records,
        label_studio_config,
        label_studio_tasks,
    )
    from tagstract.labels.io.labels import LabelReader
    from tagstract.labels.storage.atomic import atomic_writer, check_place

    output: Path = arguments.output
    if output.suffix.lower() != ".json":
        raise InputError("the output is JSON; use a name that ends in .json", str(output))
    check_place(output)
    taxonomy = load_taxonomy(arguments.taxonomy) if arguments.taxonomy else load_taxonomy()
    interface, config = output.with_suffix(".xml"), label_studio_config(taxonomy)
    if arguments.to == "label-studio":
        _keep_other(interface, config)
    papers, failed = _papers(arguments, LabelReader(taxonomy))
    write = label_studio_tasks if arguments.to == "label-studio" else argilla_records
    with atomic_writer(output) as file:
        json.dump(write(papers), file, ensure_ascii=False, indent=1)
        file.write("\n")
    if arguments.to == "label-studio":
        with atomic_writer(interface) as file:
            file.write(config)
        print(f"the labelling interface is in {interface}", file=sys.stderr)
    guessed = sum(paper.guessed is not None for paper in papers)
    print(f"{len(papers)} papers into {output}, {guessed} with labels to correct", file=sys.stderr)
    return SOME_FAILED if failed else OK


def _keep_other(path: Path, text: str) -> None:
    """Refuse to replace a file that is none of ours."""
    check = path.is_file() and path.read_bytes() != text.encode()
    if check or (path.exists() and not path.is_file()):
        raise InputError(
            "already exists and is not this labelling interface; use another -o", str(path)
        )


def _papers(arguments: argparse.Namespace, reader: LabelReader) -> tuple[list[ToAnnotate], int]:
    """The papers of all feeds, and the number of records that could not be read whole."""
    from tagstract.labels import Problem
    from tagstract.labels.io.feed import expanded, read_feed

    papers, failed = [], 0
    for feed in (read_feed(path, arguments.format) for path in expanded(arguments.feeds)):
        for record in feed.records:
            found = str(record) if isinstance(record, Problem) else _paper(record, reader)
            if isinstance(found, str):
                print(f"left out: {found}", file=sys.stderr)
                failed += 1
            else:
                papers.append(found)
    return papers, failed


def _paper(record: dict[str, Any], reader: LabelReader) -> ToAnnotate | str:
    from tagstract.labels.annotating import ToAnnotate
    from tagstract.labels.files import shown
    from tagstract.labels.io.labels import written_labels
    from tagstract.labels.io.paper import paper_of

    paper = paper_of(record)
    if not paper.abstract:
        return f"'{shown(paper.title or paper.id)}' has no abstract"
    guessed = None
    if written_labels(record, reader.known) is not None:
        labels = reader.read(record)
        if isinstance(labels, str):
            return f"'{shown(paper.title or paper.id)}': {labels}"
        guessed = labels.values
    model = record.get("model")
    return ToAnnotate(
        paper.title,
        paper.abstract,
        paper.id or None,
        guessed,
        model if isinstance(model, str) else None,
    )
