"""Spreadsheets of Excel and LibreOffice."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterator
from typing import Any

from tagstract.labels.errors import InputError
from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.rows.delimited import records_of_rows
from tagstract.labels.io.sources.source import Source

_OLD = b"\xd0\xcf\x11\xe0"
MAX_UNPACKED = 256 << 20
"""Bytes of the XML in a spreadsheet: far more than its million rows of abstracts would be read."""


def detects(source: Source) -> bool:
    return source.head.startswith((b"PK\x03\x04", _OLD))


def read(source: Source) -> Iterator[Line]:
    """The rows of each sheet that is a table of papers, as records.

    Raises:
        InputError: damaged, too large, or no sheet has titles or abstracts.
    """
    data = source.read()
    _refuse_large(data, source)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise InputError("is a damaged spreadsheet; save it again", source.name) from error
    except BaseException as error:  # a panic of the library is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise InputError("is a damaged spreadsheet; save it again", source.name) from error
    found = False
    for name, rows in sheets.items():
        texts = ([_text(cell) for cell in row] for row in rows)
        for line in records_of_rows(texts, source, source.mapped):
            if not found and len(sheets) > 1:
                source.notes.add(f"its sheet '{name}' is read")
            found = True
            yield line
    if not found and not any(any(map(str, row)) for rows in sheets.values() for row in rows[1:]):
        return
    if not found:
        raise InputError(
            "has no column with titles or abstracts; choose one with --map abstract=COLUMN",
            source.name,
        )


def _refuse_large(data: bytes, source: Source) -> None:
    if data.startswith(_OLD):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise InputError("is a damaged spreadsheet; save it again", source.name) from error
    if size > MAX_UNPACKED:
        raise InputError(
            f"unpacks to more than {MAX_UNPACKED >> 20} MiB; save it as CSV", source.name
        )


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


FORMAT = Format(
    name="xlsx",
    title="Spreadsheets: .xlsx, .xlsm, .xlsb, .xls, .ods",
    detected="its first bytes",
    kept="every column with a name, as text; every sheet that has papers",
    detects=detects,
    read=read,
    order=11,
    aliases=("excel", "xls", "ods"),
)
