"""The head mode: new labels move the heads of an existing model; its encoder stays frozen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import STARTER_PATH, InputError, LabelledSet, Taxonomy, read_labelled
from tagstract.model_folder import Model, SeenPapers, lexical_text, paper_key, paper_text
from tagstract.model_folder import format as files
from tagstract.model_folder.encoder import threads_to_use
from tagstract.model_folder.lexical import Lexical, quantize
from tagstract.model_folder.scale import sigmoid
from tagstract.training.data.cache import cached_embeddings
from tagstract.training.data.training_data import TrainingData
from tagstract.training.heads.calibration import log_loss
from tagstract.training.heads.combined import (
    CROSSED,
    ENOUGH_TO_MEASURE,
    Calibration,
    Heads,
    HeldOut,
    crossed_scores,
    held_out_metrics,
    not_measured,
)
from tagstract.training.heads.linear import (
    Linear,
    fit_move,
    fit_sparse_move,
    one_thread_a_product,
    row_features,
    to_weights,
)
from tagstract.training.heads.new_areas import Described, fit_new_areas
from tagstract.training.heads.out_of_distribution import widened
from tagstract.training.heads.own_rules import LEARNED, AskedRules
from tagstract.training.heads.prior import (
    Prior,
    extend,
    is_own,
    joined,
    kept_columns,
    old_areas,
    prior_of,
)
from tagstract.training.heads.tfidf import as_matrix
from tagstract.training.modes.own_areas import train_own_areas
from tagstract.training.sealing.writing import (
    Destination,
    Fitted,
    Written,
    held_out_papers,
    write_on_encoder,
)

FOLDS = 5
STRENGTHS = (0.03, 0.3, 3.0)
"""How firmly the old transformer head holds, tried in cross-validation; times the features' mean
square."""

LEXICAL_STRENGTHS = (0.3,)
"""The same for the lexical head; one, since each try costs as much as all of the other's."""

MAX_ROWS = 5000
"""Papers up to which the lexical head is fitted in the coordinates of the papers, and to which
descriptions of new areas help; of more papers it is fitted in those of the terms."""

ENOUGH_TO_CALIBRATE = 150
"""Papers the old model has not seen, from which a new calibration is tried."""

LEXICAL_BALANCE = 0.5

NAMED = 10
"""Areas that a warning names."""

Floats = NDArray[np.float64]
Targets = NDArray[np.float32]


def train_head(
    data: TrainingData,
    model: Model,
    destination: Destination,
    log: Callable[[str], None],
    seed: int = 0,
    rehearsed: LabelledSet | None = None,
    asked: AskedRules = LEARNED,
) -> Written:
    """Fit new heads and write a model folder around the old encoder.

    A taxonomy that shares most of its areas with the model's moves the model's heads; any other
    gets heads of its own (`own_areas.py`). The starter papers are rehearsed beside the new ones:
    they hold the old areas in place, and are the counterexamples when a new area has few papers.

    Args:
        data: the new papers.
        model: where encoder and prior heads come from.
        destination: its folder holds the file of the taxonomy.
        rehearsed: papers to rehearse; default: the starter set.
        asked: rules on language and length that the user sets.

    Raises:
        InputError: no papers.
    """
    if not len(data):
        raise InputError("no labelled papers; head mode needs at least one")
    kept = kept_columns(model.taxonomy, data.taxonomy) >= 0
    taken = _taken_areas(data, kept, model, log)
    _log_poor_areas(data, kept, log)
    if is_own(model.taxonomy, data.taxonomy):
        return train_own_areas(data, model, destination, log, seed, asked)
    # Papers with an area that this taxonomy lacks are no examples for it: they are problems here.
    rehearsed = rehearsed or read_labelled([STARTER_PATH], data.taxonomy)
    both = _with_rehearsal(data, rehearsed, taken)
    return _move_heads(data, both, model, destination, log, seed)


