"""Tag the papers of feed files with research areas."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.errors import OK, SOME_FAILED, InputError, TagstractError
from tagstract.serving.operating_points import Asked

if TYPE_CHECKING:
    from tagstract.serving.feeds import Feed
    from tagstract.serving.tagger import Tagger


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "feeds",
        nargs="+",
        metavar="FEED",
        help="feed files, patterns such as 'feeds/*.xml', http(s) addresses; - is standard input",
    )
    add("-o", "--output", metavar="FILE", help=".jsonl .csv .parquet .html or .md")
    add("--from", dest="format", metavar="NAME", help="the feed's format, where it can't be told")
    add(
        "--map",
        dest="mapping",
        action="append",
        metavar="FIELD=COLUMN",
        default=[],
        help="which column holds the title, abstract, id, authors, date, url or doi",
    )
    add("--allow-private", action="store_true", help="fetch addresses in private networks, too")
    add("--model", metavar="NAME_OR_DIR", help="default: the promoted one, else the one that ships")
    add("--top", type=int, metavar="N", help="at most N tags a paper")
    add("--threshold", type=Asked.read, metavar="P",
        help="give an area from this probability on; precision=P: from the one on at which this "
        "share of the tags is right")  # fmt: skip
    add("--all-probabilities", action="store_true", help="add every area's probability")
    add("--explain", action="store_true", help="add the sentences that support each tag")
    add("--resume", action="store_true", help="with -o: go on where a stopped run stood")
    add("--table", action="store_true", help="show the table when piped, too")
    add("--heading", default="Research areas of the feed", help="title of an .html or .md digest")


def run(arguments: argparse.Namespace) -> int:
    output = None if arguments.output is None else Path(arguments.output)
    if arguments.resume and output is None:
        raise InputError("--resume goes with -o FILE")
    if arguments.table and output is not None:
        raise InputError("--table goes without -o FILE")
    from tagstract.serving.feeds import expanded

    arguments.feeds = expanded(arguments.feeds)
    if output is not None:
        from tagstract.serving.output import check_ending, refuse_feed

        check_ending(output)
        refuse_feed(output, arguments.feeds)
    # All feeds are opened before the first paper is tagged: a wrong path costs nothing then.
    feeds, unusable = _open(arguments)
    tagger = _tagger(arguments)
    if output is None:
        status = _to_screen(feeds, tagger, arguments.table or sys.stdout.isatty())
    else:
        status = _to_file(arguments, output, feeds, tagger)
    for error in unusable:
        print(f"tagstract: left out: {error}", file=sys.stderr)
    return SOME_FAILED if unusable else status


def _open(arguments: argparse.Namespace) -> tuple[list[Feed], list[InputError]]:
    """The feeds, and why some can't be used: one bad file of several costs only itself."""
    from tagstract.serving.feeds import mapping_of, read_feed

    mapping = mapping_of(arguments.mapping)
    feeds: list[Feed] = []
    unusable: list[InputError] = []
    for path in arguments.feeds:
        try:
            feeds.append(read_feed(path, arguments.format, mapping, _note, arguments.allow_private))
        except InputError as error:
            if path == "-":
                raise
            unusable.append(error)
    if not feeds:
        raise unusable[0]
    return feeds, unusable


def _note(text: str) -> None:
    print(f"tagstract: {text}", file=sys.stderr)


def _tagger(arguments: argparse.Namespace) -> Tagger:
    from tagstract.model_folder import Model, resolve
    from tagstract.serving.tagger import Tagger

    model = Model.load(resolve(arguments.model))
    return Tagger(
        model,
        arguments.top,
        None if arguments.threshold is None else arguments.threshold.threshold(model),
        arguments.all_probabilities,
        arguments.explain,
    )


def _to_screen(feeds: list[Feed], tagger: Tagger, table: bool) -> int:
    """A table, or JSONL while it comes."""
    from tagstract.serving.batch import tag_feeds

    if not table:
        from tagstract.serving.output.jsonl import line

        failed = False
        with _Progress() as progress:
            for paper in tag_feeds(feeds, tagger, progress=progress):
                sys.stdout.buffer.write(line(paper))
                sys.stdout.buffer.flush()
                failed |= paper["status"] == "error"
        return SOME_FAILED if failed else OK
    from tagstract.serving.output import format_table

    with _Progress() as progress:
        tagged = list(tag_feeds(feeds, tagger, progress=progress))
    width = shutil.get_terminal_size().columns
    print(
        format_table(
            tagged,
            tagger.model.taxonomy,
            width,
            sys.stdout.isatty() and "NO_COLOR" not in os.environ,
        )
    )
    return _status(tagged)


def _to_file(arguments: argparse.Namespace, output: Path, feeds: list[Feed], tagger: Tagger) -> int:
    from tagstract.serving.batch import tag_feeds
    from tagstract.serving.journal import Journal
    from tagstract.serving.output import write_output
    from tagstract.serving.output.text import summary_of

    run = {
        "model": tagger.model.tag,
        "feeds": [feed.source for feed in feeds],
        "options": [arguments.top, tagger.threshold, arguments.all_probabilities,
                    arguments.explain],
    }  # fmt: skip
    with Journal(output, run, arguments.resume) as journal, _Progress() as progress:
        try:
            tagged = list(tag_feeds(feeds, tagger, journal, progress))
            write_output(output, tagged, tagger.model.taxonomy, arguments.heading)
        except KeyboardInterrupt as stop:
            raise TagstractError("stopped; the same call with --resume goes on") from stop
        journal.finish()
    print(f"{output}: {summary_of(tagged)}", file=sys.stderr)
    return _status(tagged)


def _status(tagged: Sequence[dict[str, Any]]) -> int:
    return SOME_FAILED if any(paper["status"] == "error" for paper in tagged) else OK


class _Progress:
    """A count on standard error, where a person looks at it; gone when the work ends."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __call__(self, done: int) -> None:
        if self._shown:
            print(f"\r{done} papers", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *error: object) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
