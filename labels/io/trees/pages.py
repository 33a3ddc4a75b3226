"""Papers in the elements of a web page: rows of a table, texts marked as abstracts, headings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tagstract.labels.io.paper import paper_of
from tagstract.labels.io.problem import Line
from tagstract.labels.io.rows.delimited import records_of_rows
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.prose import is_prose
from tagstract.labels.io.trees.arxiv import arxiv_id
from tagstract.labels.io.trees.xml import filled

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "dt")
_BOLD = ("strong", "b", "summary")
_LABEL = re.compile(r"\W{0,3}(?:abstract|summary|résumé|zusammenfassung|摘要)\W{0,3}$", re.I)
_CLASS = re.compile(r"[a-z]+")
_SWITCH = re.compile(
    r"\W{0,3}(?:show|hide|read|view|see)?\s?(?:more|less|abs|abstract|full text)\W{0,3}$", re.I
)
_MAX_TABLES = 200
_SHORTEST = 80
"""Characters of a text that a page marks as an abstract."""


@dataclass
class _Found:
    """What stands between one abstract and the next."""

    line: int = 1
    titles: list[tuple[int, str, str]] = field(default_factory=list)
    """How good a place for a title it is (0 the best), its text, its link."""

    authors: str = ""
    links: list[str] = field(default_factory=list)


def table_papers(root: Any, source: Source) -> list[Line]:
    """The rows of the tables that have papers' abstracts or titles."""
    papers: list[Line] = []
    for table in islice(root.iter("table"), _MAX_TABLES):
        rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
        cells = ([text_of(cell) for cell in row if cell.tag in ("td", "th")] for row in rows)
        found = list(records_of_rows(cells, source))
        if not any(isinstance(record, dict) and paper_of(record).abstract for _, record in found):
            continue
        for number, record in found:
            row = rows[number - 1] if number <= len(rows) else table
            if isinstance(record, dict):
                _linked(record, [link.get("href", "") for link in row.iter("a")])
            papers.append((row.sourceline or number, record))
    return papers


def marked_papers(root: Any, source: Source) -> list[Line]:
    """Texts that a page marks as abstracts, by a class or a label before them, each with the
    heading, the element of class `title`, or the bold link before it."""
    abstracts = _abstracts(root)
    around: set[Any] = set()
    for abstract in abstracts:
        for ancestor in abstract.iterancestors():
            if ancestor in around:
                break
            around.add(ancestor)
    papers: list[Line] = []
    found, inside = _Found(), None
    for element in root.iter() if abstracts else ():
        if not isinstance(element.tag, str):
            continue
        if inside is not None and inside in element.iterancestors():
            continue
        inside = None
        if element in abstracts:
            inside = element
            papers.append(_paper(found, abstracts[element]))
            found = _Found(line=element.sourceline or 1)
        else:
            _note(element, found, element in around)
    return [line for line in papers if isinstance(line[1], dict) and line[1].get("title")]


def headed_papers(root: Any, source: Source) -> list[Line]:
    """Headings of one level with a paragraph of prose below them."""
    by_level: dict[str, list[Line]] = {}
    heading: Any = None
    texts: list[str] = []

    def close() -> None:
        prose = [text for text in texts if len(text) > _SHORTEST and is_prose(text)]
        if heading is not None and prose:
            record = {"title": text_of(heading), "abstract": max(prose, key=len)}
            _linked(record, [link.get("href", "") for link in heading.iter("a")])
            by_level.setdefault(heading.tag, []).append((heading.sourceline or 1, record))

    for element in root.iter(*_HEADINGS, "p", "dd", "blockquote"):
        if element.tag in _HEADINGS:
            close()
            heading, texts = element, []
        else:
            texts.append(text_of(element))
    close()
    best = max(by_level.values(), key=len, default=[])
    return best if len(best) > 1 else []


def text_of(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _abstracts(root: Any) -> dict[Any, str]:
    """Innermost elements that are marked as abstracts, and their texts."""
    found: dict[Any, str] = {}
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        target = element
        if _LABEL.match((element.text or "").strip()) and _LABEL.match(text_of(element)):
            target = element.getnext()
            if target is None or not isinstance(target.tag, str):
                continue
        elif "abstract" not in _words(element) or element.tag in ("a", "button", "input"):
            continue
        text = _abstract_text(target)
        if len(text) > _SHORTEST and is_prose(text):
            found[target] = text
    # An outer element is left out for an inner one with most of its text.
    for element, text in list(found.items()):
        for outer in element.iterancestors():
            if outer in found and 2 * len(text) > len(found[outer]):
                del found[outer]
    return found


def _words(element: Any) -> set[str]:
    """The words in an element's class and id."""
    return set(_CLASS.findall(f"{element.get('class', '')} {element.get('id', '')}".lower()[:500]))


def _abstract_text(element: Any) -> str:
    """An element's text without its links to show more or less of it."""
    pieces: list[str] = []
    for inner in element.iter():
        switch = (
            inner is not element
            and inner.tag in ("a", "button", "span")
            and _SWITCH.match((inner.text or "").strip() or "-")
        )
        if isinstance(inner.tag, str) and not switch:
            pieces.append(inner.text or "")
        if inner is not element:
            pieces.append(inner.tail or "")
    return " ".join("".join(pieces).split())


def _note(element: Any, found: _Found, is_around: bool) -> None:
    """Keep what an element before an abstract, or around one, says of the paper."""
    words = _words(element)
    if element.tag == "a" and element.get("href"):
        found.links.append(element.get("href", ""))
    if is_around:
        return
    place = None
    if element.tag in _HEADINGS or "title" in words:
        place = 0
    elif element.tag in _BOLD:
        place = 1 if next(element.iter("a"), None) is not None else 2
    text = text_of(element) if place is not None or words & {"author", "authors"} else ""
    if place is not None and len(text) >= 4 and len(text) <= 600 and arxiv_id(text) is None:
        link = next((link.get("href", "") for link in element.iter("a")), "")
        found.titles.append((place, text, link))
    elif text and not found.authors:
        found.authors = text


def _paper(found: _Found, abstract: str) -> Line:
    title = link = ""
    if found.titles:
        best = min(place for place, _, _ in found.titles)
        good = [one for one in found.titles if one[0] == best and not one[1].startswith("arXiv:")]
        _, title, link = max(good or found.titles, key=lambda one: len(one[1]))
    record: dict[str, Any] = {"title": title, "abstract": abstract, "authors": found.authors}
    _linked(record, [*([link] if link else []), *found.links])
    return found.line, filled(record)


def _linked(record: dict[str, Any], links: list[str]) -> None:
    """Give a record the first link, and arXiv's id where one of them is arXiv's."""
    links = [link for link in links if link and not link.startswith(("#", "javascript:"))]
    if links:
        record.setdefault("url", links[0])
    found = next((one for link in links if (one := arxiv_id(link))), None)
    if found and "id" not in record:
        record["id"] = found
