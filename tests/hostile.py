"""Inputs that make careless code slow, and how to see that time grows no faster than the input."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

FRAGMENTS = (
    "(arXiv:", "arXiv:1 Announce Type: new ", "\x9d", "\x1b]", "\\", "\\u0000 ", "{\n", "[", "[[",
    "<", "<!--", "<p ", "<b>", "&", "&#1", '"', '""', "'", ",", ";", "\t", " ", "\n", "\r", "\n\n",
    "a. B", "Ab Cd and ", "http://a", "@a{", "TY  - ", "ER  - \n", "$", "{\\", "\\begin{", "|",
    "* ", "#", "=", "-", "\u200b", "\u0301", "\u0301\u0316", "Abstract: ", "\u00e9", "1", ". ",
    "]]>", "PMID- ", "%A ", "Keywords: a\n", '<div class="abstract">', "<abstract>a</abstract>",
    "} a = {", "<table><tr><td>a", "KW  - a\n",
)  # fmt: skip
"""Repeated many times, each has made some parser look at its input again and again."""

NUMBERED = (
    '{"abstract_0": "x"}\n', '"c0",', "c0,", "<a0>", "<a0/>", "&e0;", "@a{k0,\n", "k0 = {x},\n",
    "T0  - x\n", "[a0](b) ", "# A 0\n", "[0] A. B, 2001.\n",
)  # fmt: skip
"""The same, with another number in place of the 0 each time: names and keys that are all new."""

QUICK = 0.03
"""Seconds of work too short to tell a line from a bend."""

SLOW = 30e-6
"""Seconds a character that are too many, whatever their growth."""

BEND = 2.2
"""How many times as long as a line's, at four times the size, is more than a line's."""

_Input = TypeVar("_Input")


def repeated(fragment: str, size: int) -> str:
    """About `size` characters of a fragment."""
    times = max(1, size // len(fragment))
    if fragment not in NUMBERED:
        return fragment * times
    return "".join(fragment.replace("0", str(number), 1) for number in range(times))


def growth(make: Callable[[int], _Input], run: Callable[[_Input], object], size: int) -> float:
    """How much steeper than a line the time of `run` grows as its input grows fourfold.

    1 is a line, 4 a square; what is quick at four times the size counts as a line, what is slow
    there as a bend. Only processor time counts, and only that of `run`, not of `make`.
    """
    small, large, slow = make(size), make(4 * size), SLOW * 4 * size
    most = _seconds(run, large)
    if most < QUICK:
        return 1.0
    steepness = most / (4 * max(_seconds(run, small), QUICK / 16))
    for _ in range(3):
        if steepness <= BEND and most <= slow:
            break
        # Another process may have had the caches: the best of a few counts.
        least = max(min(_seconds(run, small) for _ in range(3)), QUICK / 16)
        most = min(most, _seconds(run, large))
        steepness = min(steepness, most / (4 * least))
    return steepness if most <= slow else max(steepness, 2 * BEND)


def _seconds(run: Callable[[_Input], object], given: _Input) -> float:
    began = time.process_time()
    run(given)
    return time.process_time() - began
