"""Web pages saved as HTML: arXiv's listings, Daily Papers, a paper's own page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from tagstract.labels.errors import InputError
from tagstract.labels.io.formats import Format, detect
from tagstract.labels.io.formats.daily_papers import read_daily_papers
from tagstract.labels.io.json_values import value_at
from tagstract.labels.io.paper import paper_of
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.trees.arxiv import arxiv_id
from tagstract.labels.io.trees.pages import (
    headed_papers,
    marked_papers,
    table_papers,
    text_of,
)
from tagstract.labels.io.trees.xml import filled, xml_start
from tagstract.labels.io.wrappers import papers_in

_MARK = re.compile(
    r"\s{0,2000}(?:<!--[^>]{0,500}-->\s{0,200})?(?:<!doctype html|<(?:html|head|body|meta|table|"
    r"div|p|h[1-6]|ul|ol|dl|pre|br|span|font|center|style|script|main|b|strong)[\s/>])",
    re.I,
)
_DROPPED = ("script", "style", "noscript", "svg", "nav", "template", "button", "form")
_BLOCKS = frozenset(
    """
    p div li ul ol dl dt dd h1 h2 h3 h4 h5 h6 section article main tr td th table header footer
    blockquote br hr figure
    """.split()  # noqa: SIM905
)


def detects(source: Source) -> bool:
    return _MARK.match(source.start[:10_000]) is not None and not xml_start(source.head)


def read(source: Source) -> Iterator[Line]:
    """The papers of a page.

    Tried in turn: text in `pre`, a listing of arXiv, data that the page carries, tables, articles
    with headings, texts marked as abstracts, the paper's own data for search engines, headings with
    prose below them, and the page's text.

    Raises:
        InputError: the page has no papers.
    """
    text = source.text()
    try:
        parser = lxml_html.HTMLParser(no_network=True, huge_tree=False, encoding="utf-8")
        root = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise InputError("is empty HTML", source.name) from error
    kept = _preformatted(root, source)
    if kept is not None:
        return kept
    for found in _WAYS:
        papers = found(root, source)
        if papers:
            return iter(papers)
    for element in list(root.iter(*_DROPPED)):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    try:
        return iter(read_daily_papers(_text_of(root), source.name))
    except InputError as error:
        raise InputError(
            "is a web page without recognizable titles and abstracts", source.name
        ) from error


def _preformatted(root: Any, source: Source) -> Iterator[Line] | None:
    """The papers of a page that is only text in `pre`, as browsers save what is no page."""
    pieces = list(root.iter("pre"))
    inner = "\n".join("".join(piece.itertext()) for piece in pieces)
    if not pieces or 2 * len(inner.strip()) < len(text_of(root)):
        return None
    text = Source.of_bytes(inner.encode("utf-8", "replace"), source.name, source.notes)
    format = detect(text)
    return None if format is None or format.name == FORMAT.name else format.read(text)


def _several_marked(root: Any, source: Source) -> list[Line]:
    papers = marked_papers(root, source)
    return papers if len(papers) > 1 else []


def _listing(root: Any, source: Source) -> list[Line]:
    """arXiv's listings: `dt` has the id, `dd` the rest."""
    papers: list[Line] = []
    number = ""
    for element in root.iter("dt", "dd"):
        if element.tag == "dt":
            links = (link.get("href", "") for link in element.iter("a"))
            number = next((found for link in links if (found := _listed_id(link))), "")
            continue
        title = _by_class(element, "list-title")
        if not title:
            continue
        texts = [text_of(paragraph) for paragraph in element.iter("p")]
        authors = next(
            (e for e in element.iter("div") if "list-authors" in e.get("class", "")), None
        )
        names = [] if authors is None else [text_of(link) for link in authors.iter("a")]
        paper = {
            "id": number,
            "title": title,
            "abstract": max(texts, key=len, default=""),
            "authors": [name for name in names if name],
            "url": f"https://arxiv.org/abs/{number.removeprefix('arxiv:')}" if number else "",
            "categories": _codes(_by_class(element, "list-subjects")),
            "comments": _by_class(element, "list-comments"),
        }
        papers.append((element.sourceline or 1, filled(paper)))
    return papers


def _listed_id(link: str) -> str:
    if link.startswith("/abs/"):
        return arxiv_id(f"arxiv.org{link}") or ""
    return arxiv_id(link) or "" if "/abs/" in link else ""


