"""A file, standard input or an address as bytes: unpacked, bounded, read as often as needed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

from tagstract.labels.errors import InputError
from tagstract.labels.io.problem import Notes
from tagstract.labels.io.sources.streams import DAMAGED, Bounded
from tagstract.labels.io.text.encoding import decoded, encoding_of

HEAD = 1 << 20
"""Bytes from which a format is detected."""

_STEP = 1 << 20
_PACKINGS: dict[bytes, str] = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
}
_OFFICE = ("[Content_Types].xml", "mimetype", "content.xml")


class Source:
    """The content of one input, unpacked. Every `open` reads it from its start.

    Args:
        name: what messages call it.
        opener: opens it as it is stored.
        size: bytes as stored; 0 where unknown.
        notes: where guesses about it are reported.
    """

    def __init__(
        self, name: str, opener: Callable[[], BinaryIO], size: int = 0, notes: Notes | None = None
    ) -> None:
        self.name = name
        self.notes = (notes or Notes()).of(name)
        self._opener = opener
        self._size = size
        self.path: Path | None = None
        """Where it is stored, of a file on the disk."""

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
        if not head.lstrip(b"\xef\xbb\xbf\xff\xfe").strip():
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
        files: list[BinaryIO] = []
        packing: str | None = None
        try:
            files.append(self._opener())
            packing = inner = self._packing(files[0])
            for _ in range(2):  # a packed file in an archive
                if inner is None:
                    break
                files.append(self._unpacked(files[-1], inner))
                inner = self._packing(files[-1])
        except Exception as error:
            for file in files:
                file.close()
            refusal = _refusal(error, self.name, packing)
            if refusal is None:
                raise
            raise refusal from error
        bounded = Bounded(files, self.name, self._size, packing)
        return cast(BinaryIO, io.BufferedReader(bounded, _STEP))

    @property
    def packed(self) -> bool:
        """Whether it is packed by gzip or its like."""
        with self._opener() as file:
            return self._packing(file) is not None

    def stored_path(self) -> str | None:
        """The path of a file that isn't packed, for a library that reads it piece by piece."""
        if self.path is None:
            return None
        with open(self.path, "rb") as file:
            return str(self.path) if self._packing(file) is None else None

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
            raise InputError(
                "is a damaged zip archive; download or compress it again", self.name
            ) from error
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
        from backports import zstd

        window = {int(zstd.DecompressionParameter.window_log_max): 27}  # 128 MB
        return cast(BinaryIO, zstd.ZstdFile(file, options=window))

    def _only_member(self, file: BinaryIO) -> BinaryIO:
        try:
            archive = zipfile.ZipFile(file)
            names = [
                name
                for name in archive.namelist()
                if not name.endswith("/") and not name.startswith("__MACOSX/")
            ]
            if len(names) != 1:
                raise InputError(f"holds {len(names)} files; unpack it and choose one", self.name)
            return cast(BinaryIO, archive.open(names[0]))
        except DAMAGED as error:
            raise InputError(
                "is a damaged zip archive; download or compress it again", self.name
            ) from error


def _refusal(error: Exception, name: str, packing: str | None) -> InputError | None:
    """The error to show where a file can't be opened; None where the fault is ours."""
    if isinstance(error, InputError):
        return error
    # zstd is loaded late, and has an error of its own.
    known = isinstance(error, (OSError, ValueError, *DAMAGED))
    if not known and type(error).__name__ != "ZstdError":
        return None
    if packing and not isinstance(error, FileNotFoundError | PermissionError):
        return InputError(f"is truncated or damaged {packing}; download or compress it again", name)
    if isinstance(error, OSError):
        return InputError(f"can't be read: {error.strerror or error}", name)
    return InputError(f"is not a file path: {error}", name)