def _move_heads(
    data: TrainingData,
    both: TrainingData,
    model: Model,
    destination: Destination,
    log: Callable[[str], None],
    seed: int,
) -> Written:
    """Fit the move of the model's heads to the new papers and write the model; `both` are the new
    papers and the rehearsed ones."""
    lexical = extend(model.lexical, [lexical_text(paper) for paper in both.papers])
    prior = prior_of(model, data.taxonomy, lexical, both.targets)
    with one_thread_a_product():
        found = _fit(both, len(data), model, lexical, prior, seed, log)
        head, words, held, prior, embeddings = found
        unseen = held.pick(_unseen(data, model))
        calibration, metrics = _calibration(model, prior, unseen, data.areas, seed, log)
    scope, is_wider = widened(model.scope, embeddings, data.targets[:, prior.new])
    if is_wider:
        log("the scope now includes the papers of the new areas")
    elif "scope" in model.metrics:
        metrics["scope"] = model.metrics["scope"]
    if scope is not None and scope.joint is not None:
        scale = replace(calibration.scale, floor=model.scale.floor)
        calibration = replace(calibration, scale=scale)
    enough = len(held) >= ENOUGH_TO_MEASURE
    fitted = Fitted(
        Heads(head, words, calibration, scope),
        metrics,
        held_out_papers(data, crossed_scores(held, seed)) if enough else None,
        model.seen.joined(SeenPapers.of(both.papers, both.labels)),
        len(unseen),
    )
    return write_on_encoder(model, fitted, data, destination, seed)


def _unseen(data: TrainingData, model: Model) -> NDArray[np.bool_]:
    """(papers,): which papers the model was not trained on, or on other labels of them."""
    pairs = zip(data.papers, data.labels, strict=True)
    return np.array([not model.seen.with_labels(paper, given) for paper, given in pairs])


def _fit(
    both: TrainingData,
    own: int,
    model: Model,
    lexical: Lexical,
    prior: Prior,
    seed: int,
    log: Callable[[str], None],
) -> tuple[Linear, Lexical, HeldOut, Prior, Floats]:
    """The new heads, what held-out ones say of the new papers, the prior with the calibration of
    new areas, and the embeddings of the new papers.

    The first `own` papers are the new ones, the others are rehearsed.
    """
    papers, targets = both.papers, both.targets
    texts = [lexical_text(paper) for paper in papers]
    read = [paper_text(paper) for paper in papers]
    embeddings = cached_embeddings(
        read, model.facts.files[files.ENCODER], model.max_tokens, model.encoder.embed, log
    ).astype(np.float64)
    log(f"fitting heads on {own} papers, {len(papers) - own} rehearsed")
    start = prior.transformer.logits(embeddings)
    anchored = _anchored(targets, start, own, prior.new)
    move, transformer = _choose(embeddings, start, anchored, STRENGTHS, 0.0, own, both.counts, seed)
    words, held_out = _lexical(lexical, prior, texts, both, own, seed)
    head = _moved(prior.transformer, move.weight, move.bias)
    # More papers than this need no help from descriptions; without old areas nothing can be
    # taken over from them.
    if 0 < prior.new.sum() < len(prior.new) and own < len(papers) <= MAX_ROWS:
        described = _described(both.taxonomy, model, words, prior.new)
        terms = as_matrix(words, texts)
        old = old_areas(prior, embeddings[own:], terms[own:])
        fresh = fit_new_areas(embeddings, terms, targets[:, prior.new], described, old, seed)
        head, words, prior = joined(fresh, head, words, prior)
        transformer[:, prior.new], held_out[:, prior.new] = (part[:own] for part in fresh.held)
    held = HeldOut(transformer, held_out, targets[:own] > 0.5)
    return head, words, held, prior, embeddings[:own]


