"""Reading a real IMAP server, a small one in Python, in a process of its own."""

import imaplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from aiosmtpd.smtp import Envelope

from app import doctor
from app.settings.schema import Settings
from support.email.inbound.imap import Mailbox, MailboxWorker, Unreachable, read_once
from support.email.inbound.imap_url import BadImapSetting, ImapServer, parse_imap_url
from support.email.inbound.spool import MailClaimed
from tests.process.server import free_port
from tests.support.conftest import NOW, new_ticket
from tests.support.inbound.conftest import Site, answer, letter
from tests.support.test_smtp import FreePort

_START = "from pymap.main import main; main()"


@pytest.fixture(scope="module")
def imap() -> Iterator[ImapServer]:
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-c", _START, "--host", "127.0.0.1", "--port", str(port), "--no-tls"]
    command += ["dict", "--demo-data", "--demo-user", "help", "--demo-password", "p@ss"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = parse_imap_url(f"imap://help:p%40ss@127.0.0.1:{port}/INBOX?starttls=never")
    try:
        _wait_until(lambda: _answers(server) or process.poll() is not None)
        yield server
    finally:
        process.kill()
        process.wait()


def _answers(server: ImapServer) -> bool:
    try:
        with Mailbox(server, ""):
            return True
    except Unreachable:
        return False


def _wait_until(true: Callable[[], bool], seconds: float = 180.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


class Postman:
    """Puts mail into the mailbox, and looks what is in it."""

    def __init__(self, server: ImapServer):
        self._client = imaplib.IMAP4(server.host, server.port)
        self._client.login(server.user, server.password)
        self._client.select("INBOX")
        for number in self._numbers("INBOX"):
            self._client.store(number, "+FLAGS", "\\Deleted")
        self._client.expunge()

    def post(self, raw: bytes) -> None:
        status, _ = self._client.append("INBOX", "", "", raw)  # type: ignore[arg-type]
        assert status == "OK"

    def _numbers(self, folder: str) -> list[str]:
        status, _ = self._client.select(folder)
        if status != "OK":
            return []
        return str(self._client.search(None, "ALL")[1][0], "ascii").split()

    def count(self, folder: str) -> int:
        return len(self._numbers(folder))

    def raw(self, folder: str) -> bytes:
        self._client.select(folder)
        return bytes(self._client.fetch(self._numbers(folder)[-1], "(BODY.PEEK[])")[1][0][1])  # type: ignore[index]

    def close(self) -> None:
        self._client.logout()


@pytest.fixture
def postman(imap: ImapServer) -> Iterator[Postman]:
    opened = Postman(imap)
    yield opened
    opened.close()


def test_mail_in_the_mailbox_is_taken_in_once_and_moved_away_as_it_came(
    site: Site, imap: ImapServer, postman: Postman
) -> None:
    ticket = site.tickets.create(new_ticket(), None, NOW)
    acknowledgement = next(m for m in site.deliver() if "ada@" in m["To"])
    odd = letter("Something new.").as_bytes() + b"\xff\xfe trailing bytes\r\n"
    postman.post(answer(acknowledgement, "Still silent.").as_bytes())
    postman.post(odd)
    assert read_once(imap, "Signpost", site.ingester, lambda: NOW) == 2
    assert [m.text for m in site.tickets.by_reference(ticket.reference).messages][-1] == "Still silent."
    assert len(site.tickets.newest()) == 2
    assert (postman.count("INBOX"), postman.count("Signpost")) == (0, 2)
    assert postman.raw("Signpost") == odd
    assert read_once(imap, "Signpost", site.ingester, lambda: NOW) == 0


def test_mail_that_could_not_be_stored_or_is_in_other_hands_stays_in_the_mailbox(
    site: Site, imap: ImapServer, postman: Postman
) -> None:
    postman.post(letter("Keep me.").as_bytes())

    def fails(_raw: bytes) -> None:
        raise OSError("no space left")

    def busy(_raw: bytes) -> None:
        raise MailClaimed

    with pytest.raises(OSError, match="no space"), Mailbox(imap, "Signpost") as mailbox:
        mailbox.take_all(fails)
    with Mailbox(imap, "Signpost") as mailbox:
        assert mailbox.take_all(busy) == 0
    assert postman.count("INBOX") == 1
    read_once(imap, "Signpost", site.ingester, lambda: NOW)
    # Stored, but the process died before it moved the mail: it comes again and is known.
    postman.post(letter("Keep me.").as_bytes())
    read_once(imap, "Signpost", site.ingester, lambda: NOW + timedelta(minutes=1))
    assert len(site.tickets.newest()) == 1


def test_the_worker_hears_of_new_mail_at_once_and_survives_a_server_that_is_away(
    site: Site, imap: ImapServer, postman: Postman
) -> None:
    with Mailbox(imap, "") as mailbox:
        assert mailbox.idles
    worker = MailboxWorker(imap, "Signpost", site.ingester, idle=600.0)
    worker.start()
    try:
        for number in range(2):
            # The second arrives while it idles: with ten minutes between looks, only IDLE can tell it.
            postman.post(letter(f"Letter {number}").as_bytes())
            _wait_until(lambda n=number: len(site.tickets.newest()) == n + 1)  # type: ignore[misc]
    finally:
        worker._stop.set()
        postman.post(letter("The last one wakes it.").as_bytes())
        worker.stop()
    assert not worker._thread.is_alive()
    away = MailboxWorker(parse_imap_url("imap://a:b@127.0.0.1:1/?starttls=never"), "", site.ingester)
    away.start()
    away.stop()
    assert not away._thread.is_alive()


def test_a_wrong_password_is_said_and_is_no_crash(imap: ImapServer) -> None:
    wrong = ImapServer(imap.host, imap.port, imap.user, "wrong", "INBOX", "never")
    with pytest.raises(Unreachable), Mailbox(wrong, ""):
        pass


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("imaps://u:p%40ss@mail.example", ("mail.example", 993, "u", "p@ss", "INBOX", "immediate")),
        ("imap://u:p@mail.example/Support%20Mail", ("mail.example", 143, "u", "p", "Support Mail", "required")),
        ("imap://u:p@mail.example:1143?starttls=never", ("mail.example", 1143, "u", "p", "INBOX", "never")),
    ],
)
def test_the_mailbox_is_one_address(url: str, expected: tuple[object, ...]) -> None:
    s = parse_imap_url(url)
    assert (s.host, s.port, s.user, s.password, s.folder, s.tls) == expected


