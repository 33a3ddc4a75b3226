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
from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.rows.delimited import MAX_LINE
from tagstract.labels.io.sources.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 1024


def detects(source: Source) -> bool:
    return source.head.startswith(b"PAR1")


def read(source: Source) -> Iterator[Line]:
    """Rows as records. Times become ISO text, bytes text, NaN None, decimals numbers.

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
        raise InputError("is damaged Parquet; write or fetch it again", source.name) from error
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
                for record in _batch_records(batch, columns):
                    yield number, record
                    number += 1
        except (pa.ArrowException, OSError, ValueError) as error:
            if file.num_row_groups == 1:
                raise InputError(
                    "is damaged Parquet; write or fetch it again", source.name
                ) from error
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
                yield _record(columns, [column[row].as_py() for column in batch.columns])
            except (pa.ArrowException, ValueError, OverflowError):
                yield "holds text that is not UTF-8 or a value out of range; write it again"
        return
    for values in zip(*cells, strict=True):
        yield _record(columns, values)


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


FORMAT = Format(
    name="parquet",
    title="Parquet",
    detected="its first bytes",
    kept="every column with a name",
    detects=detects,
    read=read,
    order=10,
)
