"""Broken XML in pieces: several documents in one file, items each by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice, pairwise

from lxml import etree

_ROOT = re.compile(r"<([A-Za-z_][\w.:-]{0,60})[\s>/]")
_NAMESPACE = re.compile(r"xmlns(?::[\w.-]{1,40})?\s?=\s?(?:\"[^\"<>]{0,300}\"|'[^'<>]{0,300}')")
_ITEM = re.compile(
    r"<((?:[\w.-]{1,20}:)?(?:item|entry|record|PubmedArticle|article|paper|mods|resource|doc|row))[\s>]"
)
_MAX_HEAD = 20_000
_MAX_NAMESPACES = 20
_DOCUMENTS = 10_000

Parse = Callable[[str, bool], "etree._Element | None"]


def documents_of(text: str) -> list[str]:
    """The documents of a text that holds several, one behind the other, without declarations."""
    root = _ROOT.search(text[:_MAX_HEAD])
    if root is None:
        return [text]
    name = re.escape(root[1])
    between = re.compile(
        rf"</{name}\s{{0,9}}>\s{{0,200}}(?:<\?xml[^>]{{0,200}}\?>\s{{0,200}})?"
        rf"(?:<!DOCTYPE[^>\[]{{0,500}}>\s{{0,200}})?(?=<{name}[\s>])"
    )
    starts = [0, *(found.end() for found in between.finditer(text))][:_DOCUMENTS]
    pieces = [text[start:end] for start, end in pairwise([*starts, len(text)])]
    # What stands between two documents is at the end of the first.
    closing = f"</{root[1]}"
    return [
        piece if closing not in piece else piece[: piece.rindex(closing)] + f"{closing}>"
        for piece in pieces
    ]


def by_items(text: str, parse: Parse) -> etree._Element | None:
    """A root with the items of a broken text, each parsed by itself; None where it has none.

    A tag that is never closed then costs its own item, and no other.
    """
    first = _ITEM.search(text)
    root = _ROOT.search(text[:_MAX_HEAD])
    if first is None or root is None or root.start() == first.start():
        return None
    name = first[1]
    named = dict.fromkeys(_NAMESPACE.findall(text[: min(first.start(), _MAX_HEAD)]))
    spaces = " ".join(islice(named, _MAX_NAMESPACES))
    starts = [found.start() for found in re.finditer(rf"<{re.escape(name)}[\s>]", text)]
    closing = f"</{name}>"
    whole = parse(f"<{root[1]} {spaces}/>", True)
    if whole is None:
        return None
    line, counted = 1, 0
    for start, end in pairwise([*starts, len(text)]):
        line += text.count("\n", counted, start)
        counted = start
        piece = text[start:end]
        stop = piece.rfind(closing)
        piece = piece[: stop + len(closing)] if stop >= 0 else piece
        parsed = parse(f"<{root[1]} {spaces}>{piece}</{root[1]}>", True)
        item = parsed[0] if parsed is not None and len(parsed) else None
        if item is not None:
            item.sourceline = line  # type: ignore[assignment]  # a mistake of the stubs
            whole.append(item)
    return whole if len(whole) else None
