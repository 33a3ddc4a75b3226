"""PubMed's abstracts as text: what "Save, Format: Abstract (text)" and E-utilities give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tagstract.labels.errors import InputError
from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.prose import is_prose
from tagstract.labels.io.trees.feed_items import doi_of
from tagstract.labels.io.trees.xml import filled

_START = re.compile(r"^(\d{1,6})\. (?=[^\n]{3,300}\b(?:19|20)\d\d\b)", re.M)
_PMID = re.compile(r"^PMID: (\d{1,9})", re.M)
_REST = re.compile(
    r"(?:Author information|Collaborators|Comment (?:in|on)|Erratum|Update (?:in|of)|DOI:|PMCID:|"
    r"PMID:|Conflict of interest|Republished|Retract|©|Copyright|\(\d{1,3}\)|\[Article in)",
    re.I,
)


def detects(source: Source) -> bool:
    start = source.start[:200_000].lstrip()
    return start.startswith("1. ") and bool(_START.match(start) and _PMID.search(start))


def read(source: Source) -> Iterator[Line]:
    """The citations, numbered from 1: their paragraphs are the source, title, authors, abstract.

    Raises:
        InputError: there are none.
    """
    text = source.text().replace("\r\n", "\n").replace("\r", "\n")
    starts: list[int] = []
    for found in _START.finditer(text):
        # Inside an abstract a line may begin with another number.
        before = text[max(found.start() - 80, 0) : found.start()].rstrip(" ")
        if int(found[1]) == len(starts) + 1 and not before[-1:].strip():
            starts.append(found.start())
    if not starts:
        raise InputError("holds no numbered citations", source.name)
    line, counted = 1, 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        line += text.count("\n", counted, start)
        counted = start
        yield line, _record(text[start:end])


def _record(text: str) -> dict[str, Any]:
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s{0,80}\n", text.strip())]
    paragraphs = [part for part in paragraphs if part]
    citation = paragraphs[0].partition(". ")[2]
    rest = [part for part in paragraphs[1:] if not _REST.match(part)]
    title = rest[0].rstrip(".") if rest else ""
    prose = [part for part in rest[1:] if is_prose(part)]
    pmid = _PMID.search(text)
    return filled(
        {
            "id": f"pmid:{pmid[1]}" if pmid else "",
            "title": title,
            "abstract": " ".join(prose),
            "authors": _authors(rest[1:]),
            "doi": doi_of([part for part in paragraphs if part.startswith("DOI:")] or [citation]),
            "journal": citation.partition(". ")[0],
            "published": next(iter(re.findall(r"\b(?:19|20)\d\d(?: [A-Z][a-z]{2}(?: \d{1,2})?)?",
                                              citation[:300])), ""),
            "citation": citation,
        }
    )  # fmt: skip


def _authors(paragraphs: list[str]) -> list[str]:
    names = paragraphs[0] if paragraphs and not is_prose(paragraphs[0]) else ""
    return [re.sub(r"\(\d{1,3}\)", "", name).strip(" .") for name in names.split(", ") if name]


FORMAT = Format(
    name="pubmed-text",
    title="PubMed, abstracts as text",
    detected="a numbered citation first, and a line `PMID: `",
    kept="`id` (`pmid:`), `title`, `abstract`, `authors`, `published`, `doi`, `journal`, "
    "`citation`",
    detects=detects,
    read=read,
    order=27,
)
