"""Locks between processes: one at a time, and free again when their holder dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tagstract.labels.errors import InputError

__all__ = ["locked", "try_lock"]


@contextmanager
def locked(path: Path, busy: str | None = None) -> Iterator[None]:
    """Hold the lock file `path`, which is made where it is missing and stays.

    Waits for another holder, or refuses at once with `busy`, where that is given.

    Raises:
        InputError: another process holds it (with `busy`), or it can't be made.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise InputError(f"can't be locked: {error.strerror}", str(path)) from error
    try:
        if not try_lock(handle, wait=busy is None):
            raise InputError(busy or "", str(path))
        yield
    finally:
        os.close(handle)


def try_lock(handle: int, wait: bool = False) -> bool:
    """Lock an open file until it is closed or its process dies; False: another one has it.

    On a file system without locks it counts as locked.
    """
    if sys.platform == "win32":
        import msvcrt

        while True:
            try:
                msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
                return True
            except OSError:
                if not wait:
                    return False
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True
