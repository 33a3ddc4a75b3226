"""An XML element as a record: its children by name, whatever they are called."""

from __future__ import annotations

from typing import Any

from lxml import etree

from tagstract.labels.io.names import abstract_rank, is_weak_title, title_rank
from tagstract.labels.io.text.markup import plain_text
from tagstract.labels.io.trees.xml import folded_text, inner_markup, local, name_of

_MAX_DEPTH = 12
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def fields_of(element: etree._Element, depth: int = 0) -> dict[str, Any]:
    """The children of an element as fields: text, objects, and lists where a name is there twice.

    Titles and abstracts become text whatever they hold; their language goes into the name.
    """
    record: dict[str, Any] = {
        str(name).rpartition("}")[2]: value
        for name, value in element.attrib.items()
        if str(name).rpartition("}")[2] in ("id", "key", "uri", "doi", "href", "about")
    }
    for child in element:
        name = name_of(child)
        if not name:
            continue
        language = child.get(_LANGUAGE) or child.get("lang") or ""
        value = _value(child, name, depth)
        if language and isinstance(value, str):
            name = f"{name}[{language}]"
        if name in record:
            old = record[name]
            record[name] = [*old, value] if isinstance(old, list) else [old, value]
        else:
            record[name] = value
    return record


def _value(child: etree._Element, name: str, depth: int) -> Any:
    if not len(child):
        kind = child.get("descriptionType") or child.get("titleType")
        text = folded_text(child)
        return {"#text": text, "descriptionType": kind} if kind and text else text
    titled = title_rank(name) is not None and not is_weak_title(name)
    if titled or abstract_rank(name) is not None:
        inner = [name_of(element) for element in child if local(element)]
        if any(abstract_rank(one) is not None for one in inner):
            return fields_of(child, depth + 1)
        if all(one == "str" for one in inner):  # Solr's lists
            return [folded_text(element) for element in child]
        if not any(title_rank(one) is not None for one in inner[:1]) or (
            abstract_rank(name) is not None
        ):
            return plain_text(inner_markup(child))
    if depth >= _MAX_DEPTH or (child.text or "").strip():
        return plain_text(inner_markup(child))
    return fields_of(child, depth + 1)
