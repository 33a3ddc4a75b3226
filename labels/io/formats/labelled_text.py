"""Text whose lines name their fields: `Title: ...`, `Abstract: ...`, as CNKI and Ovid write it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tagstract.labels.io import names
from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.rows.delimited import MAX_LINE
from tagstract.labels.io.rows.layouts import layout_of
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.encoding import mended

_LABEL = re.compile(
    r"[ \t]{0,8}[{:<]?([^\W\d_][\w &/().-]{0,50}?)[}>]?[ \t]{0,5}[:\uff1a][ \t]{0,20}(.*)$", re.S
)
_ALONE = re.compile(r"([^\W\d_][\w &/().-]{0,50}?)[ \t]{0,5}:?$")
_RULE = re.compile(r"(?:[-=_*#~]{4,}|<\d{1,6}>|\d{1,6}[.)]?)\s*$")
_OTHERS = frozenset(
    """
    journal source booktitle conference venue publisher volume issue pages page language type
    reftype referencetype documenttype sourcetype publicationtype keywords keyword descriptors
    subject subjects subjectheadings meshheadings categories comments note notes affiliation
    institution organization organisation org orgn database databasename srcdatabase doi issn isbn
    pmid accession accessionno uniqueidentifier pubtime period roll fund country publicationtitle
    publicationsubject placeofpublication lastupdated copyright correspondenceaddress
    authoraddress emtreeheading 关键词 来源库 文献来源 单位 作者单位 发表时间 基金
    """.split()  # noqa: SIM905
)
"""Labels beside those of a paper's own fields; any other word before a colon is text."""


_KNOWN = (
    names.AUTHORS,
    names.DATE,
    names.DOI,
    names.URL,
    names.LABELS,
    frozenset(["id", "arxivid"]),
)


@dataclass
class _Record:
    """The fields of a record, in order, with the line it starts in."""

    line: int
    fields: list[tuple[str, list[str]]] = field(default_factory=list)
    roles: set[str] = field(default_factory=set)

    def add(self, name: str, texts: list[str]) -> None:
        self.fields.append((name, texts))
        self.roles.add(_role(name))

    @property
    def whole(self) -> bool:
        """Whether it has a title or an abstract."""
        return not self.roles.isdisjoint(("title", "abstract"))


def detects(source: Source) -> bool:
    """Whether a line begins with the label of a title, and one with that of an abstract."""
    roles: set[str] = set()
    for line in source.start[:300_000].splitlines()[:5000]:
        found = _label(line[:2000], alone=True)
        roles.add(_role(found[0]) if found else "")
        if {"title", "abstract"} <= roles:
            return not _is_table(source)
    return False


def _is_table(source: Source) -> bool:
    """Whether it is a table, whose cells may hold labelled lines."""
    layout = layout_of(source.start)
    return layout is not None and layout.columns.header == 0 and len(layout.columns.names) > 1


def read(source: Source) -> Iterator[Line]:
    """The records: each begins where the file's first label, or a title, comes again."""
    alone = not any(
        _role(found[0]) == "title"
        for line in source.start[:300_000].splitlines()
        if (found := _label(line[:2000], alone=False))
    )
    first = ""
    record: _Record | None = None
    texts: list[str] = []
    for number, raw in enumerate(source.lines(), 1):
        line, strayed = mended(raw.rstrip("\r\n"))
        if strayed:
            source.note_stray()
        found = _label(line[:MAX_LINE], alone)
        if found is None:
            if _RULE.match(line):
                texts = []  # what stands behind a rule belongs to no field
            elif record is not None:
                texts.append(line.strip())
            continue
        name, text = found
        first = first or name
        second = _role(name) == "title" and record is not None and "title" in record.roles
        if record is not None and record.whole and (name == first or second):
            yield from _line(record)
            record = None
        record = record or _Record(number)
        texts = [text.strip()]
        record.add(name, texts)
    if record is not None:
        yield from _line(record)


def _label(line: str, alone: bool) -> tuple[str, str] | None:
    """The label a line begins with and the text behind it; `alone`: it may be all of the line."""
    found = _LABEL.match(line)
    if found and _role(found[1]):
        return found[1].strip(), found[2]
    whole = _ALONE.match(line) if alone else None
    return (whole[1].strip(), "") if whole and _role(whole[1]) else None


def _role(label: str) -> str:
    """What a label names: a title, an abstract or something else ("other"); '' for no label.

    Of `Title-题名` one half is enough.
    """
    for part in (label, *label.split("-")):
        if len(part.split()) > 4:
            return ""
        folded = names.folded_name(part).folded
        if not folded:
            continue
        if names.title_rank(part) is not None and not names.is_weak_title(part):
            return "title"
        rank = names.abstract_rank(part)
        if rank is not None and (rank < 10 or folded == "summary"):
            return "abstract"
        if folded in _OTHERS or any(folded in known for known in _KNOWN):
            return "other"
    return ""


def _plain_label(label: str) -> str:
    """The label; of `Summary-摘要`, where only a half is an abstract's name, that half."""
    if _role(label) != "abstract" or names.abstract_rank(label) is not None:
        return label
    ranks = {part: names.abstract_rank(part) for part in label.split("-")}
    known = [part for part, rank in ranks.items() if rank is not None]
    return min(known, key=lambda part: ranks[part] or 0)


def _line(record: _Record) -> Iterator[Line]:
    if not record.whole:
        return  # what stands before the first paper
    found: dict[str, Any] = {}
    for name, texts in record.fields:
        text = " ".join(" ".join(texts).split())
        if not text:
            continue
        name = _plain_label(name)
        old = found.get(name)
        found[name] = text if old is None else [*(old if isinstance(old, list) else [old]), text]
    yield record.line, found


FORMAT = Format(
    name="labelled-text",
    title="Text with labelled lines: CNKI, NoteExpress, Ovid, notes",
    detected="lines that begin with `Title:` and `Abstract:`, or are these words",
    kept="every field under its label",
    detects=detects,
    read=read,
    order=47,
    aliases=("cnki", "ovid"),
)
