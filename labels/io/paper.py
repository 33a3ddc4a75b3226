"""The one record model: a paper out of any record, whatever its fields are called.

A record is what a format gave: an object of JSON, a row of a table, the fields of an XML item.
`paper_of` finds the paper in it, `with_paper` puts what was found beside the record's own fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tagstract.labels.io import names
from tagstract.labels.io.text.latex import plain_latex
from tagstract.labels.io.text.prose import (
    Judged,
    cleaned,
    english_share,
    is_missing,
    is_notice_title,
    is_prose,
    judged,
    prose_of,
)
from tagstract.labels.io.text.titles import MAX_TITLE, split_title
from tagstract.labels.io.values import date_of, first_text, is_inverted_index, names_of, text_of

_FOREIGN = frozenset(
    """
    authors author authorships journal venue source sources container host publisher references
    citations related series event user owner submitter submittedby organization institutions
    affiliations funders grants license licenses citation embedding concepts mesh
    primarylocation hostvenue bestoalocation locations relationships links editors creators
    annotations predictions tags labels media thumbnail
    """.split()  # noqa: SIM905
)
"""Objects inside a record that are about something else than the paper."""

INPUT = "input."
"""What stands before the name of a field that had to give way; it is never read again."""

_MAX_FIELDS = 2000
_MAX_NESTING = 4
_MAX_TEXT = 200_000
"""Characters of a field that are looked at; no abstract comes near."""


@dataclass(frozen=True)
class _Field:
    """A field of a record or of an object inside it."""

    name: str
    depth: int
    value: Any


@dataclass(frozen=True)
class Paper:
    """What a record says of its paper.

    Attributes:
        title, abstract: as the model reads them, without markup; '' where there is none.
        missing: why there is no abstract, "missing", "data" or "notice"; None where there is one.
        title_from, abstract_from: names of the fields; '' where there is none.
    """

    record: Mapping[str, Any]
    title: str
    abstract: str
    missing: str | None
    title_from: str
    abstract_from: str

    @cached_property
    def id(self) -> str:
        """The record's own id, else its DOI or address; '' without any."""
        return self._text(names.ID)

    @cached_property
    def doi(self) -> str:
        """The DOI in small letters, without `https://doi.org/`."""
        found = _DOI.search(self._text(names.DOI)[:500])
        return found[0].lower() if found else ""

    @cached_property
    def authors(self) -> tuple[str, ...]:
        field = _first(_fields(self.record), names.AUTHORS)
        return names_of(field.value) if field else ()

    @cached_property
    def date(self) -> str:
        """The date as the record has it: ISO, or a year alone."""
        field = _first(_fields(self.record), names.DATE)
        return date_of(field.value)[:60] if field else ""

    @cached_property
    def url(self) -> str:
        text = self._text(names.URL)
        if text.startswith(("http://", "https://")):
            return text
        return f"https://doi.org/{self.doi}" if self.doi else ""

    def _text(self, known: Mapping[str, int]) -> str:
        field = _first(_fields(self.record), known)
        return " ".join(first_text(field.value)[:500].split()) if field else ""


_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]{1,200}")


def paper_of(record: Mapping[str, Any]) -> Paper:
    """The paper in a record.

    The title is the field with the best of the usual names. The abstract is the longest prose
    among the fields with a name for abstracts, English before other languages; without one, among
    the fields with a general name such as `summary` or `text`.
    """
    fields = list(_top(record))
    title, title_from = _title(fields)
    abstract, abstract_from = _abstract(fields)
    incomplete = not abstract.text or not title or names.is_weak_title(title_from)
    if incomplete and any(isinstance(value, Mapping) for value in record.values()):
        fields = list(_fields(record))
        title, title_from = _title(fields)
        if not abstract.text:
            deeper, deeper_from = _abstract(fields)
            if deeper.text or not abstract_from:
                abstract, abstract_from = deeper, deeper_from
    text = abstract.text
    if text and not title:
        raw = _raw_text(fields, abstract_from) or text
        title, text = split_title(raw, text, names.holds_both(abstract_from))
        title_from = abstract_from if title else ""
    elif text and title and names.holds_both(abstract_from):
        text = _without_title(text, title)
    missing = None if text else (abstract.why or "missing")
    if missing and is_notice_title(title):
        missing = "notice"
    elif text and is_notice_title(title) and len(text.split()) < 60:
        text, missing = "", "notice"
    return Paper(record, title, text, missing, title_from, abstract_from)


def with_paper(record: Mapping[str, Any], paper: Paper | None = None) -> dict[str, Any]:
    """The record with `title`, `abstract` and `id` as texts, beside all that it had.

    A field of one of these names that is no text, or no abstract where another field is one, is
    kept as `input.NAME`.
    """
    paper = paper or paper_of(record)
    whole = dict(record)
    if paper.title and _differs(record, "title", paper.title_from):
        _put(whole, "title", paper.title)
    if paper.abstract and _differs(record, "abstract", paper.abstract_from):
        _put(whole, "abstract", paper.abstract)
    if "id" not in whole and paper.id:
        whole["id"] = paper.id
    return whole


