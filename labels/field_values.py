"""A field's first value for each of some papers, also where it stands in other files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tagstract.labels.errors import InputError
from tagstract.labels.io.feed import read_lines
from tagstract.labels.io.paper import paper_of

__all__ = ["field_values", "first_value"]


def first_value(value: Any) -> str | None:
    """The first word of a text or of a list's first value: `cs.CL` of `cs.CL cs.AI` and of
    `["cs.CL", "cs.AI"]`; None of nothing."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = value[0] if value else None
    words = "" if value is None else str(value).replace(",", " ").replace(";", " ")
    return next(iter(words.split()), None)


def field_values(
    papers: Sequence[Mapping[str, Any]], field: str, files: Iterable[Path | str] = ()
) -> list[str | None]:
    """The first value of each paper's field.

    Args:
        files: in which papers that lack it are looked up by their id, with or without `arxiv:`.

    Raises:
        InputError: a file that can't be read; or no paper has the field.
    """
    values = [first_value(paper.get(field)) for paper in papers]
    keys = [
        _key(paper) if value is None else "" for paper, value in zip(papers, values, strict=True)
    ]
    missing = set(keys) - {""}
    found: dict[str, str] = {}
    for path in files:
        for _, record in read_lines(path)[1]:
            if isinstance(record, dict) and (key := _key(record)) in missing:
                value = first_value(record.get(field))
                if value is not None:
                    found.setdefault(key, value)
    values = [value or found.get(key) for key, value in zip(keys, values, strict=True)]
    if not any(values):
        raise InputError(
            f"no labelled paper has a field '{field}'; "
            f"name files by --papers that have it, and the same ids"
        )
    return values


def _key(record: Mapping[str, Any]) -> str:
    id = record.get("id")
    text = str(id) if id is not None else paper_of(record).id or ""
    return text.strip().lower().removeprefix("arxiv:")
