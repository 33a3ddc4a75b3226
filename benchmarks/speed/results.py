"""What was measured of each peer, kept on disk after every step: a stopped run goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Result:
    """The figures of one peer.

    f1: micro-F1 on each labelled set, 0 to 1.
    size: the batch size that was fastest.
    rounds: of each round `start_cpu` and `start` (seconds to the first tagged paper, of processor
        and of clock), `one_ms`, `rate` (abstracts a second) and `memory_mb`.
    """

    f1: list[float]
    size: int
    rounds: list[dict[str, float]]

    def median(self, name: str) -> float:
        """Over the rounds."""
        return median(one[name] for one in self.rounds)

    def range(self, name: str) -> tuple[float, float]:
        """The least and the most of the rounds."""
        values = [one[name] for one in self.rounds]
        return min(values), max(values)


@dataclass
class Kept:
    """What is known of one peer so far; written after each change.

    key: what it depends on. What was kept with another key is forgotten.
    """

    path: Path
    key: str
    state: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def at(cls, path: Path, key: str) -> Kept:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            document = {}
        return cls(path, key, document.get("state", {}) if document.get("key") == key else {})

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What `make` gave when it was called first."""
        if name not in self.state:
            self.put(name, make())
        return self.state[name]

    def put(self, name: str, value: Any) -> None:
        self.state[name] = value
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".partial")
        temporary.write_text(json.dumps({"key": self.key, "state": self.state}), encoding="utf-8")
        os.replace(temporary, self.path)

    @property
    def rounds(self) -> list[dict[str, float]]:
        return list(self.state.get("rounds", []))

    def result(self) -> Result | None:
        """The figures; None where there is no round yet."""
        if not self.rounds:
            return None
        return Result(self.state["score"]["f1"], self.state["size"], self.rounds)
