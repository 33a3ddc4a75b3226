"""Tag the papers of feed files with research areas."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.cli.messages import log, note
from tagstract.cli.options import add_format, add_mapping, add_model, add_speed
from tagstract.cli.tagging.feed_files import Feeds
from tagstract.cli.tagging.progress import BatchProgress
from tagstract.labels.errors import NOTHING_NEW, OK, SOME_FAILED, InputError, TagstractError
from tagstract.labels.speed import Speed
from tagstract.serving.operating_points import Asked

if TYPE_CHECKING:
    from tagstract.serving.batch import Counts, Engine, Journal, Seen
    from tagstract.serving.tagger import Tagger


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "feeds",
        nargs="+",
        metavar="FEED",
        help="files, patterns such as 'feeds/*.xml' or http(s) URLs; - reads standard input",
    )
    add("-o", "--output", metavar="FILE", help="write to FILE; its extension sets the format")
    add_format(parser)
    add_mapping(parser, "title, abstract, id, authors, date, url or doi")
    add("--allow-private", action="store_true", help="allow URLs in private networks")
    add_model(parser)
    add_speed(parser)
    add("--top", type=int, metavar="N", help="at most N tags per paper")
    add("--threshold", type=Asked.read, metavar="P",
        help="minimum probability of a tag; precision=P: the lowest threshold that reaches "
        "precision P on held-out papers")  # fmt: skip
    add("--only", nargs="+", action="extend", metavar="AREA",
        help="report only these areas or groups")  # fmt: skip
    add("--except", dest="without", nargs="+", action="extend", metavar="AREA",
        help="omit these areas or groups")  # fmt: skip
    add("--all-probabilities", action="store_true", help="add every area's probability")
    add("--explain", action="store_true", help="add the sentences that support each tag; slower")
    add("--state", metavar="FILE",
        help="record this run's papers in FILE and skip those of earlier runs; exit status 3 "
        "if nothing is new")  # fmt: skip
    add("--resume", action="store_true", help="with -o: continue an interrupted run")
    add("--engine", choices=["process", "ray"], default="process",
        help="ray: tag on the cluster at $RAY_ADDRESS, else on a local one")  # fmt: skip
    add("--quiet", action="store_true", help="print errors only: no progress, notes or summary")
    add("--table", action="store_true", help="print the table even when piped")
    add("--heading", help="digest title; default: the feed names and the date")


def run(arguments: argparse.Namespace) -> int:
    from tagstract.serving.batch import Counts

    output = _output(arguments)
    feeds = Feeds(arguments)
    if output is not None:
        from tagstract.serving.output import check_ending, refuse_feed

        check_ending(output)
        refuse_feed(output, feeds.paths)
    else:
        _refuse_redirected(feeds.paths)
    tagger, engine = _tagger(arguments)
    counts = Counts()
    if output is None:
        _to_screen(arguments, feeds, tagger, engine, counts)
    else:
        _to_file(arguments, output, feeds, tagger, engine, counts)
    _note_failed(feeds, counts)
    if feeds.unusable or counts.statuses["error"]:
        return SOME_FAILED
    return OK if counts.new.total() else NOTHING_NEW


def _note_failed(feeds: Feeds, counts: Counts) -> None:
    """The first records that failed, the files that were left out, and the feeds without papers."""
    for problem in counts.problems:
        note(problem)
    more = counts.statuses["error"] - len(counts.problems)
    if more:
        note(f"{more:,} more records failed; the output has them with status 'error'")
    for error in feeds.unusable:
        note(f"left out: {error}")
    for source in dict.fromkeys(feeds.sources):
        if not counts.read[source]:
            note(f"{source}: HOLDS NO PAPERS; is the feed still being updated?")


def _output(arguments: argparse.Namespace) -> Path | None:
    """The output file; refuses options that don't go together."""
    if arguments.output is None:
        if arguments.resume:
            raise InputError("--resume goes with -o FILE")
        return None
    if arguments.table:
        raise InputError("--table goes without -o FILE")
    output = Path(arguments.output)
    if arguments.state and os.path.realpath(arguments.state) == os.path.realpath(output):
        raise InputError("is the state file of this command; use another file", str(output))
    return output


def _refuse_redirected(feeds: Iterable[str]) -> None:
    """Refuse `tag papers.jsonl >> papers.jsonl`, which would read what it writes."""
    from tagstract.serving.output import is_feed

    try:
        target = os.fstat(sys.stdout.fileno())
    except (OSError, ValueError):  # closed, or no file at all
        return
    if any(is_feed(target, feed) for feed in feeds):
        raise InputError("standard output goes to a feed of this command; use another file")


