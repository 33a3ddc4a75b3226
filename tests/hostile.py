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


def growth(run: Callable[[int], object], most: int) -> float:
    """How much steeper than a line the time of `run` grows as its size grows fourfold.

    1 is a line, 4 a square. The size is the smallest at which it takes long enough to be timed, up
    to `most`; what is quick at four times that counts as a line.
    """
    size = min(500, most)
    while (largest := _seconds(run, 4 * size)) < QUICK:
        if size >= most:
            return 1.0
        size = min(4 * size, most)
    steepness = largest / (4 * max(_seconds(run, size), QUICK / 16))
    for _ in range(3):
        if steepness <= BEND:
            break
        # Another process may have had the core or the caches: the best of a few counts.
        smallest = max(min(_seconds(run, size) for _ in range(3)), QUICK / 16)
        steepness = min(steepness, _seconds(run, 4 * size) / (4 * smallest))
    return steepness


def _seconds(run: Callable[[int], object], size: int) -> float:
    began = time.process_time()
    run(size)
    return time.process_time() - began
