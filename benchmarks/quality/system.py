"""What a system leaves behind: scores of the test papers, and what they cost. Kept on disk."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.split import Split
from tagstract.model_folder.scale import sigmoid
from tagstract.training.evaluation.measures import Scores
from tagstract.training.heads.calibration import fit_common, fit_scale

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Options:
    """What the command line says of single systems."""

    model: str | None = None
    retrain: bool = False
    setfit_steps: int = 1000
    folder: Path = Path("build/quality")
    peers: Path = Path("build/peers")


@dataclass(frozen=True)
class Run:
    """One system, trained and scored.

    logits: of the test papers, (papers, areas), higher is more probable; with `thresholds`,
        (areas,), they are probabilities that are calibrated already, and nothing is fitted.
    held, held_truth: logits and areas of labelled papers that it was not trained on.
    seconds: of the training on all papers it was trained on, without cross-validation.
    rate: papers a second, from text to logits.
    megabytes: on disk, of all that scoring needs.
    """

    logits: Floats
    held: Floats
    held_truth: Truth
    thresholds: Floats
    seconds: float
    rate: float
    megabytes: float
    note: str

    def scores(self, truth: Truth, one_threshold: bool = False) -> Scores:
        """Calibrated on held-out papers, the same way for every system.

        Args:
            one_threshold: one slope, offset and threshold for all areas together.
        """
        if self.thresholds.size:
            return Scores.at(self.logits, self.thresholds, truth)
        fit = fit_common if one_threshold else fit_scale
        scale = fit(self.held, self.held_truth)
        return Scores.at(scale.probabilities(self.logits), scale.thresholds, truth)

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".partial.npz")
        np.savez_compressed(temporary, **asdict(self))
        os.replace(temporary, path)

    @classmethod
    def load(cls, path: Path) -> Run:
        with np.load(path, allow_pickle=False) as arrays:
            values = {name: arrays[name] for name in arrays.files}
        plain = {name: values.pop(name).item() for name in ("seconds", "rate", "megabytes", "note")}
        return cls(**values, **plain)


@dataclass(frozen=True)
class System:
    """One row of the table.

    settings: all that changes its scores beside the papers, for the cache.
    run: trains and scores; the last argument is told what goes on.
    """

    title: str
    settings: Callable[[Options], dict[str, Any]]
    run: Callable[[Split, Options, Callable[[str], None]], Run]


def cached(
    name: str,
    system: System,
    split: Split,
    options: Options,
    log: Callable[[str], None],
    again: bool = False,
) -> Run:
    """What was kept of the same system on the same papers, else a run that is kept."""
    parts = [split.digest, name, system.settings(options)]
    key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
    path = options.folder / f"{name}-{key}.npz"
    if path.is_file() and not again:
        log(f"{name}: from {path}")
        return Run.load(path)
    log(f"{name}: training")
    run = system.run(split, options, log)
    run.save(path)
    return run


def held_out_note(rows: int, held: int) -> str:
    """How a system was trained whose calibration is fitted on papers held out from it."""
    return f"trained on {rows:,} papers, calibrated on {held:,} more"


def logit(probabilities: Floats) -> Floats:
    """The inverse of `sigmoid`, within -14 to 14."""
    inner = np.asarray(probabilities, dtype=np.float64).clip(1e-6, 1 - 1e-6)
    return np.asarray(np.log(inner / (1 - inner)))


def folder_megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


__all__ = ["Options", "Run", "System", "cached", "folder_megabytes", "logit", "sigmoid"]
