"""Tagstract: a model folder, scored as `tagstract evaluate` scores it."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.environment import call
from benchmarks.quality.split import Split
from benchmarks.quality.system import Log, Options, Scored, System, Trained, folder_megabytes
from tagstract.model_folder import Model, paper_key, resolve
from tagstract.model_folder import format as files

WARM_UP = 8


def settings(options: Options) -> dict[str, Any]:
    """A model by its digests; one that is still to be trained by the papers alone."""
    if options.retrain:
        return {"retrain": True}
    facts = files.check(Path(resolve(options.model)))
    return {"files": dict(facts.files)}


def train(split: Split, options: Options, folder: Path, log: Log) -> Trained:
    """Nothing is trained, unless it is asked for; the model has its own calibration."""
    place = _retrained(split, options) if options.retrain else Path(resolve(options.model))
    model = Model.load(place)
    if model.taxonomy.ids != split.taxonomy.ids:
        log(f"ours: {model.tag} has other areas than the labelled papers; its figures are no match")
    nothing = np.zeros((0, len(model.taxonomy.ids)))
    epochs = model.facts.epochs or [{}]
    return Trained(
        nothing,
        nothing > 0,
        float(epochs[-1].get("seconds", float("nan"))),
        folder_megabytes(place),
        _note(model, split, options.retrain),
    )


def score(split: Split, options: Options, folder: Path, log: Log) -> Scored:
    """With its own calibration, thresholds and rules, as the tagger gives tags."""
    place = _retrained(split, options) if options.retrain else Path(resolve(options.model))
    model = Model.load(place)
    model.probabilities(split.test.papers[:WARM_UP])
    started = time.perf_counter()
    decided = model.decide(split.test.papers)
    rate = len(decided.given) / (time.perf_counter() - started)
    note = ""
    if seen := len(set(model.seen) & {paper_key(paper) for paper in split.test.papers}):
        note = f"TRAINED ON {seen:,} OF THE TEST PAPERS: its figures are too good"
    return Scored(decided.probabilities, rate, decided.given, note)


SYSTEM = System("Tagstract", settings, train, score)


def _note(model: Model, split: Split, retrained: bool) -> str:
    known = {paper_key(paper) for paper in split.labelled.papers}
    learned = set(model.seen)
    parts = [
        f"{model.tag}, trained {'in this run' if retrained else 'before'}; its own calibration",
        f"trained on {len(learned & known):,} of the {len(known):,} labelled papers",
    ]
    if taught := model.facts.unlabelled:
        parts.append(
            f"and on {taught['papers']:,} unlabelled ones as {taught['teacher']} tags them"
        )
    if more := len(learned - known):
        parts.append(f"and on {more:,} others")
    if (device := model.facts.device or "CPU") != "CPU":
        parts.append(f"fine-tuned on {device}")
    return ", ".join(parts)


def _retrained(split: Split, options: Options) -> Path:
    """A model that `tagstract train --mode full` makes of the labelled papers; a killed training
    goes on from its checkpoints."""
    out = options.folder / f"model-{split.labelled_digest[:16]}"
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
