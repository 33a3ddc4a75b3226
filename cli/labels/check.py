"""Check labelled files: bad records, conflicts, suspect labels, near-duplicates, poor areas."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.cli.messages import log, print_problems
from tagstract.cli.options import add_mapping, add_taxonomy
from tagstract.labels.errors import OK, SOME_FAILED, InputError

if TYPE_CHECKING:
    from tagstract.labels import LabelledSet, Taxonomy
    from tagstract.training.labelling.report import Findings

FEW_PAPERS = 5
"""An area with fewer papers can't be learned, nor measured."""

MAX_LINES = 20
"""Suspects and pairs that are printed; the report has all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("files", nargs="+", metavar="LABELLED")
    add_taxonomy(parser)
    add_mapping(parser, "labels, abstract, ...")
    add("--quick", action="store_true", help="check the records only, not the texts")
    add("--report", metavar="FILE.html", type=Path, help="write all findings, with the texts")
    add("--model", metavar="NAME_OR_DIR", help="the model whose encoder embeds the texts")
    add("--seed", type=int, default=0, help="cross-validation seed (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    from tagstract.labels import load_taxonomy, read_labelled
    from tagstract.labels.io.feed import expanded, mapping_of

    if arguments.report:
        from tagstract.labels.storage.atomic import check_place

        if arguments.report.suffix.lower() not in (".html", ".htm"):
            raise InputError(
                "reports are HTML; use a name that ends in .html", str(arguments.report)
            )
        check_place(arguments.report)
    taxonomy = load_taxonomy(arguments.taxonomy) if arguments.taxonomy else load_taxonomy()
    mapping = mapping_of(arguments.mapping)
    files = expanded(arguments.files)
    labelled = read_labelled(files, taxonomy, mapping)
    print_problems(labelled)
    print(f"{len(labelled)} papers, {len(labelled.problems)} bad records")
    if not arguments.quick and _can_read_texts(labelled, arguments):
        sources = _sources(labelled, files, taxonomy, mapping)
        findings = _findings(labelled, sources, taxonomy, arguments)
        _show(findings)
        if arguments.report:
            from tagstract.training.labelling.report import write_report

            write_report(arguments.report, findings)
            print(f"report: {arguments.report}")
    return SOME_FAILED if labelled.problems else OK


def _can_read_texts(labelled: LabelledSet, arguments: argparse.Namespace) -> bool:
    """Whether there is enough to look at, and what it takes is installed."""
    from tagstract.labels.extras import MissingExtra, need

    try:
        need("retrain", purpose="finding suspect labels")
    except MissingExtra as error:
        if arguments.report:
            raise
        if len(labelled):
            log(f"labels not checked: {error}")
        return False
    return len(labelled) > 0


def _sources(
    labelled: LabelledSet, files: list[str], taxonomy: Taxonomy, mapping: dict[str, str]
) -> list[str]:
    """The file that each paper stands in; of a paper in several, the first."""
    from tagstract.labels import read_labelled
    from tagstract.labels.papers import folded_abstract

    if len(files) == 1:
        return [str(files[0])] * len(labelled)
    where: dict[str, str] = {}
    for file in files:
        for paper in read_labelled([file], taxonomy, mapping).papers:
            where.setdefault(folded_abstract(paper), str(file))
    return [where.get(folded_abstract(paper), "") for paper in labelled.papers]


def _findings(
    labelled: LabelledSet, sources: list[str], taxonomy: Taxonomy, arguments: argparse.Namespace
) -> Findings:
    from tagstract.model_folder import Model, paper_text, resolve
    from tagstract.training.data.training_data import TrainingData
    from tagstract.training.labelling.near_duplicates import near_duplicates
    from tagstract.training.labelling.predictions import ENOUGH_PAPERS, held_out_probabilities
    from tagstract.training.labelling.report import Findings
    from tagstract.training.labelling.suspects import find_suspects

    suspects = None
    if len(labelled) >= ENOUGH_PAPERS:
        data = TrainingData.of(labelled, taxonomy)
        model = Model.load(resolve(arguments.model))
        predicted = held_out_probabilities(data, model, log, arguments.seed)
        suspects = find_suspects(predicted, data.targets > 0.5, taxonomy.ids)
    counts = Counter(label for labels in labelled.labels for label in labels)
    few = [(area, counts[area]) for area in taxonomy.ids if counts[area] < FEW_PAPERS]
    return Findings(
        labelled.papers,
        labelled.labels,
        sources,
        [str(problem) for problem in labelled.problems],
        suspects,
        near_duplicates([paper_text(paper) for paper in labelled.papers]),
        sorted(few, key=lambda one: one[1]),
        {area.id: area.name for area in taxonomy.areas},
    )


def _show(findings: Findings) -> None:
    """The findings in lines, the worst first."""

    def name(row: int) -> str:
        paper = findings.papers[row]
        text = paper.get("id") or paper.get("title") or paper["abstract"]
        return " ".join(str(text).split())[:70]

    if findings.suspects is not None:
        print(f"{len(findings.suspects)} papers with a suspect label")
        for one in findings.suspects[:MAX_LINES]:
            doubted = ", ".join(f"{area} ({p:.3f})" for area, p in one.doubted)
            likely = ", ".join(f"{area} ({p:.2f})" for area, p in one.likely)
            instead = f"; more likely {likely}" if likely else ""
            print(f"  {name(one.row)}: doubted {doubted}{instead}")
        _more(len(findings.suspects))
    if findings.pairs:
        print(f"{len(findings.pairs)} pairs of near-duplicates")
        for pair in findings.pairs[:MAX_LINES]:
            first, second = pair.first, pair.second
            marks = []
            if findings.sources[first] != findings.sources[second]:
                marks.append(f"in {findings.sources[first]} and {findings.sources[second]}")
            if set(findings.labels[first]) != set(findings.labels[second]):
                marks.append("with different labels")
            mark = f" ({', '.join(marks)})" if marks else ""
            print(f"  {pair.likeness:.2f}  {name(first)} | {name(second)}{mark}")
        _more(len(findings.pairs))
    if findings.poor:
        listed = ", ".join(f"{area} {papers}" for area, papers in findings.poor[:MAX_LINES])
        rest = len(findings.poor) - MAX_LINES
        more = f", and {rest} more" if rest > 0 else ""
        print(f"areas with fewer than {FEW_PAPERS} papers: {listed}{more}")


def _more(count: int) -> None:
    if count > MAX_LINES:
        print(f"  and {count - MAX_LINES} more; --report FILE.html shows all")
