"""Rows out of delimited text: which delimiter and quoting a file has, and rows that break them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import Any

from tagstract.labels.io.names import abstract_rank, title_rank
from tagstract.labels.io.problem import Line
from tagstract.labels.io.rows.columns import PREAMBLE_ROWS, Columns, find_columns
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.encoding import mended

MAX_LINE = 1 << 20
"""Characters in one record; no abstract comes near, what is longer is no record."""

_DELIMITERS = (",", ";", "\t", "|")
_ROWS = PREAMBLE_ROWS + 10
_RESTARTS = 20

# The csv module's own limit of 131,072 characters would spoil the rows after a long cell.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Layout:
    """How a delimited file is laid out.

    Attributes:
        skip: lines before the first row: Excel's `sep=;`.
        quoted: whether `"` encloses cells; False where quotation marks stand in the texts.
    """

    delimiter: str
    quoted: bool
    skip: int
    columns: Columns


def layout_of(start: str, wanted: Sequence[str] = ()) -> Layout | None:
    """The layout of a file whose text begins so; None where it is no table of papers."""
    lines = start.splitlines(keepends=True)[: _ROWS * 40]
    skip, only = 0, list(_DELIMITERS)
    first = lines[0].strip().lower().strip('"') if lines else ""
    if first.startswith("sep=") and len(first) <= 5:
        skip, only = 1, [first[4:] or "\t"]
    best: tuple[tuple[float, float], Layout] | None = None
    for delimiter in only:
        for quoted in (True, False) if delimiter in "\t|" else (True,):
            rows = _first_rows(lines[skip:], delimiter, quoted)
            columns = find_columns(rows, wanted)
            if columns is None or (columns.header < 0 and delimiter == "|"):
                continue
            even = _evenness(rows, columns)
            if len(columns.names) == 1 and columns.score < 4.0 and even < 0.5:
                continue
            rank = (round(columns.score * (0.5 + even), 4), float(quoted))
            if delimiter in "\t|" and quoted and _breaks_quotes(lines[skip:], delimiter):
                rank = (rank[0] - 0.1, 0.0)
            if best is None or rank > best[0]:
                best = (rank, Layout(delimiter, quoted, skip, columns))
    return best[1] if best else None


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
    header = layout.columns.header
    if header >= 0:
        reader = csv.reader(lines, **_dialect(layout))
        seen = -1
        for row in reader:
            seen += any(cell.strip() for cell in row)
            if seen == header:
                break
        first += reader.line_num
    yield from _rows(lines, layout, source, first)


def _dialect(layout: Layout) -> dict[str, Any]:
    if layout.quoted:
        return {"delimiter": layout.delimiter}
    return {"delimiter": layout.delimiter, "quoting": csv.QUOTE_NONE, "quotechar": None}


def _first_rows(lines: Sequence[str], delimiter: str, quoted: bool) -> list[list[str]]:
    rows: list[list[str]] = []
    options: dict[str, Any] = {} if quoted else {"quoting": csv.QUOTE_NONE, "quotechar": None}
    reader = csv.reader(lines, delimiter=delimiter, **options)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) == _ROWS:
                break
    except csv.Error:
        pass
    return rows


def _evenness(rows: Sequence[Sequence[str]], columns: Columns) -> float:
    """Share of the rows below the header that are as wide as it."""
    below = rows[columns.header + 1 :]
    width = len(columns.names)
    if not below:
        return 1.0 if width > 1 else 0.4
    good = sum(
        len(row) == width or (len(row) > width and not any(map(str.strip, row[width:])))
        for row in below
    )
    return good / len(below)


def _breaks_quotes(lines: Sequence[str], delimiter: str) -> bool:
    """Whether a cell begins with a quotation mark that doesn't enclose it."""
    for line in lines[: _ROWS * 4]:
        if '"' not in line:
            continue
        try:
            list(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error as error:
            # A cell may go on in the next line, but nothing follows a closing mark.
            if "expected after" in str(error):
                return True
    return False


def _rows(lines: Iterator[str], layout: Layout, source: Source, first: int) -> Iterator[Line]:
    """Rows under the header; `first` is the line that `lines` starts with."""
    width = len(layout.columns.names)
    for restart in range(_RESTARTS + 1):
        raw: list[str] = []
        if restart == _RESTARTS:
            source.notes.add("too many quotation marks are never closed; the rest is read as text")
            layout = Layout(layout.delimiter, False, 0, layout.columns)
        reader = csv.reader(_noted(lines, raw), **_dialect(layout))
        start = first
        try:
            for row in reader:
                if row and layout.quoted and _never_closed(raw, layout.delimiter):
                    break
                if any(cell.strip() for cell in row):
                    found = _record(row, layout.columns.names, source, len(raw))
                    if found is not None:
                        yield start, found
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
        alone = raw[0].rstrip("\r\n").split(layout.delimiter)
        if lost == 1 and len(alone) == width:
            source.notes.add("a quotation mark that is never closed was read as text")
            found = _record(alone, layout.columns.names, source, 1)
            if found is not None:
                yield start, found
        else:
            more = f"; it takes {lost} lines" if lost > 1 else ""
            yield start, f"a quoted cell is never closed{more}; close it with a '\"'"
        lines, first = iter(raw[lost:]), start + lost


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
    row: list[str], columns: tuple[str, ...], source: Source, lines: int
) -> dict[str, Any] | str | None:
    """A row as a record; what is wrong with it; None for the header once more."""
    length = sum(map(len, row))
    if length > MAX_LINE:
        return f"a row of {length:,} characters; at most {MAX_LINE:,} are read"
    width = len(columns)
    if len(row) > width and not any(cell.strip() for cell in row[width:]):
        row = row[:width]
    if len(row) > width or (len(row) < width and not _ends_early(len(row), columns)):
        if lines > 1:
            return f"{lines} lines with {len(row)} cells, not {width}; is a quote too much?"
        return f"{len(row)} cells, not {width}; quote a cell that holds the delimiter"
    cells = []
    for cell in row:
        text, strayed = mended(cell)
        if strayed:
            source.note_stray()
        if "\0" in text:
            source.notes.add("NUL characters were left out")
            text = text.replace("\0", "")
        cells.append(text)
    if tuple(cell.strip() for cell in cells) == columns:
        source.notes.add("a header that comes again was passed over")
        return None
    return {name: cell for name, cell in zip(columns, cells, strict=False) if name}


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
    first = list(islice(rows, _ROWS))
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
            found = _record(cells, columns.names, source, 1)
            if found is not None:
                yield number, found
        number += 1
