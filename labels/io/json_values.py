"""JSON values out of text, strictly, and what of them can be kept when they are not strict."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tagstract.labels.io.rows.delimited import MAX_LINE
from tagstract.labels.io.sources.source import Source

MAX_DEPTH = 64
"""Lists and objects inside each other; what comes later must be able to write them again."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_DIGITS = "has a number with too many digits; write it as text"


class _Refused(ValueError):
    """Well-formed JSON that isn't taken; its text says why."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise _Refused("has a duplicate field; keep one")
    return record


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _Refused("has a number that is too large; write it as text")
    return number


def _missing(name: str) -> None:
    return None


_STRICT = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_missing, parse_float=_float, strict=False
)
_LOOSE = json.JSONDecoder(parse_int=str, parse_float=str, strict=False)
"""Finds the end of a value that the strict decoder refuses."""


def value_at(text: str, place: int, source: Source) -> tuple[Any, str | None, int | None]:
    """The value that starts at `place`, what is wrong with it, and where it ends.

    The end is None where it can't be found. NaN and infinity become None.
    """
    try:
        value, end = _STRICT.raw_decode(text, place)
    except (json.JSONDecodeError, RecursionError) as error:
        return None, reason(error), None
    except ValueError as error:
        try:
            return None, reason(error), _LOOSE.raw_decode(text, place)[1]
        except (ValueError, RecursionError):
            return None, reason(error), None
    piece = text[place:end]
    if "NaN" in piece or "Infinity" in piece:
        source.notes.add("numbers such as NaN were read as missing")
    if _SURROGATE.search(piece):
        value, halves = _whole(value)
        if halves:
            source.notes.add("incomplete characters were read as \ufffd")
    return value, None, end


def fault_of_record(record: dict[str, Any]) -> str | None:
    """What in a record would break what reads or writes it later, or None."""
    if depth_of(record) > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH}; a record is a flat object"
    return None


def too_long(length: int) -> str | None:
    if length > MAX_LINE:
        return f"a record of {length:,} characters; the maximum is {MAX_LINE:,}"
    return None


def reason(error: Exception) -> str:
    """A decoder's error in a few words."""
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg})"
    if isinstance(error, RecursionError):
        return f"nested deeper than {MAX_DEPTH}"
    return str(error) if isinstance(error, _Refused) else _DIGITS


def depth_of(value: Any) -> int:
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [
            item
            for outer in level
            for item in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


def _whole(value: Any) -> tuple[Any, bool]:
    """The value with U+FFFD for halves of characters, and whether there were any."""
    if isinstance(value, str):
        try:
            value.encode()
            return value, False
        except UnicodeEncodeError:
            pair = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            return pair, True
    if isinstance(value, list):
        items = [_whole(item) for item in value]
        return [item for item, _ in items], any(half for _, half in items)
    if isinstance(value, dict):
        names = [(_whole(name), _whole(item)) for name, item in value.items()]
        return {n[0]: v[0] for n, v in names}, any(n[1] or v[1] for n, v in names)
    return value, False


_SPACE = re.compile(r"[ \t\r\n\x1e\ufeff]*")


def behind_space(text: str, place: int) -> int:
    """The next place that is no white space, nor a mark that parts JSON texts."""
    found = _SPACE.match(text, place)
    return found.end() if found else place


def behind_comma(text: str, place: int) -> int:
    """The next place that is no white space, a comma on the way passed over."""
    place = behind_space(text, place)
    return behind_space(text, place + 1) if text.startswith(",", place) else place


def starts_of_objects(text: str, place: int) -> Iterator[int]:
    """Places of the objects that begin behind a comma or a line's start."""
    for found in re.finditer(r"(?:,|\n|\})\s{0,20}(?=\{\s{0,20}[\"}])", text[place:]):
        yield place + found.end()
