"""The bytes of an input file: unpacked, bounded, and refused where they are no text or Parquet."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from tagstract.labels.errors import InputError

MAX_BYTES = 2 << 30
"""Bytes of one file, after unpacking; a larger one is refused rather than fill the memory."""

_STEP = 1 << 20
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_PACKED = {b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}


def source_name(path: Path | str) -> str:
    """How messages call the file: its path, or `<stdin>` for `-`."""
    return "<stdin>" if str(path) == "-" else str(path)


def read_bytes(path: Path | str) -> bytes:
    """The content of a file, or of standard input for `-`, without a UTF-8 byte order mark.

    Gzip is told by its first bytes and unpacked.

    Raises:
        InputError: it can't be read, is empty, damaged, too large, UTF-16 or binary (but Parquet).
    """
    source = source_name(path)
    try:
        if source == "<stdin>":
            if sys.stdin is None:
                raise InputError("is closed; give a file, or pipe one in", source)
            data = _drain(sys.stdin.buffer, source)
        else:
            with open(path, "rb") as file:
                data = _drain(file, source)
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", source) from error
    except ValueError as error:
        raise InputError(f"is no path of a file: {error}", source) from error
    if data.startswith(_GZIP):
        data = _unpack(data, source)
    _refuse_binary(data, source)
    data = data.removeprefix(_BOM)
    if not data or data.isspace():
        read = " or was read before" if source == "<stdin>" else ""
        raise InputError(f"is empty{read}; it should hold papers", source)
    return data


def shown(text: str, width: int = 60) -> str:
    """Text of a file, fit to stand in a one-line message: folded, cut, without control codes."""
    text = " ".join(text[: width * 4].split())
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _drain(file: BinaryIO, source: str) -> bytes:
    """All bytes of a stream, in steps so that an endless one is noticed."""
    buffer = io.BytesIO()
    while step := file.read(_STEP):
        if buffer.tell() + len(step) > MAX_BYTES:
            limit = f"{MAX_BYTES / (1 << 30):g} GiB"
            raise InputError(f"holds more than {limit}, unpacked; split it", source)
        buffer.write(step)
    return buffer.getvalue()


def _unpack(data: bytes, source: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return _drain(cast(BinaryIO, file), source)
    except (EOFError, zlib.error, OSError) as error:
        raise InputError("is truncated or damaged gzip; fetch or pack it again", source) from error


def _refuse_binary(data: bytes, source: str) -> None:
    if data.startswith(b"PAR1"):
        return
    for magic, name in _PACKED.items():
        if data.startswith(magic):
            raise InputError(f"is packed by {name}; unpack it (gzip can stay packed)", source)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("is UTF-16; save it as UTF-8", source)
    head = data[: 1 << 16]
    # A lone NUL is its record's fault; more than one byte in a hundred is no text.
    if head.count(0) * 100 > len(head):
        raise InputError("is binary, not text; save it as UTF-8 text or as Parquet", source)
