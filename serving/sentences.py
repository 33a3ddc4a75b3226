"""The sentences of an abstract, and how many of them are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["MAX_CHARACTERS", "MAX_SENTENCES", "runs_of", "sentences_of"]

MAX_SENTENCES = 30
"""Sentences of a paper that are tried; a model reads no more than these."""

MAX_CHARACTERS = 20_000
"""Characters of a title or an abstract that are read; no abstract comes near."""

# A full stop, then white space and a capital or a digit; not after "e.g.", "al." or an initial.
_END = re.compile(r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!e\.g\.)(?<!i\.e\.)(?<!al\.)\s+(?=[\"'(]?[A-Z0-9])")


def sentences_of(text: str) -> list[str]:
    """The sentences of an abstract, in order."""
    return [sentence for sentence in _END.split(text.strip()) if sentence]


def runs_of(paper: Any) -> int:
    """Runs of the model that it takes at most to tag a record and explain its tags."""
    abstract = paper.get("abstract") if isinstance(paper, Mapping) else None
    if not isinstance(abstract, str):
        return 1
    return 2 + min(len(sentences_of(abstract[:MAX_CHARACTERS])), MAX_SENTENCES)
