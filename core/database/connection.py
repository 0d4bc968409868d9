"""One database, two dialects: SQLite in WAL mode by default, PostgreSQL by a setting.

`connect` opens it, `writing` changes it, METADATA says what is in it; `migrations.py` brings it up to date.
"""

import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Dialect,
    Engine,
    ExceptionContext,
    Integer,
    MetaData,
    NullPool,
    create_engine,
    event,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from core.database.postgresql import PostgresAddress, is_postgresql, read_address
from core.database.watch import PROBE_SECONDS, DatabaseWatch
from core.private_files import FOLDER, close_file, private_file

# The tables of all packages; each is registered by `schema.py` of the package that owns it.
METADATA = MetaData()
# An auto-increment primary key: SQLite auto-increments only a column of type INTEGER.
ID = BigInteger().with_variant(Integer, "sqlite")
# The default of a text column that is never NULL. Spelt as SQL: Alembic takes a bare "" for no default.
EMPTY = text("''")

# The address an engine was opened by, among its execution options: `engine.url` hides the password.
_URL = "signpost_url"
_WATCH = "signpost_watch"
_BUSY_SECONDS = 10
# PostgreSQL's lock timeout is unlimited by default. Short, since a request may wait for several locks.
_LOCK_SECONDS = 5
_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 60
# Socket timeout for a server that no longer responds: longer than the statement timeout.
_SILENCE_SECONDS = 75
# What a page for visitors waits, since it can do without (core/database/remembered.py).
_READER_SECONDS = 1.2
_READER_STATEMENT_SECONDS = 5
# A search reads some thousand rows: compiling its statements or starting processes for them takes longer than they do.
# They are in memory where searches are quick at all, so that looking up hundreds by their keys costs what it counts.
_SEARCH_PLANNING = {"jit": "off", "max_parallel_workers_per_gather": "0", "random_page_cost": "1.1"}
# A connection that was used a moment ago is not asked whether it still is one.
_FRESH_SECONDS = 15.0
_BEGIN_READING = "begin transaction isolation level repeatable read, read only"
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
            watch_of(engine).forked()


