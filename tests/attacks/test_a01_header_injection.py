"""A subject, name or file name that holds an encoded word must stay text in every mail, on every Python."""

import email
import email.header
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from pathlib import Path

import idna
import pytest
from flask import Flask

from app.desk.access import safe_next
from app.ops import bootstrap
from app.settings.schema import Settings
from app.widget.page_query import page_question
from core.database.connection import connect
from core.network.errors import NotDelivered
from core.network.safe_http import SafeHttpClient
from support.background.worker import OutboxProcessor, OutboxSender
from support.email import headers
from support.email.smtp import FolderTransport, serialized
from support.tickets.models import Upload
from support.tickets.service import TicketService
from tests.attacks.header_lines import WORD, composed
from tests.support.conftest import NOW, new_ticket

ROOT = Path(__file__).parents[2]
HOSTILE = (
    WORD,
    "=?utf-8?b?eA0KQmNjOiBldmVAZXZpbC5leGFtcGxlDQpYLUV2aWw6IDENCg0KPGgxPllvdXIgYWNjb3VudDwvaDE+?=",
    "ilk =?iso-8859-9?q?x=0aX-Evil:_1=0d?= 協助",
    "x\r\nX-Evil: 1\r\n\r\n<h1>Your account</h1>",
    "x\u2028X-Evil: 1\x85X-Evil: 1\x00\x0b",
    'x" <eve@evil.example>, "y',
    "=?utf-8?q?" + "a" * 900 + "=0d=0aX-Evil:_1?=",
)


def _interpreters() -> list[str]:
    """Pythons of this machine from 3.11 on, one of each version, besides the one that runs the tests."""
    names = [shutil.which(f"python3.{minor}") for minor in range(11, 16)]
    paths = [Path(name) for name in (*names, "/usr/bin/python3.11") if name and Path(name).exists()]
    for folder in (Path.home() / ".pyenv" / "versions", Path.home() / ".local" / "share" / "uv" / "python"):
        paths += sorted(folder.glob("*/bin/python3"))
    found: dict[str, str] = {}
    for path in paths:
        asked = [str(path), "-I", "-c", "import sys; print(*sys.version_info[:3], sep='.')"]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
        version = done.stdout.strip()
        if done.returncode == 0 and tuple(map(int, version.split("."))) >= (3, 11):
            found.setdefault(version, str(path))
    return [found[version] for version in sorted(found)]


def _check_head(head: str) -> None:
    """Each line begins a header that is meant to be there, or continues one."""
    known = {
        "subject", "from", "to", "reply-to", "list-id", "x-signpost-reference", "mime-version", "content-type", "date",
        "message-id", "auto-submitted", "x-auto-response-suppress", "precedence", "references", "in-reply-to",
    }  # fmt: skip
    for line in head.split("\r\n"):
        assert line.isprintable() or line.startswith((" ", "\t"))
        assert "\n" not in line and "\r" not in line
        if not line.startswith((" ", "\t")):
            assert line.partition(":")[0].lower() in known, line


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_becomes_a_header_or_a_body(value: str) -> None:
    mail = composed(value)
    raw = serialized(mail)
    head = raw.partition(b"\r\n\r\n")[0].decode()
    _check_head(head)
    assert all(len(line) <= 78 for line in head.split("\r\n"))
    assert b"\r\nX-Evil" not in raw
    assert b"\r\nBcc" not in raw
    parsed = email.message_from_bytes(raw, policy=policy.compat32)
    assert parsed.get_content_type() == "multipart/mixed"
    assert len(parsed.get_payload()) == 2


