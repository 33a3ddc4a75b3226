"""Where models are: the default that ships, plain folders, and BentoML's model store."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tagstract.labels import InputError
from tagstract.labels.atomic import atomic_writer
from tagstract.labels.home import home_folder
from tagstract.model_folder import format as files

NAME = "ai-research-areas"
DEFAULT_FOLDER = Path(__file__).with_name("default")


def resolve(name: str | Path | None) -> Path:
    """The folder of a model.

    Args:
        name: a folder; `name:version`, `name:latest` or `name` in the model store; None: the
            promoted version, else the default that ships.

    Raises:
        InputError: there is no such model; says what there is.
    """
    if name is None:
        live = live_version(NAME)
        return resolve(f"{NAME}:{live}") if live else DEFAULT_FOLDER
    if os.path.isdir(name):  # Path's own method raises where a name is too long
        return Path(name)
    if os.sep in str(name) or str(name).startswith("."):
        raise InputError("no such model folder", str(name))
    if str(name) in ("default", shipped_tag()):
        return DEFAULT_FOLDER
    wanted, _, version = str(name).partition(":")
    if not version:
        version = live_version(wanted) or "latest"
    with _store() as models:
        try:
            return Path(models.get(f"{wanted}:{version}").path)
        except Exception as error:  # not found, or a tag that is no tag: both are the caller's
            known = ", ".join(str(model.tag) for model in models.list()) or "none"
            raise InputError(
                f"no such folder, and not in the model store; there: {known}", str(name)
            ) from error


def shipped_tag() -> str:
    """`name:version` of the default model."""
    facts = files.read_json(DEFAULT_FOLDER / files.FACTS)
    return f"{facts.get('name')}:{facts.get('version')}"


def check_free(tag: str) -> None:
    """Refuse a version that `register` would refuse, before a model is made for it.

    Raises:
        InputError: it is in the store, or is the one that ships, or there can be no store.
    """
    with _store() as models:
        try:
            taken = tag == shipped_tag() or tag in {str(m.tag) for m in models.list()}
        except Exception as error:  # of the operating system, or a damaged entry
            raise InputError(f"can't be read: {_line(error)}", "model store") from error
    if taken:
        raise InputError("is there already; give another --version", tag)


def register(folder: Path, facts: dict[str, Any]) -> str:
    """Copy a sealed model folder into the model store; returns its tag.

    Raises:
        InputError: the version is there already, or the store can't be written.
    """
    tag = f"{facts['name']}:{facts['version']}"
    labels = {"base": str(facts.get("base", "")), "mode": str(facts.get("mode", ""))}
    with _store() as models:
        try:
            with models.create(tag, labels=_as_labels(labels)) as entry:
                for path in sorted(folder.iterdir(), key=lambda path: path.name == files.FACTS):
                    shutil.copyfile(path, entry.path_of(path.name))
        except Exception as error:
            raise InputError(f"can't be put into the model store: {_line(error)}", tag) from error
    return tag


def stored(name: str) -> list[Path]:
    """Folders of all versions of a model in the store, the newest first."""
    with _store() as models:
        try:
            entries = models.list(name)
        except Exception:  # the store raises where a name has no version yet
            return []
        entries = sorted(entries, key=lambda entry: entry.info.creation_time, reverse=True)
        return [Path(entry.path) for entry in entries]


def live_version(name: str) -> str | None:
    """The promoted version of a model; None: no version was, or it was rolled back to none."""
    history = promotions(name)
    return history[-1] if history else None


def promotions(name: str) -> list[str]:
    """Versions in the order of their promotion; the last one is live."""
    path = _pointer(name)
    if not path.is_file():
        return []
    document = files.read_json(path)
    history = document.get("promoted")
    if not isinstance(history, list) or not all(isinstance(one, str) for one in history):
        raise InputError("is damaged; it needs a list 'promoted' of versions", str(path))
    return history


def set_promotions(name: str, history: list[str]) -> None:
    """Replace the list of promotions in one step; a reader sees the old one or the new one."""
    path = _pointer(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"can't be made: {error.strerror}", str(path.parent)) from error
    with atomic_writer(path) as file:
        json.dump({"promoted": history}, file, indent=2)


def _pointer(name: str) -> Path:
    return home_folder() / f"{name}.json"


def _line(error: Exception) -> str:
    """An error of the store as one line; of a failed copy of many files, the first file's."""
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        return str(error.args[0][0][-1])
    return " ".join(str(error).split())


def _as_labels(labels: dict[str, str]) -> dict[str, str]:
    """Labels of the store hold letters, digits and `-_.`, 63 at most."""
    kept = {
        key: "".join(c if c.isalnum() or c in "-_." else "-" for c in value)[:63].strip("-_.")
        for key, value in labels.items()
    }
    return {key: value for key, value in kept.items() if value}


@contextmanager
def _store() -> Iterator[Any]:
    """`bentoml.models`, imported late: it takes half a second.

    Raises:
        InputError: its folder can't be made.
    """
    try:
        from bentoml import models
    except OSError as error:  # it makes its folders when it is imported
        raise InputError(f"can't be made: {error.strerror}", str(error.filename)) from error
    yield models
