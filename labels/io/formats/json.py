"""JSON documents: a list of papers, or an object that holds them."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from tagstract.labels.errors import InputError
from tagstract.labels.io.formats import Format
from tagstract.labels.io.formats.jsonl import checked
from tagstract.labels.io.json_values import behind_comma, behind_space, value_at
from tagstract.labels.io.loose_json import start_of, strict, unwrapped
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.wrappers import papers_in

_START = re.compile(
    r'\s{0,5000}(?:\{\s{0,5000}["}]|\[\s{0,5000}(?:[{"\]]|\[\s{0,200}["\[\d{-])|"\[?\{\\")'
)
_PYTHON = re.compile(r"\s{0,200}\[?\s{0,200}\{\s{0,200}'\w{1,60}'\s{0,5}:")
_LIST = re.compile(r'"(\w{1,40})"\s{0,20}:\s{0,20}\[\s{0,200}\{\s{0,20}"')
_NEXT = re.compile(r"(?:,|\}|^)\s{0,50}(?=\{\s{0,20}\")", re.M)
_ROWS = re.compile(r"\[\s{0,200}\[")
_RETRIES = 50


def detects(source: Source) -> bool:
    start = source.start
    return (
        _START.match(start) is not None
        or start_of(start) > 0
        or _PYTHON.match(start[:1000]) is not None
    )


def read(source: Source) -> Iterator[Line]:
    """The papers of a document, or of documents one after the other.

    Places count elements of an array and lines of objects. A broken element costs itself: reading
    goes on at the next object.

    Raises:
        InputError: Python's notation.
    """
    text = source.text()
    if _PYTHON.match(text[:1000]):
        raise InputError("is Python's notation, not JSON; write it with json.dumps", source.name)
    text = _mended(unwrapped(text), source)
    place = behind_space(text, 0)
    line, counted, retries = 1, 0, 0
    while place < len(text):
        line += text.count("\n", counted, place)
        counted = place
        if text.startswith("[", place) and not _ROWS.match(text, place):
            place = yield from _elements(text, place + 1, source)
            continue
        value, fault, end = value_at(text, place, source)
        if fault is None and end is not None:
            records, where = papers_in(value)
            if where:
                source.notes.add(f"the papers were read from {_named(where)}")
            for number, record in enumerate(records, 1 if where else line):
                yield number if where else line, checked(record, 0 if where else end - place)
            place = behind_comma(text, end)
            continue
        inner = _LIST.search(text, place) if end is None else None
        if inner is not None and retries == 0 and "NaN" not in (fault or ""):
            source.notes.add(f"{fault} around its papers, which were read from '{inner[1]}'")
            yield from _elements(text, text.index("[", inner.start()) + 1, source)
            return
        retries += 1
        found = _NEXT.search(text, (end or place) + 1) if retries <= _RETRIES else None
        yield line, f"{fault}{'' if found or end else '; the rest was skipped'}"
        if end is not None:
            place = behind_space(text, end)
        elif found:
            place = found.end()
        else:
            return


def _mended(text: str, source: Source) -> str:
    """The text, without commas too many and comments where it can't be read with them."""
    place = behind_space(text, 0)
    _, fault, end = value_at(text, place, source)
    if fault is None or end is not None:
        return text
    mended = strict(text)
    if mended == text or value_at(mended, place, source)[2] is None:
        return text
    source.notes.add("comments, or commas before a closing bracket, were passed over")
    return mended


def _named(where: str) -> str:
    return where if " " in where else f"'{where}'"


def _elements(text: str, place: int, source: Source) -> Generator[Line, None, int]:
    """The elements of an array whose `[` stands before `place`, and the place behind the array."""
    number, retries, missing = 0, 0, False
    place = behind_space(text, place)
    while place < len(text) and text[place] != "]":
        number += 1
        value, fault, end = value_at(text, place, source)
        if end is None:
            retries += 1
            found = _NEXT.search(text, place + 1) if retries <= _RETRIES else None
            yield number, f"{fault}{'' if found else '; the rest was skipped'}"
            if found is None:
                return len(text)
            place = found.end()
            continue
        records, where = papers_in(value) if isinstance(value, dict) else ([value], "")
        if where:
            source.notes.add(f"the papers were read from {_named(where)}")
        for record in records:
            yield number, fault or checked(record, end - place)
        place = behind_space(text, end)
        if text.startswith(",", place):
            place = behind_space(text, place + 1)
        elif place < len(text) and text[place] != "]":
            if not missing:
                source.notes.add(f"commas are missing, the first after element {number}")
            missing = True
            if text[place] not in '{["':
                yield number + 1, "not JSON (no ',' or ']' after the previous element)"
                return len(text)
    if place >= len(text):
        yield number + 1, "not JSON (the array has no end); is the file cut short?"
    return behind_comma(text, place + 1)


FORMAT = Format(
    name="json",
    title="JSON: OpenAlex, Crossref, Semantic Scholar, OpenReview, bioRxiv, Europe PMC, DataCite, "
    "HAL, DOAJ, INSPIRE, Zotero, CSL-JSON, HotCRP, Hugging Face, JSON Feed, pandas",
    detected="`{` or `[` at its start",
    kept="every field; what stands around the list of papers is left out",
    detects=detects,
    read=read,
    order=40,
)
