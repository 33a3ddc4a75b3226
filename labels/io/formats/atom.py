"""Atom: what arXiv's API answers, arXiv's daily Atom feeds, and Atom of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from tagstract.labels.files import shown
from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.trees.feed_items import (
    by_name,
    described,
    doi_of,
    first_arxiv_id,
    texts_of,
    title_of,
)
from tagstract.labels.io.trees.xml import (
    child,
    children,
    filled,
    folded_text,
    line_of,
    local,
    parse_xml,
    raw_text,
    root_name,
)

_API_ERROR = "arxiv.org/api/errors"


def detects(source: Source) -> bool:
    return root_name(source.head) in ("feed", "entry")


def read(source: Source) -> Iterator[Line]:
    """The entries of a feed."""
    root = parse_xml(source)
    entries = [root] if local(root) == "entry" else root.iter("{*}entry")
    return ((line_of(entry), _paper(entry)) for entry in entries)


def _paper(entry: etree._Element) -> dict[str, Any] | str:
    given = raw_text(child(entry, "id")).strip()
    heading = title_of(entry)
    found = described(by_name(entry, "summary", "content", "abstract", "description"), heading)
    if _API_ERROR in given:
        error = found.get("abstract") or found.get("summary") or heading
        return f"arXiv returned an error: {shown(error, 100)}"
    url = _url(entry)
    kind = found.pop("announce_type", None)
    return filled(
        {
            **found,
            "id": first_arxiv_id(given) or found.get("id") or first_arxiv_id(url) or given,
            "title": heading,
            "abstract": found.get("abstract"),
            "authors": _authors(entry),
            "published": " ".join(
                texts_of(entry, "published")[:1] or texts_of(entry, "updated")[:1]
            ),
            "url": url or (given if given.startswith("http") else ""),
            "doi": doi_of([*texts_of(entry, "doi", "identifier"), given]),
            "journal": " ".join(texts_of(entry, "journal_ref", "publicationName")[:1]),
            "categories": _categories(entry),
            "announce_type": " ".join(texts_of(entry, "announce_type")) or kind,
        }
    )


def _categories(entry: etree._Element) -> list[str]:
    terms = (category.get("term") for category in children(entry, "category"))
    return list(dict.fromkeys(term for term in terms if term))


def _authors(entry: etree._Element) -> list[str]:
    names = [folded_text(child(author, "name")) for author in children(entry, "author")]
    if not any(names):
        names = [name for text in texts_of(entry, "creator") for name in text.split(", ")]
    return [name for name in names if name]


def _url(entry: etree._Element) -> str:
    links = {link.get("rel", "alternate"): link.get("href", "") for link in children(entry, "link")}
    return str(links.get("alternate", "")).strip()


FORMAT = Format(
    name="atom",
    title="Atom: arXiv's API and daily feeds, journals",
    detected="the root element `feed` or `entry`",
    kept="`id` (of arXiv's papers `arxiv:` without the version), `title`, `abstract` (the longest "
    "prose of an entry), `authors`, `published`, `url`, `doi`, `journal`, `categories`, "
    "`announce_type`",
    detects=detects,
    read=read,
    order=20,
    aliases=("arxiv-atom",),
)
