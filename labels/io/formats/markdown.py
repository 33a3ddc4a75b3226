"""Markdown digests: headings or list items with links as titles, abstracts below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tagstract.labels.errors import InputError
from tagstract.labels.io.formats import Format
from tagstract.labels.io.names import abstract_rank, folded_name
from tagstract.labels.io.problem import Line
from tagstract.labels.io.rows.columns import find_columns
from tagstract.labels.io.rows.layouts import layout_of
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.markup import plain_text
from tagstract.labels.io.text.prose import is_prose
from tagstract.labels.io.trees.arxiv import arxiv_id

_HEADING = re.compile(r"(#{1,6})\s{1,10}(\S.{0,600}?)\s{0,10}#{0,6}$")
_ITEM = re.compile(r"(?:[-*+]|\d{1,4}[.)])\s{1,10}(.+)$")
_BOLD = re.compile(r"(?:\*\*|__)(.{1,600}?)(?:\*\*|__)")
_FIELD = re.compile(
    r"(?:[-*+]\s{1,5})?(?:>\s{0,3})?:?(?:\*{1,3}|_{1,2})?"
    r"([A-Za-z\u00c0-\u024f\u4e00-\u9fff][\w /()-]{0,40}?)"
    r"\s{0,2}(?:\*{1,3}|_{1,2})?\s{0,2}[:\uff1a]\s{0,2}(?:\*{1,3}|_{1,2})?\s{0,4}(.*)$"
)
_LINK = re.compile(r"!?\[([^\[\]]{0,600})\]\(\s{0,3}<?([^()\s<>]{1,1000})>?[^()]{0,200}\)")
_NESTED = re.compile(
    r"\s{1,8}(?:[-*+]\s{1,3})?[*_]{0,2}(?:Abstract|Summary|摘要)[*_]{0,2}\s?[:\uff1a]", re.I
)
_UNDERLINED = re.compile(r"^(\S[^\n]{8,400})\r?\n(?:={5,}|-{5,})[ \t]{0,5}\r?\n\r?\n", re.M)
_NUMBER = re.compile(r"(?:\[?\d{1,4}[.)\]:]\s{1,5}|[^\w\s\"'“‘$\[(]{1,8}\s{1,5})")
_WHOLE = re.compile(
    r"(?:[*_]{0,2}title[*_]{0,2}\s?:\s{0,5}[*_]{0,2}\s{0,5}\"?)?(.{1,600}?)\"?$", re.I
)
_RULE = re.compile(r"[-*_]{3,}\s*$")
_TABLE = re.compile(r"\s{0,10}\|?\s{0,10}:?-{3,}:?\s{0,10}\|")
_URL = re.compile(r"https?://[^\s)>\]]{4,500}")


@dataclass
class _Section:
    """What stands under one heading or behind one item."""

    line: int
    title: str
    url: str
    lines: list[str] = field(default_factory=list)


def detects(source: Source) -> bool:
    lines = source.start.splitlines()[:2000]
    headings = sum(_HEADING.match(line) is not None for line in lines)
    marked = ("**Abstract", "**Summary", "*Abstract", "__Abstract")
    fields = sum(line.lstrip("-*+> ").startswith(marked)
                 or "**Abstract" in line[:40] for line in lines)  # fmt: skip
    linked = sum(bool(_ITEM.match(line.strip()) and _LINK.search(line[:1000])) for line in lines)
    table = any(_TABLE.match(line) for line in lines)
    bold = sum(bool((item := _ITEM.match(line)) and _BOLD.match(item[1])) for line in lines)
    nested = sum(_NESTED.match(line) is not None for line in lines)
    if _is_table(source.start):
        return False  # whose comments look like headings
    counts = (headings, linked, bold, nested, len(_UNDERLINED.findall(source.start[:300_000])))
    return max(counts) >= 2 or fields >= 1 or (table and "|" in source.start)


def _is_table(start: str) -> bool:
    layout = layout_of(start)
    return layout is not None and layout.delimiter != "|" and layout.columns.score >= 5.0


def read(source: Source) -> Iterator[Line]:
    """The papers of a digest: sections, items or rows that have an abstract.

    Where none has one, items and headings with a link are papers by their titles alone.

    Raises:
        InputError: no paper at all.
    """
    lines = _UNDERLINED.sub(r"## \1\n\n\n", source.text()).splitlines()
    tables = list(_table_rows(lines))
    if tables:
        return iter(tables)
    sections = list(_sections(lines, items=False))
    papers = [(section, record) for section in sections if (record := _paper(section))]
    if len(papers) < 2:  # one heading above a list is none of a paper
        sections = list(_sections(lines, items=True))
        listed = [(section, record) for section in sections if (record := _paper(section))]
        papers = listed if len(listed) > 1 or not papers else papers
    if not papers:
        papers = [
            (section, record)
            for section in _sections(lines, items=True, plain=True)
            if (record := _paper(section))
        ]
    if not papers:
        papers = [
            (section, {"title": section.title, "url": section.url})
            for section in sections
            if section.url and len(section.title) > 10
        ]
    if not papers:
        raise InputError("has no heading or item with an abstract below it", source.name)
    return ((section.line, _identified(record)) for section, record in papers)


def _sections(lines: list[str], items: bool, plain: bool = False) -> Iterator[_Section]:
    """Headings with what is under them; with `items`, also top-level items and lines that begin
    with bold text or a link; with `plain`, all top-level items."""
    section: _Section | None = None
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip()
        heading = _HEADING.match(line[:700])
        head = heading[2] if heading else None
        if head is None and items and not raw.startswith((" ", "\t")):
            item = _ITEM.match(line[:5000])
            text = item[1] if item else line
            bold, link = _BOLD.match(text), _LINK.match(text)
            title = bold or link or (_WHOLE.match(text) if plain and item else None)
            if title and not (
                _FIELD.match(text) and abstract_rank(title[1].rstrip(": ")) is not None
            ):
                if section is not None:
                    yield section
                section = _Section(number, _plain(title[1]), _first_url(text))
                rest = text[title.end() :].lstrip(" :.-–—*|")
                section.lines.append(rest)
                continue
        if head is not None:
            if section is not None:
                yield section
            section = _Section(number, _plain(head), _first_url(head))
        elif section is not None:
            section.lines.append(line)
    if section is not None:
        yield section


def _paper(section: _Section) -> dict[str, Any] | None:
    """The paper of a section that has an abstract; None where it has none."""
    if not any(section.lines):
        return None
    record: dict[str, Any] = {"title": section.title}
    if section.url:
        record["url"] = section.url
    name = ""
    paragraph: list[str] = []
    paragraphs: list[str] = []
    for line in [*section.lines, ""]:
        found = _FIELD.match(line.strip()) if len(line) < 100_000 else None
        if found and _is_field(found[1], line):
            name = found[1].strip()
            record.setdefault(name, "")
            record[name] = f"{record[name]} {found[2]}".strip()
        elif not line.strip() or _RULE.match(line):
            if name and record.get(name):
                name = ""
            if paragraph:
                paragraphs.append(" ".join(paragraph))
                paragraph = []
        elif name:
            record[name] = f"{record[name]} {line.strip().lstrip('> ')}".strip()
        else:
            paragraph.append(line.strip().lstrip("> "))
    record = {key: _value(key, value) for key, value in record.items()}
    if any(
        abstract_rank(key) is not None and is_prose(str(value)) for key, value in record.items()
    ):
        return record
    prose = [text for part in paragraphs if is_prose(text := _plain(part)) and len(text) > 80]
    if not prose:
        return None
    record["abstract"] = " ".join(prose)
    return record


def _is_field(name: str, line: str) -> bool:
    """Whether a line names a field: marked up, or with a name of a paper's field."""
    marked = line.strip().lstrip("-+> ").startswith(("*", "_"))
    folded = folded_name(name).folded
    known = abstract_rank(name) is not None or folded in (
        "authors", "author", "link", "links", "url", "date", "published", "categories", "arxiv",
        "pdf", "code", "keywords", "venue", "tags", "subjects", "comments", "doi",
    )  # fmt: skip
    return known or (marked and len(name.split()) <= 3)


