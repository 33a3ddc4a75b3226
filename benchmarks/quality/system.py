"""What a system leaves behind: what it was trained to, scores of test papers, and what both cost.

Kept on disk: what was trained by the labelled papers and settings, scores by the test papers too.
A second set of test papers costs its scoring alone, and a run that was killed goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.split import Split
from tagstract.model_folder.scale import sigmoid
from tagstract.training.evaluation.measures import Scores
from tagstract.training.heads.calibration import fit_common, fit_scale

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
Log = Callable[[str], None]

TRAINED = "trained.npz"


@dataclass(frozen=True)
class Options:
    """What the command line says of single systems."""

    model: str | None = None
    retrain: bool = False
    setfit_steps: int = 1000
    folder: Path = Path("build/quality")
    peers: Path = Path("build/peers")


class _Kept:
    """A dataclass of arrays, numbers and texts that is kept in a file."""

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".partial.npz")
        np.savez_compressed(temporary, **asdict(self))  # type: ignore[call-overload]
        os.replace(temporary, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
        return cls(**{name: one if one.shape else one.item() for name, one in found.items()})


@dataclass(frozen=True)
class Trained(_Kept):
    """One system, trained; what it scores with lies in its folder.

    held, held_truth: logits and areas of labelled papers that it was not trained on,
        (papers, areas); without papers where a system calibrates itself.
    seconds: of the training on all papers it was trained on, without cross-validation.
    megabytes: on disk, of all that scoring needs.
    note: how it was trained, and on how many papers at most where it can't take them all.
    """

    held: Floats
    held_truth: Truth
    seconds: float
    megabytes: float
    note: str


def nothing() -> Truth:
    return np.zeros((0, 0), dtype=bool)


@dataclass(frozen=True)
class Scored(_Kept):
    """The test papers as a trained system scores them.

    logits: (papers, areas), higher is more probable; with `given`, calibrated probabilities.
    rate: papers a second, from text to logits.
    given: (papers, areas), where the system itself gives areas; else without papers.
    note: what is to be known of it on these papers.
    """

    logits: Floats
    rate: float
    given: Truth = field(default_factory=nothing)
    note: str = ""


@dataclass(frozen=True)
class Run:
    """One system, trained and scored on one set of test papers."""

    trained: Trained
    scored: Scored

    @property
    def seconds(self) -> float:
        """Of the training."""
        return self.trained.seconds

    @property
    def note(self) -> str:
        return ", ".join(part for part in (self.trained.note, self.scored.note) if part)

    def scores(self, truth: Truth, one_threshold: bool = False) -> Scores:
        """Calibrated on held-out papers, the same way for every system that is not itself.

        Args:
            one_threshold: one slope, offset and threshold for all areas together.
        """
        if self.scored.given.size:
            return Scores(self.scored.logits, self.scored.given, truth)
        fit = fit_common if one_threshold else fit_scale
        scale = fit(self.trained.held, self.trained.held_truth)
        return Scores.at(scale.probabilities(self.scored.logits), scale.thresholds, truth)


@dataclass(frozen=True)
class System:
    """One row of the table.

    settings: all that changes its scores beside the papers, for the cache.
    train: on the labelled papers; writes what scoring needs into an empty folder.
    score: the test papers, from that folder.
    """

    title: str
    settings: Callable[[Options], dict[str, Any]]
    train: Callable[[Split, Options, Path, Log], Trained]
    score: Callable[[Split, Options, Path, Log], Scored]

    def run(self, split: Split, options: Options, log: Log) -> Run:
        """Both, whatever was kept."""
        folder = options.folder / "now"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        trained = self.train(split, options, folder, log)
        return Run(trained, self.score(split, options, folder, log))


def cached(
    name: str,
    system: System,
    split: Split,
    options: Options,
    log: Log,
    again: bool = False,
) -> Run:
    """What was kept of the same system on the same papers, else a run that is kept.

    Args:
        again: train it, and score with that, whatever was kept.
    """
    key = _digest([split.labelled_digest, name, system.settings(options)])
    folder = options.folder / f"{name}-{key}"
    if again or not (folder / TRAINED).is_file():
        log(f"{name}: training")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        system.train(split, options, folder, log).save(folder / TRAINED)
    path = folder / f"test-{split.test_digest[:16]}.npz"
    if path.is_file():
        log(f"{name}: from {path}")
    else:
        log(f"{name}: scoring")
        system.score(split, options, folder, log).save(path)
    return Run(Trained.load(folder / TRAINED), Scored.load(path))


def _digest(parts: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def held_out_note(rows: int, held: int) -> str:
    """How a system was trained whose calibration is fitted on papers held out from it."""
    return f"trained on {rows:,} papers, calibrated on {held:,} more"


def logit(probabilities: Floats) -> Floats:
    """The inverse of `sigmoid`, within -14 to 14."""
    inner = np.asarray(probabilities, dtype=np.float64).clip(1e-6, 1 - 1e-6)
    return np.asarray(np.log(inner / (1 - inner)))


def folder_megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


__all__ = [
    "Options",
    "Run",
    "Scored",
    "System",
    "Trained",
    "cached",
    "folder_megabytes",
    "logit",
    "sigmoid",
]
