"""The head mode for a taxonomy of the user's own: nothing is taken over from the model but its
encoder and what it knows of words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder import Model, SeenPapers, lexical_text, paper_text
from tagstract.model_folder import format as files
from tagstract.model_folder.abstention import Rules
from tagstract.model_folder.lexical import Lexical, quantize
from tagstract.training.data.cache import cached_embeddings
from tagstract.training.data.folds import stratified_folds
from tagstract.training.data.training_data import TrainingData
from tagstract.training.evaluation.measures import Scores
from tagstract.training.heads.combined import (
    ENOUGH_TO_MEASURE,
    Calibration,
    Heads,
    held_out_metrics,
    not_measured,
)
from tagstract.training.heads.linear import Linear, one_thread_a_product
from tagstract.training.heads.own_areas import (
    DEFAULT_CHOICE,
    EmbeddingView,
    Views,
    choose,
    fit,
    fit_vocabulary,
    held_out_scores,
)
from tagstract.training.heads.own_calibration import (
    DEFAULT_LOG_ODDS,
    LogOdds,
    crossed_own_scores,
    default_scale,
    fit_log_odds,
    fit_own_scale,
)
from tagstract.training.heads.own_rules import LEARNED, AskedRules, learn_rules
from tagstract.training.heads.tfidf import PLAIN, as_matrix, fit_lexical
from tagstract.training.sealing.writing import (
    Destination,
    Fitted,
    Written,
    held_out_papers,
    write_on_encoder,
)

FEW_PAPERS, MANY_FOLDS, FEW_FOLDS = 500, 10, 5
"""Up to so many papers ten folds, beyond five: of few papers a fifth is missed."""

Log = Callable[[str], None]
Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class _Crossed:
    """Heads, their calibration, and what was measured on the way; `held_out` are the model's and
    the baseline's cross-validated scores, None where there were too few papers."""

    heads: Heads
    held_out: tuple[Scores, Scores] | None
    folds: int


def train_own_areas(
    data: TrainingData,
    model: Model,
    destination: Destination,
    log: Log,
    seed: int = 0,
    asked: AskedRules = LEARNED,
) -> Written:
    """Fit heads for areas that the model knows nothing of, around its encoder.

    Args:
        data: the labelled papers.
        model: whose encoder is used.
        destination: its folder holds the file of the taxonomy.
        asked: rules that the user sets.
    """
    with one_thread_a_product():
        crossed = _fit(data, model, learn_rules(data.papers, asked), seed, log)
    held_out = held_out_papers(data, crossed.held_out) if crossed.held_out else None
    seen = SeenPapers.of(data.papers, data.labels)
    fitted = Fitted(crossed.heads, _metrics(crossed, data), held_out, seen, len(data))
    return write_on_encoder(model, fitted, data, destination, seed)


def _fit(data: TrainingData, model: Model, rules: Rules, seed: int, log: Log) -> _Crossed:
    truth = data.targets > 0.5
    view, views, vocabulary = paper_views(data, model, log)
    enough = len(data) >= ENOUGH_TO_MEASURE
    folds = max(2, min(MANY_FOLDS if len(data) <= FEW_PAPERS else FEW_FOLDS, len(data)))
    fold = stratified_folds(truth, folds, seed)
    single = enough and _one_area_each(truth)
    if single:
        log("every paper has one area, so the model assigns one area per paper")
    log(f"fitting heads of {len(data.areas)} areas on {len(data)} papers")
    choice = choose(views, truth, fold, single, seed) if enough else DEFAULT_CHOICE
    baseline = _baseline(data)
    if enough:
        scores = held_out_scores(views, truth, fold, choice)
        odds = fit_log_odds(scores, truth)
        theirs = _baseline_held_out(data, fold)
        scale, their_scale = (
            fit_own_scale(logits, truth, single) for logits in (odds(scores), theirs)
        )
        crossed = [
            crossed_own_scores(logits, truth, fold, single) for logits in (odds(scores), theirs)
        ]
        held_out = (crossed[0], crossed[1])
    else:
        odds, held_out = DEFAULT_LOG_ODDS, None
        scale = their_scale = default_scale(len(data.areas))
    calibration = Calibration(1 - choice.share, scale, their_scale)
    words, embedded = fit(views, truth, choice)
    heads = _as_heads(words, embedded, view, vocabulary, odds, calibration, rules, baseline)
    return _Crossed(heads, held_out, folds)