def _value(key: str, value: str) -> str:
    if abstract_rank(key) is not None or key == "title":
        return _plain(value)
    return value.strip()


def _plain(text: str) -> str:
    """A text without links' addresses, emphasis, numbers before it, and HTML."""
    text = _LINK.sub(r"\1", text).strip()
    number = _NUMBER.match(text)
    if number and number.end() < len(text):
        text = text[number.end() :]
    text = text.strip().strip("*_` ") if text.startswith(("*", "_", "`")) else text
    text = text.replace("**", "").replace("<summary>Abstract</summary>", "")
    return plain_text(text)


def _first_url(text: str) -> str:
    link = _LINK.search(text)
    return link[2] if link else ""


def _identified(record: dict[str, Any]) -> dict[str, Any]:
    """The record with arXiv's id where one of its links is arXiv's."""
    if "id" not in record:
        for value in record.values():
            for url in _URL.findall(str(value)[:5000]):
                found = arxiv_id(url)
                if found:
                    return {"id": found, **record}
    return record


def _table_rows(lines: list[str]) -> Iterator[Line]:
    """The rows of a table whose header names titles or abstracts."""
    for number, line in enumerate(lines):
        if not number or not _TABLE.match(line[:200]) or "|" not in lines[number - 1]:
            continue
        columns = find_columns([_cells(lines[number - 1])])
        if columns is None:
            continue
        for place in range(number + 1, len(lines)):
            if "|" not in lines[place]:
                break
            cells = _cells(lines[place])
            record: dict[str, Any] = {
                name: _plain(cell) for name, cell in zip(columns.names, cells, strict=False) if name
            }
            url = _first_url(lines[place])
            if url and "url" not in record:
                record["url"] = url
            yield place + 1, _identified(record)


def _cells(line: str) -> list[str]:
    text = line.strip().removeprefix("|").removesuffix("|")
    return [cell.replace("\x00", "|").strip() for cell in text.replace("\\|", "\x00").split("|")]


FORMAT = Format(
    name="markdown",
    title="Markdown digests",
    detected="headings, fields such as `**Abstract**:`, linked items, a table",
    kept="`title`, `abstract`, `url`, `id` where a link is arXiv's, and the fields of a section",
    detects=detects,
    read=read,
    order=48,
    aliases=("md",),
)
