"""The last files of a model folder: metrics, card, and `model.json` that makes it one."""

from __future__ import annotations

import datetime
import hashlib
import platform
import shutil
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tagstract.model_folder import Model, ModelFacts, SeenPapers
from tagstract.model_folder import format as files
from tagstract.model_folder.held_out import HeldOutPapers
from tagstract.training.data.heldout import Rows
from tagstract.training.data.training_data import TrainingData
from tagstract.training.evaluation.measures import Scores
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


@dataclass(frozen=True)
class Fitted:
    """New heads for an existing encoder, and what is known of them.

    Attributes:
        held_out: what the heads say of papers that they were not fitted on; None: too few papers.
        seen: all papers that encoder and heads were trained on.
        unseen: number of labelled papers that the old model had not seen.
    """

    heads: Heads
    metrics: dict[str, Any]
    held_out: HeldOutPapers | None
    seen: SeenPapers
    unseen: int


def write_on_encoder(
    model: Model, fitted: Fitted, data: TrainingData, destination: Destination, seed: int
) -> Written:
    """Write a model folder with the encoder of `model` and new heads.

    Args:
        destination: its folder holds the file of the taxonomy.
        seed: that the heads were fitted with.
    """
    folder = destination.folder
    for name in (files.ENCODER, files.TOKENIZER):
        shutil.copyfile(model.folder / name, folder / name)
    if fitted.held_out is not None:
        fitted.held_out.save(folder)
    fitted.heads.save(folder, fitted.seen)
    facts = ModelFacts(
        destination.name,
        destination.version,
        model.max_tokens,
        mode="head",
        base=model.facts.base or "unknown",
        licence=model.facts.licence or "unknown",
        parent=model.tag,
        seed=seed,
        papers_unseen=fitted.unseen,
    )
    return write_model(folder, facts, fitted.metrics, data, fitted.heads)


def held_out_papers(
    data: TrainingData, scores: tuple[Scores, Scores], rows: Rows | None = None
) -> HeldOutPapers:
    """What a comparison with a later version needs of held-out papers.

    Args:
        scores: of the model and of the baseline, on these papers.
        rows: the papers; None: all.
    """
    ours, theirs = scores
    papers = data.papers if rows is None else data.pick(rows)
    return HeldOutPapers(
        data.areas, papers, ours.probabilities, ours.given, theirs.given, ours.truth
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
