"""Tagged papers as Parquet, each column with the type of what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.atomic import atomic_writer
from tagstract.serving.output.evidence import is_evidence
from tagstract.serving.output.fields import field_names
from tagstract.serving.output.text import json_text, whole

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

_TEXT = {"status", "reason", "model"}


def write(path: Path, tagged: Sequence[dict[str, Any]], taxonomy: Taxonomy, heading: str) -> None:
    """Write one row a paper.

    `tags` is list<struct<area: string, probability: double>>, `probabilities`
    map<string, double>, `evidence` map<string, list<struct<sentence: string, weight: double>>>.
    Another column is bool, int64, double, string or a list of one of these where all papers
    agree; else string, with JSON text for whatever is no text.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = field_names(tagged)
    columns = [_column(name, [paper.get(name) for paper in tagged]) for name in names]
    table = pa.Table.from_arrays(columns, names=[whole(name) for name in names])
    with atomic_writer(path, "wb") as file:
        pq.write_table(table, file)


def _column(name: str, values: list[Any]) -> Any:
    """The values as an Arrow array."""
    import pyarrow as pa

    kind = _named_kind(name, values) or _kind(values)
    if kind == pa.string():
        return pa.array([_text(value) for value in values], kind)
    if pa.types.is_map(kind):
        values = [value if value is None else list(value.items()) for value in values]
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        return pa.array(_whole(values), kind)
    except (pa.ArrowException, OverflowError):  # an integer too big for its type
        return pa.array([_text(value) for value in values], pa.string())


def _named_kind(name: str, values: list[Any]) -> Any:
    """The Arrow type of a column that the contract names, else None."""
    import pyarrow as pa

    if name in _TEXT:
        return pa.string()
    if name == "truncated" and all(type(value) in (bool, type(None)) for value in values):
        return pa.bool_()
    if name == "tags":
        return pa.list_(pa.struct([("area", pa.string()), ("probability", pa.float64())]))
    given = [value for value in values if value is not None]
    if name == "probabilities" and all(map(_is_scores, given)):
        return pa.map_(pa.string(), pa.float64())
    if name == "evidence" and all(map(is_evidence, given)):
        sentence = pa.struct([("sentence", pa.string()), ("weight", pa.float64())])
        return pa.map_(pa.string(), pa.list_(sentence))
    return None


def _kind(values: list[Any]) -> Any:
    """The Arrow type that fits all values; string where none does or all are missing."""
    import pyarrow as pa

    types = _types(values)
    if types == {list}:
        inner = _types([item for value in values for item in value or ()])
        if inner <= {str}:
            return pa.list_(pa.string())
        scalar = _scalar(inner)
        return pa.string() if scalar == pa.string() else pa.list_(scalar)
    return _scalar(types)


def _types(values: list[Any]) -> set[type]:
    return {type(value) for value in values} - {type(None)}


def _scalar(types: set[type]) -> Any:
    import pyarrow as pa

    if types == {bool}:
        return pa.bool_()
    if types == {int}:
        return pa.int64()
    return pa.float64() if types and types <= {int, float} else pa.string()


def _is_scores(value: Any) -> bool:
    return isinstance(value, dict) and all(type(score) in (int, float) for score in value.values())


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
