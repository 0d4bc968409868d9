"""Attacks by upload: what a sender could make the service parse, keep or wait for. Each test fails where one works."""

import io
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from app import create_app
from app.container import Services
from app.ops.body_budget import BodyBudget
from app.settings.schema import Settings
from app.web.ratelimit import LIMITS, Limit
from app.web.uploads import UploadRequest, kept_files
from support.tickets.attachments import AttachmentFolder
from support.tickets.models import CheckedFile, Upload
from support.tickets.waiting_uploads import WaitingUploads
from tests.process.server import Server, status
from tests.support.test_contact_form import fill, read_form, stored

_MEGABYTE = 1024 * 1024


def services(app: Flask) -> Services:
    found: Services = app.extensions["signpost"]
    return found


def on_disk(app: Flask) -> list[Path]:
    s = services(app)
    places = (s.settings.data_dir / "attachments", s.settings.data_dir / "uploads")
    return [path for place in places for path in place.rglob("*") if path.is_file()]


def tokens(app: Flask, count: int) -> list[str]:
    """Signed references to files that wait, as forms carry them."""
    s = services(app)
    made = []
    for number in range(count):
        file, data = s.tickets.files.inspect(Upload(f"{number}.txt", f"file {number}".encode()))
        place = s.settings.data_dir / "attachments" / file.sha256[:2] / file.sha256
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        made.append(kept_files(s.settings).token(file))
    return made


@pytest.mark.parametrize("repeat", [1, 2_000])
def test_two_thousand_kept_tokens_make_a_ticket_of_no_more_files_than_a_form_may_have(
    client: FlaskClient, app: Flask, repeat: int
) -> None:
    kept = tokens(app, 2_000 // repeat) * repeat
    began = time.process_time()
    client.post("/en/contact", data={**fill(client), "kept": kept})

    most = services(app).settings.attachments_max
    assert sum(len(ticket.attachments) for ticket in stored(app)) <= most
    assert len({file.sha256 for ticket in stored(app) for file in ticket.attachments}) <= most
    assert time.process_time() - began < 5


def test_two_thousand_kept_tokens_in_a_message_of_the_status_page(client: FlaskClient, app: Flask) -> None:
    client.post("/en/contact", data=fill(client))
    (ticket,) = stored(app)
    client.post(f"/t/{ticket.token}/message", data={"message": "more", "key": "k", "kept": tokens(app, 2_000)})
    assert len(stored(app)[0].attachments) <= services(app).settings.attachments_max


def test_a_kept_token_counts_like_a_file_chosen_now(client: FlaskClient, app: Flask) -> None:
    most = services(app).settings.attachments_max
    page = client.post(
        "/en/contact",
        data={**fill(client), "kept": tokens(app, most), "attachments": (io.BytesIO(b"one more"), "more.txt")},
    )
    assert page.status_code == 422
    assert "“more.txt” was left out" in page.text
    assert stored(app) == []


def test_a_file_that_no_longer_waits_is_asked_for_again(client: FlaskClient, app: Flask) -> None:
    values = fill(client)
    first = read_form(
        client.post("/en/contact", data={**values, "consent": "", "attachments": (io.BytesIO(b"log"), "a.log")})
    )
    for path in on_disk(app):
        path.unlink()
    page = client.post("/en/contact", data={**values, "kept": first.kept})
    assert page.status_code == 422
    assert "“a.log” is no longer here. Please choose it again." in page.text
    assert stored(app) == []


def _parts(count: int, body: bytes = b"x", kind: str = "") -> bytes:
    part = b'--b\r\nContent-Disposition: form-data; name="f%d"' + (b'; filename="a.txt"' if kind else b"")
    return b"".join(part % n + b"\r\n\r\n" + body + b"\r\n" for n in range(count)) + b"--b--\r\n"


@pytest.mark.parametrize("address", ["/en/contact", "/api/v1/tickets"])
@pytest.mark.parametrize("kind", ["", "file"])
def test_ten_thousand_parts_are_refused_without_being_kept(
    client: FlaskClient, app: Flask, address: str, kind: str
) -> None:
    began = time.process_time()
    page = client.post(address, data=_parts(10_000, kind=kind), content_type="multipart/form-data; boundary=b")
    assert page.status_code in {400, 413}
    assert time.process_time() - began < 5
    assert stored(app) == []
    assert on_disk(app) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"--b\r\n",
        b'--b\r\nContent-Disposition: form-data; name="attachments"; filename="a.txt"\r\n\r\nno end',
        b"--b\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--b--",
        b"--b\r\nContent-Disposition: form-data; name*=utf-8''a%00b; filename*=utf-8''%ff\r\n\r\nx\r\n--b--",
        b"--b\r\n" + b"X-Header: 1\r\n" * 5_000 + b"\r\nx\r\n--b--",
        b'--b\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name="message"\r\n\r\n!\r\n--b--',
        b"\r\n" * 50_000 + b"--b--",
        b"--b\r\n" * 20_000,
        b"-" * 100_000,
    ],
)
@pytest.mark.parametrize("boundary", ["b", "", "b" * 5_000])
def test_broken_multipart_is_answered_and_leaves_nothing(
    client: FlaskClient, app: Flask, body: bytes, boundary: str
) -> None:
    began = time.process_time()
    for address in ("/en/contact", "/api/v1/tickets"):
        page = client.post(address, data=body, content_type=f"multipart/form-data; boundary={boundary}")
        assert 400 <= page.status_code < 500, page.status_code
    assert time.process_time() - began < 5
    assert stored(app) == []
    assert on_disk(app) == []


