"""The labels in a record, however written: lists, joined text, names, columns of 0 and 1."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tagstract.labels.files import shown
from tagstract.labels.io.names import LABELS, folded_name
from tagstract.labels.io.tools import responses_of
from tagstract.labels.taxonomy import Taxonomy

_YES = frozenset("1 1.0 true yes y x t + ✓ ✔ ☑ ja oui si sí sim".split())  # noqa: SIM905
_NO = frozenset(
    ["", *"0 0.0 false no n f none null nan - – — ✗ ✘ ☐ nein non não".split()]  # noqa: SIM905
)
_AREA_COLUMN = re.compile(
    r"(?:is|has|labels?|areas?|topics?|tags?|category|class)\s?[_/:.\[ -]\s?([^\[\]]{1,200})\]?$",
    re.I,
)
"""A column of one area: `label_robotics`, `labels/robotics`, `label[robotics]`."""

_ONE_OF_SEVERAL = re.compile(
    r"(?:(?:primary|main|first|1st|secondary|second|2nd|third|3rd|tertiary|other)[ _-]?)?"
    r"([^\W\d_]{3,30}?)(?:[ _-]?\d{1,2})?$", re.I
)  # fmt: skip
"""A column of one of a paper's labels: `label1`, `Label 2`, `primary_label`."""

_JOINED = (",", "/", " - ", "&", " and ", "·", "•", "+", "#", None)
"""What else may stand between labels; None is white space."""

_INNER = ("area", "id", "label", "name", "value", "tag", "display_name", "uri", "title")
_NO_COMMA = re.compile(r"(['\"])\s{1,9}\1")
"""Between the texts of a list as NumPy writes it."""

_NOT_ALNUM = re.compile(r"[\W_]+")
_ANNOTATOR = frozenset(
    """
    annotator annotators annotatorid by user userid worker workerid rater labeler labeller coder
    reviewer expert person assignedto
    """.split()  # noqa: SIM905
)
_NAMED = 5
"""Unknown labels of one record that its message names."""


@dataclass(frozen=True)
class Labels:
    """A record's labels as they were written, and the fields that held them."""

    values: tuple[str, ...]
    fields: tuple[str, ...]


class LabelReader:
    """Reads labels of one taxonomy: its ids, and its names in any spelling."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._known: dict[str, str] = {}
        for area in taxonomy.areas:
            self._known.setdefault(folded_label(area.name), area.id)
        # An id counts before another area's name.
        self._known.update({folded_label(area.id): area.id for area in taxonomy.areas})
        self._ids = frozenset(taxonomy.ids)

    def read(self, record: Mapping[str, Any]) -> Labels | str:
        """The area ids of a record, most central first, each once; or what is wrong with it.

        An empty list is a paper of none of the areas.
        """
        written = written_labels(record, self.known)
        if written is None or all(value.lower() in _YES | _NO for value in written.values):
            written = self._columns(record) or written
        if written is None:
            return "'labels' is missing or empty; use area ids, as a list or separated by ';'"
        found: list[str] = []
        unknown: list[str] = []
        for label in written.values:
            ids = self._ids_of(label)
            (found if ids else unknown).extend(ids or [label])
        if unknown:
            return ", ".join(self._unknown(label) for label in dict.fromkeys(unknown[:_NAMED]))
        return Labels(tuple(dict.fromkeys(found)), written.fields)

    def known(self, label: str) -> str | None:
        """The id of an area by its id or name; None: there is no such area."""
        return label if label in self._ids else self._known.get(folded_label(label))

    def _ids_of(self, label: str) -> list[str]:
        known = self.known(label)
        if known:
            return [known]
        for separator in _JOINED:
            parts = [part.strip(" -") for part in label.split(separator) if part.strip(" -")]
            ids = [self.known(part) for part in parts]
            if len(parts) > 1 and all(ids):
                return [one for one in ids if one]
        return []

    def _columns(self, record: Mapping[str, Any]) -> Labels | None:
        """Labels of a table with a column for each area, of 0 and 1."""
        areas = {name: area for name in record if (area := self._area_of(str(name)))}
        if not areas:
            return None
        cells = {name: str(record[name] if record[name] is not None else "").strip().lower()
                 for name in areas}  # fmt: skip
        if not all(cell in _YES or cell in _NO for cell in cells.values()):
            return None
        return Labels(tuple(areas[n] for n, cell in cells.items() if cell in _YES), tuple(areas))

    def _area_of(self, column: str) -> str | None:
        """The area that a column of 0 and 1 is named after."""
        inner = _AREA_COLUMN.match(column)
        return self.known(column) or (self.known(inner[1]) if inner else None)

    def _unknown(self, label: str) -> str:
        near = self._taxonomy.nearest(label)
        hint = f"did you mean '{near}'?" if near else f"it is not in {self._taxonomy.name}"
        return f"unknown label '{shown(label)}'; {hint}"


def written_labels(record: Mapping[str, Any], known: Any = None) -> Labels | None:
    """The labels of a record as they are written; None where it has none.

    Args:
        known: tells of a label whether it is one: a text that is one label isn't taken apart.
    """
    answered = responses_of(record)
    if answered is not None:
        field, answers = answered
        people = [given for one in answers if (given := _values(one, known)) is not None]
        return Labels(tuple(agreed(people)), (field,)) if people else None
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for base, name, value in _label_fields(record):
        values = _values(value, known)
        if values is not None:
            found.setdefault(base, []).append((name, values))
    if not found:
        return None
    fields = found[min(found, key=lambda base: LABELS[base])]
    labels = dict.fromkeys(label for _, values in fields for label in values)
    return Labels(tuple(labels), tuple(name for name, _ in fields))


def annotator_of(record: Mapping[str, Any]) -> str | None:
    """Who labelled a record, where it says so."""
    for name, value in record.items():
        if folded_name(str(name)).folded in _ANNOTATOR and isinstance(value, str | int) and value:
            return str(value)
    return None


def _label_fields(record: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """The usual name of a field of labels, its own name, and its value."""
    answer = record.get("answer")
    for name, value in record.items():
        folded = folded_name(str(name)).folded
        several = _ONE_OF_SEVERAL.match(str(name))
        if folded in LABELS:
            yield folded, str(name), value
        elif several and several[1].lower() in LABELS:
            yield several[1].lower(), str(name), value
        elif name == "accept" and answer in (None, "accept"):  # Prodigy
            yield "label", "label", value


def _values(value: Any, known: Any) -> list[str] | None:
    """The labels in a value; None where it isn't one of labels, [] where it says there are none."""
    if isinstance(value, str):
        return _from_text(value, known)
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return [str(value)]
    if isinstance(value, Mapping):
        return _from_object(value, known)
    if isinstance(value, list):
        return _from_list(value, known)
    return None