def _described(
    taxonomy: Taxonomy, model: Model, lexical: Lexical, new: NDArray[np.bool_]
) -> Described:
    papers = [{"title": area.name, "abstract": area.description} for area in taxonomy.areas]
    embeddings = model.encoder.embed([paper_text(paper) for paper in papers]).astype(np.float64)
    terms = as_matrix(lexical, [lexical_text(papers[column]) for column in np.flatnonzero(new)])
    return Described.of(embeddings, new, terms)


def _taken_areas(
    data: TrainingData, kept: NDArray[np.bool_], model: Model, log: Callable[[str], None]
) -> set[str]:
    """Areas that have the id of one of the model's and are another; logs each."""
    taken = {area for area, same in zip(data.areas, kept, strict=True) if not same}
    taken &= set(model.taxonomy.ids)
    for area in sorted(taken):
        log(f"'{area}' has another description in {model.tag}; it is trained from scratch")
    return taken


def _log_poor_areas(
    data: TrainingData, kept: NDArray[np.bool_], log: Callable[[str], None]
) -> None:
    """Say which new areas have no paper, or only one."""
    counts = np.where(kept, -1, data.targets.sum(0))
    for number, what in ((0, "no paper: trained on their descriptions only"), (1, "one paper")):
        areas = [data.areas[column] for column in np.flatnonzero(counts == number)]
        if areas:
            more = f" and {len(areas) - NAMED} more" if len(areas) > NAMED else ""
            log(f"warning: new areas with {what}: {', '.join(areas[:NAMED])}{more}")


def _with_rehearsal(
    data: TrainingData, rehearsed: LabelledSet, not_meant: set[str]
) -> TrainingData:
    """The new papers, then the rehearsed ones that are not among them; those with a label of
    `not_meant` stay out, since it names another area there."""
    papers, labels, weights = list(data.papers), list(data.labels), data.counts.tolist()
    known = {paper_key(paper) for paper in papers}
    for paper, areas in zip(rehearsed.papers, rehearsed.labels, strict=True):
        if paper_key(paper) not in known and not not_meant & set(areas):
            papers.append(paper)
            labels.append(areas)
            weights.append(1.0)
    return TrainingData(papers, labels, data.taxonomy, weights=weights)


def _lexical(
    lexical: Lexical, prior: Prior, texts: Sequence[str], both: TrainingData, own: int, seed: int
) -> tuple[Lexical, Floats]:
    """The new lexical head, and what held-out ones say of the first `own` papers."""
    terms, targets, counts = as_matrix(lexical, texts), both.targets, both.counts
    start = prior.lexical.logits(terms)
    anchored = _anchored(targets, start, own, prior.new)
    if len(texts) > MAX_ROWS:
        move, held_out = _sparse_move(terms, start, anchored, own, counts, seed)
        words = _moved(prior.lexical, move.weight, move.bias)
    else:
        rows = row_features(terms)
        move, held_out = _choose(
            rows, start, anchored, LEXICAL_STRENGTHS, LEXICAL_BALANCE, own, counts, seed
        )
        words = _moved(prior.lexical, to_weights(terms, rows, move.weight), move.bias)
    weight, scale = quantize(words.weight)
    return Lexical(lexical.terms, lexical.idf, weight, scale, words.bias.astype(np.float32)), (
        held_out
    )


def _sparse_move(
    terms: Any, start: Floats, targets: Targets, own: int, counts: Targets, seed: int
) -> tuple[Linear, Floats]:
    """The move of the lexical head, and what those fitted without them say of the first `own`
    papers, (own, areas)."""
    [strength] = LEXICAL_STRENGTHS

    def move(rows: NDArray[np.int64]) -> Linear:
        return fit_sparse_move(
            terms[rows], start[rows], targets[rows], strength, LEXICAL_BALANCE, counts[rows]
        )

    fold = _fold_of(own, len(targets), seed)
    held_out = start[:own].copy()
    for number in range(fold.max() + 1):
        rows, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        held_out[held] += move(rows).logits(terms[held])
    return move(np.arange(len(targets))), held_out


