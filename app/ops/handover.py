"""Sockets handed over, so that a restart refuses no connection.

A listening socket may come from systemd (socket activation), or from the process before: on SIGUSR2 a process starts
its successor on the same socket, waits until that one serves, accepts no more, finishes what is under way and ends. The
socket's queue of connections is one for all, so none is lost in between.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from core.events import emit
from core.numbers import whole_number

# Set by a process for its successor: the numbers of the sockets and of a pipe to say on that it serves.
_SOCKET, _READY = "SERVE_ON_FD", "SERVING_FD"
_SYSTEMD_FIRST = 3
_PATIENCE_SECONDS = 300  # of the successor: it may migrate the database first


@dataclass
class Inherited:
    """What the process before left, or systemd; `ready` is the number of a pipe, or None."""

    listeners: tuple[socket.socket, ...] = ()
    ready: int | None = None

    @property
    def is_successor(self) -> bool:
        return self.ready is not None


def inherited(environ: MutableMapping[str, str]) -> Inherited:
    """What this process was started with; taken out of `environ`, since it is not for its own children."""
    numbers, ready = environ.pop(_SOCKET, ""), environ.pop(_READY, "")
    pid, count = environ.pop("LISTEN_PID", ""), environ.pop("LISTEN_FDS", "")
    environ.pop("LISTEN_FDNAMES", None)
    if numbers and ready:
        return Inherited(tuple(_listener(int(number)) for number in numbers.split(",")), int(ready))
    if pid == str(os.getpid()) and (passed := whole_number(count)):
        return Inherited(tuple(_listener(_SYSTEMD_FIRST + number) for number in range(passed)))
    return Inherited()


def _listener(number: int) -> socket.socket:
    os.set_inheritable(number, False)
    return socket.socket(fileno=number)


def say_that_it_serves(left: Inherited) -> None:
    """Tell the process before, and systemd, which process is the service now."""
    notify(f"READY=1\nMAINPID={os.getpid()}")
    if left.ready is not None:
        with suppress(OSError):
            os.write(left.ready, b"1")
        os.close(left.ready)


def notify(text: str) -> None:
    """Tell systemd, where it started this (Type=notify)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect("\0" + address[1:] if address.startswith("@") else address)
        sender.sendall(text.encode())


class Handover:
    """Hands the sockets of a running server over, once."""

    def __init__(self, server: Any, then: Callable[[], object]) -> None:
        self._server = server
        self._then = then
        self._lock = threading.Lock()

    def begin(self, *_: object) -> None:
        """As a handler of a signal: returns at once."""
        threading.Thread(target=self.run, name="handover", daemon=True).start()

    def run(self) -> bool:
        """Whether a successor serves; when none could be started, this process goes on."""
        if not self._lock.acquire(blocking=False):
            return False  # under way already
        reads, writes = os.pipe()
        numbers = tuple(one.fileno() for one in self._server.listeners)
        try:
            successor = subprocess.Popen(
                [sys.executable, "-m", "app.ops.serve"],
                env={**os.environ, _SOCKET: ",".join(map(str, numbers)), _READY: str(writes)},
                pass_fds=(*numbers, writes),
            )
        except OSError as error:
            os.close(writes)
            os.close(reads)
            emit("handover_failed", error=type(error).__name__)
            self._lock.release()
            return False
        os.close(writes)
        timer = threading.Timer(_PATIENCE_SECONDS, successor.kill)
        timer.start()
        serves = os.read(reads, 1) == b"1"  # b"" when it ended first
        timer.cancel()
        os.close(reads)
        if not serves:
            with suppress(ProcessLookupError):
                successor.send_signal(signal.SIGKILL)
            successor.wait()
            emit("handover_failed", error=f"the successor ended with {successor.returncode}")
            self._lock.release()
            return False
        emit("handed_over", pid=successor.pid)
        self._server.stop_accepting()
        self._then()
        return True
