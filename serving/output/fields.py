"""The columns of a table of tagged papers."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from tagstract.labels.tagged import FIELDS


def field_names(tagged: Iterable[dict[str, Any]]) -> list[str]:
    """Every field of any paper, in the order in which they are first seen.

    A table has the columns of the answer even when it has no papers.
    """
    return list(dict.fromkeys(chain(chain.from_iterable(tagged), FIELDS)))