@pytest.mark.parametrize("value", HOSTILE)
def test_every_python_of_this_machine_writes_the_same_mail(value: str) -> None:
    others = _interpreters()
    if not others:
        pytest.skip("no other Python is installed")
    # The package `idna` alone is lent to them; it is plain Python.
    environ = {"PYTHONPATH": os.pathsep.join((str(ROOT), str(Path(idna.__file__).parents[1]))), "PATH": os.defpath}
    if "\0" in value:
        value = value.replace("\0", "")
    for python in (sys.executable, *others):
        asked = [python, "-m", "tests.attacks.header_lines", value]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=120, env=environ, cwd=ROOT, check=False)
        assert done.returncode == 0, (python, done.stderr)
        said = json.loads(done.stdout)
        _check_head(said["head"])
        assert "\r\nX-Evil" not in said["all"], said["version"]


def test_a_ticket_of_an_anonymous_visitor_cannot_write_headers_of_our_mails(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings(team_email="team@help.example", site_name=f"Help {WORD}")
    engine = connect(settings.database)
    tickets = TicketService(engine, settings)
    file = tickets.files.save(Upload(f"{WORD}.txt", b"log line"))
    tickets.create(new_ticket(subject=WORD, name=WORD, attachments=(file,)), None, NOW)
    OutboxProcessor(tickets, OutboxSender(settings, tickets.files.path)).deliver_due(lambda: NOW)
    mails = sorted((settings.data_dir / "mail").glob("*.eml"))
    assert len(mails) == 2
    team = next(path for path in mails if b"X-Signpost-Reference" in path.read_bytes())
    assert WORD in _unfolded(team.read_bytes(), "Subject"), "the team reads what was typed"
    for path in mails:
        raw = path.read_bytes()
        _check_head(raw.partition(b"\r\n\r\n")[0].decode())
        assert b"\r\nX-Evil" not in raw
        assert b"\r\nBcc" not in raw
    engine.dispose()


class _OldFold(headers.EncodedHeader):
    """A header that folds as Python did before CVE-2024-6923 was mended: what was decoded is written as it is."""

    def fold(self, *, policy: object) -> str:
        return f"{self.name}: x\r\nX-Evil: 1\r\n"


@pytest.mark.parametrize(
    "folded", ["x\r\nX-Evil: 1\r\n", "x\n X\r\n", "x\0y\r\n", "x\r\n\r\n<h1>\r\n", "x\r\n \r\n y\r\n", "x\x07\r\n"]
)
def test_whatever_folds_wrongly_is_not_sent(folded: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mail = composed("A subject")
    monkeypatch.setattr(headers.EncodedHeader, "fold", lambda self, *, policy: f"{self.name}: {folded}")
    with pytest.raises(NotDelivered) as refused:
        FolderTransport(tmp_path).send(mail, "msg_1")
    assert refused.value.permanent
    assert not list(tmp_path.iterdir())


def test_the_old_fold_of_one_part_is_seen_too() -> None:
    mail = composed("A subject")
    part = mail.get_payload()[-1]  # type: ignore[index]
    old = _OldFold.of("Content-Disposition", ("attachment",))
    del part["Content-Disposition"]  # type: ignore[arg-type]
    part._headers.append(("Content-Disposition", old))  # type: ignore[union-attr]
    with pytest.raises(NotDelivered):
        serialized(mail)


def _unfolded(raw: bytes, name: str) -> str:
    """A header as a mail client shows it."""
    value = email.message_from_bytes(raw, policy=policy.compat32)[name]
    return str(email.header.make_header(email.header.decode_header(value)))


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (
            "Sağ kulaklıktan hiç ses gelmiyor, üç gündür bekliyorum ve kimse ilgilenmedi, ne yapmalıyım?",
            "Şükrü Çağlayan Gökçe Işıklar",
        ),
        (
            "左邊的耳機完全沒有聲音，我已經等了三天，沒有任何人回覆我，請問接下來應該怎麼做才好呢？謝謝",
            "王小明（台北市政府教育局資訊科技中心聯絡窗口）",
        ),
        ("👩🏽\u200d🚀" * 20, "Zoë " + "é" * 60),
        ("a" * 300, 'O"Brien, Pat (Sales) \\'),
        ("words " * 60, "Ada Lovelace"),
    ],
)
def test_long_subjects_and_names_are_folded_between_whole_characters(subject: str, name: str) -> None:
    mail = EmailMessage(policy=headers.POLICY)
    mail["Subject"] = subject
    mail["From"] = headers.Mailbox(name, "ada@例子.example")
    mail["To"] = headers.Mailbox(name, "ada@example.org")
    mail.set_content("x")
    raw = serialized(mail)
    for line in raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n"):
        assert len(line) <= 78
        for word in line.split():
            if word.startswith("=?"):
                assert len(word) <= 75
                email.header.decode_header(word)[0][0].decode()  # whole characters
    parsed = email.message_from_bytes(raw, policy=policy.default)
    assert parsed["Subject"] == subject.strip()
    assert parsed["From"].addresses[0].addr_spec == "ada@xn--fsqu00a.example"
    # Not read by the same library: it puts a space between two encoded words of a name.
    shown = _unfolded(raw, "From")
    assert shown.rpartition(" <")[0].strip('"').replace('\\"', '"').replace("\\\\", "\\") == name


