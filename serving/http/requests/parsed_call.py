"""What a call asks for: its list, and the options beside it, checked before any work."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tagstract.labels.files import shown
from tagstract.serving.http.call import ParsedCall
from tagstract.serving.http.faults import Fault, fault

__all__ = ["OPTIONS", "Kind", "read_call", "read_query"]


@dataclass(frozen=True)
class Kind:
    """What calls of a path hold: a list by its name, so many items, and which options."""

    items: str
    most: int
    options: tuple[str, ...] = ()


OPTIONS = ("top", "threshold", "all_probabilities", "explain")

_RIGHT = {
    "top": "use a whole number, 1 or more",
    "threshold": "use a probability from 0 to 1",
    "all_probabilities": "use true or false",
    "explain": "use true or false",
}


def read_call(call: Any, kind: Kind) -> ParsedCall | Fault:
    """The call in a body that was read as JSON, or why it can't be served."""
    right = f'send {{"{kind.items}": [...]}}'
    if not isinstance(call, dict) or not isinstance(call.get(kind.items), list):
        return fault("bad-call", f"the body has no list '{kind.items}'; {right}")
    items = call[kind.items]
    given = {name: value for name, value in call.items() if name != kind.items}
    options = _options(given, (kind.items, *kind.options))
    if isinstance(options, Fault):
        return options
    if len(items) > kind.most:
        found = f"{len(items):,} {kind.items} in one request; send at most {kind.most}"
        return fault("too-large", found)
    return ParsedCall(items, **options)


def read_query(query: Mapping[str, str]) -> dict[str, Any] | Fault:
    """The options of a call whose body is a file: they stand in its address."""
    given: dict[str, Any] = {}
    for name, text in query.items():
        given[name] = {"true": True, "false": False}.get(text, text)
        if name in ("top", "threshold"):
            try:
                given[name] = int(text) if name == "top" else float(text)
            except ValueError:
                given[name] = text
    return _options(given, OPTIONS)


def _options(given: Mapping[str, Any], known: tuple[str, ...]) -> dict[str, Any] | Fault:
    """The options among fields that are all known, each in its range."""
    for name, value in given.items():
        if name not in known:
            near = difflib.get_close_matches(name[:40], known, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
            return fault("bad-call", f"the field '{shown(name, 40)}' is unknown; {hint}")
        if value is not None and not _is_right(name, value):
            return fault("bad-call", f"'{name}' can't be used; {_RIGHT[name]}")
    options = {name: value for name, value in given.items() if value is not None}
    if "top" in options:
        options["top"] = int(options["top"])
    return options


def _is_right(name: str, value: Any) -> bool:
    if name in ("all_probabilities", "explain"):
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if name == "top":
        # JSON has one kind of number, so 3.0 is a whole one.
        return isinstance(value, int | float) and value >= 1 and value == value // 1
    return isinstance(value, int | float) and 0 <= value <= 1
