"""Tagged papers as a table for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tagstract.serving.output.text import plain, summary_of, title_of

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

GAP = "  "
_NARROW, _TAGS = 40, (28, 84)
_DIM, _BOLD, _YELLOW, _RED = "2", "1", "33", "31"


def format_table(
    tagged: Sequence[dict[str, Any]], taxonomy: Taxonomy, width: int, color: bool
) -> str:
    """A readable table: number, title cut to fit, tags with their probabilities or the reason.

    Args:
        width: columns of the terminal; no line is wider (below 40 it is taken as 40).
        color: whether to set tags and reasons apart with colours.

    Returns:
        Lines without a last line end; the last one counts the papers. Nothing in a record can
        send a code to the terminal.
    """
    titles = [title_of(paper) for paper in tagged]
    number = max(len(str(len(tagged))), 1)
    title, room = _widths(titles, max(width, _NARROW) - number - 2 * len(GAP))
    head = f"{'#':>{number}}{GAP}{_fit('title', title)}{GAP}tags"
    lines = [_paint(head, _BOLD, color)]
    for index, paper in enumerate(tagged):
        cells = _verdict(paper, room, color)
        lines.append(f"{index + 1:>{number}}{GAP}{_fit(titles[index], title)}{GAP}{cells[0]}")
        margin = " " * (number + title + 2 * len(GAP))
        lines.extend(margin + cell for cell in cells[1:])
    lines.append(summary_of(tagged))
    return "\n".join(lines)


def _widths(titles: list[str], room: int) -> tuple[int, int]:
    """Columns of the titles and of the tags; a title never gets more than the longest needs."""
    from rich.cells import cell_len

    low, high = _TAGS
    tags = min(max(room * 9 // 20, min(low, room * 2 // 3)), high)
    longest = max((cell_len(text) for text in titles), default=0)
    title = max(min(room - tags, longest), len("title"))
    return title, room - title


def _verdict(paper: dict[str, Any], room: int, color: bool) -> list[str]:
    """The lines of the last column, none wider than `room`: at least one."""
    tags = paper.get("tags") or []
    if paper.get("status") != "tagged" or not tags:
        status = plain(paper.get("status")) or "error"
        reason = plain(paper.get("reason"))
        paint = _RED if status == "error" else _YELLOW
        text = f"{status}: {reason}" if reason else status
        return [_paint(line, paint, color) for line in _wrap(text, room)]
    lines: list[str] = []
    used = 0
    for tag in tags:
        figure = f"{tag['probability']:.2f}"
        area = _cut(plain(tag["area"]), room - len(figure) - 1)
        size = _size(area) + 1 + len(figure)
        cell = f"{area} {_paint(figure, _DIM, color)}"
        if lines and used + len(GAP) + size <= room:
            lines[-1] += GAP + cell
            used += len(GAP) + size
        else:
            lines.append(cell)
            used = size
    return lines


def _wrap(text: str, room: int) -> list[str]:
    """Lines of at most `room` columns, broken between words where it can be."""
    if _size(text) == len(text):
        return textwrap.wrap(text, room)
    from rich.cells import chop_cells

    return chop_cells(text, room)


def _size(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _cut(text: str, room: int) -> str:
    """The text, or as much of it as fits before an ellipsis."""
    if _size(text) <= room:
        return text
    if text.isascii():
        return f"{text[: room - 1].rstrip()}…"
    from rich.cells import set_cell_size

    return f"{set_cell_size(text, room - 1).rstrip()}…"


def _fit(text: str, room: int) -> str:
    """The text in exactly `room` columns."""
    text = _cut(text, room)
    return text + " " * (room - _size(text))


def _paint(text: str, code: str, color: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if color else text
