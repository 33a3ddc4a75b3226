"""The database under the corrections: SQLite at a path, or PostgreSQL by a URL."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.errors import InputError, one_line
from tagstract.labels.extras import need
from tagstract.labels.files import shown

if TYPE_CHECKING:  # it takes a fifth of a second to import, so each function does when it runs
    from sqlalchemy import URL, Connection, Table

WAIT = 10
"""Seconds to wait for a server, or for who else is writing."""

_SCHEME = re.compile(r"\w[\w+]+:")
_LOCK = 0x7461677374
"""PostgreSQL's name, any number, for the lock that writers take."""

_RIGHT = "use a file path or postgresql://USER:PASSWORD@HOST/NAME"


class Database:
    """One table, `corrections`, that is only ever appended to.

    Every use opens a connection of its own and closes it: corrections are made by hand, a few a
    second at most, and so no restart of a server and no file put in the place of another is missed.

    Raises:
        InputError: `place` is neither a path nor a URL of SQLite or PostgreSQL; and, from each
            method, a database that can't be used. No message shows a password.
    """

    def __init__(self, place: str | Path) -> None:
        need("retrain", "sqlalchemy", purpose="the store of corrections")
        self._url = _parse(str(place))
        if self._url.drivername != "sqlite":
            need("postgres")
        is_file = self._url.drivername == "sqlite"
        self.path = Path(self._url.database or "") if is_file else None
        # Without its query, which may hold a password too.
        hidden = self._url.set(query={}).render_as_string(hide_password=True)
        self.name = str(self.path) if self.path else hidden

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read the table by.

        Raises:
            InputError: there is no such table, or it can't be read.
        """
        from sqlalchemy import inspect

        if self.path and not self.path.exists():
            raise InputError("does not exist; no correction has been stored there yet", self.name)
        with self._connected() as connection:
            if not inspect(connection).has_table(table().name):
                raise InputError("holds no corrections yet", self.name)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction; when the block ends without an error, it is on the disk.

        Writers come one after the other, so that no two deadlock over rows in another order, and
        the order of ids is the order in which corrections came to be seen.
        """
        if self.path:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise InputError(
                    f"its folder can't be created: {error.strerror}", self.name
                ) from None
        with self._connected() as connection:
            if self.path:
                for step in (
                    "PRAGMA journal_mode=WAL",
                    "PRAGMA synchronous=FULL",
                    "BEGIN IMMEDIATE",
                ):
                    connection.exec_driver_sql(step)
            else:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT}s'")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            if (damage := damage_of(connection)) is not None:
                right = "move the file away; `tagstract labels import --from` reads what is left"
                raise InputError(f"is damaged: {damage}; {right}", self.name)
            # Asks first: who may only insert may not even say `IF NOT EXISTS`.
            table().metadata.create_all(connection)
            yield connection
            connection.commit()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        from sqlalchemy import create_engine
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError
        from sqlalchemy.pool import NullPool

        waits = {"timeout" if self.path else "connect_timeout": WAIT}
        try:
            engine = create_engine(self._url, poolclass=NullPool, connect_args=waits)
            with engine.connect() as connection:
                if self.path:
                    _read_any_bytes(connection)
                yield connection
        except ImportError:
            raise InputError(
                "PostgreSQL needs its driver; pip install 'tagstract[postgres]'", self.name
            ) from None
        except (SQLAlchemyError, OSError, UnicodeError) as error:
            # The whole text of an error holds the statement and its values: abstracts.
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise InputError(f"can't be used: {self._safe(cause)}", self.name) from None

    def _safe(self, error: object) -> str:
        """The first line of an error, without the password in whatever way it was given."""
        text = next(iter(str(error).splitlines()), type(error).__name__)
        for secret in (self._url.password, self._url.query.get("password")):
            if isinstance(secret, str) and secret:
                text = text.replace(secret, "***")
        return shown(text, 200)


@functools.cache
def table() -> Table:
    """The table of corrections, as SQLAlchemy knows it."""
    import sqlalchemy as sql

    return sql.Table(
        "corrections",
        sql.MetaData(),
        sql.Column("id", sql.Integer, primary_key=True),
        sql.Column("time", sql.DateTime(timezone=True), nullable=False),
        sql.Column("by", sql.Text, nullable=False),
        sql.Column("paper_id", sql.Text),
        sql.Column("title", sql.Text),
        sql.Column("abstract", sql.Text, nullable=False),
        sql.Column("labels", sql.JSON, nullable=False),
        sql.Column("paper_key", sql.String(64), nullable=False),
        sql.Column("digest", sql.String(64), nullable=False, unique=True),
        sql.Index("corrections_of_paper", "paper_key", "by"),
    )


def damage_of(connection: Connection) -> str | None:
    """How an SQLite file is damaged, in a line; None: its structure is whole.

    It takes a tenth of a second for 20,000 corrections. What changed inside a text is not seen
    here, but where rows are read.
    """
    from sqlalchemy.exc import DatabaseError

    if connection.dialect.name != "sqlite":
        return None
    try:
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
    except DatabaseError as error:
        found = str(error.orig)
    # `*** in database main ***` comes first.
    lines = [line for line in str(found).splitlines() if not line.startswith("***")]
    return None if found == "ok" else one_line(lines[0] if lines else str(found))


def _read_any_bytes(connection: Connection) -> None:
    """Have SQLite give bytes that are no UTF-8 as surrogates, rather than fail the query."""
    raw: Any = connection.connection.dbapi_connection
    raw.text_factory = lambda text: text.decode("utf-8", "surrogateescape")


def insert_once(connection: Connection, row: dict[str, Any]) -> bool:
    """Append a row unless its digest is there; whether it was appended."""
    from sqlalchemy.dialects import postgresql, sqlite

    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table()).values(row).on_conflict_do_nothing()
    return connection.execute(statement.returning(table().c.id)).first() is not None


def is_url(place: str) -> bool:
    """Whether a place is a URL and no path: it starts with a scheme."""
    return bool(_SCHEME.match(place))


def _parse(place: str) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.engine import URL

    if not place or "\0" in place:
        raise InputError(f"no corrections store is set; {_RIGHT}")
    if not is_url(place):
        return URL.create("sqlite", database=str(Path(place).expanduser().absolute()))
    # None of these lines repeats the text: somewhere in it is a password.
    try:
        url = make_url(place)
    except Exception:
        raise InputError(f"the URL of the corrections store is invalid; {_RIGHT}") from None
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite" and url.database and not url.query:
        return URL.create("sqlite", database=str(Path(url.database).expanduser().absolute()))
    if kind not in ("postgresql", "postgres"):
        raise InputError(f"this kind of database can't store corrections; {_RIGHT}")
    if "@" in (url.host or ""):
        raise InputError(
            "the password in the URL of the corrections store contains '@'; write it as %40"
        )
    return url.set(drivername="postgresql+psycopg")
