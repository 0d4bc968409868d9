"""An end to conversations: a peer that says a little now and then keeps every time-out of a socket from running out."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def cut_off(current: Callable[[], socket.socket | None], seconds: float) -> Iterator[None]:
    """After `seconds` the socket is shut down, so that whoever reads or writes it gets an error. `current` is asked
    then, since a connection changes its socket when it begins to encrypt."""

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
