"""What is fitted around a fine-tuned encoder: lexical head, mix, calibration and rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder import lexical_text
from tagstract.model_folder.scale import mixed
from tagstract.training.data.heldout import Rows
from tagstract.training.data.training_data import TrainingData
from tagstract.training.evaluation.measures import Scores
from tagstract.training.heads.calibration import fit_mix, fit_scale
from tagstract.training.heads.combined import (
    CROSSED,
    FOLDS,
    Calibration,
    Heads,
    HeldOut,
    crossed_scores,
    held_out_metrics,
)
from tagstract.training.heads.linear import Linear
from tagstract.training.heads.out_of_distribution import FLOOR, Embed, learn_scope
from tagstract.training.heads.own_calibration import crossed_own_scores, fit_own_scale
from tagstract.training.heads.own_rules import AskedRules, learn_rules
from tagstract.training.heads.tfidf import PLAIN, fit_lexical, held_out_logits

Log = Callable[[str], None]


@dataclass(frozen=True)
class FineTuned:
    """A network's head, and what its encoder says of the held-out papers.

    Attributes:
        held: rows of the held-out papers.
        embeddings: of these, (held, width).
        embed: texts to embeddings, (texts, width).
    """

    head: Linear
    held: Rows
    embeddings: NDArray[np.float64]
    embed: Embed
    seed: int


@dataclass(frozen=True)
class FittedHeads:
    """Heads, their figures, and the scores of model and baseline on the held-out papers."""

    heads: Heads
    metrics: dict[str, Any]
    scores: tuple[Scores, Scores]


def fit_heads(data: TrainingData, tuned: FineTuned, log: Log) -> FittedHeads:
    """Lexical head, mix, calibration, thresholds and scope, and the figures on the held-out
    papers."""
    texts = [lexical_text(paper) for paper in data.papers]
    truth, held = data.targets > 0.5, tuned.held
    network = tuned.head.logits(tuned.embeddings)
    if data.chosen is None:
        logits = held_out_logits(texts, data.targets, tuned.seed)
        lexical = fit_lexical(texts, data.targets)
        # The baseline has held-out logits of all papers: it is calibrated on all.
        baseline = fit_scale(logits, truth)
        both = HeldOut(network, logits[held], truth[held])
    else:
        # The held-out papers are of another draw than the rest: they alone calibrate.
        rows = data.chosen.train
        lexical = fit_lexical([texts[row] for row in rows], data.targets[rows])
        logits = lexical.logits([texts[row] for row in held]).astype(np.float64)
        baseline = fit_scale(logits, truth[held])
        both = HeldOut(network, logits, truth[held])
    calibration = replace(Calibration.fit(both), baseline=baseline)
    scores = crossed_scores(both, tuned.seed)
    metrics = held_out_metrics(scores, data.areas, CROSSED)
    probabilities = scores[0].probabilities
    scope, metrics["scope"] = learn_scope(
        tuned.embed, tuned.embeddings, probabilities, data, held, tuned.seed, log
    )
    if scope is not None and scope.joint is not None:
        calibration = replace(calibration, scale=replace(calibration.scale, floor=FLOOR))
    return FittedHeads(Heads(tuned.head, lexical, calibration, scope), metrics, scores)


def fit_own_heads(data: TrainingData, tuned: FineTuned, asked: AskedRules) -> FittedHeads:
    """The same for areas of the user's own: few papers are held out, so the calibration is common
    to all areas and drawn to each; rules on length and language come from the papers, and no text
    is out of scope by what another field looks like."""
    texts = [lexical_text(paper) for paper in data.papers]
    held = tuned.held
    rows = np.setdiff1d(np.arange(len(data)), held) if data.chosen else np.arange(len(data))
    if data.chosen is None:
        logits = held_out_logits(texts, data.targets, tuned.seed, regularisation=PLAIN)[held]
        lexical = fit_lexical(texts, data.targets, PLAIN)
    else:
        lexical = fit_lexical([texts[row] for row in rows], data.targets[rows], PLAIN)
        logits = lexical.logits([texts[row] for row in held]).astype(np.float64)
    both = HeldOut(tuned.head.logits(tuned.embeddings), logits, data.targets[held] > 0.5)
    mix = fit_mix(both.transformer, both.lexical, both.truth)
    parts = (mixed(mix, both.transformer, both.lexical), both.lexical)
    counts = data.targets.sum(1)
    single = len(data.areas) >= 3 and bool((counts == 1).all())
    calibration = Calibration(mix, *(fit_own_scale(part, both.truth, single) for part in parts))
    fold = np.random.default_rng(tuned.seed).permutation(len(held)) % FOLDS
    ours, theirs = (crossed_own_scores(part, both.truth, fold, single) for part in parts)
    heads = Heads(tuned.head, lexical, calibration, None, learn_rules(data.papers, asked))
    metrics = held_out_metrics((ours, theirs), data.areas, CROSSED)
    return FittedHeads(heads, metrics, (ours, theirs))
