"""Tagstract on own areas: trained by the command that users type, scored as `tag` tags."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from benchmarks.quality.split import Split
from tagstract.cli.main import main
from tagstract.labels import TagstractError
from tagstract.model_folder import Model, paper_text, resolve
from tagstract.model_folder import format as files
from tagstract.training.data.cache import cached_embeddings

Flags = NDArray[np.bool_]


def tags_of(
    split: Split, mode: str, start: str | None, log: Callable[[str], None]
) -> tuple[Flags, Flags, float]:
    """Train with `tagstract train` and tag the test papers by the model's thresholds and rules.

    Embeddings come from the cache, as they do in training: the seconds are then those of the
    fitting alone, and `embedding_seconds` gives the rest.

    Returns:
        The tags and those of the baseline beside the model, (papers, areas), and the seconds.
    """
    with tempfile.TemporaryDirectory(prefix="tagstract-own-") as name:
        folder = Path(name)
        papers, taxonomy, out = (folder / part for part in ("papers.jsonl", "own.yaml", "model"))
        taxonomy.write_text(yaml.safe_dump(split.taxonomy.as_dict(), allow_unicode=True))
        with papers.open("w") as file:
            for paper, labels in zip(split.labelled.papers, split.labelled.labels, strict=True):
                file.write(json.dumps({**paper, "labels": labels}) + "\n")
        words = ["train", papers, "--taxonomy", taxonomy, "--out", out, "--mode", mode]
        words += ["--seed", split.seed, *(["--model", start] if start and mode == "head" else [])]
        started = time.perf_counter()
        status = main([str(word) for word in words])
        seconds = time.perf_counter() - started
        if status:
            raise TagstractError(f"training ended with status {status}")
        model = Model.load(out)
        embeddings = cached_embeddings(
            [paper_text(paper) for paper in split.test.papers],
            model.facts.files[files.ENCODER],
            model.max_tokens,
            model.encoder.embed,
            log,
        )
        given = model.decide(split.test.papers, embeddings).given
        probabilities = model.baseline_probabilities(split.test.papers)
        return given, model.baseline.given(probabilities), seconds


def embedding_rate(split: Split, start: str | None, papers: int = 64) -> float:
    """Papers a second that the encoder of the model to start from embeds, without a cache."""
    model = Model.load(resolve(start))
    texts = split.texts[:papers]
    model.encoder.embed(texts[:4])
    started = time.perf_counter()
    model.encoder.embed(texts)
    return len(texts) / (time.perf_counter() - started)
