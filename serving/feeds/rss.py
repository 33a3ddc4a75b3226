"""RSS 2.0 and 1.0 (RDF): arXiv's daily feeds, and RSS of others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from lxml import etree

from tagstract.labels import Problem
from tagstract.labels.files import shown
from tagstract.serving.feeds.markup import (
    ARXIV,
    DC,
    announced,
    arxiv_id,
    child,
    children,
    fold,
    line_of,
    parse_xml,
    plain_text,
    text_of,
)

_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_TITLE_TAIL = re.compile(r"\s*\(arXiv:(?P<id>\S+)(?: \[[^\]]*\])?(?: UPDATED)?\)\s*$")


def read_rss(data: bytes, source: str) -> Iterator[dict[str, Any] | Problem]:
    """Papers of an RSS feed in its order; none where it has no items.

    A record has `id` (`arxiv:` without the version, or the item's own), `title`, `abstract`
    (HTML resolved, arXiv's lead-in cut off), `authors`, `published` (ISO), `url`, `categories`,
    and arXiv's `announce_type`.

    Raises:
        InputError: not RSS, or broken.
    """
    root = parse_xml(data, source, ("rss", "RDF"))
    return (_paper(item, source) for item in root.iter("{*}item"))


def _paper(item: etree._Element, source: str) -> dict[str, Any] | Problem:
    heading = plain_text(text_of(child(item, "title")))
    tail = _TITLE_TAIL.search(heading)
    title = heading[: tail.start()] if tail else heading
    description = plain_text(text_of(child(item, "description")))
    description = description or plain_text(text_of(child(item, "encoded", _CONTENT)))
    abstract, announced_id, announce_type = announced(description)
    url = text_of(child(item, "link")).strip() or item.get(_RDF_ABOUT, "").strip()
    given = text_of(child(item, "guid")).strip() or item.get(_RDF_ABOUT, "").strip()
    if not abstract:
        line = line_of(item)
        named = shown(title or given or url)
        return Problem(source, line, f"the item '{named}' has no description")
    titled_id = arxiv_id(f"arxiv:{tail['id']}") if tail else None
    paper_id = announced_id or arxiv_id(given) or arxiv_id(url) or titled_id
    announce_type = fold(text_of(child(item, "announce_type", ARXIV))) or announce_type
    record = {
        "id": paper_id or given or url,
        "title": title,
        "abstract": abstract,
        "authors": _authors(item, joined=paper_id is not None),
        "published": _published(item),
        "url": url or (given if given.startswith("http") else ""),
        "categories": _categories(item),
        "announce_type": announce_type,
    }
    return {name: value for name, value in record.items() if value}


def _authors(item: etree._Element, joined: bool) -> list[str]:
    """arXiv joins all authors in one element; elsewhere a comma may stand inside a name."""
    found = [*children(item, "creator", DC), *children(item, "author")]
    names = [plain_text(text_of(element)) for element in found]
    if joined:
        names = [name for text in names for name in text.split(", ")]
    return [name for name in names if name]


def _categories(item: etree._Element) -> list[str]:
    found = [*children(item, "category"), *children(item, "subject", DC)]
    return list(dict.fromkeys(name for element in found if (name := fold(text_of(element)))))


def _published(item: etree._Element) -> str:
    date = text_of(child(item, "pubDate")).strip()
    if not date:
        return text_of(child(item, "date", DC)).strip()
    try:
        return parsedate_to_datetime(date).isoformat()
    except (ValueError, TypeError):
        return date
