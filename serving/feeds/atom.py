"""Atom: what arXiv's API answers, arXiv's daily Atom feeds, and Atom of others."""

from __future__ import annotations

from collections.abc import Iterator
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

_API_ERROR = "arxiv.org/api/errors"


def read_atom(data: bytes, source: str) -> Iterator[dict[str, Any] | Problem]:
    """Papers of an Atom feed in its order; none where it has no entries.

    A record has `id` (`arxiv:` without the version, or the entry's own), `title`, `abstract`,
    `authors`, `published`, `url`, `categories`, and `announce_type` where the feed gives one.

    Raises:
        InputError: not Atom, or broken.
    """
    root = parse_xml(data, source, ("feed", "entry"))
    entries = [root] if etree.QName(root).localname == "entry" else children(root, "entry")
    return (_paper(entry, source) for entry in entries)


def _paper(entry: etree._Element, source: str) -> dict[str, Any] | Problem:
    given = text_of(child(entry, "id")).strip()
    title = _text(child(entry, "title"))
    summary = _text(child(entry, "summary")) or _text(child(entry, "content"))
    abstract, announced_id, announce_type = announced(summary)
    line = line_of(entry)
    if _API_ERROR in given:
        return Problem(source, line, f"arXiv answered an error: {shown(summary or title, 100)}")
    if not abstract:
        return Problem(source, line, f"the entry '{shown(given or title)}' has no summary")
    announce_type = fold(text_of(child(entry, "announce_type", ARXIV))) or announce_type
    url = _url(entry)
    record: dict[str, Any] = {
        "id": arxiv_id(given) or announced_id or arxiv_id(url) or given,
        "title": title,
        "abstract": abstract,
        "authors": _authors(entry),
        "published": text_of(child(entry, "published")).strip(),
        "url": url or (given if given.startswith("http") else ""),
        "categories": list(
            dict.fromkeys(
                term for category in children(entry, "category") if (term := category.get("term"))
            )
        ),
    }
    if announce_type:
        record["announce_type"] = announce_type
    return {name: value for name, value in record.items() if value}


def _text(element: etree._Element | None) -> str:
    text = text_of(element)
    markup = element is not None and element.get("type") in ("html", "text/html")
    return plain_text(text) if markup else fold(text)


def _authors(entry: etree._Element) -> list[str]:
    names = [fold(text_of(child(author, "name"))) for author in children(entry, "author")]
    if not names:
        creators = children(entry, "creator", DC)
        names = [name for creator in creators for name in fold(text_of(creator)).split(", ")]
    return [name for name in names if name]


def _url(entry: etree._Element) -> str:
    links = {link.get("rel", "alternate"): link.get("href", "") for link in children(entry, "link")}
    return str(links.get("alternate", "")).strip()
