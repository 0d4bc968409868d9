"""One database, two dialects: SQLite in WAL mode by default, PostgreSQL by a setting.

`connect` opens it, `migrate` brings it up to date. Migrations are named, forward-only, and each is recorded
in the same transaction that applies it, so a crash leaves either both or neither.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, BigInteger, Connection, Engine, Integer, MetaData, NullPool, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

# The tables of all packages; each is registered by `schema.py` of the package that owns it.
METADATA = MetaData()
# An auto-increment primary key: SQLite auto-increments only a column of type INTEGER.
ID = BigInteger().with_variant(Integer, "sqlite")

_BUSY_SECONDS = 10
# PostgreSQL's lock timeout is unlimited by default. Short, since a request may wait for several locks.
_LOCK_SECONDS = 5
_STATEMENT_SECONDS = 60
# Socket timeout for a server that no longer responds: longer than the statement timeout.
_SILENCE_SECONDS = 75
# SQLSTATE prefixes of transient errors: connection, resources, lock timeout, operator intervention, system, conflict.
_NOT_NOW = ("08", "53", "55P03", "57", "58", "40")
_SQLITE_NOT_NOW = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}  # fmt: skip


@dataclass(frozen=True)
class Migration:
    """One forward step. In `statements`, `{id}` is an auto-increment primary key and `{blob}` the binary type."""

    name: str
    statements: tuple[str, ...]


def connect(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql://…`; a SQLite file's folder is created.

    Dates are stored as ISO 8601 text in UTC and JSON as text, so that both dialects behave alike.
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
    """Whether an error is transient (locked, full, timed out, unreachable), as opposed to a bug of ours."""
    if isinstance(error, InterfaceError | NoFreeConnection):
        return True
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return isinstance(error, DBAPIError)
    if isinstance(error.orig, sqlite3.Error):
        return (getattr(error.orig, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_NOT_NOW
    fields = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return isinstance(fields, dict) and str(fields.get("C", "")).startswith(_NOT_NOW)


def _through_pg8000(url: URL) -> URL:
    """The URL for the installed driver, pg8000; `?host=/folder` is a Unix socket in that folder, as in libpq."""
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
    """Apply pending migrations in order; returns the names applied now. Safe to call from several processes at once."""
    names = {"sqlite": ("INTEGER PRIMARY KEY AUTOINCREMENT", "BLOB")}
    id_type, blob_type = names.get(
        engine.dialect.name, ("BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "BYTEA")
    )
    applied = []
    if engine.dialect.name == "postgresql":
        # Connections without timeouts: indexing a large table is slow, and so may be another process's migration.
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
            connection.execute(text("INSERT INTO migration (name) VALUES (:name)"), {"name": migration.name})
            applied.append(migration.name)
    return applied
