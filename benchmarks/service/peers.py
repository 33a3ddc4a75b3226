"""The services that are measured: Tagstract and, on the same base model, its two peers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.service.answers import Reference
from benchmarks.service.load import Call
from benchmarks.service.process import ROOT, TAGSTRACT, Service, running
from tagstract.labels import load_taxonomy
from tagstract.model_folder import paper_text

PEERS = ROOT / "build" / "peers"

INFINITY = ("infinity-emb[torch,server]==0.0.78", "torch==2.13.0")
"""It pins numpy below 2 and transformers below 5, so it lives in an environment of its own."""

OFFLINE = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "TOKENIZERS_PARALLELISM": "false"}


@dataclass(frozen=True)
class Contender:
    """A service that can be started, and its call with the papers of some rows."""

    name: str
    start: Callable[[], AbstractContextManager[Service]]
    call: Callable[[Sequence[int]], Call]


def tagstract(reference: Reference, workers: int = 1) -> Contender:
    """Ours, with the model that is live; every answer is compared with the tagger's."""
    command = [*TAGSTRACT, "serve", "--port", "{port}", "--workers", str(workers)]
    return Contender("Tagstract", lambda: running("tagstract", command, "/readyz"), reference.call)


def fastapi_pipeline(papers: Sequence[dict[str, Any]]) -> Contender:
    """FastAPI, uvicorn and a transformers pipeline."""
    command = [sys.executable, "-m", "uvicorn", "benchmarks.service.peer_pipeline:app",
               "--port", "{port}", "--log-level", "warning"]  # fmt: skip
    environment = {**OFFLINE, "PEER_MODEL": str(_classifier())}
    texts, areas = [paper_text(paper) for paper in papers], len(load_taxonomy().ids)

    def call(rows: Sequence[int]) -> Call:
        body = json.dumps({"texts": [texts[row] for row in rows]}).encode()
        return Call("/classify", body, len(rows), lambda answer: _shape(answer, len(rows), areas))

    return Contender(
        "FastAPI + pipeline", lambda: running("pipeline", command, "/health", environment), call
    )


def infinity(papers: Sequence[dict[str, Any]]) -> Contender:
    """`infinity-emb` and its endpoint `/classify`, which batches what waits."""
    command = [str(_infinity()), "v2", "--model-id", str(_classifier()), "--served-model-name",
               "areas", "--engine", "torch", "--device", "cpu", "--no-bettertransformer",
               "--batch-size", "16", "--host", "127.0.0.1", "--port", "{port}"]  # fmt: skip
    environment = {**OFFLINE, "INFINITY_ANONYMOUS_USAGE_STATS": "0"}
    texts, areas = [paper_text(paper) for paper in papers], len(load_taxonomy().ids)

    def call(rows: Sequence[int]) -> Call:
        body = {"model": "areas", "input": [texts[row] for row in rows]}

        def fault(answer: Any) -> str | None:
            return _shape(
                answer.get("data") if isinstance(answer, dict) else answer, len(rows), areas
            )

        return Call("/classify", json.dumps(body).encode(), len(rows), fault)

    return Contender(
        "infinity-emb", lambda: running("infinity", command, "/health", environment), call
    )


def _shape(answer: Any, papers: int, areas: int) -> str | None:
    """The peers' heads are untrained, so only the shape of an answer can be wrong."""
    if not isinstance(answer, list) or len(answer) != papers:
        return f"no list of {papers}: {str(answer)[:80]}"
    if any(len(one) != areas for one in answer):
        return f"not {areas} areas for each text"
    return None


def _classifier() -> Path:
    """The base model with an untrained head of as many areas as ours: it costs the same."""
    folder = PEERS / "classifier"
    if (folder / "tokenizer_config.json").is_file():
        return folder
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    from tagstract.training.transformer.base import resolve_base

    source = resolve_base(None).source
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_pretrained(
        source, num_labels=len(load_taxonomy().ids), problem_type="multi_label_classification"
    )
    model.save_pretrained(folder)
    # Both peers then read as many tokens as we do.
    AutoTokenizer.from_pretrained(source, model_max_length=256).save_pretrained(folder)
    return folder


def _infinity() -> Path:
    """The program of `infinity-emb`; its environment is made at the first call (minutes)."""
    folder = PEERS / "infinity"
    program = folder / "bin" / "infinity_emb"
    if not program.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "-q", *INFINITY], check=True)
    return program
