"""Round trips: records written by independent libraries, read back by ours.

    python -m benchmarks.feeds PAPERS.parquet [--papers 25000] [--formats bibtex ris]

PAPERS has `id`, `title` and `abstract`. Each format is written by a library of its own
(bibtexparser, rispy, openpyxl, feedgen, pyarrow, Python's csv and json), not by Tagstract. A record
is equal where title and abstract come back as they were, white space folded; equal as read where
they differ only in markup that the model doesn't read, such as LaTeX commands. Prints a table.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from tagstract.labels.io.feed import feed_of, read_feed
from tagstract.labels.io.paper import paper_of
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.latex import plain_bibtex
from tagstract.labels.io.text.prose import cleaned

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CELL = 32_767
"""Characters of a cell of Excel."""


@dataclass(frozen=True)
class Row:
    """A paper as it is written."""

    id: str
    title: str
    abstract: str


@dataclass(frozen=True)
class Trip:
    """What came back of one format."""

    name: str
    library: str
    megabytes: float
    seconds: float
    equal: int
    as_read: int
    different: int
    first: str


def write_bibtex(rows: Sequence[Row]) -> bytes:
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.model import Block, Entry, Field

    entries: list[Block] = [
        Entry("article", f"k{n}", [Field("title", row.title), Field("abstract", row.abstract)])
        for n, row in enumerate(rows)
    ]  # fmt: skip
    return write_string(Library(entries)).encode()


def _balanced(text: str) -> str:
    """A value without braces where they don't match: no BibTeX can be written with them."""
    depth = 0
    for place, letter in enumerate(text):
        if letter in "{}" and (place == 0 or text[place - 1] != "\\"):
            depth += 1 if letter == "{" else -1
        if depth < 0:
            break
    return text if depth == 0 else text.replace("{", "").replace("}", "")


def write_ris(rows: Sequence[Row]) -> bytes:
    import rispy

    records = [
        {"type_of_reference": "JOUR", "title": row.title, "abstract": row.abstract, "id": row.id}
        for row in rows
    ]
    return str(rispy.dumps(records)).encode()


def write_xlsx(rows: Sequence[Row]) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Papers")
    sheet.append(["id", "title", "abstract"])
    for row in rows:
        sheet.append([row.id, row.title[:_CELL], row.abstract[:_CELL]])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _feed(rows: Sequence[Row]) -> object:
    from feedgen.feed import FeedGenerator

    feed = FeedGenerator()
    feed.id("https://feed.example")
    feed.title("Papers")
    feed.link(href="https://feed.example")
    feed.description("Papers")
    for row in rows:
        entry = feed.add_entry(order="append")
        entry.id(f"https://feed.example/{row.id}")
        entry.title(row.title)
        entry.link(href=f"https://feed.example/{row.id}")
        entry.summary(row.abstract)
    return feed


def write_rss(rows: Sequence[Row]) -> bytes:
    return bytes(_feed(rows).rss_str())  # type: ignore[attr-defined]


def write_atom(rows: Sequence[Row]) -> bytes:
    return bytes(_feed(rows).atom_str())  # type: ignore[attr-defined]


def write_parquet(rows: Sequence[Row]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([vars(row) for row in rows]), file)
    return file.getvalue()


def write_csv(rows: Sequence[Row]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["id", "title", "abstract"])
    writer.writerows([row.id, row.title, row.abstract] for row in rows)
    return file.getvalue().encode()


def write_tsv(rows: Sequence[Row]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None,
                        escapechar=None)  # fmt: skip
    writer.writerow(["id", "title", "abstract"])
    writer.writerows([row.id, row.title, row.abstract] for row in rows)
    return file.getvalue().encode("utf-16")


def write_json(rows: Sequence[Row]) -> bytes:
    return json.dumps({"results": [vars(row) for row in rows]}).encode()


def write_jsonl(rows: Sequence[Row]) -> bytes:
    return "".join(json.dumps(vars(row)) + "\n" for row in rows).encode()


WRITERS: dict[str, tuple[str, Callable[[Sequence[Row]], bytes]]] = {
    "bibtex": ("bibtexparser", write_bibtex),
    "ris": ("rispy", write_ris),
    "xlsx": ("openpyxl", write_xlsx),
    "rss": ("feedgen", write_rss),
    "atom": ("feedgen", write_atom),
    "parquet": ("pyarrow", write_parquet),
    "csv": ("csv", write_csv),
    "tsv, UTF-16": ("csv", write_tsv),
    "json": ("json", write_json),
    "jsonl": ("json", write_jsonl),
}


def trip(name: str, rows: Sequence[Row]) -> Trip:
    """Write the rows in a format and read them back."""
    library, write = WRITERS[name]
    if name == "bibtex":
        rows = [Row(row.id, _balanced(row.title), _balanced(row.abstract)) for row in rows]
    data = write(rows)
    start = time.process_time()
    records = list(feed_of(Source.of_bytes(data, name)).records)
    seconds = time.process_time() - start
    equal = as_read = 0
    first = "" if len(records) == len(rows) else f"{len(records)} records"
    for row, record in zip(rows, records, strict=False):
        written = (_folded(row.title), _folded(row.abstract))
        if not isinstance(record, dict):
            first = first or str(record)
            continue
        found = (_folded(str(record.get("title"))), _folded(str(record.get("abstract"))))
        paper = paper_of(record)
        if found == written:
            equal += 1
        elif _as_read(paper.title) == _as_read(row.title) and (
            _as_read(paper.abstract) == _as_read(row.abstract)
        ):
            as_read += 1
        else:
            first = first or f"{row.id}: {_difference(written, found)}"
    return Trip(name, library, len(data) / 1e6, seconds, equal, as_read,
                len(rows) - equal - as_read, first)  # fmt: skip


def _folded(text: str) -> str:
    return " ".join(text.split())


def _as_read(text: str) -> str:
    """A text as the model reads it, without LaTeX's braces."""
    return _folded(plain_bibtex(cleaned(text)))


def _difference(written: tuple[str, str], found: tuple[str, str]) -> str:
    for one, other in zip(written, found, strict=True):
        if one != other:
            place = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
            return f"{one[place : place + 40]!r} came back as {other[place : place + 40]!r}"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("papers", metavar="PAPERS.parquet")
    parser.add_argument("--papers", dest="most", type=int, default=25_000, metavar="N")
    parser.add_argument("--formats", nargs="+", choices=list(WRITERS), default=list(WRITERS))
    arguments = parser.parse_args()
    rows = [
        Row(
            str(record.get("id")),
            _CONTROL.sub("", record["title"]),
            _CONTROL.sub("", record["abstract"]),
        )
        for record in islice(read_feed(arguments.papers).records, arguments.most)
        if isinstance(record, dict)
    ]
    print(f"{len(rows):,} papers of {arguments.papers}\n")
    print("| format | written by | MB | read, CPU s | equal | equal as read | different |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    different = 0
    for name in arguments.formats:
        one = trip(name, rows)
        different += one.different
        print(f"| {one.name} | {one.library} | {one.megabytes:.1f} | {one.seconds:.1f} | "
              f"{one.equal:,} | {one.as_read:,} | {one.different:,} |", flush=True)  # fmt: skip
        if one.first:
            print(f"{one.name}: {one.first}", file=sys.stderr)
    sys.exit(different > 0)


if __name__ == "__main__":
    main()
