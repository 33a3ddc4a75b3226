"""What columns hold, judged by their cells, where their names don't say it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tagstract.labels.io.text.prose import is_prose
from tagstract.labels.io.text.titles import is_title_case

Cells = Sequence[Sequence[str]]
"""The cells of each column."""

_LONG = 150
"""Characters that an abstract has and few other cells."""

_LOOKED_AT = 3000
"""Characters of a cell that are looked at."""

_PEOPLE = re.compile(
    r"[^\W\d_][\w'’-]{1,30},? (?:[A-Z]\.?[ -]?){1,3}(?:[;,&]|$)|^(?:[A-Z]\. ?){1,3}[A-Z]|"
    r"^[^,;]{3,40}, [^,;]{2,30}(?:;|$)"
)
_TITLE_WORDS = re.compile(
    r"\b(?:of|for|in|with|on|the|a|an|to|from|by|via|through|using|under|at|as|is|are|how|what|"
    r"towards?|without|beyond|between|into)\b|:|\?", re.I
)  # fmt: skip


def columns_of(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """The beginning of each column's cells, of the rows that have so many cells."""
    whole = [row for row in rows if len(row) == width]
    return [[row[place].strip()[:_LOOKED_AT] for row in whole] for place in range(width)]


def prose_column(cells: Cells, among: Sequence[int]) -> int | None:
    """The column whose cells are mostly long prose; None where there is none."""
    best: tuple[float, int, int] | None = None
    for place in among:
        filled = [cell for cell in cells[place] if cell]
        if not filled:
            continue
        share = sum(len(cell) > _LONG and is_prose(cell) for cell in filled) / len(filled)
        rank = (share, sum(map(len, filled)), -place)
        if share >= 0.5 and (best is None or rank > best):
            best = rank
    return None if best is None else -best[2]


def title_column(cells: Cells, among: Sequence[int]) -> int | None:
    """The column whose cells read most like titles: of some words, each its own, no names."""
    best: tuple[float, int] | None = None
    for place in among:
        column = [cell for cell in cells[place] if cell]
        if not column:
            continue
        middle = sorted(map(len, column))[len(column) // 2]
        if not 15 <= middle <= 250 or _share(column, _is_not_a_title) > 0.3:
            continue
        score = (
            _share(column, is_title_case) * 0.5
            + _share(column, _has_title_words)
            + len(set(column)) / len(column)
        )
        if best is None or (score, -place) > best:
            best = (score, -place)
    return None if best is None else -best[1]


def _share(column: Sequence[str], judge: object) -> float:
    assert callable(judge)
    return sum(bool(judge(cell)) for cell in column) / len(column)


def _is_not_a_title(cell: str) -> bool:
    return (
        " " not in cell
        or cell.startswith(("<", "http", "10.", "[", "{"))
        or "://" in cell
        or _PEOPLE.search(cell) is not None
    )


def _has_title_words(cell: str) -> bool:
    return len(_TITLE_WORDS.findall(cell)) > 0
