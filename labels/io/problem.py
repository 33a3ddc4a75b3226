"""What can't be read of a file, and what was guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tagstract.labels.errors import one_line

Line = tuple[int, dict[str, Any] | str]
"""Where a record starts, counted from 1, and the record or what is wrong with it."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one record; `line` is the row of Parquet, the element of a JSON array."""

    source: str
    line: int
    message: str

    def __str__(self) -> str:
        return one_line(f"{self.source}:{self.line}: {self.message}")


MAX_NOTES = 30
"""Guesses listed for a file: a damaged file may give rise to one at each record."""


class Notes:
    """What was guessed while a file was read: each guess once, and `MAX_NOTES` at most.

    Args:
        log: is given each guess in a line: at `release`, then as soon as it is made. A file that
            turns out to be unusable gets a one-line error, without its guesses.
    """

    def __init__(self, log: Callable[[str], None] | None = None) -> None:
        self._log = log
        self._released = False
        self._source = ""
        self.lines: list[str] = []

    def of(self, source: str) -> Notes:
        self._source = source
        return self

    def add(self, text: str) -> None:
        """Note a guess: `read as cp1252`."""
        line = one_line(f"{self._source}: {text}")
        if line in self.lines or len(self.lines) > MAX_NOTES:
            return
        if len(self.lines) == MAX_NOTES:
            line = f"{self._source}: more was guessed, which is not listed"
        self.lines.append(line)
        if self._log is not None and self._released:
            self._log(line)

    def release(self) -> None:
        """The file is usable: log what was guessed so far, and from now on at once."""
        if self._log is not None and not self._released:
            for line in self.lines:
                self._log(line)
        self._released = True
