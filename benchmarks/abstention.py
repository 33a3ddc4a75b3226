"""Papers that get no tags: texts of other fields and of other kinds, and papers of ours.

    python benchmarks/abstention.py                         our own texts, and the starter set
    python benchmarks/abstention.py --papers ARXIV.parquet  real papers as well, by field
    python benchmarks/abstention.py FEED...                 feeds of yours

The texts are our own (`abstention.jsonl`): no model is trained on them. PAPERS are files with
`id`, `title`, `abstract` and `categories`. Those among them count that our annotations hold out
from training (`labels/annotations.jsonl`), apart by whether they have an area, and by the field of
their first category. Papers without areas should get no tags, papers with areas should. Calibration
and scope of the model that ships are fitted on these held-out papers, so figures on them are a
little too good.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tagstract.labels import STARTER_PATH, InputError
from tagstract.labels.annotations import Annotations
from tagstract.labels.field_values import first_value
from tagstract.labels.io.feed import read_lines
from tagstract.labels.io.paper import with_paper
from tagstract.labels.research_fields import field_of
from tagstract.labels.tagged import Tagged
from tagstract.model_folder import Model, resolve
from tagstract.serving.feeds import read_feed
from tagstract.serving.tagger import Tagger
from tagstract.training.evaluation.bootstrap import value_text, wilson

TEXTS = Path(__file__).with_name("abstention.jsonl")
HELD_OUT = "held_out"


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("feeds", nargs="*", metavar="FEED", help="tagged as they are")
    parser.add_argument("--papers", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--categories", default="categories", metavar="FIELD")
    parser.add_argument("--model", metavar="NAME_OR_DIR")
    arguments = parser.parse_args(words)
    tagger = Tagger(Model.load(resolve(arguments.model)))
    print(f"{tagger.model.tag}\n{'':34} {'papers':>6}  {'without tags':20}  reasons")
    own = [json.loads(text) for text in TEXTS.read_text(encoding="utf-8").splitlines()]
    kinds = grouped((record["kind"], record) for record in own)
    for kind, records in kinds.items():
        print(line(f"own text: {kind}", tagger.tag(records)))
    feeds = arguments.feeds or ([] if arguments.papers else [str(STARTER_PATH)])
    for path in feeds:
        print(line(Path(path).name, tagger.tag(read_feed(path).records)))
    if arguments.papers:
        papers = grouped(held_out_papers(arguments.papers, arguments.categories))
        for group in sorted(
            papers, key=lambda name: (name.startswith("areas"), -len(papers[name]))
        ):
            print(line(group, tagger.tag(papers[group])))
    return 0


def held_out_papers(paths: Iterable[str], categories: str) -> Iterable[tuple[str, dict[str, Any]]]:
    """The annotated papers that no model is trained on, each with the name of its group."""
    annotations = Annotations.read()
    seen: set[str] = set()
    for path in paths:
        for _, record in read_lines(path)[1]:
            if not isinstance(record, dict):
                continue
            id = annotations.id_of(record)
            if id is None or annotations.draws.get(id) != HELD_OUT or id in seen:
                continue
            seen.add(id)
            category = first_value(record.get(categories)) or "unknown"
            field = field_of(category) or category
            kind = "areas" if annotations.labels[id] else "no areas"
            yield f"{kind}: {field}", with_paper(record)
    if not seen:
        raise InputError("holds no paper that our annotations hold out", ", ".join(paths))


def grouped(named: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for name, record in named:
        groups.setdefault(name, []).append(record)
    return groups


def line(name: str, papers: Sequence[Tagged]) -> str:
    """How many papers of a group got no tags, and why."""
    without = [paper for paper in papers if not paper.tags]
    why = Counter(str(paper.reason or paper.status) for paper in without)
    share = value_text(len(without) / len(papers), wilson(len(without), len(papers)))
    reasons = ", ".join(f"{reason} {count}" for reason, count in why.most_common())
    return f"{name[:34]:34} {len(papers):6}  {share:20}  {reasons}"


if __name__ == "__main__":
    raise SystemExit(main())
