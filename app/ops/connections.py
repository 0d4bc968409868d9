"""waitress with bounded patience: no client keeps others out by holding connections open.

waitress itself waits as long as a byte comes now and then, and accepts nobody any more once its limit of connections is
reached. Here a request must be complete within a time, an idle connection gives way when there are many, and the one
that gives way belongs to the client that holds most of them.
"""

import socket
import time
from collections import Counter
from typing import Any

import waitress.server
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import MultiSocketServer, TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import RequestHeaderFieldsTooLarge

from core.network.client_networks import household

# Connections from which on idle ones give way, and at which waitress would accept no more.
OPEN_MOST = 400
ACCEPTED_MOST = 1_000
HEADER_SECONDS = 30.0
# A body may come slowly, but not by the drop.
_BODY_SECONDS, _BODY_BYTES_PER_SECOND = 60.0, 1_000
FIELDS_MOST = 100
_FIELD_BYTES = 64 * 1024
_PIECES_MOST = 2_000  # each piece of a header that comes in is compared with all before it
_CLEAN_SECONDS = 5
_HEALTH = "/healthz"
# What visitors read is answered even while everybody else waits: by so many threads of its own.
_READERS = 2
_NOT_READING = ("/desk", "/t/", "/readyz", "/metrics")


class BoundedParser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Bounds the number and size of header fields before they are parsed. The line above them may be longer: the
    application answers a question of a megabyte in its own words."""

    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self._pieces = 0

    def received(self, data: bytes) -> int:
        if self.body_rcv is None and not self.completed:
            self._pieces += 1
            if self._pieces > _PIECES_MOST:
                return self._refuse(data)
        taken: int = super().received(data)
        if self.body_rcv is None and not self.completed and _oversized(self.header_plus):
            return self._refuse(data)
        return taken

    def parse_header(self, header_plus: bytes) -> None:
        if _oversized(header_plus):
            raise ParsingError(f"more than {FIELDS_MOST} header fields, or {_FIELD_BYTES} bytes of them")
        super().parse_header(header_plus)

    def _refuse(self, data: bytes) -> int:
        self.header_plus = b""
        super().parse_header(b"GET / HTTP/1.0\r\n")
        self.error = RequestHeaderFieldsTooLarge(f"more than {FIELDS_MOST} fields, or {_FIELD_BYTES} bytes of them")
        self.completed = True
        return len(data)


def _oversized(header: bytes) -> bool:
    start = header.find(b"\n")
    return start >= 0 and (header.count(b"\n", start + 1) > FIELDS_MOST or len(header) - start > _FIELD_BYTES)


class BoundedChannel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection that knows since when its request is awaited."""

    parser_class: Any = BoundedParser
    awaited_since = 0.0

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Adjustments, map: Any = None) -> None:
        self.awaited_since = time.monotonic()
        super().__init__(server, sock, addr, adj, map=map)
        self.client = household(str(addr[0]))

    def received(self, data: bytes) -> bool:
        fresh = self.request is None
        taken: bool = super().received(data)
        if fresh or self.request is None:
            self.awaited_since = time.monotonic()
        return taken

    @property
    def idle(self) -> bool:
        """Whether the server does nothing for it: it waits for a request, or for its answer to be taken."""
        return not (self.requests or self.will_close)

    def overdue(self, now: float) -> bool:
        """Whether a request has begun and takes too long to arrive."""
        if not self.idle or self.request is None:
            return False
        waited = now - self.awaited_since
        if not self.request.headers_finished:
            return waited > HEADER_SECONDS
        received: int = self.request.body_bytes_received
        return waited > _BODY_SECONDS + received / _BODY_BYTES_PER_SECOND


