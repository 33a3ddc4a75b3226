"""Runs where SetFit is installed, and imports nothing of ours, in a folder that holds `job.json`.

A job with `texts` trains, and saves the model in the folder; one without scores with what was
saved. `out.npz` holds `scores`, probabilities (papers, areas) of the job's `score`, and `rate` in
papers a second; of a training also `seconds`, and `megabytes` on disk.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from setfit import SetFitModel


def main(folder: Path) -> None:
    job: dict[str, Any] = json.loads((folder / "job.json").read_text())
    facts = train(job, folder) if "texts" in job else {}
    model = SetFitModel.from_pretrained(str(folder / "model"), local_files_only=True)
    model.model_body.max_seq_length = job["tokens"]
    with np.load(folder / "columns.npz") as columns:
        some, always = columns["some"], columns["always"]
    started = time.perf_counter()
    scores = np.zeros((len(job["score"]), len(always)))
    scores[:, some] = np.asarray(model.predict_proba(job["score"], batch_size=16, as_numpy=True))
    scores[:, always] = 1
    rate = len(scores) / (time.perf_counter() - started)
    arrays: dict[str, Any] = {"scores": scores, "rate": rate, **facts}
    np.savez(folder / "out.npz", **arrays)


def train(job: dict[str, Any], folder: Path) -> dict[str, float]:
    from datasets import Dataset
    from setfit import Trainer, TrainingArguments

    targets = np.array(job["targets"])
    # scikit-learn refuses an area that no paper has: the head leaves it out.
    some = np.flatnonzero(targets.any(0) & ~targets.all(0))
    papers = Dataset.from_dict({"text": job["texts"], "label": targets[:, some].tolist()})
    model = SetFitModel.from_pretrained(
        job["base"], multi_target_strategy="one-vs-rest", local_files_only=True
    )
    model.model_body.max_seq_length = job["train_tokens"]
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        settings = TrainingArguments(
            output_dir=scratch,
            batch_size=job["batch"],
            max_steps=job["steps"],
            num_epochs=1,
            seed=job["seed"],
            save_strategy="no",
            report_to="none",
        )
        trainer = Trainer(model=model, args=settings, train_dataset=papers)
        trainer.train_embeddings(*trainer.dataset_to_parameters(papers))
        model.model_body.max_seq_length = job["tokens"]
        trainer.train_classifier(job["texts"], targets[:, some].tolist())
    seconds = time.perf_counter() - started
    model.save_pretrained(folder / "model")
    np.savez(folder / "columns.npz", some=some, always=targets.all(0))
    size = sum(path.stat().st_size for path in (folder / "model").rglob("*") if path.is_file())
    return {"seconds": seconds, "megabytes": size / 1e6}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
