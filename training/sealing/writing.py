"""The last files of a model folder: metrics, card, and `model.json` that makes it one."""

from __future__ import annotations

import datetime
import hashlib
import platform
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tagstract.model_folder import ModelFacts
from tagstract.model_folder import format as files
from tagstract.training.data.training_data import TrainingData
from tagstract.training.heads.combined import Heads, write_json
from tagstract.training.sealing.card import model_card

LIBRARIES = ("torch", "transformers", "onnx", "onnxruntime", "tokenizers", "scikit-learn", "numpy")


@dataclass(frozen=True)
class Destination:
    """The folder that becomes a model, and the model's name and version."""

    folder: Path
    name: str
    version: str


@dataclass(frozen=True)
class Written:
    """A sealed model folder and what its `model.json` and `metrics.json` say.

    `checkpoints` is the folder to remove once the model is where it stays; None: there is none.
    """

    folder: Path
    facts: ModelFacts
    metrics: dict[str, Any]
    checkpoints: Path | None = None


def new_version(data: TrainingData, seed: int) -> str:
    """A version that sorts by time and tells data apart: `20261124t213045-1f2e3d`."""
    now = datetime.datetime.now(datetime.UTC)
    mark = hashlib.sha256(f"{data.digest} {seed}".encode()).hexdigest()[:6]
    return f"{now:%Y%m%dt%H%M%S}-{mark}"


def write_model(
    folder: Path,
    facts: ModelFacts,
    metrics: dict[str, Any],
    data: TrainingData,
    heads: Heads,
) -> Written:
    """Write metrics, card and at last `model.json` into a folder with all the rest."""
    whole = replace(
        facts,
        papers=len(data),
        areas=len(data.areas),
        taxonomy_version=data.taxonomy.version,
        mix=heads.calibration.mix,
        data_sha256=data.digest,
        created=f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
        libraries={name: found for name in LIBRARIES if (found := _version(name))},
        python=platform.python_version(),
    )
    write_json(folder / files.METRICS, metrics)
    size = sum(path.stat().st_size for path in folder.iterdir())
    (folder / files.CARD).write_text(model_card(whole, metrics, size), encoding="utf-8")
    return Written(folder, files.seal(folder, whole), metrics)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
