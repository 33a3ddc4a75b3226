"""Whether wrong labels are found: flips labels of given sets and prints precision and recall.

    python -m benchmarks.label_errors --set NAME=TAXONOMY,LABELLED [--share 0.05] [--seeds 3]

In a share of the papers one label is replaced by an area that the paper does not have. What
`tagstract labels check` then suspects is compared with these papers. Labels that were wrong before
count against it.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from benchmarks.labelled_sets import add_set_option, load_set
from tagstract.model_folder import Model, resolve
from tagstract.training.data.training_data import TrainingData
from tagstract.training.evaluation.bootstrap import value_text, wilson
from tagstract.training.labelling.predictions import held_out_probabilities
from tagstract.training.labelling.suspects import find_suspects


def flipped(data: TrainingData, share: float, seed: int) -> tuple[TrainingData, set[int]]:
    """The papers with some labels replaced, and the rows of those."""
    random = np.random.default_rng(seed)
    rows = [row for row, labels in enumerate(data.labels) if labels]
    chosen = random.choice(rows, max(1, round(share * len(data))), replace=False)
    labels = [list(one) for one in data.labels]
    for row in chosen:
        place = int(random.integers(len(labels[row])))
        others = [area for area in data.areas if area not in labels[row]]
        labels[row][place] = others[int(random.integers(len(others)))]
    return TrainingData(data.papers, labels, data.taxonomy), {int(row) for row in chosen}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_set_option(parser)
    parser.add_argument("--share", type=float, default=0.05, help="of the papers")
    parser.add_argument("--seeds", type=int, default=3, help="times that labels are flipped")
    parser.add_argument("--model", help="whose encoder reads the texts")
    arguments = parser.parse_args()
    model = Model.load(resolve(arguments.model))
    print(f"{'set':12} {'papers':>6} {'flipped':>7} {'suspect':>7}  {'precision':21}  recall")
    for option in arguments.sets:
        given = load_set(option)
        found = wrong = right = 0
        for seed in range(arguments.seeds):
            data, rows = flipped(given.pool, arguments.share, seed)
            predicted = held_out_probabilities(data, model, _log, seed)
            suspects = {one.row for one in find_suspects(predicted, data.targets > 0.5, data.areas)}
            found, wrong = found + len(suspects), wrong + len(rows)
            right += len(suspects & rows)
        precision = value_text(right / max(1, found), wilson(right, found) if found else None)
        recall = value_text(right / wrong, wilson(right, wrong))
        line = f"{given.name:12} {len(given.pool):6} {wrong:7} {found:7}  {precision:21}  {recall}"
        print(line, flush=True)


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
