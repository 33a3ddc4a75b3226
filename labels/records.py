"""Records out of bytes: JSONL and JSON here, CSV and Parquet in `tagstract.labels.tables`."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tagstract.labels.errors import InputError
from tagstract.labels.files import read_bytes, source_name
from tagstract.labels.tables import MAX_LINE, Line, looks_like_csv, read_csv, read_parquet

__all__ = ["Line", "read_file", "read_records", "record_format"]

MAX_DEPTH = 64
"""Lists and objects inside each other; what comes later must be able to write them again."""

_JSON_START = re.compile(rb'[ \t\r\n]*(\{\s*["}]|\[\s*[\[{\]])')
_JSON_LINE = re.compile(rb'^[ \t]*\{[ \t]*"', re.M)
_SPACE = re.compile(r"[ \t\r\n]*")
_NEXT_OBJECT = re.compile(r"^\{", re.M)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

_DIGITS = "holds a number of too many digits; write it as text"


class _Refused(ValueError):
    """Well-formed JSON that isn't taken; its text says why."""


def record_format(data: bytes) -> str | None:
    """`jsonl`, `csv` or `parquet`, told from the content; None where it is none of them."""
    if data.startswith(b"PAR1"):
        return "parquet"
    if _JSON_START.match(data):
        return "jsonl"
    if looks_like_csv(data):
        return "csv"
    # Its first lines may be broken.
    return "jsonl" if _JSON_LINE.search(data, 0, 1 << 16) else None


def read_file(
    path: Path | str, needed: Sequence[str], refusal: str = "is no JSONL, CSV or Parquet"
) -> Iterator[Line]:
    """The records of one file, as `read_records` gives them.

    Raises:
        InputError: it can't be read, or is in no format of these; `refusal` then says so.
    """
    data, source = read_bytes(path), source_name(path)
    format = record_format(data)
    if format is None:
        raise InputError(refusal, source)
    return read_records(data, source, format, needed)


def read_records(data: bytes, source: str, format: str, needed: Sequence[str]) -> Iterator[Line]:
    """(line, record) in the file's order, or (line, what is wrong with it) for a bad one.

    Lines count from 1: of JSONL and CSV the line where the record starts, of Parquet the row, of
    a JSON array the element. Records are read as they are asked for; every value is plain JSON.
    `needed` are the columns a table must have; the records of JSON aren't checked for them.

    Raises:
        InputError: unusable as a whole, at once or, for Parquet, at its damaged row group.
    """
    if format == "parquet":
        return read_parquet(data, source, needed)
    if format == "csv":
        return read_csv(data, source, needed)
    return _document(data) if _is_document(data) else _lines(data)


def _lines(data: bytes) -> Iterator[Line]:
    """One JSON object a line."""
    for number, line in enumerate(io.BytesIO(data), 1):
        # A character takes at most 4 bytes; so a far too long line isn't even decoded.
        if len(line) > 4 * MAX_LINE:
            length = len(line.rstrip(b"\r\n"))
            yield number, f"a line of {length:,} bytes; at most {MAX_LINE:,} characters are read"
            continue
        try:
            text = line.decode().strip("\ufeff \t\r\n")
        except UnicodeDecodeError:
            yield number, "is not UTF-8; save it as UTF-8"
            continue
        if text:
            yield number, _record(text)


def _record(text: str) -> dict[str, Any] | str:
    if len(text) > MAX_LINE:
        return f"a record of {len(text):,} characters; at most {MAX_LINE:,} are read"
    try:
        value = _STRICT.decode(text)
    except (ValueError, RecursionError) as error:
        syntax = isinstance(error, json.JSONDecodeError)
        return f"{_reason(error)}{'; one object a line' if syntax else ''}"
    return _checked(value, text)


def _checked(value: Any, text: str) -> dict[str, Any] | str:
    """The record, unless something in it would break what reads or writes it later."""
    if not isinstance(value, dict):
        return "not a JSON object; a record is {...}"
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH}; a record is a flat object"
    if _SURROGATE.search(text) and not _encodable(json.dumps(value, ensure_ascii=False)):
        return "holds half a character (a lone surrogate); write it whole"
    return value


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg})"
    if isinstance(error, RecursionError):
        return f"nested deeper than {MAX_DEPTH}"
    return str(error) if isinstance(error, _Refused) else _DIGITS


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [
            item
            for outer in level
            for item in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise _Refused("holds a field twice; keep one")
    return record


def _constant(name: str) -> float:
    raise _Refused(f"holds {name}, which is no JSON; write null")


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _Refused("holds a number that is too large; write it as text")
    return number


_STRICT = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
_LOOSE = json.JSONDecoder(parse_int=str, parse_float=str)
"""Finds the end of a record that the strict decoder refuses."""


def _is_document(data: bytes) -> bool:
    """Whether it is an array, or an object spread over lines, and not one object a line."""
    start = _JSON_START.match(data)
    if not start or start[1].startswith(b"["):
        return bool(start)
    text = data[start.start(1) : start.start(1) + 4 * MAX_LINE].decode(errors="replace")
    first, newline, _ = text.partition("\n")
    if not newline:
        return False
    for candidate, spread in ((first, False), (text, True)):
        try:
            _LOOSE.raw_decode(candidate)
        except (ValueError, RecursionError):
            continue
        return spread
    return False


def _document(data: bytes) -> Iterator[Line]:
    """Elements of a JSON array, or objects that are spread over lines."""
    text = data.decode(errors="surrogateescape")
    position = _space(text, 0)
    array = text[position] == "["
    if array:
        position = _space(text, position + 1)
    number, counted = 0 if array else 1, 0
    while position < len(text) and not (array and text[position] == "]"):
        if array:
            number += 1
        else:
            number += text.count("\n", counted, position)
            counted = position
        record, end = _element(text, position)
        if end is None:
            following = None if array else _NEXT_OBJECT.search(text, position + 1)
            yield number, f"{record}{'' if following else '; what follows it is left out'}"
            if not following:
                return
            position = following.start()
            continue
        yield number, record
        position = _space(text, end)
        if array and text[position : position + 1] == ",":
            position = _space(text, position + 1)
        elif array and text[position : position + 1] != "]":
            yield number + 1, "not JSON (no ',' or ']' after the element before it)"
            return
    if array and position >= len(text):
        yield number + 1, "not JSON (the array has no end); is the file cut short?"
    elif array and _space(text, position + 1) < len(text):
        yield number + 1, "not JSON (more text after the array's end)"


def _element(text: str, position: int) -> tuple[dict[str, Any] | str, int | None]:
    """The record that starts at `position` and where it ends; None where no end is found."""
    try:
        value, end = _STRICT.raw_decode(text, position)
    except (json.JSONDecodeError, RecursionError) as error:
        return _reason(error), None
    except ValueError as error:
        try:
            return _reason(error), _LOOSE.raw_decode(text, position)[1]
        except (ValueError, RecursionError):
            return _reason(error), None
    length = end - position
    if length > MAX_LINE:
        return f"a record of {length:,} characters; at most {MAX_LINE:,} are read", end
    if not _encodable(text[position:end]):
        return "is not UTF-8; save it as UTF-8", end
    return _checked(value, text[position:end]), end


def _encodable(text: str) -> bool:
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
