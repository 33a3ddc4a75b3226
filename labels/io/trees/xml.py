"""XML in: hardened against hostile files, forgiving to broken ones."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from tagstract.labels.errors import InputError
from tagstract.labels.files import shown
from tagstract.labels.io.sources.source import HEAD, Source
from tagstract.labels.io.text.encoding import decoded
from tagstract.labels.io.trees.salvage import by_items, documents_of

_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,60}:)?([A-Za-z_][\w.-]{0,60})[\s/>]")
_BEHIND_LINES = re.compile(rb"\n[ \t]{0,20}(<\?xml\s|<rss[\s>]|<feed[\s>])")
_MAX_BEFORE = 8192
_ENTITIES = "declares XML entities; remove them"
_ENTITY = re.compile(rb"<!ENTITY", re.I)
_DECLARATION = re.compile(r"\s{0,50}<\?xml[^>]{0,200}\?>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&(#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{0,31};)?")
_XML_NAMES = frozenset(["amp;", "lt;", "gt;", "quot;", "apos;"])
_TYPES = frozenset(["str", "arr", "field", "text", "property", "attribute", "column", "metadatum"])
_OPEN, _CLOSE = "<![CDATA[", "]]>"
MAX_XML = 512 << 20
"""Bytes of an XML file: its tree takes several times as much memory."""


def xml_start(head: bytes) -> int:
    """Where XML begins behind lines of something else, such as a server's warnings; else 0."""
    first = head[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if first.startswith((b"{", b"[", b'"', b"<?", b"<!", b"<rss", b"<feed")):
        return 0
    found = _BEHIND_LINES.search(head, 0, _MAX_BEFORE)
    return found.start(1) if found and first else 0


def root_name(head: bytes) -> str | None:
    """The root element's name without its prefix, from the first bytes; None if it is no XML."""
    data = head[xml_start(head) : 1 << 16].removeprefix(b"\xef\xbb\xbf").lstrip()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode()
    while data.startswith((b"<!--", b"<?", b"<!DOCTYPE", b"<!doctype")):
        end = b"-->" if data.startswith(b"<!--") else b">"
        if data.startswith(b"<!D") and -1 < data.find(b"[") < data.find(b">"):
            _, _, data = data.partition(b"]")  # declarations inside
        _, closed, rest = data.partition(end)
        if not closed:
            return None
        data = rest.lstrip()
    found = _ROOT.match(data)
    return found[1].decode(errors="replace") if found else None


def parse_xml(source: Source) -> etree._Element:
    """The root of an XML file, read without entities, network or unbounded nodes.

    A broken file is mended first (`&nbsp;`, a bare `&`, control characters, bytes of another
    encoding, white space before the declaration), then read as far as it can be; both are noted.

    Raises:
        InputError: entities of its own, nothing to be read, or too large.
    """
    data = source.read().removeprefix(b"\xef\xbb\xbf")
    start = xml_start(data[:HEAD])
    if start:
        source.notes.add("lines before its XML were passed over")
        data = data[start:]
    if len(data) > MAX_XML:
        raise InputError(f"is larger than {MAX_XML >> 20} MiB of XML; split it", source.name)
    _refuse_entities(data, source)
    try:
        root = etree.fromstring(data, _parser(recover=False))
    except (etree.XMLSyntaxError, ValueError) as error:
        root = _salvaged(data, source, error)
    declared: Any = root.getroottree().docinfo.internalDTD
    # A comment before the DOCTYPE may have hidden it from the search above.
    if declared is not None and declared.entities():
        raise InputError(_ENTITIES, source.name)
    return root


def _parser(recover: bool, encoding: str | None = None) -> etree.XMLParser:
    # load_dtd off keeps a named DTD unread; huge_tree off bounds depth and text.
    return etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False,
        recover=recover, encoding=encoding,
    )  # fmt: skip


def _refuse_entities(data: bytes, source: Source) -> None:
    root = _ROOT.search(data)
    entity = _ENTITY.search(data, 0, root.start() if root else len(data))
    if entity:
        line = data.count(b"\n", 0, entity.start()) + 1
        raise InputError(_ENTITIES, source.name, line)


