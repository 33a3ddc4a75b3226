"""Streams that are bounded: what is too large or damaged ends in an InputError."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from typing import Any, BinaryIO

from tagstract.labels.errors import InputError

MAX_BYTES = 2 << 30
"""Bytes of one file, unpacked; a larger one is refused rather than fill the memory."""

_RATIO, _FREE = 250, 64 << 20
"""A packed file that grows more than this, beyond these bytes, is a bomb and no feed."""

DAMAGED = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError,
            RuntimeError)  # fmt: skip


class Bounded(io.RawIOBase):
    """A stream that ends in an InputError where it holds too much or is damaged.

    Args:
        files: what is to be closed with it; the last one is read.
        packed: bytes as stored; 0 where unknown.
        packing: how it is packed; None where it isn't.
    """

    def __init__(self, files: list[BinaryIO], name: str, packed: int, packing: str | None) -> None:
        self._files, self._file = files, files[-1]
        self._name, self._packed = name, packed
        self._packing = packing or "packed"
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._file.read(len(buffer))
        except DAMAGED as error:
            raise InputError(
                f"is truncated or damaged {self._packing}; download or compress it again",
                self._name,
            ) from error
        except OSError as error:
            raise InputError(f"can't be read: {error.strerror or error}", self._name) from error
        except Exception as error:  # of zstd, which is loaded late
            if type(error).__name__ != "ZstdError":
                raise
            raise InputError(
                "is damaged zstd; download or compress it again", self._name
            ) from error
        self._read += len(data)
        if self._read > MAX_BYTES:
            limit = f"{MAX_BYTES / (1 << 30):g} GiB"
            raise InputError(f"is larger than {limit} unpacked; split it", self._name)
        if self._packed and self._read > max(_FREE, _RATIO * self._packed):
            raise InputError("unpacks to far more than any feed would", self._name)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        for file in reversed(self._files):
            file.close()
        super().close()
