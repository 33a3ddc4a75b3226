"""The process that parses feeds: strangers wrote them, so it can be killed and knows no secret.

It reads one feed after another from standard input and answers on standard output, each with its
length before it; `feed_process.py` is the other side.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from itertools import islice
from typing import Any, BinaryIO

__all__ = ["ANSWER", "FEED", "MAX_ANSWER", "main"]

FEED = struct.Struct("<QI?")
"""Before a feed: its bytes, the most papers wanted, whether all their fields are."""

ANSWER = struct.Struct("<Q?")
"""Before an answer: its bytes, and whether it is one; else it says what is wrong with the feed."""

MAX_ANSWER = 32 << 20

_MEMORY = 1 << 30
"""Bytes that a feed may take beyond what the process has when it starts."""

_SHOWN = ("id", "title", "abstract")


def main(parent: int) -> None:
    """Answer until standard input ends, which it does when the parent ends."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the parent says when
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from tagstract.serving import feeds  # noqa: F401 (before the memory is bounded)
    from tagstract.serving.http.worker.supervision import end_with

    end_with(parent)
    _bound_memory()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    # What a library prints must not get into an answer.
    sys.stdout = sys.stderr
    while head := source.read(FEED.size):
        size, most, whole = FEED.unpack(head)
        good, answer = _answer(source.read(size), most, whole)
        _send(sink, good, answer)


def papers_of(data: bytes, most: int, whole: bool = False) -> dict[str, Any]:
    """The papers of a feed's bytes, whatever its format is.

    Args:
        most: papers at most.
        whole: with all their fields, not only id, title and abstract.

    Returns:
        `format`, `notes` (what was guessed), `papers` and `left_out`, how many follow. A record
        that can't be read is `{"error": one line}`, or of whole papers `[source, line, message]`.

    Raises:
        InputError: it is no feed, or unusable as a whole.
    """
    from tagstract.labels import InputError, Problem
    from tagstract.labels.io.sources.source import Source
    from tagstract.serving.feeds import feed_of

    source = Source.of_bytes(data, "the feed")
    # A packed file can be a thousand times larger than the body that was let in.
    if source.packed:
        raise InputError("is compressed; decompress it", "the feed")
    feed = feed_of(source)
    records = feed.records
    papers: list[Any] = []
    for record in islice(records, most):
        if isinstance(record, Problem):
            place = [record.source, record.line, record.message]
            papers.append(place if whole else {"error": str(record)})
        elif whole:
            papers.append(dict(record))
        else:
            papers.append({name: record[name] for name in _SHOWN if record.get(name) is not None})
    left_out = sum(1 for _ in records)
    return {
        "format": feed.format,
        "papers": papers,
        "left_out": left_out,
        "notes": list(feed.notes.lines),
    }


def _answer(data: bytes, most: int, whole: bool) -> tuple[bool, bytes]:
    from tagstract.labels.errors import TagstractError

    try:
        answer = papers_of(data, most, whole)
        text = json.dumps(answer, ensure_ascii=False, allow_nan=False, default=str)
        encoded = text.encode("utf-8", "replace")
    except TagstractError as error:
        return False, str(error).encode("utf-8", "replace")
    except MemoryError:
        return False, b"the feed is too large unpacked; split it"
    except Exception as error:  # its message may quote the feed, which no log may
        print(f"feed: {type(error).__name__}", file=sys.stderr, flush=True)
        return False, b"the feed can't be read; it is damaged, or in an odd form of its format"
    if len(encoded) > MAX_ANSWER:
        return False, b"the papers of the feed are too large; split it"
    return True, encoded


def _send(sink: BinaryIO, good: bool, answer: bytes) -> None:
    sink.write(ANSWER.pack(len(answer), good) + answer)
    sink.flush()


def _bound_memory() -> None:
    if sys.platform != "linux":
        return
    import resource

    with open("/proc/self/statm", encoding="ascii") as file:
        pages = int(file.read().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + _MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
