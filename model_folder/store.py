"""Where models are: the default that ships, plain folders, and BentoML's model store."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

from tagstract.labels import InputError
from tagstract.labels.atomic import atomic_writer
from tagstract.labels.home import home_folder
from tagstract.model_folder import format as files
from tagstract.model_folder.entries import changing, entries, find, is_word, put, wrecks
from tagstract.model_folder.facts import ModelFacts

NAME = "ai-research-areas"
DEFAULT_FOLDER = Path(__file__).with_name("default")

_YOUNG_SECONDS = 3600


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
    entry = find(wanted, version or live_version(wanted) or "latest")
    if entry is None:
        known = ", ".join(entry.tag for entry in entries()) or "none"
        raise InputError(f"no such folder, and not in the model store; there: {known}", str(name))
    return entry.folder


def shipped_tag() -> str:
    """`name:version` of the default model."""
    facts = files.read_json(DEFAULT_FOLDER / files.FACTS)
    return f"{facts.get('name')}:{facts.get('version')}"


def check_free(tag: str) -> None:
    """Refuse a version that `register` would refuse, before a model is made for it.

    Raises:
        InputError: it is in the store, or is the one that ships, or there can be no store.
    """
    name, _, version = tag.partition(":")
    if tag == shipped_tag() or find(name, version) is not None:
        raise InputError("is there already; give another --version", tag)


def register(folder: Path, facts: ModelFacts) -> str:
    """Copy a sealed model folder into the model store; returns its tag.

    Raises:
        InputError: the version is there already, or the store can't be written.
    """
    tag = facts.tag
    labels = {"base": facts.base or "", "mode": facts.mode or ""}
    with changing():
        try:
            put(facts.name, facts.version, folder, _as_labels(labels))
        except OSError as error:
            problem = f"can't be put into the model store: {error.strerror or error}"
            raise InputError(problem, tag) from error
    return tag


def stored(name: str) -> list[Path]:
    """Folders of all whole versions of a model in the store, the newest first."""
    return [entry.folder for entry in entries(name)]


def clean_wrecks(name: str) -> list[Path]:
    """Remove what copies that were stopped have left of versions; returns what was removed.

    A young one may be of BentoML's own copy that still runs, and stays.
    """
    with changing():
        old = [one for one in wrecks(name) if time.time() - one.stat().st_mtime > _YOUNG_SECONDS]
        for folder in old:
            shutil.rmtree(folder, ignore_errors=True)
    return old


def live_version(name: str) -> str | None:
    """The promoted version of a model; None: no version was, or it was rolled back to none."""
    history = promotions(name)
    return history[-1] if history else None


def promotions(name: str) -> list[str]:
    """Versions in the order of their promotion; the last one is live."""
    path = _pointer(name)
    if not is_word(name) or not path.is_file():
        return []
    document = files.read_json(path)
    history = document.get("promoted")
    if not isinstance(history, list) or not all(isinstance(one, str) for one in history):
        raise InputError("is damaged; it needs a list 'promoted' of versions", str(path))
    return history


def promote(name: str, version: str) -> None:
    """Make a version the live one; of many calls at once none is lost."""
    with changing():
        history = promotions(name)
        if not history or history[-1] != version:
            set_promotions(name, [*history, version])


def roll_back(name: str) -> str:
    """Go back to the version that was live before; returns the tag of the one that is live now.

    Raises:
        InputError: nothing was promoted.
    """
    with changing():
        history = promotions(name)
        if not history:
            raise InputError("nothing was promoted; the model that ships is live", name)
        set_promotions(name, history[:-1])
    return f"{name}:{history[-2]}" if len(history) > 1 else shipped_tag()


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


def _as_labels(labels: dict[str, str]) -> dict[str, str]:
    """Labels of the store hold letters, digits and `-_.`, 63 at most."""
    kept = {
        key: "".join(c if c.isalnum() or c in "-_." else "-" for c in value)[:63].strip("-_.")
        for key, value in labels.items()
    }
    return {key: value for key, value in kept.items() if value}