def _salvaged(data: bytes, source: Source, error: Exception) -> etree._Element:
    """A broken file as far as it can be read: mended, in several documents, item by item."""
    line = getattr(error, "lineno", None) or 1
    text, strayed = decoded(data, source.encoding)
    if strayed:
        source.note_stray()
    text = _DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"), count=1)
    # The declaration is gone, so lines count from where it was.
    repaired = mended_xml(text)
    root = _parsed(repaired, recover=False)
    if root is not None:
        source.notes.add(f"is broken XML at line {line} ({_reason(error)}); it was repaired")
        return root
    documents = [_parsed(part, recover=False) for part in documents_of(repaired)]
    if len(documents) > 1 and all(document is not None for document in documents):
        source.notes.add(f"holds {len(documents)} XML documents; all were read")
        root = etree.Element("documents")
        root.extend([document for document in documents if document is not None])
        return root
    root = by_items(repaired, _parsed)
    if root is None:
        root = _parsed(repaired, recover=True)
    if root is None:
        raise InputError(f"broken XML: {_reason(error)}", source.name, line)
    source.notes.add(f"is broken XML at line {line} ({_reason(error)}); only part of it was read")
    return root


def _parsed(text: str, recover: bool) -> etree._Element | None:
    """The root of a text, or None where it can't be read."""
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), _parser(recover, "utf-8"))
    except (etree.XMLSyntaxError, ValueError):
        return None


def mended_xml(text: str) -> str:
    """XML text without control characters, and with references that XML knows.

    CDATA sections stay as they are.
    """
    text = _CONTROL.sub("", text)
    pieces: list[str] = []
    place = 0
    while place < len(text):
        start = text.find(_OPEN, place)
        pieces.append(_REFERENCE.sub(_reference, text[place : start if start >= 0 else len(text)]))
        if start < 0:
            break
        end = text.find(_CLOSE, start)
        place = len(text) if end < 0 else end + len(_CLOSE)
        pieces.append(text[start:place])
    return "".join(pieces)


def _reference(found: re.Match[str]) -> str:
    name = found[1]
    if name is None:
        return "&amp;"
    if name in _XML_NAMES:
        return found[0]
    if name.startswith("#"):
        number = int(name[2:-1], 16) if name[1] in "xX" else int(name[1:-1])
        valid = number in (9, 10, 13) or 0x20 <= number <= 0xD7FF or 0xE000 <= number <= 0x10FFFF
        return found[0] if valid and number not in (0xFFFE, 0xFFFF) else ""
    resolved = html.unescape(found[0])
    if resolved == found[0]:
        return f"&amp;{name}"
    return "".join(f"&#{ord(character)};" for character in resolved)


def _reason(error: Exception) -> str:
    text = getattr(error, "msg", None) or str(error) or "no element"
    return shown(re.sub(r",? line \d+, column \d+.*$", "", text), 100)


def local(element: etree._Element) -> str:
    """An element's name without its namespace; '' for a comment."""
    # A broken file may have names that `QName` refuses.
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def line_of(element: etree._Element) -> int:
    """The line an element starts on, counted from 1."""
    line = element.sourceline
    return line if isinstance(line, int) else 1


def raw_text(element: etree._Element | None) -> str:
    """All text inside an element, whitespace as it is; '' for None."""
    if element is None:
        return ""
    return "".join(part for part in element.itertext() if isinstance(part, str))


def folded_text(element: etree._Element | None) -> str:
    """All text inside an element, every run of white space as one space."""
    return " ".join(raw_text(element).split())


def inner_markup(element: etree._Element | None) -> str:
    """An element's content with its tags, as `plain_text` takes it."""
    if element is None:
        return ""
    if not len(element):
        return html.escape(element.text or "", quote=False)
    whole = etree.tostring(element, encoding="unicode", with_tail=False)
    return whole[whole.find(">") + 1 : whole.rfind("<")]


def name_of(element: etree._Element) -> str:
    """What an element is called: by its tag, or by its `name` where the tag says only its type."""
    tag = local(element)
    if tag == "dcvalue":
        parts = (element.get("element", ""), element.get("qualifier", "none"))
        return ".".join(part for part in parts if part and part != "none")
    return element.get("name") or tag if tag in _TYPES else tag


def children(parent: etree._Element, *wanted: str) -> Iterator[etree._Element]:
    """Children by their names, whatever their namespace."""
    return (child for child in parent if local(child) in wanted)


def child(parent: etree._Element | None, *wanted: str) -> etree._Element | None:
    """The first child with one of the names."""
    return None if parent is None else next(children(parent, *wanted), None)


def below(parent: etree._Element, *wanted: str) -> Iterator[etree._Element]:
    """Descendants by their names, whatever their namespace."""
    return (element for element in parent.iter() if local(element) in wanted)


def filled(record: dict[str, Any]) -> dict[str, Any]:
    """A record without its empty fields."""
    return {name: value for name, value in record.items() if value not in ("", None, [], {}, ())}
