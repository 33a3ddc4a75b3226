"""MARC 21 in XML, as libraries export it: the fields of a paper by their numbers."""

from __future__ import annotations

from typing import Any

from lxml import etree

from tagstract.labels.io.trees.feed_items import doi_of
from tagstract.labels.io.trees.xml import children, filled, folded_text


def is_marc(record: etree._Element) -> bool:
    return next(children(record, "datafield"), None) is not None


def marc_fields(record: etree._Element) -> dict[str, Any]:
    """Title (245), abstract (520), names (100, 700), date (260, 264), subjects (650, 653)."""
    ids = [folded_text(e) for e in children(record, "controlfield") if e.get("tag") == "001"]
    title = " ".join(_texts(record, ("245",), "ab")).rstrip(" /:")
    abstracts = _texts(record, ("520",), "a")
    urls = _texts(record, ("856",), "u")
    return filled(
        {
            "id": next(iter(ids), ""),
            "title": title,
            "abstract": abstracts[0] if len(abstracts) == 1 else abstracts,
            "authors": [name.rstrip(",") for name in _texts(record, ("100", "700"), "a")],
            "published": next(
                (text.strip(" .c©") for text in _texts(record, ("260", "264"), "c")), ""
            ),
            "url": next(iter(urls), ""),
            "doi": doi_of(_texts(record, ("024",), "a")),
            "keywords": _texts(record, ("650", "653"), "a"),
        }
    )


def _texts(record: etree._Element, tags: tuple[str, ...], codes: str) -> list[str]:
    """The texts of the subfields with one of the codes, in fields with one of the tags."""
    fields = (field for field in children(record, "datafield") if field.get("tag") in tags)
    parts = (part for field in fields for part in children(field, "subfield"))
    return [
        text for part in parts if part.get("code") in tuple(codes) and (text := folded_text(part))
    ]
