"""Which papers a run has met, and earlier runs with the same state file; kept on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tagstract.labels.errors import InputError

__all__ = ["Meeting", "Seen"]

_APPLICATION = 0x7A9572AC
"""Marks an SQLite file as a state file of ours."""

_TABLES = """
CREATE TABLE IF NOT EXISTS seen (key INTEGER PRIMARY KEY, run TEXT NOT NULL, label TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS feeds (name TEXT PRIMARY KEY, last_new TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Meeting:
    """What is known of a paper: met by an earlier run, or in this run as the paper `duplicate_of`.

    `first` is true where neither holds.
    """

    earlier: bool = False
    duplicate_of: str | None = None

    @property
    def first(self) -> bool:
        return not self.earlier and self.duplicate_of is None


class Seen:
    """The papers met so far.

    Nothing reaches the state file before `commit`, so a run that is killed can be run again and
    gives the same papers.

    Args:
        state: an SQLite file that remembers papers across runs; None remembers this run's only.
        run: the name of this run; papers stored under it don't count as an earlier run's.

    Raises:
        InputError: another run uses the state file; it is another kind of file; or it can't be
            read or written.
    """

    def __init__(self, state: Path | None, run: str) -> None:
        self._state, self._run = state, run
        with self._errors():
            # Without a file, SQLite keeps what is large in a temporary file of its own.
            self._database = sqlite3.connect(
                "" if state is None else state, timeout=0, isolation_level=None
            )
        try:
            with self._errors():
                self._prepare()
        except BaseException:
            self._database.close()
            raise

    def meet(self, keys: Sequence[int], label: str) -> Meeting:
        """Look a paper up by its keys, and remember it where it is the first."""
        if not keys:
            return Meeting()
        marks = ",".join("?" * len(keys))
        with self._errors():
            found = self._database.execute(
                f"SELECT run, label FROM seen WHERE key IN ({marks})", list(keys)
            ).fetchall()
            # A duplicate's own keys are remembered too: its DOI finds the next one.
            first = next((text for run, text in found if run == self._run), label)
            owner = next((run for run, _ in found if run != self._run), self._run)
            self._database.executemany(
                "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)",
                [(key, owner, first) for key in keys],
            )
        if owner != self._run:
            return Meeting(earlier=True)
        return Meeting(duplicate_of=first) if found else Meeting()

    def last_new(self, feed: str) -> str | None:
        """The day on which a feed last had a new paper, as an earlier run stored it."""
        with self._errors():
            row = self._database.execute(
                "SELECT last_new FROM feeds WHERE name = ?", [feed]
            ).fetchone()
        return None if row is None else str(row[0])

    def had_new(self, feed: str, day: str) -> None:
        """Remember that a feed had a new paper today."""
        with self._errors():
            self._database.execute("INSERT OR REPLACE INTO feeds VALUES (?, ?)", [feed, day])

    def commit(self) -> None:
        """Store what this run met: its output is complete."""
        with self._errors():
            self._database.execute("COMMIT")

    def close(self) -> None:
        self._database.close()

    def _prepare(self) -> None:
        if self._state is not None:
            (mark,) = self._database.execute("PRAGMA application_id").fetchone()
            if mark != _APPLICATION:
                (tables,) = self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()
                if mark or tables:
                    raise InputError("is not a state file; use another file", str(self._state))
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute(f"PRAGMA application_id = {_APPLICATION}")
        for statement in filter(str.strip, _TABLES.split(";")):
            self._database.execute(statement)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            name = "" if self._state is None else str(self._state)
            code = getattr(error, "sqlite_errorname", "")
            if code.startswith("SQLITE_BUSY"):
                message = "another run is using it; wait, or use another file"
            elif code.startswith("SQLITE_NOTADB"):
                message = "is not a state file; use another file"
            else:
                message = f"can't be used as a state file: {error}"
            raise InputError(message, name) from error
