"""Tagged papers out: one module a format."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.atomic import check_place
from tagstract.labels.errors import InputError
from tagstract.labels.extras import need
from tagstract.serving.output.table import format_table

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

_MODULES = {
    ".jsonl": "tagstract.serving.output.jsonl",
    ".csv": "tagstract.serving.output.csv",
    ".parquet": "tagstract.serving.output.parquet",
    ".html": "tagstract.serving.output.html",
    ".md": "tagstract.serving.output.markdown",
}

ENDINGS = tuple(_MODULES)
"""Endings of the files that can be written; each names its format."""

__all__ = ["ENDINGS", "check_ending", "format_table", "refuse_feed", "write_output"]


def check_ending(path: Path) -> None:
    """Refuse a path that can't be written, before any work is done for it.

    Raises:
        InputError: an unknown ending (the known ones are listed), a folder, a missing folder,
            or no right to write there.
        MissingExtra: the format needs a library that is not installed.
    """
    path = Path(path)
    if path.suffix.lower() not in _MODULES:
        known = ", ".join(ENDINGS)
        raise InputError(f"has no known ending; the format is told by one of {known}", str(path))
    if path.suffix.lower() == ".parquet":
        need("parquet")
    check_place(path)


def refuse_feed(path: Path, feeds: Iterable[str]) -> None:
    """Refuse to write over a feed: what of it could not be read would be lost.

    Raises:
        InputError: `path` is one of the feeds, by this or another name.
    """
    for feed in feeds:
        if feed != "-" and os.path.exists(feed) and path.exists() and path.samefile(feed):
            raise InputError("is a feed of this call; name another file", str(path))


def write_output(
    path: Path, tagged: Sequence[dict[str, Any]], taxonomy: Taxonomy, heading: str
) -> None:
    """Write tagged papers in the format that the path's ending names.

    The file is there whole or not at all: an older one stays until the new one is complete.

    Args:
        path: where to; `check_ending` says beforehand whether it will do.
        tagged: tagged papers, in the order to be kept (a digest sorts them by area).
        taxonomy: gives a digest (.html, .md) its groups and the areas' names.
        heading: the title of a digest.

    Raises:
        InputError: an unknown ending, or the file can't be written (full disk, no rights).
    """
    path = Path(path)
    check_ending(path)
    import_module(_MODULES[path.suffix.lower()]).write(path, tagged, taxonomy, heading)