_open_engines = cache(_OpenEngines)


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database; None for PostgreSQL, and for one in memory."""
    if is_postgresql(url):
        return None
    name = make_url(url).database
    return Path(name) if name and name != ":memory:" else None


def connect(url: str, watch: DatabaseWatch | None = None) -> Engine:
    """An engine for `sqlite:///file` or `postgresql://…`; a SQLite file and its folder are created for this user only.
    `watch` is one that others have as well, of the same database.

    Dates are stored as ISO 8601 text in UTC and JSON as text, so that both dialects behave alike.
    """
    watch = watch or new_watch(url)
    if not is_postgresql(url):
        return _sqlite(url, _BUSY_SECONDS, watch)
    return _postgresql_pool(url, watch)


def new_watch(url: str) -> DatabaseWatch:
    """Of a PostgreSQL it looks once it is started or suspects something; SQLite cannot be silent."""
    return DatabaseWatch(_Probe(url) if is_postgresql(url) else None)


def for_readers(engine: Engine) -> Engine:
    """The same database for pages that can do without: it waits a second only, for anything. Both share one watch."""
    url, watch = engine.get_execution_options()[_URL], watch_of(engine)
    if is_postgresql(url):
        return _postgresql_pool(url, watch, reads=True)
    if sqlite_file(url) is None:
        return engine
    return _sqlite(url, _READER_SECONDS, watch)


def for_searches(engine: Engine) -> Engine:
    """The same PostgreSQL for searches: as for readers, and each transaction sees one moment and writes nothing."""
    options = engine.get_execution_options()
    return _postgresql_pool(options[_URL], options[_WATCH], reads=True, searches=True)


def for_searches_on_standby(url: str, engine: Engine) -> Engine:
    """Another PostgreSQL that follows that of `engine`, for searches: of several hosts the first that answers. It has a
    watch of its own."""
    if "target_session_attrs" not in url:
        url = f"{url}{'&' if '?' in url else '?'}target_session_attrs=any"
    schema = schema_of(engine)
    if schema and not read_address(url).schema:
        url = f"{url}&schema={schema}"
    return _postgresql_pool(url, new_watch(url), reads=True, searches=True)


def watch_of(engine: Engine) -> DatabaseWatch:
    """Says whether the database of an engine answers."""
    watch: DatabaseWatch = engine.get_execution_options()[_WATCH]
    return watch


def _sqlite(url: str, busy: float, watch: DatabaseWatch) -> Engine:
    opened = make_url(url)
    if (file := sqlite_file(url)) is not None:
        _make_private(file)
        if _is_at_rest(file):
            at_rest = {"mode": "ro", "immutable": "1", "uri": "true"}
            opened = URL.create("sqlite", database=f"file:{quote(str(file.resolve()))}", query=at_rest)
    engine = create_engine(opened, connect_args={"timeout": busy}, hide_parameters=True)
    engine.update_execution_options(**{_URL: url, _WATCH: watch})
    event.listen(engine, "connect", partial(_configure_sqlite, busy))
    event.listen(engine, "begin", _begin_immediate_when_writing)
    return _open_engines().add(engine)


def _is_at_rest(file: Path) -> bool:
    """Whether a database was closed and lies on a read-only disk: SQLite opens it only when told that nobody changes
    it, since it cannot make the files beside it that it would share with others."""
    return file.is_file() and not os.access(file.parent, os.W_OK) and not Path(f"{file}-wal").exists()


def _postgresql_pool(url: str, watch: DatabaseWatch, *, reads: bool = False, searches: bool = False) -> Engine:
    if not reads:
        limits, guard = (_LOCK_SECONDS, _STATEMENT_SECONDS), _Guard(watch, reader=False)
        engine = _postgresql(url, _SILENCE_SECONDS, guard=guard, pool_pre_ping=True, pool_timeout=_BUSY_SECONDS)
    else:
        limits, guard = (1, _READER_STATEMENT_SECONDS), _Guard(watch, reader=True)
        engine = _postgresql(
            url, _READER_SECONDS, _READER_SECONDS, guard=guard, pool_pre_ping=True, pool_timeout=_READER_SECONDS,
            # The connection that was used last knows the statements and has tables' descriptions at hand.
            pool_use_lifo=searches,
        )  # fmt: skip
    engine.update_execution_options(**{_WATCH: watch})
    ping = partial(_ping, engine.dialect.do_ping, engine)
    engine.dialect.do_ping = partial(_ping_seldom, ping, watch) if searches else ping  # type: ignore[method-assign]
    address = read_address(url)
    planning = _SEARCH_PLANNING if searches else {}
    if address.bouncer:
        event.listen(engine, "begin", partial(_configure_transaction, limits, address.schema, planning))
    else:
        event.listen(engine, "connect", partial(_configure_postgresql, limits, planning))
    if searches:
        event.listen(engine, "connect", _read_only)
    return _open_engines().add(engine)


def schema_of(engine: Engine) -> str:
    """The schema that all tables of this engine are in; '' where the database decides, and for SQLite."""
    url = engine.get_execution_options().get(_URL, "")
    return read_address(url).schema if is_postgresql(url) else ""


def address_of(engine: Engine) -> PostgresAddress | None:
    """What an engine connects to; None for SQLite."""
    url = engine.get_execution_options().get(_URL, "")
    return read_address(url) if is_postgresql(url) else None


def unpooled(engine: Engine, silence: float | None = None, *, one_moment: bool = False) -> Engine:
    """The same PostgreSQL without limits of time, and each connection of it a new one that closes with its use.
    `silence` is for how many seconds the server may say nothing.

    With `one_moment` each transaction sees one state and writes nothing, and says so itself: what SQLAlchemy sets for a
    session (`isolation_level`) would stay behind in a connection of PgBouncer's, and may be missing in the next."""
    url = engine.get_execution_options()[_URL]
    opened = _postgresql(url, silence, poolclass=NullPool)
    if one_moment:
        event.listen(opened, "begin", _begin_reading)  # before the schema is named: that is a statement
    address = read_address(url)
    if address.bouncer and address.schema:
        event.listen(opened, "begin", partial(_use_schema, address.schema))
    return opened


