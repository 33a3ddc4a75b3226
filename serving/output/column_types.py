"""The Arrow type that fits every value of a column, from one look at each value."""

from __future__ import annotations

from typing import Any

from tagstract.serving.output.evidence import is_evidence

__all__ = ["ColumnType"]

_TEXT = {"status", "reason", "model", "speed"}
_INT64, _EXACT = 1 << 63, 1 << 53
"""Integers below these (without sign) fit into an int64, and into a double without loss."""


class ColumnType:
    """Collects what a column holds; `arrow` then gives its type.

    Args:
        name: of the column; those that the contract names have the types that it gives them.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._types: set[type] = set()
        self._items: set[type] = set()
        self._largest = 0
        self._scores = self._evidence = True

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
        if self._name == "probabilities":
            self._scores &= _is_scores(value)
        if self._name == "evidence":
            self._evidence &= is_evidence(value)

    def arrow(self) -> Any:
        """The Arrow type; string where no other fits all values, or all are missing."""
        import pyarrow as pa

        named = self._named()
        if named is not None:
            return named
        if self._types == {list}:
            items = self._items - {type(None)}
            if items <= {str}:
                return pa.list_(pa.string())
            scalar = self._scalar(items)
            return pa.string() if scalar == pa.string() else pa.list_(scalar)
        return self._scalar(self._types)

    def _named(self) -> Any:
        """The type of a column that the contract names, else None."""
        import pyarrow as pa

        if self._name in _TEXT:
            return pa.string()
        if self._name == "truncated" and self._types <= {bool}:
            return pa.bool_()
        if self._name == "tags":
            return pa.list_(pa.struct([("area", pa.string()), ("probability", pa.float64())]))
        if self._name == "probabilities" and self._scores:
            return pa.map_(pa.string(), pa.float64())
        if self._name == "evidence" and self._evidence:
            sentence = pa.struct([("sentence", pa.string()), ("weight", pa.float64())])
            return pa.map_(pa.string(), pa.list_(sentence))
        return None

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


def _is_scores(value: Any) -> bool:
    return isinstance(value, dict) and all(type(score) in (int, float) for score in value.values())
