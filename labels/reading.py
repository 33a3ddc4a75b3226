"""Labelled files in: JSONL, CSV and Parquet into one checked labelled set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tagstract.labels.errors import one_line
from tagstract.labels.files import shown, source_name
from tagstract.labels.papers import folded_abstract, paper_fault
from tagstract.labels.records import read_file
from tagstract.labels.taxonomy import Taxonomy

_NEEDED = ("abstract", "labels")
_REFUSAL = "is no labelled file; that is JSONL, CSV or Parquet"

_NAMED = 5
"""Unknown labels of one record that its message names."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one record; `line` is the row of Parquet, the element of a JSON array."""

    source: str
    line: int
    message: str

    def __str__(self) -> str:
        return one_line(f"{self.source}:{self.line}: {self.message}")


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

    A file is JSONL, a JSON array, CSV or Parquet, perhaps packed by gzip; `-` is standard input.
    A paper given twice with the same labels counts once; with others, it is a problem.

    Raises:
        InputError: a file that can't be read at all.
    """
    result = LabelledSet()
    seen: dict[str, tuple[list[str], str]] = {}
    for path in paths:
        source = source_name(path)
        for line, record in read_file(path, _NEEDED, _REFUSAL):
            message = record if isinstance(record, str) else labelled_fault(record, taxonomy)
            if message is None:
                assert isinstance(record, dict)
                labels = split_labels(record["labels"])
                key = folded_abstract(record)
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


def labelled_fault(record: dict[str, Any], taxonomy: Taxonomy) -> str | None:
    fault = paper_fault(record)
    if fault is not None:
        return fault
    value = record.get("labels")
    if isinstance(value, list) and not all(isinstance(label, str) for label in value):
        return "'labels' holds something that is no text; give area ids"
    if not isinstance(value, str | list) or not split_labels(value):
        return "'labels' is missing or empty; give area ids, as a list or joined by ';'"
    unknown = [label for label in split_labels(value) if label not in taxonomy.ids]
    return ", ".join(_unknown(label, taxonomy) for label in unknown[:_NAMED]) or None


def _unknown(label: str, taxonomy: Taxonomy) -> str:
    near = taxonomy.nearest(label)
    hint = f"did you mean '{near}'?" if near else f"it is not in {taxonomy.name}"
    return f"unknown label '{shown(label)}'; {hint}"
