"""What every format takes, and the columns of a table of it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from tagstract.labels.tagged import FIELDS

Papers = Iterable[dict[str, Any]]
"""Tagged papers in their order; can be iterated more than once."""


def field_names(tagged: Papers) -> list[str]:
    """Every field of any paper, in the order in which they are first seen.

    A table has the columns of the answer even when it has no papers.
    """
    return list(dict.fromkeys(chain(chain.from_iterable(tagged), FIELDS)))
