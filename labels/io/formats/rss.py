"""RSS 2.0 and 1.0 (RDF): arXiv's daily feeds, PubMed's searches, journals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from lxml import etree

from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.markup import plain_text
from tagstract.labels.io.trees.feed_items import (
    by_name,
    described,
    doi_of,
    first_arxiv_id,
    texts_of,
    title_of,
)
from tagstract.labels.io.trees.xml import (
    children,
    filled,
    line_of,
    parse_xml,
    raw_text,
    root_name,
)

_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_TITLE_TAIL = re.compile(r"\s{0,20}\(arXiv:(\S{1,40})(?: \[[^\]]{1,40}\])?(?: UPDATED)?\)\s{0,20}$")
_CANDIDATES = ("description", "encoded", "summary", "abstract", "content", "teaser")


def detects(source: Source) -> bool:
    root = root_name(source.head)
    if root == "RDF":
        return b"purl.org/rss" in source.head or b"<item" in source.head
    return root in ("rss", "channel")


def read(source: Source) -> Iterator[Line]:
    """The items of a feed."""
    root = parse_xml(source)
    return ((line_of(item), _paper(item)) for item in root.iter("{*}item"))


def _paper(item: etree._Element) -> dict[str, Any]:
    heading = title_of(item)
    tail = _TITLE_TAIL.search(heading[-120:])
    found = described(by_name(item, *_CANDIDATES), heading)
    about = item.get(_ABOUT, "").strip()
    url = " ".join(texts_of(item, "link")[:1]) or about
    given = " ".join(texts_of(item, "guid")[:1]) or about
    identifiers = texts_of(item, "identifier", "doi")
    titled = first_arxiv_id(f"arxiv:{tail[1]}") if tail else None
    paper_id = found.get("id") or first_arxiv_id(given, url) or titled
    kind = found.pop("announce_type", None)
    return filled(
        {
            **found,
            "id": paper_id or given or " ".join(identifiers[:1]) or url,
            "title": heading[: len(heading) - len(tail[0])] if tail else heading,
            "abstract": found.get("abstract"),
            "authors": _authors(item, joined=paper_id is not None),
            "published": _published(item),
            "url": url or (given if given.startswith("http") else ""),
            "doi": doi_of([*identifiers, url, given]),
            "journal": " ".join(texts_of(item, "publicationName", "source")[:1]),
            "categories": texts_of(item, "category", "subject"),
            "announce_type": " ".join(texts_of(item, "announce_type")) or kind,
        }
    )


def _authors(item: etree._Element, joined: bool) -> list[str]:
    """arXiv joins all authors in one element; elsewhere a comma may stand inside a name."""
    names = [plain_text(raw_text(element)) for element in children(item, "creator", "author")]
    if joined:
        names = [name for text in names for name in text.split(", ")]
    return list(dict.fromkeys(name for name in names if name))


def _published(item: etree._Element) -> str:
    date = " ".join(texts_of(item, "pubDate")[:1])
    if not date:
        return " ".join(texts_of(item, "date", "publicationDate", "coverDate", "published")[:1])
    try:
        return parsedate_to_datetime(date).isoformat()
    except (ValueError, TypeError):
        return date


FORMAT = Format(
    name="rss",
    title="RSS: arXiv, PubMed, bioRxiv, Nature, Wiley, ScienceDirect and other journals",
    detected="the root element `rss` or `RDF`",
    kept="`id`, `title`, `abstract` (the longest prose of an item), `authors`, `published` (ISO), "
    "`url`, `doi`, `journal`, `categories`, `announce_type`; an item without prose keeps its "
    "`description`",
    detects=detects,
    read=read,
    order=20,
    aliases=("arxiv-rss", "rdf"),
)