def _fold_of(own: int, papers: int, seed: int) -> NDArray[np.int64]:
    """The fold of each paper, (papers,); -1 for the rehearsed ones, which are never held out."""
    fold = np.random.default_rng(seed).permutation(own) % min(FOLDS, max(own, 2))
    return np.concatenate([fold, np.full(papers - own, -1)])


def _anchored(targets: Targets, start: Floats, own: int, new: NDArray[np.bool_]) -> Targets:
    """What heads are fitted to: labels of the new papers; of the rehearsed ones, what the old head
    says of the old areas (Li and Hoiem 2016, "Learning without forgetting").

    Fitted to their labels, rehearsed papers would count a second time, and move what they should
    hold: an old head rests on many more papers than these.
    """
    anchored = sigmoid(start).astype(np.float32)
    anchored[:own] = targets[:own]
    anchored[:, new] = targets[:, new]
    return anchored


def _moved(head: Linear, weight: Floats, bias: Floats) -> Linear:
    return Linear(head.weight + weight, head.bias + bias)


def _choose(
    features: Floats,
    start: Floats,
    targets: Targets,
    strengths: Sequence[float],
    balance: float,
    own: int,
    counts: Targets,
    seed: int,
) -> tuple[Linear, Floats]:
    """The move at the strength that suits held-out papers best, and what heads that were fitted
    without them say of the first `own` papers, (own, areas)."""
    square = float((features**2).sum()) / len(features)
    features = features.astype(np.float32)
    fold = _fold_of(own, len(features), seed)
    logits = {strength: start[:own].copy() for strength in strengths}

    def hold_out(job: tuple[float, int]) -> None:
        strength, number = job
        rows, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        if len(rows):
            move = fit_move(
                features[rows],
                start[rows],
                targets[rows],
                strength * square,
                balance,
                counts[rows],
            )
            logits[strength][held] += move.logits(features[held])

    jobs = [(strength, number) for strength in strengths for number in range(fold.max() + 1)]
    with ThreadPoolExecutor(min(threads_to_use(), FOLDS)) as pool:
        list(pool.map(hold_out, jobs))
    truth = targets[:own] > 0.5
    best = min(strengths, key=lambda strength: log_loss(sigmoid(logits[strength]), truth))
    return fit_move(features, start, targets, best * square, balance, counts), logits[best]


def _calibration(
    model: Model,
    prior: Prior,
    unseen: HeldOut,
    areas: tuple[str, ...],
    seed: int,
    log: Callable[[str], None],
) -> tuple[Calibration, dict[str, Any]]:
    """The calibration and the figures, both from unseen papers.

    A new calibration is taken where it makes them more probable than the old one does: the old
    one may rest on more papers. With too few of them the old one stays, and with very few there
    are no figures: those of the old model would be another model's.
    """
    if len(unseen) < ENOUGH_TO_CALIBRATE or prior.calibration.scale.single:
        log(
            f"calibration stays that of {model.tag}: {len(unseen)} papers are new to it; "
            f"a new calibration needs {ENOUGH_TO_CALIBRATE}"
        )
        if len(unseen) < ENOUGH_TO_MEASURE or not unseen.truth.any():
            return prior.calibration, not_measured(len(unseen))
        kept = prior.calibration.scores(unseen)
        return prior.calibration, held_out_metrics(kept, areas, f"as {model.tag}")
    new, old = crossed_scores(unseen, seed), prior.calibration.scores(unseen)
    losses = [log_loss(scores[0].probabilities, unseen.truth) for scores in (new, old)]
    if losses[0] < losses[1]:
        return Calibration.fit(unseen), held_out_metrics(new, areas, CROSSED)
    log(f"calibration stays that of {model.tag}: it fits {len(unseen)} unseen papers better")
    return prior.calibration, held_out_metrics(old, areas, f"as {model.tag}")
