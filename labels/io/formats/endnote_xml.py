"""EndNote's XML, which Zotero, Covidence and others write too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.markup import plain_text
from tagstract.labels.io.trees.feed_items import doi_of
from tagstract.labels.io.trees.xml import (
    below,
    child,
    filled,
    folded_text,
    line_of,
    parse_xml,
    root_name,
)


def detects(source: Source) -> bool:
    head = source.head[:20_000]
    return root_name(source.head) in ("xml", "records") and b"<record" in head


def read(source: Source) -> Iterator[Line]:
    """The records of a library."""
    root = parse_xml(source)
    return ((line_of(record), _paper(record)) for record in below(root, "record"))


def _paper(record: etree._Element) -> dict[str, Any]:
    titles = child(record, "titles")
    dates = child(record, "dates")
    urls = [folded_text(url) for url in below(record, "url")]
    number = folded_text(child(record, "electronic-resource-num"))
    return filled(
        {
            "id": folded_text(child(record, "accession-num"))
            or folded_text(child(record, "rec-number")),
            "title": folded_text(child(titles, "title")),
            "abstract": plain_text(folded_text(child(record, "abstract"))),
            "authors": _authors(record),
            "published": folded_text(child(dates, "year")),
            "url": next((url for url in urls if url.startswith("http")), ""),
            "doi": doi_of([number]) or number,
            "journal": folded_text(child(titles, "secondary-title")),
            "keywords": [folded_text(word) for word in below(record, "keyword")],
            "notes": folded_text(child(record, "notes")),
            "language": folded_text(child(record, "language")),
        }
    )


def _authors(record: etree._Element) -> list[str]:
    contributors = child(record, "contributors")
    authors = child(contributors, "authors")
    return [] if authors is None else [name for one in authors if (name := folded_text(one))]


FORMAT = Format(
    name="endnote-xml",
    title="EndNote XML",
    detected="the root element `xml` with `record` in it",
    kept="`id`, `title`, `abstract`, `authors`, `published`, `url`, `doi`, `journal`, `keywords`, "
    "`notes`, `language`",
    detects=detects,
    read=read,
    order=20,
)
