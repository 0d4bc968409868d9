"""pg8000's connection, which always lets go of its socket and sends a statement in one go."""

import os
import socket
from functools import lru_cache
from typing import Any

import pg8000.dbapi  # type: ignore[import-untyped]
from pg8000.converters import make_params  # type: ignore[import-untyped]
from pg8000.core import NULL_BYTE, SYNC_MSG, Context, _flush, _write  # type: ignore[import-untyped]


class DriverCursor(pg8000.dbapi.Cursor):  # type: ignore[misc]
    """Knows statements that it has numbered the parameters of: the driver reads each letter by letter every time."""

    _input_oids: Any

    def execute(self, operation: str, args: Any = (), stream: Any = None) -> Any:
        if not args or stream is not None or self._c is None or self._c._sock is None:
            return super().execute(operation, args, stream)
        if not self._c._in_transaction and not self._c.autocommit:
            self._c.execute_simple("begin transaction")
        self._context = self._c.execute_unnamed(_numbered(operation, len(args)), args, self._input_oids)
        self._row_iter = None if self._context.rows is None else iter(self._context.rows)
        self._input_oids = ()
        self.input_types: list[Any] = []


@lru_cache(maxsize=1_000)
def _numbered(operation: str, count: int) -> str:
    """A statement with its parameters as the server wants them."""
    statement, _ = pg8000.dbapi.convert_paramstyle("format", operation, [None] * count)
    return str(statement)


class DriverConnection(pg8000.dbapi.Connection):  # type: ignore[misc]
    """Lets go of its socket however it ends. The driver leaves it open where the server hung up or fell silent, until
    whatever refers to the failure is forgotten as well."""

    _usock: Any = None
    _sock: Any = None

    def __init__(
        self,
        user: str,
        host: str = "localhost",
        port: int = 5432,
        unix_sock: str | None = None,
        timeout: float | None = None,
        **others: Any,
    ) -> None:
        wire = _dial(unix_sock, host, port, timeout)
        try:
            super().__init__(user, host=host, port=port, sock=wire, timeout=timeout, **others)
        except BaseException:
            _let_go(self._usock)
            _let_go(wire)
            raise

    def execute_unnamed(self, statement: str, vals: Any = (), oids: Any = (), stream: Any = None) -> Any:
        """A statement with its parameters in one round trip. The driver makes three: it waits for the server to have
        read the statement, and to have described its result."""
        if stream is not None:
            return super().execute_unnamed(statement, vals, oids, stream)
        if self._sock is None:
            raise pg8000.InterfaceError("connection is closed")
        context = Context(statement)
        parameters = make_params(self.py_types, vals)  # what cannot be sent fails before anything is
        self.send_PARSE(NULL_BYTE, statement, oids)
        self.send_DESCRIBE_STATEMENT(NULL_BYTE)
        self.send_BIND(NULL_BYTE, parameters)
        self.send_EXECUTE()
        _write(self._sock, SYNC_MSG)
        _flush(self._sock)
        self.handle_messages(context)
        return context

    def cursor(self) -> DriverCursor:
        return DriverCursor(self)

    def settimeout(self, seconds: float | None) -> None:
        self._usock.settimeout(seconds)

    def forget(self) -> None:
        """Close it without a word to the server, which may not listen."""
        wire, self._usock, self._sock = self._usock, None, None
        _let_go(wire)

    def close(self) -> None:
        wire = self._usock
        try:
            super().close()
        except (pg8000.InterfaceError, OSError):
            if wire is None:  # closed before
                raise
            # The farewell did not arrive: whoever hung up first needs none.
        finally:
            _let_go(wire)


def _dial(path: str | None, host: str, port: int, timeout: float | None) -> socket.socket:
    """As the driver does it, which does not close what it dialled when asking for TLS fails."""
    wire = None
    try:
        if path is None:
            wire = socket.create_connection((host, port), timeout)
            # A statement larger than a packet would wait for the server to acknowledge its beginning: 40 ms each.
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            wire = socket.socket(socket.AF_UNIX)
            wire.settimeout(timeout)
            wire.connect(path)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    except OSError as error:
        _let_go(wire)
        raise pg8000.InterfaceError(f"no connection to {path or f'{host}:{port}'}") from error
    return wire


def _let_go(wire: socket.socket | None) -> None:
    if wire is not None and wire.fileno() >= 0:
        os.close(wire.detach())
