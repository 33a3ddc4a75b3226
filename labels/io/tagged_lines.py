"""Records in tagged lines: `TI  - ...`, `PMID- ...`, `%T ...`, `AB ...` with continuations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tagstract.labels.io.problem import Line
from tagstract.labels.io.rows.delimited import MAX_LINE
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.encoding import mended


@dataclass
class Block:
    """One record: its tags and texts in order, continued lines joined."""

    line: int
    fields: list[tuple[str, str]] = field(default_factory=list)
    size: int = 0
    _parts: list[str] = field(default_factory=list)
    """Of the last field, the lines after its first."""

    def add(self, tag: str, text: str) -> None:
        """Begin a field. Of a record that is too long, what follows is only counted."""
        self.close()
        self.size += len(text)
        if self.size <= MAX_LINE:
            self.fields.append((tag, text))

    def go_on(self, line: str) -> None:
        """Continue the last field."""
        self.size += len(line)
        if self.size <= MAX_LINE:
            self._parts.append(line.strip())

    def close(self) -> Block:
        """Join the lines of the last field; returns the record."""
        if self.fields and self._parts:
            tag, first = self.fields[-1]
            self.fields[-1] = (tag, " ".join([first, *self._parts]))
        self._parts.clear()
        return self

    def values(self, *tags: str) -> list[str]:
        return [text for tag, text in self.fields if tag in tags and text]

    def first(self, *tags: str) -> str:
        """The text of the first of the tags that the record has."""
        return next((text for tag in tags for text in self.values(tag)), "")


def blocks(
    source: Source,
    pattern: re.Pattern[str],
    starts: Callable[[str], bool],
    ends: Callable[[str], bool] = lambda tag: False,
    blank_ends: bool = False,
) -> Iterator[Block]:
    """The records of a file of tagged lines.

    Args:
        pattern: matches a line with a tag: group 1 is the tag, group 2 the text.
        starts, ends: whether a tag begins or ends a record.
        blank_ends: whether a blank line ends a record.
    """
    block: Block | None = None
    for number, raw in enumerate(source.lines(), 1):
        line, strayed = mended(raw.rstrip("\r\n"))
        if strayed:
            source.note_stray()
        found = pattern.match(line.lstrip("\ufeff"))
        if found is None:
            if block is not None and line.strip():
                block.go_on(line)
            elif block is not None and blank_ends:
                yield block.close()
                block = None
            continue
        tag, text = found[1], (found[2] or "").strip()
        if block is not None and (starts(tag) or ends(tag)):
            yield block.close()
            block = None
        if not ends(tag):
            block = block or Block(number)
            block.add(tag, text)
    if block is not None:
        yield block.close()


def lines_of(found: Iterable[Block], record: Callable[[Block], dict[str, Any]]) -> Iterator[Line]:
    """Each record with its line; one that is too long, or has nothing in it, as what is wrong."""
    for block in found:
        if block.size > MAX_LINE:
            yield (
                block.line,
                f"a record of {block.size:,} characters; the maximum is {MAX_LINE:,}",
            )
        elif block.fields:
            yield block.line, record(block)


def named(block: Block, names: dict[str, str], lists: frozenset[str]) -> dict[str, Any]:
    """A record with names for tags; those in `lists`, and tags that are there twice, as lists."""
    record: dict[str, Any] = {}
    for tag, text in block.fields:
        name = names.get(tag, tag)
        if not text:
            continue
        if name in lists:
            record.setdefault(name, []).append(text)
        elif name not in record:
            record[name] = text
        else:
            old = record[name]
            record[name] = [*old, text] if isinstance(old, list) else [old, text]
    return record
