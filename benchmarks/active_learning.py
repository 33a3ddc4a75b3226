"""What choosing the papers to label is worth: F1 against papers drawn at random.

    python -m benchmarks.active_learning --set NAME=TAXONOMY,LABELLED[,TEST] [--runs 10]

Each run starts from 40 papers drawn at random; `tagstract labels suggest` then chooses what is
labelled next, in steps, against further papers drawn at random. Heads are fitted on what is
labelled and measured on the test papers, or on a quarter that is held out. Texts of all papers are
known from the start, their labels only where they were chosen. The gain has a 95 % interval over
the runs (Student's t); both sides of a run start from the same papers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from benchmarks.labelled_sets import LabelledSetOption, add_set_option, load_set
from tagstract.model_folder import Model, resolve
from tagstract.model_folder.scale import Scale
from tagstract.serving.active_learning import choose
from tagstract.training.data.folds import stratified_folds
from tagstract.training.data.training_data import TrainingData
from tagstract.training.evaluation.measures import Flags, Floats, share
from tagstract.training.heads.linear import one_thread_a_product
from tagstract.training.heads.own_areas import DEFAULT_CHOICE, Views, fit, held_out_scores
from tagstract.training.heads.own_calibration import LogOdds, fit_log_odds, fit_own_scale
from tagstract.training.modes.own_areas import paper_views

STEPS = (40, 60, 80, 100, 130, 160, 200, 250, 300, 400)
SHOWN = (100, 200, 400)
FOLDS = 5

Rows = NDArray[np.int64]


class Simulation:
    """A set whose labels are there, and are looked up only as papers are chosen."""

    def __init__(self, given: LabelledSetOption, model: Model) -> None:
        pool, test = given.pool, given.test
        papers = [*pool.papers, *(test.papers if test else ())]
        labels = [*pool.labels, *(test.labels if test else ())]
        data = TrainingData(papers, labels, pool.taxonomy)
        _, self.views, _ = paper_views(data, model, _log)
        self.truth: Flags = data.targets > 0.5
        order = np.random.default_rng(7).permutation(len(pool))
        apart = len(pool) // 4 if test is None else 0
        self.pool = np.sort(order[apart:])
        held_out = np.arange(len(pool), len(data)) if test else np.sort(order[:apart])
        self.test: Rows = held_out

    def run(self, seed: int, at_random: bool) -> list[tuple[float, float]]:
        """Micro- and macro-F1 with each number of `SHOWN` papers."""
        random = np.random.default_rng(seed)
        labelled: Rows = random.permutation(self.pool)[: STEPS[0]]
        odds, scale = self._fitted(labelled)
        figures = []
        for wanted in STEPS[1:]:
            missing = wanted - len(labelled)
            rest = np.setdiff1d(self.pool, labelled)
            rows: Sequence[int] | Rows
            if at_random:
                rows = random.choice(len(rest), missing, replace=False)
            else:
                predicted = scale.probabilities(self._logits(rest, odds))
                features = self.views.embedded[rest].astype(np.float64)
                rows = choose(predicted, scale.thresholds, missing, features)
            labelled = np.concatenate([labelled, rest[rows]])
            odds, scale = self._fitted(labelled)
            if wanted in SHOWN:
                given = scale.given(scale.probabilities(self._logits(self.test, odds)))
                figures.append(f1(given, self.truth[self.test]))
        return figures

    def _fitted(self, labelled: Rows) -> tuple[LogOdds, Scale]:
        views: Views = self.views.pick(labelled)
        truth = self.truth[labelled]
        fold = stratified_folds(truth, FOLDS, 0)
        scores = held_out_scores(views, truth, fold, DEFAULT_CHOICE)
        odds = fit_log_odds(scores, truth)
        self._heads = fit(views, truth, DEFAULT_CHOICE)
        return odds, fit_own_scale(odds(scores), truth, single=False)

    def _logits(self, rows: Rows, odds: LogOdds) -> Floats:
        words, embedded = self._heads
        scores = words.logits(self.views.terms[rows]) + embedded.logits(self.views.embedded[rows])
        return odds(scores)


def f1(given: Flags, truth: Flags) -> tuple[float, float]:
    """Micro- and macro-F1."""
    right, total = (given & truth).sum(0), given.sum(0) + truth.sum(0)
    return float(2 * right.sum() / total.sum()), float(share(2 * right, total)[total > 0].mean())


def gain_text(gains: NDArray[np.float64]) -> str:
    """The mean over runs and its interval."""
    reach = student.ppf(0.975, len(gains) - 1) * gains.std(ddof=1) / np.sqrt(len(gains))
    mean = gains.mean()
    return f"{mean:+.3f} [{mean - reach:+.3f}, {mean + reach:+.3f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_set_option(parser)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--model", help="whose encoder reads the texts")
    arguments = parser.parse_args()
    model = Model.load(resolve(arguments.model))
    print(f"{'set':10} {'labels':>6}  {'micro-F1':>8} {'random':>7} {'gain':24} {'macro-F1 gain'}")
    for option in arguments.sets:
        given = load_set(option)
        simulation = Simulation(given, model)
        with one_thread_a_product():
            ours, random = (
                np.array([simulation.run(seed, at_random) for seed in range(arguments.runs)])
                for at_random in (False, True)
            )
        for place, labels in enumerate(SHOWN):
            micro, macro = ((ours - random)[:, place, figure] for figure in (0, 1))
            print(
                f"{given.name:10} {labels:6}  {ours[:, place, 0].mean():8.3f} "
                f"{random[:, place, 0].mean():7.3f} {gain_text(micro):24} {gain_text(macro)}",
                flush=True,
            )


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
