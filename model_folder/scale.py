"""From logits to calibrated probabilities, and the thresholds on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_COLUMNS = ("slope", "offset", "thresholds")


@dataclass(frozen=True)
class Scale:
    """Probability is sigmoid(slope * logit + offset), by area; an area is given where it reaches
    its threshold. All three are float64 (areas,).

    Where every paper has one area (`single`), the probabilities are those of a softmax, and only
    the most probable area can be given. Where no area reaches its threshold, the most probable one
    is given from the probability `floor` on; 1: never.
    """

    slope: Floats
    offset: Floats
    thresholds: Floats
    single: bool = False
    floor: float = 1.0

    def probabilities(self, logits: Floats) -> Floats:
        """(papers, areas) → the same."""
        scaled = logits * self.slope + self.offset
        return softmax(scaled) if self.single else sigmoid(scaled)

    def given(self, probabilities: Floats) -> NDArray[np.bool_]:
        """The areas that a paper gets, (..., areas) both."""
        given = probabilities >= self.thresholds
        highest = probabilities.max(-1, keepdims=True, initial=0.0)
        if self.single:
            given &= probabilities >= highest
        if self.floor < 1:
            alone = ~given.any(-1, keepdims=True) & (highest >= self.floor)
            given |= alone & (probabilities >= highest)
        return np.asarray(given)

    def as_dict(self) -> dict[str, Any]:
        document: dict[str, Any] = {name: getattr(self, name).tolist() for name in _COLUMNS}
        if self.single:
            document["single"] = True
        if self.floor < 1:
            document["floor"] = self.floor
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Scale:
        """Raises KeyError or ValueError where it is none."""
        slope, offset, thresholds = (
            np.array(document[name], dtype=np.float64) for name in _COLUMNS
        )
        single, floor = bool(document.get("single", False)), float(document.get("floor", 1.0))
        return cls(slope, offset, thresholds, single, floor)

    def with_columns(self, columns: Sequence[Floats]) -> Scale:
        """The same kind of scale with other slopes, offsets and thresholds."""
        slope, offset, thresholds = columns
        return replace(self, slope=slope, offset=offset, thresholds=thresholds)

    @property
    def columns(self) -> tuple[Floats, Floats, Floats]:
        """Slopes, offsets and thresholds."""
        return self.slope, self.offset, self.thresholds


def most_probable(flags: NDArray[np.bool_], probabilities: Floats) -> list[int]:
    """Columns of the flagged areas of one paper, the most probable first; both are (areas,)."""
    return sorted(np.flatnonzero(flags).tolist(), key=lambda area: -probabilities[area])


def mixed(share: float, transformer: NDArray[Any], lexical: NDArray[Any]) -> NDArray[Any]:
    """The logit of both heads, (papers, areas); `share` is the transformer's."""
    return share * transformer + (1 - share) * lexical


def sigmoid(logits: NDArray[Any]) -> NDArray[Any]:
    """1 / (1 + exp(-logits)), without overflow, in the precision of `logits`."""
    return np.asarray(1 / (1 + np.exp(-logits.clip(-50, 50))))


def softmax(logits: Floats) -> Floats:
    """(papers, areas): probabilities that sum to 1 in each row."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))
