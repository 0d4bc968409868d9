"""Mails over a real SMTP server, and as files."""

import email
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.ops.translations import compile_all
from app.settings.schema import Settings
from core.database.connection import connect
from support.background.worker import OutboxProcessor, OutboxSender
from support.email import composer as mails
from support.email.rendering import greets
from support.email.smtp import BadMailSetting, parse_smtp_url
from support.tickets.agent_actions import AgentActions
from support.tickets.journey import Journey
from support.tickets.models import Author, Channel, Message, Upload
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket


class Mailbox:
    """What the server took. `answers` are given to the next deliveries instead of taking them."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answers: list[str] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.envelopes.append(envelope)
        return "250 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address.startswith("nobody@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [
            email.message_from_bytes(bytes(e.content or b""), policy=default)  # type: ignore[misc]
            for e in self.envelopes
            if address in e.rcpt_tos
        ]


class FreePort(Controller):
    """Listens on a port the system chose."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp(mailbox: Mailbox) -> Iterator[Controller]:
    controller = FreePort(mailbox, hostname="127.0.0.1", port=0, ready_timeout=20)
    controller.start()
    yield controller
    controller.stop()


class Desk:
    """A service, an outbox processor and its settings, on a fresh database."""

    def __init__(self, settings: Settings):
        self.engine = connect(settings.database)
        self.tickets = TicketService(self.engine, settings)
        self.agent_actions = AgentActions(self.tickets)
        self.processor = OutboxProcessor(self.tickets, OutboxSender(settings, self.tickets.files.path))

    def deliver(self, after: timedelta = timedelta()) -> int:
        return self.processor.deliver_due(lambda: NOW + after)


@pytest.fixture
def make_desk(make_settings: Callable[..., Settings]) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(**overrides: object) -> Desk:
        made.append(Desk(make_settings(team_email="team@tonfell.example", **overrides)))
        return made[-1]

    yield make
    for desk in made:
        desk.engine.dispose()


@pytest.fixture
def desk(make_desk: Callable[..., Desk], smtp: Controller) -> Desk:
    return make_desk(smtp_url=f"smtp://127.0.0.1:{smtp.port}", mail_from="Tonfell Yardım 協助 <help@tonfell.example>")


def _parts(mail: EmailMessage) -> dict[str, bytes]:
    return {str(p.get_filename()): p.get_payload(decode=True) for p in mail.iter_attachments()}  # type: ignore[misc]


