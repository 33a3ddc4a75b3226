"""Where models are: the default that ships, plain folders, and BentoML's model store."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from tagstract.labels import InputError
from tagstract.model_folder import format as files
from tagstract.model_folder.facts import ModelFacts
from tagstract.model_folder.store.entries import Entry, changing, entries, find, put, wrecks
from tagstract.model_folder.store.promotions import live_version, served

NAME = "ai-research-areas"
DEFAULT_FOLDER = Path(__file__).parents[1] / "default"

_YOUNG_SECONDS = 3600


def resolve(name: str | Path | None) -> Path:
    """The folder of a model.

    Args:
        name: a folder; `name:version`, `name:latest`, `name` (its live version, else its newest)
            or a version alone, where one model in the store has it; None: the one that is served.

    Raises:
        InputError: there is no such model; says what there is.
    """
    if name is None:
        tag = served()
        return resolve(tag) if tag else DEFAULT_FOLDER
    if os.path.isdir(name):  # Path's own method raises where a name is too long
        return Path(name)
    if os.sep in str(name) or str(name).startswith("."):
        raise InputError("no such model folder", str(name))
    if str(name) in ("default", shipped_tag(), shipped_tag().partition(":")[2]):
        return DEFAULT_FOLDER
    wanted, _, version = str(name).partition(":")
    entry = find(wanted, version or live_version(wanted) or "latest")
    if entry is None and not version:
        entry = _only(wanted)
    if entry is None:
        known = ", ".join(entry.tag for entry in entries()) or "none"
        raise InputError(
            f"no such folder, and not in the model store, which has {known}", str(name)
        )
    return entry.folder


def _only(version: str) -> Entry | None:
    """The one model in the store that has this version.

    Raises:
        InputError: several have it.
    """
    found = [entry for entry in entries() if entry.version == version]
    if len(found) > 1:
        tags = ", ".join(entry.tag for entry in found)
        raise InputError(f"several models have this version; use one of {tags}", version)
    return found[0] if found else None


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
        raise InputError("already exists; use another --version", tag)


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
            problem = f"can't be added to the model store: {error.strerror or error}"
            raise InputError(problem, tag) from error
    return tag


def stored(name: str | None = None) -> list[Path]:
    """Folders of all whole versions in the store, of one name or of all, the newest first."""
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


def _as_labels(labels: dict[str, str]) -> dict[str, str]:
    """Labels of the store hold letters, digits and `-_.`, 63 at most."""
    kept = {
        key: "".join(c if c.isalnum() or c in "-_." else "-" for c in value)[:63].strip("-_.")
        for key, value in labels.items()
    }
    return {key: value for key, value in kept.items() if value}
