"""JSONL: one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tagstract.labels.io.formats import Format
from tagstract.labels.io.json_values import behind_space, fault_of_record, too_long, value_at
from tagstract.labels.io.problem import Line
from tagstract.labels.io.rows.delimited import MAX_LINE, records_of_rows
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.encoding import mended
from tagstract.labels.io.text.prose import is_prose
from tagstract.labels.io.values import text_of
from tagstract.labels.io.wrappers import papers_in


def detects(source: Source) -> bool:
    """Whether the first line is an object, a row or a text of prose, and others follow."""
    start = source.start.lstrip(" \t\r\n\x1e")
    first, newline, rest = start.partition("\n")
    if not newline or not start.startswith(("{", '"', "[")):
        return False
    value, fault, end = value_at(first, 0, source)
    if fault is not None or first[end:].strip():
        return False
    if isinstance(value, str):
        return is_prose(value)
    if isinstance(value, list):
        return rest.startswith("[")
    return isinstance(value, dict) and not _is_wrapper(value)


def _is_wrapper(value: Any) -> bool:
    return isinstance(value, dict) and papers_in(value)[1] != ""


def read(source: Source) -> Iterator[Line]:
    """The objects of the lines, in their order; a broken line is its own problem."""
    rows = _rows(source)
    if rows is not None:
        yield from rows
        return
    for number, line in enumerate(source.lines(), 1):
        if len(line) > MAX_LINE + 100:
            yield number, f"a line of {len(line):,} characters; the maximum is {MAX_LINE:,}"
            continue
        text, strayed = mended(line)
        if strayed:
            source.note_stray()
        place = behind_space(text, 0)
        while place < len(text):
            value, fault, end = value_at(text, place, source)
            if fault is not None or end is None:
                yield (
                    number,
                    f"{fault}; one object a line" if "not JSON" in (fault or "") else fault or "",
                )
                break
            for record in papers_in(value)[0]:
                yield number, checked(record, end - place)
            place = behind_space(text, end)


def _rows(source: Source) -> Iterator[Line] | None:
    """The records of lines that are rows of a table; None where they are something else."""
    first = source.start.lstrip().partition("\n")[0]
    value = value_at(first, 0, source)[0] if first.startswith("[") else None
    if not isinstance(value, list) or any(isinstance(cell, dict) for cell in value):
        return None
    lines = (value_at(line, 0, source)[0] for line in source.lines() if line.startswith("["))
    cells = ([text_of(cell) for cell in row] for row in lines if isinstance(row, list))
    return records_of_rows(cells, source, source.mapped)


def checked(record: Any, length: int) -> dict[str, Any] | str:
    """A value as a record, or what is wrong with it."""
    if isinstance(record, str) and len(record) > 40:
        return {"text": record}
    if not isinstance(record, dict):
        return "not a JSON object; a record is {...}"
    return too_long(length) or fault_of_record(record) or record


FORMAT = Format(
    name="jsonl",
    title="JSONL, JSON texts in sequence",
    detected="an object in each line",
    kept="every field",
    detects=detects,
    read=read,
    order=30,
    aliases=("ndjson", "json-lines"),
)
