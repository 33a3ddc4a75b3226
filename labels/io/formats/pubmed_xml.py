"""PubMed's XML: `PubmedArticleSet`, as E-utilities and the yearly baseline have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.markup import plain_text
from tagstract.labels.io.trees.xml import (
    below,
    child,
    children,
    filled,
    folded_text,
    inner_markup,
    line_of,
    local,
    parse_xml,
    root_name,
)


def detects(source: Source) -> bool:
    return root_name(source.head) in ("PubmedArticleSet", "PubmedArticle", "MedlineCitationSet")


def read(source: Source) -> Iterator[Line]:
    """The articles and book chapters of a set."""
    root = parse_xml(source)
    for article in below(root, "MedlineCitation", "BookDocument"):
        yield line_of(article), _paper(article)


def _paper(citation: etree._Element) -> dict[str, Any]:
    inner = child(citation, "Article")
    article = citation if inner is None else inner
    title = child(article, "ArticleTitle", "BookTitle")
    parent = citation.getparent()
    whole = citation if parent is None else parent
    ids = {element.get("IdType", ""): folded_text(element) for element in _ids(whole)}
    pmid = folded_text(child(citation, "PMID"))
    journal = child(article, "Journal")
    others = [_abstract(other) for other in children(citation, "OtherAbstract")]
    return filled(
        {
            "id": f"pmid:{pmid}" if pmid else "",
            "title": plain_text(inner_markup(title))
            or folded_text(child(article, "VernacularTitle")),
            "abstract": _abstract(child(article, "Abstract")),
            "abstract_other": others[0] if others else "",
            "authors": [name for author in below(article, "Author") if (name := _name(author))],
            "published": _date(article),
            "url": f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else "",
            "doi": ids.get("doi", ""),
            "journal": folded_text(child(journal, "Title")),
            "keywords": [folded_text(word) for word in below(citation, "Keyword")],
            "mesh": [folded_text(word) for word in below(citation, "DescriptorName")],
        }
    )


def _ids(whole: etree._Element) -> Iterator[etree._Element]:
    """The article's own ids: those of its references stand elsewhere."""
    for holder in below(whole, "ArticleIdList"):
        parent = holder.getparent()
        if parent is not None and local(parent) != "Reference":
            yield from children(holder, "ArticleId")


def _abstract(abstract: etree._Element | None) -> str:
    """The parts of an abstract, each behind its label."""
    if abstract is None:
        return ""
    parts = []
    for part in children(abstract, "AbstractText"):
        label = part.get("Label", "")
        text = plain_text(inner_markup(part))
        if text:
            parts.append(f"{label}: {text}" if label and label != "UNLABELLED" else text)
    return " ".join(parts) or plain_text(inner_markup(abstract))


def _name(author: etree._Element) -> str:
    group = folded_text(child(author, "CollectiveName"))
    given = folded_text(child(author, "ForeName")) or folded_text(child(author, "Initials"))
    return group or f"{given} {folded_text(child(author, 'LastName'))}".strip()


def _date(article: etree._Element) -> str:
    for element in [*children(article, "ArticleDate"), *below(article, "PubDate")]:
        parts = [folded_text(child(element, name)) for name in ("Year", "Month", "Day")]
        if parts[0]:
            return "-".join(part.zfill(2) for part in parts if part)
        if folded_text(element):
            return folded_text(element)
    return ""


FORMAT = Format(
    name="pubmed-xml",
    title="PubMed XML",
    detected="the root element `PubmedArticleSet`",
    kept="`id` (`pmid:`), `title`, `abstract` (with its labels), `authors`, `published`, `url`, "
    "`doi`, `journal`, `keywords`, `mesh`",
    detects=detects,
    read=read,
    order=20,
)
