"""Labelled files in: any format of papers with labels into one checked labelled set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from tagstract.labels.errors import InputError
from tagstract.labels.files import shown
from tagstract.labels.io.feed import read_lines
from tagstract.labels.io.labels import LabelReader, Labels, agreed, annotator_of, written_labels
from tagstract.labels.io.paper import Paper, paper_of
from tagstract.labels.io.problem import Line, Notes, Problem
from tagstract.labels.io.tools import is_unanswered, unwrapped
from tagstract.labels.papers import folded_abstract, paper_fault
from tagstract.labels.taxonomy import Taxonomy

__all__ = [
    "LabelledSet",
    "Overruling",
    "Problem",
    "labelled_fault",
    "read_labelled",
    "split_labels",
]

_LOOKED_AT = 50
"""Rows of a table in which its labels have to be found."""

_LONG_SHARE = 0.3
"""Share of the papers of a file with one label a row that stand in several rows, from which on the
rows are taken to be the labels of one paper."""


@dataclass
class LabelledSet:
    """Papers with labels. `labels[i]` are the area ids of `papers[i]`, most central first; [] is a
    paper of none of the areas. `sources[i]` is the file that `papers[i]` was read from, as messages
    call it. `notes` tell what was guessed. `weights[i]` is how much a paper counts in training; []
    where all count alike."""

    papers: list[dict[str, Any]] = field(default_factory=list)
    labels: list[list[str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.papers)


@dataclass(frozen=True)
class Overruling:
    """Labelled records that count before those of any file: people's corrections.

    source: where they come from, for messages.
    weight: how much each counts in training.
    """

    source: str
    records: Sequence[Mapping[str, Any]]
    weight: float = 1.0


@dataclass(frozen=True)
class _Row:
    """One labelled record of a file."""

    line: int
    paper: dict[str, Any]
    labels: tuple[str, ...]
    key: str
    annotator: str | None


def read_labelled(
    paths: Iterable[Path | str],
    taxonomy: Taxonomy,
    mapping: Mapping[str, str] | None = None,
    weights: Mapping[str, float] | None = None,
    overruling: Overruling | None = None,
) -> LabelledSet:
    """Read labelled files; bad records are left out and listed in `problems`.

    A file is in any format that `io` reads. Labels are ids or names of areas: a list, a text
    joined by `;`, `|` or `,`, a column for each area, one label a row, or as annotation tools write
    them. A paper given twice with the same labels counts once; with others, it is a problem, unless
    the file has a row for each label or for each annotator.

    Args:
        mapping: which column holds a field, as `--map` gives it.
        weights: of files, by their path; 1 for any other. The first file that has a paper tells
            its weight.
        overruling: takes the place of what files say of the same papers.

    Raises:
        InputError: a file that can't be read at all.
    """
    result = LabelledSet()
    reader = LabelReader(taxonomy)
    seen: dict[str, tuple[tuple[str, ...], str]] = {}
    overruled = _overruling(overruling, reader, result) if overruling else frozenset()
    replaced: set[str] = set()
    for path in paths:
        notes = Notes(result.notes.append)
        source, lines = read_lines(path, mapping, notes)
        before = len(result.problems)
        rows = list(_rows(lines, source, reader, result, notes))
        for row in _joined(rows, notes):
            where = f"{source}:{row.line}"
            if row.key in overruled:
                replaced.add(row.key)
                continue
            if row.key not in seen:
                seen[row.key] = (row.labels, where)
                result.papers.append(row.paper)
                result.labels.append(list(row.labels))
                result.weights.append((weights or {}).get(str(path), 1.0))
                result.sources.append(source)
                continue
            first, there = seen[row.key]
            if set(first) != set(row.labels):
                message = (
                    f"the same abstract as {there} with other labels: "
                    f"{_named(row.labels)} here, {_named(first)} there; keep one"
                )
                result.problems.append(Problem(source, row.line, message))
        result.problems[before:] = sorted(result.problems[before:], key=lambda one: one.line)
    if overruling and overruled:
        result.notes.append(
            f"{overruling.source}: labels of {len(overruled)} papers, {len(replaced)} in place of "
            "those in the files"
        )
    return result


def _overruling(given: Overruling, reader: LabelReader, result: LabelledSet) -> frozenset[str]:
    """Take up what overrules the files; returns the keys of the papers."""
    keys = set()
    for number, record in enumerate(given.records, 1):
        row = _row(number, record, reader)
        if isinstance(row, str):
            result.problems.append(Problem(given.source, number, row))
        elif row.key not in keys:
            keys.add(row.key)
            result.papers.append(row.paper)
            result.labels.append(list(row.labels))
            result.weights.append(given.weight)
            result.sources.append(given.source)
    return frozenset(keys)


def split_labels(value: Any) -> list[str]:
    """Labels from a list or from text joined by `;`, in order, each once."""
    parts = value.split(";") if isinstance(value, str) else list(value)
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def labelled_fault(record: dict[str, Any], taxonomy: Taxonomy) -> str | None:
    """What is wrong with a labelled record whose fields have our names, or None."""
    fault = paper_fault(record)
    if fault is not None:
        return fault
    value = record.get("labels")
    if isinstance(value, list) and not all(isinstance(label, str) for label in value):
        return "'labels' has a value that is not text; use area ids"
    if not isinstance(value, str | list) or not split_labels(value):
        return "'labels' is missing or empty; use area ids, as a list or separated by ';'"
    reader = LabelReader(taxonomy)
    unknown = [label for label in split_labels(value) if label not in taxonomy.ids]
    if not unknown:
        return None
    found = reader.read({"labels": [f"{label}" for label in unknown]})
    return found if isinstance(found, str) else f"use ids: {', '.join(found.values)}"


def _rows(
    lines: Iterator[Line], source: str, reader: LabelReader, result: LabelledSet, notes: Notes
) -> Iterator[_Row]:
    plain = (
        (line, record if isinstance(record, str) else unwrapped(record)) for line, record in lines
    )
    first = list(islice(plain, _LOOKED_AT))
    _refuse_unlabelled([record for _, record in first], source, reader)
    waiting = 0
    for line, record in chain(first, plain):
        if not isinstance(record, str) and is_unanswered(record):
            waiting += 1
            continue
        row = record if isinstance(record, str) else _row(line, record, reader)
        if isinstance(row, str):
            result.problems.append(Problem(source, line, row))
        else:
            yield row
    if waiting:
        papers = "1 paper" if waiting == 1 else f"{waiting} papers"
        notes.add(f"has {papers} that nobody has annotated yet; left out")


def _refuse_unlabelled(
    first: Sequence[Mapping[str, Any] | str], source: str, reader: LabelReader
) -> None:
    """Refuse a table without labels as a whole, rather than row by row."""
    records = [record for record in first if not isinstance(record, str)]
    if (
        not records
        or any(is_unanswered(record) for record in records)
        or ("abstract" in records[0] and "labels" in records[0])
        or len({tuple(record) for record in records}) > 1
    ):
        return
    fields = shown(", ".join(records[0]), 200)
    if not any(paper_of(record).abstract for record in records):
        raise InputError(
            f"has no column 'abstract'; its columns are: {fields}; name one with "
            "--map abstract=COLUMN",
            source,
        )
    if any("labels" in record or written_labels(record) for record in records):
        return
    if any(isinstance(reader.read(record), Labels) for record in records):
        return
    raise InputError(
        f"has no column 'labels'; its columns are: {fields}; choose one with --map labels=COLUMN",
        source,
    )


def _row(line: int, record: Mapping[str, Any], reader: LabelReader) -> _Row | str:
    paper = paper_of(record)
    if not paper.abstract:
        return paper_fault(record) or "'abstract' has no usable text"
    found = reader.read(record)
    if isinstance(found, str):
        return found
    fields = {name: value for name, value in record.items() if name not in found.fields}
    fields |= {"title": paper.title} if paper.title else {}
    fields["abstract"] = _text(record, paper)
    key = folded_abstract(fields)
    return _Row(line, fields, found.values, key, annotator_of(record))


def _text(record: Mapping[str, Any], paper: Paper) -> str:
    """The abstract to train on: as it is written, but for markup."""
    written = record.get("abstract")
    plain = isinstance(written, str) and "<" not in written and paper.abstract_from == "abstract"
    return str(written) if plain else paper.abstract


def _joined(rows: list[_Row], notes: Notes) -> list[_Row]:
    """Rows of a file that has one for each label, or for each annotator, as one for each paper."""
    papers: dict[str, list[_Row]] = {}
    for row in rows:
        papers.setdefault(row.key, []).append(row)
    several = [group for group in papers.values() if len({_label_set(row) for row in group}) > 1]
    if not several:
        return rows
    annotated = all(row.annotator for group in several for row in group)
    single = all(len(row.labels) <= 1 for row in rows)
    if annotated and any(len({row.annotator for row in group}) > 1 for group in several):
        notes.add("has a row for each annotator; the labels that at least half of them gave count")
        return [_one(group, _agreed(group)) for group in papers.values()]
    if single and len(several) >= _LONG_SHARE * len(papers):
        notes.add("has a row for each label; the rows of a paper were joined")
        return [
            _one(group, [label for row in group for label in row.labels])
            for group in papers.values()
        ]
    return rows


def _label_set(row: _Row) -> frozenset[str]:
    return frozenset(row.labels)


def _agreed(group: list[_Row]) -> list[str]:
    people: dict[str | None, list[str]] = {}
    for row in group:
        people.setdefault(row.annotator, []).extend(row.labels)
    return agreed(people.values())


def _one(group: list[_Row], labels: list[str]) -> _Row:
    first = group[0]
    return _Row(first.line, first.paper, tuple(dict.fromkeys(labels)), first.key, first.annotator)


def _named(labels: tuple[str, ...]) -> str:
    return ";".join(labels) or "none"
