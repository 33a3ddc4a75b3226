"""The evidence of a tagged paper: `{area: [{"sentence": text, "weight": number}, ...]}`."""

from __future__ import annotations

from typing import Any


def is_evidence(value: Any) -> bool:
    """Whether it has the shape above; an input field may have the same name and another shape."""
    return isinstance(value, dict) and all(
        isinstance(sentences, list) and all(map(_is_sentence, sentences))
        for sentences in value.values()
    )


def sentences_for(paper: dict[str, Any], area: str) -> list[tuple[str, float]]:
    """(sentence, weight) pairs that support the tag, in their order; empty without evidence."""
    evidence = paper.get("evidence")
    if not evidence or not is_evidence(evidence):
        return []
    return [(entry["sentence"], entry["weight"]) for entry in evidence.get(area, [])]


def _is_sentence(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("sentence"), str)
        and type(entry.get("weight")) in (int, float)
    )
