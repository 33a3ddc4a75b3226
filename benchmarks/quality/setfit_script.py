"""Runs where SetFit is installed, and imports nothing of ours: JOB.json in, OUT.npz out.

OUT holds `held` and `test`, probabilities (papers, areas), `seconds` of training, `rate` in papers
a second, and `megabytes` on disk.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset
from setfit import SetFitModel, Trainer, TrainingArguments


def main(job_path: str, out_path: str) -> None:
    job: dict[str, Any] = json.loads(Path(job_path).read_text())
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
        model.save_pretrained(Path(scratch) / "model")
        size = sum(
            path.stat().st_size for path in (Path(scratch) / "model").rglob("*") if path.is_file()
        )

    def scores(texts: list[str]) -> np.ndarray:
        out = np.zeros((len(texts), targets.shape[1]))
        out[:, some] = np.asarray(model.predict_proba(texts, batch_size=16, as_numpy=True))
        out[:, targets.all(0)] = 1
        return out

    held = scores(job["held"])
    started = time.perf_counter()
    test = scores(job["test"])
    rate = len(test) / (time.perf_counter() - started)
    np.savez(out_path, held=held, test=test, seconds=seconds, rate=rate, megabytes=size / 1e6)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
