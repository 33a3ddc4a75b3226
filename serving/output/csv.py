"""Tagged papers as CSV (RFC 4180, UTF-8): one row a paper, lists joined by `;`."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.atomic import atomic_writer
from tagstract.serving.output.fields import field_names
from tagstract.serving.output.text import json_text, whole

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

PROBABILITIES = "tag_probabilities"
"""The column right behind `tags`: the tags' probabilities in their order, joined by `;`."""


def write(path: Path, tagged: Sequence[dict[str, Any]], taxonomy: Taxonomy, heading: str) -> None:
    """Write a header and one row a paper.

    `tags` holds area ids and `labels` what it held, joined by `;`; other lists and objects are
    JSON text; a missing value is an empty cell.
    """
    # A paper that was tagged before brings an older column of this name with it.
    names = [name for name in field_names(tagged) if name != PROBABILITIES]
    place = names.index("tags") + 1
    with atomic_writer(path) as file:
        # The default line end, \r\n: with \n alone, Python 3.11 leaves a \r in a cell unquoted.
        writer = csv.writer(file)
        writer.writerow(map(whole, [*names[:place], PROBABILITIES, *names[place:]]))
        for paper in tagged:
            tags = paper.get("tags") or []
            row = [_cell(name, paper.get(name)) for name in names]
            row[place - 1] = ";".join(whole(tag["area"]) for tag in tags)
            row.insert(place, ";".join(str(tag["probability"]) for tag in tags))
            writer.writerow(row)


def _cell(name: str, value: Any) -> str:
    if isinstance(value, str):
        return whole(value)
    if value is None or value != value:  # NaN is what differs from itself
        return ""
    if name == "labels" and isinstance(value, list):
        return whole(";".join(map(str, value)))
    return whole(json_text(value))
