"""Inputs that make careless code slow, and how to see that time grows no faster than the input."""

from __future__ import annotations

import time
from collections.abc import Callable

FRAGMENTS = (
    "(arXiv:", "arXiv:1 Announce Type: new ", "\x9d", "\x1b]", "\\", "\\u0000 ", "{\n", "[", "[[",
    "<", "<!--", "<p ", "<b>", "&", "&#1", '"', '""', "'", ",", ";", "\t", " ", "\n", "\r", "\n\n",
    "a. B", "Ab Cd and ", "http://a", "@a{", "TY  - ", "ER  - \n", "$", "{\\", "\\begin{", "|",
    "* ", "#", "=", "-", "\u200b", "\u0301", "Abstract: ", "\u00e9", "1", ". ", "]]>", "PMID- ",
    "%A ",
)  # fmt: skip
"""Repeated many times, each has made some parser look at its input again and again."""

QUICK = 0.06
"""Seconds of work too short to tell a line from a bend."""

BEND = 2.2
"""How many times as long as a line's, at four times the size, is more than a line's."""


def growth(run: Callable[[int], object], size: int) -> float:
    """How much steeper than a line the time of `run` grows from `size` to four times that.

    1 is a line, 4 a square. What is quick at the largest size counts as a line.
    """
    largest = _seconds(run, 4 * size)
    if largest < QUICK:
        return 1.0
    # Another process may have had the core or the caches: the best of a few counts.
    for _ in range(3):
        smallest = min(_seconds(run, size) for _ in range(3))
        largest = min(largest, _seconds(run, 4 * size))
        if largest <= 4 * BEND * max(smallest, QUICK / 8):
            break
    middle = _seconds(run, 2 * size)
    steepness = largest / (4 * max(smallest, QUICK / 8))
    # A cost that starts at some size and is a line from there on is no bend.
    return min(steepness, largest / (2 * middle) * 2)


def _seconds(run: Callable[[int], object], size: int) -> float:
    began = time.process_time()
    run(size)
    return time.process_time() - began
