"""Any other XML with papers in it: JATS, MODS, ACL Anthology, TEI, exports of databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lxml import etree

from tagstract.labels.errors import InputError
from tagstract.labels.files import shown
from tagstract.labels.io.formats import Format
from tagstract.labels.io.names import abstract_rank, is_weak_title, title_rank
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.markup import plain_text
from tagstract.labels.io.trees.elements import fields_of
from tagstract.labels.io.trees.feed_items import doi_of
from tagstract.labels.io.trees.marc import is_marc, marc_fields
from tagstract.labels.io.trees.xml import (
    below,
    child,
    filled,
    folded_text,
    inner_markup,
    line_of,
    local,
    name_of,
    parse_xml,
    root_name,
)

_AROUND_TITLES = ("titles", "titleinfo", "title-group", "titlestmt", "filedesc", "coredata")
_NO_ROOTS = ("html", "HTML", "svg")


def detects(source: Source) -> bool:
    root = root_name(source.head)
    return (
        root is not None
        and root not in _NO_ROOTS
        and not source.start.lstrip()[:15].lower().startswith("<!doctype html")
    )


def read(source: Source) -> Iterator[Line]:
    """The elements that are papers: the ones of a kind that have a title, most of them.

    Raises:
        InputError: no element has a title.
    """
    root = parse_xml(source)
    articles = list(below(root, "article"))
    if articles and next(below(articles[0], "article-title", "article-meta"), None) is not None:
        return ((line_of(article), _jats(article)) for article in articles)
    catalogue = [record for record in below(root, "record") if is_marc(record)]
    if catalogue:
        return ((line_of(record), marc_fields(record)) for record in catalogue)
    name = _paper_element(root)
    if name is None:
        raise InputError(
            f"is no feed: no element in its <{shown(local(root))}> has a title and a text",
            source.name,
        )
    source.notes.add(f"is XML of an unknown kind; its <{shown(name)}> elements were read as papers")
    return ((line_of(element), fields_of(element)) for element in below(root, name))


def _paper_element(root: etree._Element) -> str | None:
    """The name of the elements that hold an abstract and its title, else of those with a title."""
    holders: dict[etree._Element, bool] = {}
    whole: Counter[str] = Counter()
    titled: Counter[str] = Counter()
    for element in root.iter():
        name = name_of(element) if local(element) else ""
        rank = abstract_rank(name) if name else None
        if rank is not None and rank < 10:
            holder = _holder(element, holders)
            if holder is not None:
                whole[local(holder)] += 1
        elif name and title_rank(name) is not None and not is_weak_title(name):
            parent = element.getparent()
            if parent is not None and local(parent).lower() in _AROUND_TITLES:
                parent = parent.getparent()
            if parent is not None and local(parent) and len(parent) > 1 and parent is not root:
                titled[local(parent)] += 1
    if whole:
        return whole.most_common(1)[0][0]
    if not titled and len(root) and _has_title(root):
        return local(root)
    return titled.most_common(1)[0][0] if titled else None


def _holder(abstract: etree._Element, known: dict[etree._Element, bool]) -> etree._Element | None:
    """The innermost element around an abstract that has a title; `known` keeps what was found."""
    for element in abstract.iterancestors():
        if element not in known:
            known[element] = _has_title(element)
        if known[element]:
            return element
    return None


def _has_title(element: etree._Element) -> bool:
    """Whether an element has a title among its own, or inside what stands around titles."""
    for inner in element:
        name = name_of(inner) if local(inner) else ""
        if not name:
            continue
        if title_rank(name) is not None and not is_weak_title(name):
            return True
        if name.lower() in _AROUND_TITLES and _has_title(inner):
            return True
    return False


def _jats(article: etree._Element) -> dict[str, Any]:
    front = child(article, "front")
    meta = next(below(article if front is None else front, "article-meta"), article)
    abstracts = [
        plain_text(inner_markup(element))
        for element in below(meta, "abstract")
        if element.get("abstract-type") in (None, "", "abstract", "summary")
    ] or [plain_text(inner_markup(element)) for element in below(meta, "abstract")]
    dates = ["-".join(folded_text(child(date, part)).zfill(2) for part in ("year", "month", "day")
                      if child(date, part) is not None)
             for date in below(meta, "pub-date")]  # fmt: skip
    ids = {
        element.get("pub-id-type", ""): folded_text(element)
        for element in below(meta, "article-id")
    }
    names = [
        f"{folded_text(child(name, 'given-names'))} {folded_text(child(name, 'surname'))}".strip()
        for name in below(meta, "name")
    ]
    return filled(
        {
            "id": ids.get("doi") or next(iter(ids.values()), ""),
            "title": plain_text(inner_markup(next(below(meta, "article-title"), None))),
            "abstract": max(abstracts, key=len, default=""),
            "authors": names,
            "published": next(iter(dates), ""),
            "doi": doi_of([ids.get("doi", "")]),
            "journal": folded_text(next(below(article, "journal-title"), None)),
            "keywords": [folded_text(word) for word in below(meta, "kwd")],
        }
    )


FORMAT = Format(
    name="xml",
    title="Other XML: JATS, MODS, ACL Anthology, exports of databases",
    detected="XML with another root element",
    kept="of JATS `id`, `title`, `abstract`, `authors`, `published`, `doi`, `journal`, `keywords`; "
    "else every element of a paper",
    detects=detects,
    read=read,
    order=25,
    aliases=("jats", "mods"),
)
