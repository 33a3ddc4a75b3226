"""What a user names as input: a path, standard input, an address."""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path
from typing import IO

from tagstract.labels.errors import InputError
from tagstract.labels.io.problem import Notes
from tagstract.labels.io.sources import streams
from tagstract.labels.io.sources.source import Source

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,20})://")
_STEP = 1 << 20
_IN_MEMORY = 64 << 20


def source_of(path: Path | str, notes: Notes | None = None, allow_private: bool = False) -> Source:
    """The input that a path, `-` (standard input) or an `http(s)://` address names.

    Raises:
        InputError: an address that can't be fetched; standard input that is closed. A path is
            looked at when it is first read.
    """
    text = str(path)
    if text == "-":
        if sys.stdin is None:
            raise InputError("is closed; name a file, or pipe one in", "<stdin>")
        return spooled(sys.stdin.buffer, "<stdin>", notes)
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() in ("http", "https"):
        from tagstract.labels.io.sources.fetch import fetched

        return fetched(text, notes, allow_private)
    if scheme and not Path(text).exists():
        raise InputError("is no http or https address; download it, and give the file", text)
    name, place = text, Path(path)
    try:
        size = place.stat().st_size if place.is_file() else 0
    except (OSError, ValueError):
        size = 0
    if size or not place.exists():
        source = Source(name, lambda: place.open("rb"), size, notes)
        source.path = place
        return source
    return _from_pipe(place, notes)


def _from_pipe(path: Path, notes: Notes | None) -> Source:
    """A named pipe can be read only once; an empty file, a folder or a device says so itself."""
    if path.is_fifo() or path.is_char_device():
        with open(path, "rb") as file:
            return spooled(file, str(path), notes)
    return Source(str(path), lambda: open(path, "rb"), 0, notes)


def spooled(stream: IO[bytes], name: str, notes: Notes | None = None) -> Source:
    """A stream as a Source: in memory, or in a temporary file where it is large.

    Raises:
        InputError: it holds more than `streams.MAX_BYTES`.
    """
    buffer = io.BytesIO()
    file: IO[bytes] | None = None
    size = 0
    try:
        while step := stream.read(_STEP):
            size += len(step)
            if size > streams.MAX_BYTES:
                limit = f"{streams.MAX_BYTES / (1 << 30):g} GiB"
                raise InputError(f"is larger than {limit}; split it", name)
            if file is None and size > _IN_MEMORY:
                file = tempfile.NamedTemporaryFile(prefix="tagstract-")  # noqa: SIM115
                file.write(buffer.getbuffer())
            (file or buffer).write(step)
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror or error}", name) from error
    if file is None:
        return Source.of_bytes(buffer.getvalue(), name, notes)
    file.flush()
    kept = file  # the file lives as long as the source that opens it
    return Source(name, lambda: open(kept.name, "rb"), size, notes)
