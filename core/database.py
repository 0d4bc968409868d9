"""One database, two dialects: SQLite in WAL mode by default, PostgreSQL by a setting.

`connect` opens it, `migrate` brings it up to date. Migrations are named, forward-only, and each is recorded
in the same transaction that applies it, so a crash leaves either both or neither.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, BigInteger, Connection, Engine, Integer, MetaData, NullPool, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

# Every table of every package; `schema.py` of the package that owns a table puts it here.
METADATA = MetaData()
# An auto-numbered primary key: SQLite numbers only a column that is called INTEGER.
ID = BigInteger().with_variant(Integer, "sqlite")

_BUSY_SECONDS = 10
# PostgreSQL waits for ever by itself. A request may meet a lock more than once, so its patience is shorter.
_LOCK_SECONDS = 5
_STATEMENT_SECONDS = 60
# A server that no longer answers at all: longer than any statement may take.
_SILENCE_SECONDS = 75
# PostgreSQL's words for "not now": no connection, no room, locked, cancelled for taking too long, shutting down.
_NOT_NOW = ("08", "53", "55P03", "57", "58", "40")
_SQLITE_NOT_NOW = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}  # fmt: skip


@dataclass(frozen=True)
class Migration:
    """One forward step. In `statements`, `{id}` is an auto-numbered primary key and `{blob}` the binary type; `then`
    does what SQL cannot, in the same transaction."""

    name: str
    statements: tuple[str, ...] = ()
    then: Callable[[Connection], None] | None = None


def connect(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql://…`; a SQLite file's folder is made.

    Dates are stored as ISO 8601 text in UTC and JSON as text, so that both dialects read alike.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_immediate_when_writing)
        return engine
    engine = create_engine(
        _through_pg8000(parsed), pool_pre_ping=True, hide_parameters=True, pool_timeout=_BUSY_SECONDS,
        connect_args={"timeout": _SILENCE_SECONDS},
    )  # fmt: skip
    event.listen(engine, "connect", _configure_postgresql)
    return engine


def not_now(error: SQLAlchemyError) -> bool:
    """Whether the database could not do it at this moment (locked, full, too slow, away), as opposed to our mistake."""
    if isinstance(error, InterfaceError | NoFreeConnection):
        return True
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return isinstance(error, DBAPIError)
    if isinstance(error.orig, sqlite3.Error):
        return (getattr(error.orig, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_NOT_NOW
    told = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return isinstance(told, dict) and str(told.get("C", "")).startswith(_NOT_NOW)


def _through_pg8000(url: URL) -> URL:
    """The address for the driver that is installed; `?host=/folder` is a socket in that folder, as libpq has it."""
    url = url.set(drivername="postgresql+pg8000")
    host = url.query.get("host")
    if isinstance(host, str) and host.startswith("/"):
        url = url.difference_update_query(["host"]).update_query_dict(
            {"unix_sock": f"{host}/.s.PGSQL.{url.port or 5432}"}
        )
    return url


def _configure_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own implicit BEGIN is switched off, or a read-then-write transaction could fail with
    # "database is locked" at once instead of waiting; see SQLAlchemy's pysqlite notes on transactions.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten, not only forgotten
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
    cursor.close()


def _configure_postgresql(connection: Any, _record: Any) -> None:
    connection.autocommit = True  # else the setting would end with the transaction it was made in
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = {_LOCK_SECONDS * 1000}")
    cursor.execute(f"SET statement_timeout = {_STATEMENT_SECONDS * 1000}")
    cursor.close()
    connection.autocommit = False


def _begin_immediate_when_writing(connection: Connection) -> None:
    mode = "IMMEDIATE" if connection.get_execution_options().get("writing") else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {mode}")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that takes the write lock first, so that it waits for other writers instead of failing late."""
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        yield connection


def migrate(engine: Engine, migrations: Iterable[Migration]) -> list[str]:
    """Apply what this database has not seen, in order; the names applied now. Two processes may call it at once."""
    names = {"sqlite": ("INTEGER PRIMARY KEY AUTOINCREMENT", "BLOB")}
    id_type, blob_type = names.get(
        engine.dialect.name, ("BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "BYTEA")
    )
    applied = []
    if engine.dialect.name == "postgresql":
        # Connections without a limit: an index on a large table takes its time, and so may another process's turn.
        engine = create_engine(engine.url, poolclass=NullPool, hide_parameters=True)
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7446773)"))  # any fixed number; it names "migrations"
        connection.execute(text("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY)"))
        done = set(connection.execute(text("SELECT name FROM migration")).scalars())
        for migration in migrations:
            if migration.name in done:
                continue
            for statement in migration.statements:
                connection.execute(text(statement.replace("{id}", id_type).replace("{blob}", blob_type)))
            if migration.then is not None:
                migration.then(connection)
            connection.execute(text("INSERT INTO migration (name) VALUES (:name)"), {"name": migration.name})
            applied.append(migration.name)
    return applied
