"""pg8000's connection, which always lets go of its socket."""

import os
import socket
from typing import Any

import pg8000.dbapi  # type: ignore[import-untyped]


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