def _postgresql(
    url: str, silence: float | None, connecting: float = _CONNECT_SECONDS, *, guard: "_Guard | None" = None,
    **options: Any,
) -> Engine:  # fmt: skip
    address = read_address(url)
    arguments: dict[str, Any] = {"timeout": connecting, "ssl_context": address.tls}
    if address.schema and not address.bouncer:
        # At the start of a session, so that neither an error nor DISCARD ALL takes it away.
        arguments["startup_params"] = {"search_path": address.schema}
    engine = create_engine(_through_pg8000(address.url), hide_parameters=True, connect_args=arguments, **options)
    engine.update_execution_options(**{_URL: url})
    event.listen(engine, "do_connect", partial(_connect_to_one, url, address, silence, guard))
    _Generations(engine)
    event.listen(engine, "handle_error", _silence_is_an_error)
    return engine


class _Guard:
    """Lets nobody begin to wait for a server that is known to be silent, and a reader not where it is doubtful."""

    def __init__(self, watch: DatabaseWatch, *, reader: bool) -> None:
        self._watch = watch
        self._reader = reader

    def refuses(self) -> bool:
        return self._watch.doubtful if self._reader else self._watch.silent

    def doubts(self) -> bool:
        return self._watch.doubtful

    def connected(self, connection: Any) -> None:
        self._watch.add(connection._usock)


class _Probe:
    """Asks the server one thing, over a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Engine | None = None
        self._connection: Connection | None = None

    def __call__(self) -> None:
        if self._engine is None:
            self._engine = _postgresql(self._url, PROBE_SECONDS, PROBE_SECONDS, poolclass=NullPool)
        try:
            if self._connection is None:
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._connection.execute(select(literal(1)))
        except Exception:
            broken, self._connection = self._connection, None
            if broken is not None:
                broken.invalidate()
                broken.close()
            raise

    def close(self) -> None:
        """Give its connection up, without a word to a server that may be gone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


class _Generations:
    """A connection that comes back to an engine after `dispose` is closed: its pool is gone, and nobody else would."""

    def __init__(self, engine: Engine) -> None:
        self._current = 0
        event.listen(engine, "connect", self._opened)
        event.listen(engine, "checkin", self._returned)
        event.listen(engine, "engine_disposed", self._disposed)

    def _opened(self, _connection: Any, record: Any) -> None:
        record.info[self] = self._current

    def _returned(self, _connection: Any, record: Any) -> None:
        if record.info.get(self) != self._current:
            record.invalidate()

    def _disposed(self, _engine: Engine) -> None:
        self._current += 1


def _ping(plain: Callable[[Any], bool], engine: Engine, connection: Any) -> bool:
    """Whether a connection of the pool can be used. One that a silent server holds is given up soon."""
    watch, wire = watch_of(engine), connection._usock
    if watch.silent:
        return False
    patience = wire.gettimeout()
    began = time.monotonic()
    try:
        wire.settimeout(_READER_SECONDS)
        connection.autocommit = True  # else it would begin a transaction, which AUTOCOMMIT finds begun
        return plain(connection)
    except (engine.dialect.loaded_dbapi.Error, OSError):
        if time.monotonic() - began > _READER_SECONDS / 2:
            watch.suspect()
        return False
    finally:
        connection.autocommit = False
        wire.settimeout(patience)


def _ping_seldom(ping: Callable[[Any], bool], watch: DatabaseWatch, connection: Any) -> bool:
    """The same without a round trip for what was used a moment ago: where the server has hung up, this side knows."""
    fresh = time.monotonic() - connection.used < _FRESH_SECONDS
    return (fresh and not watch.doubtful and connection.is_quiet()) or ping(connection)


