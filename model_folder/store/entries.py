"""The versions in BentoML's model store, as folders: found, and put there in one step.

BentoML copies a version into its place file by file, `model.yaml` among the last, and its list
fails for all versions while one lacks it. So a kill during a copy would hide every model. Here a
version is built aside and renamed, and what is half there is skipped.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tagstract.labels import InputError
from tagstract.labels.storage.home import home_folder
from tagstract.labels.storage.lock import locked
from tagstract.labels.storage.workspace import workspace

__all__ = ["Entry", "changing", "entries", "find", "is_word", "put", "wrecks"]

_ABOUT = "model.yaml"
"""BentoML's own file of a version; without it BentoML can't read the version."""

_LATEST = "latest"
"""BentoML's file with the newest version of a name."""

_LAYOUT = "1.4.39"
"""The version of BentoML whose layout `_describe` writes."""

_WORD = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")
"""What BentoML takes as a name or a version."""


def is_word(text: str) -> bool:
    """Whether it can be the name or the version of a model in the store."""
    return bool(_WORD.fullmatch(text))


@dataclass(frozen=True)
class Entry:
    """A whole version in the store; `created` is in UTC."""

    name: str
    version: str
    folder: Path
    created: datetime

    @property
    def tag(self) -> str:
        return f"{self.name}:{self.version}"


def entries(name: str | None = None) -> list[Entry]:
    """The whole versions of a name, or of all, the newest first.

    Raises:
        InputError: the store can't be read.
    """
    found = [entry for folder in _folders(name) if (entry := _entry(folder)) is not None]
    return sorted(found, key=lambda entry: (entry.created, entry.version), reverse=True)


def find(name: str, version: str) -> Entry | None:
    """A version by its exact name, or the newest for `latest`; None where it is not there."""
    if version == _LATEST and is_word(name):
        return next(iter(entries(name)), None)
    if not is_word(name) or not is_word(version):
        return None
    return _entry(_store() / name / version)


def wrecks(name: str | None = None) -> list[Path]:
    """Folders of versions that a killed copy left without what makes them one."""
    return [folder for folder in _folders(name) if _entry(folder) is None]


def put(name: str, version: str, folder: Path, labels: Mapping[str, str]) -> None:
    """Put a copy of a folder into the store as a version; it is there whole or not at all.

    To be called inside `changing`. A wreck in its place is replaced.

    Raises:
        InputError: the version is there already, or its tag can't be one.
        OSError: the store can't be written.
    """
    if not is_word(name) or not is_word(version):
        right = "use lowercase letters, digits, '-', '_' and '.', at most 63"
        raise InputError(f"is not a valid NAME:VERSION; {right}", f"{name}:{version}")
    target = _store() / name / version
    if _entry(target) is not None:
        problem = "is already in the model store; use another --version"
        raise InputError(problem, f"{name}:{version}")
    with workspace(_aside()) as aside:
        built = aside / version
        built.mkdir()
        for path in sorted(folder.iterdir()):
            shutil.copyfile(path, built / path.name)
            _to_disk(built / path.name)
        _describe(built / _ABOUT, name, version, labels)
        _to_disk(built / _ABOUT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            shutil.rmtree(target)
        _move(built, target)
        latest = entries(name)[0].version
        (aside / _LATEST).write_text(latest, encoding="utf-8")
        _move(aside / _LATEST, target.parent / _LATEST)
        _to_disk(target.parent)


@contextmanager
def changing() -> Iterator[None]:
    """What changes the store or its promotions waits for who else does.

    Raises:
        InputError: the store's folder can't be made or written.
    """
    folder = home_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"can't be created: {error.strerror}", str(folder)) from error
    with locked(folder / "store.lock"):
        yield


def _store() -> Path:
    return home_folder().parent / "models"


def _aside() -> Path:
    """Where versions are built: on the store's file system, but not in it, for BentoML's list
    fails for folders that are no versions."""
    folder = home_folder() / "building"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _folders(name: str | None) -> list[Path]:
    store = _store()
    try:
        names = [store / name] if name else sorted(store.iterdir())
        return [
            version
            for folder in names
            if is_word(folder.name) and folder.is_dir()
            for version in sorted(folder.iterdir())
            if version.is_dir()
        ]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", str(store)) from error


def _entry(folder: Path) -> Entry | None:
    """The version in a folder; None where its `model.yaml` is missing or damaged."""
    import yaml

    try:
        about = yaml.safe_load((folder / _ABOUT).read_text(encoding="utf-8"))
        created = datetime.fromisoformat(str(about["creation_time"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError, yaml.YAMLError):
        return None
    created = created.replace(tzinfo=created.tzinfo or UTC)
    return Entry(folder.parent.name, folder.name, folder, created)


def _describe(path: Path, name: str, version: str, labels: Mapping[str, str]) -> None:
    """Write the description of a version as BentoML reads it, which need not be installed here."""
    import platform

    import yaml

    about = {
        "name": name,
        "version": version,
        "module": "",
        "labels": dict(labels),
        "options": {},
        "metadata": {},
        "context": {
            "framework_name": "",
            "framework_versions": {},
            "bentoml_version": _LAYOUT,
            "python_version": platform.python_version(),
        },
        "signatures": {},
        "api_version": "v1",
        "creation_time": datetime.now(UTC).isoformat(),
    }
    path.write_text(yaml.safe_dump(about, sort_keys=False), encoding="utf-8")


def _move(source: Path, target: Path) -> None:
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        problem = "is on another file system than 'tagstract' next to it"
        raise InputError(problem, str(_store())) from error


def _to_disk(path: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
