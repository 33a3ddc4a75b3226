"""What makes a record a paper: an abstract that is a text and, where it has one, such a title."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def paper_fault(record: Mapping[str, Any]) -> str | None:
    """Why a record is no paper, or None."""
    abstract, title = record.get("abstract"), record.get("title")
    if abstract is None:
        return "'abstract' is missing"
    if not isinstance(abstract, str):
        return f"'abstract' is {_kind(abstract)}; it must be text"
    if not abstract.strip():
        return "'abstract' is empty"
    if title is not None and not isinstance(title, str):
        return f"'title' is {_kind(title)}; it must be text or absent"
    return None


def folded_abstract(paper: Mapping[str, Any]) -> str:
    """A paper's abstract in small letters, white space folded: what tells two papers apart."""
    return " ".join(str(paper.get("abstract") or "").lower().split())


def _kind(value: Any) -> str:
    """What a value is, in the words of JSON."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, float) and math.isnan(value):
        return "missing"
    names = {int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "no text")
