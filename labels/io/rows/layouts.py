"""How delimited text is laid out: delimiter, quoting, header."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tagstract.labels.io.names import abstract_rank, title_rank
from tagstract.labels.io.rows.columns import PREAMBLE_ROWS, Columns, find_columns

_DELIMITERS = (",", ";", "\t", "|", "^", "~", "\x1f", "\x01")
BARE = "\t|^~\x1f\x01"
"""Delimiters of files that quote nothing."""

_ESCAPED = re.compile(r'(?<!\\)((?:\\\\)*)\\"')
_ESCAPES = re.compile(r'(?<!\\)(?:\\\\)*\\"(?![",;|\t\r\n])')
"""A backslash before a quotation mark, and one that can't be a cell's last letter."""

_SPACED = re.compile(r'\s{0,3}"[^"]{0,200}"(?:[,;] {1,3}"[^"]{0,200}"){1,200}\s{0,3}$')
_RULE = re.compile(r"[-+=|: \t]+$")
_FOOTER = re.compile(r"\(?\d+ rows?\b[^,;]{0,40}$")
"""Lines of a terminal's table that are no rows."""

FIRST_ROWS = PREAMBLE_ROWS + 10
"""Rows from which a layout is found."""

_NO_COLUMNS = Columns((), 0, 0.0)

# The csv module's own limit of 131,072 characters would spoil the rows after a long cell.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Layout:
    """How a delimited file is laid out.

    Attributes:
        skip: lines before the first row: Excel's `sep=;`.
        quoted: whether `"` encloses cells; False where quotation marks stand in the texts.
        escaped: whether a `"` inside a cell is `\\"`, as databases write it.
        spaced: whether a space follows each delimiter.
    """

    delimiter: str
    quoted: bool
    skip: int
    columns: Columns
    escaped: bool = False
    spaced: bool = False


def layout_of(start: str, wanted: Sequence[str] = ()) -> Layout | None:
    """The layout of a file whose text begins so; None where it is no table of papers."""
    lines = start.splitlines(keepends=True)[: FIRST_ROWS * 40]
    skip, only = 0, list(_DELIMITERS)
    first = lines[0].strip().lower().strip('"') if lines else ""
    if first.startswith("sep=") and len(first) <= 5:
        skip, only = 1, [first[4:] or "\t"]
    lines = lines[skip:]
    escaped = _ESCAPES.search("".join(lines[:FIRST_ROWS])) is not None
    spaced = any(_SPACED.match(line) for line in lines[:3])
    best: tuple[tuple[float, float], Layout] | None = None
    for delimiter in only:
        for quoted in (True, False) if delimiter in BARE else (True,):
            options = {"quoted": quoted, "escaped": escaped and quoted, "spaced": spaced}
            layout = Layout(delimiter, skip=skip, columns=_NO_COLUMNS, **options)
            rows = _first_rows(lines, layout)
            columns = find_columns(rows, wanted)
            if columns is None or (columns.score < 2.0 and delimiter not in ",;\t"):
                continue
            even = _evenness(rows, columns)
            if len(columns.names) == 1 and not _is_one_column(rows, columns):
                continue
            rank = (round(columns.score * (0.5 + even), 4), float(quoted))
            if delimiter in BARE and quoted and _breaks_quotes(lines, layout):
                rank = (rank[0] - 0.1, 0.0)
            if best is None or rank > best[0]:
                best = (rank, replace(layout, columns=columns))
    return best[1] if best else None


def _is_one_column(rows: Sequence[Sequence[str]], columns: Columns) -> bool:
    """Whether a file is a single column of titles or abstracts, and no text with such a line."""
    if _evenness(rows, columns) < 0.5 and columns.score < 4.0:
        return False
    above = rows[: columns.header]
    below = [row[0] for row in rows[columns.header + 1 :] if row]
    return all(row[0].startswith("#") for row in above) and not any(
        title_rank(cell) is not None or abstract_rank(cell) is not None for cell in below
    )


def dialect(layout: Layout) -> dict[str, Any]:
    """What `csv.reader` needs to read the layout."""
    if layout.quoted:
        return {"delimiter": layout.delimiter, "skipinitialspace": layout.spaced}
    return {"delimiter": layout.delimiter, "quoting": csv.QUOTE_NONE, "quotechar": None}


def unescaped(lines: Iterable[str], layout: Layout) -> Iterator[str]:
    """The lines with `""` for `\\"`, as the csv module wants it."""
    if not layout.escaped:
        return iter(lines)
    return (_ESCAPED.sub(r'\1""', line) for line in lines)


def is_row(row: Sequence[str], delimiter: str) -> bool:
    """Whether a row holds something: no blank line, no rule or footer of a terminal's table."""
    if not any(cell.strip() for cell in row):
        return False
    line = delimiter.join(row)
    return not (_RULE.match(line) or (len(row) == 1 and _FOOTER.match(line)))


def _first_rows(lines: Sequence[str], layout: Layout) -> list[list[str]]:
    rows: list[list[str]] = []
    reader = csv.reader(unescaped(lines, layout), **dialect(layout))
    try:
        for row in reader:
            if is_row(row, layout.delimiter):
                rows.append(row)
            if len(rows) == FIRST_ROWS:
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


def _breaks_quotes(lines: Sequence[str], layout: Layout) -> bool:
    """Whether a cell begins with a quotation mark that doesn't enclose it."""
    for line in lines[: FIRST_ROWS * 4]:
        if '"' not in line:
            continue
        # A cell may go on in the next line, but nothing follows a closing mark.
        if is_misquoted(next(unescaped([line], layout)), layout):
            return True
    return False


def is_misquoted(line: str, layout: Layout) -> bool:
    """Whether text follows a closing quotation mark in a line."""
    try:
        next(csv.reader([line], strict=True, **dialect(layout)), None)
    except csv.Error as error:
        return "expected after" in str(error)
    return False
