"""Corrections as rows of their table, and whether a row still says what was stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tagstract.labels.corrections.correction import Correction, sha256_of

__all__ = ["RowReader", "labels_in", "row_of"]

_OPTIONAL = ("paper_id", "title")
_TEXTS = ("by", "abstract", "labels", "time", "paper_key", "digest")


def row_of(correction: Correction, before: str) -> dict[str, Any]:
    """The row of a correction that replaces the row with the digest `before` ('': none).

    Its digest, which is unique, takes in the one before: who changes their mind and changes it
    back has said something new.
    """
    return {
        "time": correction.time,
        "by": correction.by,
        "paper_id": correction.id,
        "title": correction.title,
        "abstract": correction.abstract,
        "labels": list(correction.labels),
        "paper_key": correction.key,
        "digest": _digest(correction, before),
    }


def labels_in(text: object) -> list[str] | None:
    """The labels in the JSON of a row; None: it holds none."""
    try:
        labels = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    good = isinstance(labels, list) and labels and all(isinstance(one, str) for one in labels)
    return labels if good else None


class RowReader:
    """Makes corrections of rows, which come in the order of their ids, and finds damaged ones.

    The digests in a row cover its abstract, labels and person, and the row that it replaces.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], str] = {}
        self._damaged: set[str] = set()

    def read(self, row: Mapping[str, Any] | None) -> Correction | str:
        """The correction of a row (`labels` and `time` as text), or how the row is damaged.

        Args:
            row: None where the database could not read it.
        """
        if row is None:
            return "it can't be read"
        found = self._read(row)
        if isinstance(found, str):
            digest = row["digest"]
            self._damaged.add(digest if isinstance(digest, str) else "")
        else:
            self._last[found.key, found.by] = row["digest"]
        return found

    def _read(self, row: Mapping[str, Any]) -> Correction | str:
        for name in (*_TEXTS, *_OPTIONAL):
            value = row[name]
            if value is None and name in _OPTIONAL:
                continue
            if not isinstance(value, str) or not _is_whole(value):
                return f"'{name}' is not text"
        labels, time = labels_in(row["labels"]), _time(row["time"])
        if labels is None:
            return "'labels' is no list of areas"
        if time is None:
            return "'time' is no time"
        found = Correction(
            row["abstract"], tuple(labels), row["paper_id"], row["title"], row["by"], time
        )
        if found.key != row["paper_key"]:
            return "'abstract' is not the one that was stored"
        if not self._follows(found, row["digest"]):
            return "'labels' or 'by' are not those that were stored, or follow a row that is lost"
        return found

    def _follows(self, correction: Correction, digest: str) -> bool:
        """Whether a digest is right after the same person's last row of the same paper."""
        before = {"", self._last.get((correction.key, correction.by), ""), *self._damaged}
        return any(digest == _digest(correction, one) for one in before)


def _digest(correction: Correction, before: str) -> str:
    labels = sorted(correction.labels)
    return sha256_of(json.dumps([correction.key, labels, correction.by, before]))


def _is_whole(text: str) -> bool:
    """Whether a text was UTF-8 where it was read."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _time(text: str) -> datetime | None:
    """A time of the database: SQLite gives it without its zone."""
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
