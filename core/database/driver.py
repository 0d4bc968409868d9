"""pg8000's connection, which always lets go of its socket and sends a statement in one go."""

import io
import os
import select
import socket
import struct
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pg8000.dbapi  # type: ignore[import-untyped]
from pg8000.converters import make_params  # type: ignore[import-untyped]
from pg8000.core import (  # type: ignore[import-untyped]
    BIND,
    DESCRIBE,
    EXECUTE_MSG,
    NULL_BYTE,
    PARSE,
    STATEMENT,
    SYNC_MSG,
    Context,
    _flush,
    _write,
)

from core.database.packed import Copied, Packed

# Statements that a connection keeps read and planned. What comes later is read each time.
_KEPT_STATEMENTS = 64


class _PackedContext(Context):  # type: ignore[misc]
    """Results of a packed statement."""


class DriverCursor(pg8000.dbapi.Cursor):  # type: ignore[misc]
    """Knows statements that it has numbered the parameters of: the driver reads each letter by letter every time."""

    _input_oids: Any

    def execute(self, operation: str, args: Any = (), stream: Any = None) -> Any:
        if isinstance(operation, Copied):
            stream = io.BytesIO(operation.rows)
        if stream is not None or self._c is None or self._c._sock is None:
            return super().execute(operation, args, stream)
        begin = not self._c._in_transaction and not self._c.autocommit
        if isinstance(operation, Packed):
            self._context = self._c.execute_packed(operation, args, begin=begin)
        elif args:
            self._context = self._c.execute_unnamed(
                _numbered(operation, len(args)), args, self._input_oids, begin=begin
            )
        else:
            self._context = self._c.execute_simple(operation, begin=begin)
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
    # Whether the server remembers for this connection what it was told: not where others get it between transactions.
    keeps_statements = False
    # How transactions begin.
    beginning = "begin transaction"

    def __init__(
        self,
        user: str,
        host: str = "localhost",
        port: int = 5432,
        unix_sock: str | None = None,
        timeout: float | None = None,
        **others: Any,
    ) -> None:
        self._begun: Context | None = None
        self._kept: dict[str, tuple[bytes, Any]] = {}
        self._prepared = 0
        self.used = time.monotonic()
        if unix_sock is not None and others.get("ssl_context") is None:
            # A socket in a folder has no TLS. Before it asks for it all the same, the driver reads every certificate of
            # the system, which takes most of the time of a connection.
            others["ssl_context"] = False
        wire = _dial(unix_sock, host, port, timeout)
        try:
            super().__init__(user, host=host, port=port, sock=wire, timeout=timeout, **others)
        except BaseException:
            _let_go(self._usock)
            _let_go(wire)
            raise

    def execute_simple(self, statement: str, *, begin: bool = False) -> Any:
        if begin:
            self._begin()
        return super().execute_simple(statement)

    def execute_unnamed(
        self, statement: str, vals: Any = (), oids: Any = (), stream: Any = None, *, begin: bool = False
    ) -> Any:
        """A statement with its parameters in one round trip. The driver makes three: it waits for the server to have
        read the statement, and to have described its result."""
        if stream is not None:
            return super().execute_unnamed(statement, vals, oids, stream)
        if self._sock is None:
            raise pg8000.InterfaceError("connection is closed")
        context = Context(statement)
        parameters = make_params(self.py_types, vals)  # what cannot be sent fails before anything is
        if begin:
            self._begin()
        self.send_PARSE(NULL_BYTE, statement, oids)
        self.send_DESCRIBE_STATEMENT(NULL_BYTE)
        self.send_BIND(NULL_BYTE, parameters)
        self.send_EXECUTE()
        _write(self._sock, SYNC_MSG)
        _flush(self._sock)
        self.handle_messages(context)
        return context

    def execute_packed(self, statement: Packed, values: Sequence[bytes | None], *, begin: bool = False) -> Any:
        """The same for what is bytes already. The server keeps a statement that comes often, and its plan."""
        if self._sock is None:
            raise pg8000.InterfaceError("connection is closed")
        name, columns = self._kept.get(statement, (NULL_BYTE, None))
        sent = bytearray()
        if columns is None:
            if statement.kept and self.keeps_statements and len(self._kept) < _KEPT_STATEMENTS:
                # A number of its own: where what follows fails, the server has the statement all the same.
                self._prepared += 1
                name = f"signpost_{self._prepared}".encode() + NULL_BYTE
            sent += _message(PARSE, name + statement.encode() + NULL_BYTE + b"\0\0")
            sent += _message(DESCRIBE, STATEMENT + name)
        sent += _message(BIND, NULL_BYTE + name + _bound(values)) + EXECUTE_MSG + SYNC_MSG
        context = _PackedContext(statement, columns=columns)
        if begin:
            self._begin()
        _write(self._sock, sent)
        _flush(self._sock)
        self.handle_messages(context)
        if columns is None and name != NULL_BYTE:
            self._kept[statement] = name, context.columns
        if context.rows is None:
            context.rows = []
        return context

    def _begin(self) -> None:
        """Begin a transaction with the statement that is sent next."""
        self._begun = Context(self.beginning)
        self.send_QUERY(self.beginning)

    def handle_messages(self, context: Any) -> None:
        begun, self._begun = self._begun, None
        failure: pg8000.DatabaseError | None = None
        if begun is not None:
            try:
                super().handle_messages(begun)
            except pg8000.DatabaseError as error:
                failure = error  # what was sent after it is answered as well, if the server is still there
        try:
            super().handle_messages(context)
        finally:
            self.used = time.monotonic()
            if failure is not None:
                raise failure

    def handle_DATA_ROW(self, data: bytes, context: Any) -> None:
        if not isinstance(context, _PackedContext):
            super().handle_DATA_ROW(data, context)
            return
        row: list[bytes | None] = []
        place = 2
        for _ in context.columns:
            (length,) = _LENGTH.unpack_from(data, place)
            place += 4
            row.append(data[place : place + length] if length >= 0 else None)
            place += max(0, length)
        if context.rows is None:
            context.rows = []
        context.rows.append(row)

    @property
    def told_backend(self) -> int | None:
        """The number of the server's process by what greeted us, for a request to cancel; a pool gives one of its
        own."""
        if self._backend_key_data is None:
            return None
        (number,) = _LENGTH.unpack_from(self._backend_key_data)
        return int(number)

    def is_quiet(self) -> bool:
        """Whether nothing came from the server since its last answer: neither a word nor that it hung up."""
        if self._usock is None:
            return False
        asked = select.poll()
        asked.register(self._usock, select.POLLIN)
        return not asked.poll(0)

    def cursor(self) -> DriverCursor:
        return DriverCursor(self)

    def gettimeout(self) -> float | None:
        patience: float | None = self._usock.gettimeout()
        return patience

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


_LENGTH = struct.Struct("!i")
_COUNT = struct.Struct("!h")
# One format for all parameters, and one for all columns: binary.
_BINARY = b"\0\1\0\1"


def _message(kind: bytes, content: bytes) -> bytes:
    return kind + _LENGTH.pack(len(content) + 4) + content


def _bound(values: Sequence[bytes | None]) -> bytes:
    """Parameters as they are bound to a statement."""
    parts = [_BINARY, _COUNT.pack(len(values))]
    for value in values:
        parts += (_LENGTH.pack(-1),) if value is None else (_LENGTH.pack(len(value)), value)
    return b"".join((*parts, _BINARY))


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
