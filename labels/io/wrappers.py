"""The papers inside a JSON value: a list in an answer of an API, papers by id, columns, rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tagstract.labels.io import names
from tagstract.labels.io.paper import paper_of
from tagstract.labels.io.rows.columns import PREAMBLE_ROWS, find_columns
from tagstract.labels.io.text.prose import is_prose
from tagstract.labels.io.values import text_of

_NOT_PAPERS = frozenset(
    """
    reference references citation citations cites citedby related relatedworks
    relatedidentifiers relateditems author authors authorships creators contributors tag tags
    labels topics keywords link links annotations predictions versions reviews comments replies
    details editors passages bodytext fulltext funder funders grants affiliations assertion
    attachments notes files metadata meta aggregations facets
    """.split()  # noqa: SIM905
)
"""Fields whose lists are of something else, or of other papers. `notes` and `metadata` may as well
hold the papers, see `_list_in`."""

_LISTS = frozenset(
    """
    results result items data papers docs documents entries entry records articles publications
    works hits hit notes collection rows posts
    """.split()  # noqa: SIM905
)
"""Names of the lists that hold an answer's papers, by which one without any is recognised."""

_MAYBE = frozenset(["notes", "metadata", "details"])
_ID = re.compile(r"[\w.:/-]{0,60}\d[\w.:/-]{0,60}$")
_MAX_NESTING = 5
_SAMPLE = 5

Found = tuple[list[Any], str]
"""Records, and where they stood; '' for the value itself."""


def papers_in(value: Any, nesting: int = 0) -> Found:
    """The records of a value, and the name of the field that held them.

    An object that has an abstract is a record; else the largest list of papers in it is taken, the
    lists of its groups or pages, papers by their id, columns or rows.
    """
    if isinstance(value, list):
        return _rows_of(value) or _flat(value, nesting) or (value, "")
    if not isinstance(value, Mapping) or nesting > _MAX_NESTING or _is_paper(value):
        return [value], ""
    for way in (_split, _columns, _by_id):
        found = way(value)
        if found is not None:
            return found
    return _list_in(value, nesting) or _nothing_in(value) or ([value], "")


def _is_paper(value: Mapping[str, Any]) -> bool:
    """Whether an object has an abstract of its own, under a name that only abstracts have."""
    for name, item in value.items():
        rank = names.abstract_rank(str(name))
        if rank is None or rank >= 10 or _is_column(item) or _is_list_of_texts(item, value):
            continue
        if len(text_of(item)) > 20:
            return True
    return False


def _is_list_of_texts(item: Any, value: Mapping[str, Any]) -> bool:
    """Whether a list of abstracts stands beside a list of as many titles."""
    return isinstance(item, list) and any(
        names.title_rank(str(name)) is not None
        and isinstance(other, list)
        and len(other) == len(item) > 1
        and all(isinstance(text, str) for text in [*other, *item])
        for name, other in value.items()
    )


def _looks_like_papers(items: list[Any]) -> bool:
    sample = [item for item in items[:_SAMPLE] if isinstance(item, Mapping)]
    papers = [paper_of(item) for item in sample]
    good = [
        bool(paper.abstract) or bool(paper.title and not names.is_weak_title(paper.title_from))
        for paper in papers
    ]
    return sum(good) * 2 > len(sample)


def _have_abstracts(items: list[Any]) -> bool:
    sample = [item for item in items[:_SAMPLE] if isinstance(item, Mapping)]
    return sum(bool(paper_of(item).abstract) for item in sample) * 2 > len(sample) > 0


def _list_in(value: Mapping[str, Any], nesting: int) -> Found | None:
    """The largest list of papers in an object, the outer before the inner.

    Several lists of papers with abstracts on one level are its groups: all of them are taken.
    """
    level: list[tuple[str, Mapping[str, Any]]] = [("", value)]
    # What has a title of its own is a paper without an abstract, unless its list's items have some.
    judge = _have_abstracts if _is_titled(value) else _looks_like_papers
    for _ in range(_MAX_NESTING):
        lists: list[tuple[str, list[Any]]] = []
        inner: list[tuple[str, Mapping[str, Any]]] = []
        for path, fields in level:
            for name, item in fields.items():
                place = f"{path}.{name}" if path else str(name)
                if not _may_hold_papers(str(name), item):
                    continue
                if isinstance(item, list):
                    items, _ = _flat(item, nesting) or (item, "")
                    if judge(items):
                        lists.append((place, items))
                elif isinstance(item, Mapping):
                    inner.append((place, item))
        groups = [(place, items) for place, items in lists if _have_abstracts(items)]
        if len(groups) > 1:
            return _joined(groups)
        if lists:
            place, items = max(groups or lists, key=lambda found: len(found[1]))
            return items, place
        if any(_is_paper(item) for _, item in inner):
            return None if len(inner) < 2 or len(level) > 1 else _by_id(value)
        by_id = [(place, found[0]) for place, item in inner if (found := _by_id(item))]
        if by_id:
            return _joined(by_id)
        if len(inner) > 200:
            return None
        level = inner
    return None


