"""The text in a value: of a list, a number, `{"value": ...}`, an inverted index."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tagstract.labels.io.text.prose import english_share

_INDEX = re.compile(r'\s{0,9}\{\s{0,9}"[^"]{1,200}"\s{0,3}:\s{0,9}\[\s{0,9}\d')
_INNER = (
    "value", "#text", "$", "_", "text", "p", "content", "abstract", "description", "title",
    "abstract_text", "rendered", "InvertedIndex", "name", "sentence", "html", "plain", "literal",
    "full",
)  # fmt: skip
"""Keys under which an object that stands for a text holds it."""

_CHOICES = (
    ("descriptionType", ("abstract",)),
    ("type", ("abstract", "item", "main", "maintitle", "main title", "english")),
    *((key, ("en", "eng", "en-us", "en-gb", "en_us", "english"))
      for key in ("language", "lang", "@xml:lang", "@lang", "locale", "@language")),
)  # fmt: skip
"""Keys that say what one of several texts is, and the values of those that are read."""

_ALTERNATIVE, _ENGLISH = 150, 0.12
"""Characters of a text that may be a whole abstract; share of small words that tells English."""

_MAX_POSITIONS = 100_000
_MAX_DEPTH = 8


def text_of(value: Any, depth: int = 0) -> str:
    """The text that a value of JSON holds; '' where it holds none.

    Of a list, its parts joined as sentences; of texts by language, the English one.
    """
    if isinstance(value, str):
        return _of_index(value) if value.startswith(("{", " {")) else value
    if value is None or isinstance(value, bool) or depth > _MAX_DEPTH:
        return ""
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        return _object(value, depth)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return joined([text_of(item, depth + 1) for item in chosen(value)])
    return ""


def chosen(items: Sequence[Any]) -> Sequence[Any]:
    """Of texts that stand for one another those to read: the abstracts among the descriptions, the
    English ones among those of several languages. Parts of one text are all chosen.
    """
    if len(items) < 2:
        return items
    if all(isinstance(item, Mapping) for item in items):
        for key, wanted in _CHOICES:
            found = [item for item in items if str(item.get(key, "")).casefold() in wanted]
            if found:
                return found
    texts = [text_of(item, _MAX_DEPTH - 2) for item in items]
    if all(len(text) >= _ALTERNATIVE for text in texts):
        english = [english_share(text) >= _ENGLISH for text in texts]
        return [item for item, good in zip(items, english, strict=True) if good] or items
    return items


def first_text(value: Any) -> str:
    """`text_of`, but of a list its first text: a title in one language, not in all."""
    if isinstance(value, list):
        return next((text for item in chosen(value) if (text := text_of(item)).strip()), "")
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
    value = _without_marks(value)
    for key in _INNER:
        if key in value:
            return text_of(value[key], depth + 1)
    for key in ("en", "en-US", "en-us", "eng", "english", "English"):
        if key in value:
            return text_of(value[key], depth + 1)
    rest = [item for item in value.values() if not isinstance(item, int | float | None)]
    if len(rest) == 1 and isinstance(rest[0], Mapping):
        return text_of(rest[0], depth + 1)
    texts = [item for item in value.values() if isinstance(item, str)]
    if texts and len(texts) == len(value) and all(len(str(key)) <= 5 for key in value):
        return texts[0]  # texts by language, none of them English
    sections = all(isinstance(item, str) and len(item) > 40 for item in value.values())
    return joined([f"{key}: {item}" for key, item in value.items()]) if value and sections else ""


def _without_marks(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields without languages in their names: of `title[en]` and `title[de]` the English."""
    if not any(str(name).endswith("]") for name in value):
        return value
    fields: dict[str, Any] = {}
    for name, item in value.items():
        bare, _, mark = str(name).partition("[")
        if bare not in fields or mark.lower().startswith("en"):
            fields[bare] = item
    return fields


def _of_index(text: str) -> str:
    """The text of an inverted index that is written as text, as tables have it; else the text."""
    if not _INDEX.match(text):
        return text
    try:
        index = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return _from_index(index) if is_inverted_index(index) else text


def _from_index(index: Mapping[str, Sequence[int]]) -> str:
    places = [(place, word) for word, where in index.items() for place in where]
    return " ".join(word for _, word in sorted(places[:_MAX_POSITIONS]))
