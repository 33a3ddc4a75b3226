"""Parquet, by row groups."""

from __future__ import annotations

import base64
import datetime
import decimal
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tagstract.labels.errors import InputError
from tagstract.labels.extras import need
from tagstract.labels.files import shown
from tagstract.labels.io.formats import Format
from tagstract.labels.io.names import abstract_rank, title_rank
from tagstract.labels.io.problem import Line
from tagstract.labels.io.rows.delimited import MAX_LINE
from tagstract.labels.io.sources.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 1024

_UNREADABLE = object()
"""Stands for a value that Python has no form for: a far date, an unknown zone, no UTF-8."""


def detects(source: Source) -> bool:
    return source.head.startswith(b"PAR1")


def read(source: Source) -> Iterator[Line]:
    """Rows as records. Times become ISO text, bytes text, NaN None, decimals numbers.

    A value that can't be read costs its paper only where it is the title or the abstract.

    Raises:
        InputError: damaged, at once or where the rows are read.
    """
    need("parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        stored = source.stored_path()
        file = pq.ParquetFile(stored or pa.BufferReader(source.read()))
        columns = _unique(file.schema_arrow.names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(
            "is a damaged Parquet file; write or download it again", source.name
        ) from error
    return _rows(file, source, columns)


def _unique(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in (name.strip() for name in names):
        count = 2
        unique = name
        while unique and unique in found:
            unique, count = f"{name} ({count})", count + 1
        found.append(unique)
    return found


def _rows(file: Any, source: Source, columns: list[str]) -> Iterator[Line]:
    import pyarrow as pa

    first = 1
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        number = first
        try:
            for batch in file.iter_batches(batch_size=_ROWS, row_groups=[group]):
                for record in _batch_records(batch, columns, source):
                    yield number, record
                    number += 1
        except (pa.ArrowException, OSError, ValueError) as error:
            if file.num_row_groups == 1:
                raise InputError(
                    "is a damaged Parquet file; write or download it again", source.name
                ) from error
            left = first + rows - number
            yield number, f"row group {group + 1} is damaged; {left:,} rows were skipped"
        first += rows


def _batch_records(
    batch: pa.RecordBatch, columns: list[str], source: Source
) -> Iterator[dict[str, Any] | str]:
    cells = [_cells(column) for column in batch.columns]
    for values in zip(*cells, strict=True):
        odd = [name for name, value in zip(columns, values, strict=True) if value is _UNREADABLE]
        needed = [name for name in odd if _is_needed(name, source)]
        if needed:
            yield f"'{shown(needed[0])}' holds text that is not UTF-8; write it again"
            continue
        for name in odd:
            source.notes.add(f"values of '{shown(name)}' that can't be read were left out")
        yield _record(columns, [None if value is _UNREADABLE else value for value in values])


def _is_needed(name: str, source: Source) -> bool:
    wanted = title_rank(name) is not None or abstract_rank(name) is not None
    return wanted or name in source.mapped


def _cells(column: Any) -> list[Any]:
    """The values of a column; `_UNREADABLE` for what Python has no form for."""
    import pyarrow as pa

    kind = _microseconds(column.type)
    if kind is not None:
        column = column.cast(kind, safe=False)
    # An unknown zone: the moment is known all the same. KeyError: so it is told by zoneinfo.
    failures = (pa.ArrowException, ValueError, OverflowError, KeyError)
    for kept in (column, _in_utc(column)):
        try:
            return list(kept.to_pylist())
        except failures:
            column = kept
    cells = []
    for value in column:
        try:
            cells.append(value.as_py())
        except failures:
            cells.append(_UNREADABLE)
    return cells


def _in_utc(column: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        return column.cast(pa.timestamp(column.type.unit, "UTC"))
    return column


def _microseconds(kind: Any) -> Any:
    """The type a column of nanoseconds is cut to: Python's times end at microseconds."""
    import pyarrow as pa

    if getattr(kind, "unit", None) != "ns":
        return None
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz)
    return pa.duration("us") if pa.types.is_duration(kind) else pa.time64("us")


def _record(columns: list[str], values: Sequence[Any]) -> dict[str, Any] | str:
    record = {name: _plain(value) for name, value in zip(columns, values, strict=True) if name}
    length = sum(len(value) for value in record.values() if isinstance(value, str))
    if length > MAX_LINE:
        return f"a row of {length:,} characters; the maximum is {MAX_LINE:,}"
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


FORMAT = Format(
    name="parquet",
    title="Parquet",
    detected="its first bytes",
    kept="every column with a name",
    detects=detects,
    read=read,
    order=10,
)
