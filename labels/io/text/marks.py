"""Combining marks: accents and the like, which Unicode lets stand in a row without end."""

from __future__ import annotations

import unicodedata

__all__ = ["stream_safe"]

_MAX_ROW = 30
"""Of Unicode's Stream-Safe Text Format (UAX #15): no language needs as many."""


def stream_safe(text: str) -> str:
    """The text with at most 30 combining marks in a row.

    Python's `unicodedata.normalize` sorts a row of marks in the square of its length.
    """
    if text.isascii() or len(text) <= _MAX_ROW:
        return text
    kept, row = [], 0
    for letter in text:
        row = row + 1 if unicodedata.combining(letter) else 0
        if row <= _MAX_ROW:
            kept.append(letter)
    return "".join(kept)