def _from_list(value: list[Any], known: Any) -> list[str] | None:
    if any(
        isinstance(item, Mapping) and ("result" in item or "annotations" in item) for item in value
    ):
        return _from_annotations(value, known)
    if value and all(isinstance(item, Mapping) and "labels" in item for item in value):
        people = [_values(item["labels"], known) for item in value]
        return agreed(given for given in people if given is not None)
    found: list[str] = []
    for item in value:
        if isinstance(item, Mapping):
            inner = next((item[key] for key in _INNER if isinstance(item.get(key), str)), None)
            if inner is None:
                return None
            found.append(inner.strip())
        elif isinstance(item, str):
            found.extend([item.strip()] if item.strip() else [])
        elif isinstance(item, int | float) and not isinstance(item, bool):
            found.append(str(item))
        else:
            return None
    return found


def _from_object(value: Mapping[str, Any], known: Any) -> list[str] | None:
    if "choices" in value:
        return _values(value["choices"], known)
    if "value" in value:
        return _values(value["value"], known)
    cells = {str(name): str(item).strip().lower() for name, item in value.items()}
    if cells and all(cell in _YES or cell in _NO for cell in cells.values()):
        return [name for name, cell in cells.items() if cell in _YES]
    return None


def _from_annotations(value: list[Any], known: Any) -> list[str] | None:
    """Label Studio's: of several people's annotations what at least half of them gave."""
    people: list[list[str]] = []
    for annotation in value:
        if not isinstance(annotation, Mapping) or annotation.get("was_cancelled"):
            continue
        given: list[str] = []
        for result in annotation.get("result") or []:
            inner = result.get("value") if isinstance(result, Mapping) else None
            if isinstance(inner, Mapping):
                chosen = inner.get("choices", inner.get("labels", inner.get("taxonomy")))
                flat = [
                    item[-1] if isinstance(item, list) and item else item for item in chosen or []
                ]
                given.extend(_values(flat, known) or [])
        people.append(given)
    return agreed(people) if people else None


def agreed(people: Iterable[Iterable[str]]) -> list[str]:
    """What at least half of the people gave, in the order in which it was first given."""
    sets = [list(dict.fromkeys(given)) for given in people]
    counts: dict[str, int] = {}
    for given in sets:
        for label in given:
            counts[label] = counts.get(label, 0) + 1
    return [label for label, count in counts.items() if 2 * count >= len(sets)]


def _from_text(value: str, known: Any) -> list[str] | None:
    text = value.strip()
    if not text:
        return None
    if text[0] in "[{" and text[-1] in "]}":
        parsed = _parsed(_NO_COMMA.sub(r"\1, \1", text))
        if isinstance(parsed, list | dict):
            return _values(parsed, known)
    if text.lower() in ("none", "nan", "null", "n/a"):
        return None
    if known is not None and known(text):
        return [text]
    for separator in (";", "|", "\n", "\t"):
        if separator in text:
            return [part for raw in text.split(separator) if (part := raw.strip())]
    if known is None and "," in text:
        return [part for raw in text.split(",") if (part := raw.strip())]
    return [text]


def _parsed(text: str) -> Any:
    """A list that was written into a cell, as JSON or as Python writes it."""
    if len(text) > 100_000:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def folded_label(label: str) -> str:
    return _NOT_ALNUM.sub("", label.casefold())