def _post(client: FlaskClient, address: str, name: str, remote: str = "203.0.113.7", **values: str) -> TestResponse:
    """A form with a file of 900 kB. The test client would leave a temporary file of so much open."""
    fields = {**values, "attachments": FileStorage(io.BytesIO(os.urandom(900_000)), name)}
    boundary, body = encode_multipart(MultiDict(fields))
    content_type = f"multipart/form-data; boundary={boundary}"
    return client.post(address, data=body, content_type=content_type, environ_base={"REMOTE_ADDR": remote})


def _upload(client: FlaskClient, number: int, remote: str = "203.0.113.7") -> None:
    page = _post(client, "/en/contact", f"{number}.bin", remote, action="check", message="see file")
    assert "see file" in page.text  # whatever became of the file, the text came back


@pytest.fixture
def small(make_app: Callable[..., Flask]) -> Flask:
    """Limits that are reached in a test: 20 MB of files may wait in all, 8 files of 1 MB of one client."""
    return make_app(attachments_max=2, attachment_max_mb=1, uploads_waiting_mb=20)


@pytest.fixture
def make_app(settings: Settings) -> Callable[..., Flask]:
    def make(**changes: object) -> Flask:
        base = {name: getattr(settings, name) for name in ("data_dir", "kb_dir", "embedder", "watch")}
        return create_app({**base, "environment": "development", **changes})

    return make


def test_many_big_uploads_of_one_client_fill_no_more_than_its_share(small: Flask) -> None:
    client = small.test_client()
    for number in range(30):
        _upload(client, number)
    sizes = [path.stat().st_size for path in on_disk(small)]
    assert len(sizes) <= 8
    assert sum(sizes) <= 8 * _MEGABYTE


def test_many_clients_together_fill_no_more_than_all_may(small: Flask) -> None:
    client = small.test_client()
    for number in range(60):
        _upload(client, number, remote=f"198.51.{number % 30}.{number}")
    assert sum(path.stat().st_size for path in on_disk(small)) <= 20 * _MEGABYTE


def test_an_ipv6_network_is_one_client(small: Flask) -> None:
    client = small.test_client()
    for number in range(20):
        _upload(client, number, remote=f"2001:db8:1:2::{number:x}")
    assert len(on_disk(small)) <= 8


def test_files_beyond_the_allowance_are_thrown_away_while_they_arrive(small: Flask) -> None:
    client = small.test_client()
    for number in range(12):
        _upload(client, number)
    before = {path.name for path in on_disk(small)}
    page = _post(client, "/en/contact", "late.bin", action="send", message="see file")
    assert page.status_code == 422
    assert "“late.bin” was not taken: many files come from where you are just now." in page.text
    assert "see file" in page.text
    assert {path.name for path in on_disk(small)} == before


