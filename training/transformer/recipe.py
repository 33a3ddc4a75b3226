"""The settings of a full training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from tagstract.labels import InputError
from tagstract.training.data.training_data import Split, TrainingData

MIN_PAPERS, MIN_HELD = 20, 2
"""Papers, and held-out papers, below which there is nothing to choose an epoch by."""

ENOUGH_HELD = 20
"""Held-out papers that are wanted even where they are more than the recipe's share."""

MAX_RATE = 1
LIMITS: dict[str, tuple[float, float]] = {
    "epochs": (1, 1000),
    "patience": (1, 1000),
    "batch": (1, 10_000),
    "train_tokens": (8, 100_000),
    "max_tokens": (16, 100_000),
    "dropout": (0, 0.9),
    "average": (0, 0.99999),
    "held_out": (0.01, 0.5),
    "max_held_out": (2, 1_000_000),
    "passes": (1, 1000),
    "seed": (0, 2**32 - 1),
    "network_seed": (0, 2**32 - 1),
}
"""Least and most of a setting; the others, rates and shares, are from 0 to `MAX_RATE`."""


@dataclass(frozen=True)
class Recipe:
    """How the transformer is fine-tuned. The values are the ones that paid in `docs/log.md`.

    epochs, patience: at most, and epochs without a better score before it ends early.
    train_tokens: papers are cut to this many tokens in training. 128 is twice as fast as 256 and
        nearly as good with few papers; with many, 256 pays (`docs/log.md`, 2026-11-26).
    max_tokens: what the model reads when it is scored and used.
    encoder_rate, head_rate: peak learning rates of AdamW, reached after `warmup` of the steps,
        then falling to 0 in a straight line.
    layer_decay: a layer's rate over the rate of the layer above it (Howard and Ruder 2018).
    average: decay of the moving average of weights that is scored and kept (Polyak averaging).
    held_out, max_held_out: share of the papers that chooses the epoch and fits calibration and
        thresholds, and how many are enough for that.
    passes: epochs in which an unlabelled paper comes; the labelled ones come in all.
    seed: chooses the held-out papers.
    network_seed: draws the head's first weights, the papers' order and the dropout.
    """

    epochs: int = 6
    patience: int = 3
    batch: int = 16
    train_tokens: int = 128
    max_tokens: int = 256
    encoder_rate: float = 2e-4
    head_rate: float = 2e-3
    layer_decay: float = 0.9
    weight_decay: float = 0.01
    dropout: float = 0.2
    warmup: float = 0.1
    average: float = 0.995
    held_out: float = 0.12
    max_held_out: int = 2500
    passes: int = 1
    seed: int = 0
    network_seed: int = 0

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> Recipe:
        """The recipe that `asdict` gave, or a model folder of an older version holds."""
        settings = dict(settings)
        if "most_held_out" in settings:
            settings["max_held_out"] = settings.pop("most_held_out")
        return cls(**settings)

    def held_share(self, papers: int) -> float:
        """The share of so many papers that is held out."""
        share = min(self.held_out, self.max_held_out / papers)
        return max(share, min(0.5, ENOUGH_HELD / papers))

    def split(self, data: TrainingData) -> Split:
        """The papers to train on and those held out.

        Raises:
            InputError: too few papers.
        """
        if len(data) < MIN_PAPERS:
            raise InputError(f"{len(data)} labelled papers; full mode needs at least {MIN_PAPERS}")
        split = data.split(self.held_share(len(data)), self.seed)
        if len(split.held_out) < MIN_HELD:
            raise InputError("almost no area has two papers; full mode needs several per area")
        return split

    def changed(self, settings: Iterable[str]) -> Recipe:
        """With settings given as `name=value`.

        Raises:
            InputError: a name that there is not, or a value of another type or out of bounds.
        """
        known = {one.name: type(getattr(self, one.name)) for one in fields(self)}
        values: dict[str, Any] = {}
        for setting in settings:
            name, _, value = setting.partition("=")
            if name not in known:
                raise InputError(f"no setting '{name}'; there are {', '.join(known)}")
            try:
                values[name] = known[name](value)
            except ValueError as error:
                raise InputError(f"{setting}: use a number, such as {name}=1") from error
            least, most = LIMITS.get(name, (0, MAX_RATE))
            if not least <= values[name] <= most:
                raise InputError(f"{setting}: use {least} to {most}")
        return replace(self, **values)
