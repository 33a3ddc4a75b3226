"""The last files of a model folder: metrics, card, and `model.json` that makes it one."""

from __future__ import annotations

import datetime
import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tagstract.labels import LabelledSet, Taxonomy
from tagstract.model_folder import format as files
from tagstract.training.heads.combined import Heads, write_json
from tagstract.training.sealing.card import model_card

LIBRARIES = ("torch", "transformers", "onnx", "onnxruntime", "tokenizers", "scikit-learn", "numpy")


@dataclass(frozen=True)
class Written:
    """A sealed model folder and what its `model.json` and `metrics.json` say.

    `checkpoints` is the folder to remove once the model is where it stays; None: there is none.
    """

    folder: Path
    facts: dict[str, Any]
    metrics: dict[str, Any]
    checkpoints: Path | None = None


def new_version(labelled: LabelledSet, seed: int) -> str:
    """A version that sorts by time and tells data apart: `20261124t213045-1f2e3d`."""
    now = datetime.datetime.now(datetime.UTC)
    mark = hashlib.sha256(f"{data_digest(labelled)} {seed}".encode()).hexdigest()[:6]
    return f"{now:%Y%m%dt%H%M%S}-{mark}"


def data_digest(labelled: LabelledSet) -> str:
    """SHA-256 of all papers and labels in their order."""
    digest = hashlib.sha256()
    for paper, labels in zip(labelled.papers, labelled.labels, strict=True):
        record = [paper.get("title"), paper["abstract"], labels]
        digest.update(json.dumps(record, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()


def write_model(
    folder: Path,
    facts: Mapping[str, Any],
    metrics: dict[str, Any],
    labelled: LabelledSet,
    taxonomy: Taxonomy,
    heads: Heads,
) -> Written:
    """Write metrics, card and at last `model.json` into a folder with all the rest."""
    whole = {
        **facts,
        "papers": len(labelled),
        "areas": len(taxonomy.ids),
        "taxonomy_version": taxonomy.version,
        "mix": heads.calibration.mix,
        "data_sha256": data_digest(labelled),
        "created": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
        "python": platform.python_version(),
    }
    write_json(folder / files.METRICS, metrics)
    size = sum(path.stat().st_size for path in folder.iterdir())
    (folder / files.CARD).write_text(model_card(whole, metrics, size), encoding="utf-8")
    files.seal(folder, whole)
    return Written(folder, whole, metrics)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
