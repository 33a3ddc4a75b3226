"""Areas that an old model lacks, from a handful of papers each and their descriptions.

What an area's description says is known before its first paper: a new head begins in its direction
and its papers move it from there (a Gaussian prior around the description's head, as `linear.py`
has one around old heads).

Rehearsed papers without an area are not like the papers that will be tagged: they are texts of
another style, and a head parts the two by style alone. How high negatives reach is therefore no
guide to a threshold; how high held-out papers of the area reach is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder.scale import Scale, mixed
from tagstract.training.heads.linear import Linear, blank, fit_move, row_features, to_weights

FOLDS = 8
EMBEDDED_PULL, LEXICAL_PULL = 30.0, 10.0
"""Logits of a step along the description's embedding, and of a paper in its very words; the best
of 0, 2, 4, 8, 10, 20, 40 and of 0, 10, 30 in average precision over ten areas."""

EMBEDDED_STRENGTH, LEXICAL_STRENGTH = 0.1, 0.3
BALANCE = 0.5

BELOW = 0.4
"""Standard deviations by which a threshold stands below the mean of an area's held-out papers:
two thirds of them reach it. Less uncertain than a quantile of eight."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Targets = NDArray[np.float32]


@dataclass(frozen=True)
class Middle:
    """Slope and threshold of the middle one of the old areas."""

    slope: float
    threshold: float


@dataclass(frozen=True)
class OldAreas:
    """What new areas take over from old ones: `mix`, the share of the transformer in the logit;
    how far the logits of each head spread over rehearsed papers; the middle area, for both heads
    together and for the lexical one alone (`baseline`)."""

    mix: float
    embedded_spread: float
    lexical_spread: float
    scale: Middle
    baseline: Middle


@dataclass(frozen=True)
class Described:
    """The descriptions of new areas in the features of both heads: unit vectors (new areas, width)
    and TF-IDF, sparse (new areas, terms)."""

    embedded: Floats
    lexical: Any

    @classmethod
    def of(cls, embeddings: Floats, new: Flags, lexical: Any) -> Described:
        """From embeddings of all areas' descriptions, (areas, width): what they have in common
        tells none of them. `new` is (areas,), `lexical` of the new ones alone."""
        units = _units(embeddings)
        return cls(_units((units - units.mean(0))[new]), lexical)


@dataclass(frozen=True)
class NewAreas:
    """Heads of new areas and how they are used; `held` are the logits of all papers from heads
    fitted without them, transformer and lexical, each (papers, new areas)."""

    transformer: Linear
    lexical: Linear
    scale: Scale
    baseline: Scale
    held: tuple[Floats, Floats]


def fit_new_areas(
    embeddings: Floats,
    terms: Any,
    targets: Targets,
    described: Described,
    old: OldAreas,
    seed: int,
) -> NewAreas:
    """Fit both heads of new areas.

    Args:
        embeddings: (papers, width).
        terms: TF-IDF of the papers, sparse (papers, terms).
        targets: (papers, new areas).
    """
    truth = targets > 0.5
    fold = _folds(truth, seed)
    # Weights on centred and scaled embeddings, turned into weights on embeddings as they are.
    middle = embeddings.mean(0)
    reach = float(np.sqrt(((embeddings - middle) ** 2).sum(1).mean())) or 1.0
    centred = (embeddings - middle) / reach
    pulls = EMBEDDED_PULL * centred @ described.embedded.T
    move, first, unit = _fit(centred, pulls, targets, fold, EMBEDDED_STRENGTH, old.embedded_spread)
    weight = (move.weight + EMBEDDED_PULL * unit * described.embedded.T) / reach
    transformer = Linear(weight, move.bias - middle @ weight)
    rows = row_features(terms)
    pulls = LEXICAL_PULL * np.asarray((terms @ described.lexical.T).todense(), dtype=np.float64)
    move, second, unit = _fit(rows, pulls, targets, fold, LEXICAL_STRENGTH, old.lexical_spread)
    own = np.asarray(described.lexical.T.todense(), dtype=np.float64)
    lexical = Linear(to_weights(terms, rows, move.weight) + LEXICAL_PULL * unit * own, move.bias)
    return NewAreas(
        transformer,
        lexical,
        _scale(mixed(old.mix, first, second), truth, old.scale),
        _scale(second, truth, old.baseline),
        (first, second),
    )


def _fit(
    features: Floats,
    pulls: Floats,
    targets: Targets,
    fold: NDArray[np.int64],
    strength: float,
    spread: float,
) -> tuple[Linear, Floats, Floats]:
    """One head: what is added to the pull of the description, logits of held-out papers, and the
    unit of both, (new areas,), which brings the logits to `spread`.

    Args:
        pulls: what the descriptions alone say of the papers, (papers, new areas).
    """
    square = float((features**2).sum()) / len(features) * strength
    features = features.astype(np.float32)

    def fit(rows: Flags) -> Linear:
        odds = blank(1, targets[rows]).bias
        move = fit_move(features[rows], odds + pulls[rows], targets[rows], square, BALANCE)
        return Linear(move.weight, odds + move.bias)

    held = np.zeros(targets.shape)
    for number in range(FOLDS):
        out = fold == number
        if out.any() and not out.all():
            held[out] = fit(~out).logits(features[out]) + pulls[out]
    # Papers with the area count too: where its words are in no other paper, the others lie so
    # close together that their spread is none.
    unit = spread / np.maximum(held.std(0), 1e-6)
    whole = fit(np.ones(len(targets), dtype=bool))
    return Linear(whole.weight * unit, whole.bias * unit), held * unit, unit


def _scale(logits: Floats, truth: Flags, middle: Middle) -> Scale:
    """The old areas' slope and threshold, and offsets that put the threshold BELOW the mean of an
    area's held-out papers; that of an area without papers is above all papers."""
    offsets = []
    for here, said in zip(truth.T, logits.T, strict=True):
        level = said[here].mean() - BELOW * said[here].std() if here.any() else said.max() + 1
        offsets.append(np.log(middle.threshold / (1 - middle.threshold)) - middle.slope * level)
    areas = truth.shape[1]
    return Scale(np.full(areas, middle.slope), np.array(offsets), np.full(areas, middle.threshold))


def _folds(truth: Flags, seed: int) -> NDArray[np.int64]:
    """The fold of each paper: those with a new area are dealt first, so all folds get of both."""
    order = np.random.default_rng(seed).permutation(len(truth))
    order = order[np.argsort(~truth[order].any(1), kind="stable")]
    fold = np.zeros(len(truth), dtype=np.int64)
    fold[order] = np.arange(len(truth)) % FOLDS
    return fold


def _units(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))
