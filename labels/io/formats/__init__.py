"""The formats that are read, one module each.

A module here has one `FORMAT`. To add a format, add a module: it is found by itself, and its row of
the table in the users' guide comes from it (`python -m tagstract.labels.io`).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from tagstract.labels.errors import InputError
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source


@dataclass(frozen=True)
class Format:
    """A format of feeds.

    Attributes:
        name: as `--from` takes it.
        title: as the guide names it.
        detected: how it is detected, in words.
        kept: what a record holds, in words.
        detects: whether a source is in this format; looks at the source's head alone.
        read: the records of a source, each with the line it starts on; a record that can't be read
            is a text that says why. Raises InputError where the source is unusable as a whole.
        order: formats of a lower order are tried first.
        aliases: other names for `--from`.
    """

    name: str
    title: str
    detected: str
    kept: str
    detects: Callable[[Source], bool]
    read: Callable[[Source], Iterator[Line]]
    order: int = 50
    aliases: tuple[str, ...] = ()


_STRICT = ("jsonl", "json")
"""Formats whose first characters no other has. They are tried before the others are imported, which
takes longer than to tag a paper."""

_BINARY = (b"PAR1", b"PK")
"""First bytes of formats that are no text: to look for text in them would guess an encoding."""


@cache
def formats() -> tuple[Format, ...]:
    """All formats, in the order in which they are tried."""
    modules = (name for _, name, _ in iter_modules(__path__) if not name.startswith("_"))
    found = [import_module(f"{__name__}.{name}").FORMAT for name in modules]
    return tuple(sorted(found, key=lambda format: (format.order, format.name)))


def format_named(name: str) -> Format:
    """The format that `--from` names.

    Raises:
        InputError: there is none.
    """
    wanted = name.strip().lower()
    for format in formats():
        if wanted == format.name or wanted in format.aliases:
            return format
    known = [format.name for format in formats()]
    near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.4)
    hint = f"did you mean '{near[0]}'? " if near else ""
    raise InputError(f"unknown format '{name}'; {hint}known are {', '.join(sorted(known))}")


def detect(source: Source) -> Format | None:
    """The format of a source; None where it is in none of them."""
    for name in _STRICT if not source.head.startswith(_BINARY) else ():
        strict: Format = import_module(f"{__name__}.{name}").FORMAT
        if strict.detects(source):
            return strict
    return next((format for format in formats() if format.detects(source)), None)
