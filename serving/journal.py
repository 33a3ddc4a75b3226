"""What a long run has done so far, so that a killed one goes on and loses nothing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from tagstract.labels import InputError
from tagstract.labels.atomic import write_error
from tagstract.serving.output.jsonl import line


class Journal:
    """A file beside the output: a line for the run, then a line a tagged paper.

    It is removed by `finish`, once the output is whole; a run that ends in any other way leaves
    it for `--resume`, unless no paper was done.

    Args:
        output: the file that the run will write.
        run: what the answers depend on: model and options. Another run is not taken up.
        resume: take up what is there, rather than start over.

    Raises:
        InputError: the journal is of another run, is damaged, or can't be read or written.
    """

    def __init__(self, output: Path, run: dict[str, Any], resume: bool) -> None:
        self.path = output.with_name(f".{output.name}.partial")
        self.done: list[dict[str, Any]] = []
        self._keys: list[str] = []
        head = json.dumps(run, sort_keys=True)
        whole = self._take_up(head) if resume and self.path.is_file() else 0
        self._empty = not self.done
        try:
            self._file = self.path.open("r+b" if whole else "wb")
            self._file.truncate(whole)
            self._file.seek(whole)
        except OSError as error:
            raise write_error(error, self.path) from error
        if not whole:
            self._write(head.encode() + b"\n")

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def expect(self, number: int, record: Any) -> None:
        """Check that record `number`, which is done, is the one that it was then.

        Raises:
            InputError: it is another.
        """
        if self._keys[number] != _key(record):
            raise InputError(
                f"record {number + 1} was another when it was tagged; run without --resume",
                str(self.path),
            )

    def add(self, records: Sequence[Any], tagged: Sequence[dict[str, Any]]) -> None:
        """Note tagged papers; they are safe from a kill when this returns."""
        lines = (
            _key(record).encode() + b" " + line(paper)
            for record, paper in zip(records, tagged, strict=True)
        )
        self._write(b"".join(lines))
        self._empty = False

    def finish(self) -> None:
        """The output is whole: the journal goes."""
        self.path.unlink(missing_ok=True)

    def _take_up(self, head: str) -> int:
        """Read what was done; returns the bytes that are whole lines."""
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise InputError(f"can't be read: {error.strerror}", str(self.path)) from error
        lines = content.split(b"\n")[:-1]  # after the last line break: a torn line
        if not lines:
            return 0
        if lines[0].decode("utf-8", "replace") != head:
            raise InputError(
                "is of a run with another model, feed or options; run without --resume",
                str(self.path),
            )
        for number, text in enumerate(lines[1:], 2):
            key, _, paper = text.partition(b" ")
            try:
                self.done.append(dict(json.loads(paper)))
            except (ValueError, TypeError) as error:
                raise InputError(
                    "is damaged; run without --resume", str(self.path), number
                ) from error
            self._keys.append(key.decode("ascii", "replace"))
        return sum(len(text) + 1 for text in lines)

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self._close()
            raise write_error(error, self.path) from error

    def _close(self) -> None:
        # Closing tries once more what a full disk refused; that was told already.
        with suppress(OSError):
            self._file.close()
        if self._empty:
            self.finish()


def _key(record: Any) -> str:
    """A record in 16 hex digits."""
    return hashlib.sha256(repr(record).encode("utf-8", "replace")).hexdigest()[:16]
