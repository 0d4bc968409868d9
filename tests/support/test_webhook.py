"""Webhooks against a real local server, as a receiver following Standard Webhooks checks them."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.settings.schema import Settings
from core.database.connection import connect
from core.network.errors import NotDelivered
from support.background.worker import OutboxProcessor, OutboxSender
from support.delivery.webhook_signing import BadWebhookSetting, Webhook, is_public, sign
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes !!!").decode()


class Receiver(ThreadingHTTPServer):
    """Keeps what it got; answers with the next of `statuses`, 204 when there are no more."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?team=1"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({k.lower(): v for k, v in self.headers.items()} | {"path": self.path}, body))
        status = self.server.statuses.pop(0) if self.server.statuses else 204
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.server.url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _verified(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """Written from the specification, not from our code."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(part == f"v1,{expected}" for part in headers["webhook-signature"].split(" "))


def test_a_known_signature_comes_out() -> None:
    # The example of the Standard Webhooks specification's reference implementation.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_ticket_reaches_the_receiver_signed_with_its_pack(
    receiver: Receiver, make_settings: Callable[..., Settings]
) -> None:
    settings = make_settings(webhook_url=receiver.url, allow_private_webhooks=True)
    engine = connect(settings.database)
    tickets = TicketService(engine, settings)
    ticket = tickets.create(new_ticket(), None, NOW)
    receiver.statuses = [500, 503]
    processor = OutboxProcessor(tickets, OutboxSender(settings, tickets.files.path))
    for minutes in (0, 5, 30):
        processor.deliver_due(lambda m=minutes: NOW + timedelta(minutes=m))  # type: ignore[misc]
    tickets.add_message(ticket.token, "More.", "k", NOW)
    processor.deliver_due(lambda: NOW + timedelta(minutes=31))
    secret = "whsec_" + (settings.secrets_dir / "webhook").read_text()
    assert (settings.secrets_dir / "webhook").stat().st_mode & 0o777 == 0o600
    assert all(_verified(headers, body, secret) for headers, body in receiver.got)
    assert not _verified(receiver.got[0][0], receiver.got[0][1] + b" ", secret)
    assert [h["path"] for h, _ in receiver.got] == ["/hook?team=1"] * 4
    assert len({h["webhook-id"] for h, _ in receiver.got[:3]}) == 1
    created, message = json.loads(receiver.got[2][1]), json.loads(receiver.got[3][1])
    assert created["type"] == "ticket.created"
    assert created["data"]["reference"] == ticket.reference
    assert created["data"]["messages"][0]["text"] == "The left earbud is silent."
    assert message["type"] == "ticket.message"
    assert message["data"]["messages"][-1]["id"] == message["data"]["message_id"]
    assert tickets.backlog(NOW)["pending"] == 0
    engine.dispose()


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.statuses = [302]
    with pytest.raises(NotDelivered, match="302"):
        Webhook(receiver.url, SECRET, allow_private=True).send("msg_1", {}, NOW)
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.1.2.3", "[::ffff:10.0.0.1]"]
)
def test_addresses_inside_the_own_network_are_not_called(host: str) -> None:
    with pytest.raises(NotDelivered, match="own network"):
        Webhook(f"https://{host}:9/", SECRET).send("msg_1", {}, NOW)


def test_a_name_that_leads_inside_after_the_check_gains_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.server_address[1]))]]

    def rebinding(*_: Any, **__: Any) -> Any:
        assert answers, "the name was resolved twice"
        return answers.pop(0)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    Webhook("http://rebind.example/", SECRET, allow_private=True).send("msg_1", {}, NOW)
    assert receiver.got[0][0]["host"] == "rebind.example"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("::ffff:192.168.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::a00:1", False),
    ],
)
def test_inside_and_outside_are_told_apart(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("http://hooks.example/", SECRET),
        ("ftp://hooks.example/", SECRET),
        ("https://", SECRET),
        ("https://user:pass@hooks.example/", SECRET),
        ("https://hooks.example/", "whsec_%%%"),
        ("https://hooks.example/", "whsec_c2hvcnQ="),
    ],
)
def test_a_wrong_address_or_secret_is_refused(url: str, secret: str) -> None:
    with pytest.raises(BadWebhookSetting):
        Webhook(url, secret)


def test_a_receiver_that_does_not_answer_is_a_failure_to_try_again() -> None:
    with pytest.raises(NotDelivered):
        Webhook("http://127.0.0.1:1/", SECRET, allow_private=True).send("msg_1", {}, NOW)
