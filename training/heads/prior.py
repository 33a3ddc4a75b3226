"""What the head mode starts from: the old model's heads in the order of the new taxonomy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import Area, Taxonomy
from tagstract.model_folder import Model
from tagstract.model_folder.lexical import Lexical, quantize, terms_of
from tagstract.model_folder.scale import Scale
from tagstract.training.heads.combined import Calibration
from tagstract.training.heads.linear import Linear, blank
from tagstract.training.heads.new_areas import Middle, NewAreas, OldAreas
from tagstract.training.heads.tfidf import MAX_TERMS

Floats = NDArray[np.float64]
Targets = NDArray[np.float32]


@dataclass(frozen=True)
class Prior:
    """The old model's heads in the order of the new taxonomy; `new` areas, (areas,), it lacks."""

    transformer: Linear
    lexical: Linear
    calibration: Calibration
    new: NDArray[np.bool_]


def kept_columns(old_taxonomy: Taxonomy, taxonomy: Taxonomy) -> NDArray[np.int64]:
    """(areas,): the old column of each area, -1 where it is new.

    An id alone makes no area the same: `agents` may be estate agents.
    """
    old = {area.id: (column, area) for column, area in enumerate(old_taxonomy.areas)}
    columns = [old.get(area.id) for area in taxonomy.areas]
    return np.array(
        [
            found[0] if found and _alike(found[1], area) else -1
            for found, area in zip(columns, taxonomy.areas, strict=True)
        ]
    )


def is_own(known: Taxonomy, taxonomy: Taxonomy) -> bool:
    """Whether a taxonomy shares less than half of its areas with a known one."""
    kept = kept_columns(known, taxonomy) >= 0
    return bool(2 * kept.sum() < len(kept))


def _alike(one: Area, other: Area) -> bool:
    """Whether the descriptions of two areas of one id share most of their terms."""
    first, second = (set(terms_of(area.description)) for area in (one, other))
    return one.description == other.description or 2 * len(first & second) >= len(first | second)


def extend(lexical: Lexical, texts: Sequence[str]) -> Lexical:
    """Add the commonest terms of two or more papers to a vocabulary, with weights of 0."""
    counts: dict[str, int] = {}
    for text in texts:
        for term in set(terms_of(text)):
            counts[term] = counts.get(term, 0) + 1
    fresh = [t for t, count in counts.items() if count >= 2 and t not in lexical.columns]
    # Of equally common ones in the order of the alphabet: that of a set differs from run to run.
    fresh = sorted(fresh, key=lambda term: (-counts[term], term))[:MAX_TERMS]
    idf = np.array([np.log((1 + len(texts)) / (1 + counts[t])) + 1 for t in fresh], np.float32)
    weight = np.zeros((len(fresh), lexical.weight.shape[1]), np.int8)
    return Lexical(
        [*lexical.terms, *fresh],
        np.concatenate([lexical.idf, idf]),
        np.concatenate([lexical.weight, weight]),
        lexical.scale,
        lexical.bias,
    )


def prior_of(model: Model, taxonomy: Taxonomy, lexical: Lexical, targets: Targets) -> Prior:
    """Old heads as they were; an area that is new starts from nothing, at its own odds, and with
    the middle of the other areas' calibration."""
    columns = kept_columns(model.taxonomy, taxonomy)
    kept = columns >= 0

    def moved(weight: NDArray[Any], bias: NDArray[Any]) -> Linear:
        start = blank(len(weight), targets)
        start.weight[:, kept] = weight[:, columns[kept]]
        start.bias[kept] = bias[columns[kept]]
        return start

    def rescaled(scale: Scale) -> Scale:
        return scale.with_columns(
            [np.where(kept, part[columns], np.median(part)) for part in scale.columns]
        )

    real = lexical.weight * lexical.scale.astype(np.float64)
    return Prior(
        moved(model.weight, model.bias),
        moved(real, lexical.bias),
        Calibration(model.mix, rescaled(model.scale), rescaled(model.baseline)),
        ~kept,
    )


def old_areas(prior: Prior, embeddings: Floats, terms: Any) -> OldAreas:
    """The old areas on rehearsed papers, (papers, width) and sparse (papers, terms)."""
    kept, calibration = ~prior.new, prior.calibration
    first, second = prior.transformer.logits(embeddings), prior.lexical.logits(terms)
    first, second = first[:, kept], second[:, kept]

    def middle(scale: Scale) -> Middle:
        return Middle(*(float(np.median(p[kept])) for p in (scale.slope, scale.thresholds)))

    return OldAreas(
        calibration.mix,
        float(np.median(first.std(0))),
        float(np.median(second.std(0))),
        middle(calibration.scale),
        middle(calibration.baseline),
    )


def joined(
    fresh: NewAreas, head: Linear, words: Lexical, prior: Prior
) -> tuple[Linear, Lexical, Prior]:
    """All heads and the prior's calibration, with the new areas in their columns."""
    new = prior.new
    head.weight[:, new], head.bias[new] = fresh.transformer.weight, fresh.transformer.bias
    words.weight[:, new], words.scale[new] = quantize(fresh.lexical.weight)
    words.bias[new] = fresh.lexical.bias
    calibration = Calibration(
        prior.calibration.mix,
        _put(fresh.scale, prior.calibration.scale, new),
        _put(fresh.baseline, prior.calibration.baseline, new),
    )
    return head, words, replace(prior, calibration=calibration)


def _put(part: Scale, whole: Scale, new: NDArray[np.bool_]) -> Scale:
    """`whole` with the areas of `part` in their columns."""
    joined = []
    for one, other in zip(part.columns, whole.columns, strict=True):
        column = np.array(other)
        column[new] = one
        joined.append(column)
    return whole.with_columns(joined)
