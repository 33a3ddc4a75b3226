"""Whole feeds through the tagger, a chunk at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any

from tagstract.serving.feeds import Feed
from tagstract.serving.journal import Journal
from tagstract.serving.tagger import Tagger

CHUNK = 64
"""Records between two writes of the journal: about a second of work."""


def tag_feeds(
    feeds: Iterable[Feed],
    tagger: Tagger,
    journal: Journal | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Iterator[dict[str, Any]]:
    """Tagged papers of all feeds in their order; those in the journal are not tagged again.

    Args:
        progress: is told how many records are done, after each chunk.

    Raises:
        InputError: a feed turns out damaged, or the journal can't be written.
    """
    records = chain.from_iterable(feed.records for feed in feeds)
    done = 0
    for paper, record in zip(journal.done if journal else (), records, strict=False):
        assert journal is not None
        journal.expect(done, record)
        done += 1
        yield paper
    progress(done)
    while chunk := list(islice(records, CHUNK)):
        tagged = tagger.tag(chunk)
        if journal is not None:
            journal.add(chunk, tagged)
        done += len(chunk)
        progress(done)
        yield from tagged
