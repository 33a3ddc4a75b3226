"""The store of corrections: who said what of a paper, kept to train on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tagstract.labels.corrections.correction import ANONYMOUS, Conflict, Correction
from tagstract.labels.corrections.rows import RowReader, labels_in, row_of
from tagstract.labels.errors import InputError
from tagstract.labels.files import shown
from tagstract.labels.io.problem import Problem
from tagstract.labels.io.rows.delimited import MAX_LINE
from tagstract.labels.reading import labelled_fault, split_labels
from tagstract.labels.storage.database import Database, damage_of, insert_once, is_url, table
from tagstract.labels.storage.home import home_folder
from tagstract.labels.storage.salvage import stored_rows
from tagstract.labels.taxonomy import Taxonomy, load_taxonomy

if TYPE_CHECKING:
    from sqlalchemy import Connection

VARIABLE = "TAGSTRACT_CORRECTIONS"
"""Names where corrections are kept: the path of an SQLite file, or the URL of PostgreSQL."""

MAX_NAME = 200
"""Characters of a person's name."""


@dataclass(frozen=True)
class Outcome:
    """What became of a correction; `reason` tells of an error what would be right."""

    status: Literal["stored", "duplicate", "error"]
    reason: str | None = None


@dataclass(frozen=True)
class Contents:
    """What a store holds.

    Attributes:
        corrections: the oldest first.
        problems: the rows that are damaged, which count for nothing; `line` is the id of a row.
        damage: what SQLite says of a file whose structure is damaged. Rows that no index and no
            table leads to any more are then missing without a problem of their own.
    """

    corrections: list[Correction] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    damage: str | None = None


@dataclass(frozen=True)
class Labelled:
    """What a store gives to train on.

    Attributes:
        papers: with `abstract`, `by`, `time` and perhaps `id` and `title`; `labels[i]` are the
            areas of `papers[i]`.
        conflicts: papers that people label differently.
        problems, damage: as in `Contents`.
    """

    papers: list[dict[str, Any]] = field(default_factory=list)
    labels: list[list[str]] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    damage: str | None = None


class Corrections:
    """The store of corrections: appended to, never changed. Threads and processes may share it.

    Args:
        place: the path of an SQLite file, or the URL of an SQLite or PostgreSQL database. Nothing
            is opened yet, nor made before the first correction is added.

    Raises:
        InputError: no such place can be; and, from each method, it can't be used.
    """

    def __init__(self, place: str | Path) -> None:
        self._database = Database(place)

    @property
    def name(self) -> str:
        """The place, fit to be shown: without a password."""
        return self._database.name

    def add(
        self,
        corrections: Sequence[Correction | Mapping[str, Any] | Any],
        taxonomy: Taxonomy | None = None,
    ) -> list[Outcome]:
        """Store corrections; what is answered for each, in order, is on the disk.

        A bad one has its own error and its neighbours are stored. One that says what the same
        person said last of the same paper is a duplicate, whatever the order of its labels. All
        are stored or, where the database fails, none.

        Args:
            taxonomy: what labels are known; default: the one that ships.
        """
        taxonomy = taxonomy or load_taxonomy()
        now = datetime.now(UTC)
        checked = [_checked(correction, taxonomy, now) for correction in corrections]
        if all(isinstance(one, str) for one in checked):
            return [Outcome("error", str(one)) for one in checked]
        with self._database.writing() as connection:
            return [
                Outcome("error", one) if isinstance(one, str) else _append(connection, one)
                for one in checked
            ]

    def read(self) -> Contents:
        """All that can be read; a damaged row costs only itself."""
        reader = RowReader()
        with self._database.reading() as connection:
            contents = Contents(damage=damage_of(connection))
            for number, row in stored_rows(connection, one_by_one=bool(contents.damage)):
                found = reader.read(row)
                if isinstance(found, Correction):
                    contents.corrections.append(found)
                else:
                    problem = Problem(self.name, number, f"this row is damaged: {found}")
                    contents.problems.append(problem)
        return contents

    def labelled(self, prefer: Literal["newest"] | None = None) -> Labelled:
        """Papers with the newest correction of each.

        A paper with a conflict is left out, unless `prefer` is `"newest"`.
        """
        contents = self.read()
        result = Labelled(problems=contents.problems, damage=contents.damage)
        for corrections in _by_paper(contents.corrections):
            if _differ(corrections):
                result.conflicts.append(Conflict(corrections))
                if prefer != "newest":
                    continue
            record = corrections[-1].as_record()
            result.labels.append(record.pop("labels"))
            result.papers.append(record)
        return result


