"""Tagged papers as Parquet, each column with the type of what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.labels.tagged import FIELDS
from tagstract.serving.output.column_types import ColumnType
from tagstract.serving.output.fields import Papers
from tagstract.serving.output.formats import Format
from tagstract.serving.output.text import json_text, whole

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

_ROWS = 10_000
"""Papers of a row group, which is what is in memory."""


def write(path: Path, tagged: Papers, taxonomy: Taxonomy, heading: str) -> None:
    """Write one row a paper.

    The answer's columns have the types of `Tagged`: `tags` is list<struct<area: string,
    probability: double>>, `evidence` map<string, list<struct<sentence: string, weight: double>>>.
    Another column is bool, int64, double, string or a list of one of these where all papers
    agree; else string, with JSON text for whatever is no text.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = _column_types(tagged)
    kinds = {name: column.arrow() for name, column in columns.items()}
    schema = pa.schema([(whole(name), kind) for name, kind in kinds.items()])
    with atomic_writer(path, "wb") as file, pq.ParquetWriter(file, schema) as writer:
        for rows in _batches(tagged):
            arrays = [
                _array(kind, [paper.get(name) for paper in rows]) for name, kind in kinds.items()
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _column_types(tagged: Papers) -> dict[str, ColumnType]:
    columns: dict[str, ColumnType] = {}
    for paper in tagged:
        for name, value in paper.items():
            if name not in columns:
                columns[name] = ColumnType(name)
            columns[name].see(value)
    for name in FIELDS:
        columns.setdefault(name, ColumnType(name))
    return columns


def _batches(tagged: Papers) -> Iterator[list[dict[str, Any]]]:
    papers = iter(tagged)
    while rows := list(islice(papers, _ROWS)):
        yield rows


def _array(kind: Any, values: list[Any]) -> Any:
    """The values as an Arrow array."""
    import pyarrow as pa

    if kind == pa.string():
        return pa.array([_text(value) for value in values], kind)
    if pa.types.is_map(kind):
        values = [value if value is None else list(value.items()) for value in values]
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        return pa.array(_whole(values), kind)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None else whole(value)
    return whole(json_text(value))


def _whole(value: Any) -> Any:
    """The same nested value, with lone surrogates in its texts replaced."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_whole(item) for item in value)
    return value


FORMAT = Format("Parquet", (".parquet",), write, extra="parquet")
