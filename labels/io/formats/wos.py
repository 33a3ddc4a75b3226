"""Web of Science's plain text (.txt, .ciw)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.tagged_lines import Block, blocks, lines_of, named

_TAG = re.compile(r"([A-Z][A-Z0-9])(?: (.*))?$", re.S)
_START = re.compile(r"^(?:FN (?:Clarivate|Thomson|ISI)|PT [A-Z]\r?$)", re.M)
_NAMES = {
    "PT": "publication_type", "AU": "short_authors", "AF": "authors", "TI": "title",
    "SO": "journal", "LA": "language", "DT": "document_type", "DE": "keywords",
    "ID": "keywords_plus", "AB": "abstract", "C1": "addresses", "PY": "year", "DI": "doi",
    "UT": "id", "WC": "wos_categories", "SC": "research_areas", "PM": "pmid", "VL": "volume",
}  # fmt: skip
_PEOPLE = frozenset(["authors", "short_authors"])


def detects(source: Source) -> bool:
    return _START.search(source.start[:5000]) is not None


def read(source: Source) -> Iterator[Line]:
    """The records, with names for the common tags; the others keep theirs."""
    found = blocks(
        source, _TAG, lambda tag: tag in ("PT", "EF", "FN"), lambda tag: tag in ("ER", "EF")
    )
    return lines_of((block for block in found if block.first("PT", "TI")), _record)


def _record(block: Block) -> dict[str, Any]:
    fields = [(tag, text) for tag, text in block.fields if tag not in ("FN", "VR")]
    return named(Block(block.line, fields, block.size), _NAMES, _PEOPLE)


FORMAT = Format(
    name="wos",
    title="Web of Science, plain text",
    detected="a line `FN Clarivate`, or `PT J`",
    kept="every tag; `id`, `title`, `abstract`, `authors`, `year`, `journal`, `doi`, `keywords`, "
    "`wos_categories`, `research_areas` by name",
    detects=detects,
    read=read,
    order=27,
    aliases=("ciw", "isi"),
)
