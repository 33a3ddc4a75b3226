"""From logits to calibrated probabilities, and the thresholds on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """Probability is sigmoid(slope * logit + offset), by area; an area is given where it reaches
    its threshold. All three are float64 (areas,)."""

    slope: Floats
    offset: Floats
    thresholds: Floats

    def probabilities(self, logits: Floats) -> Floats:
        """(papers, areas) → the same."""
        return sigmoid(logits * self.slope + self.offset)

    def as_dict(self) -> dict[str, list[float]]:
        return {name: values.tolist() for name, values in asdict(self).items()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Scale:
        """Raises KeyError or ValueError where it is none."""
        names = ("slope", "offset", "thresholds")
        return cls(*(np.array(document[name], dtype=np.float64) for name in names))


def most_probable(flags: NDArray[np.bool_], probabilities: Floats) -> list[int]:
    """Columns of the flagged areas of one paper, the most probable first; both are (areas,)."""
    return sorted(np.flatnonzero(flags).tolist(), key=lambda area: -probabilities[area])


def mixed(share: float, transformer: NDArray[Any], lexical: NDArray[Any]) -> NDArray[Any]:
    """The logit of both heads, (papers, areas); `share` is the transformer's."""
    return share * transformer + (1 - share) * lexical


def sigmoid(logits: NDArray[Any]) -> NDArray[Any]:
    """1 / (1 + exp(-logits)), without overflow, in the precision of `logits`."""
    return np.asarray(1 / (1 + np.exp(-logits.clip(-50, 50))))
