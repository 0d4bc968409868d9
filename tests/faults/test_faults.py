"""What else goes wrong around a running server: a full disk, a locked database, mail servers and receivers of every
bad kind, workers that meet. After each, what was acknowledged is there and has arrived."""

import contextlib
import resource
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import Envelope

from app.settings.schema import Settings
from core.database.connection import connect
from core.network.errors import NotDelivered
from core.network.safe_http import SafeHttpClient
from support.background.worker import OutboxProcessor, OutboxSender
from support.delivery import delivery_log
from support.delivery.circuit_breaker import OPEN_AFTER
from support.delivery.webhook_signing import Webhook
from support.email.smtp import SmtpTransport, parse_smtp_url
from support.tickets.deliveries import attempts
from support.tickets.service import TicketService
from tests.faults.site import PATIENCE, Books, Post, Receiver, Site
from tests.support.conftest import NOW, make_settings, new_ticket
from tests.support.test_webhook import SECRET

__all__ = ["make_settings"]


def test_a_full_disk_refuses_honestly_and_takes_everything_once_there_is_room(make_site: Callable[..., Site]) -> None:
    site = make_site()
    site.start()
    books = Books(0, 6)
    first = site.submit(0)
    assert first is not None and first[0] == 201
    books.acknowledged[0] = first[1]["reference"]
    _, hard = resource.prlimit(site.pid, resource.RLIMIT_FSIZE)
    database = site.folder / "data" / "signpost.db"
    # No file may grow beyond this: as when the disk is full, in the middle of whatever is being written.
    full = database.with_name("signpost.db-wal").stat().st_size
    resource.prlimit(site.pid, resource.RLIMIT_FSIZE, (full, hard))
    refused = 0
    for number in range(1, 6):
        answer = site.submit(number)
        assert answer is not None
        if answer[0] == 201:
            books.acknowledged[number] = answer[1]["reference"]
        else:
            assert (answer[0], answer[1]["error"]["code"]) == (503, "not_stored")
            refused += 1
    assert refused >= 3
    # Less room still: no file of an attachment fits either.
    resource.prlimit(site.pid, resource.RLIMIT_FSIZE, (20_000, hard))
    told = site.get("/readyz")
    assert told is not None and told[0] == 503
    assert (told[1]["storing"], told[1]["files"]) == ("failed", "failed")
    resource.prlimit(site.pid, resource.RLIMIT_FSIZE, (hard, hard))
    told = site.get("/readyz")
    assert told is not None and (told[1]["storing"], told[1]["files"]) == ("ok", "ok")
    for number in set(range(6)) - set(books.acknowledged):
        answer = site.submit(number)
        assert answer is not None and answer[0] == 201, answer
        books.acknowledged[number] = answer[1]["reference"]
    site.wait_delivered()
    site.check(books)
    assert site.post.mails(), "and it was delivered"