def test_a_program_beyond_the_allowance_waits_before_its_body_is_read(small: Flask) -> None:
    client = small.test_client()
    codes = []
    for number in range(15):
        page = _post(client, "/api/v1/tickets", f"{number}.bin", email="a@example.org", message="x")
        codes.append(page.status_code)
    assert codes[-1] == 429
    assert set(codes) <= {400, 429}  # 400: it lacks the consent
    assert on_disk(small) == []


def test_a_client_that_only_sends_forms_is_told_to_wait_before_they_are_read(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_self: UploadRequest) -> None:
        raise AssertionError("the body was read")

    monkeypatch.setitem(LIMITS, "form", Limit(burst=3, per_minute=1))
    for _ in range(3):
        client.post("/en/contact", data={"action": "remove:x"})
    monkeypatch.setattr(UploadRequest, "_load_form_data", read)
    page = client.post("/en/contact", data={"action": "remove:x"})
    assert page.status_code == 429
    assert "Go back (your text is still there)" in page.text
    assert int(page.headers["Retry-After"]) >= 1


def test_what_was_never_sent_is_swept(client: FlaskClient, app: Flask) -> None:
    client.post("/en/contact", data={"action": "check", "message": "x", "attachments": (io.BytesIO(b"log"), "a.log")})
    (waiting,) = on_disk(app)
    tickets = services(app).tickets
    assert tickets.sweep(services(app).now()) == 0
    os.utime(waiting, (1, 1))
    assert tickets.sweep(services(app).now()) == 1
    assert on_disk(app) == []


def test_the_oldest_files_go_first_and_only_the_clients_own(tmp_path: Path) -> None:
    folder = AttachmentFolder(tmp_path / "attachments", 100)
    waiting = WaitingUploads(tmp_path / "uploads", folder, most_bytes=1_000, client_files=3)

    def put(text: str, client: str) -> CheckedFile:
        file, data = folder.inspect(Upload("a.txt", text.encode()))
        waiting.put(file, data, client)
        for place in (tmp_path / "uploads").iterdir():
            stat = place.stat()
            os.utime(place, (stat.st_atime, stat.st_mtime - 10))
        return file

    other = put("of somebody else", "b" * 16)
    own = [put(f"number {number}", "a" * 16) for number in range(5)]
    assert [waiting.has(file) for file in own] == [False, False, True, True, True]
    assert waiting.has(other)
    assert waiting.claim(other)
    assert folder.path(other.sha256).read_bytes() == b"of somebody else"
    assert waiting.claim(other)  # again, as when the same form is sent twice
    assert not waiting.claim(own[0])


def test_bodies_in_arrival_are_bounded_for_a_client_and_in_all() -> None:
    budget = BodyBudget(most=100, most_of_client=40)
    assert budget.take("a", 40)
    assert not budget.take("a", 1)
    assert budget.take("b", 40)
    assert not budget.take("c", 21)
    budget.give_back("a", 40)
    assert budget.take("c", 40)
    assert budget.used == 80


@pytest.fixture
def running(tmp_path: Path) -> Server:
    return Server(
        tmp_path, SIGNPOST_ATTACHMENTS_MAX="1", SIGNPOST_ATTACHMENT_MAX_MB="2", SIGNPOST_UPLOADS_WAITING_MB="10"
    )


def test_slow_and_unfinished_uploads_neither_fill_the_disk_nor_keep_others_out(running: Server) -> None:
    """Each begins a body of nearly 3 MB and never ends it: the fourth has no room, and everybody else is served."""
    with running as server:
        server.wait()
        head = (
            b"POST /en/contact HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            b"Content-Length: 3000000\r\n\r\n"
        )
        open_ones, refused = [], 0
        for _ in range(8):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            open_ones.append(connection)
            try:
                connection.sendall(head)
                for _ in range(29):
                    connection.sendall(bytes(100_000))
                connection.settimeout(0.5)
                refused += connection.recv(100).startswith(b"HTTP/1.1 503")
            except TimeoutError:
                pass
            except OSError:  # closed while we sent
                refused += 1
        began = time.monotonic()
        assert status(server.port, "/healthz") == 200
        assert time.monotonic() - began < 5
        assert refused >= 6
        for connection in open_ones:
            connection.close()
        time.sleep(1)
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(head)
            connection.sendall(bytes(2_000_000))
            connection.settimeout(1)
            with pytest.raises(TimeoutError):  # there is room again: it waits for the rest
                connection.recv(100)