@pytest.mark.parametrize(
    "url", ["http://u:p@x", "imaps://mail.example", "imap://u:secret@x:99999999", "imap://u:secret@x?starttls=auto"]
)
def test_a_wrong_address_of_a_mailbox_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(BadImapSetting) as refused:
        parse_imap_url(url)
    assert "secret" not in str(refused.value)


def test_the_doctor_s_mail_comes_back_and_is_taken_away(
    imap: ImapServer, postman: Postman, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    class IntoTheMailbox:
        async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:
            postman.post(bytes(envelope.content or b""))
            return "250 OK"

    smtp = FreePort(IntoTheMailbox(), hostname="127.0.0.1", port=0, ready_timeout=20)
    smtp.start()
    try:
        settings = make_settings(
            smtp_url=f"smtp://127.0.0.1:{smtp.port}", inbound_email="help@tonfell.example",
            imap_url=f"imap://help:p%40ss@127.0.0.1:{imap.port}/INBOX?starttls=never", base_url="https://help.example",
        )  # fmt: skip
        monkeypatch.setattr(doctor, "PATIENCE", 4.0)
        assert [one.level.value for one in doctor.check_mail_out(settings, NOW)] == ["ok", "warning"]
        assert [one.level.value for one in doctor.check_mail_in(settings, NOW)] == ["ok"]
        (found,) = doctor.mail_round_trip(settings, NOW)
        assert found.level.value == "ok", found
        assert postman.count("INBOX") == 0
    finally:
        smtp.stop()
