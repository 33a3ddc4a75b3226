"""Where two models tag papers differently, and what makes the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tagstract.model_folder import Model, lexical_text, paper_text
from tagstract.model_folder.lexical import Lexical

__all__ = ["AreaChange", "PaperChange", "area_changes"]

MAX_TERMS = 4
"""Words that are named of each change."""

MIN_SHARE = 0.02
"""Logits that a word must move to be named, as a share of the whole change."""


@dataclass(frozen=True)
class AreaChange:
    """An area that only one of the models gives to a paper.

    Attributes:
        gained: whether it is the second model that gives it.
        before, after: its probability; None where the model lacks the area.
        thresholds: of both models; None likewise.
        logit: how much the logit rose, by part: "transformer", "words" and "calibration". They
            add up to the whole change.
        terms: the words of the paper that moved it most, with what each added to the logit.
        why: the same in a sentence.
    """

    area: str
    gained: bool
    before: float | None
    after: float | None
    thresholds: tuple[float | None, float | None]
    logit: Mapping[str, float]
    terms: Sequence[tuple[str, float]]
    why: str


@dataclass(frozen=True)
class PaperChange:
    """A paper that two models tag differently.

    `statuses` is of each model "tagged", or the reason why it gives no tags.
    """

    record: Mapping[str, Any]
    tags: tuple[Sequence[str], Sequence[str]]
    statuses: tuple[str, str]
    areas: Sequence[AreaChange]


def area_changes(
    models: tuple[Model, Model], paper: Mapping[str, Any], areas: Sequence[str], gained: set[str]
) -> list[AreaChange]:
    """What makes the difference for each of `areas`, which one model gives and the other doesn't.

    Args:
        gained: those of them that the second model gives.
    """
    predictions = [_Prediction.of(model, paper) for model in models]
    return [_change(models, predictions, area, area in gained) for area in areas]


@dataclass(frozen=True)
class _Prediction:
    """What a model says of one paper. The arrays are (areas,), but `words`: (terms, areas), what
    each term adds to the calibrated logit."""

    probabilities: np.ndarray
    transformer: np.ndarray
    lexical: np.ndarray
    terms: Sequence[str]
    words: np.ndarray

    @classmethod
    def of(cls, model: Model, paper: Mapping[str, Any]) -> _Prediction:
        embedding = model.encoder.embed([paper_text(paper)])
        text = lexical_text(paper)
        lexical = model.lexical.logits([text])
        scale, mix = model.scale, model.mix
        terms, words = _terms(model.lexical, text)
        return cls(
            scale.probabilities(model.logits(embedding, lexical))[0],
            ((embedding @ model.weight + model.bias) * mix * scale.slope)[0],
            (lexical * (1 - mix) * scale.slope)[0],
            terms,
            words * (1 - mix) * scale.slope,
        )


def _terms(lexical: Lexical, text: str) -> tuple[list[str], np.ndarray]:
    places, values = lexical.features(text)
    weight = lexical.weight[places].astype(np.float64) * lexical.scale
    return [lexical.terms[place] for place in places], values[:, None] * weight


def _change(
    models: tuple[Model, Model], predictions: Sequence[_Prediction], area: str, gained: bool
) -> AreaChange:
    columns = [
        model.taxonomy.ids.index(area) if area in model.taxonomy.ids else None for model in models
    ]
    values = [
        None if column is None else float(prediction.probabilities[column])
        for prediction, column in zip(predictions, columns, strict=True)
    ]
    limits = [
        None if column is None else float(model.thresholds[column])
        for model, column in zip(models, columns, strict=True)
    ]
    first, second = columns
    if first is None or second is None:
        lacking = models[0] if first is None else models[1]
        why = f"{lacking.tag} has no such area"
        return AreaChange(area, gained, values[0], values[1], (limits[0], limits[1]), {}, (), why)
    parts = {
        "transformer": float(
            predictions[1].transformer[second] - predictions[0].transformer[first]
        ),
        "words": float(predictions[1].lexical[second] - predictions[0].lexical[first]),
        "calibration": float(models[1].scale.offset[second] - models[0].scale.offset[first]),
    }
    terms = _moved_terms(predictions, first, second, gained)
    why = _why(values, limits, parts, terms, gained)
    pair = (limits[0], limits[1])
    return AreaChange(area, gained, values[0], values[1], pair, parts, terms, why)


def _moved_terms(
    predictions: Sequence[_Prediction], first: int, second: int, gained: bool
) -> list[tuple[str, float]]:
    """The terms that moved the logit most in the direction of the change."""
    moved: dict[str, float] = {}
    for prediction, column, sign in ((predictions[0], first, -1.0), (predictions[1], second, 1.0)):
        for term, value in zip(prediction.terms, prediction.words[:, column], strict=True):
            moved[term] = moved.get(term, 0.0) + sign * float(value)
    direction = 1.0 if gained else -1.0
    ranked = sorted(moved.items(), key=lambda item: (-direction * item[1], item[0]))
    whole = sum(abs(value) for value in moved.values())
    return [
        (term, value) for term, value in ranked[:MAX_TERMS] if direction * value > MIN_SHARE * whole
    ]


def _why(
    values: Sequence[float | None],
    limits: Sequence[float | None],
    parts: Mapping[str, float],
    terms: Sequence[tuple[str, float]],
    gained: bool,
) -> str:
    before, after = values
    low, high = limits
    assert before is not None and after is not None and low is not None and high is not None
    if (after >= high) != gained:
        return "one of the models abstains from this paper"
    if (before >= high) == (after >= high):
        return f"its threshold moved from {low:.2f} to {high:.2f}"
    direction = 1.0 if gained else -1.0
    cause = max(parts, key=lambda part: direction * parts[part])
    reasons = {
        "transformer": "the transformer reads the text differently",
        "words": "its words weigh differently",
        "calibration": "calibration makes the area " + ("more common" if gained else "rarer"),
    }
    text = f"{reasons[cause]} ({parts[cause]:+.2f} of {sum(parts.values()):+.2f} logits)"
    if terms:
        text += "; " + ", ".join(f"'{term}' {value:+.2f}" for term, value in terms)
    return text
