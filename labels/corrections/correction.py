"""One correction of a paper's tags by a person, and papers on which people differ."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tagstract.labels.errors import one_line
from tagstract.labels.files import shown
from tagstract.labels.papers import folded_abstract

__all__ = ["ANONYMOUS", "Conflict", "Correction", "sha256_of"]

ANONYMOUS = "anonymous"
"""Who corrects without a name; all of them count as one person."""


@dataclass(frozen=True)
class Correction:
    """The labels that one person gives one paper, most central first; `time` is UTC."""

    abstract: str
    labels: tuple[str, ...]
    id: str | None = None
    title: str | None = None
    by: str = ANONYMOUS
    time: datetime | None = None

    @property
    def key(self) -> str:
        """The SHA-256 of the folded abstract: papers are the same where `read_labelled` says so."""
        return sha256_of(folded_abstract({"abstract": self.abstract}))

    def as_record(self) -> dict[str, Any]:
        """A labelled paper as in a labelled file, with `by` and `time` (ISO 8601)."""
        record: dict[str, Any] = {"id": self.id, "title": self.title, "abstract": self.abstract}
        record = {name: value for name, value in record.items() if value is not None}
        record |= {"labels": list(self.labels), "by": self.by}
        return record | ({"time": self.time.isoformat()} if self.time else {})


@dataclass(frozen=True)
class Conflict:
    """A paper that people label differently: the newest correction of each, the newest last."""

    corrections: tuple[Correction, ...]

    def __str__(self) -> str:
        last = self.corrections[-1]
        name = last.id or last.title or last.abstract
        words = (f"{shown(one.by)} says {';'.join(one.labels)}" for one in self.corrections)
        return one_line(f"'{shown(name)}': {', '.join(words)}")


def sha256_of(text: str) -> str:
    """64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()
