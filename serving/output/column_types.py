"""The Arrow type that fits every value of a column, from one look at each value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from tagstract.labels.tagged import TYPES, is_answer

__all__ = ["ColumnType"]

_INT64, _EXACT = 1 << 63, 1 << 53
"""Integers below these (without sign) fit into an int64, and into a double without loss."""


class ColumnType:
    """Collects what a column holds; `arrow` then gives its type.

    Args:
        name: of the column; one of the answer's has the type that it has in `Tagged`.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._types: set[type] = set()
        self._items: set[type] = set()
        self._largest = 0
        self._is_answer = name in TYPES

    def see(self, value: Any) -> None:
        """Take a value into account; None fits any type."""
        if value is None:
            return
        self._types.add(type(value))
        if isinstance(value, list):
            for item in value:
                self._items.add(type(item))
                self._measure(item)
        self._measure(value)
        self._is_answer = self._is_answer and is_answer(self._name, value)

    def arrow(self) -> Any:
        """The Arrow type; string where no other fits all values, or all are missing."""
        import pyarrow as pa

        if self._is_answer:
            return _arrow(TYPES[self._name])
        if self._types == {list}:
            items = self._items - {type(None)}
            if items <= {str}:
                return pa.list_(pa.string())
            scalar = self._scalar(items)
            return pa.string() if scalar == pa.string() else pa.list_(scalar)
        return self._scalar(self._types)

    def _measure(self, value: Any) -> None:
        if type(value) is int:
            # -2**63 fits, 2**63 does not.
            self._largest = max(self._largest, value if value >= 0 else -value - 1)

    def _scalar(self, types: set[type]) -> Any:
        import pyarrow as pa

        if types == {bool}:
            return pa.bool_()
        if types == {int} and self._largest < _INT64:
            return pa.int64()
        if types and types <= {int, float} and self._largest < _EXACT:
            return pa.float64()
        return pa.float64() if types == {float} else pa.string()


def _arrow(kind: Any) -> Any:
    """The Arrow type of a Python type; text of an enum, or of one among others."""
    import pyarrow as pa

    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _arrow(next(part for part in parts if part is not NoneType))
    if origin is tuple:
        return pa.list_(_arrow(parts[0]))
    if origin is Mapping:
        return pa.map_(_arrow(parts[0]), _arrow(parts[1]))
    if is_dataclass(kind):
        return pa.struct([(name, _arrow(hint)) for name, hint in get_type_hints(kind).items()])
    return {bool: pa.bool_(), float: pa.float64()}.get(kind, pa.string())
