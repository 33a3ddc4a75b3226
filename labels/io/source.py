"""A file, standard input or an address as bytes: unpacked, bounded, read as often as needed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, BinaryIO, cast

from tagstract.labels.errors import InputError
from tagstract.labels.io import streams
from tagstract.labels.io.encoding import decoded, encoding_of
from tagstract.labels.io.problem import Notes
from tagstract.labels.io.streams import DAMAGED, Bounded, Seekable

HEAD = 1 << 20
"""Bytes from which a format is detected."""

_STEP = 1 << 20
_IN_MEMORY = 64 << 20
_PACKINGS: dict[bytes, str] = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
}
_OFFICE = ("[Content_Types].xml", "mimetype", "content.xml")


class Source:
    """The content of one input, unpacked. Every `open` reads it from its start.

    Args:
        name: what messages call it.
        opener: opens it as it is stored.
        size: bytes as stored; 0 where unknown.
        notes: where guesses about it are told.
    """

    def __init__(
        self, name: str, opener: Callable[[], BinaryIO], size: int = 0, notes: Notes | None = None
    ) -> None:
        self.name = name
        self.notes = (notes or Notes()).of(name)
        self._opener = opener
        self._size = size
        self._path: Path | None = None
        self.mapped: tuple[str, ...] = ()
        """Columns that the user has named with `--map`: the row that holds them is a header."""

    @classmethod
    def of_bytes(cls, data: bytes, name: str, notes: Notes | None = None) -> Source:
        return cls(name, lambda: io.BytesIO(data), len(data), notes)

    @cached_property
    def head(self) -> bytes:
        """The first `HEAD` bytes.

        Raises:
            InputError: it can't be read, is empty, or is packed and damaged.
        """
        with self.open() as file:
            head = file.read(HEAD)
            more = len(head) == HEAD
            while more and head.isspace():
                step = file.read(_STEP)
                more = bool(step)
                head = step or head
        if not head or head.isspace() or head in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
            read = " or was read before" if self.name == "<stdin>" else ""
            raise InputError(f"is empty{read}; it should hold papers", self.name)
        return head

    @cached_property
    def encoding(self) -> str:
        """The encoding of its text; one that is not UTF-8 is noted."""
        name = encoding_of(self.head)
        if not name.startswith("utf-8"):
            self.notes.add(f"read as {name}")
        return name

    @cached_property
    def start(self) -> str:
        """The text of `head`."""
        text, _ = decoded(self.head, self.encoding)
        return text.lstrip("\ufeff")

    def open(self) -> BinaryIO:
        """Its bytes from the start, unpacked; more than `MAX_BYTES` raise InputError."""
        try:
            file = self._opener()
            packing = packed = self._packing(file)
            for _ in range(2):  # a packed file in an archive
                if packing is None:
                    break
                file = self._unpacked(file, packing)
                packing = self._packing(file)
        except OSError as error:
            raise InputError(f"can't be read: {error.strerror or error}", self.name) from error
        except ValueError as error:
            raise InputError(f"is no path of a file: {error}", self.name) from error
        return cast(BinaryIO, io.BufferedReader(Bounded(file, self.name, self._size, packed), _STEP))

    @property
    def packed(self) -> bool:
        """Whether it is packed by gzip or its like."""
        with self._opener() as file:
            return self._packing(file) is not None

    def stored_path(self) -> str | None:
        """The path of a file that isn't packed, for a library that reads it piece by piece."""
        if self._path is None:
            return None
        with open(self._path, "rb") as file:
            return str(self._path) if self._packing(file) is None else None

    def read(self) -> bytes:
        """All bytes.

        Raises:
            InputError: it holds too many, or is damaged.
        """
        with self.open() as file:
            return file.read()

    def text(self) -> str:
        """All text, without a byte order mark; stray bytes are read as cp1252, which is noted."""
        text, strayed = decoded(self.read(), self.encoding)
        if strayed:
            self.note_stray()
        return text.lstrip("\ufeff")

    def lines(self) -> Iterator[str]:
        """Its lines with their ends; stray bytes are there as surrogates, for `mended`."""
        errors = "surrogateescape" if self.encoding.startswith("utf-8") else "replace"
        encoding = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        return io.TextIOWrapper(self.open(), encoding=encoding, errors=errors, newline="")

    def note_stray(self) -> None:
        self.notes.add(f"some bytes are not {self.encoding.upper()}; they were read as cp1252")

    def _packing(self, file: BinaryIO) -> str | None:
        start = file.read(6)
        file.seek(0)
        name = next((name for magic, name in _PACKINGS.items() if start.startswith(magic)), None)
        if name != "zip":
            return name
        try:
            with zipfile.ZipFile(file) as archive:
                names = archive.namelist()
        except DAMAGED as error:
            raise InputError("is damaged zip; fetch or pack it again", self.name) from error
        finally:
            file.seek(0)
        return None if any(name in names for name in _OFFICE) else "zip"

    def _unpacked(self, file: BinaryIO, packing: str) -> BinaryIO:
        if packing == "gzip":
            return cast(BinaryIO, gzip.GzipFile(fileobj=file))
        if packing == "bzip2":
            return cast(BinaryIO, bz2.BZ2File(file))
        if packing == "xz":
            return cast(BinaryIO, lzma.LZMAFile(file))
        if packing == "zip":
            return self._only_member(file)
        import zstandard

        reader = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(
            file, read_across_frames=True
        )
        return cast(BinaryIO, Seekable(reader))

    def _only_member(self, file: BinaryIO) -> BinaryIO:
        try:
            archive = zipfile.ZipFile(file)
            names = [
                name
                for name in archive.namelist()
                if not name.endswith("/") and not name.startswith("__MACOSX/")
            ]
            if len(names) != 1:
                raise InputError(f"holds {len(names)} files; unpack it and name one", self.name)
            return cast(BinaryIO, archive.open(names[0]))
        except DAMAGED as error:
            raise InputError("is damaged zip; fetch or pack it again", self.name) from error


def source_of(path: Path | str, notes: Notes | None = None, allow_private: bool = False) -> Source:
    """The input that a path, `-` (standard input) or an `http(s)://` address names.

    Raises:
        InputError: an address that can't be fetched; standard input that is closed. A path is
            looked at when it is first read.
    """
    text = str(path)
    if text == "-":
        if sys.stdin is None:
            raise InputError("is closed; give a file, or pipe one in", "<stdin>")
        return spooled(sys.stdin.buffer, "<stdin>", notes)
    if text.startswith(("http://", "https://")):
        from tagstract.labels.io.fetch import fetched

        return fetched(text, notes, allow_private)
    name, place = text, Path(path)
    try:
        size = place.stat().st_size if place.is_file() else 0
    except (OSError, ValueError):
        size = 0
    if size or not place.exists():
        source = Source(name, lambda: place.open("rb"), size, notes)
        source._path = place
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
                raise InputError(f"holds more than {limit}; split it", name)
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
