"""Whether a connection pool in transaction mode (PgBouncer) stands before a PostgreSQL whose address does not say so.

What is set for a session and statements that are kept then reach whoever gets the server's connection next, other nodes
among them, and what this node set is missing.
"""

from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from core.database.connection import address_of, unpooled, watch_of
from core.database.failures import reason_of

_TRIES = 3
# A pool that has no connection left lets a transaction wait.
_SILENCE_SECONDS = 5.0
# A process of the server: its number, and when the server began.
_Backend = tuple[Any, ...]
# Addresses that were asked: what stands before a server does not change under a process.
_in_order: set[str] = set()
# What PgBouncer says to what it cannot keep for a session.
_REFUSED = "unsupported startup parameter"


class PoolerUntold(Exception):
    """The address goes through a pool in transaction mode and does not say so; the message says what to do."""

    def __init__(self, setting: str) -> None:
        super().__init__(
            f"{setting} goes through PgBouncer, or another pool, in transaction mode and does not say so: settings of"
            " one session would reach the others, and searches fail. Add pgbouncer=true to it"
            " (postgresql://…/name?pgbouncer=true&direct=HOST:PORT), or name the server itself."
        )


def check_pooler(engine: Engine, setting: str = "database_url") -> None:
    """`setting` is where the address is from. Raises PoolerUntold; SQLAlchemyError where nothing can be asked. An
    address that is in order is asked once a process."""
    address = address_of(engine)
    if address is None or address.bouncer or watch_of(engine).silent:
        return
    name = address.url.render_as_string(hide_password=False)
    if name in _in_order:
        return
    try:
        if pools_transactions(engine):
            raise PoolerUntold(setting)
    except DBAPIError as error:
        if _REFUSED in reason_of(error):  # the schema of a brand, which a server takes
            raise PoolerUntold(setting) from error
        raise
    _in_order.add(name)


def pools_transactions(engine: Engine) -> bool:
    """Whether it is proven that transactions of one session are given different processes of the server, or two
    sessions the same one."""
    opened = unpooled(engine, _SILENCE_SECONDS)
    try:
        with opened.connect() as one:
            first = _backend(one)
            if one.connection.driver_connection.told_backend == first[0]:  # type: ignore[union-attr]
                return False  # who greeted us is who answers: the server itself
            return any(_is_shared(opened, one) for _ in range(_TRIES))
    finally:
        opened.dispose()


def _is_shared(opened: Engine, one: Connection) -> bool:
    one.rollback()
    first = _backend(one)
    one.rollback()
    try:
        with opened.connect() as other:
            second = _backend(other)  # its transaction stays open meanwhile
            return second == first or _backend(one) != first
    except DBAPIError:
        return False  # a pool with a connection for each session has none left


def _backend(connection: Connection) -> _Backend:
    return tuple(connection.execute(select(func.pg_backend_pid(), func.pg_postmaster_start_time())).one())
