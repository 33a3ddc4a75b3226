"""Tagged papers as an Excel workbook, by XlsxWriter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tagstract.labels.errors import InputError
from tagstract.labels.storage.atomic import atomic_writer
from tagstract.labels.storage.workspace import workspace
from tagstract.serving.output.fields import Papers
from tagstract.serving.output.formats import Format
from tagstract.serving.output.rows import Cell, rows_of

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

_MAX_ROWS, _MAX_TEXT = 1_048_576, 32_767
"""What a sheet and a cell of Excel can hold."""

_MAX_NUMBER = 10**15
"""Excel keeps 15 digits of a number; an id must keep them all."""


def write(path: Path, tagged: Papers, taxonomy: Taxonomy, heading: str) -> None:
    """Write one sheet with a header and one row a paper; a longer text than a cell holds is cut.

    Texts are stored as texts: none becomes a formula or a link.

    Raises:
        InputError: more papers than a sheet has rows, or the file can't be written.
    """
    from xlsxwriter.exceptions import XlsxWriterException

    try:
        with (
            atomic_writer(path, "wb") as file,
            workspace(Path(os.path.realpath(path)).parent) as folder,
            _sheet(file, folder) as (sheet, bold),
        ):
            for number, row in enumerate(rows_of(tagged)):
                if number >= _MAX_ROWS:
                    limit = f"{_MAX_ROWS - 1:,}"
                    raise InputError(f"a sheet holds at most {limit} papers; write .csv", str(path))
                for column, value in enumerate(row):
                    _put(sheet, number, column, value, bold if number == 0 else None)
    except XlsxWriterException as error:
        raise InputError(f"can't be written: {error}", str(path)) from error


@contextmanager
def _sheet(file: IO[bytes], folder: Path) -> Iterator[tuple[Any, Any]]:
    """A sheet that is written row by row, by way of `folder`, and the style of its header."""
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(folder),
    }
    workbook = xlsxwriter.Workbook(file, options)
    sheet = workbook.add_worksheet("papers")
    try:
        sheet.freeze_panes(1, 0)
        yield sheet, workbook.add_format({"bold": True})
        workbook.close()
    finally:
        # After a failure the library leaves its temporary file open.
        with suppress(OSError):
            sheet.row_data_fh.close()


def _put(sheet: Any, row: int, column: int, value: Cell, style: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value[:_MAX_TEXT], style)
    elif abs(value) > _MAX_NUMBER:
        sheet.write_string(row, column, str(value), style)
    else:
        sheet.write_number(row, column, value, style)


FORMAT = Format("Excel", (".xlsx",), write)
