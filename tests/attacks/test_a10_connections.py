"""Attack: hold every connection the server has, and send a byte now and then. `/healthz` answers all the same."""

import resource
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.process.server import Server, status

CLIENTS = 420


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1_024:
        pytest.skip("this machine allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1_024), hard))
    with Server(tmp_path) as running:
        running.wait()
        yield running


def drip(port: int, sockets: list[socket.socket], beginning: bytes) -> None:
    for _ in range(CLIENTS):
        one = socket.create_connection(("127.0.0.1", port), timeout=10)
        one.sendall(beginning)
        sockets.append(one)


@pytest.mark.parametrize(
    "beginning",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        b"",
        b"POST /en/contact HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\na",
    ],
    ids=["half a header", "nothing at all", "a body by the drop"],
)
def test_four_hundred_and_twenty_dripping_clients_keep_nobody_out(server: Server, beginning: bytes) -> None:
    sockets: list[socket.socket] = []
    enough = threading.Event()

    def keep_dripping() -> None:
        while not enough.wait(0.5):
            for one in list(sockets):
                try:
                    one.sendall(b"X")
                except OSError:
                    continue

    dripping = threading.Thread(target=keep_dripping, daemon=True)
    try:
        drip(server.port, sockets, beginning)
        if beginning:
            dripping.start()

        answers = [status(server.port, "/healthz") for _ in range(10)]
    finally:
        enough.set()
        if dripping.ident:
            dripping.join(20)
        for one in sockets:
            one.close()

    assert answers == [200] * 10