def test_a_database_that_is_locked_for_a_while_is_waited_for(make_site: Callable[..., Site]) -> None:
    site = make_site()
    site.start()
    books = Books(0, 4)
    answers: dict[int, object] = {}
    with contextlib.closing(sqlite3.connect(site.folder / "data" / "signpost.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        threads = [threading.Thread(target=lambda n=n: answers.update({n: site.submit(n, PATIENCE)})) for n in range(4)]
        for thread in threads:
            thread.start()
        while site.get("/healthz") is None:
            time.sleep(0.05)
        time.sleep(1.0)  # long enough that some of them do wait
        other.execute("COMMIT")
    for thread in threads:
        thread.join()
    for number in range(4):
        answer = answers[number]
        while not (isinstance(answer, tuple) and answer[0] == 201):
            assert answer is None or (isinstance(answer, tuple) and answer[0] == 503), answer
            answer = site.submit(number, PATIENCE)
        books.acknowledged[number] = answer[1]["reference"]
    site.wait_delivered()
    site.check(books)


class Mailroom:
    """An outbox processor, a mail server that misbehaves, and a clock of its own."""

    def __init__(self, settings: Settings, post: Post, patience: float = 20.0, longest: float = 480.0):
        self.post = post
        self.engine = connect(settings.database)
        self.tickets = TicketService(self.engine, settings)
        sender = OutboxSender(settings, self.tickets.files.path, self.tickets.response_targets)
        sender._transport = SmtpTransport(parse_smtp_url(post.url), patience, longest)
        self.processor = OutboxProcessor(self.tickets, sender)
        self.at = NOW

    def deliver_for(self, how_long: timedelta, step: timedelta = timedelta(minutes=1)) -> None:
        end = self.at + how_long
        while self.at < end:
            self.processor.deliver_due(lambda: self.at)
            self.at += step

    def pending(self) -> int:
        return int(self.tickets.backlog(self.at)["pending"])

    def arrived(self) -> list[str]:
        """One `recipient id` for each mail that came, sorted."""
        return sorted(f"{to} {mail['Message-ID']}" for to, mail in self.post.mails())


@pytest.fixture
def post() -> Iterator[Post]:
    opened = Post()
    yield opened
    opened.close()


@pytest.fixture
def mailroom(make_settings: Callable[..., Settings], post: Post) -> Iterator[Mailroom]:
    room = Mailroom(make_settings(smtp_url=post.url), post)
    yield room
    room.engine.dispose()


def test_greylisting_only_delays(mailroom: Mailroom, post: Post) -> None:
    seen: set[str] = set()

    def greylist(envelope: Envelope) -> str | None:
        key = ",".join(envelope.rcpt_tos)
        if key in seen:
            return None
        seen.add(key)
        return "451 4.7.1 Greylisted, try again in 5 minutes"

    post.behave = greylist
    for number in range(3):
        mailroom.tickets.create(new_ticket(email=f"c{number}@example.org"), None, NOW)
    mailroom.deliver_for(timedelta(minutes=10))
    assert mailroom.pending() == 0
    assert len(mailroom.arrived()) == len(set(mailroom.arrived())) == 6
    assert delivery_log.circuits(mailroom.engine) == (), "a refusal of one mail is no failure of the server"


def test_a_server_that_is_down_is_left_alone_and_gets_everything_when_it_is_back(
    mailroom: Mailroom, post: Post
) -> None:
    working = mailroom.processor._sender._transport
    tried = 0

    class Down(SmtpTransport):
        def send(self, mail: EmailMessage, uid: str) -> None:
            nonlocal tried
            tried += 1
            super().send(mail, uid)

    mailroom.processor._sender._transport = Down(parse_smtp_url(f"smtp://127.0.0.1:{_nobodys_port()}"))
    for number in range(10):
        mailroom.tickets.create(new_ticket(email=f"c{number}@example.org"), None, NOW)
    mailroom.deliver_for(timedelta(hours=2))
    assert [c.channel for c in delivery_log.circuits(mailroom.engine)] == ["mail"]
    # 20 mails, each tried by itself, would be hundreds of connections in two hours.
    assert OPEN_AFTER < tried < 30
    mailroom.processor._sender._transport = working
    mailroom.deliver_for(timedelta(hours=3), timedelta(minutes=5))
    assert mailroom.pending() == 0
    assert len(mailroom.arrived()) == len(set(mailroom.arrived())) == 20
    assert delivery_log.circuits(mailroom.engine) == ()


def _nobodys_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class RudeServer:
    """Speaks SMTP up to a point, then does `then` with the connection."""

    def __init__(self, until: bytes, then: Callable[[socket.socket], None]):
        self._until, self._then = until, then
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._socket.getsockname()[1]}"
        self.conversations = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.conversations += 1
            with connection, contextlib.suppress(OSError):
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        if self._until == b"":
            self._then(connection)
            return
        connection.sendall(b"220 rude\r\n")
        pending, in_data = b"", False
        while chunk := connection.recv(65_536):
            pending += chunk
            if in_data and self._until == b"DATA":
                self._then(connection)  # in the middle of the mail
                return
            while not in_data and b"\r\n" in pending:
                line, _, pending = pending.partition(b"\r\n")
                verb = line[:4].upper()
                if verb == self._until and verb != b"DATA":
                    self._then(connection)
                    return
                in_data = verb == b"DATA"
                connection.sendall(b"354 go on\r\n" if in_data else b"250 fine\r\n")
            if in_data and pending.endswith(b"\r\n.\r\n"):
                if self._until == b".":
                    self._then(connection)
                    return
                in_data, pending = False, b""
                connection.sendall(b"250 taken\r\n")

    def close(self) -> None:
        self._ended.set()
        self._socket.close()


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def _hang(connection: socket.socket) -> None:
    connection.settimeout(PATIENCE)
    while connection.recv(1_024):
        pass


def _drip(connection: socket.socket) -> None:
    while True:  # a line that never ends: no time-out of a single read is ever reached
        connection.sendall(b"220-wait\r\n")
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("until", "then"),
    [
        pytest.param(b"", _reset, id="no greeting"),
        pytest.param(b"EHLO", _reset, id="gone after EHLO"),
        pytest.param(b"MAIL", _hang, id="hangs at MAIL"),
        pytest.param(b"RCPT", _reset, id="gone at RCPT"),
        pytest.param(b"DATA", _reset, id="gone in the middle of DATA"),
        pytest.param(b".", _hang, id="silent after DATA"),
        pytest.param(b"", _drip, id="a greeting that never ends"),
    ],
)
def test_a_server_that_breaks_off_or_never_ends_costs_a_retry_and_nothing_else(
    make_settings: Callable[..., Settings], post: Post, until: bytes, then: Callable[[socket.socket], None]
) -> None:
    rude = RudeServer(until, then)
    room = Mailroom(make_settings(smtp_url=post.url), post)
    working = room.processor._sender._transport
    room.processor._sender._transport = SmtpTransport(parse_smtp_url(rude.url + "?starttls=never"), 1.0, 2.0)
    room.tickets.create(new_ticket(), None, NOW)
    room.processor.deliver_due(lambda: NOW)
    assert rude.conversations >= 1
    assert room.pending() == 2
    tries = attempts(room.engine)
    assert not any(a.ok for a in tries)
    room.processor._sender._transport = working
    room.deliver_for(timedelta(minutes=30))
    assert room.pending() == 0
    assert len(room.arrived()) == len(set(room.arrived())) == 2
    rude.close()
    room.engine.dispose()


