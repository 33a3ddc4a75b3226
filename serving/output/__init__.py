"""Tagged papers out: `formats/` has a module for each format."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.labels.errors import InputError
from tagstract.labels.extras import need
from tagstract.labels.storage.atomic import check_place
from tagstract.serving.output.fields import Papers
from tagstract.serving.output.formats import Format, format_of, formats
from tagstract.serving.output.table import format_table

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

__all__ = ["check_ending", "endings", "format_table", "is_feed", "refuse_feed", "write_output"]

AREA = "{area}"
"""Stands in a file's name for the id of an area, where each area gets a file."""


def endings() -> tuple[str, ...]:
    """Endings of the files that can be written; each names its format."""
    return tuple(ending for format in formats() for ending in format.endings)


def check_ending(path: Path) -> None:
    """Refuse a path that can't be written, before any work is done for it.

    Raises:
        InputError: an unknown ending (the known ones are listed), a folder, a missing folder,
            or no right to write there.
        MissingExtra: the format needs a library that is not installed.
    """
    _checked(Path(path))


def is_feed(target: os.stat_result, feed: str) -> bool:
    """Whether an open or existing file is the feed, by this or another name."""
    try:
        # Standard input may be a file, too: `tag - -o papers.jsonl < papers.jsonl`.
        source = os.fstat(sys.stdin.fileno()) if feed == "-" else os.stat(feed)
    except (OSError, ValueError, AttributeError):  # no such file, a closed stream, an address
        return False
    return os.path.samestat(target, source)


def refuse_feed(path: Path, feeds: Iterable[str]) -> None:
    """Refuse to write over a feed: what of it could not be read would be lost.

    Raises:
        InputError: `path` is one of the feeds, by this or another name.
    """
    if path.exists() and any(is_feed(path.stat(), feed) for feed in feeds):
        raise InputError("is a feed of this command; use another file", str(path))


def write_output(path: Path, tagged: Papers, taxonomy: Taxonomy, heading: str) -> None:
    """Write tagged papers in the format that the path's ending names.

    The file is there whole or not at all: an older one stays until the new one is complete.

    Args:
        path: where to; `check_ending` says beforehand whether it will do.
        tagged: tagged papers, in the order to be kept (a digest sorts them by area).
        taxonomy: gives a digest its groups and the areas' names.
        heading: the title of a digest.

    Raises:
        InputError: an unknown ending, more papers than the format can hold, or the file can't be
            written (full disk, no rights).
    """
    _checked(Path(path)).write(Path(path), tagged, taxonomy, heading)


def _checked(path: Path) -> Format:
    format = format_of(path)
    if format is None:
        known = ", ".join(endings())
        raise InputError(f"has no known extension; use one of {known}", str(path))
    if AREA in path.name and not format.by_area:
        able = ", ".join(ending for one in formats() if one.by_area for ending in one.endings)
        raise InputError(f"only {able} have a file for each area; leave out {AREA}", str(path))
    if format.extra is not None:
        need(format.extra)
    check_place(path)
    return format
