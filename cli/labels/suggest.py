"""Choose the papers most worth labelling and write them with proposed labels to correct."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.cli.messages import log, print_problems
from tagstract.cli.options import add_format, add_model
from tagstract.labels.errors import OK, SOME_FAILED, InputError

if TYPE_CHECKING:
    from tagstract.labels import LabelledSet, Taxonomy
    from tagstract.model_folder import Model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("feeds", nargs="+", metavar="FEED", help="feeds of unlabelled papers")
    add(
        "-n",
        "--papers",
        type=int,
        default=20,
        metavar="N",
        help="number of papers (default: %(default)s)",
    )
    add("-o", "--output", metavar="FILE.jsonl", help="default: standard output")
    add_format(parser)
    add_model(parser)
    add("--taxonomy", metavar="FILE", help="your own areas; default: the model's")
    add(
        "--labelled",
        nargs="+",
        default=[],
        metavar="LABELLED",
        help="with --taxonomy: the papers you have labelled so far",
    )


@dataclass(frozen=True)
class Suggestion:
    """A paper to label; `labels` is a first guess, None where there is nothing to guess from."""

    row: int
    labels: list[str] | None
    uncertainty: float | None


def run(arguments: argparse.Namespace) -> int:
    output = _checked(arguments)
    from tagstract.labels import load_taxonomy, read_labelled
    from tagstract.labels.io.feed import expanded
    from tagstract.model_folder import Model, paper_key, resolve
    from tagstract.serving.output import write_output
    from tagstract.serving.output.formats.jsonl import line

    model = Model.load(resolve(arguments.model))
    taxonomy = load_taxonomy(arguments.taxonomy) if arguments.taxonomy else model.taxonomy
    own = taxonomy.ids != model.taxonomy.ids
    labelled = read_labelled(expanded(arguments.labelled), taxonomy)
    print_problems(labelled)
    # Each abstract once, and none that is labelled already.
    known = {paper_key(paper) for paper in labelled.papers} | (set() if own else set(model.seen))
    papers, failed = _papers(arguments, known)
    if own:
        found = _by_own_areas(papers, labelled, taxonomy, model, arguments.papers)
    else:
        papers, found = _by_model(papers, model, arguments.papers)
    suggested = [_record(papers[one.row], one, None if own else model.tag) for one in found]
    if output is not None:
        write_output(output, suggested, taxonomy, "")
    else:
        for paper in suggested:
            sys.stdout.buffer.write(line(paper))
    guessed = any(one.labels is not None for one in found)
    what = "correct their labels" if guessed or not found else "add 'labels' to each"
    log(f"{len(suggested)} of {len(papers)} papers; {what}")
    return SOME_FAILED if failed or labelled.problems else OK


def _checked(arguments: argparse.Namespace) -> Path | None:
    """Refuse what can be refused before any work; returns where to write."""
    if arguments.papers < 1:
        raise InputError(f"--papers {arguments.papers}; use 1 or more")
    if arguments.labelled and not arguments.taxonomy:
        raise InputError("--labelled goes with --taxonomy")
    output = Path(arguments.output) if arguments.output else None
    if output is not None:
        if output.suffix.lower() != ".jsonl":
            raise InputError("the output is JSONL; use a name that ends in .jsonl", str(output))
        from tagstract.serving.output import check_ending, refuse_feed

        check_ending(output)
        refuse_feed(output, [*arguments.feeds, *arguments.labelled])
    return output


def _papers(arguments: argparse.Namespace, known: set[int]) -> tuple[list[dict[str, Any]], int]:
    """The papers to choose from, and the number of records that are none."""
    from tagstract.labels import Problem
    from tagstract.labels.files import shown
    from tagstract.model_folder import paper_key
    from tagstract.serving.feeds import read_feed
    from tagstract.serving.tagger import read_record

    papers, failed = [], 0
    feeds = [read_feed(feed, arguments.format) for feed in arguments.feeds]
    for record in (record for feed in feeds for record in feed.records):
        found = read_record(record)
        if isinstance(found, str):
            log(f"left out: {found}")
            failed += 1
        elif not found.abstract:
            log(f"left out: '{shown(found.title)}' has no abstract")
        elif not isinstance(record, Problem) and paper_key(record) not in known:
            known.add(paper_key(record))
            papers.append(record)
    return papers, failed


def _by_model(
    papers: list[dict[str, Any]], model: Model, wanted: int
) -> tuple[list[dict[str, Any]], list[Suggestion]]:
    """What the model itself is unsure of, of the papers in its scope."""
    from tagstract.model_folder.scale import most_probable
    from tagstract.serving.active_learning import choose, uncertainty

    scored = model.score(papers)
    # A label would draw what is out of scope in.
    papers = [paper for paper, inside in zip(papers, scored.in_scope, strict=True) if inside]
    probabilities = scored.probabilities[scored.in_scope]
    unsure = uncertainty(probabilities)
    found = []
    for row in choose(probabilities, model.thresholds, wanted):
        given = most_probable(probabilities[row] >= model.thresholds, probabilities[row])
        labels = [model.taxonomy.ids[area] for area in given]
        found.append(Suggestion(row, labels, float(unsure[row])))
    return papers, found


def _by_own_areas(
    papers: list[dict[str, Any]],
    labelled: LabelledSet,
    taxonomy: Taxonomy,
    model: Model,
    wanted: int,
) -> list[Suggestion]:
    """For areas that the model does not have: by heads on what is labelled, or the descriptions.

    The model's own areas are never guessed.
    """
    from tagstract.labels.extras import need

    need("retrain", purpose="choosing papers for your own areas")
    from tagstract.model_folder.scale import most_probable
    from tagstract.serving.active_learning import choose, uncertainty
    from tagstract.training.data.training_data import TrainingData
    from tagstract.training.labelling.predictions import nearest_to_descriptions, opinion_of

    data = TrainingData.of(labelled, taxonomy)
    if not papers:
        return []
    if not len(data):
        rows = nearest_to_descriptions(papers, data, model, wanted, log)
        return [Suggestion(row, None, None) for row in rows]
    opinion = opinion_of(papers, data, model, log)
    probabilities, thresholds = opinion.probabilities, opinion.thresholds
    unsure = uncertainty(probabilities)
    found = []
    for row in choose(probabilities, thresholds, wanted, opinion.features.astype(float)):
        given = most_probable(probabilities[row] >= thresholds, probabilities[row])
        labels = [taxonomy.ids[area] for area in given] if opinion.measured else None
        found.append(Suggestion(row, labels, float(unsure[row])))
    return found


def _record(paper: dict[str, Any], one: Suggestion, model: str | None) -> dict[str, Any]:
    record = {key: value for key, value in paper.items() if key != "labels"}
    if one.labels is not None:
        record["labels"] = one.labels
    if one.uncertainty is not None:
        record["uncertainty"] = round(one.uncertainty, 3)
    return {**record, "model": model} if model else record