def paper_views(data: TrainingData, model: Model, log: Log) -> tuple[EmbeddingView, Views, Lexical]:
    """Papers and descriptions as both heads see them, and the vocabulary."""
    described = [{"title": one.name, "abstract": one.description} for one in data.taxonomy.areas]
    everything = [*data.papers, *described]
    embeddings = cached_embeddings(
        [paper_text(paper) for paper in everything],
        model.facts.files[files.ENCODER],
        model.max_tokens,
        model.encoder.embed,
        log,
    )
    papers, descriptions = embeddings[: len(data)], embeddings[len(data) :]
    view = EmbeddingView.of(papers, model.weight.astype(np.float32))
    embedded = np.concatenate(
        # What descriptions have in common is their style, which tells nothing.
        [view.features(papers), view.features(descriptions, descriptions.mean(0))]
    )
    texts = [lexical_text(paper) for paper in everything]
    vocabulary = fit_vocabulary(texts, model.lexical, model.facts.papers or 0)
    terms = as_matrix(vocabulary, texts).astype(np.float32)
    return view, Views(terms, embedded, len(data)), vocabulary


def _one_area_each(truth: Truth) -> bool:
    """Whether the papers tell that areas exclude each other; a handful of them would not."""
    papers, areas = truth.shape
    return areas >= 3 and papers >= 4 * areas and bool((truth.sum(1) == 1).all())


def _as_heads(
    words: Linear,
    embedded: Linear,
    view: EmbeddingView,
    vocabulary: Lexical,
    odds: LogOdds,
    calibration: Calibration,
    rules: Rules,
    baseline: Lexical,
) -> Heads:
    """Both heads as a model folder holds them: their mix is the log odds."""
    share = calibration.mix
    weight = view.matrix.astype(np.float64) @ embedded.weight * odds.slope
    transformer = Linear(weight, odds(words.bias) - view.mean @ weight)
    if 0 < share < 1:
        # Half of the bias each would do as well; in one place it stays exact.
        transformer = Linear(transformer.weight / share, transformer.bias / share)
    whole, scale = quantize(words.weight * odds.slope / (1 - share if share < 1 else 1.0))
    bias = np.zeros(len(words.bias), dtype=np.float32)
    if share == 0:
        bias, transformer = odds(words.bias).astype(np.float32), Linear(weight, 0 * words.bias)
    lexical = Lexical(vocabulary.terms, vocabulary.idf, whole, scale, bias)
    return Heads(transformer, lexical, calibration, None, rules, baseline)


def _baseline(data: TrainingData) -> Lexical:
    return fit_lexical([lexical_text(paper) for paper in data.papers], data.targets, PLAIN)


def _baseline_held_out(data: TrainingData, fold: NDArray[np.int64]) -> Floats:
    """(papers, areas): log odds of TF-IDF + logistic regression fitted without each fold."""
    texts = np.array([lexical_text(paper) for paper in data.papers], dtype=object)
    logits = np.zeros(data.targets.shape)
    for number in np.unique(fold):
        held = fold == number
        logits[held] = fit_lexical(list(texts[~held]), data.targets[~held], PLAIN).logits(
            list(texts[held])
        )
    return logits


def _metrics(fitted: _Crossed, data: TrainingData) -> dict[str, Any]:
    """The figures of these areas, or that there are none."""
    if fitted.held_out is None or not data.targets.any():
        return not_measured(len(data))
    figures = held_out_metrics(fitted.held_out, data.areas, "")
    how = f"by {fitted.folds}-fold cross-validation on these {len(data)} papers"
    return {**figures, "how": how}
