"""Our labels of public papers, by id, and the papers' texts joined to them.

`annotations.jsonl` beside this module holds ids and labels alone: the texts are their authors'. An
id is `arxiv:` and arXiv's own, or a venue and the first ten hex digits of the SHA-1 of the title in
small letters; PAPERS without such an id are found by their title. `labels: []` is a label: a paper
of another field.

PAPERS are JSONL, CSV or Parquet files of up to 2 GB with `title`, `abstract` and, where there is
one, `id`. A paper of a labelled file keeps its labels, unless we have annotated it: then ours
stand. Papers with neither are passed over. FOLDER gets a file for each draw of annotations:

- `careful.jsonl`: of all of arXiv's computing categories and other fields, read with care;
- `held_out.jsonl`: part of the same draw, which no model is trained on;
- `rough.jsonl`: earlier annotations of a narrower draw, and labels of the files themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tagstract.labels.errors import InputError
from tagstract.labels.files import source_name
from tagstract.labels.io.feed import read_lines, read_records
from tagstract.labels.papers import folded_abstract, paper_fault
from tagstract.labels.reading import Problem
from tagstract.labels.storage.atomic import atomic_writer

ANNOTATIONS_PATH = Path(__file__).with_name("annotations.jsonl")
FIELDS = ("id", "title", "abstract")
ROUGH, DRAWS = "rough", ("careful", "held_out", "rough")
"""The draw of what names none, and all draws."""


class Annotations:
    """Labels by id, most central first, and the draw of each id that is not `ROUGH`."""

    def __init__(
        self, labels: dict[str, list[str]], draws: Mapping[str, str] | None = None
    ) -> None:
        self.labels, self.draws = labels, draws or {}
        self._by_title = {id.partition(":")[2]: id for id in labels if not id.startswith("arxiv:")}

    @classmethod
    def read(cls, path: Path = ANNOTATIONS_PATH) -> Annotations:
        """From a file of ours.

        Raises:
            InputError: it can't be read, or a line is no annotation, or the second of an id.
        """
        if not path.is_file():
            raise InputError("is missing; the annotations come only with a checkout", str(path))
        found: dict[str, list[str]] = {}
        draws: dict[str, str] = {}
        for line, record in read_lines(path)[1]:
            if isinstance(record, str) or not record.get("id") or record.get("labels") is None:
                raise InputError(
                    "is not an annotation, which has 'id' and 'labels'", str(path), line
                )
            draw = record.get("draw", ROUGH)
            if draw not in DRAWS:
                raise InputError(f"'draw' is none of {', '.join(DRAWS)}", str(path), line)
            if record["id"] in found:
                raise InputError(f"the id '{record['id']}' comes twice", str(path), line)
            found[record["id"]] = record["labels"]
            if draw != ROUGH:
                draws[record["id"]] = draw
        return cls(found, draws)

    def id_of(self, paper: Mapping[str, Any]) -> str | None:
        """The id under which a paper was annotated; None: it was not."""
        given = str(paper.get("id") or "")
        for id in (given, f"arxiv:{given}"):
            if id in self.labels:
                return id
        # One of our ids says which paper it is; a title may be that of two.
        title = "" if ":" in given else str(paper.get("title") or "")
        return self._by_title.get(hashlib.sha1(title.lower().encode()).hexdigest()[:10])


def joined(
    paths: Iterable[Path | str], annotations: Annotations
) -> Iterator[dict[str, Any] | Problem]:
    """Labelled papers in the files' order, each id and each abstract once: the first counts; and a
    problem for each record that can't be read.

    Raises:
        InputError: a file that can't be read.
    """
    seen: set[str] = set()
    for path in paths:
        for line, record in read_records(path):
            if isinstance(record, str):
                yield Problem(source_name(path), line, record)
                continue
            id = annotations.id_of(record)
            labels = annotations.labels[id] if id else record.get("labels")
            if labels is None or (not labels and not id):
                continue
            fault = paper_fault(record)
            if fault is not None:
                yield Problem(source_name(path), line, fault)
                continue
            abstract = folded_abstract(record)
            keys = {abstract, id or str(record.get("id") or abstract)}
            if not keys & seen:
                seen |= keys
                yield {**{name: record.get(name) for name in FIELDS}, "labels": labels}


def write_draws(
    records: Iterable[dict[str, Any] | Problem],
    annotations: Annotations,
    folder: Path,
    log: Callable[[str], None],
) -> Counter[str]:
    """Write each record to the file of its draw, and log each problem; returns papers by draw, how
    many of them are `annotated`, and the number of `problems`.

    Raises:
        InputError: the folder can't be written.
    """
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        files = {
            draw: stack.enter_context(atomic_writer(folder / f"{draw}.jsonl")) for draw in DRAWS
        }
        for record in records:
            if isinstance(record, Problem):
                log(str(record))
                counts["problems"] += 1
                continue
            id = annotations.id_of(record)
            draw = annotations.draws.get(id or "", ROUGH)
            json.dump(record, files[draw], ensure_ascii=False)
            files[draw].write("\n")
            counts.update([draw, *(["annotated"] if id else [])])
    return counts
