"""The columns of a table of tagged papers."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

FIXED = ("tags", "status", "reason", "truncated", "model")
"""What every tagged paper has; a table has these columns even when it has no papers."""


def field_names(tagged: Iterable[dict[str, Any]]) -> list[str]:
    """Every field of any paper, in the order in which they are first seen."""
    return list(dict.fromkeys(chain(chain.from_iterable(tagged), FIXED)))
