"""JSONL: one JSON object a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tagstract.labels.io.delimited import MAX_LINE
from tagstract.labels.io.encoding import mended
from tagstract.labels.io.formats import Format
from tagstract.labels.io.json_values import behind_space, fault_of_record, too_long, value_at
from tagstract.labels.io.problem import Line
from tagstract.labels.io.source import Source
from tagstract.labels.io.wrappers import papers_in

_LINE = re.compile(r'^[ \t\x1e]{0,50}\{[ \t]{0,50}"', re.M)
_FIRST = re.compile(r'\s{0,1000}\x1e?\s{0,50}[{"]')


def detects(source: Source) -> bool:
    """Whether the first lines are objects, or texts, each whole."""
    start = source.start
    if start.lstrip(" \t\r\n\x1e").startswith(("{", '"')):
        first, newline, _ = start.lstrip(" \t\r\n\x1e").partition("\n")
        if newline or len(first) >= len(start.strip()):
            value, fault, end = value_at(first, 0, source)
            return (
                fault is None
                and not first[end:].strip()
                and isinstance(value, dict | str)
                and (bool(newline) and not _is_wrapper(value))
            )
        return False
    return False


def _is_wrapper(value: Any) -> bool:
    return isinstance(value, dict) and papers_in(value)[1] != ""


def read(source: Source) -> Iterator[Line]:
    """The objects of the lines, in their order; a broken line is its own problem."""
    for number, line in enumerate(source.lines(), 1):
        if len(line) > MAX_LINE + 100:
            yield number, f"a line of {len(line):,} characters; at most {MAX_LINE:,} are read"
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
