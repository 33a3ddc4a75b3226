"""RIS: Zotero, EndNote, Mendeley, Scopus, Embase, Covidence, Rayyan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.tagged import Block, blocks, lines_of

_TAG = re.compile(r"([A-Z][A-Z0-9])\s{1,3}-(?:\s(.*))?$", re.S)
_START = re.compile(r"^TY {1,3}- ?", re.M)


def detects(source: Source) -> bool:
    return _START.search(source.start[:100_000]) is not None


def read(source: Source) -> Iterator[Line]:
    """The references, with rispy's names for the tags."""
    found = blocks(source, _TAG, lambda tag: tag == "TY", lambda tag: tag == "ER")
    return lines_of((block for block in found if block.first("TY")), _record)


@cache
def _parser() -> Any:
    import rispy

    return rispy.RisParser()


def _record(block: Block) -> dict[str, Any]:
    # Tags of other widths and lines that go on are laid out as rispy wants them.
    lines = [f"{tag}  - {text}" for tag, text in block.fields]
    [reference] = _parser().parse("\n".join([*lines, "ER  - "]))
    record = {name: value for name, value in reference.items() if value}
    if isinstance(record.get("unknown_tag"), dict):
        record["unknown_tag"] = dict(record["unknown_tag"])
    if "title" not in record and record.get("primary_title"):
        record["title"] = record["primary_title"]
    if "abstract" not in record and record.get("notes_abstract"):
        record["abstract"] = record["notes_abstract"]
    return record


FORMAT = Format(
    name="ris",
    title="RIS: Zotero, EndNote, Mendeley, Scopus, Embase, Covidence, Rayyan",
    detected="a line `TY  - `",
    kept="every tag, under rispy's names",
    detects=detects,
    read=read,
    order=26,
)