class BoundedServer(TcpWSGIServer):  # type: ignore[misc]  # waitress has no types
    """Accepts everybody; when many connections are open, one that is idle gives way."""

    channel_class = BoundedChannel
    draining = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # Whether this process lives can be asked also while all its threads wait for a database.
        self._for_health = ThreadedTaskDispatcher()
        self._for_health.set_thread_count(1)
        self._for_readers = ThreadedTaskDispatcher()
        self._for_readers.set_thread_count(_READERS)

    def add_task(self, task: BoundedChannel) -> None:
        # A request that could not be parsed has no path.
        request = task.requests[0] if task.requests else None
        if self.draining and request is not None:
            request.headers["CONNECTION"] = "close"  # the next request is for another process
        path = getattr(request, "path", "")
        if path == _HEALTH:
            self._for_health.add_task(task)
        elif self._full and getattr(request, "command", "") == "GET" and path and not path.startswith(_NOT_READING):
            self._for_readers.add_task(task)
        else:
            super().add_task(task)

    @property
    def _full(self) -> bool:
        """Whether every thread is at work."""
        usual = self.task_dispatcher
        return bool(usual.active_count + len(usual.queue) >= len(usual.threads))

    @property
    def listeners(self) -> list[socket.socket]:
        """The sockets that connections come from."""
        return [self.socket]

    def stop_accepting(self) -> None:
        """Leave the socket to the process that has it too."""
        self.accepting = False
        self.pull_trigger()

    @property
    def busy(self) -> bool:
        """Whether a request is arriving, or being answered."""
        return any(not one.idle or one.request is not None or one.total_outbufs_len for one in self._channels())

    def _channels(self) -> list[BoundedChannel]:
        return list(self.active_channels.values())

    def close(self) -> None:
        self._for_health.shutdown(timeout=0.2)
        self._for_readers.shutdown(timeout=0.2)
        super().close()

    def handle_accept(self) -> None:
        super().handle_accept()
        channels = [one for one in self.active_channels.values() if not one.will_close]
        if len(channels) > OPEN_MOST:
            newest = max(channels, key=lambda one: one.creation_time)
            self._close_one([one for one in channels if one.idle and one is not newest])

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in list(self.active_channels.values()):
            if channel.overdue(time.monotonic()):
                channel.will_close = True

    @staticmethod
    def _close_one(idle: list[BoundedChannel]) -> None:
        """Of the client with most connections, the one that waits longest; answers under way go last."""
        held = Counter(one.client for one in idle)
        if idle:
            # Not closed here: waitress is in the middle of a round over the sockets, and a number may be used again.
            min(idle, key=lambda o: (-held[o.client], bool(o.total_outbufs_len), o.awaited_since)).will_close = True


class SeveralAddresses(MultiSocketServer):  # type: ignore[misc]  # waitress has no types
    """Servers of several addresses (or of a name that has several) as if they were one: what `serve.py` asks of one it
    asks of each."""

    @property
    def _servers(self) -> list[BoundedServer]:
        return [one for one in list(self.map.values()) if isinstance(one, BoundedServer)]

    @property
    def channel_class(self) -> Any:
        return self._servers[0].channel_class

    @channel_class.setter
    def channel_class(self, value: Any) -> None:
        for one in self._servers:
            one.channel_class = value

    @property
    def draining(self) -> bool:
        return any(one.draining for one in self._servers)

    @draining.setter
    def draining(self, value: bool) -> None:
        for one in self._servers:
            one.draining = value

    @property
    def busy(self) -> bool:
        """Whether a request is arriving, or being answered."""
        return any(one.busy for one in self._servers)

    @property
    def listeners(self) -> list[socket.socket]:
        return [one.socket for one in self._servers]

    def stop_accepting(self) -> None:
        for one in self._servers:
            one.stop_accepting()

    def close(self) -> None:
        for one in self._servers:
            one.close()
        super().close()


def create_server(application: Any, **adjustments: Any) -> Any:
    """As `waitress.create_server`, with the bounds above."""
    # waitress has no parameter for the classes of its servers.
    plain, several = waitress.server.TcpWSGIServer, waitress.server.MultiSocketServer
    waitress.server.TcpWSGIServer, waitress.server.MultiSocketServer = BoundedServer, SeveralAddresses
    try:
        return waitress.server.create_server(
            application,
            connection_limit=ACCEPTED_MOST,
            cleanup_interval=_CLEAN_SECONDS,
            channel_timeout=60,
            asyncore_use_poll=True,  # select() knows no socket numbered above 1023
            **adjustments,
        )
    finally:
        waitress.server.TcpWSGIServer, waitress.server.MultiSocketServer = plain, several
