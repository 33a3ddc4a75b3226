"""The right answers: what the tagger in this process says of each record, model by model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.service.load import Call
from tagstract.labels import STARTER_PATH
from tagstract.model_folder import Model
from tagstract.serving.tagger import Tagger


def starter_papers() -> list[dict[str, Any]]:
    """Titles and abstracts of our own, each with its id."""
    lines = STARTER_PATH.read_text(encoding="utf-8").splitlines()
    return [
        {key: record[key] for key in ("id", "title", "abstract")}
        for record in map(json.loads, lines)
    ]


class Reference:
    """The right answer of every record, from each model that may have given it."""

    def __init__(self, records: Sequence[Any]) -> None:
        self.records = list(records)
        self._right: dict[str, list[dict[str, Any]]] = {}

    @property
    def tags(self) -> list[str]:
        """`name:version` of the models, in the order in which they were added."""
        return list(self._right)

    def add(self, folder: Path) -> str:
        """Tag all records with a model; returns its `name:version`."""
        model = Model.load(folder)
        self._right[model.tag] = [answer.as_dict() for answer in Tagger(model).tag(self.records)]
        return model.tag

    def fault(self, rows: Sequence[int], answer: Any, extra: tuple[str, ...] = ()) -> str | None:
        """What is wrong with the answer to a call with the records of `rows`, or None.

        Args:
            extra: fields that a tagged paper may have beside those of `/tag`.
        """
        if not isinstance(answer, list):
            return f"no list but {str(answer)[:80]}"
        if len(answer) != len(rows):
            return f"{len(answer)} answers to {len(rows)} papers"
        models = {one.get("model") if isinstance(one, dict) else None for one in answer}
        if len(models) != 1:
            return f"a call answered by {len(models)} models: {models}"
        [model] = models
        right = self._right.get(model) if isinstance(model, str) else None
        if right is None:
            return f"answered by {model!r}, which is none of {sorted(self._right)}"
        for place, (row, found) in enumerate(zip(rows, answer, strict=True)):
            fault = _difference(found, right[row], extra)
            if fault:
                return f"paper {place} of {len(rows)}: {fault}"
        return None

    def feed(self, rows: Sequence[int]) -> Call:
        """A call with the good records of `rows` as a feed, JSON in lines."""
        body = "".join(json.dumps(self.records[row]) + "\n" for row in rows).encode()
        return Call("/feed", body, len(rows), lambda answer: self.fault(rows, answer))

    def call(self, rows: Sequence[int], path: str = "/tag", extra: tuple[str, ...] = ()) -> Call:
        """A call with the records of `rows`."""
        body = json.dumps({"papers": [self.records[row] for row in rows]}).encode()
        return Call(path, body, len(rows), lambda answer: self.fault(rows, answer, extra))


def _difference(found: dict[str, Any], right: dict[str, Any], extra: tuple[str, ...]) -> str | None:
    """Where a tagged paper is not the right one, or None."""
    rest = {key: value for key, value in found.items() if key != "tags" and key not in extra}
    if rest != {key: value for key, value in right.items() if key != "tags"}:
        odd = sorted(key for key in {*rest, *right} - {"tags"} if rest.get(key) != right.get(key))
        return f"{', '.join(odd)}: {[str(rest.get(key))[:60] for key in odd]}"
    if any(key not in found for key in extra):
        return f"without {', '.join(extra)}"
    if found["tags"] != right["tags"]:
        return f"tags {str(found['tags'])[:120]} in place of {str(right['tags'])[:120]}"
    return None
