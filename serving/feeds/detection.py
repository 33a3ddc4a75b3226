"""Which format a feed has, told from its content."""

from __future__ import annotations

from tagstract.labels.records import record_format
from tagstract.serving.feeds.daily import heading_line
from tagstract.serving.feeds.markup import root_name

FORMATS = ("daily-papers", "arxiv-atom", "arxiv-rss", "jsonl", "csv", "parquet")

_ROOTS = {"feed": "arxiv-atom", "entry": "arxiv-atom", "rss": "arxiv-rss", "RDF": "arxiv-rss"}
_HEAD = 1 << 16


def detect(data: bytes) -> str | None:
    """The format of a feed's (unpacked) bytes, one of `FORMATS`; None where it is none of them."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    root = root_name(data)
    if root is not None:
        return _ROOTS.get(root)
    if heading_line(data[:_HEAD].decode(errors="replace")) is not None:
        return "daily-papers"
    return record_format(data)