def _tagger(arguments: argparse.Namespace) -> tuple[Tagger, Engine]:
    """The tagger, and what runs it over the chunks of a feed."""
    from tagstract.model_folder import Model, resolve
    from tagstract.serving.batch import in_process
    from tagstract.serving.tagger import Tagger

    model = Model.load(resolve(arguments.model), speed=Speed(arguments.speed))
    options = {
        "top": arguments.top,
        "threshold": None if arguments.threshold is None else arguments.threshold.threshold(model),
        "all_probabilities": arguments.all_probabilities,
        "explain": arguments.explain,
        "areas": model.taxonomy.chosen(arguments.only, arguments.without),
    }
    tagger = Tagger(model, **options)
    if arguments.engine == "process":
        return tagger, in_process(tagger)
    from tagstract.serving.batch.ray_engine import ray_engine

    return tagger, ray_engine(model.folder, options, model.speed)


def _to_screen(
    arguments: argparse.Namespace, feeds: Feeds, tagger: Tagger, engine: Engine, counts: Counts
) -> None:
    """A table, or JSONL while it comes."""
    from tagstract.serving.batch import Seen, tag_feeds
    from tagstract.serving.output import format_table
    from tagstract.serving.output.formats.jsonl import line

    with (
        closing(Seen(_state(arguments), secrets.token_hex(8))) as seen,
        BatchProgress(arguments.quiet, feeds.count) as progress,
    ):
        papers = tag_feeds(feeds, tagger, seen, counts, None, progress, engine)
        if not arguments.table and not sys.stdout.isatty():
            for paper in papers:
                sys.stdout.buffer.write(line(paper))
                sys.stdout.buffer.flush()
        else:
            shown = list(_shown(papers))
            width = shutil.get_terminal_size().columns
            color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
            progress.stop()
            print(format_table(shown, tagger.model.taxonomy, width, color))
            sys.stdout.flush()
        _remember(arguments, feeds, seen, counts)


def _shown(papers: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What the table shows of each paper."""
    for paper in papers:
        names = ("id", "title", "tags", "status", "reason")
        row = {name: paper[name] for name in names if name in paper}
        if not row.get("title"):
            row["abstract"] = str(paper.get("abstract") or "")[:200]
        yield row


def _to_file(
    arguments: argparse.Namespace,
    output: Path,
    feeds: Feeds,
    tagger: Tagger,
    engine: Engine,
    counts: Counts,
) -> None:
    from tagstract.serving.batch import CHUNK, Journal, Seen, tag_feeds
    from tagstract.serving.output import write_output

    with (
        Journal(output, _settings(arguments, feeds, tagger), arguments.resume, CHUNK) as journal,
        closing(Seen(_state(arguments), journal.id)) as seen,
        BatchProgress(arguments.quiet, feeds.count) as progress,
    ):
        if not arguments.quiet:
            _note_start(arguments, output, journal)
        try:
            for _ in tag_feeds(feeds, tagger, seen, counts, journal, progress, engine):
                pass
            heading = arguments.heading or _heading(feeds.sources)
            write_output(output, journal, tagger.model.taxonomy, heading)
        except KeyboardInterrupt as stop:
            raise TagstractError("stopped; repeat the command with --resume to continue") from stop
        progress.stop()
        _remember(arguments, feeds, seen, counts)
        journal.finish()
    if not arguments.quiet:
        log(f"{output}: {counts.summary()}")


def _heading(sources: list[str]) -> str:
    """`daily_papers.txt, 27 November 2026`."""
    names = [Path(source).name for source in sources]
    named = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    today = date.today()
    return f"{named}, {today.day} {today:%B %Y}"


def _settings(arguments: argparse.Namespace, feeds: Feeds, tagger: Tagger) -> dict[str, Any]:
    """What the answers depend on: a journal of other settings is not resumed."""
    from tagstract import __version__

    return {
        "version": __version__,
        "model": f"{tagger.model.tag} {tagger.model.digest}",
        "feed": feeds.paths,
        "options": [
            arguments.top, tagger.threshold, arguments.all_probabilities, arguments.explain,
            arguments.only, arguments.without, arguments.mapping, arguments.format, arguments.speed,
            bool(arguments.state),
        ],
    }  # fmt: skip


def _note_start(arguments: argparse.Namespace, output: Path, journal: Journal) -> None:
    """Say where the run starts when it may not be at the first paper."""
    if arguments.resume:
        start = f"resuming at paper {journal.done + 1:,}" if journal.done else "nothing to resume"
        note(f"{output}: {start}{'' if journal.done else '; starting at the first paper'}")
    elif journal.dropped:
        note(
            f"{output}: starting over; {journal.dropped:,} papers of an interrupted run are "
            "dropped (--resume would have kept them)"
        )


def _state(arguments: argparse.Namespace) -> Path | None:
    return None if arguments.state is None else Path(arguments.state)


def _remember(arguments: argparse.Namespace, feeds: Feeds, seen: Seen, counts: Counts) -> None:
    """Store what this run met, and warn of each feed that had nothing new."""
    if arguments.state is None:
        return
    today = date.today().isoformat()
    for source in dict.fromkeys(feeds.sources):
        if counts.new[source]:
            seen.had_new(source, today)
            continue
        if not counts.read[source]:
            continue
        last = seen.last_new(source)
        since = f" since {last}" if last else ""
        note(f"{source}: NOTHING NEW{since}; is the feed still being updated?")
    seen.commit()
