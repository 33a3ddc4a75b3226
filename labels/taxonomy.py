"""The taxonomy: groups of research areas, read from YAML and checked line by line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tagstract.labels.errors import InputError
from tagstract.labels.files import shown

DEFAULT_PATH = Path(__file__).with_name("taxonomy.yaml")


@dataclass(frozen=True)
class Area:
    """One research area; `group` is the id of the group it stands in."""

    id: str
    name: str
    description: str
    group: str


@dataclass(frozen=True)
class Taxonomy:
    """The areas in their fixed order: column j of every score matrix is `areas[j]`."""

    name: str
    version: int
    groups: dict[str, str]
    areas: tuple[Area, ...]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        return tuple(area.id for area in self.areas)

    def as_dict(self) -> dict[str, Any]:
        """The taxonomy as its file and `GET /areas` have it: areas inside their groups."""
        groups = [
            {
                "id": group,
                "name": name,
                "areas": [
                    {"id": area.id, "name": area.name, "description": area.description}
                    for area in self.areas
                    if area.group == group
                ],
            }
            for group, name in self.groups.items()
        ]
        return {"name": self.name, "version": self.version, "groups": groups}

    def as_text(self) -> str:
        """What `load_taxonomy` reads the same taxonomy from, and fast: JSON, which is YAML too."""
        document = {
            "name": self.name,
            "version": self.version,
            "groups": [{"id": group, "name": name} for group, name in self.groups.items()],
            # Beside the groups, since inside them they would lose their order.
            "areas": [asdict(area) for area in self.areas],
        }
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

    def chosen(
        self, only: Sequence[str] | None, without: Sequence[str] | None
    ) -> frozenset[str] | None:
        """The areas that a choice leaves; None for all of them.

        Args:
            only: ids or names of areas or groups; several in one text are separated by commas.
            without: ids or names of areas or groups that are taken out.

        Raises:
            InputError: an unknown name, or no area is left.
        """
        if not only and not without:
            return None
        kept = self._named("--only", only) if only else frozenset(self.ids)
        kept -= self._named("--except", without or ())
        if not kept:
            raise InputError("--only and --except leave no area")
        return kept

    def _named(self, option: str, names: Sequence[str]) -> frozenset[str]:
        known = {area.name.casefold(): area.id for area in self.areas}
        known |= {name.casefold(): group for group, name in self.groups.items()}
        found: set[str] = set()
        for name in filter(None, (part.strip() for text in names for part in _parts(text, known))):
            id = known.get(name.casefold(), name.lower())
            if id in self.ids:
                found.add(id)
            elif id in self.groups:
                found.update(area.id for area in self.areas if area.group == id)
            else:
                near = self.nearest(name)
                hint = f"; did you mean '{near}'?" if near else f" in taxonomy '{self.name}'"
                raise InputError(f"{option}: there is no area or group '{shown(name)}'{hint}")
        return frozenset(found)

    def nearest(self, label: str) -> str | None:
        """The known area id that looks most like `label`, or None if none is near."""
        found = difflib.get_close_matches(label.strip().lower(), self.ids, n=1, cutoff=0.5)
        return found[0] if found else None


def _parts(text: str, known: Mapping[str, str]) -> list[str]:
    """The names in a text that separates them by commas, which may also be in a name."""
    return [text] if text.strip().casefold() in known else text.split(",")


def load_taxonomy(path: Path | str = DEFAULT_PATH) -> Taxonomy:
    """Read and check a taxonomy.

    An area stands inside its group, or in a top-level `areas` list where it names its `group`.

    Raises:
        InputError: not YAML, a duplicate id, an unknown group, an empty name or description;
            the message names the line.
    """
    source = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", source) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8; save it as UTF-8", source) from error
    document = _parse(text, source)
    if not isinstance(document, dict) or not isinstance(document.get("groups"), list):
        raise InputError("a taxonomy has 'version', 'name' and a list 'groups'", source)
    version = document.get("version")
    if type(version) is not int:  # true is an int too
        raise InputError("'version' must be a whole number, such as 1", source, 1)
    groups, areas = _collect(document, source)
    if not areas:
        raise InputError("has no areas; at least one is needed", source)
    return Taxonomy(str(document.get("name", "areas")), version, groups, areas)


def _parse(text: str, source: str) -> Any:
    if (document := _from_json(text)) is not None:
        return document
    # Importing YAML takes as long as tagging a paper, and model folders do without it.
    from tagstract.labels.yaml_lines import parse

    return parse(text, source)


def _from_json(text: str) -> Any:
    """A document in JSON, whose lines are unknown; None where it is none, or not a plain one: the
    YAML parser then says what is wrong in which line."""
    if not text.startswith("{"):
        return None
    try:
        document = json.loads(text, object_pairs_hook=_with_line)
        _collect(document, "")
    except (ValueError, TypeError, LookupError, RecursionError, InputError):
        return None
    return document


def _with_line(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError("a key is given twice")
    return {**mapping, "__line__": None}


def _collect(document: dict[str, Any], source: str) -> tuple[dict[str, str], tuple[Area, ...]]:
    """Check every group and area of a parsed document."""
    groups: dict[str, str] = {}
    areas: list[Area] = []
    lines: dict[str, int] = {}
    loose: list[tuple[Any, str | None]] = []
    for group in document["groups"]:
        group_id = _field(group, "id", source)
        if group_id in groups:
            raise InputError(f"the group '{group_id}' is given twice", source, group["__line__"])
        groups[group_id] = _field(group, "name", source)
        loose.extend((entry, group_id) for entry in _areas(group, source))
    loose.extend((entry, None) for entry in _areas(document, source))
    for entry, home in loose:
        area_id = _field(entry, "id", source)
        line = entry["__line__"]
        if area_id in lines:
            raise InputError(
                f"the area '{area_id}' is given twice, first on line {lines[area_id]}", source, line
            )
        if ";" in area_id:
            raise InputError(
                f"the area '{area_id}' contains ';', which separates labels", source, line
            )
        lines[area_id] = line
        group_id = home or _field(entry, "group", source)
        if group_id not in groups:
            known = ", ".join(groups)
            raise InputError(f"unknown group '{group_id}'; known are {known}", source, line)
        name, description = (_field(entry, key, source) for key in ("name", "description"))
        areas.append(Area(area_id, name, description, group_id))
    return groups, tuple(areas)


def _areas(holder: dict[str, Any], source: str) -> list[Any]:
    areas = holder.get("areas") or []
    if not isinstance(areas, list):
        raise InputError("'areas' must be a list", source, holder["__line__"])
    return areas


def _field(entry: Any, key: str, source: str) -> str:
    if not isinstance(entry, dict):
        # A list isn't shown: aliases can make a few lines of YAML as long as a disk.
        what = "a list" if isinstance(entry, list) else f"'{shown(str(entry))}'"
        raise InputError(f"{what} is not an entry; it needs id, name and description", source)
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"'{key}' is missing or empty", source, entry["__line__"])
    return value.strip()
