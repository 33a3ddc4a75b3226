"""More in the card of a sealed model: how it was made, and figures on other labelled sets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.model_folder import ModelFacts
from tagstract.model_folder import format as files
from tagstract.training.evaluation.comparison import Evaluation, to_json
from tagstract.training.heads.combined import json_text
from tagstract.training.sealing.card import model_card
from tagstract.training.sealing.card_sets import OUTSIDE

_LEFT_OUT = ("model", "per_area", "files")


def add_set(
    folder: Path, name: str, evaluation: Evaluation, labelled_by: str | None = None
) -> ModelFacts:
    """Put an evaluation into metrics and card; one of the same name is replaced.

    It stays with this folder: a model that is trained on from it gets metrics of its own.

    Args:
        folder: the model folder that was evaluated.
        name: what the card calls the set.
        labelled_by: who labelled it, as a part of a sentence.

    Raises:
        InputError: no whole model folder, or it can't be written.
    """
    facts = files.check(folder)
    found: dict[str, Any] = {**to_json(evaluation), "labelled_by": labelled_by}
    found["baseline"].pop("per_area")
    for part in _LEFT_OUT:
        found.pop(part)
    metrics = files.read_json(folder / files.METRICS)
    metrics[OUTSIDE] = {**metrics.get(OUTSIDE, {}), name: found}
    return _reseal(folder, facts, metrics)


def describe(
    folder: Path, training: str | None = None, labelled_by: str | None = None
) -> ModelFacts:
    """Write the card anew, with sentences on the training and on its labels; None: as they are.

    Raises:
        InputError: no whole model folder, or it can't be written.
    """
    facts = files.check(folder)
    if training is not None:
        facts = replace(facts, training=training or None)
    if labelled_by is not None:
        facts = replace(facts, labelled_by=labelled_by or None)
    return _reseal(folder, facts, files.read_json(folder / files.METRICS))


def _reseal(folder: Path, facts: ModelFacts, metrics: dict[str, Any]) -> ModelFacts:
    size = sum(
        path.stat().st_size
        for path in folder.iterdir()
        if path.name not in (files.FACTS, files.CARD) and path.is_file()
    )
    new = {files.METRICS: json_text(metrics), files.CARD: model_card(facts, metrics, size)}
    for name, text in new.items():
        with atomic_writer(folder / name) as file:
            file.write(text)
    return files.seal(folder, facts)
