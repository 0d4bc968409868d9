"""Mail that comes in: to whose ticket it goes, what becomes of it, and what is never answered."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from core.database.connection import writing
from support.email.inbound import spool
from support.email.inbound.ingest import Ingester
from support.email.inbound.spool import InboundOutcome, MailClaimed
from support.tickets.models import Channel, Identity, State, Ticket
from tests.support.conftest import NOW, new_ticket
from tests.support.inbound.conftest import INBOX, Site, answer, letter


def _ticket(site: Site, reference: str) -> Ticket:
    return site.tickets.by_reference(reference)


def _to_look_at(site: Site) -> int:
    return len(spool.to_look_at(site.engine, NOW, timedelta(minutes=15)))


def _count(site: Site, table: str) -> int:
    with site.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one())


def test_a_mail_of_somebody_new_opens_a_ticket_with_its_files_and_is_acknowledged(either_site: Site) -> None:
    result = either_site.take(letter("Sol kulaklık çalışmıyor.", files=(("günlük.txt", "text/plain", b"line"),)))
    ticket = _ticket(either_site, result.reference)
    assert result.outcome is InboundOutcome.TICKET
    assert (ticket.source, ticket.email, ticket.name, ticket.lang) == ("email", "ada@example.org", "Ada", "tr")
    assert ticket.messages[0].text == "Sol kulaklık çalışmıyor."
    assert [a.name for a in ticket.attachments] == ["günlük.txt"]
    sent = {str(m["To"]).split("<")[-1].strip("<>"): m for m in either_site.deliver()}
    acknowledgement = sent["ada@example.org"]
    assert acknowledgement["Subject"] == "Re: No sound", "the subject stays, or programs file it apart"
    assert ticket.messages[0].mail_id in acknowledgement["References"].split()
    assert acknowledgement["In-Reply-To"] == ticket.messages[0].mail_id
    assert acknowledgement["Auto-Submitted"] == "auto-replied"


@pytest.mark.parametrize(
    ("text", "declared", "lang"),
    [
        ("Bom dia, o pacote que chegou hoje está vazando um líquido. O que eu faço? Obrigada, Ana", "", "pt"),
        ("5512", "pt-BR", "pt"),
        ("Hola, la batería de mi bicicleta echa humo desde esta mañana, ¿qué hago?", "de", "es"),
        ("Mein Akku raucht seit heute Morgen, was soll ich tun?", "", "de"),
        ("merhaba firindan duman cikiyor ne yapayim", "", "tr"),
        ("您好，我的電池冒煙了，請問該怎麼辦？", "", "zh-Hant"),
        ("مرحبا، البطارية تدخن منذ الصباح، ماذا أفعل؟", "", "ar"),
        ("The battery smokes since this morning, what should I do?", "", "en"),
    ],
)
def test_a_mail_is_answered_in_the_language_of_the_site_that_it_is_written_in(
    make_site: Callable[..., Site], text: str, declared: str, lang: str
) -> None:
    site = make_site(languages=("en", "pt", "es", "de", "tr", "zh-Hant", "ar"))
    asked: list[str] = []
    route = site.ingester._route
    site.ingester._route = lambda new: (asked.append(new.lang), route(new))[1]
    mail = letter(text, subject="5512")
    mail["Content-Language"] = declared
    ticket = _ticket(site, site.take(mail).reference)
    assert (ticket.lang, asked) == (lang, [lang]), "what danger says is chosen by it, too"


def test_an_answer_in_a_language_without_texts_says_its_time_in_english_too(make_site: Callable[..., Site]) -> None:
    site = make_site(languages=("en", "de"))
    site.take(letter("Guten Tag, mein Paket ist nicht angekommen. Was soll ich jetzt tun?", subject="Paket"))

    body = next(m for m in site.deliver() if "ada@" in m["To"]).get_body(("plain",))
    text = body.get_content() if body else ""
    assert re.search(r"by (?:\w+day \d{1,2} \w+, )?\d{1,2}:\d\d", text), text


def test_the_same_mail_again_by_another_way_changes_nothing(either_site: Site) -> None:
    first = either_site.take(letter())
    again = either_site.take(letter(Received="from elsewhere by here", X_Spam="no"))
    assert (again.reference, again.again) == (first.reference, True)
    assert _count(either_site, "ticket") == 1


def test_another_mail_under_a_known_message_id_is_not_swallowed(site: Site) -> None:
    site.take(letter("One thing.", message_id="<x@y>"))
    site.take(letter("Another thing.", message_id="<x@y>"))
    assert _count(site, "ticket") == 2


def test_an_answer_to_the_token_goes_to_its_ticket_without_what_it_quotes(either_site: Site) -> None:
    ticket = either_site.tickets.create(new_ticket(), None, NOW)
    acknowledgement = next(m for m in either_site.deliver() if "ada@" in m["To"])
    reply_to = acknowledgement["Reply-To"].addresses[0].addr_spec
    assert reply_to.startswith("help+") and reply_to.endswith("@tonfell.example")
    assert ticket.token not in reply_to, "who may write to a ticket may not read it thereby"
    result = either_site.take(answer(acknowledgement, "It is the left one."))
    assert (result.outcome, result.reference) == (InboundOutcome.MESSAGE, ticket.reference)
    after = _ticket(either_site, ticket.reference)
    assert after.messages[-1].text == "It is the left one."
    assert after.identity is Identity.MAIL
    assert any("It is the left one." in str(m) for m in either_site.deliver(NOW + timedelta(minutes=1)))


def test_without_the_token_the_thread_and_the_sender_together_tell(either_site: Site) -> None:
    ticket = either_site.tickets.create(new_ticket(), None, NOW)
    acknowledgement = next(m for m in either_site.deliver() if "ada@" in m["To"])
    theirs = answer(acknowledgement, "Mine.")
    theirs.replace_header("To", INBOX)
    assert either_site.take(theirs).reference == ticket.reference
    strangers = answer(acknowledgement, "Also mine, I say.", sender="Eve <eve@example.net>")
    strangers.replace_header("To", INBOX)
    result = either_site.take(strangers)
    assert (result.outcome, result.reference == ticket.reference) == (InboundOutcome.TICKET, False)


def test_an_invented_message_id_of_a_ticket_needs_the_sender_too(site: Site) -> None:
    ticket = site.tickets.create(new_ticket(), None, NOW)
    guessed = f"<{ticket.reference.lower()}.customer@tonfell.example>"
    assert site.take(letter(sender="eve@example.net", In_Reply_To=guessed)).outcome is InboundOutcome.TICKET
    team = f"<{ticket.reference.lower()}.team@tonfell.example>"
    assert site.take(letter("We pay you.", sender="eve@example.net", References=team)).outcome is InboundOutcome.TICKET
    assert len(_ticket(site, ticket.reference).messages) == 1


def test_somebody_else_with_the_token_is_shown_as_who_they_are(site: Site) -> None:
    ticket = site.tickets.create(new_ticket(), None, NOW)
    acknowledgement = next(m for m in site.deliver() if "ada@" in m["To"])
    site.take(answer(acknowledgement, "Ada asked me to write.", sender="Bob <bob@example.net>"))
    after = _ticket(site, ticket.reference)
    assert after.messages[-1].text == "(bob@example.net)\n\nAda asked me to write."
    assert after.identity is Identity.TYPED


def test_an_answer_of_the_team_by_mail_reaches_the_customer(either_site: Site) -> None:
    ticket = either_site.tickets.create(new_ticket(), None, NOW)
    to_team = next(m for m in either_site.deliver() if "team@" in m["To"])
    result = either_site.take(answer(to_team, "Please reset it.", sender="Grace <grace@tonfell.example>"))
    assert (result.outcome, result.reference) == (InboundOutcome.REPLY, ticket.reference)
    assert _ticket(either_site, ticket.reference).state is State.ANSWERED
    (mail,) = either_site.deliver(NOW + timedelta(minutes=1))
    assert "ada@example.org" in mail["To"]
    assert mail["Auto-Submitted"] == "no"
    assert "Please reset it." in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "grace" not in mail.as_string().lower()


def test_who_chose_the_phone_is_not_mailed_what_the_team_answers_by_mail(site: Site) -> None:
    site.tickets.create(new_ticket(phone="+31 20 555 0100", preferred_channel=Channel.PHONE), None, NOW)
    to_team = next(m for m in site.deliver() if "team@" in m["To"])
    site.take(answer(to_team, "I could not reach you.", sender="grace@tonfell.example"))
    assert site.deliver(NOW + timedelta(minutes=1)) == []


def test_the_team_and_the_mailbox_may_have_names_in_any_script(make_site: Callable[..., Site]) -> None:
    site = make_site(team_senders=("faß.example", "Bo@müzik.example"), inbound_email="help@müzik.example")
    ticket = site.tickets.create(new_ticket(), None, NOW)
    to_team = next(m for m in site.deliver() if "team@" in m["To"])
    assert "@xn--mzik-0ra.example" in to_team["Reply-To"]

    results = [
        site.take(answer(to_team, f"Here, says {sender}.", sender=sender))
        for sender in ("ida@xn--fa-hia.example", "bo@xn--mzik-0ra.example", "eve@fass.example")
    ]

    assert [one.reference for one in results] == [ticket.reference] * 3
    assert [one.outcome for one in results] == [InboundOutcome.REPLY, InboundOutcome.REPLY, InboundOutcome.HELD]


def test_an_answer_in_the_teams_name_from_elsewhere_is_held_until_somebody_has_looked(site: Site) -> None:
    ticket = site.tickets.create(new_ticket(), None, NOW)
    to_team = next(m for m in site.deliver() if "team@" in m["To"])
    result = site.take(answer(to_team, "Send us your password.", sender="eve@example.net"))
    assert result.outcome is InboundOutcome.HELD
    assert len(_ticket(site, ticket.reference).messages) == 1
    (held,) = spool.incoming(site.engine, InboundOutcome.HELD)
    with site.engine.connect() as connection:
        assert spool.stuck(connection, NOW + timedelta(days=2), timedelta(minutes=15)) == (held,)
    assert site.ingester.ingest_again(held, NOW).outcome is InboundOutcome.REPLY


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"X_Autoreply": "yes"},
        {"Precedence": "auto_reply"},
        {"X_AutoReply_From": "ada@example.org"},
        {"X_POST_MessageClass": "9; Autoresponder"},
    ],
)
def test_what_a_program_answers_is_noted_and_never_answered(site: Site, headers: dict[str, str]) -> None:
    ticket = site.agent_actions.close(site.tickets.create(new_ticket(), None, NOW).reference, NOW)
    first = site.deliver()
    acknowledgement = next(m for m in first if "ada@" in m["To"])
    mail = answer(acknowledgement, "I am away until Monday.")
    for name, value in headers.items():
        del mail[name.replace("_", "-")]
        mail[name.replace("_", "-")] = value
    result = site.take(mail)
    assert (result.outcome, result.reference) == (InboundOutcome.AUTOMATIC, ticket.reference)
    after = _ticket(site, ticket.reference)
    assert (after.state, len(after.messages)) == (State.CLOSED, 1)
    assert "automatic_mail" in [e.kind for e in after.events]
    assert site.deliver(NOW + timedelta(minutes=1)) == []


def test_a_bounce_is_noted_on_the_ticket_whose_mail_came_back(site: Site) -> None:
    ticket = site.tickets.create(new_ticket(), None, NOW)
    acknowledgement = next(m for m in site.deliver() if "ada@" in m["To"])
    bounce = (
        b"From: MAILER-DAEMON@mx.example\r\nTo: help@tonfell.example\r\nSubject: Undelivered\r\n"
        b'Message-ID: <b@mx.example>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n'
        b"\r\n--b\r\nContent-Type: text/plain\r\n\r\nIt did not arrive.\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        + acknowledgement.as_bytes()
        + b"\r\n--b--\r\n"
    )
    result = site.take(bounce)
    assert (result.outcome, result.reference) == (InboundOutcome.BOUNCE, ticket.reference)
    assert "mail_bounced" in [e.kind for e in _ticket(site, ticket.reference).events]
    assert site.deliver(NOW + timedelta(minutes=1)) == []


def test_newsletters_and_reports_of_programs_are_kept_aside_and_not_acknowledged(site: Site) -> None:
    for headers in ({"List_Id": "<news.example>"}, {"Auto_Submitted": "auto-generated"}, {"Precedence": "bulk"}):
        result = site.take(letter(f"Buy now {headers}", **headers))
        assert _ticket(site, result.reference).quarantine.startswith("mail of a program")
    assert site.deliver() == []


def test_our_own_mail_that_comes_back_is_no_ticket(site: Site) -> None:
    site.tickets.create(new_ticket(), None, NOW)
    for mail in site.deliver():
        assert site.take(mail.as_bytes()).outcome is InboundOutcome.OWN
    assert _count(site, "ticket") == 1


def test_a_single_sender_is_acknowledged_a_few_times_an_hour_and_held_after_many(site: Site) -> None:
    for n in range(15):
        site.take(letter(f"Question {n}"), timedelta(minutes=n))
    mails = site.deliver(NOW + timedelta(minutes=20))
    assert len([m for m in mails if "ada@" in m["To"]]) == 3
    assert len([m for m in mails if "team@" in m["To"]]) == 10
    assert _count(site, "ticket") == 15, "none is lost"


def test_unknown_senders_can_be_refused(make_site: Callable[..., Site]) -> None:
    site = make_site(unknown_senders="refuse")
    assert site.take(letter()).outcome is InboundOutcome.REFUSED
    assert _count(site, "ticket") == 0
    ticket = site.tickets.create(new_ticket(), None, NOW)
    acknowledgement = next(m for m in site.deliver() if "ada@" in m["To"])
    assert site.take(answer(acknowledgement, "Known.")).reference == ticket.reference


def test_a_mail_another_worker_is_at_is_left_to_it_and_taken_over_when_that_one_died(either_site: Site) -> None:
    raw = letter().as_bytes()
    from support.email.inbound.parser import read

    digest = read(raw).digest(raw)
    assert spool.begin(either_site.engine, read(raw), digest, "f", 1, NOW) is None
    with pytest.raises(MailClaimed):
        either_site.take(raw, timedelta(minutes=1))
    assert either_site.take(raw, timedelta(minutes=3)).outcome is InboundOutcome.TICKET


def test_a_mail_that_cannot_be_stored_is_new_the_next_time(either_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with writing(either_site.engine) as connection:
        connection.execute(text("ALTER TABLE promise RENAME TO promise_gone"))
    with pytest.raises(Exception, match="promise"):
        either_site.take(letter())
    with writing(either_site.engine) as connection:
        connection.execute(text("ALTER TABLE promise_gone RENAME TO promise"))
    assert either_site.take(letter()).outcome is InboundOutcome.TICKET


def test_a_mail_we_do_not_understand_is_kept_and_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(Ingester, "_match", broken)
    assert site.take(letter()).outcome is InboundOutcome.FAILED
    monkeypatch.undo()
    (failed,) = spool.incoming(site.engine, InboundOutcome.FAILED)
    assert _to_look_at(site) == 1
    assert site.ingester.ingest_again(failed, NOW).outcome is InboundOutcome.TICKET
    assert _to_look_at(site) == 0


def test_mails_go_with_their_ticket_or_when_old_and_stay_while_somebody_must_look(site: Site) -> None:
    folder = site.ingester._folder
    site.take(letter("One."))
    with writing(site.engine) as connection:
        held = (
            "INSERT INTO inbound_mail (digest, mail_id, sender, subject, state, why, file, size, received_at,"
            " handled_at) VALUES ('d', '', '', '', 'held', '', :file, 1, '2020-01-01', '')"
        )
        connection.execute(text(held), {"file": folder.save(b"From: a@b.example\r\n\r\nheld")})
    written = datetime.now(UTC)  # files have the time of the machine
    assert folder.sweep(site.engine, written + timedelta(days=29)) == 0
    assert folder.sweep(site.engine, written + timedelta(days=31)) == 1
    site.take(letter("Two."))
    with writing(site.engine) as connection:
        connection.execute(text("DELETE FROM inbound_mail WHERE state = 'ticket'"))
    assert folder.sweep(site.engine, written + timedelta(minutes=1)) == 0
    assert folder.sweep(site.engine, written + timedelta(hours=1)) == 1
    assert spool.incoming(site.engine, InboundOutcome.HELD)[0].file in {p.stem for p in folder._path.glob("??/*")}


def test_files_that_are_not_taken_are_named(site: Site) -> None:
    result = site.take(
        letter(files=(("tool.exe", "application/x-dosexec", b"MZ\x00\x01"), ("a.txt", "text/plain", b"a")))
    )
    ticket = _ticket(site, result.reference)
    assert [a.name for a in ticket.attachments] == ["a.txt"]
    assert "[“tool.exe” is a program" in ticket.messages[0].text


def test_a_very_long_mail_is_kept_whole_as_a_file(site: Site) -> None:
    result = site.take(letter("word " * 10_000))
    ticket = _ticket(site, result.reference)
    assert len(ticket.messages[0].text) < 20_000
    assert ticket.attachments[0].size >= 49_000


def test_two_services_that_write_to_each_other_come_to_an_end(make_site: Callable[..., Site], tmp_path: Path) -> None:
    first = make_site(data_dir=tmp_path / "first")
    second = make_site(
        data_dir=tmp_path / "second",
        inbound_email="care@other.example",
        mail_from="care@other.example",
        team_email="people@other.example",
    )
    first.take(letter(sender="care@other.example", to=INBOX))
    exchanged = 0
    for minute in range(30):
        moment = NOW + timedelta(minutes=minute)
        post = [(second, "care", m) for m in first.deliver(moment)] + [
            (first, "help", m) for m in second.deliver(moment)
        ]
        for receiver, name, mail in post:
            if not str(mail["To"].addresses[0].addr_spec).startswith(name):
                continue  # to a team
            # The worst case: a server between them takes the headers away that say that a program wrote.
            for header in ("Auto-Submitted", "Precedence", "X-Auto-Response-Suppress"):
                del mail[header]
            receiver.take(mail.as_bytes(), timedelta(minutes=minute))
            exchanged += 1
    assert 1 <= exchanged <= 3
    assert _count(first, "ticket") == 1
    assert _count(second, "ticket") <= 1


def test_two_services_with_honest_headers_exchange_a_single_acknowledgement(
    make_site: Callable[..., Site], tmp_path: Path
) -> None:
    first = make_site(data_dir=tmp_path / "first")
    second = make_site(data_dir=tmp_path / "second", inbound_email="care@other.example", mail_from="care@other.example")
    first.take(letter(sender="care@other.example", to=INBOX))
    acknowledgement = next(m for m in first.deliver() if "care@" in str(m["To"]))
    assert second.take(acknowledgement.as_bytes()).outcome is InboundOutcome.AUTOMATIC
    assert second.deliver() == []
    assert _count(second, "ticket") == 0
