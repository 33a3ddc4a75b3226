"""Rows of the corrections, each on its own where their SQLite file is damaged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tagstract.labels.storage.database import table

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

__all__ = ["Row", "stored_rows"]

Row = tuple[int, Mapping[str, Any] | None]
"""The id of a row, and its columns; None where it can't be read. `labels` and `time` are text."""

_WAYS = (
    "NOT INDEXED ORDER BY id",
    "NOT INDEXED ORDER BY id DESC",
    "INDEXED BY corrections_of_paper",
    "INDEXED BY sqlite_autoindex_corrections_1",
)
"""Ways to the ids: where one stops at a damaged page, another may go on."""


def stored_rows(connection: Connection, one_by_one: bool = False) -> Iterator[Row]:
    """Every row, in the order of ids.

    Args:
        one_by_one: read each row on its own, as an SQLite file needs whose structure is damaged.

    Raises:
        SQLAlchemyError: the database can't be read at all.
    """
    columns = table().c
    if not one_by_one:
        for row in connection.execute(_query().order_by(columns.id)).mappings():
            yield row["id"], dict(row)
        return
    for number in sorted(_ids(connection)):
        yield number, _one(connection, _query().where(columns.id == number))


def _query() -> Select[Any]:
    """All columns; those that a driver would parse, and stumble over, as text."""
    import sqlalchemy as sql

    return sql.select(
        *(
            sql.cast(column, sql.Text).label(column.name)
            if column.name in ("labels", "time")
            else column
            for column in table().c
        )
    )


def _one(connection: Connection, query: Select[Any]) -> Mapping[str, Any] | None:
    from sqlalchemy.exc import SQLAlchemyError

    with suppress(SQLAlchemyError):
        row = connection.execute(query).mappings().one_or_none()
        return None if row is None else dict(row)
    return None


def _ids(connection: Connection) -> set[int]:
    from sqlalchemy.exc import SQLAlchemyError

    ids: set[int] = set()
    for way in _WAYS:
        with suppress(SQLAlchemyError):
            for [number] in connection.exec_driver_sql(f"SELECT id FROM corrections {way}"):
                if isinstance(number, int):
                    ids.add(number)
    return ids
