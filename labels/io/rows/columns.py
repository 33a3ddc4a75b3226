"""The columns of a table: which row is the header; what they hold where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tagstract.labels.files import shown
from tagstract.labels.io import names
from tagstract.labels.io.rows.contents import columns_of, prose_column, title_column
from tagstract.labels.io.text.prose import cleaned
from tagstract.labels.io.text.titles import split_title

_MAX_HEADER_CELL = 80
PREAMBLE_ROWS = 50
"""Rows before the header that are looked at."""

_MIN_SCORE = 2.6
_OTHERS = ("review", "comment", "note", "affiliation", "address", "bio", "decision", "message",
           "keyword", "reference", "journal", "source", "venue", "publisher")  # fmt: skip
"""Words in the names of columns whose prose is not the paper's, or whose titles are a journal's."""

_MAX_SCORED = 4_000
"""Cells of a row in which the usual names are looked for; more would only be a hostile row's."""


@dataclass(frozen=True)
class Columns:
    """Names of a table's columns, '' for one without.

    Attributes:
        header: index of the header's row; -1 where there is none.
        note: what was guessed; '' where nothing was.
        found: a field (`title`, `abstract`) and the name of the column whose cells look like it,
            where none is named so.
    """

    names: tuple[str, ...]
    header: int
    score: float
    note: str = ""
    found: tuple[tuple[str, str], ...] = ()


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
        best = _shifted(best, rows)
        return best if wanted else _headed(best, rows)
    return _unnamed(rows)


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
    below = rows[columns.header + 1 :][:PREAMBLE_ROWS]
    width = len(columns.names)
    good = sum(len(row) == width + 1 and bool(row[0].strip() and row[-1].strip()) for row in below)
    if not good or good < 0.9 * len(below):
        return columns
    note = "its first column has no name; it was read as row numbers"
    return replace(columns, names=("", *columns.names), note=note)


def _headed(columns: Columns, rows: Sequence[Sequence[str]]) -> Columns:
    """The columns, and by their cells an abstract or a title that no name stands for."""
    ranks = [names.abstract_rank(name) if name else None for name in columns.names]
    titled = any(name and names.title_rank(name) is not None for name in columns.names)
    named = any(rank is not None for rank in ranks)
    if titled and named:
        return columns
    places = [place for place, name in enumerate(columns.names) if name and not _is_known(name)]
    cells = columns_of(rows[columns.header + 1 :], len(columns.names))
    found: list[tuple[str, str]] = []
    if not named and (place := prose_column(cells, places)) is not None:
        found.append(("abstract", columns.names[place]))
    abstract = ranks.index(min(rank for rank in ranks if rank is not None)) if named else -1
    if not titled and named and not _holds_title(cells[abstract]):
        place = title_column(cells, places)
        if place is not None:
            found.append(("title", columns.names[place]))
    guesses = [f"'{shown(name)}' was taken for the {field}" for field, name in found]
    note = "; ".join([*([columns.note] if columns.note else []), *guesses])
    return replace(columns, note=note, found=tuple(found))


def _is_known(name: str) -> bool:
    """Whether a name is that of another field than title and abstract, or of what others wrote."""
    folded = names.folded_name(name).folded
    known = (names.ID, names.AUTHORS, names.DATE, names.DOI, names.URL, names.LABELS)
    return any(folded in ranked for ranked in known) or any(word in folded for word in _OTHERS)


def _holds_title(cells: Sequence[str]) -> bool:
    """Whether the abstracts' cells begin with titles: `Title ¤ Abstract`."""
    filled = [cell for cell in cells if cell]
    split = sum(bool(split_title(cell, cleaned(cell))[0]) for cell in filled)
    return split * 2 > len(filled)


def _unnamed(rows: Sequence[Sequence[str]]) -> Columns | None:
    """Columns judged by what they hold: long prose is an abstract, a short text of its own a title.

    Where the first row has only short cells, it is a header in words that we don't know.
    """
    filled = [row for row in rows if any(cell.strip() for cell in row)][:PREAMBLE_ROWS]
    width = len(filled[0]) if filled else 0
    if width < 2 or sum(len(row) == width for row in filled) < 0.8 * len(filled):
        return None
    head = [cell.strip() for cell in filled[0]]
    headed = len(filled) > 1 and all(len(cell) <= _MAX_HEADER_CELL for cell in head)
    cells = columns_of(filled[headed:], width)
    places = range(width)
    abstract = prose_column(cells, places)
    if abstract is None:
        return None
    others = [place for place in places if place != abstract]
    title = None if _holds_title(cells[abstract]) else title_column(cells, others)
    if headed:
        return _foreign_header(head, abstract, title)
    found = [f"column {place + 1}" for place in places]
    found[abstract] = "text" if title is None else "abstract"
    if title is not None:
        found[title] = "title"
    for place, column in enumerate(cells):
        if place in (abstract, title):
            continue
        if all(_is_uri(cell) for cell in column if cell) and any(column):
            found[place] = "subject_uris"
        elif "id" not in found and len(set(column)) == len(column) and max(map(len, column)) <= 60:
            found[place] = "id"
    named = ", ".join(f"'{name}'" for name in found)
    return Columns(tuple(found), -1, 1.0, f"has no header; its columns were read as {named}")


def _foreign_header(head: Sequence[str], abstract: int, title: int | None) -> Columns:
    columns = _unique([cell or f"column {place + 1}" for place, cell in enumerate(head)])
    found = [("abstract", columns[abstract])]
    if title is not None:
        found.append(("title", columns[title]))
    guesses = "; ".join(f"'{shown(name)}' was taken for the {field}" for field, name in found)
    return Columns(columns, 0, 1.0, guesses, tuple(found))


def _is_uri(cell: str) -> bool:
    return (cell.startswith("<") and cell.endswith(">")) or cell.startswith(("http://", "https://"))
