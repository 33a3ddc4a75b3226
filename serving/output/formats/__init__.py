"""The formats that are written, one module each.

A module here has one `FORMAT`. To add a format, add a module: it is found by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from tagstract.serving.output.fields import Papers

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy


@dataclass(frozen=True)
class Format:
    """A format of tagged papers.

    Attributes:
        title: what a reader calls it.
        endings: of a file's name, in small letters, with their dots.
        write: writes papers to a path, whole or not at all; the taxonomy gives areas their names
            and groups, the last argument is the title of a digest.
        by_area: whether `{area}` in the file's name makes one file for each area.
        extra: part of the installation that it needs; see `tagstract.labels.extras`.
    """

    title: str
    endings: tuple[str, ...]
    write: Callable[[Path, Papers, Taxonomy, str], None]
    by_area: bool = False
    extra: str | None = None


@cache
def formats() -> tuple[Format, ...]:
    """All formats, by their first ending."""
    names = (name for _, name, _ in iter_modules(__path__) if not name.startswith("_"))
    found = [import_module(f"{__name__}.{name}").FORMAT for name in names]
    return tuple(sorted(found, key=lambda format: format.endings))


def format_of(path: Path) -> Format | None:
    """The format that the ending of a file's name stands for; None for an unknown ending."""
    name = path.name.lower()
    matches = [
        (len(ending), format)
        for format in formats()
        for ending in format.endings
        if name.endswith(ending)
    ]
    return max(matches, key=lambda match: match[0])[1] if matches else None
