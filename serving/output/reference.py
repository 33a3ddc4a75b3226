"""What a reference manager wants to know of a tagged paper."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tagstract.labels.io.paper import paper_of
from tagstract.serving.output.text import plain

__all__ = ["Reference", "reference_of"]

_ARXIV = re.compile(r"(?:arxiv:|arxiv\.org/abs/)(\d{4}\.\d{4,5}(?:v\d+)?)", re.ASCII | re.I)
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)", re.ASCII)


@dataclass(frozen=True)
class Reference:
    """A paper's bibliographic fields, each one line; '' where the record has none.

    `keywords` are the record's own, then the ids of its areas.
    """

    id: str
    title: str
    authors: tuple[str, ...]
    abstract: str
    date: str
    year: str
    venue: str
    doi: str
    url: str
    arxiv: str
    keywords: tuple[str, ...]
    areas: tuple[str, ...]


def reference_of(tagged: dict[str, Any]) -> Reference:
    """The reference in a tagged paper, whatever layout its record came in."""
    paper = paper_of(tagged)
    areas = tuple(plain(tag["area"]) for tag in tagged.get("tags") or ())
    own = tagged.get("keywords")
    if isinstance(own, str):
        own = re.split(r"[;,]", own)
    words = [plain(word) for word in own if isinstance(word, str)] if isinstance(own, list) else []
    venue = next(
        (plain(tagged[name]) for name in ("journal", "journal_name", "venue", "container-title")
         if isinstance(tagged.get(name), str)), "",
    )  # fmt: skip
    date = plain(paper.date)
    year = _YEAR.search(date) or _YEAR.search(plain(tagged.get("year")))
    arxiv = _ARXIV.search(f"{paper.id} {paper.url}")
    return Reference(
        id=plain(paper.id),
        title=plain(tagged.get("title") if isinstance(tagged.get("title"), str) else paper.title),
        authors=tuple(name for author in paper.authors if (name := plain(author))),
        abstract=plain(
            tagged.get("abstract") if isinstance(tagged.get("abstract"), str) else paper.abstract
        ),
        date=date,
        year=year[1] if year else "",
        venue=venue,
        doi=paper.doi,
        url=plain(paper.url),
        arxiv=arxiv[1] if arxiv else "",
        keywords=tuple(dict.fromkeys(word for word in (*words, *areas) if word)),
        areas=areas,
    )
