"""Whole feeds through the tagger, a chunk at a time, in memory that does not grow with them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tagstract.labels.files import shown
from tagstract.labels.tagged import Reason, Status
from tagstract.serving.batch.duplicates import keys_of, label_of
from tagstract.serving.batch.journal import Journal
from tagstract.serving.batch.seen import Meeting, Seen
from tagstract.serving.feeds import Feed
from tagstract.serving.output.text import summary_line
from tagstract.serving.tagger import Tagger, read_record

__all__ = ["CHUNK", "Counts", "Engine", "Journal", "Seen", "in_process", "tag_feeds"]

SHOWN_PROBLEMS = 5
"""Records that failed of which a run says what is wrong."""

CHUNK = 64
"""Records between two writes of the journal: about a second of work."""

Engine = Callable[[Iterator[list[Any]]], Iterator[list[dict[str, Any]]]]
"""Tags chunks of records: answers each, in their order. It may take several before it answers."""


@dataclass
class Counts:
    """What became of the records so far.

    Attributes:
        statuses: papers by `status`.
        duplicates: papers of the output that are marked as duplicates.
        earlier: records left out since an earlier run had them.
        read: records of each feed.
        new: papers of each feed that no earlier run had.
        problems: what is wrong with the first records that failed, a line each.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    earlier: int = 0
    read: Counter[str] = field(default_factory=Counter)
    new: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def add(self, source: str, paper: dict[str, Any] | None) -> None:
        self.read[source] += 1
        self.new[source] += paper is not None
        if paper is None:
            self.earlier += 1
            return
        self.statuses[paper["status"]] += 1
        self.duplicates += paper["reason"] == Reason.DUPLICATE
        if paper["status"] == Status.ERROR and len(self.problems) < SHOWN_PROBLEMS:
            self.problems.append(_problem(source, paper))

    @property
    def records(self) -> int:
        return self.statuses.total() + self.earlier

    def summary(self) -> str:
        """How many papers there are and what became of them, in one line."""
        parts = [summary_line(self.statuses)]
        if self.duplicates:
            parts.append(f"{self.duplicates:,} of them duplicates")
        if self.earlier:
            parts.append(f"{self.earlier:,} left out, since an earlier run had them")
        return "; ".join(parts)


def _problem(source: str, paper: dict[str, Any]) -> str:
    """`feed.jsonl:4: not JSON`, or `feed.jsonl: record 'x12': 'abstract' is missing`."""
    reason = str(paper["reason"])
    if reason.startswith(f"{source}:"):
        return reason
    label = shown(str(paper.get("id") or paper.get("title") or ""))
    return f"{source}: record '{label}': {reason}" if label else f"{source}: {reason}"


@dataclass(frozen=True)
class _Chunk:
    """Records with their feeds; `answers` holds those that need no tagging, by their place."""

    records: list[Any]
    sources: list[str]
    answers: dict[int, dict[str, Any] | None]

    def to_tag(self) -> list[Any]:
        return [record for i, record in enumerate(self.records) if i not in self.answers]

    def papers(self, tagged: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
        rest = iter(tagged)
        return [
            self.answers[i] if i in self.answers else next(rest) for i in range(len(self.records))
        ]


def in_process(tagger: Tagger) -> Engine:
    """The engine that tags in this process."""
    return lambda chunks: ([answer.as_dict() for answer in tagger.tag(chunk)] for chunk in chunks)


def tag_feeds(
    feeds: Iterable[Feed],
    tagger: Tagger,
    seen: Seen,
    counts: Counts,
    journal: Journal | None = None,
    progress: Callable[[int], None] = lambda done: None,
    engine: Engine | None = None,
) -> Iterator[dict[str, Any]]:
    """Tagged papers of all feeds in their order; those in the journal are not tagged again.

    A paper that `seen` has met in this run is marked as a duplicate; one of an earlier run is left
    out.

    Args:
        counts: is kept up to date with the papers that were yielded.
        progress: is given how many records are done, after each chunk.

    Raises:
        InputError: the journal does not fit the feeds or can't be written.
    """
    sources: deque[str] = deque()
    stream = _records(feeds, sources)
    for record, paper in journal.replay(stream) if journal else ():
        source = sources.popleft()
        _meet(seen, source, record)
        counts.add(source, paper)
        if paper is not None:
            yield paper
    progress(counts.records)
    waiting: deque[_Chunk] = deque()

    def chunks() -> Iterator[list[Any]]:
        while chunk := list(islice(stream, CHUNK)):
            places = [sources.popleft() for _ in chunk]
            waiting.append(_prepared(chunk, places, tagger, seen))
            yield waiting[-1].to_tag()

    for tagged in (engine or in_process(tagger))(chunks()):
        done = waiting.popleft()
        papers = done.papers(tagged)
        if journal is not None:
            journal.add(done.records, papers)
        for source, paper in zip(done.sources, papers, strict=True):
            counts.add(source, paper)
            if paper is not None:
                yield paper
        progress(counts.records)


def _records(feeds: Iterable[Feed], sources: deque[str]) -> Iterator[Any]:
    """The records of all feeds; the feed of each is added to `sources`."""
    for feed in feeds:
        for record in feed.records:
            sources.append(feed.source)
            yield record


def _prepared(records: list[Any], sources: list[str], tagger: Tagger, seen: Seen) -> _Chunk:
    answers: dict[int, dict[str, Any] | None] = {}
    for i, (record, source) in enumerate(zip(records, sources, strict=True)):
        met = _meet(seen, source, record)
        if met.earlier:
            answers[i] = None
        elif met.duplicate_of is not None:
            answers[i] = tagger.duplicate(record, met.duplicate_of).as_dict()
    return _Chunk(records, sources, answers)


def _meet(seen: Seen, source: str, record: Any) -> Meeting:
    paper = read_record(record)
    if isinstance(paper, str):  # a record that can't be tagged may be mended tomorrow
        return seen.meet((), "")
    return seen.meet(keys_of(paper, source), label_of(paper))
