"""Over a real connection: whatever is sent, the answer is a 4xx that says why, and the server goes on."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests import articles
from tests.process.server import Server, status


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    articles.write_demo(folder / "articles")
    with Server(folder, SIGNPOST_RATE_LIMITS="off") as running:
        running.wait("/readyz")
        yield running


def send(port: int, raw: bytes) -> tuple[int, bytes]:
    """Status and body of the answer to these very bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def get(target: bytes, headers: bytes = b"") -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + b"\r\n"


def post(target: bytes, body: bytes, kind: bytes = b"application/json") -> bytes:
    return (
        b"POST " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: " + kind
        + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )  # fmt: skip


REQUESTS = {
    "bad bytes in a path": get(b"/%ff%fe"),
    "raw bad bytes in a path": get(b"/\xff\xfe"),
    "a NUL in a path": get(b"/en/a/%00"),
    "bad bytes in a question": get(b"/api/v1/search?q=%ff"),
    "raw bad bytes in a question": get(b"/api/v1/search?q=\xff\xfe"),
    "a NUL in a question": get(b"/api/v1/search?q=a%00"),
    "a question of a megabyte": get(b"/api/v1/search?q=" + b"a" * 1_000_000),
    "a language that is none": get(b"/api/v1/search?q=a&lang=%F0%9F%A6%93"),
    "a negative limit": get(b"/api/v1/search?q=a&limit=-5"),
    "broken JSON": post(b"/api/v1/suggest", b'{"subject": '),
    "JSON that is not UTF-8": post(b"/api/v1/suggest", b'{"subject": "\xff"}'),
    "a wrong type": post(b"/api/v1/suggest", b'{"subject": 5}'),
    "a body of a megabyte": post(b"/api/v1/suggest", b'{"subject": "' + b"a" * 1_000_000 + b'"}'),
    "a form that is no form": post(b"/api/v1/tickets", b"\xff\x00", b"multipart/form-data; boundary=x"),
    "no JSON at all": post(b"/api/v1/feedback", b"", b"text/plain"),
    "an unknown method": b"BREW /api/v1/search HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "a length that is no number": b"POST /api/v1/suggest HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\r\n\r\n",
}


@pytest.mark.parametrize("name", list(REQUESTS))
def test_it_is_refused_with_a_4xx_that_says_why(server: Server, name: str) -> None:
    code, body = send(server.port, REQUESTS[name])

    assert 400 <= code < 500
    assert len(body) > 20
    assert status(server.port, "/healthz") == 200


def test_a_question_of_a_megabyte_gets_an_error_of_the_usual_shape(server: Server) -> None:
    code, body = send(server.port, REQUESTS["a question of a megabyte"])

    assert code == 414
    assert json.loads(body)["error"]["code"] == "too_large"


@pytest.mark.parametrize("host", [b"evil.example\x00", b"a b", b"<script>", b"x" * 5000, b""])
def test_a_strange_host_breaks_nothing(server: Server, host: bytes) -> None:
    raw = b"GET /en/ HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"

    code, body = send(server.port, raw)

    assert code < 500
    assert b"<script>/" not in body
