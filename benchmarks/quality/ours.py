"""Tagstract: a model folder, scored as `tagstract evaluate` scores it."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.environment import call
from benchmarks.quality.split import Split
from benchmarks.quality.system import Options, Run, folder_megabytes
from tagstract.model_folder import Model, paper_key, resolve
from tagstract.model_folder import format as files

WARM_UP = 8


def settings(options: Options) -> dict[str, Any]:
    """A model by its digests; one that is still to be trained by the papers alone."""
    if options.retrain:
        return {"retrain": True}
    facts = files.check(Path(resolve(options.model)))
    return {"files": dict(facts.files)}


def run(split: Split, options: Options, log: Callable[[str], None]) -> Run:
    """Score a model with its own calibration and thresholds."""
    folder = _retrained(split, options) if options.retrain else Path(resolve(options.model))
    model = Model.load(folder)
    if model.taxonomy.ids != split.taxonomy.ids:
        log(f"ours: {model.tag} has other areas than the labelled papers; its figures are no match")
    model.probabilities(split.test.papers[:WARM_UP])
    started = time.perf_counter()
    probabilities = model.probabilities(split.test.papers)
    rate = len(probabilities) / (time.perf_counter() - started)
    epochs = model.facts.epochs or [{}]
    return Run(
        probabilities,
        np.zeros((0, probabilities.shape[1])),
        np.zeros((0, probabilities.shape[1]), dtype=bool),
        model.thresholds,
        float(epochs[-1].get("seconds", float("nan"))),
        rate,
        folder_megabytes(folder),
        _note(model, split, options.retrain),
    )


def _note(model: Model, split: Split, retrained: bool) -> str:
    known = {paper_key(paper) for paper in split.labelled.papers}
    tested = {paper_key(paper) for paper in split.test.papers}
    learned = set(model.seen)
    parts = [
        f"{model.tag}, trained {'in this run' if retrained else 'before'}; its own calibration",
        f"trained on {len(learned & known):,} of the {len(known):,} labelled papers",
    ]
    if taught := model.facts.unlabelled:
        parts.append(
            f"and on {taught['papers']:,} unlabelled ones as {taught['teacher']} tags them"
        )
    if more := len(learned - known - tested):
        parts.append(f"and on {more:,} others")
    if seen := len(learned & tested):
        parts.append(f"AND ON {seen:,} OF THE TEST PAPERS: its figures are too good")
    if (device := model.facts.device or "CPU") != "CPU":
        parts.append(f"fine-tuned on {device}")
    return ", ".join(parts)


def _retrained(split: Split, options: Options) -> Path:
    """A model that `tagstract train --mode full` makes of the labelled papers; a killed training
    goes on from its checkpoints."""
    out = options.folder / f"model-{split.digest[:16]}"
    if (out / files.FACTS).is_file():
        return out
    shutil.rmtree(out, ignore_errors=True)
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for paper, labels in zip(split.labelled.papers, split.labelled.labels, strict=True):
            file.write(json.dumps({**paper, "labels": labels}, default=str) + "\n")
        file.flush()
        program = "from tagstract.cli.main import main; raise SystemExit(main())"
        line = [sys.executable, "-c", program, "train", file.name, "--mode", "full"]
        call([*line, "--out", out, "--seed", str(split.seed)], loud=True)
    return out
