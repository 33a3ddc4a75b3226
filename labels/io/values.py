"""The text in a value: of a list, a number, `{"value": ...}`, an inverted index."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

_INNER = (
    "value", "#text", "$", "_", "text", "p", "content", "abstract", "description", "title",
    "name", "sentence", "html", "plain", "literal", "full",
)  # fmt: skip
"""Keys under which an object that stands for a text holds it."""

_MAX_POSITIONS = 100_000
_MAX_DEPTH = 8


def text_of(value: Any, depth: int = 0) -> str:
    """The text that a value of JSON holds; '' where it holds none.

    Of a list, its parts joined as sentences; of texts by language, the English one.
    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool) or depth > _MAX_DEPTH:
        return ""
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        return _object(value, depth)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return joined([text_of(item, depth + 1) for item in value])
    return ""


def first_text(value: Any) -> str:
    """`text_of`, but of a list its first text: a title in one language, not in all."""
    if isinstance(value, list):
        return next((text for item in value if (text := text_of(item)).strip()), "")
    return text_of(value)


def joined(parts: Sequence[str]) -> str:
    """Parts of a text as one: sentences get their full stop, words a space."""
    parts = [part.strip() for part in parts if part and part.strip()]
    if not parts:
        return ""
    words = sum(part.count(" ") + 1 for part in parts)
    if words < 2 * len(parts):
        return " ".join(parts)
    ended = [part if part[-1] in ".?!:;,…。" else f"{part}." for part in parts[:-1]]
    return " ".join([*ended, parts[-1]])


def is_inverted_index(value: Any) -> bool:
    """Whether this is an abstract as OpenAlex writes it: each word with its positions."""
    if not isinstance(value, Mapping) or not value:
        return False
    return all(
        isinstance(places, list) and places and all(type(place) is int for place in places)
        for places in value.values()
    )


def names_of(value: Any) -> tuple[str, ...]:
    """People's names: of a list of texts or objects, or of one text that joins them."""
    if isinstance(value, str):
        for separator in (" and ", ";", "|"):
            if separator in value:
                return tuple(name.strip() for name in value.split(separator) if name.strip())
        return (value.strip(),) if value.strip() else ()
    if isinstance(value, Mapping):
        value = value.get("value", [value])
    if not isinstance(value, list):
        return ()
    return tuple(name for item in value[:5000] if (name := _person(item)))


def _person(item: Any) -> str:
    if not isinstance(item, Mapping):
        return text_of(item).strip()
    inner = next(
        (item[key] for key in ("author", "person") if isinstance(item.get(key), Mapping)), item
    )
    whole_names = ("name", "display_name", "full_name", "fullName", "fullname", "literal")
    whole = next(
        (inner[key] for key in whole_names
         if isinstance(inner.get(key), str)), "",
    )  # fmt: skip
    if whole:
        return whole.strip()
    given = next((inner[key] for key in ("given", "first", "firstName", "first_name", "forenames")
                  if isinstance(inner.get(key), str)), "")  # fmt: skip
    family = next((inner[key] for key in ("family", "last", "lastName", "last_name", "keyname")
                   if isinstance(inner.get(key), str)), "")  # fmt: skip
    return f"{given} {family}".strip()


def date_of(value: Any) -> str:
    """A date's text; of Crossref's and CSL's `{"date-parts": [[2026, 3, 2]]}` in ISO form."""
    if isinstance(value, Mapping) and isinstance(value.get("date-parts"), list):
        parts = value["date-parts"]
        parts = parts[0] if parts and isinstance(parts[0], list) else parts
        numbers = [str(part) for part in parts if str(part).isdigit()]
        return "-".join(part.zfill(2) for part in numbers)
    return text_of(value).strip()


def _number(value: float) -> str:
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
    return str(value)


def _object(value: Mapping[str, Any], depth: int) -> str:
    if is_inverted_index(value):
        return _from_index(value)
    for key in _INNER:
        if key in value:
            return text_of(value[key], depth + 1)
    for key in ("en", "en-US", "en-us", "eng", "english", "English"):
        if key in value:
            return text_of(value[key], depth + 1)
    texts = [item for item in value.values() if isinstance(item, str)]
    if texts and len(texts) == len(value) and all(len(str(key)) <= 5 for key in value):
        return texts[0]  # texts by language, none of them English
    sections = all(isinstance(item, str) and len(item) > 40 for item in value.values())
    return joined([f"{key}: {item}" for key, item in value.items()]) if value and sections else ""


def _from_index(index: Mapping[str, Sequence[int]]) -> str:
    places = [(place, word) for word, where in index.items() for place in where]
    return " ".join(word for _, word in sorted(places[:_MAX_POSITIONS]))
