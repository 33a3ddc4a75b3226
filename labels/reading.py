"""Labelled files in: JSONL, CSV and Parquet into one checked labelled set."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labels.errors import InputError
from labels.taxonomy import Taxonomy

MAX_LINE = 1 << 20
"""Characters in one line of JSONL; no abstract comes near, a longer line is no record."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one record. For Parquet, `line` is the row, counted from 1."""

    source: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.message}"


@dataclass
class LabelledSet:
    """Papers with labels. `labels[i]` are the area ids of `papers[i]`, most central first."""

    papers: list[dict[str, Any]] = field(default_factory=list)
    labels: list[list[str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.papers)


def read_labelled(paths: Iterable[Path | str], taxonomy: Taxonomy) -> LabelledSet:
    """Read labelled files; bad records are left out and listed in `problems`.

    A paper given twice with the same labels counts once; with others, it is a problem.

    Raises:
        InputError: a file that can't be read at all.
    """
    result = LabelledSet()
    seen: dict[str, tuple[list[str], str]] = {}
    for path in paths:
        source = str(path)
        for line, record in _records(Path(path)):
            message = record if isinstance(record, str) else _fault(record, taxonomy)
            if message is None:
                assert isinstance(record, dict)
                labels = split_labels(record["labels"])
                key = " ".join(record["abstract"].lower().split())
                if key in seen:
                    first, where = seen[key]
                    if set(first) == set(labels):
                        continue
                    message = (
                        f"the same abstract as {where} with other labels: "
                        f"{';'.join(labels)} here, {';'.join(first)} there; keep one"
                    )
                else:
                    seen[key] = (labels, f"{source}:{line}")
                    result.papers.append({k: v for k, v in record.items() if k != "labels"})
                    result.labels.append(labels)
                    continue
            result.problems.append(Problem(source, line, message))
    return result


def split_labels(value: Any) -> list[str]:
    """Labels from a list or from text joined by `;`, in order, each once."""
    parts = value.split(";") if isinstance(value, str) else list(value)
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _fault(record: dict[str, Any], taxonomy: Taxonomy) -> str | None:
    abstract = record.get("abstract")
    if not isinstance(abstract, str) or not abstract.strip():
        return "'abstract' is missing or empty; give the abstract's text"
    value = record.get("labels")
    if isinstance(value, list) and not all(isinstance(label, str) for label in value):
        return "'labels' holds something that is no text; give area ids"
    if not isinstance(value, str | list) or not split_labels(value):
        return "'labels' is missing or empty; give area ids, as a list or joined by ';'"
    for label in split_labels(value):
        if label not in taxonomy.ids:
            near = taxonomy.nearest(label)
            hint = f"did you mean '{near}'?" if near else f"it is not in {taxonomy.name}"
            return f"unknown label '{label}'; {hint}"
    return None


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """(line, record) pairs, or (line, what is wrong with that line)."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", str(path)) from error
    if not data.strip():
        raise InputError("is empty; a labelled file is JSONL, CSV or Parquet", str(path))
    if data.startswith(b"PAR1"):
        yield from _parquet(data, str(path))
        return
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("is not UTF-8; save it as UTF-8", str(path), line) from error
    yield from _jsonl(text) if text.lstrip().startswith("{") else _csv(text, str(path))


def _jsonl(text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if len(line) > MAX_LINE:
            yield number, f"a line of {len(line):,} characters; at most {MAX_LINE:,} are taken"
            continue
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            yield (
                number,
                f"not JSON ({getattr(error, 'msg', 'nested too deep')}); one object a line",
            )
            continue
        yield number, record if isinstance(record, dict) else "not a JSON object; one object a line"


def _csv(text: str, source: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = [name for name in reader.fieldnames or [] if name]
    _need_columns(columns, source)
    try:
        for row in reader:
            yield reader.line_num, {key: row[key] for key in columns if row[key] is not None}
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", source, reader.line_num) from error


def _parquet(data: bytes, source: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    try:
        table = pq.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        raise InputError("is damaged Parquet; write it again", source) from error
    _need_columns(table.column_names, source)
    yield from enumerate(table.to_pylist(), 1)


def _need_columns(columns: list[str], source: str) -> None:
    for name in ("abstract", "labels"):
        if name not in columns:
            shown = ", ".join(columns)[:200]
            raise InputError(f"has no column '{name}'; its columns are: {shown}", source, 1)
