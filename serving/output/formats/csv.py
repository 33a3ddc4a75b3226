"""Tagged papers as CSV (RFC 4180, UTF-8): one row a paper, lists joined by `;`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.serving.output.fields import Papers
from tagstract.serving.output.formats import Format
from tagstract.serving.output.rows import rows_of

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula may begin; the last four are the wide forms of the first."""


def write(path: Path, tagged: Papers, taxonomy: Taxonomy, heading: str) -> None:
    """Write a header and one row a paper; `rows.rows_of` says what the cells hold.

    A text that a spreadsheet would run as a formula gets an apostrophe before it, as OWASP
    recommends against CSV injection.
    """
    with atomic_writer(path) as file:
        # The default line end, \r\n: with \n alone, Python 3.11 leaves a \r in a cell unquoted.
        writer = csv.writer(file)
        for row in rows_of(tagged):
            writer.writerow(map(_cell, row))


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return str(value)


FORMAT = Format("CSV", (".csv",), write)