@pytest.mark.parametrize("name", ["ekran görüntüsü.txt", "螢幕擷取畫面" * 12 + ".png", 'a"b;c.txt', WORD, "%0d%0a.txt"])
def test_file_names_arrive_as_they_were(name: str) -> None:
    raw = serialized(composed(name))
    parts = list(email.message_from_bytes(raw, policy=policy.default).iter_attachments())
    assert [part.get_filename() for part in parts] == [name]


@pytest.mark.parametrize("value", ["x\r\nX-Evil: 1", "x\nX-Evil: 1", "x\0", "x\r"])
def test_no_line_break_gets_into_a_header_of_a_webhook_or_a_helpdesk(value: str) -> None:
    client = SafeHttpClient("http://127.0.0.1:9/x", allow_private=True)
    for asked in ({"X-Test": value}, {value: "x"}):
        with pytest.raises(NotDelivered, match="header"):
            client.call("POST", "/x", asked, b"{}")
    with pytest.raises(NotDelivered, match="header"):
        client.call("POST", f"/{value}", {}, b"{}")


@pytest.mark.parametrize(
    ("version", "warned"),
    [
        ((3, 11, 2), True),
        ((3, 11, 9), True),
        ((3, 11, 10), False),
        ((3, 12, 3), True),
        ((3, 12, 4), False),
        ((3, 13, 0), False),
    ],
)
def test_setup_warns_of_a_python_whose_mail_library_is_broken(version: tuple[int, ...], warned: bool) -> None:
    said = bootstrap.python_warning(version)
    assert bool(said) is warned
    assert not warned or "update Python" in said


def test_ids_of_strangers_mails_stay_whole_or_are_left_out() -> None:
    long = f"<{'A' * 120}@mail.example>"
    mail = composed("A subject")
    mail["References"] = f"<root@help.example> {long} =?utf-8?q?=0d=0aX-Evil:_1?= <a\u00e9@x> <last@help.example>"
    head = serialized(mail).partition(b"\r\n\r\n")[0].decode()
    unfolded = " ".join(head.replace("\r\n", "").partition("References:")[2].split()[:3])
    assert unfolded == f"<root@help.example> {long} <last@help.example>"


@pytest.mark.parametrize(
    "target", ["/desk/\r\nX-Evil: 1", "/desk/\t", "/\t/evil.example", "/desk/%2e%2e//evil", "/desk\\@evil"]
)
def test_where_to_go_after_signing_in_is_judged_as_browsers_read_it(app: Flask, target: str) -> None:
    with app.test_request_context():
        assert safe_next(target) == "/desk/"


def test_an_address_that_is_decoded_brings_no_control_characters_into_a_search() -> None:
    asked = page_question("", "", "", "https://shop.example/%C3%A9t%C3%A9%00/caf%C3%A9%0D%0A/x")
    assert asked.isprintable()
