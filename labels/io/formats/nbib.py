"""PubMed's and MEDLINE's tagged text (.nbib, .medline)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.tagged_lines import Block, blocks, lines_of, named
from tagstract.labels.io.trees.feed_items import doi_of

_TAG = re.compile(r"([A-Z]{2,4}) {0,3}- ?(.*)$", re.S)
_START = re.compile(r"^PMID- ?\d", re.M)
_OVID = re.compile(r"^(?:VN|DB|UI) {2}- \S", re.M)
_NAMES = {
    "PMID": "pmid", "TI": "title", "AB": "abstract", "FAU": "authors", "AU": "short_authors",
    "DP": "date", "JT": "journal", "TA": "journal_abbreviation", "OT": "keywords", "MH": "mesh",
    "PT": "publication_types", "LA": "language", "TT": "vernacular_title", "PMC": "pmc",
    "UI": "id", "SO": "source", "DO": "doi", "OAB": "abstract_other",
    "CI": "copyright", "AD": "affiliations", "BTI": "book_title",
}  # fmt: skip
_LISTS = frozenset(
    ["authors", "short_authors", "keywords", "mesh", "publication_types", "affiliations"]
)


def detects(source: Source) -> bool:
    start = source.start[:100_000]
    return bool(_START.search(start) or (_OVID.search(start) and "\nTI  - " in start))


def read(source: Source) -> Iterator[Line]:
    """The citations, with names for the common tags; the others keep theirs."""
    ovid = _START.search(source.start[:100_000]) is None
    found = blocks(source, _TAG, lambda tag: tag == "PMID", blank_ends=ovid)
    return lines_of((block for block in found if block.first("PMID", "TI")), _record)


def _record(block: Block) -> dict[str, Any]:
    record = named(block, _NAMES, _LISTS)
    pmid = block.first("PMID")
    doi = doi_of(text for text in block.values("LID", "AID") if "[doi]" in text)
    record = {"id": f"pmid:{pmid}", **record} if pmid else record
    if doi:
        record["doi"] = doi
    return record


FORMAT = Format(
    name="nbib",
    title="PubMed and MEDLINE text (.nbib), also Ovid's",
    detected="a line `PMID- `, or `VN  - ` and `TI  - `",
    kept="every tag; `id`, `title`, `abstract`, `authors`, `date`, `journal`, `keywords`, `mesh`, "
    "`doi` by name",
    detects=detects,
    read=read,
    order=26,
    aliases=("medline", "pubmed"),
)