def _codes(subjects: str) -> list[str]:
    return re.findall(r"\(([A-Za-z-]{2,12}(?:\.[A-Za-z-]{2,12})?)\)", subjects[:2000])


def _by_class(element: Any, name: str) -> str:
    """The text of a `div` by its class, without the word before it."""
    for inner in element.iter("div", "p", "span"):
        if name in inner.get("class", "").split():
            text = text_of(inner)
            label = next(
                (text_of(e) for e in inner.iter("span") if "descriptor" in e.get("class", "")), ""
            )
            return text.removeprefix(label).strip()
    return ""


def _carried(root: Any, source: Source) -> list[Line]:
    """Papers in the data that a page carries for its scripts, as Hugging Face's do."""
    best: list[Any] = []
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        texts = [element.get("data-props", "")]
        if element.tag == "script" and "json" in (element.get("type") or ""):
            texts.append(element.text or "")
        for text in texts:
            if "abstract" not in text.lower() and "summary" not in text.lower():
                continue
            value, fault, _ = value_at(text.strip(), 0, source)
            if fault is None and isinstance(value, dict | list):
                records = [item for item in papers_in(value)[0] if isinstance(item, dict)]
                good = [record for record in records if paper_of(record).abstract]
                best = max(best, good, key=len)
    return [(number, record) for number, record in enumerate(best, 1)]


def _articles(root: Any, source: Source) -> list[Line]:
    """`article` elements with a heading and a text."""
    papers: list[Line] = []
    for element in root.iter("article"):
        heading = next(element.iter("h1", "h2", "h3", "h4"), None)
        if heading is None:
            continue
        texts = [text_of(paragraph) for paragraph in element.iter("p", "blockquote")]
        links = [link.get("href", "") for link in [*heading.iter("a"), *element.iter("a")]]
        url = next((link for link in links if link), "")
        record = {"title": text_of(heading), "summary": max(texts, key=len, default=""), "url": url}
        papers.append((element.sourceline or 1, filled(record)))
    good = [line for line in papers if isinstance(line[1], dict) and paper_of(line[1]).abstract]
    return papers if good and len(good) * 2 >= len(papers) else []


def _own_data(root: Any, source: Source) -> list[Line]:
    """A paper's own page: the data that it has for search engines."""
    record: dict[str, Any] = {}
    for element in root.iter("meta"):
        name = (element.get("name") or element.get("property") or "").lower()
        text = element.get("content") or ""
        if not text or not name.startswith(("citation_", "dc.", "dcterms.")):
            continue
        if name in record:
            record[name] = (
                [*record[name], text] if isinstance(record[name], list) else [record[name], text]
            )
        else:
            record[name] = text
    if not any("title" in name for name in record):
        return []
    if not paper_of(record).abstract:
        texts = [text_of(e) for e in root.iter("blockquote", "section", "div")
                 if "abstract" in f"{e.get('class', '')} {e.get('id', '')}".lower()]  # fmt: skip
        if texts:
            record["abstract"] = max(texts, key=len)
    return [(1, record)]


def _text_of(root: Any) -> str:
    """A page's text, a blank line at each block."""
    pieces: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        block = isinstance(element.tag, str) and element.tag in _BLOCKS
        if block:
            pieces.append("\n\n")
        if event == "start" and isinstance(element.tag, str):
            pieces.append(" ".join((element.text or "").split()) + " ")
        elif event == "end":
            pieces.append(" ".join((element.tail or "").split()) + " ")
    return "".join(pieces)


_WAYS = (
    _listing, _carried, table_papers, _articles, _several_marked, _own_data, marked_papers,
    headed_papers,
)  # fmt: skip

FORMAT = Format(
    name="html",
    title="Web pages: arXiv's listings and searches, Daily Papers, ACL Anthology, OpenReview, "
    "tables, a paper's own page",
    detected="`<!doctype html>`, `<html>` or another element of HTML",
    kept="of listings `id`, `title`, `abstract`, `authors`, `url`, `categories`, `comments`; of "
    "tables every column; else what the page carries as data, or `title`, `abstract`, `authors`, "
    "`url`",
    detects=detects,
    read=read,
    order=15,
    aliases=("arxiv-listing",),
)