def test_a_server_that_takes_the_mail_and_never_says_good_bye_is_not_sent_it_twice(
    make_settings: Callable[..., Settings], post: Post
) -> None:
    rude = RudeServer(b"QUIT", _hang)
    room = Mailroom(make_settings(smtp_url=post.url), post)
    room.processor._sender._transport = SmtpTransport(parse_smtp_url(rude.url + "?starttls=never"), 1.0, 2.0)
    room.tickets.create(new_ticket(), None, NOW)
    room.processor.deliver_due(lambda: NOW)
    assert room.pending() == 0
    rude.close()
    room.engine.dispose()


def test_a_receiver_that_hangs_is_given_up_on_and_tried_again(make_settings: Callable[..., Settings]) -> None:
    receiver = Receiver()
    receiver.hang.set()
    hasty = Webhook(receiver.url, SECRET, allow_private=True, patience=0.5)
    with pytest.raises(NotDelivered) as failed:
        hasty.send("msg_1", {"data": {"reference": "x"}}, NOW)
    assert failed.value.channel_down
    receiver.hang.clear()
    hasty.send("msg_1", {"data": {"reference": "x"}}, NOW)
    assert {uid for uid, _ in receiver.got} == {"msg_1"}
    receiver.close()


def test_a_receiver_that_drips_its_answer_is_cut_off() -> None:
    rude = RudeServer(b"", _drip_http)
    outward = SafeHttpClient(rude.url.replace("smtp", "http"), allow_private=True, patience=5.0, longest=1.0)
    with pytest.raises(NotDelivered):
        outward.post("/", {}, b"{}")
    rude.close()


def _drip_http(connection: socket.socket) -> None:
    while True:  # a first line that never ends
        connection.sendall(b"HTTP")
        time.sleep(0.02)


def test_two_workers_at_once_deliver_everything_and_nothing_twice(
    make_settings: Callable[..., Settings], post: Post, migrated_url: str
) -> None:
    settings = make_settings(smtp_url=post.url, database_url=migrated_url)
    rooms = [Mailroom(settings, post) for _ in range(2)]
    for number in range(20):
        rooms[0].tickets.create(new_ticket(email=f"c{number}@example.org"), None, NOW)
    start = threading.Barrier(2)

    def work(room: Mailroom) -> None:
        start.wait()
        room.processor.deliver_due(lambda: NOW)

    threads = [threading.Thread(target=work, args=(room,)) for room in rooms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rooms[0].pending() == 0
    assert len(rooms[0].arrived()) == len(set(rooms[0].arrived())) == 40
    for room in rooms:
        room.engine.dispose()
