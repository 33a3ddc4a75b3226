"""Both heads, their mix, calibration and thresholds: what a training leaves beside the encoder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder import format as files
from tagstract.model_folder.abstention import Rules
from tagstract.model_folder.arrays import save_arrays
from tagstract.model_folder.lexical import Lexical
from tagstract.model_folder.scale import Scale, mixed
from tagstract.model_folder.scope import Scope
from tagstract.model_folder.seen import SeenPapers
from tagstract.training.evaluation.measures import Metrics, Scores, measure
from tagstract.training.heads.calibration import fit_mix, fit_scale
from tagstract.training.heads.linear import Linear

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]

FOLDS = 5
ENOUGH_TO_MEASURE = 20
"""Held-out papers below which no figure is worth printing."""

MIN_GIVEN = 50
"""Tags below which a precision is chance."""

CROSSED = "on the other four fifths of them"
"""How `crossed_scores` are calibrated, for `held_out_metrics`."""


@dataclass(frozen=True)
class HeldOut:
    """What both heads say of papers that neither was fitted on, and the areas of these papers;
    all three are (papers, areas)."""

    transformer: Floats
    lexical: Floats
    truth: Truth

    def __len__(self) -> int:
        return len(self.truth)

    def pick(self, rows: NDArray[np.bool_]) -> HeldOut:
        """These papers alone."""
        return HeldOut(self.transformer[rows], self.lexical[rows], self.truth[rows])


@dataclass(frozen=True)
class Calibration:
    """`mix`, the share of the transformer in the logit, the scale of that logit, and the scale of
    the lexical head alone, which is the baseline."""

    mix: float
    scale: Scale
    baseline: Scale

    @classmethod
    def fit(cls, held: HeldOut) -> Calibration:
        mix = fit_mix(held.transformer, held.lexical, held.truth)
        logits = mixed(mix, held.transformer, held.lexical)
        return cls(mix, fit_scale(logits, held.truth), fit_scale(held.lexical, held.truth))

    def scores(self, held: HeldOut) -> tuple[Scores, Scores]:
        """Of the model and of the baseline."""
        ours = self.scale.probabilities(mixed(self.mix, held.transformer, held.lexical))
        theirs = self.baseline.probabilities(held.lexical)
        return (
            Scores(ours, self.scale.given(ours), held.truth),
            Scores(theirs, self.baseline.given(theirs), held.truth),
        )


@dataclass(frozen=True)
class Heads:
    """The heads of a model folder; without a `scope`, all papers are in scope. `baseline` is the
    lexical head to compare with, where that is another than the model's own."""

    transformer: Linear
    lexical: Lexical
    calibration: Calibration
    scope: Scope | None
    rules: Rules = field(default_factory=Rules)
    baseline: Lexical | None = None

    def save(self, folder: Path, seen: SeenPapers) -> None:
        """Write heads and calibration.

        Args:
            seen: the papers that encoder and heads were trained on.
        """
        arrays: dict[str, Any] = {
            "weight": self.transformer.weight.astype(np.float32),
            "bias": self.transformer.bias.astype(np.float32),
            **seen.arrays(),
        }
        if self.scope is not None:
            arrays |= {"scope": self.scope.weight, "scope_bias": np.array(self.scope.bias)}
            if self.scope.joint is not None:
                arrays["scope_joint"] = self.scope.joint
        save_arrays(folder / files.HEADS, arrays)
        self.lexical.save(folder / files.LEXICAL, self.baseline)
        calibration = {
            "mix": self.calibration.mix,
            **self.calibration.scale.as_dict(),
            "baseline": self.calibration.baseline.as_dict(),
            "rules": self.rules.as_dict(),
        }
        write_json(folder / files.CALIBRATION, calibration)


def crossed_scores(held: HeldOut, seed: int) -> tuple[Scores, Scores]:
    """Of model and baseline, each fifth of the papers calibrated on the other four fifths: fitted
    and measured on the same papers, a calibration would look better than it is."""
    fold = np.random.default_rng(seed).permutation(len(held)) % FOLDS
    probabilities, given = np.zeros((2, *held.truth.shape)), np.zeros((2, *held.truth.shape), bool)
    for number in range(FOLDS):
        here = fold == number
        calibration = Calibration.fit(held.pick(~here))
        for place, scores in enumerate(calibration.scores(held.pick(here))):
            probabilities[place, here], given[place, here] = scores.probabilities, scores.given
    ours, theirs = (Scores(probabilities[i], given[i], held.truth) for i in range(2))
    return ours, theirs


def held_out_metrics(
    scores: tuple[Scores, Scores], areas: tuple[str, ...], calibrated: str
) -> dict[str, Any]:
    """The figures of model and baseline on held-out papers, for `metrics.json`."""
    papers = len(scores[0].truth)
    ours, theirs = (figures(measure(one, areas)) for one in scores)
    how = f"on {papers} held-out papers, calibrated {calibrated}"
    points = operating_points(scores[0])
    return {
        "papers": papers,
        "how": how,
        "model": ours,
        "baseline": theirs,
        "operating_points": points,
    }


def not_measured(papers: int) -> dict[str, Any]:
    """What `metrics.json` holds where so few papers could be held out."""
    how = f"not measured: {papers} papers could be held out, and it takes {ENOUGH_TO_MEASURE}"
    return {"papers": 0, "how": how, "model": None, "baseline": None, "operating_points": []}


def operating_points(scores: Scores) -> list[dict[str, float]]:
    """What one threshold for all areas gives, in steps of a hundredth: micro precision and recall.
    Thresholds that give next to nothing say nothing and are left out."""
    points = []
    for threshold in np.arange(1, 100) / 100:
        given = scores.probabilities >= threshold
        if given.sum() >= MIN_GIVEN:
            right = float((given & scores.truth).sum())
            precision, recall = right / given.sum(), right / max(1, scores.truth.sum())
            points.append({"threshold": threshold, "precision": precision, "recall": recall})
    return points


def figures(metrics: Metrics) -> dict[str, Any]:
    """`Metrics` as plain JSON."""
    plain = {key: value for key, value in vars(metrics).items() if key != "per_area"}
    return {**plain, "per_area": {area: vars(one) for area, one in metrics.per_area.items()}}


def write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json_text(document), encoding="utf-8")


def json_text(document: dict[str, Any]) -> str:
    """As the JSON files of a model folder are written."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
