"""The formats that are written, one module each.

A module here has one `FORMAT`. To add a format, add a module: it is found by itself.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from tagstract.serving.output.format import Format


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
