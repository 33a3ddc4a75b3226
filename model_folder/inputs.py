"""The texts of a paper that the heads read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from tagstract.labels.papers import folded_abstract


def paper_text(paper: Mapping[str, Any]) -> str:
    """Title, a full stop and abstract, white space folded; the title may be missing."""
    title = " ".join(str(paper.get("title") or "").split())
    abstract = " ".join(str(paper.get("abstract") or "").split())
    if not title:
        return abstract
    return f"{title} {abstract}" if title[-1] in ".?!" else f"{title}. {abstract}"


def lexical_text(paper: Mapping[str, Any]) -> str:
    """`paper_text` with the title before it once more: its terms count twice for that head."""
    title = " ".join(str(paper.get("title") or "").split())
    text = paper_text(paper)
    return f"{title}. {text}" if title else text


def paper_key(paper: Mapping[str, Any]) -> int:
    """64 bits of the SHA-256 of a paper's abstract: tells papers that were trained on."""
    folded = folded_abstract(paper).encode("utf-8", "replace")
    return int.from_bytes(hashlib.sha256(folded).digest()[:8], "big")
