"""What the XML feeds share: a hardened parser, text out of HTML, arXiv's ids and descriptions."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from tagstract.labels import InputError
from tagstract.labels.files import shown

ARXIV = "http://arxiv.org/schemas/atom"
DC = "http://purl.org/dc/elements/1.1/"

_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.S)
_ENTITIES = "declares XML entities; a feed needs none, remove them"
_ENTITY = re.compile(rb"<!ENTITY", re.I)
_ARXIV_ID = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf)/|^oai:arxiv\.org:|^arxiv:)"
    r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?/?$",
    re.I,
)
_ANNOUNCED = re.compile(
    r"\s*arXiv:(?P<id>\S+)\s+Announce Type:\s*(?P<type>\S+)\s+(?:Abstract:\s*)?(?P<text>.*)", re.S
)
_BLOCKS = "p|br|div|li|ul|ol|dl|dt|dd|h[1-6]|hr|blockquote|pre|table|tr|td|th|section|figure"
_INLINE = "a|abbr|b|code|em|font|i|img|mark|q|s|small|span|strong|sub|sup|tt|u"
_ATTRIBUTES = r"""(?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))*\s*/?"""
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS}){_ATTRIBUTES}>|<!--.*?(?:-->|\Z)", re.I | re.S)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE}){_ATTRIBUTES}>", re.I)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});")


def root_name(data: bytes) -> str | None:
    """The root element's name without its prefix, from the first bytes; None if it is no XML."""
    head = _COMMENT.sub(b"", data[: 1 << 16])
    found = _ROOT.search(head) if head.lstrip().startswith(b"<") else None
    return found[1].decode(errors="replace") if found else None


def parse_xml(data: bytes, source: str, roots: tuple[str, ...]) -> etree._Element:
    """The root of a feed, read without entities, network or unbounded nodes.

    Raises:
        InputError: broken XML (with the line), entities of its own, another root than `roots`.
    """
    root = _ROOT.search(data)
    entity = _ENTITY.search(data, 0, root.start() if root else len(data))
    if entity:
        line = data.count(b"\n", 0, entity.start()) + 1
        raise InputError(_ENTITIES, source, line)
    # load_dtd off keeps a named DTD unread; huge_tree off bounds depth and text.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False
    )
    try:
        element = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        problem = shown(re.sub(r",? line \d+, column \d+.*$", "", error.msg or "no element"), 100)
        raise InputError(f"broken XML: {problem}", source, error.lineno or 1) from error
    # A comment before the DOCTYPE may have hidden it from the search above.
    declared: Any = element.getroottree().docinfo.internalDTD
    if declared is not None and declared.entities():
        raise InputError(_ENTITIES, source)
    name = etree.QName(element).localname
    if name not in roots:
        raise InputError(f"is no such feed: its root is <{shown(name)}>, not <{roots[0]}>", source)
    return element


def line_of(element: etree._Element) -> int:
    """The line an element starts on, counted from 1."""
    line = element.sourceline
    return line if isinstance(line, int) else 1


def text_of(element: etree._Element | None) -> str:
    """All text inside an element, whitespace as it is; '' for None."""
    if element is None:
        return ""
    return "".join(part for part in element.itertext() if isinstance(part, str))


def children(parent: etree._Element, name: str, *namespaces: str) -> Iterator[etree._Element]:
    """Children by name in the parent's own namespace, or in those given."""
    own = etree.QName(parent).namespace
    for namespace in namespaces or (own,):
        yield from parent.iterchildren(f"{{{namespace}}}{name}" if namespace else name)


def child(parent: etree._Element, name: str, *namespaces: str) -> etree._Element | None:
    return next(children(parent, name, *namespaces), None)


def fold(text: str) -> str:
    """Every run of whitespace as one space."""
    return " ".join(text.split())


def plain_text(text: str) -> str:
    """HTML as folded text.

    Only well-formed tags of HTML go, and only references with a semicolon are resolved: an
    abstract's LaTeX (`$a<b$ and $c>d$`, `\\times`, `x & y`) stays. A HTML parser would take `<b$`
    for a tag and drop what follows.
    """
    if "<" in text:
        text = _INLINE_TAG.sub("", _BLOCK_TAG.sub(" ", text))
    if "&" in text:
        text = _REFERENCE.sub(_character, text)
    return fold(text)


def arxiv_id(text: str) -> str | None:
    """`arxiv:2603.01234` from arXiv's address, OAI id or own id of a paper; no version."""
    found = _ARXIV_ID.search(text.strip())
    return f"arxiv:{found[1]}" if found else None


def announced(text: str) -> tuple[str, str | None, str | None]:
    """Abstract, paper id and announce type of a description as arXiv writes it.

    Any other text comes back as it is, with None twice.
    """
    found = _ANNOUNCED.match(text)
    if not found:
        return text, None, None
    return found["text"], arxiv_id(f"arxiv:{found['id']}"), found["type"]


def _character(reference: re.Match[str]) -> str:
    resolved = html.unescape(reference[0])
    # A number may name half a character, which can't be written as UTF-8.
    return resolved if resolved.isprintable() or resolved.isspace() else reference[0]
