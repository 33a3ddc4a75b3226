"""The columns of a table: which row is the header; what they hold where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tagstract.labels.io import names
from tagstract.labels.io.text.prose import is_prose
from tagstract.labels.io.text.titles import is_title_case

_MAX_HEADER_CELL = 80
PREAMBLE_ROWS = 50
"""Rows before the header that are looked at."""

_MIN_SCORE = 2.6

_MAX_SCORED = 4_000
"""Cells of a row in which the usual names are looked for; more would only be a hostile row's."""


@dataclass(frozen=True)
class Columns:
    """Names of a table's columns, '' for one without.

    Attributes:
        header: index of the header's row; -1 where there is none.
        note: what was guessed; '' where nothing was.
    """

    names: tuple[str, ...]
    header: int
    score: float
    note: str = ""


def find_columns(rows: Sequence[Sequence[str]], wanted: Sequence[str] = ()) -> Columns | None:
    """The columns of a table whose first rows these are; None where they are no table of papers.

    Args:
        wanted: names of columns that the user has mapped: a row that holds them is the header.
    """
    best: Columns | None = None
    for index, row in enumerate(rows[:PREAMBLE_ROWS]):
        score = _score(row, wanted)
        if score >= _MIN_SCORE and (best is None or score > best.score):
            note = f"its header is in row {index + 1}" if _skipped(rows[:index]) else ""
            best = Columns(_unique(row), index, score, note)
    if best is not None:
        return _shifted(best, rows)
    return _headerless(rows)


def _score(row: Sequence[str], wanted: Sequence[str]) -> float:
    """How much a row reads like a header with the usual names."""
    cells = [cell.strip() for cell in row[:_MAX_SCORED]]
    if not any(cells) or any(len(cell) > _MAX_HEADER_CELL for cell in cells):
        return 0.0
    score, rest = 0.0, 0.0
    ranks = [names.abstract_rank(cell) for cell in cells if cell]
    if any(rank is not None and rank < 10 for rank in ranks):
        score += 4.0
    elif any(rank is not None for rank in ranks):
        score += 2.5
    if any(names.title_rank(cell) is not None for cell in cells if cell):
        score += 3.0
    for known in (names.ID, names.AUTHORS, names.DATE, names.DOI, names.LABELS):
        rest += any(names.folded_name(cell).folded in known for cell in cells if cell)
    score += 4.0 * sum(cell in wanted for cell in cells)
    filled = sum(bool(cell) for cell in cells)
    return (
        score + min(rest, 3.0) * 0.5 + (0.2 if filled == len(cells) > 1 else 0.0) if score else 0.0
    )


def _skipped(rows: Sequence[Sequence[str]]) -> bool:
    return any(any(cell.strip() for cell in row) for row in rows)


def _unique(row: Sequence[str]) -> tuple[str, ...]:
    """The names of a header; one that is there again gets a number."""
    found: list[str] = []
    seen: dict[str, int] = {}
    for cell in row:
        name = " ".join(cell.split())
        seen[name] = seen.get(name, 0) + 1
        found.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def _shifted(columns: Columns, rows: Sequence[Sequence[str]]) -> Columns:
    """The columns of a table whose rows begin with a number that the header leaves out, as R's."""
    below = [row for row in rows[columns.header + 1 :] if len(row) > 1][:PREAMBLE_ROWS]
    width = len(columns.names)
    if not below or not all(
        len(row) == width + 1 and row[0].strip() and row[-1].strip() for row in below
    ):
        return columns
    note = "its first column has no name; it was taken for the rows' numbers"
    return Columns(("", *columns.names), columns.header, columns.score, note)


def _headerless(rows: Sequence[Sequence[str]]) -> Columns | None:
    """Columns named by what they hold: prose is an abstract, a short text before it a title."""
    filled = [row for row in rows if any(cell.strip() for cell in row)][:PREAMBLE_ROWS]
    width = len(filled[0]) if filled else 0
    if width < 2 or sum(len(row) == width for row in filled) < 0.8 * len(filled):
        return None
    cells = [[row[place].strip() for row in filled if len(row) == width] for place in range(width)]
    prose = [
        sum(len(cell) > 150 and is_prose(cell) for cell in column) / len(column) for column in cells
    ]
    abstract = max(range(width), key=lambda place: (prose[place], sum(map(len, cells[place]))))
    if prose[abstract] < 0.5:
        return None
    found = [f"column {place + 1}" for place in range(width)]
    title = _title_column(cells, abstract)
    found[abstract] = "text" if title is None else "abstract"
    if title is not None:
        found[title] = "title"
    for place, column in enumerate(cells):
        if place in (abstract, title):
            continue
        if all(cell.startswith("<") and cell.endswith(">") for cell in column if cell) and any(
            column
        ):
            found[place] = "subject_uris"
        elif "id" not in found and len(set(column)) == len(column) and max(map(len, column)) <= 60:
            found[place] = "id"
    named = ", ".join(f"'{name}'" for name in found)
    return Columns(tuple(found), -1, 1.0, f"has no header; its columns were taken for {named}")


def _title_column(cells: Sequence[Sequence[str]], abstract: int) -> int | None:
    best: tuple[float, int] | None = None
    for place, column in enumerate(cells):
        if place == abstract:
            continue
        lengths = sorted(map(len, column))
        middle = lengths[len(lengths) // 2]
        words = sum(" " in cell for cell in column) / len(column)
        if not 15 <= middle <= 250 or words < 0.7 or any(cell.startswith("<") for cell in column):
            continue
        rank = (sum(is_title_case(cell) or ":" in cell for cell in column) / len(column), -place)
        if best is None or rank > best:
            best = (rank[0], rank[1])
    return None if best is None else -int(best[1])