def keep_input(record: dict[str, Any], name: str) -> None:
    """Move a field of the user's own that has a name of ours to `input.NAME`."""
    if name not in record:
        return
    place = f"{INPUT}{name}"
    while place in record:
        place = f"{INPUT}{place}"
    record[place] = record.pop(name)


def _differs(record: Mapping[str, Any], name: str, source: str) -> bool:
    return source != name or not isinstance(record.get(name), str)


def _put(record: dict[str, Any], name: str, value: str) -> None:
    if record.get(name) not in (None, ""):
        keep_input(record, name)
    record[name] = value


def _top(record: Mapping[str, Any]) -> Iterator[_Field]:
    return (
        _Field(str(name), 0, value)
        for name, value in record.items()
        if not str(name).startswith(INPUT)
    )


def _fields(record: Mapping[str, Any]) -> Iterator[_Field]:
    """The fields of a record, then those of the objects in it, the outer before the inner."""
    level: list[Mapping[str, Any]] = [record]
    count = 0
    for depth in range(_MAX_NESTING):
        inner: list[Mapping[str, Any]] = []
        for fields in level:
            for name, value in fields.items():
                count += 1
                if count > _MAX_FIELDS:
                    return
                if str(name).startswith(INPUT):
                    continue
                yield _Field(str(name), depth, value)
                if (
                    isinstance(value, Mapping)
                    and not _is_text_object(value)
                    and (name == "_source" or names.folded_name(str(name)).folded not in _FOREIGN)
                ):
                    inner.append(value)
        level = inner


def _is_text_object(value: Mapping[str, Any]) -> bool:
    return "value" in value or "#text" in value or is_inverted_index(value)


def _first(fields: Iterator[_Field], known: Mapping[str, int]) -> _Field | None:
    """The field with the best name that holds something, the outer before the inner."""
    best: tuple[int, int] | None = None
    found = None
    for field in fields:
        rank = known.get(names.folded_name(field.name).folded)
        if rank is None or field.value in (None, "", [], {}):
            continue
        if isinstance(field.value, str) and is_missing(field.value):
            continue
        if best is None or (field.depth, rank) < best:
            best, found = (field.depth, rank), field
    return found


def _title(fields: list[_Field]) -> tuple[str, str]:
    best: tuple[bool, int, int, float] | None = None
    title, source = "", ""
    for field in fields:
        rank = names.title_rank(field.name)
        if rank is None:
            continue
        text = cleaned(first_text(field.value)[:MAX_TITLE])
        if not text or (is_missing(text) and len(text) > 1):
            continue
        # Of titles in several languages the English one.
        english = 0.0 if names.folded_name(field.name).language in (None, "en") else 1.0
        key = (names.is_weak_title(field.name), field.depth, rank, english)
        if best is None or key < best:
            best, title, source = key, text, field.name
    return title, source


def _abstract(fields: list[_Field]) -> tuple[Judged, str]:
    """The abstract and its field; or why there is none, and the field that says so."""
    none, none_from = Judged("", "missing"), ""
    strong: list[tuple[Judged, str]] = []
    weak: list[tuple[Judged, str]] = []
    made: list[tuple[Judged, str]] = []
    for field in fields:
        rank = names.abstract_rank(field.name)
        if rank is None:
            continue
        text = text_of(field.value)[:_MAX_TEXT]
        if not text.strip():
            continue
        named = rank < 10
        found = judged(text) if named else _without_latex(prose_of(text))
        if not found.text:
            if (named and none.why != "notice") or found.why == "notice":
                none, none_from = found, field.name
            continue
        (strong if named else made if names.is_made(field.name) else weak).append(
            (found, field.name)
        )
    best, other = _preferred(strong), _preferred(weak) or _preferred(made)
    if best and other and _is_cut(best[0].text, other[0].text):
        return other
    return best or (other if none.why != "notice" else None) or (none, none_from)


def _without_latex(found: Judged) -> Judged:
    return Judged(plain_latex(found.text), found.why)


def _preferred(found: list[tuple[Judged, str]]) -> tuple[Judged, str] | None:
    """The longest of several texts, English prose first."""
    if len(found) < 2:
        return found[0] if found else None
    return max(found, key=lambda one: (_preference(one[0].text), len(one[0].text)))


def _preference(text: str) -> float:
    """English prose before prose of other languages before the rest."""
    return (1.0 if english_share(text) >= 0.12 else 0.0) + (1.0 if is_prose(text) else 0.0)


def _is_cut(text: str, whole: str) -> bool:
    """Whether a text is only the beginning of another, as a feed cuts its abstracts."""
    ended = text.rstrip(" .…[]")
    return text.endswith(("…", "...", "[...]", "[…]")) and whole.startswith(ended[:-5] or ended)


def _raw_text(fields: list[_Field], name: str) -> str:
    value = next((field.value for field in fields if field.name == name), None)
    return value if isinstance(value, str) else ""


def _without_title(text: str, title: str) -> str:
    """A general field's text without the paper's title before it."""
    if not text.startswith(title):
        return text
    rest = text[len(title) :].lstrip(" .:-–—¤|")
    return rest if len(rest) > len(title) else text
