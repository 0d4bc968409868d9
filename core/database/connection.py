"""One database, two dialects: SQLite in WAL mode by default, PostgreSQL by a setting.

`connect` opens it, `writing` changes it, METADATA says what is in it; `migrations.py` brings it up to date.
"""

import os
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Dialect,
    Engine,
    Integer,
    MetaData,
    NullPool,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from core.database.postgresql import PostgresAddress, is_postgresql, read_address
from core.private_files import FOLDER, close_file, private_file

# The tables of all packages; each is registered by `schema.py` of the package that owns it.
METADATA = MetaData()
# An auto-increment primary key: SQLite auto-increments only a column of type INTEGER.
ID = BigInteger().with_variant(Integer, "sqlite")
# The default of a text column that is never NULL. Spelt as SQL: Alembic takes a bare "" for no default.
EMPTY = text("''")

# The address an engine was opened by, among its execution options: `engine.url` hides the password.
_URL = "signpost_url"
_BUSY_SECONDS = 10
# PostgreSQL's lock timeout is unlimited by default. Short, since a request may wait for several locks.
_LOCK_SECONDS = 5
_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 60
# Socket timeout for a server that no longer responds: longer than the statement timeout.
_SILENCE_SECONDS = 75
# SQLSTATE prefixes of transient errors: connection, resources, lock timeout, operator intervention, system, conflict.
_NOT_NOW = ("08", "53", "55P03", "57", "58", "40")
_SQLITE_NOT_NOW = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}  # fmt: skip


class _OpenEngines:
    """In a forked child connections are the parent's: two processes that speak over one socket get each other's
    answers. So the child forgets them, without closing them for the parent."""

    def __init__(self) -> None:
        self._engines: weakref.WeakSet[Engine] = weakref.WeakSet()
        os.register_at_fork(after_in_child=self._forget)

    def add(self, engine: Engine) -> Engine:
        self._engines.add(engine)
        return engine

    def _forget(self) -> None:
        for engine in self._engines:
            engine.dispose(close=False)


_open_engines = cache(_OpenEngines)


def connect(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql://…`; a SQLite file and its folder are created for this user only.

    Dates are stored as ISO 8601 text in UTC and JSON as text, so that both dialects behave alike.
    """
    if not is_postgresql(url):
        parsed = make_url(url)
        if parsed.database and parsed.database != ":memory:":
            _make_private(Path(parsed.database))
        engine = create_engine(parsed, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_immediate_when_writing)
        return _open_engines().add(engine)
    engine = _postgresql(url, _SILENCE_SECONDS, pool_pre_ping=True, pool_timeout=_BUSY_SECONDS)
    address = read_address(url)
    if address.bouncer:
        event.listen(engine, "begin", partial(_configure_transaction, address.schema))
    else:
        event.listen(engine, "connect", _configure_postgresql)
    return _open_engines().add(engine)


def schema_of(engine: Engine) -> str:
    """The schema that all tables of this engine are in; '' where the database decides, and for SQLite."""
    url = engine.get_execution_options().get(_URL, "")
    return read_address(url).schema if url else ""


def unpooled(engine: Engine, silence: float | None = None) -> Engine:
    """The same PostgreSQL without limits of time, and each connection of it a new one that closes with its use.
    `silence` is for how many seconds the server may say nothing."""
    url = engine.get_execution_options()[_URL]
    opened = _postgresql(url, silence, poolclass=NullPool)
    address = read_address(url)
    if address.bouncer and address.schema:
        event.listen(opened, "begin", partial(_use_schema, address.schema))
    return opened


def _postgresql(url: str, silence: float | None, **options: Any) -> Engine:
    address = read_address(url)
    arguments: dict[str, Any] = {"timeout": _CONNECT_SECONDS, "ssl_context": address.tls}
    if address.schema and not address.bouncer:
        # At the start of a session, so that neither an error nor DISCARD ALL takes it away.
        arguments["startup_params"] = {"search_path": address.schema}
    engine = create_engine(_through_pg8000(address.url), hide_parameters=True, connect_args=arguments, **options)
    event.listen(engine, "do_connect", partial(_connect_to_one, address, silence))
    engine.update_execution_options(**{_URL: url})
    return engine


def _connect_to_one(
    address: PostgresAddress,
    silence: float | None,
    dialect: Dialect,
    _record: Any,
    arguments: list[Any],
    parameters: dict[str, Any],
) -> Any:
    """A connection to the first host that answers and, where that is wanted, can be written to."""
    failure: Exception | None = None
    for host, port in address.hosts or ((None, None),):
        place = {} if host is None else {"host": host, "port": port}
        try:
            connection = dialect.connect(*arguments, **{**parameters, **place})
        except dialect.loaded_dbapi.Error as error:
            failure = error
            continue
        connection._usock.settimeout(silence)
        if len(address.hosts) < 2 or not address.writable or _is_writable(connection):
            return connection
        connection.close()
        failure = dialect.loaded_dbapi.InterfaceError("no host of database_url can be written to now")
    assert failure is not None  # noqa: S101 - there is at least one host
    raise failure


def _is_writable(connection: Any) -> bool:
    cursor = connection.cursor()
    cursor.execute("SELECT pg_is_in_recovery()")
    standby = cursor.fetchone()[0]
    connection.rollback()
    return not standby


def _make_private(path: Path) -> None:
    """SQLite gives its files beside the database the database's own mode; those that are there already are mended."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER)
    if path.is_file() or os.access(path.parent, os.W_OK):
        private_file(path)
    for ending in ("-wal", "-shm", "-journal"):
        close_file(path.with_name(path.name + ending))


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


def _configure_transaction(schema: str, connection: Connection) -> None:
    """For PgBouncer in transaction mode, where what is set for a session would be another's."""
    wanted = {"lock_timeout": f"{_LOCK_SECONDS}s", "statement_timeout": f"{_STATEMENT_SECONDS}s"}
    if schema:
        wanted["search_path"] = schema
    connection.execute(select(*(func.set_config(name, value, True) for name, value in wanted.items())))


def _use_schema(schema: str, connection: Connection) -> None:
    connection.execute(select(func.set_config("search_path", schema, True)))


def _begin_immediate_when_writing(connection: Connection) -> None:
    if connection.get_execution_options().get("writing"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("BEGIN DEFERRED")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that takes the write lock first, so that it waits for other writers instead of failing late."""
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        yield connection


def empty_write_ahead_log(engine: Engine) -> None:
    """Take what was removed out of SQLite's log of changes, which holds what was written before.

    Removed rows themselves are overwritten (`secure_delete`). PostgreSQL keeps its log as long as it is set to.
    """
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            raw.close()
