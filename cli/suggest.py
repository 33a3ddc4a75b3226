"""Choose the papers of feed files that are most worth labelling, as a labelled file to correct."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tagstract.labels.errors import OK, SOME_FAILED, InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("feeds", nargs="+", metavar="FEED", help="feed files of papers without labels")
    add("-n", "--papers", type=int, default=20, metavar="N", help="how many (default: %(default)s)")
    add("-o", "--output", metavar="FILE.jsonl", help="default: standard output")
    add("--from", dest="format", metavar="NAME", help="the feed's format, where it can't be told")
    add("--model", metavar="NAME_OR_DIR", help="default: the promoted one, else the one that ships")


def run(arguments: argparse.Namespace) -> int:
    if arguments.papers < 1:
        raise InputError(f"--papers {arguments.papers}; give 1 or more")
    output = Path(arguments.output) if arguments.output else None
    if output is not None and output.suffix.lower() != ".jsonl":
        raise InputError("is written as JSONL; give a name that ends in .jsonl", str(output))
    from tagstract.labels import Problem
    from tagstract.labels.files import shown
    from tagstract.model_folder import Model, paper_key, resolve
    from tagstract.model_folder.scale import most_probable
    from tagstract.serving.active_learning import choose, uncertainty
    from tagstract.serving.feeds import read_feed
    from tagstract.serving.output import check_ending, refuse_feed, write_output
    from tagstract.serving.output.formats.jsonl import line
    from tagstract.serving.tagger import read_record

    if output is not None:
        check_ending(output)
        refuse_feed(output, arguments.feeds)
    feeds = [read_feed(feed, arguments.format) for feed in arguments.feeds]
    model = Model.load(resolve(arguments.model))
    # Each abstract once, and none that the model has learned from.
    papers, known, failed = [], set(model.seen), 0
    for record in (record for feed in feeds for record in feed.records):
        found = read_record(record)
        if isinstance(found, str):
            print(f"left out: {found}", file=sys.stderr)
            failed += 1
        elif not found.abstract:
            print(f"left out: '{shown(found.title)}' has no abstract", file=sys.stderr)
        elif not isinstance(record, Problem) and paper_key(record) not in known:
            known.add(paper_key(record))
            papers.append(record)
    scored = model.score(papers)
    # A label would draw what is out of scope in.
    papers = [paper for paper, inside in zip(papers, scored.in_scope, strict=True) if inside]
    probabilities = scored.probabilities[scored.in_scope]
    unsure = uncertainty(probabilities)
    suggested = []
    for row in choose(probabilities, arguments.papers):
        given = most_probable(probabilities[row] >= model.thresholds, probabilities[row])
        suggested.append(
            {
                **papers[row],
                "labels": [model.taxonomy.ids[area] for area in given],
                "uncertainty": round(float(unsure[row]), 3),
                "model": model.tag,
            }
        )
    if output is not None:
        write_output(output, suggested, model.taxonomy, "")
    else:
        for paper in suggested:
            sys.stdout.buffer.write(line(paper))
    print(f"{len(suggested)} of {len(papers)} papers; correct their labels", file=sys.stderr)
    return SOME_FAILED if failed else OK
