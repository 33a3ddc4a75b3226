"""CSV and TSV: exports of reference managers and databases, spreadsheets saved as text."""

from __future__ import annotations

from collections.abc import Iterator

from tagstract.labels.errors import InputError
from tagstract.labels.files import shown
from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.rows.delimited import read_delimited
from tagstract.labels.io.rows.layouts import Layout, layout_of
from tagstract.labels.io.sources.source import Source


def detects(source: Source) -> bool:
    return _layout(source) is not None


def read(source: Source) -> Iterator[Line]:
    """Rows as records.

    Raises:
        InputError: no column has the name of a title or an abstract, and none holds prose.
    """
    layout = _layout(source)
    if layout is None:
        first = next((line for line in source.start.splitlines() if line.strip()), "")
        raise InputError(
            "has no column with abstracts or titles; its first line is "
            f"'{shown(first, 200)}'; choose the column with --map abstract=COLUMN",
            source.name,
        )
    return read_delimited(source, layout)


def _layout(source: Source) -> Layout | None:
    return layout_of(source.start, source.mapped)


FORMAT = Format(
    name="csv",
    title="CSV, TSV: Zotero, Scopus, Web of Science, IEEE Xplore, Embase, Dimensions, EPPI, "
    "Covidence, DSpace, RefWorks, Annif",
    detected="a row with names of a paper's fields, or a column of prose; `,`, `;`, tab or a "
    "vertical bar between cells",
    kept="every column with a name; of two with one name the second as `NAME (2)`",
    detects=detects,
    read=read,
    order=60,
    aliases=("tsv",),
)
