"""Both heads, their mix, calibration and thresholds: what a training leaves beside the encoder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_folder import format as files
from model_folder.lexical import Lexical
from model_folder.scale import Scale, mixed
from training.calibration import fit_mix, fit_scale
from training.linear import Linear
from training.metrics import Metrics, Scores, measure

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]

FOLDS = 5


@dataclass(frozen=True)
class Heads:
    """The heads of a model folder; `mix` is the share of the transformer in the logit."""

    transformer: Linear
    lexical: Lexical
    mix: float
    scale: Scale
    baseline: Scale

    def save(self, folder: Path, seen: list[int]) -> None:
        """Write heads and calibration.

        Args:
            seen: keys of the papers that were trained on (`model_folder.paper_key`).
        """
        np.savez_compressed(
            folder / files.HEADS,
            weight=self.transformer.weight.astype(np.float32),
            bias=self.transformer.bias.astype(np.float32),
            seen=np.array(sorted(set(seen)), dtype=np.uint64),
        )
        self.lexical.save(folder / files.LEXICAL)
        calibration = {
            "mix": self.mix,
            **self.scale.as_dict(),
            "baseline": self.baseline.as_dict(),
        }
        write_json(folder / files.CALIBRATION, calibration)


def calibrate(transformer: Floats, lexical: Floats, truth: Truth) -> tuple[float, Scale]:
    """Mix and scale from logits of papers that neither head was fitted on."""
    share = fit_mix(transformer, lexical, truth)
    return share, fit_scale(mixed(share, transformer, lexical), truth)


def held_out_figures(
    transformer: Floats, lexical: Floats, truth: Truth, areas: tuple[str, ...], seed: int
) -> dict[str, Any]:
    """The figures of model and baseline on held-out papers, for `metrics.json`.

    Calibration and thresholds of each fifth come from the other four fifths: fitted and measured
    on the same papers, they would look better than they are.
    """
    fold = np.random.default_rng(seed).permutation(len(truth)) % FOLDS
    ours, theirs = (np.zeros(truth.shape) for _ in range(2))
    our_limits, their_limits = (np.zeros(truth.shape) for _ in range(2))
    for number in range(FOLDS):
        here, other = fold == number, fold != number
        share, scale = calibrate(transformer[other], lexical[other], truth[other])
        ours[here] = scale.probabilities(mixed(share, transformer[here], lexical[here]))
        our_limits[here] = scale.thresholds
        scale = fit_scale(lexical[other], truth[other])
        theirs[here], their_limits[here] = scale.probabilities(lexical[here]), scale.thresholds
    return {
        "papers": len(truth),
        "how": f"on {len(truth)} held-out papers, calibrated on the other four fifths of them",
        "model": figures(measure(Scores(ours, ours >= our_limits, truth), areas)),
        "baseline": figures(measure(Scores(theirs, theirs >= their_limits, truth), areas)),
    }


def figures(metrics: Metrics) -> dict[str, Any]:
    """`Metrics` as plain JSON."""
    plain = {key: value for key, value in vars(metrics).items() if key != "per_area"}
    return {**plain, "per_area": {area: vars(one) for area, one in metrics.per_area.items()}}


def write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
