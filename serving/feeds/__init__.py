"""Feed formats in, papers out: one module a format."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagstract.labels import InputError, Problem
from tagstract.labels.files import read_bytes, source_name
from tagstract.labels.records import read_records
from tagstract.serving.feeds.atom import read_atom
from tagstract.serving.feeds.daily import read_daily_papers
from tagstract.serving.feeds.detection import FORMATS, detect
from tagstract.serving.feeds.rss import read_rss

__all__ = ["FORMATS", "Feed", "detect", "read_daily_papers", "read_feed", "records_of"]


@dataclass(frozen=True)
class Feed:
    """Papers of one file in its order, to be read once; a bad record is a Problem in its place."""

    source: str
    format: str
    records: Iterator[dict[str, Any] | Problem]


def read_feed(path: str | Path, format: str | None = None) -> Feed:
    """Open a feed file (`-`: standard input), gzip or not; its format is told from its content.

    Records keep the fields of the input in its order; JSONL whose abstract is missing is passed
    on. JSONL, CSV and Parquet are parsed while `records` is read; the rest at once.

    Raises:
        InputError: an unknown format, a table without a column `abstract`, or a file that can't
            be used. Parquet that is damaged inside raises while `records` is read.
    """
    if format is not None and format not in FORMATS:
        near = difflib.get_close_matches(format.lower(), FORMATS, n=1, cutoff=0.4)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise InputError(f"unknown format '{format}'; {hint}known are {', '.join(FORMATS)}")
    source = source_name(path)
    data = read_bytes(path)
    format = format or detect(data)
    if format is None:
        raise InputError(f"is in no known format; known are {', '.join(FORMATS)}", source)
    return Feed(source, format, records_of(data, source, format))


def records_of(data: bytes, source: str, format: str) -> Iterator[dict[str, Any] | Problem]:
    """Papers in the bytes of a feed, whose format `detect` told; see `read_feed`."""
    if format == "arxiv-atom":
        return read_atom(data, source)
    if format == "arxiv-rss":
        return read_rss(data, source)
    if format == "daily-papers":
        return iter(read_daily_papers(_text(data, source), source))
    lines = read_records(data, source, format, needed=("abstract",))
    return (
        Problem(source, line, record) if isinstance(record, str) else record
        for line, record in lines
    )


def _text(data: bytes, source: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("is not UTF-8; save it as UTF-8", source, line) from error
