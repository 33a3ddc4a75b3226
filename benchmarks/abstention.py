"""Abstentions: on texts that are no abstract of the field, and on papers that are.

    python benchmarks/abstention.py [PAPERS...]

The texts are our own (`abstention.jsonl`); PAPERS are feeds of real papers, by default the
starter set, which the model was trained on: there it shows only that English papers pass.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from tagstract.labels import STARTER_PATH
from tagstract.model_folder import Model, resolve
from tagstract.serving.feeds import read_feed
from tagstract.serving.tagger import Tagger

TEXTS = Path(__file__).with_name("abstention.jsonl")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("papers", nargs="*", default=[str(STARTER_PATH)], metavar="PAPERS")
    parser.add_argument("--model")
    arguments = parser.parse_args()
    tagger = Tagger(Model.load(resolve(arguments.model)))
    print(f"{'kind':14} {'texts':>6} {'abstained':>10}  reasons")
    groups: dict[str, list[str | None]] = {}
    for paper in tagger.tag(read_feed(TEXTS).records):
        groups.setdefault(paper.record["kind"], []).append(paper.reason)
    for path in arguments.papers:
        reasons = [paper.reason for paper in tagger.tag(read_feed(path).records)]
        groups[Path(path).name] = reasons
    for kind, reasons in groups.items():
        why = Counter(reason for reason in reasons if reason)
        print(
            f"{kind:14} {len(reasons):6} {sum(why.values()) / len(reasons):10.1%}  "
            + ", ".join(f"{reason} {count}" for reason, count in why.most_common())
        )


if __name__ == "__main__":
    main()
