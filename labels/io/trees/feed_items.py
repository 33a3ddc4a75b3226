"""What items of RSS and Atom share: the abstract among what an item says, and its fields."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lxml import etree

from tagstract.labels.io.text.markup import plain_text
from tagstract.labels.io.text.prose import prose_of, tidied
from tagstract.labels.io.trees.arxiv import announced, arxiv_id
from tagstract.labels.io.trees.xml import children, folded_text, inner_markup, local, raw_text

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>?#]{1,200}")
_XHTML = "xhtml"


def content_of(element: etree._Element) -> str:
    """An element's text as HTML: escaped HTML is unescaped, XHTML stays as it is."""
    if len(element):
        return inner_markup(element)
    return raw_text(element)


def longest_prose(candidates: Iterable[str], title: str = "") -> str:
    """The longest of the texts of prose in the candidates' HTML; '' where none is prose.

    A paragraph that is only the title again is left out.
    """
    return max((prose_of(text, title).text for text in candidates), key=len, default="")


def title_of(item: etree._Element) -> str:
    """An item's title: its own, not that of a picture in it.

    Dublin Core's title is taken where the other is it with publication data before it.
    """
    own = etree.QName(item).namespace if isinstance(item.tag, str) else None
    titles = sorted(children(item, "title"), key=lambda element: not _is_in(element, own))
    texts = [plain_text(raw_text(element)) for element in titles if not _is_media(element)]
    first = next((text for text in texts if text), "")
    return next((text for text in texts[1:] if text and first.endswith(f": {text}")), first)


def _is_in(element: etree._Element, namespace: str | None) -> bool:
    return element.tag == (f"{{{namespace}}}title" if namespace else "title")


def _is_media(element: etree._Element) -> bool:
    return isinstance(element.tag, str) and ("mrss" in element.tag or "itunes" in element.tag)


def doi_of(texts: Iterable[str]) -> str:
    """The first DOI that stands in one of the texts, in small letters."""
    for text in texts:
        found = _DOI.search(text[:2000])
        if found:
            return found[0].rstrip(".,;)").lower()
    return ""


def described(candidates: dict[str, str], title: str = "") -> dict[str, Any]:
    """`abstract`, and where there is none what the item says instead, by the names it has for it.

    Beside them `id` and `announce_type`, where arXiv's lead-in tells them.
    """
    for text in candidates.values():
        abstract, paper_id, kind = announced(plain_text(text))
        if kind is not None:
            return {"id": paper_id, "abstract": tidied(abstract), "announce_type": kind}
    abstract = longest_prose(candidates.values(), title)
    if abstract:
        return {"abstract": abstract}
    return {name: plain_text(text) for name, text in candidates.items() if text.strip()}


def first_arxiv_id(*texts: str) -> str | None:
    return next((found for text in texts if (found := arxiv_id(text))), None)


def texts_of(item: etree._Element, *wanted: str) -> list[str]:
    """The folded texts of children by name, each once."""
    texts = (folded_text(element) for element in children(item, *wanted))
    return list(dict.fromkeys(text for text in texts if text))


def by_name(item: etree._Element, *wanted: str) -> dict[str, str]:
    """Children's HTML by name; of two with a name the longer."""
    found: dict[str, str] = {}
    for element in children(item, *wanted):
        if _is_media(element):
            continue
        text = content_of(element)
        name = local(element)
        if len(text) > len(found.get(name, "")):
            found[name] = text
    return found
