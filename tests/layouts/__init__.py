"""Feeds in the layouts that people have, about two invented papers: what the readers must read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from backports import zstd

from layouts import (
    further_json,
    further_tables,
    further_text,
    further_xml,
    json_feeds,
    tables,
    text_feeds,
    xml_feeds,
)
from layouts.papers import PAPERS, PLAIN, lines_of

__all__ = ["MORE", "PAPERS", "layouts"]


def _zip(data: bytes, name: str = "papers.jsonl") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


def layouts() -> dict[str, bytes]:
    """The bytes of each layout, by a name that says what it is."""
    texts: dict[str, bytes | str] = {
        **json_feeds.layouts(),
        **xml_feeds.layouts(),
        **text_feeds.layouts(),
        **tables.layouts(),
        **further_json.layouts(),
        **further_xml.layouts(),
        **further_text.layouts(),
        **further_tables.layouts(),
    }
    found = {n: data if isinstance(data, bytes) else data.encode() for n, data in texts.items()}
    lines = lines_of(PLAIN)

    found |= {
        "plain.jsonl": lines,
        "papers.parquet": _parquet(PLAIN),
        "packed.gz": gzip.compress(lines),
        "packed.bz2": bz2.compress(lines),
        "packed.xz": lzma.compress(lines),
        "packed.zst": zstd.compress(lines),
        "packed.zip": _zip(lines),
        "packed_twice.zip": _zip(gzip.compress(lines), "papers.jsonl.gz"),
    }
    return found


MORE = {"cut.json": 3, "stray_byte.csv": 3}
"""Records of the layouts that hold more than the two papers."""
