"""All texts of all sets through the encoders first: once, into the cache, and with its progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.quality.linear import FROZEN_TOKENS, torch_embedder
from benchmarks.quality.split import Split
from tagstract.model_folder import Model, paper_text
from tagstract.model_folder import format as files
from tagstract.training.data.cache import cached_embeddings

Log = Callable[[str], None]


def embed_for_us(splits: Sequence[Split], model: Model, log: Log) -> None:
    """Papers and descriptions, as the training and `tag` read them."""
    described = (
        paper_text({"title": area.name, "abstract": area.description})
        for split in splits
        for area in split.taxonomy.areas
    )
    texts = list(dict.fromkeys([*_texts(splits), *described]))
    digest = model.facts.files[files.ENCODER]
    cached_embeddings(texts, digest, model.max_tokens, model.encoder.embed, log)


def embed_for_peers(splits: Sequence[Split], log: Log) -> None:
    """Papers, by the plain base."""
    from tagstract.training.transformer.base import PACKAGE_DIGEST, resolve_base

    embed = torch_embedder(resolve_base(None).source)
    cached_embeddings(
        list(dict.fromkeys(_texts(splits))), f"torch-{PACKAGE_DIGEST}", FROZEN_TOKENS, embed, log
    )


def _texts(splits: Sequence[Split]) -> list[str]:
    return [text for split in splits for text in (*split.texts, *split.test_texts)]
