"""The operating point: from which probability on areas are given."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagstract.labels.errors import InputError

if TYPE_CHECKING:
    from tagstract.model_folder import Model

_BY_PRECISION = "precision="


@dataclass(frozen=True)
class Asked:
    """A threshold as it is asked for: a probability, or a precision."""

    number: float
    by_precision: bool

    @classmethod
    def read(cls, text: str) -> Asked:
        """From `P` or `precision=P`.

        Raises:
            argparse.ArgumentTypeError: it is neither.
        """
        try:
            number = float(text.removeprefix(_BY_PRECISION))
        except ValueError:
            number = math.nan
        if not 0 <= number <= 1:
            message = f"'{text}': use a probability from 0 to 1, or {_BY_PRECISION}P"
            raise argparse.ArgumentTypeError(message)
        return cls(number, text.startswith(_BY_PRECISION))

    def threshold(self, model: Model) -> float:
        """The probability: the number itself or, by precision, the lowest from which on that share
        of the tags a model gave to held-out papers was right (its `operating_points`).

        Raises:
            InputError: no threshold of the model is as precise, or none was measured.
        """
        if not self.by_precision:
            return self.number
        points: list[dict[str, Any]] = model.metrics.get("operating_points") or []
        if not points:
            raise InputError("has no measured precisions; train it again", model.tag)
        found = math.inf
        for point in sorted(points, key=lambda point: -float(point["threshold"])):
            if point["precision"] < self.number:
                break
            found = float(point["threshold"])
        if math.isinf(found):
            best = max(math.floor(point["precision"] * 1000) / 1000 for point in points)
            message = f"no threshold reaches precision {self.number:g}; the highest is {best:g}"
            raise InputError(message, model.tag)
        return found