def _nothing_in(value: Mapping[str, Any], nesting: int = 3) -> Found | None:
    """An answer without papers: `{"results": []}`."""
    if _is_titled(value):
        return None
    for name, item in value.items():
        if item == [] and str(name).lower() in _LISTS:
            return [], str(name)
        if isinstance(item, Mapping) and nesting and (found := _nothing_in(item, nesting - 1)):
            return found
    return None


def _joined(groups: list[tuple[str, list[Any]]]) -> Found:
    shown = ", ".join(place for place, _ in groups[:3]) + (", ..." if len(groups) > 3 else "")
    return [item for _, items in groups for item in items], shown


def _may_hold_papers(name: str, item: Any) -> bool:
    folded = names.folded_name(name).folded
    if folded in _MAYBE:
        return isinstance(item, Mapping) or (isinstance(item, list) and _have_abstracts(item))
    return folded not in _NOT_PAPERS


def _flat(items: list[Any], nesting: int) -> Found | None:
    """The papers of a list of pages or groups, each with a list of its own; None for others."""
    sample = [item for item in items[:_SAMPLE] if isinstance(item, Mapping)]
    if not sample or any(paper_of(item).abstract or _is_paper(item) for item in sample):
        return None
    if not any(isinstance(inner, list) for item in sample for inner in item.values()):
        return None
    found: list[Any] = []
    place = ""
    for item in items:
        inner, where = papers_in(item, nesting + 1)
        if isinstance(item, Mapping) and where and _looks_like_papers(inner):
            found.extend(inner)
            place = place or where
        elif any(isinstance(one, Mapping) and paper_of(one).title for one in inner):
            return None
    return (found, place) if found else None


def _by_id(value: Mapping[str, Any]) -> Found | None:
    """Papers by id: `{"2603.01234": {"title": ..., "abstract": ...}}`."""
    items = {str(name): item for name, item in value.items() if isinstance(item, Mapping)}
    alike = all(_ID.match(name) for name in items)
    if not items or (len(items) < 0.8 * len(value) and not (alike and len(items) > 1)):
        return None
    if any(name.startswith("_") for name in items):
        return None
    objects = list(items.values())
    if not (_own_titles(objects) if alike else all(map(_is_whole, objects))):
        return None
    records: list[Any] = [
        dict(item) if "id" in item else {"id": name, **item} for name, item in items.items()
    ]
    if len(records) == 1 and not alike:
        return None  # an object around one paper, which `paper_of` looks into
    return records, "its field names, which were read as ids"


def _is_titled(value: Mapping[str, Any]) -> bool:
    return any(
        names.title_rank(str(name)) is not None
        and not names.is_weak_title(str(name))
        and isinstance(item, str | list)
        and bool(item)
        for name, item in value.items()
    )


def _own_titles(objects: list[Any]) -> bool:
    """Whether most objects have a title among their own fields."""
    sample = objects[:_SAMPLE]
    titled = [any(names.title_rank(str(name)) is not None for name in item) for item in sample]
    return sum(titled) * 2 > len(sample) and _looks_like_papers(sample)


def _is_whole(item: Mapping[str, Any]) -> bool:
    """Whether an object has a title and an abstract."""
    paper = paper_of(item)
    return bool(paper.title and paper.abstract)


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


def _rows_of(value: list[Any]) -> Found | None:
    """Rows of cells, the first of them perhaps a header."""
    if len(value) < 2 or not all(isinstance(row, list) for row in value):
        return None
    cells = [[text_of(cell) for cell in row] for row in value[:PREAMBLE_ROWS]]
    columns = find_columns(cells)
    if columns is None:
        return None
    records: list[Any] = []
    for row in value[columns.header + 1 :]:
        record = {name: cell for name, cell in zip(columns.names, row, strict=False) if name}
        for field, name in columns.found:
            record.setdefault(field, record.get(name))
        records.append(record)
    return records, "its rows"


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
