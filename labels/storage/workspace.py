"""A folder to build something in, which no kill leaves behind for long."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tagstract.labels.storage.lock import try_lock

__all__ = ["workspace"]

_PREFIX = ".tagstract-"

_YOUNG_SECONDS = 60.0
"""A folder may be this young and not yet locked by the process that made it."""


@contextmanager
def workspace(parent: Path) -> Iterator[Path]:
    """A new private folder in `parent`, removed at the end; those of killed runs go first.

    Raises:
        OSError: it can't be made.
    """
    with suppress(OSError):
        _remove_wrecks(parent)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    handle = _lock(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def _remove_wrecks(parent: Path) -> None:
    if os.name == "nt":
        return  # no lock there tells a wreck from a folder in use
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            about = folder.stat(follow_symlinks=False)
            old = time.time() - about.st_mtime > _YOUNG_SECONDS
            if not old or not folder.is_dir() or about.st_uid != os.getuid():
                continue
            handle = _lock(folder)
            if handle is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(handle)


def _lock(folder: Path) -> int | None:
    """Lock a folder; None where another process has it, or folders can't be locked (Windows)."""
    if os.name == "nt":
        return None
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    if try_lock(handle):
        return handle
    os.close(handle)
    return None
