"""EndNote's tagged text (Refer, .enw) and RefWorks' tagged text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.tagged_lines import Block, blocks, lines_of, named

_REFER = re.compile(r"%([0-9A-Z@!?<>~*&^+$\[\]()]) ?(.*)$", re.S)
_REFER_START = re.compile(r"^%0 ", re.M)
_REFWORKS = re.compile(r"([A-Z][A-Z0-9]) (.*)$", re.S)
_REFWORKS_START = re.compile(
    r"^RT (?:Journal|Conference|Book|Generic|Web|Dissertation|Unpublished)", re.M
)
_REFER_NAMES = {
    "0": "type", "A": "authors", "T": "title", "X": "abstract", "D": "year", "J": "journal",
    "B": "book", "R": "doi", "U": "url", "K": "keywords", "M": "id", "@": "issn", "8": "date",
    "V": "volume", "N": "number", "P": "pages", "Z": "notes", "F": "label_of_reference",
}  # fmt: skip
_REFWORKS_NAMES = {
    "RT": "type", "A1": "authors", "T1": "title", "AB": "abstract", "YR": "year", "JF": "journal",
    "DO": "doi", "UL": "url", "LK": "url", "K1": "keywords", "ID": "id", "FD": "date",
    "NO": "notes",
    "SR": "source_type", "LA": "language", "SN": "issn",
}  # fmt: skip
_LISTS = frozenset(["authors", "keywords"])


def detects(source: Source) -> bool:
    start = source.start[:20_000]
    return bool(_REFER_START.search(start) or _REFWORKS_START.search(start))


def read(source: Source) -> Iterator[Line]:
    """The references, with names for the common tags; the others keep theirs."""
    refer = _REFER_START.search(source.start[:20_000]) is not None
    pattern, first = (_REFER, "0") if refer else (_REFWORKS, "RT")
    names = _REFER_NAMES if refer else _REFWORKS_NAMES

    def record(block: Block) -> dict[str, Any]:
        return named(block, names, _LISTS)

    found = blocks(source, pattern, lambda tag: tag == first)
    return lines_of((block for block in found if block.first(first)), record)


FORMAT = Format(
    name="refer",
    title="EndNote text (.enw), RefWorks text",
    detected="a line `%0 ` or `RT Journal`",
    kept="every tag; `title`, `abstract`, `authors`, `year`, `journal`, `doi`, `url`, `keywords`, "
    "`id` by name",
    detects=detects,
    read=read,
    order=27,
    aliases=("enw", "refworks"),
)
