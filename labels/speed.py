"""How much accuracy a user trades for speed."""

from __future__ import annotations

from enum import StrEnum

from tagstract.labels.errors import InputError


class Speed(StrEnum):
    """Which stages of a model may answer.

    BEST: the full model answers every paper.
    BALANCED: the cheap stages answer where that costs about 0.1 points of micro-F1 on held-out
        papers.
    FAST: the same, about 0.5 points.
    """

    BEST = "best"
    BALANCED = "balanced"
    FAST = "fast"

    @classmethod
    def read(cls, text: str) -> Speed:
        """Parse a user's choice.

        Raises:
            InputError: it is none of the three.
        """
        try:
            return cls(text)
        except ValueError:
            choices = ", ".join(cls)
            raise InputError(f"unknown speed '{text}'; choose one of {choices}") from None
