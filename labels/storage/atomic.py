"""A file that is there whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, Literal, overload

from tagstract.labels.errors import InputError


@overload
def atomic_writer(
    path: Path | str, mode: Literal["w"] = "w"
) -> AbstractContextManager[IO[str]]: ...
@overload
def atomic_writer(path: Path | str, mode: Literal["wb"]) -> AbstractContextManager[IO[bytes]]: ...
def atomic_writer(
    path: Path | str, mode: Literal["w", "wb"] = "w"
) -> AbstractContextManager[IO[Any]]:
    """A context that yields a file to write to; on success it becomes `path` in one step.

    It is written beside `path` under another name, brought to the disk, then renamed. When
    anything fails, an interruption too, it is removed and an older file at `path` stays.
    Text is UTF-8 and its line ends stay as written. A new file gets its rights from the umask,
    a replaced one keeps those it had. A symbolic link is followed, not replaced.

    Raises:
        InputError: an OSError, here or in the block, as one line that names `path`.
    """
    return _atomic_writer(Path(path), mode)


def check_place(path: Path) -> None:
    """Refuse a path where no file can be written.

    Raises:
        InputError: a folder, a device or pipe, a missing folder, or no rights.
    """
    source = str(path)
    target = _target(path)
    if not os.path.isdir(target.parent):
        raise InputError("its folder does not exist; create it first", source)
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        mode = None
    except OSError as error:
        raise write_error(error, path) from error
    if mode is not None and stat.S_ISDIR(mode):
        raise InputError("is a folder; use a file name", source)
    if mode is not None and not stat.S_ISREG(mode):
        raise InputError("is a device or a pipe; use a file", source)
    # A rename needs no right to the old file, so it would replace one its owner has protected.
    needed = [target.parent] if mode is None else [target.parent, target]
    if not all(os.access(place, os.W_OK) for place in needed):
        raise InputError("can't be written: permission denied", source)


def write_error(error: OSError, path: Path) -> InputError:
    """A failed write as one line."""
    return InputError(f"can't be written: {error.strerror or error}", str(path))


@contextmanager
def _atomic_writer(path: Path, mode: Literal["w", "wb"]) -> Iterator[IO[Any]]:
    check_place(path)
    target = _target(path)
    # Not made of the target's name, which may already be as long as a name can be.
    temporary = target.with_name(f".tagstract-{secrets.token_hex(6)}.tmp")
    try:
        with _new_file(temporary, mode) as file:
            if target.exists():
                os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        raise write_error(error, path) from error
    finally:
        # After the rename the name is gone; before it, this is the wreck of a failure.
        temporary.unlink(missing_ok=True)


def _new_file(temporary: Path, mode: Literal["w", "wb"]) -> IO[Any]:
    exclusive = mode.replace("w", "x")
    if mode == "wb":
        return open(temporary, exclusive)
    return open(temporary, exclusive, encoding="utf-8", newline="")


def _target(path: Path) -> Path:
    return Path(os.path.realpath(path))