def _silence_is_an_error(context: ExceptionContext) -> InterfaceError | None:
    """The driver lets a socket's own error out where a server said nothing for too long."""
    error = context.original_exception
    if not isinstance(error, OSError):
        return None
    context.is_disconnect = True
    return InterfaceError("the database does not answer", None, error)


# The host of each address that could be used last: it is tried first, so that nobody waits for a dead one each time.
_last_hosts: dict[str, tuple[str, int]] = {}


def _connect_to_one(
    name: str,
    address: PostgresAddress,
    silence: float | None,
    guard: _Guard | None,
    dialect: Dialect,
    _record: Any,
    arguments: list[Any],
    parameters: dict[str, Any],
) -> Any:
    """A connection to the first host that answers and, where that is wanted, can be written to. Raises at once where
    it is known that the server is silent."""
    # The driver is for those only whose database is PostgreSQL.
    from core.database.driver import DriverConnection

    broken = dialect.loaded_dbapi.InterfaceError
    if guard is not None and guard.refuses():
        raise broken("the database does not answer")
    if guard is not None and guard.doubts():
        parameters = {**parameters, "timeout": PROBE_SECONDS}
    failure: Exception | None = None
    hosts: list[tuple[str | None, int | None]] = sorted(
        address.hosts or ((None, None),), key=lambda place: place != _last_hosts.get(name)
    )
    for host, port in hosts:
        place = {} if host is None else {"host": host, "port": port}
        connection: DriverConnection | None = None
        try:
            connection = DriverConnection(*arguments, **{**parameters, **place})
            connection.settimeout(silence)
            connection.keeps_statements = not address.bouncer
            usable = len(address.hosts) < 2 or not address.writable or _is_writable(connection)
        except (dialect.loaded_dbapi.Error, OSError) as error:
            if connection is not None:
                connection.forget()
            # The socket's own error: silent in the middle of it.
            silent = isinstance(error, OSError)
            failure = broken(f"network error: {type(error).__name__}") if silent else error
            continue
        if usable:
            if host is not None and port is not None:
                _last_hosts[name] = host, port
            if guard is not None:
                guard.connected(connection)
            return connection
        connection.close()
        failure = broken("no host of database_url can be written to now")
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


def _configure_sqlite(busy: float, connection: Any, _record: Any) -> None:
    # The driver's own implicit BEGIN is switched off, or a read-then-write transaction could fail with
    # "database is locked" at once instead of waiting; see SQLAlchemy's pysqlite notes on transactions.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten, not only forgotten
    cursor.execute(f"PRAGMA busy_timeout={round(busy * 1000)}")
    cursor.close()


def _configure_postgresql(limits: tuple[int, int], others: Mapping[str, str], connection: Any, _record: Any) -> None:
    connection.autocommit = True  # else the setting would end with the transaction it was made in
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = {limits[0] * 1000}")
    cursor.execute(f"SET statement_timeout = {limits[1] * 1000}")
    for name, value in others.items():
        cursor.execute(f"SET {name} = {value}")
    cursor.close()
    connection.autocommit = False


def _read_only(connection: Any, _record: Any) -> None:
    """Each transaction says it with its beginning. Set for the session, it would be everybody's where a pool hands the
    session on."""
    connection.beginning = _BEGIN_READING


def _begin_reading(connection: Connection) -> None:
    # Before anything else in the transaction: a SELECT would settle what it sees.
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _configure_transaction(
    limits: tuple[int, int], schema: str, others: Mapping[str, str], connection: Connection
) -> None:
    """For PgBouncer in transaction mode, where what is set for a session would be another's."""
    named = {"lock_timeout": f"{limits[0]}s", "statement_timeout": f"{limits[1]}s", **others}
    if schema:
        named["search_path"] = schema
    connection.execute(select(*(func.set_config(name, value, True) for name, value in named.items())))


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
