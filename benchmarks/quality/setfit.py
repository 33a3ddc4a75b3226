"""SetFit (Tunstall et al. 2022, "Efficient few-shot learning without prompts"): its own library,
in an environment of its own, on the same base."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.environment import call, environment
from benchmarks.quality.split import Split
from benchmarks.quality.system import (
    Log,
    Options,
    Scored,
    System,
    Trained,
    held_out_note,
    logit,
)

REQUIREMENTS = ("setfit==1.2.0", "torch==2.13.0")
BATCH, TRAIN_TOKENS, TOKENS = 16, 128, 256

MAX_PAPERS, MAX_HELD = 2_000, 500
"""Papers to train on and to calibrate on. The library lists all pairs of papers before it begins:
of 15,000 these are a hundred million."""


def train(split: Split, options: Options, folder: Path, log: Log) -> Trained:
    """Contrastive pairs for so many steps, then one-vs-rest logistic regression."""
    from tagstract.training.transformer.base import resolve_base

    random = np.random.default_rng(split.seed)
    rows, held = (
        np.sort(random.permutation(part)[:most])
        for part, most in zip(split.held_out(), (MAX_PAPERS, MAX_HELD), strict=True)
    )
    job = {
        "base": resolve_base(None).source,
        "texts": [split.texts[row] for row in rows],
        "targets": split.targets[rows].astype(int).tolist(),
        "score": [split.texts[row] for row in held],
        "steps": options.setfit_steps,
        "batch": BATCH,
        "train_tokens": TRAIN_TOKENS,
        "tokens": TOKENS,
        "seed": split.seed,
    }
    started = time.perf_counter()
    found = _call(job, options, folder, log)
    log(f"setfit: {time.perf_counter() - started:.0f} s in all")
    note = (
        f"{options.setfit_steps * BATCH:,} pairs ({options.setfit_steps:,} steps of {BATCH}) at "
        f"{TRAIN_TOKENS} tokens; {held_out_note(len(rows), len(held))}, "
        f"{MAX_PAPERS:,} and {MAX_HELD:,} at most"
    )
    seconds, megabytes = float(found["seconds"]), float(found["megabytes"])
    truth = split.targets[held] > 0.5
    return Trained(logit(found["scores"]), truth, seconds, megabytes, note)


def score(split: Split, options: Options, folder: Path, log: Log) -> Scored:
    """The test papers by the model that was saved."""
    found = _call({"score": split.test_texts, "tokens": TOKENS}, options, folder, log)
    return Scored(logit(found["scores"]), float(found["rate"]))


def settings(options: Options) -> dict[str, Any]:
    return {
        "steps": options.setfit_steps,
        "batch": BATCH,
        "tokens": [TRAIN_TOKENS, TOKENS],
        "papers": [MAX_PAPERS, MAX_HELD],
        "requirements": REQUIREMENTS,
    }


SYSTEM = System("SetFit", settings, train, score)


def _call(job: dict[str, Any], options: Options, folder: Path, log: Log) -> dict[str, Any]:
    """What the script makes of a job, in SetFit's environment."""
    scripts = environment(options.peers / "setfit", REQUIREMENTS, log)
    folder = folder.resolve()
    (folder / "job.json").write_text(json.dumps(job))
    script = Path(__file__).with_name("setfit_script.py")
    # -P: beside the script lies this file, which has the library's name.
    call([scripts / "python", "-P", script, folder], loud=True)
    with np.load(folder / "out.npz", allow_pickle=False) as out:
        return {name: out[name] for name in out.files}
