"""SetFit (Tunstall et al. 2022, "Efficient few-shot learning without prompts"): its own library,
in an environment of its own, on the same base."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.quality.environment import call, environment
from benchmarks.quality.split import Split
from benchmarks.quality.system import Options, Run, held_out_note, logit

REQUIREMENTS = ("setfit==1.2.0", "torch==2.13.0")
BATCH, TRAIN_TOKENS, TOKENS = 16, 128, 256

MAX_PAPERS, MAX_HELD = 2_000, 500
"""Papers to train on and to calibrate on. The library lists all pairs of papers before it begins:
of 15,000 these are a hundred million."""


def run(split: Split, options: Options, log: Callable[[str], None]) -> Run:
    """Contrastive pairs for so many steps, then one-vs-rest logistic regression."""
    from tagstract.training.transformer.base import resolve_base

    scripts = environment(options.peers / "setfit", REQUIREMENTS, log)
    folder = (options.folder / "setfit").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(split.seed)
    rows, held = (
        np.sort(random.permutation(part)[:most])
        for part, most in zip(split.held_out(), (MAX_PAPERS, MAX_HELD), strict=True)
    )
    job = {
        "base": resolve_base(None).source,
        "texts": [split.texts[row] for row in rows],
        "targets": split.targets[rows].astype(int).tolist(),
        "held": [split.texts[row] for row in held],
        "test": split.test_texts,
        "steps": options.setfit_steps,
        "batch": BATCH,
        "train_tokens": TRAIN_TOKENS,
        "tokens": TOKENS,
        "seed": split.seed,
    }
    (folder / "job.json").write_text(json.dumps(job))
    started = time.perf_counter()
    script = Path(__file__).with_name("setfit_script.py")
    # -P: beside the script lies this file, which has the library's name.
    call([scripts / "python", "-P", script, folder / "job.json", folder / "out.npz"], loud=True)
    log(f"setfit: {time.perf_counter() - started:.0f} s in all")
    with np.load(folder / "out.npz", allow_pickle=False) as out:
        found = {name: out[name] for name in out.files}
    note = (
        f"{options.setfit_steps * BATCH:,} pairs ({options.setfit_steps:,} steps of {BATCH}) at "
        f"{TRAIN_TOKENS} tokens; {held_out_note(len(rows), len(held))}"
    )
    return Run(
        logit(found["test"]),
        logit(found["held"]),
        split.targets[held] > 0.5,
        np.zeros(0),
        float(found["seconds"]),
        float(found["rate"]),
        float(found["megabytes"]),
        note,
    )
