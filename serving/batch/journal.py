"""What a long run has done so far, on disk, so that a killed run can be resumed."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from tagstract.labels import InputError
from tagstract.labels.storage.atomic import write_error
from tagstract.labels.storage.lock import try_lock
from tagstract.serving.output.text import json_text

_SKIPPED = b"-"
"""Stands for the paper of a record that gives none."""


class Journal:
    """A file beside the output: a line for the run, then one for each record, in their order.

    The file is locked while the journal is open, so two runs never write the same output. `finish`
    removes it once the output is complete; a run that ends in any other way leaves it for
    `--resume`, unless no record was done.

    Args:
        output: the file that the run will write.
        run: what the answers depend on: the model's digest, the feeds and the options. A journal
            of another run is not resumed.
        resume: continue from what is there, rather than start over.
        chunk: records that are tagged together; a run resumes at a multiple of it.

    Attributes:
        id: a random name of the run, the same after it was resumed.
        done: records that were done when the journal was opened.
        dropped: records of a stopped run that this one starts over.

    Raises:
        InputError: another process writes the same output; the journal is of another run; or it
            can't be read or written.
    """

    def __init__(self, output: Path, run: Mapping[str, Any], resume: bool, chunk: int = 1) -> None:
        target = Path(os.path.realpath(output))
        self.path = target.with_name(f".{target.name}.partial")
        self.id = secrets.token_hex(8)
        self.done = self.dropped = 0
        self._file = _open_locked(self.path, output)
        try:
            self._start(run, resume, chunk)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def replay(self, records: Iterator[Any]) -> Iterator[tuple[Any, dict[str, Any] | None]]:
        """Each record that was done with its tagged paper; None for one that gave no paper.

        Takes exactly `done` records from the iterator.

        Raises:
            InputError: the feed no longer has the record that was tagged, or the journal is
                damaged.
        """
        for number, (key, paper) in enumerate(self._entries(self.done), 1):
            record = next(records, _SKIPPED)
            if key != _key(record):
                raise InputError(
                    f"record {number:,} of the feed has changed since it was tagged; "
                    "run without --resume",
                    str(self.path),
                )
            yield record, paper

    def add(self, records: Sequence[Any], papers: Sequence[dict[str, Any] | None]) -> None:
        """Append records and their tagged papers; they survive a kill once this returns."""
        lines = (
            b"%s %s\n" % (_key(record), _SKIPPED if paper is None else _encoded(paper))
            for record, paper in zip(records, papers, strict=True)
        )
        self._write(b"".join(lines))
        self._empty = False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """All tagged papers in their order, read from disk; can be iterated again."""
        return (paper for _, paper in self._entries(None) if paper is not None)

    def finish(self) -> None:
        """Remove the journal: the output is complete."""
        if os.name == "nt":  # an open file can't be removed there
            self._file.close()
        self.path.unlink(missing_ok=True)

    def _start(self, run: Mapping[str, Any], resume: bool, chunk: int) -> None:
        head = json.loads(json.dumps(dict(run)))
        end = position = count = 0
        first = self._file.readline()
        if first.endswith(b"\n"):
            found = _head(first)
            if resume:
                if found is None or found["run"] != head:
                    raise InputError(
                        f"belongs to a run with {_difference(found, head)}; run without --resume",
                        str(self.path),
                    )
                self.id = found["id"]
                end = position = len(first)
            for line in self._file:
                if not line.endswith(b"\n"):
                    break  # torn by the kill
                count += 1
                position += len(line)
                if resume and count % chunk == 0:
                    self.done, end = count, position
        self.dropped = 0 if resume else count
        self._empty = not self.done
        try:
            self._file.truncate(end)
            self._file.seek(end)
        except OSError as error:
            raise write_error(error, self.path) from error
        if not end:
            self._write(json.dumps({"id": self.id, "run": head}).encode() + b"\n")

    def _entries(self, count: int | None) -> Iterator[tuple[bytes, dict[str, Any] | None]]:
        """The first `count` entries as they are on disk."""
        with self.path.open("rb") as file:
            file.readline()
            for number, line in enumerate(file):
                if count is not None and number >= count:
                    return
                key, _, paper = line.rstrip(b"\n").partition(b" ")
                try:
                    yield key, None if paper == _SKIPPED else dict(json.loads(paper))
                except (ValueError, TypeError) as error:
                    raise InputError(
                        "is damaged; run without --resume", str(self.path), number + 2
                    ) from error

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self._close()
            raise write_error(error, self.path) from error

    def _close(self) -> None:
        if self._empty:
            self.finish()
        # Closing tries again to write what a full disk refused; that was reported already.
        with suppress(OSError):
            self._file.close()


def _open_locked(path: Path, output: Path) -> IO[bytes]:
    """The journal's file, locked; made where it is missing."""
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except OSError as error:
            raise write_error(error, path) from error
        file = os.fdopen(handle, "r+b")
        if not try_lock(handle):
            file.close()
            raise InputError("another run is writing it; wait, or use another file", str(output))
        # Between opening and locking, the run that held the lock may have removed the file.
        with suppress(OSError):
            if os.path.samestat(os.fstat(handle), os.stat(path)):
                return file
        file.close()


def _head(line: bytes) -> dict[str, Any] | None:
    """The journal's first line; None where it is none."""
    try:
        head = json.loads(line)
    except ValueError:
        return None
    whole = isinstance(head, dict) and isinstance(head.get("run"), dict) and "id" in head
    return head if whole else None


def _difference(found: dict[str, Any] | None, run: dict[str, Any]) -> str:
    """Which settings of a run differ, in words."""
    if found is None:
        return "another version of tagstract"
    names = [name for name in run if found["run"].get(name) != run[name]]
    return f"another {' and '.join(names)}" if names else "other options"


def _encoded(paper: dict[str, Any]) -> bytes:
    # A lone surrogate has no UTF-8; Python's escape of it, \udXXX, is JSON's escape too.
    return json_text(paper).encode("utf-8", "backslashreplace")


def _key(record: Any) -> bytes:
    """A record in 16 hex digits."""
    return hashlib.sha256(repr(record).encode("utf-8", "replace")).hexdigest()[:16].encode()
