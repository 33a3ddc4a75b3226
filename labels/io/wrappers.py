"""The papers inside a JSON value: a list in an answer of an API, papers by id, columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tagstract.labels.io import names
from tagstract.labels.io.paper import paper_of
from tagstract.labels.io.text.prose import is_prose

_NOT_PAPERS = frozenset(
    """
    references citations related relatedworks authors authorships tags labels topics keywords
    links annotations predictions versions reviews comments editors
    """.split()  # noqa: SIM905
)
_MAX_NESTING = 4
_SAMPLE = 5

Found = tuple[list[Any], str]
"""Records, and where they stood; '' for the value itself."""


def papers_in(value: Any) -> Found:
    """The records of a value, and the name of the field that held them.

    An object that has an abstract is a record; else the largest list of papers in it is taken,
    papers by their id, or columns.
    """
    if isinstance(value, list):
        return value, ""
    if not isinstance(value, Mapping):
        return [value], ""
    if not _is_paper(value):
        for found in (_split(value), _columns(value), _list_in(value), _by_id(value)):
            if found is not None:
                return found
    return [value], ""


def _is_paper(value: Mapping[str, Any]) -> bool:
    """Whether an object has an abstract of its own, under a name that only abstracts have."""
    for name, item in value.items():
        rank = names.abstract_rank(str(name))
        if rank is None or rank >= 10:
            continue
        if isinstance(item, str) and len(item) > 20:
            return True
        if isinstance(item, list) and not any(
            str(n).lower() == "title" and isinstance(v, list) and len(v) == len(item) > 1
            for n, v in value.items()
        ):
            return True
        if isinstance(item, Mapping) and not _is_column(item):
            return True
    return False


def _looks_like_papers(items: list[Any]) -> bool:
    sample = [item for item in items[:_SAMPLE] if isinstance(item, Mapping)]
    if not sample:
        return False
    papers = [paper_of(item) for item in sample]
    return sum(bool(paper.title) or bool(paper.abstract) for paper in papers) * 2 > len(sample)


def _list_in(value: Mapping[str, Any]) -> Found | None:
    """The largest list of papers in an object, the outer before the inner."""
    level: list[tuple[str, Mapping[str, Any]]] = [("", value)]
    for _ in range(_MAX_NESTING):
        lists: list[tuple[int, str, list[Any]]] = []
        inner: list[tuple[str, Mapping[str, Any]]] = []
        for path, fields in level:
            for name, item in fields.items():
                place = f"{path}.{name}" if path else str(name)
                if names.folded_name(str(name)).folded in _NOT_PAPERS:
                    continue
                if isinstance(item, list) and _looks_like_papers(item):
                    lists.append((len(item), place, item))
                elif isinstance(item, Mapping):
                    inner.append((place, item))
        if lists:
            _, place, items = max(lists, key=lambda found: found[0])
            return items, place
        if len(inner) > 200:
            return None
        level = inner
    return None


def _by_id(value: Mapping[str, Any]) -> Found | None:
    """Papers by id: `{"2603.01234": {"title": ..., "abstract": ...}}`."""
    items = list(value.items())
    objects = [item for _, item in items if isinstance(item, Mapping)]
    if len(objects) < max(1, 0.8 * len(items)) or not _looks_like_papers(objects):
        return None
    if len(items) == 1 and names.title_rank(str(items[0][0])) is None and not _is_paper(objects[0]):
        return None  # an object around one paper, which `paper_of` looks into
    if any(str(name).startswith("_") for name, _ in items) or (
        paper_of(value).title and len(items) < 2
    ):
        return None
    records: list[Any] = []
    for name, item in items:
        if isinstance(item, Mapping):
            records.append(dict(item) if "id" in item else {"id": str(name), **item})
    return records, "its fields, which were taken for ids"


def _split(value: Mapping[str, Any]) -> Found | None:
    """Rows under a list of columns, as pandas writes them with `orient="split"`."""
    columns, rows = value.get("columns"), value.get("data", value.get("rows"))
    if not isinstance(columns, list) or not isinstance(rows, list):
        return None
    heads = [column.get("name") if isinstance(column, Mapping) else column for column in columns]
    if not all(isinstance(name, str) for name in heads) or not all(
        isinstance(row, list) for row in rows
    ):
        return None
    return [dict(zip(heads, row, strict=False)) for row in rows], "data"


def _columns(value: Mapping[str, Any]) -> Found | None:
    """Columns: lists of the same length, or objects with the same keys, by field."""
    known = [
        item
        for name, item in value.items()
        if names.title_rank(str(name)) is not None or names.abstract_rank(str(name)) is not None
    ]
    if known and all(isinstance(item, list) for item in known):
        length = len(known[0])
        texts = [text for item in known for text in item if isinstance(text, str)]
        if length > 1 and len(known) > 1 and any(is_prose(text) for text in texts[:20]):
            return list(_rows(value, range(length), list)), "its columns"
    if known and all(_is_column(item) for item in known):
        return list(_rows(value, list(known[0]), dict)), "its columns"
    return None


def _is_column(item: Any) -> bool:
    return (
        isinstance(item, Mapping)
        and len(item) > 0
        and all(str(key).isdigit() for key in item)
        and not all(isinstance(text, int | list) for text in item.values())
    )


def _rows(value: Mapping[str, Any], keys: Any, kind: type) -> Iterator[dict[str, Any]]:
    columns: dict[str, Any] = {
        name: item
        for name, item in value.items()
        if isinstance(item, kind) and isinstance(item, list | dict) and len(item) == len(keys)
    }
    for key in keys:
        yield {name: item[key] for name, item in columns.items() if kind is list or key in item}
