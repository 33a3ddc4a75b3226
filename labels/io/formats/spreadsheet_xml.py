"""Excel's XML of 2003, which Microsoft CMT and other systems call .xls."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from tagstract.labels.errors import InputError
from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.rows.delimited import records_of_rows
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.trees.xml import below, children, parse_xml, raw_text, root_name

_INDEX = "{urn:schemas-microsoft-com:office:spreadsheet}Index"
_MAX_COLUMNS = 16_384


def detects(source: Source) -> bool:
    return root_name(source.head) == "Workbook"


def read(source: Source) -> Iterator[Line]:
    """The rows of each sheet that is a table of papers.

    Raises:
        InputError: no sheet has titles or abstracts.
    """
    root = parse_xml(source)
    found = False
    for sheet in below(root, "Worksheet"):
        rows = (_cells(row) for row in below(sheet, "Row"))
        for line in records_of_rows(rows, source, source.mapped):
            found = True
            yield line
    if not found:
        raise InputError(
            "has no column with titles or abstracts; choose one with --map abstract=COLUMN",
            source.name,
        )


def _cells(row: etree._Element) -> list[str]:
    """A row's cells; one that says its place leaves those before it empty."""
    cells: list[str] = []
    for cell in children(row, "Cell"):
        place = cell.get(_INDEX, "")
        if place.isascii() and place.isdigit() and len(cells) < int(place) <= _MAX_COLUMNS:
            cells += [""] * (int(place) - 1 - len(cells))
        cells.append(" ".join(raw_text(data) for data in children(cell, "Data")))
    return cells


FORMAT = Format(
    name="spreadsheet-xml",
    title="Excel's XML of 2003: Microsoft CMT",
    detected="the root element `Workbook`",
    kept="every column with a name, as text; every sheet that has papers",
    detects=detects,
    read=read,
    order=20,
    aliases=("xml-spreadsheet",),
)
