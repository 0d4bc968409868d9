"""A total deadline for a connection: per-read socket timeouts never expire with a peer that sends slowly."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def cut_off(current: Callable[[], socket.socket | None], seconds: float) -> Iterator[None]:
    """Shut the socket down after `seconds`, so that reads and writes fail. `current` is called only then, since a
    connection replaces its socket when it switches to TLS."""

    def cut() -> None:
        connection = current()
        if connection is None:
            return
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has just ended by itself

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
