"""BibTeX and BibLaTeX."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.latex import plain_bibtex

_START = re.compile(r"^[ \t]{0,20}@[A-Za-z]{2,30}[ \t]{0,10}[{(][ \t]{0,10}[^\n,={}]{0,300},", re.M)
_NEXT_FIELD = re.compile(r"\s{1,200}([A-Za-z][\w-]{1,30})\s{0,20}=\s{0,20}(?=\{)")
_BRACE = re.compile(r"(?<!\\)[{}]")
_MONTHS = {
    name: name.title()
    for name in ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
}
_VERBATIM = frozenset(["url", "doi", "eprint", "file", "isbn", "issn", "howpublished", "timestamp"])


def detects(source: Source) -> bool:
    return _START.search(source.start[:200_000]) is not None


def read(source: Source) -> Iterator[Line]:
    """The entries: their fields without braces and LaTeX's commands; mathematics stays.

    An entry that can't be read is its own problem.
    """
    text = source.text()
    # The library logs each fault, which we tell as well.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    from bibtexparser.entrypoint import parse_string
    from bibtexparser.model import DuplicateBlockKeyBlock, Entry, ParsingFailedBlock

    for block in parse_string(text).blocks:
        line = (block.start_line or 0) + 1
        if isinstance(block, DuplicateBlockKeyBlock) and isinstance(
            block.ignore_error_block, Entry
        ):
            source.notes.add("some keys appear twice; both entries were read")
            yield line, _record(block.ignore_error_block)
        elif isinstance(block, Entry):
            yield line, _record(block)
        elif isinstance(block, ParsingFailedBlock):
            yield from _failed(block, line)


def _failed(block: Any, line: int) -> Iterator[Line]:
    entry = block.ignore_error_block
    if entry is not None and hasattr(entry, "fields"):
        yield line, _record(entry)
        return
    yield line, "an entry that can't be read; is a brace or a comma missing?"


def _record(entry: Any) -> dict[str, Any]:
    record: dict[str, Any] = {"id": entry.key, "type": entry.entry_type}
    for name, value in _fields(entry):
        if len(value) > 1 and value[0] + value[-1] in ("{}", '""'):
            value = value[1:-1]
        if name.lower() == "month":
            value = _MONTHS.get(value.lower(), value)
        if name.lower() in ("id", "type") and name.lower() in record:
            name = f"{name}_field"
        text = value.strip() if name.lower() in _VERBATIM else plain_bibtex(value)
        record[name if name not in record else f"{name} (2)"] = text
    return record


def _fields(entry: Any) -> Iterator[tuple[str, str]]:
    """The fields of an entry; two with no comma between them come as one, and are parted."""
    for field in entry.fields:
        name, value = field.key.strip(), str(field.value).strip()
        start = 0
        while (following := _following(value, start)) is not None:
            yield name, value[start : following.start()]
            name, start = following[1], following.end()
        yield name, value[start:]


def _following(value: str, start: int) -> re.Match[str] | None:
    """Where another field follows the braced text that starts there; None where none does."""
    if not value.startswith("{", start) or "=" not in value:
        return None
    depth = 0
    for brace in _BRACE.finditer(value, start):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return _NEXT_FIELD.match(value, brace.end())
    return None


FORMAT = Format(
    name="bibtex",
    title="BibTeX, BibLaTeX: Zotero, Mendeley, DBLP, ACL Anthology, ADS",
    detected="an entry such as `@article{key,`",
    kept="`id` (the key), `type`, every field without braces and LaTeX's commands",
    detects=detects,
    read=read,
    order=28,
    aliases=("bib", "biblatex"),
)
