"""Records out of tables: CSV by rows, Parquet by row groups."""

from __future__ import annotations

import base64
import csv
import datetime
import decimal
import io
import math
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tagstract.labels.errors import InputError
from tagstract.labels.extras import need
from tagstract.labels.files import shown

if TYPE_CHECKING:
    import pyarrow as pa

MAX_LINE = 1 << 20
"""Characters in one record; no abstract comes near, what is longer is no record."""

Line = tuple[int, dict[str, Any] | str]
"""Where a record starts, counted from 1, and the record or what is wrong with it."""

_FIELDS = ("id", "title", "abstract", "labels")
_NAME = re.compile(r"\w[\w .:/()-]{0,39}")
_ROWS = 1024
_RESTARTS = 10

# The csv module's own limit of 131,072 characters would spoil the rows after a long cell.
csv.field_size_limit(2**31 - 1)


def looks_like_csv(data: bytes) -> bool:
    """Whether the first row reads like a header: known names, or short names and a row as wide."""
    head = data[:MAX_LINE].decode(errors="replace")
    delimiter = _delimiter(head)
    rows = _first_rows(head, delimiter)
    names = [name.strip().lower() for name in rows[0]] if rows else []
    even = len(rows) > 1 and len(rows[1]) == len(names)
    if "abstract" in names:
        return even or len(names) > 1
    if len(names) < 2 or not all(_NAME.fullmatch(name) for name in names if name):
        return False
    return even or any(name in _FIELDS for name in names)


def read_csv(data: bytes, source: str, needed: Sequence[str]) -> Iterator[Line]:
    """Rows as records; `,`, `;` and tab are told from the header. Unnamed columns are left out.

    Raises:
        InputError: the header is not UTF-8, names a column twice or misses one of `needed`.
    """
    file = io.TextIOWrapper(
        io.BytesIO(data), encoding="utf-8-sig", errors="surrogateescape", newline=""
    )
    delimiter = _delimiter(data[:MAX_LINE].decode(errors="replace"))
    reader = csv.reader(file, delimiter=delimiter)
    header = next((row for row in reader if row), [])
    if not _is_utf8(header):
        raise InputError("is not UTF-8; save it as UTF-8", source, 1)
    columns = _columns(header, needed, source)
    return _csv_rows(file, delimiter, columns, reader.line_num + 1)


