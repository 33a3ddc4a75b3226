"""Our labels of public papers, by id, and the papers' texts joined to them.

    python -m labels.annotations PAPERS... --out FILE.jsonl

`annotations.jsonl` beside this module holds ids and labels alone: the texts are their authors'.
PAPERS are files with `id`, `title` and `abstract`. A paper of a labelled file keeps its labels,
unless we have annotated it: then ours stand. Papers with neither are passed over.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from labels.atomic import atomic_writer
from labels.errors import InputError
from labels.files import read_bytes, source_name
from labels.papers import folded_abstract
from labels.records import read_records, record_format

ANNOTATIONS_PATH = Path(__file__).with_name("annotations.jsonl")
FIELDS = ("id", "title", "abstract", "labels")


def read_annotations(path: Path = ANNOTATIONS_PATH) -> dict[str, list[str]]:
    """The labels, most central first, of each id.

    Raises:
        InputError: the file can't be read, or an id comes twice.
    """
    found: dict[str, list[str]] = {}
    for line, record in _records(path, ("id", "labels")):
        if record["id"] in found:
            raise InputError(f"the id '{record['id']}' comes twice", f"{path}:{line}")
        found[record["id"]] = record["labels"]
    return found


def joined(
    paths: Iterable[Path | str], annotations: dict[str, list[str]]
) -> Iterator[dict[str, Any]]:
    """Labelled papers in the files' order, each id and each abstract once: the first counts.

    Raises:
        InputError: a file that can't be read.
    """
    seen: set[str] = set()
    for path in paths:
        for _, record in _records(path, ("id", "abstract")):
            labels = annotations.get(str(record.get("id"))) or record.get("labels")
            keys = {str(record.get("id")), folded_abstract(record)}
            if not labels or keys & seen:
                continue
            seen |= keys
            yield {**{key: record.get(key) for key in FIELDS}, "labels": labels}


def _records(path: Path | str, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    data, source = read_bytes(path), source_name(path)
    format = record_format(data)
    if format is None:
        raise InputError("is no JSONL, CSV or Parquet", source)
    for line, record in read_records(data, source, format, needed=needed):
        if isinstance(record, dict) and record.get("id") is not None:
            yield line, record


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("papers", metavar="PAPERS", nargs="+", help="JSONL, CSV or Parquet")
    parser.add_argument("--out", required=True, metavar="FILE.jsonl", help="written in one step")
    arguments = parser.parse_args()
    try:
        annotations = read_annotations()
        missing = dict.fromkeys(annotations)
        papers = 0
        with atomic_writer(arguments.out) as file:
            for record in joined(arguments.papers, annotations):
                json.dump(record, file, ensure_ascii=False)
                file.write("\n")
                missing.pop(str(record["id"]), None)
                papers += 1
    except InputError as error:
        sys.exit(str(error))
    print(f"{papers} papers; of {len(annotations)} annotated ones {len(missing)} were not found")


if __name__ == "__main__":
    main()
