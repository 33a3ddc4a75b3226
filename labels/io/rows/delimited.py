"""Rows out of delimited text, and those that break its layout."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, islice
from typing import Any

from tagstract.labels.io.names import abstract_rank, title_rank
from tagstract.labels.io.problem import Line
from tagstract.labels.io.rows.columns import Columns, find_columns
from tagstract.labels.io.rows.layouts import (
    BARE,
    FIRST_ROWS,
    Layout,
    dialect,
    is_misquoted,
    is_row,
    unescaped,
)
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.encoding import mended

MAX_LINE = 1 << 20
"""Characters in one record; no abstract comes near, what is longer is no record."""

_RESTARTS = 20


def read_delimited(source: Source, layout: Layout) -> Iterator[Line]:
    """Rows under the header as records, with the line each starts in.

    A row that is blank, or is the header again, is passed over. Empty cells beyond the header's
    width and missing ones at a row's end are none.
    """
    if layout.columns.note:
        source.notes.add(layout.columns.note)
    if not layout.quoted and '"' in source.start:
        source.notes.add("quotation marks in it are read as text")
    lines = source.lines()
    first = layout.skip + 1
    for _ in islice(lines, layout.skip):
        pass
    lines = unescaped(lines, layout)
    header = layout.columns.header
    if header >= 0:
        reader = csv.reader(lines, **dialect(layout))
        seen = -1
        for row in reader:
            seen += is_row(row, layout.delimiter)
            if seen == header:
                break
        first += reader.line_num
    yield from _rows(lines, layout, source, first)


def _rows(lines: Iterator[str], layout: Layout, source: Source, first: int) -> Iterator[Line]:
    """Rows under the header; `first` is the line that `lines` starts with."""
    width = len(layout.columns.names)
    for restart in range(_RESTARTS + 1):
        raw: list[str] = []
        if restart == _RESTARTS:
            source.notes.add("too many quotation marks are never closed; the rest is read as text")
            layout = Layout(layout.delimiter, False, 0, layout.columns)
        reader = csv.reader(_noted(lines, raw), **dialect(layout))
        start = first
        try:
            for row in reader:
                if row and layout.quoted and _never_closed(raw, layout.delimiter):
                    break
                alone = _read_as_text(raw, layout, width)
                if alone:
                    source.notes.add("a quotation mark that is never closed was read as text")
                for place, cells in enumerate(alone or [row]):
                    if is_row(cells, layout.delimiter):
                        lines_of_it = 1 if alone else len(raw)
                        found = _record(cells, layout.columns, source, lines_of_it)
                        if found is not None:
                            yield start + place, found
                raw.clear()
                start = first + reader.line_num
            else:
                return
        except csv.Error as error:
            yield start, f"not CSV ({error})"
            first += reader.line_num
            continue
        # The quote has swallowed the rest; go on where a line is a whole row again.
        lost = _next_row(raw, layout.delimiter, width)
        cells = raw[0].rstrip("\r\n").split(layout.delimiter)
        if lost == 1 and len(cells) == width:
            source.notes.add("a quotation mark that is never closed was read as text")
            found = _record(cells, layout.columns, source, 1)
            if found is not None:
                yield start, found
        else:
            more = f"; it takes {lost} lines" if lost > 1 else ""
            yield start, f"a quoted cell is never closed{more}; close it with a '\"'"
        lines, first = iter(raw[lost:]), start + lost


def _read_as_text(raw: Sequence[str], layout: Layout, width: int) -> list[list[str]]:
    """The rows in lines that a quotation mark of the text has made one row of; else none.

    Each of the lines is a whole row by itself, which no part of a quoted cell is.
    """
    if not layout.quoted or width < 2 or not any('"' in line for line in raw):
        return []
    bare = layout.delimiter in BARE
    if len(raw) == 1 and not (bare and is_misquoted(raw[0], layout)):
        return []
    rows: list[list[str]] = []
    for line in raw:
        if bare:
            row = line.rstrip("\r\n").split(layout.delimiter)
        else:
            try:
                row = next(csv.reader([line], strict=True, **dialect(layout)), [])
            except csv.Error:
                return []
        if len(row) != width:
            return []
        rows.append(row)
    return rows


def _noted(lines: Iterator[str], raw: list[str]) -> Iterator[str]:
    """Pass lines on and keep those of the row that is being read."""
    for line in lines:
        raw.append(line)
        yield line


def _next_row(raw: list[str], delimiter: str, width: int) -> int:
    """Index of the first line behind line 0 that is a row of `width` cells by itself."""
    for index, line in enumerate(raw[1:], 1):
        try:
            row = next(csv.reader([line], delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue
        if len(row) == width > 1:
            return index
    return len(raw)


def _never_closed(raw: list[str], delimiter: str) -> bool:
    """Whether the file ends inside a quoted cell, which the reader itself lets pass."""
    if not any('"' in line for line in raw):
        return False
    # An open quote takes in the line behind its row; else that is a row of its own.
    return len(list(csv.reader([*raw, "behind"], delimiter=delimiter))) == 1


def _record(
    row: list[str], columns: Columns, source: Source, lines: int
) -> dict[str, Any] | str | None:
    """A row as a record; what is wrong with it; None for the header once more."""
    length = sum(map(len, row))
    if length > MAX_LINE:
        return f"a row of {length:,} characters; the maximum is {MAX_LINE:,}"
    width = len(columns.names)
    if len(row) > width and not any(cell.strip() for cell in row[width:]):
        row = row[:width]
    if len(row) > width or (len(row) < width and not _ends_early(len(row), columns.names)):
        if lines > 1:
            return (
                f"{lines} lines with {len(row)} cells, not {width}; is a quotation mark unmatched?"
            )
        return f"{len(row)} cells, not {width}; quote cells that contain the delimiter"
    cells = []
    for cell in row:
        text, strayed = mended(cell)
        if strayed:
            source.note_stray()
        if "\0" in text:
            source.notes.add("NUL characters were removed")
            text = text.replace("\0", "")
        cells.append(text)
    if tuple(cell.strip() for cell in cells) == columns.names:
        source.notes.add("a repeated header was skipped")
        return None
    record = {name: cell for name, cell in zip(columns.names, cells, strict=False) if name}
    for field, name in columns.found:
        record.setdefault(field, record.get(name, ""))
    return record


@cache
def _ends_early(cells: int, columns: tuple[str, ...]) -> bool:
    """Whether a row of so many cells only lacks columns that papers can do without."""
    missing = [name for name in columns[cells:] if name]
    needed = any(
        abstract_rank(name) is not None or title_rank(name) is not None for name in missing
    )
    return cells > 1 and not needed


def records_of_rows(
    rows: Iterator[Sequence[str]], source: Source, wanted: Sequence[str] = ()
) -> Iterator[Line]:
    """The rows of a spreadsheet as records; none where it is no table of papers."""
    first = list(islice(rows, FIRST_ROWS))
    columns = find_columns(first, wanted)
    if columns is None:
        return
    if columns.note:
        source.notes.add(columns.note)
    number = columns.header + 2
    for row in chain(first[columns.header + 1 :], rows):
        cells = [str(cell) for cell in row]
        if any(cell.strip() for cell in cells):
            width = len(columns.names)
            cells = (cells + [""] * width)[: max(width, len(cells))]
            found = _record(cells, columns, source, 1)
            if found is not None:
                yield number, found
        number += 1
