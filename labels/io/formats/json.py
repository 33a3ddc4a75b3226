"""JSON documents: a list of papers, or an object that holds them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagstract.labels.io.formats import Format
from tagstract.labels.io.formats.jsonl import checked
from tagstract.labels.io.json_values import behind_space, value_at
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.wrappers import papers_in

_START = re.compile(r'\s{0,5000}(?:\{\s{0,5000}["}]|\[\s{0,5000}[\[{"\]])')
_LIST = re.compile(r'"(\w{1,40})"\s{0,20}:\s{0,20}\[\s{0,200}\{\s{0,20}"')
_NEXT = re.compile(r"(?:,|\}|^)\s{0,50}(?=\{\s{0,20}\")", re.M)
_RETRIES = 50


def detects(source: Source) -> bool:
    return _START.match(source.start) is not None


def read(source: Source) -> Iterator[Line]:
    """The papers of a document, or of documents one after the other.

    Places count elements of an array and lines of objects. A broken element costs itself: reading
    goes on at the next object.
    """
    text = source.text()
    place = behind_space(text, 0)
    if text.startswith("[", place) and not text.startswith("[[", place):
        yield from _elements(text, place + 1, source)
        return
    line, counted, retries = 1, 0, 0
    while place < len(text):
        line += text.count("\n", counted, place)
        counted = place
        value, fault, end = value_at(text, place, source)
        if fault is None and end is not None:
            records, where = papers_in(value)
            if where:
                source.notes.add(f"the papers were read from {_named(where)}")
            for number, record in enumerate(records, 1 if where else line):
                yield number if where else line, checked(record, 0 if where else end - place)
            place = behind_space(text, end)
            if text.startswith(",", place):
                place = behind_space(text, place + 1)
            continue
        inner = _LIST.search(text, place) if end is None else None
        if inner is not None and retries == 0 and "NaN" not in (fault or ""):
            source.notes.add(f"{fault} around its papers, which were read from '{inner[1]}'")
            yield from _elements(text, text.index("[", inner.start()) + 1, source)
            return
        retries += 1
        found = _NEXT.search(text, (end or place) + 1) if retries <= _RETRIES else None
        yield line, f"{fault}{'' if found or end else '; what follows it is left out'}"
        if end is not None:
            place = behind_space(text, end)
        elif found:
            place = found.end()
        else:
            return


def _named(where: str) -> str:
    return where if " " in where else f"'{where}'"


def _elements(text: str, place: int, source: Source) -> Iterator[Line]:
    """The elements of an array whose `[` stands before `place`."""
    number, retries, missing = 0, 0, False
    place = behind_space(text, place)
    while place < len(text) and text[place] != "]":
        number += 1
        value, fault, end = value_at(text, place, source)
        if end is None:
            retries += 1
            found = _NEXT.search(text, place + 1) if retries <= _RETRIES else None
            yield number, f"{fault}{'' if found else '; what follows it is left out'}"
            if found is None:
                return
            place = found.end()
            continue
        yield number, fault or checked(value, end - place)
        place = behind_space(text, end)
        if text.startswith(",", place):
            place = behind_space(text, place + 1)
        elif place < len(text) and text[place] != "]":
            if not missing:
                source.notes.add(f"commas are missing, the first after element {number}")
            missing = True
            if text[place] not in '{["':
                yield number + 1, "not JSON (no ',' or ']' after the element before it)"
                return
    if place >= len(text):
        yield number + 1, "not JSON (the array has no end); is the file cut short?"
    elif behind_space(text, place + 1) < len(text) and number == 0:
        yield number + 1, "not JSON (more text after the array's end)"


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