def _text(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_acknowledgement_and_team_mail_arrive_with_the_pack_and_the_files(desk: Desk, mailbox: Mailbox) -> None:
    journey = Journey(page="https://shop.example/cart", lang="en", device="phone").with_query("no sound", "suggest")
    journey = journey.with_suggestion(
        "reset", "en", title="Reset your earbuds", rejected="did_not_answer", comment="did it"
    )
    file = desk.tickets.files.save(Upload("ekran görüntüsü.txt", b"log line"))
    ticket = desk.tickets.create(
        new_ticket(journey=journey, attachments=(file,), fields={"order_number": "TF-20418837"}), None, NOW
    )
    assert desk.deliver() == 2
    (acknowledgement,) = mailbox.to("ada@example.org")
    assert ticket.reference in acknowledgement["Subject"]
    assert acknowledgement["Auto-Submitted"] == "auto-replied"
    assert acknowledgement["Reply-To"].addresses[0].addr_spec == "team@tonfell.example"
    for kind in ("plain", "html"):
        body = _text(acknowledgement, kind)
        assert ticket.status_url in body
        assert "We usually answer within 4 hours" in body
        assert "The left earbud is silent." in body
    assert _parts(acknowledgement) == {}

    (team,) = mailbox.to("team@tonfell.example")
    assert team["Reply-To"].addresses[0].addr_spec == "ada@example.org"
    assert team["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        body = _text(team, kind)
        for piece in (
            "Ada",
            "TF-20418837",
            "no sound",
            "Reset your earbuds",
            "it does not answer",
            "did it",
            ticket.status_url,
        ):
            assert piece in body
    parts = _parts(team)
    assert parts["ekran görüntüsü.txt"] == b"log line"
    assert json.loads(parts["journey.json"]) == journey.as_dict()
    assert json.loads(parts["ticket.json"])["customer"]["email"] == "ada@example.org"
    assert desk.tickets.backlog(NOW)["pending"] == 0


@pytest.mark.parametrize(("lang", "word"), [("en", "Hello"), ("ar", "Hello"), ("xx-Qaaa", "Hello")])
def test_any_language_gets_an_acknowledgement(desk: Desk, mailbox: Mailbox, lang: str, word: str) -> None:
    desk.tickets.create(new_ticket(lang=lang), None, NOW)
    desk.deliver()
    assert word in _text(mailbox.to("ada@example.org")[0], "plain")


def test_an_answer_in_markdown_reads_well_in_both_parts_and_brings_nothing_else(desk: Desk, mailbox: Mailbox) -> None:
    ticket = desk.tickets.create(new_ticket(), None, NOW)
    body = "Hello **Ada**,\nsee [Returns](https://help.example/r).\n\n<script>alert(1)</script> ![p](https://evil.example/p)"
    desk.agent_actions.reply(ticket.reference, body, NOW)
    desk.deliver()
    answer = mailbox.to("ada@example.org")[-1]
    html, plain = _text(answer, "html"), _text(answer, "plain")
    assert "<strong>Ada</strong>,<br>" in html
    assert '<a href="https://help.example/r" rel="noopener noreferrer nofollow">Returns</a>' in html
    assert "<script" not in html
    assert "<img" not in html
    assert "Hello Ada," not in html + plain, "who greets is not greeted for"
    assert "Hello **Ada**,\nsee Returns (https://help.example/r)." in plain.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("name", "begins", "greeted"),
    [
        ("Çağla Şahin", "Merhaba, kulaklığı sıfırlayın.", True),
        ("Çağla Şahin", "Sayın müşterimiz, kulaklığı sıfırlayın.", True),
        ("王小明", "您好，請先重新啟動耳機。", True),
        ("王小明", "王先生您好：請先重新啟動耳機。", True),
        ("منى", "مرحبًا، سيصل المبلغ خلال 5 أيام.", True),
        ("דנה", "שלום, ההחזר בדרך.", True),
        ("Ada", "**Good morning!** It is on its way.", True),
        ("Ada", "Ada, it is on its way.", True),
        ("Al", "It will also be refunded.", False),
        ("Ada", "High volume is bad for the battery.", False),
        ("王小明", "請先重新啟動耳機。", False),
    ],
)
def test_an_answer_is_greeted_for_unless_it_greets(name: str, begins: str, greeted: bool) -> None:
    sent = Message(1, Author.TEAM, begins, NOW)
    assert greets(sent, name) is greeted


def test_who_chose_the_phone_is_not_mailed_an_answer_and_the_team_is_told_to_call(desk: Desk, mailbox: Mailbox) -> None:
    ticket = desk.tickets.create(new_ticket(phone="+31 20 555 0100", preferred_channel=Channel.PHONE), None, NOW)
    desk.agent_actions.reply(ticket.reference, "We tried to call.", NOW)
    desk.deliver()
    (acknowledgement,) = mailbox.to("ada@example.org")
    assert "We will call +31 20 555 0100" in _text(acknowledgement, "plain")
    (team,) = mailbox.to("team@tonfell.example")
    assert team["Reply-To"] is None
    assert team["Subject"].startswith(f"[{ticket.reference}] Please call")
    assert "CALL +31 20 555 0100" in _text(team, "plain")


def test_nothing_typed_becomes_a_header_or_markup(desk: Desk, mailbox: Mailbox) -> None:
    desk.tickets.create(
        new_ticket(
            subject="<img src=x> {{ 7*7 }} %(x)s",
            message="<script>alert(1)</script>\n.\nBcc: eve@example.org",
            name='Eve "X" <eve@example.org>, Mallory',
        ),
        None,
        NOW,
    )
    desk.deliver()
    for mail in (mailbox.to("ada@example.org")[0], mailbox.to("team@tonfell.example")[0]):
        html = _text(mail, "html")
        assert "<script>" not in html
        assert "<img" not in html
        assert "{{ 7*7 }} %(x)s" in mail["Subject"]
        assert mail["Bcc"] is None
        assert "\n.\nBcc: eve@example.org" in _text(mail, "plain").replace("\r\n", "\n")
    assert mailbox.to("eve@example.org") == []
    assert [a.addr_spec for a in mailbox.to("ada@example.org")[0]["To"].addresses] == ["ada@example.org"]


def test_names_and_domains_of_any_script_come_out_right(desk: Desk, mailbox: Mailbox) -> None:
    desk.tickets.create(new_ticket(name="王小明 Çağla", email="ada@müzik.example", subject="耳機沒有聲音"), None, NOW)
    desk.deliver()
    (mail,) = mailbox.to("ada@xn--mzik-0ra.example")
    assert mail["To"].addresses[0].display_name == "王小明 Çağla"
    assert mail["From"].addresses[0].display_name == "Tonfell Yardım 協助"
    assert "耳機沒有聲音" in mail["Subject"]
    raw = bytes(mailbox.envelopes[0].content or b"")
    assert raw.isascii()
    assert max(len(line) for line in raw.splitlines()) <= 998


def test_a_mail_goes_to_the_domain_that_was_typed_and_not_to_one_that_looks_alike(desk: Desk, mailbox: Mailbox) -> None:
    desk.tickets.create(new_ticket(email="ada@faß.example"), None, NOW)
    desk.deliver()
    assert mailbox.to("ada@fass.example") == []
    assert len(mailbox.to("ada@xn--fa-hia.example")) == 1


def test_a_server_that_is_down_for_a_while_gets_everything_later_under_the_same_id(
    desk: Desk, mailbox: Mailbox
) -> None:
    mailbox.answers = ["451 try again later", "421 closing", "554 I do not like it", "452 full"]
    desk.tickets.create(new_ticket(), None, NOW)
    assert desk.deliver() == 2
    assert mailbox.envelopes == []
    assert desk.tickets.backlog(NOW)["pending"] == 2
    desk.deliver(timedelta(minutes=5))
    desk.deliver(timedelta(minutes=10))
    assert len(mailbox.envelopes) == 2
    assert desk.tickets.backlog(NOW)["pending"] == 0


def test_an_unreachable_server_changes_nothing_about_the_ticket(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(smtp_url="smtp://127.0.0.1:1")
    ticket = desk.tickets.create(new_ticket(), None, NOW)
    assert desk.deliver() == 2
    assert desk.tickets.by_token(ticket.token).reference == ticket.reference
    assert desk.tickets.backlog(NOW)["pending"] == 2
    for hours in range(3, 100, 3):
        desk.deliver(timedelta(hours=hours))
    assert desk.tickets.backlog(NOW)["dead"] == 2


def test_an_address_that_does_not_exist_is_given_up_at_once_and_the_team_still_hears(
    desk: Desk, mailbox: Mailbox
) -> None:
    desk.tickets.create(new_ticket(email="nobody@example.org"), None, NOW)
    desk.deliver()
    assert desk.tickets.backlog(NOW)["dead"] == 1
    assert len(mailbox.to("team@tonfell.example")) == 1


def test_the_same_delivery_twice_has_the_same_message_id(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    desk.tickets.create(new_ticket(), None, NOW)
    from support.delivery import outbox

    row = outbox.claim(desk.engine, "one", NOW)
    assert row is not None
    ticket = desk.tickets.by_id(row.ticket_id)
    writer = desk.processor._sender._composer
    assert writer.write(row, ticket, NOW)["Message-ID"] == writer.write(row, ticket, NOW)["Message-ID"]


def test_answers_and_additions_are_threaded_apart_for_customer_and_team(desk: Desk, mailbox: Mailbox) -> None:
    ticket = desk.tickets.create(new_ticket(), None, NOW)
    desk.agent_actions.reply(ticket.reference, "Please reset it.", NOW)
    desk.tickets.add_message(ticket.token, "That helped.", "k", NOW)
    desk.deliver()
    customer, team = mailbox.to("ada@example.org"), mailbox.to("team@tonfell.example")
    for first, second in (customer, team):
        # The whole chain: the invented root, then every mail before this one, the last of them answered.
        assert second["References"].split() == [*first["References"].split(), first["Message-ID"]]
        assert second["In-Reply-To"] == first["Message-ID"]
        assert second["Subject"].removeprefix("Re: ").startswith(f"[{ticket.reference}] ")
    assert customer[1]["Subject"] == f"Re: {customer[0]['Subject']}"
    assert not set(customer[1]["References"].split()) & set(team[1]["References"].split())
    assert customer[1]["Auto-Submitted"] == "no"
    assert "Please reset it." in _text(customer[1], "plain")
    assert "That helped." in _text(team[1], "html")
    assert "The left earbud is silent." in _text(team[1], "plain")


def test_without_a_server_mails_are_files_one_can_open(make_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = make_desk()
    desk.tickets.create(new_ticket(), None, NOW)
    desk.deliver()
    files = sorted((tmp_path / "data" / "mail").iterdir())
    assert [f.suffix for f in files] == [".eml", ".eml"]
    for file in files:
        assert email.message_from_bytes(file.read_bytes(), policy=default)["Subject"].startswith("[SP-")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", ("mail.example", 25, "", "", "auto")),
        ("smtp://u:p%40ss@mail.example", ("mail.example", 587, "u", "p@ss", "auto")),
        ("smtp://mail.example:2525?starttls=required", ("mail.example", 2525, "", "", "required")),
        ("smtps://u:p@mail.example", ("mail.example", 465, "u", "p", "immediate")),
    ],
)
def test_the_server_is_one_address(url: str, expected: tuple[object, ...]) -> None:
    server = parse_smtp_url(url)
    assert (server.host, server.port, server.user, server.password, server.tls) == expected


@pytest.mark.parametrize("url", ["http://x", "smtp://", "smtp://h:99999999", "smtp://u:secret@h?starttls=perhaps"])
def test_a_wrong_address_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(BadMailSetting) as refused:
        parse_smtp_url(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("lang", "words"),
    [("tr", "Mesajınız bize ulaştı"), ("zh-Hant", "收到您的訊息"), ("zh-Hans", "收到您的消息")],
)
def test_the_acknowledgement_speaks_the_customers_language(desk: Desk, mailbox: Mailbox, lang: str, words: str) -> None:
    compile_all()
    mails._environment.cache_clear()
    desk.tickets.create(new_ticket(lang=lang), None, NOW)
    desk.deliver()
    (mail,) = mailbox.to("ada@example.org")
    assert words in _text(mail, "plain")
    assert f'<html lang="{lang}"' in _text(mail, "html")
    assert "Hello" not in _text(mail, "plain")


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("Ayşe Gül Çağlayan Şahinoğlu", "Sağ kulaklık çalışmıyor ve şarj kutusu da bağlantıyı sürekli kesiyor, çözüm?"),
        ("王 小明", "右耳機 沒有 聲音 而且 充電盒 的 指示燈 一直 閃爍 紅色 請問 應該 怎麼 處理 才好"),
        ("Ada Lovelace, Countess", "Ça marche - plain words only follow after that, quite a lot of them in a row"),
    ],
)
def test_a_long_subject_and_name_keep_every_space(desk: Desk, mailbox: Mailbox, name: str, subject: str) -> None:
    desk.tickets.create(new_ticket(name=name, subject=subject, lang="tr"), None, NOW)
    desk.deliver()
    (mail,) = mailbox.to("ada@example.org")
    assert mail["Subject"].endswith(subject)
    assert mail["To"].addresses[0].display_name == name
    for envelope in mailbox.envelopes:
        head = bytes(envelope.content or b"").partition(b"\r\n\r\n")[0]
        assert head.isascii()
        assert max(len(line) for line in head.split(b"\r\n")) <= 78
