"""RIS: Zotero, EndNote, Mendeley, Scopus, Embase, Covidence, Rayyan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.tagged_lines import Block, blocks, lines_of

_PARTS = ("AB", "N2")
"""Tags of abstracts, which may come in several lines."""

_START = re.compile(r"^\ufeff?([ \t]{0,8})TY([ \t]{1,3})-[ \t]{0,3}[A-Z]", re.M)


def detects(source: Source) -> bool:
    return _START.search(source.start[:100_000]) is not None


def read(source: Source) -> Iterator[Line]:
    """The references, with rispy's names for the tags."""
    found = blocks(source, _tag(source), lambda tag: tag == "TY", lambda tag: tag == "ER")
    return lines_of((block for block in found if block.first("TY")), _record)


def _tag(source: Source) -> re.Pattern[str]:
    """A line with a tag, laid out as the first one is or as the standard has it."""
    first = _START.search(source.start)
    indent, gap = (first[1], first[2]) if first else ("", "  ")
    gaps = "|".join(dict.fromkeys([re.escape(gap), "  "]))
    return re.compile(rf"{re.escape(indent)}([A-Z][A-Z0-9])(?:{gaps})-[ \t]?(.*)?$", re.S)


@cache
def _parser() -> Any:
    import rispy

    return rispy.RisParser()


def _record(block: Block) -> dict[str, Any]:
    # Tags of other widths and lines that go on are laid out as rispy wants them.
    lines = [f"{tag}  - {text}" for tag, text in _joined(block.fields)]
    [reference] = _parser().parse("\n".join([*lines, "ER  - "]))
    record = {name: value for name, value in reference.items() if value}
    if isinstance(record.get("unknown_tag"), dict):
        record["unknown_tag"] = dict(record["unknown_tag"])
    if "title" not in record and record.get("primary_title"):
        record["title"] = record["primary_title"]
    if "abstract" not in record and record.get("notes_abstract"):
        record["abstract"] = record["notes_abstract"]
    return record


def _joined(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The fields, those of an abstract that is in several parts as one."""
    found: list[tuple[str, str]] = []
    parts: dict[str, list[str]] = {}
    for tag, text in fields:
        if tag not in _PARTS:
            found.append((tag, text))
        elif tag not in parts:
            parts[tag] = [text]
            found.append((tag, ""))
        elif text not in parts[tag]:
            parts[tag].append(text)
    return [(tag, " ".join(parts[tag]) if tag in parts else text) for tag, text in found]


FORMAT = Format(
    name="ris",
    title="RIS: Zotero, EndNote, Mendeley, Scopus, Embase, Covidence, Rayyan",
    detected="a line `TY  - `",
    kept="every tag, under rispy's names",
    detects=detects,
    read=read,
    order=26,
)