def read_parquet(data: bytes, source: str, needed: Sequence[str]) -> Iterator[Line]:
    """Rows as records. Times become ISO text, bytes text, NaN None, decimals numbers.

    Raises:
        InputError: damaged, or a column is there twice or misses.
    """
    need("parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        names = file.schema_arrow.names
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError("is damaged Parquet; write or fetch it again", source) from error
    return _parquet_rows(file, source, _columns(names, needed, source))


def _columns(names: Sequence[str], needed: Sequence[str], source: str) -> list[str]:
    """Names of the columns in order; those we know in small letters, the unnamed as ''."""
    columns = []
    for name in names:
        small = name.strip().lower()
        columns.append(small if small in _FIELDS else name.strip())
    known = shown(", ".join(column for column in columns if column), 200)
    for name in needed:
        if name not in columns:
            raise InputError(f"has no column '{name}'; its columns are: {known}", source, 1)
    for column in columns:
        if column and columns.count(column) > 1:
            raise InputError(f"has the column '{shown(column)}' twice", source, 1)
    return columns


def _first_rows(head: str, delimiter: str) -> list[list[str]]:
    """The header and the row after it."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) == 2:
                break
    except csv.Error:
        pass
    return rows


def _delimiter(head: str) -> str:
    """The one under which the header names `abstract`, else the one that makes most cells."""

    def rank(delimiter: str) -> tuple[bool, int]:
        header = (_first_rows(head, delimiter) or [[]])[0]
        return "abstract" in (name.strip().lower() for name in header), len(header)

    return max(",;\t", key=rank)


def _csv_rows(
    lines: Iterator[str], delimiter: str, columns: list[str], first: int
) -> Iterator[Line]:
    """Rows under the header; `first` is the line that `lines` starts with."""
    for _ in range(_RESTARTS):
        raw: list[str] = []
        reader = csv.reader(_noted(lines, raw), delimiter=delimiter)
        start = first
        try:
            for row in reader:
                if row and _never_closed(raw, delimiter):
                    break
                if row:
                    yield start, _csv_record(row, columns, len(raw))
                raw.clear()
                start = first + reader.line_num
            else:
                return
        except csv.Error as error:
            yield start, f"not CSV ({error})"
            first += reader.line_num
            continue
        # The quote has swallowed the rest; go on where a line is a whole row again.
        lost = _next_row(raw, delimiter, len(columns))
        more = f"; it takes {lost} lines" if lost > 1 else ""
        yield start, f"a quoted cell is never closed{more}; close it with a '\"'"
        lines, first = iter(raw[lost:]), start + lost
    if next(lines, None) is not None:
        yield first, "too many quoted cells are never closed; what follows is left out"


def _noted(lines: Iterator[str], raw: list[str]) -> Iterator[str]:
    """Pass lines on and keep those of the row that is being read."""
    for line in lines:
        raw.append(line)
        yield line


def _next_row(raw: list[str], delimiter: str, width: int) -> int:
    """Index of the first line behind line 0 that is a row of `width` cells by itself."""
    for index, line in enumerate(raw[1:], 1):
        try:
            row = next(csv.reader([line], delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue
        if len(row) == width > 1:
            return index
    return len(raw)


def _csv_record(row: list[str], columns: list[str], lines: int) -> dict[str, Any] | str:
    length = sum(map(len, row))
    if length > MAX_LINE:
        return f"a row of {length:,} characters; at most {MAX_LINE:,} are read"
    if len(row) != len(columns):
        if lines > 1:
            return f"{lines} lines with {len(row)} cells, not {len(columns)}; is a quote too much?"
        return f"{len(row)} cells, not {len(columns)}; quote a cell that holds the delimiter"
    if not _is_utf8(row):
        return "is not UTF-8; save it as UTF-8"
    if any("\0" in cell for cell in row):
        return "holds a NUL character; save it as text"
    return {name: cell for name, cell in zip(columns, row, strict=True) if name}


def _never_closed(raw: list[str], delimiter: str) -> bool:
    """Whether the file ends inside a quoted cell, which the reader itself lets pass."""
    if not any('"' in line for line in raw):
        return False
    # An open quote takes in the line behind its row; else that is a row of its own.
    return len(list(csv.reader([*raw, "behind"], delimiter=delimiter))) == 1


def _is_utf8(row: list[str]) -> bool:
    try:
        return all(cell.isascii() or cell.encode() for cell in row)
    except UnicodeEncodeError:
        return False


def _parquet_rows(file: Any, source: str, columns: list[str]) -> Iterator[Line]:
    import pyarrow as pa

    first = 1
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        number = first
        try:
            for batch in file.iter_batches(batch_size=_ROWS, row_groups=[group]):
                for record in _batch_records(batch, columns):
                    yield number, record
                    number += 1
        except (pa.ArrowException, OSError, ValueError) as error:
            if file.num_row_groups == 1:
                raise InputError("is damaged Parquet; write or fetch it again", source) from error
            left = first + rows - number
            yield number, f"row group {group + 1} is damaged; {left:,} rows are left out"
        first += rows


def _batch_records(batch: pa.RecordBatch, columns: list[str]) -> Iterator[dict[str, Any] | str]:
    import pyarrow as pa

    for index, column in enumerate(batch.columns):
        kind = _microseconds(column.type)
        if kind is not None:
            batch = batch.set_column(
                index, batch.schema.names[index], column.cast(kind, safe=False)
            )
    try:
        cells = [column.to_pylist() for column in batch.columns]
    except (pa.ArrowException, ValueError, OverflowError):
        for row in range(batch.num_rows):
            try:
                yield _plain_record(columns, [column[row].as_py() for column in batch.columns])
            except (pa.ArrowException, ValueError, OverflowError):
                yield "holds text that is not UTF-8 or a value out of range; write it again"
        return
    for values in zip(*cells, strict=True):
        yield _plain_record(columns, values)


def _microseconds(kind: Any) -> Any:
    """The type a column of nanoseconds is cut to: Python's times end at microseconds."""
    import pyarrow as pa

    if getattr(kind, "unit", None) != "ns":
        return None
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz)
    return pa.duration("us") if pa.types.is_duration(kind) else pa.time64("us")


def _plain_record(columns: list[str], values: Sequence[Any]) -> dict[str, Any] | str:
    record = {name: _plain(value) for name, value in zip(columns, values, strict=True) if name}
    length = sum(len(value) for value in record.values() if isinstance(value, str))
    if length > MAX_LINE:
        return f"a row of {length:,} characters; at most {MAX_LINE:,} are read"
    return record


def _plain(value: Any) -> Any:
    """A value of Arrow as JSON can write it."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        # Only a map's entries come as tuples.
        if value and isinstance(value[0], tuple):
            return {str(_plain(key)): _plain(item) for key, item in value}
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    return str(value)
