"""What small heads say of papers: of labelled ones held out, and of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder import Model, lexical_text, paper_text
from tagstract.model_folder import format as files
from tagstract.model_folder.scale import Scale
from tagstract.training.data.cache import cached_embeddings
from tagstract.training.data.folds import stratified_folds
from tagstract.training.data.training_data import TrainingData
from tagstract.training.heads.linear import one_thread_a_product
from tagstract.training.heads.own_areas import DEFAULT_CHOICE, fit, held_out_scores
from tagstract.training.heads.own_calibration import (
    DEFAULT_LOG_ODDS,
    crossed_own_scores,
    default_scale,
    fit_log_odds,
    fit_own_scale,
)
from tagstract.training.heads.tfidf import as_matrix
from tagstract.training.modes.own_areas import paper_views

Floats = NDArray[np.float64]
Log = Callable[[str], None]

ENOUGH_PAPERS = 20
"""Labelled papers from which cross-validation says something."""

FOLDS = 5


@dataclass(frozen=True)
class Opinion:
    """Probabilities (papers, areas) and thresholds (areas,); `features` (papers, width) are what
    likenesses of papers are measured in. `measured`: whether the scale comes from labels."""

    probabilities: Floats
    thresholds: Floats
    features: NDArray[np.float32]
    measured: bool


def held_out_probabilities(data: TrainingData, model: Model, log: Log, seed: int = 0) -> Floats:
    """(papers, areas): calibrated, of each paper from heads fitted without it.

    Args:
        data: `ENOUGH_PAPERS` labelled papers or more.
        model: whose encoder is used.
    """
    truth = data.targets > 0.5
    _, views, _ = paper_views(data, model, log)
    fold = stratified_folds(truth, FOLDS, seed)
    with one_thread_a_product():
        scores = held_out_scores(views, truth, fold, DEFAULT_CHOICE)
        logits = fit_log_odds(scores, truth)(scores)
        return crossed_own_scores(logits, truth, fold, single=False).probabilities


def opinion_of(
    papers: Sequence[dict[str, Any]], data: TrainingData, model: Model, log: Log, seed: int = 0
) -> Opinion:
    """What heads fitted on labelled papers and descriptions say of other papers.

    Args:
        papers: unlabelled ones.
        data: one labelled paper or more.
        model: whose encoder is used.
    """
    truth = data.targets > 0.5
    view, views, vocabulary = paper_views(data, model, log)
    embeddings = cached_embeddings(
        [paper_text(paper) for paper in papers],
        model.facts.files[files.ENCODER],
        model.max_tokens,
        model.encoder.embed,
        log,
    )
    features = view.features(embeddings)
    terms = as_matrix(vocabulary, [lexical_text(paper) for paper in papers]).astype(np.float32)
    measured = len(data) >= ENOUGH_PAPERS
    scale: Scale = default_scale(len(data.areas))
    odds = DEFAULT_LOG_ODDS
    with one_thread_a_product():
        if measured:
            fold = stratified_folds(truth, FOLDS, seed)
            scores = held_out_scores(views, truth, fold, DEFAULT_CHOICE)
            odds = fit_log_odds(scores, truth)
            scale = fit_own_scale(odds(scores), truth, single=False)
        words, embedded = fit(views, truth, DEFAULT_CHOICE)
    logits = odds(words.logits(terms) + embedded.logits(features))
    return Opinion(scale.probabilities(logits), scale.thresholds, features, measured)


def nearest_to_descriptions(
    papers: Sequence[dict[str, Any]], data: TrainingData, model: Model, wanted: int, log: Log
) -> list[int]:
    """Rows of the papers to label first, where nothing is labelled yet: of each area in turn the
    paper most like its description."""
    described = [{"title": one.name, "abstract": one.description} for one in data.taxonomy.areas]
    embeddings = cached_embeddings(
        [paper_text(paper) for paper in (*papers, *described)],
        model.facts.files[files.ENCODER],
        model.max_tokens,
        model.encoder.embed,
        log,
    )
    # What papers, or descriptions, have in common is their style, which tells nothing.
    first, second = embeddings[: len(papers)], embeddings[len(papers) :]
    likeness = _units(first - first.mean(0)) @ _units(second - second.mean(0)).T
    orders = np.argsort(-likeness, axis=0, kind="stable")
    in_turn = orders.ravel()  # by rank, then by area
    return [int(row) for row in dict.fromkeys(in_turn.tolist())][:wanted]


def _units(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))
