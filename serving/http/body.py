"""JSON out of a body, within bounds: of memory, and of the time that it holds the event loop.

The event loop answers all callers, so nothing here may hold it for long: what looks at every byte
does so slice by slice, and what can't be cut (the parser) gets only what it reads in an instant.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from typing import Any

from pydantic_core import from_json

from tagstract.labels import Problem
from tagstract.serving.http.faults import Fault, fault

__all__ = ["MAX_MARKS", "read_json"]

MAX_MARKS = 100_000
"""Commas, colons and brackets outside texts, at most: each may stand for a value, which takes some
hundred bytes of memory where its text takes two."""

MAX_ESCAPES = 500_000
"""Escapes in texts, at most: they are the slowest to parse."""

MAX_HALVES = 50_000
"""Escapes of halves of characters (emoji among them) in a body that is repaired."""

_SLICE = 256 << 10
_MARKS = (b",", b":", b"[", b"{")
_HALVES = re.compile(
    rb"\\u[dD](?:[89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|[89a-fA-F][0-9a-fA-F]{2})"
)
"""A pair of surrogates, or half a pair."""

_PAIRED = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F]")

_ESCAPE, _PAIR = 6, 12
"""Bytes of an escaped half, and of a pair."""

_COLON = b":"

TWICE = "holds a field twice; keep one"
TOO_LARGE = "holds a number that is too large; write it as text"


class Duplicate(dict[str, Any]):
    """An object with a field that stands twice."""


async def read_json(body: bytes | bytearray, right: str) -> Any | Fault:
    """What a body holds, or why it can't be read.

    Half a character (a lone surrogate) becomes U+FFFD: one would spoil all papers. A record with a
    field twice, or with a number that no float holds, becomes a `Problem`, which is answered in its
    place.

    Args:
        right: what would be right, for the message.
    """
    fields = await _fields_in(body)
    if fields is None:
        text = f"over {MAX_MARKS:,} values or {MAX_ESCAPES:,} escapes; send fewer papers a call"
        return fault("too-large", f"the body holds {text}")
    try:
        call = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        repaired = await _repaired(body)
        if repaired is None:
            return fault("bad-json", f"the body is no JSON ({error}); {right}")
        body = repaired
        try:
            call = from_json(body, allow_inf_nan=False)
        except ValueError as again:
            return fault("bad-json", f"the body is no JSON ({again}); {right}")
    return await _checked(body, call, fields, right)


async def _fields_in(body: bytes | bytearray) -> int | None:
    """The fields of all objects in a body; None for too many values, or escapes in texts."""
    fields, marks, quotes, escapes, carry = 0, 0, 0, 0, b""
    for start in range(0, len(body), _SLICE):
        part = carry + bytes(body[start : start + _SLICE])
        size = len(part)
        part = part.replace(rb"\\", b"")
        escapes += (size - len(part)) // 2 + part.count(b"\\")
        # An escape that is cut here counts with the next slice.
        carry = b"\\" if part.endswith(b"\\") else b""
        part = part.removesuffix(b"\\").replace(b'\\"', b"")
        outside = b"".join(part.split(b'"')[quotes % 2 :: 2])
        quotes += part.count(b'"')
        marks += sum(outside.count(mark) for mark in _MARKS)
        fields += outside.count(_COLON)
        if marks > MAX_MARKS or quotes > 4 * MAX_MARKS or escapes > MAX_ESCAPES:
            return None
        if len(body) > _SLICE:
            await asyncio.sleep(0)
    return fields


async def _repaired(body: bytes | bytearray) -> bytes | None:
    """The body with U+FFFD for each half of a character; None where it has none, or too many."""
    if b"\0" in body or (body.count(b"\\ud") + body.count(b"\\uD")) not in range(1, MAX_HALVES):
        return None
    # A backslash that is escaped must not count as the start of an escape.
    parts, carry = [], b""
    for start in range(0, len(body), _SLICE):
        part = (carry + bytes(body[start : start + _SLICE])).replace(rb"\\", b"\0\0")
        carry = b"\\" if part.endswith(b"\\") else b""
        parts.append(part.removesuffix(b"\\"))
        await asyncio.sleep(0)
    plain = b"".join(parts) + carry
    parts, start = [], 0
    while start < len(plain):
        end = _cut(plain, start + _SLICE)
        parts.append(_HALVES.sub(_repair, plain[start:end]))
        start = end
        await asyncio.sleep(0)
    return b"".join(parts).replace(b"\0\0", rb"\\")


def _cut(text: bytes, end: int) -> int:
    """Where to cut a text at about `end`: neither in an escape nor between the halves of a pair."""
    begun = text.rfind(b"\\", end - _ESCAPE + 1, end)
    if begun >= 0:
        end = begun + _ESCAPE
    if _PAIRED.match(text, end - _ESCAPE):
        end += _ESCAPE
    return end


def _repair(found: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if len(found[0]) < _PAIR else found[0]


async def _checked(body: bytes | bytearray, call: Any, fields: int, right: str) -> Any | Fault:
    """The call, with a `Problem` for each record that has a field twice, or too large a number.

    The fast parser keeps the last of two fields and makes infinity of a large number, and says
    nothing. Where it has found fewer fields than the body holds, the body is read once more.
    """
    if not isinstance(call, dict):
        return call
    found, infinite = _contents(call)
    if infinite:
        for name, value in call.items():
            if isinstance(value, list):
                call[name] = [
                    Problem(name, place, TOO_LARGE) if _contents(one)[1] else one
                    for place, one in enumerate(value, 1)
                ]
    if found == fields:
        return call
    exact = await asyncio.to_thread(
        json.loads, body, object_pairs_hook=_object, parse_int=len, parse_float=len
    )
    if isinstance(exact, Duplicate):
        return fault("bad-call", f"the body holds a field twice; {right}")
    for name, value in exact.items():
        if isinstance(value, list):
            call[name] = [
                Problem(name, place, TWICE) if _twice(one) else given
                for place, (one, given) in enumerate(zip(value, call[name], strict=True), 1)
            ]
    return call


def _contents(value: Any) -> tuple[int, bool]:
    """How many fields the objects in a value have, and whether a number in it is infinite."""
    fields, infinite, level = 0, False, [value]
    while level:
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                fields += len(one)
                inner += one.values()
            elif isinstance(one, list):
                inner += one
            elif isinstance(one, float) and math.isinf(one):
                infinite = True
        level = inner
    return fields, infinite


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    return record if len(record) == len(pairs) else Duplicate(record)


def _twice(value: Any) -> bool:
    """Whether a field stands twice in a record, or in an object inside it."""
    level = [value]
    while level:
        if any(isinstance(one, Duplicate) for one in level):
            return True
        level = [
            item
            for one in level
            if isinstance(one, dict | list)
            for item in (one.values() if isinstance(one, dict) else one)
        ]
    return False