def check_place(environ: Mapping[str, str]) -> None:
    """Refuse a place for corrections that can be none, before the first correction comes.

    Raises:
        InputError: TAGSTRACT_CORRECTIONS is a relative path, or no URL of a known database.
    """
    place = environ.get(VARIABLE)
    if place:
        Database(_absolute(place))


def default_place() -> str:
    """What TAGSTRACT_CORRECTIONS names, else `tagstract/corrections.sqlite` in BentoML's home.

    Raises:
        InputError: a relative path: it would be another file for the service, which runs elsewhere.
    """
    place = os.environ.get(VARIABLE)
    if not place:
        place = str(home_folder() / "corrections.sqlite")
    return _absolute(place)


def _absolute(place: str) -> str:
    if not is_url(place) and not Path(place).expanduser().is_absolute():
        raise InputError(f"{VARIABLE}: '{shown(place)}' is a relative path; use an absolute one")
    return place


def _checked(correction: Any, taxonomy: Taxonomy, now: datetime) -> Correction | str:
    """A correction with texts that both databases hold, or what is wrong with it."""
    record = correction.as_record() if isinstance(correction, Correction) else correction
    if not isinstance(record, Mapping):
        return "not an object; a correction has 'abstract' and 'labels'"
    record = {
        name: _whole(value) if isinstance(value, str) else value for name, value in record.items()
    }
    fault = labelled_fault(record, taxonomy)
    if fault is not None:
        return fault
    paper_id, by = record.get("id"), record.get("by")
    if isinstance(paper_id, int) and not isinstance(paper_id, bool) and abs(paper_id) < 1 << 63:
        paper_id = str(paper_id)
    if not isinstance(paper_id, str | None):
        return "'id' is not text; change or omit it"
    if not isinstance(by, str | None):
        return "'by' is not text; use a name or omit it"
    by = " ".join((by or "").split()) or ANONYMOUS
    if len(by) > MAX_NAME:
        return f"'by' has {len(by):,} characters; use at most {MAX_NAME}"
    labels = tuple(split_labels(record["labels"]))
    checked = Correction(record["abstract"], labels, paper_id, record.get("title"), by, now)
    length = len(json.dumps(checked.as_record(), ensure_ascii=False))
    if length > MAX_LINE:
        return f"a correction of {length:,} characters; the maximum is {MAX_LINE:,}"
    return checked


def _append(connection: Connection, correction: Correction) -> Outcome:
    """Append it unless the same person's last word of the paper is the same."""
    from sqlalchemy import Text, cast, select

    columns = table().c
    last = connection.execute(
        select(columns.digest, cast(columns.labels, Text).label("labels"))
        .where(columns.paper_key == correction.key, columns.by == correction.by)
        .order_by(columns.id.desc())
        .limit(1)
    ).first()
    if last is not None and sorted(labels_in(last.labels) or ()) == sorted(correction.labels):
        return Outcome("duplicate")
    row = row_of(correction, last.digest if last else "")
    return Outcome("stored" if insert_once(connection, row) else "duplicate")


def _by_paper(corrections: Sequence[Correction]) -> Iterator[tuple[Correction, ...]]:
    """For each paper the newest correction of each person, the newest of all last."""
    papers: dict[str, dict[str, Correction]] = {}
    for correction in corrections:
        people = papers.setdefault(correction.key, {})
        people.pop(correction.by, None)
        people[correction.by] = correction
    for people in papers.values():
        yield tuple(people.values())


def _differ(corrections: tuple[Correction, ...]) -> bool:
    return len({frozenset(one.labels) for one in corrections}) > 1


def _whole(text: str) -> str:
    """The text with U+FFFD for NUL, which PostgreSQL refuses, and for halves of characters."""
    return (
        text.replace("\0", "\ufffd")
        .encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le", "replace")
    )
