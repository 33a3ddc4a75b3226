"""A folder that is there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tagstract.labels.errors import InputError
from tagstract.labels.storage.atomic import write_error
from tagstract.labels.storage.workspace import workspace

__all__ = ["check_new", "new_folder"]


def check_new(path: Path) -> None:
    """Refuse a path at which no new folder can be made.

    Raises:
        InputError: something is there, other than an empty folder; or its parent is missing.
    """
    try:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise InputError("already exists; use a new or empty folder", str(path))
    except OSError as error:
        raise write_error(error, path) from error
    if not path.resolve().parent.is_dir():
        raise InputError("its parent folder does not exist; create it first", str(path))


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A context that yields an empty folder to write to; on success it becomes `path` in one step.

    When anything fails, an interruption too, it is removed. It has the rights that the umask gives.

    Raises:
        InputError: as `check_new`; or an OSError, here or in the block, as one line that names
            `path`, or the file elsewhere that it is about.
    """
    check_new(path)
    place = path.resolve()
    try:
        with workspace(place.parent) as aside:
            folder = aside / place.name
            folder.mkdir()
            yield folder
            if place.is_dir():
                place.rmdir()
            folder.rename(place)
    except OSError as error:
        # Of a copy, the second name is the one that is written.
        failed = Path(str(error.filename2 or error.filename or place))
        raise write_error(error, path if place.parent in failed.parents else failed) from error
