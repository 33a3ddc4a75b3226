"""Areas added, renamed, merged, split and removed by a change file, and labels taken along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tagstract.labels.errors import InputError
from tagstract.labels.files import shown
from tagstract.labels.taxonomy import Area, Taxonomy

__all__ = ["Changed", "apply_changes", "read_changes"]

ACTIONS = ("add", "rename", "merge", "split", "remove")


@dataclass(frozen=True)
class Changed:
    """A changed taxonomy.

    Attributes:
        taxonomy: the new one; its version is one higher.
        becomes: the new id of each old one; None where the area is gone or was split.
        undecided: areas that were split; which part a paper belongs to only a person can tell.
    """

    taxonomy: Taxonomy
    becomes: Mapping[str, str | None]
    undecided: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def labels(self, old: Sequence[str]) -> list[str]:
        """Labels of a paper in the new areas."""
        moved = (self.becomes.get(label) for label in old)
        return list(dict.fromkeys(label for label in moved if label is not None))

    def is_undecided(self, old: Sequence[str]) -> bool:
        """Whether a person has to look at a paper."""
        return any(label in self.undecided for label in old)


def read_changes(path: Path) -> list[tuple[str, Any]]:
    """The (action, what) pairs of a change file.

    Raises:
        InputError: it is no change file; says what one is.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", str(path)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError("is not YAML", str(path)) from error
    changes = document.get("changes") if isinstance(document, dict) else None
    if not isinstance(changes, list):
        raise InputError("is not a change file, which has a list 'changes'", str(path))
    pairs: list[tuple[str, Any]] = []
    for number, change in enumerate(changes, 1):
        if not isinstance(change, dict) or len(change) != 1 or next(iter(change)) not in ACTIONS:
            known = ", ".join(ACTIONS)
            raise InputError(f"change {number} is not one of {known}", str(path))
        pairs.extend(change.items())
    return pairs


def apply_changes(taxonomy: Taxonomy, changes: Sequence[tuple[str, Any]], source: str) -> Changed:
    """The taxonomy after the changes, in their order.

    Raises:
        InputError: a change that can't be made, such as of an area that is not there.
    """
    draft = _Draft(taxonomy, source)
    for action, what in changes:
        getattr(draft, action)(what)
    return draft.finished()


class _Draft:
    """A taxonomy in the making; its public methods are the `ACTIONS`."""

    def __init__(self, taxonomy: Taxonomy, source: str) -> None:
        self._taxonomy, self._source = taxonomy, source
        self._areas = {area.id: area for area in taxonomy.areas}
        self._becomes: dict[str, str | None] = {area: area for area in self._areas}
        self._undecided: dict[str, Sequence[str]] = {}

    def add(self, what: Any) -> None:
        self._put(_area(what, None, self._taxonomy, self._source))

    def remove(self, what: Any) -> None:
        self._take(what)
        self._areas.pop(what)
        self._move([what], None)

    def rename(self, what: Any) -> None:
        self._replace(what, [self._take(_get(what, "from", self._source))])

    def merge(self, what: Any) -> None:
        self._replace(what, [self._take(one) for one in _list(what, "from", self._source)])

    def split(self, what: Any) -> None:
        old = self._take(_get(what, "from", self._source))
        parts = [
            _area(part, old, self._taxonomy, self._source)
            for part in _list(what, "to", self._source)
        ]
        self._areas.pop(old.id)
        for part in parts:
            self._put(part)
        for before, after in self._becomes.items():
            if after == old.id:
                self._undecided[before] = [part.id for part in parts]
        self._move([old.id], None)

    def finished(self) -> Changed:
        """The changed taxonomy, without groups that have no area left."""
        used = {area.group for area in self._areas.values()}
        groups = {key: name for key, name in self._taxonomy.groups.items() if key in used}
        version = self._taxonomy.version + 1
        areas = tuple(self._areas.values())
        taxonomy = Taxonomy(self._taxonomy.name, version, groups, areas)
        return Changed(taxonomy, self._becomes, self._undecided)

    def _replace(self, what: Any, old: Sequence[Area]) -> None:
        """Put one area in the place of others."""
        ids = [area.id for area in old]
        new = {**what, "id": _get(what, "to", self._source)}
        area = _area(new, old[0], self._taxonomy, self._source)
        self._put(area, ids)
        self._move(ids, area.id)

    def _take(self, area_id: Any) -> Area:
        if area_id not in self._areas:
            near = self._taxonomy.nearest(str(area_id))
            hint = f"; did you mean '{near}'?" if near else ""
            raise InputError(f"there is no area '{shown(str(area_id))}'{hint}", self._source)
        return self._areas[area_id]

    def _put(self, area: Area, replacing: Sequence[str] = ()) -> None:
        if area.id in self._areas and area.id not in replacing:
            raise InputError(f"the area '{area.id}' already exists", self._source)
        for old in replacing:
            self._areas.pop(old, None)
        self._areas[area.id] = area

    def _move(self, old: Sequence[str], new: str | None) -> None:
        for before, after in self._becomes.items():
            if after in old:
                self._becomes[before] = new


def _area(what: Any, like: Area | None, taxonomy: Taxonomy, source: str) -> Area:
    """An area of a change file; what is not given is taken from the area in whose place it is."""
    area_id = _get(what, "id", source)
    parts = {}
    for key in ("name", "description", "group"):
        value = what.get(key) or (getattr(like, key) if like else None)
        if key == "group" and value is None and len(taxonomy.groups) == 1:
            value = next(iter(taxonomy.groups))
        if not isinstance(value, str):
            raise InputError(f"the area '{area_id}' needs a '{key}'", source)
        parts[key] = value
    if parts["group"] not in taxonomy.groups:
        known = ", ".join(taxonomy.groups)
        raise InputError(f"unknown group '{shown(parts['group'])}'; known are {known}", source)
    return Area(area_id, **parts)


def _get(what: Any, key: str, source: str) -> str:
    value = what.get(key) if isinstance(what, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"a change lacks '{key}'", source)
    return value.strip()


def _list(what: Any, key: str, source: str) -> list[Any]:
    value = what.get(key) if isinstance(what, dict) else None
    if not isinstance(value, list) or not value:
        raise InputError(f"a change needs a list '{key}'", source)
    return value
