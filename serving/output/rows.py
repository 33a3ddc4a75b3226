"""Tagged papers as rows of a table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from tagstract.serving.output.fields import Papers, field_names
from tagstract.serving.output.text import json_text, whole

__all__ = ["PROBABILITIES", "Cell", "rows_of"]

PROBABILITIES = "tag_probabilities"
"""The column right behind `tags`: the tags' probabilities in their order, joined by `;`."""

Cell = str | float | None


def rows_of(tagged: Papers) -> Iterator[list[Cell]]:
    """A header, then one row a paper.

    `tags` holds area ids and `labels` what it held, joined by `;`; other lists and objects are
    JSON text, numbers are numbers, a missing value is None.
    """
    # A paper that was tagged before brings an older column of this name with it.
    names = [name for name in field_names(tagged) if name != PROBABILITIES]
    place = names.index("tags") + 1
    yield [whole(name) for name in [*names[:place], PROBABILITIES, *names[place:]]]
    for paper in tagged:
        tags = paper.get("tags") or []
        row = [_cell(name, paper.get(name)) for name in names]
        row[place - 1] = ";".join(whole(tag["area"]) for tag in tags)
        row.insert(place, ";".join(str(tag["probability"]) for tag in tags))
        yield row


def _cell(name: str, value: Any) -> Cell:
    if isinstance(value, str):
        return whole(value)
    if type(value) in (int, float):
        return value if math.isfinite(value) else None
    if value is None:
        return None
    if name == "labels" and isinstance(value, list):
        return whole(";".join(map(str, value)))
    return whole(json_text(value))
