"""No mail of a person vanishes: not behind a mailing list, not for its subject; and no loop begins."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from support.email.inbound import spool
from support.email.inbound.ingest import LOOKS_AUTOMATIC
from support.email.inbound.spool import InboundOutcome
from support.tickets.models import State
from tests.support.conftest import NOW, new_ticket
from tests.support.inbound.conftest import INBOX, Site, answer, letter

ANNA = "Anna Meier <anna@customer.example>"
_GROUP = {
    "Precedence": "list",
    "Mailing_list": f"list {INBOX}; contact help+owners@tonfell.example",
    "List_Id": "<help.tonfell.example>",
    "List_Unsubscribe": "<mailto:unsubscribe@tonfell.example>",
}


def _acknowledged(site: Site, at: timedelta = timedelta()) -> list[str]:
    """Whom it acknowledges something now."""
    return [m["To"].addresses[0].addr_spec for m in site.deliver(NOW + at) if "team@" not in m["To"]]


# --- mailing lists ---


@pytest.mark.parametrize(
    "headers",
    [
        {"sender": f"'Anna Meier' via Help <{INBOX}>", "X_Original_From": ANNA},
        {"sender": f"'Anna Meier' via Help <{INBOX}>", "Reply_To": ANNA},
        {"sender": f"'Anna Meier' via Help <{INBOX}>", "X_Original_Sender": "anna@customer.example"},
        {"sender": f"'Anna Meier' via Help <{INBOX}>", "X_Original_From": ANNA, "Reply_To": INBOX},
        {"sender": ANNA},
        {"sender": ANNA, "Reply_To": f"Help <{INBOX}>"},
    ],
)
def test_a_mail_through_a_group_that_is_our_address_is_its_writers_ticket(
    either_site: Site, headers: dict[str, str]
) -> None:
    result = either_site.take(letter("The left channel hums.", **{**_GROUP, **headers}))
    ticket = either_site.tickets.by_reference(result.reference)
    assert (result.outcome, ticket.quarantine) == (InboundOutcome.TICKET, "")
    assert (ticket.email, ticket.name) == ("anna@customer.example", "Anna Meier")
    assert _acknowledged(either_site) == ["anna@customer.example"]


def test_an_answer_through_the_group_finds_its_ticket(site: Site) -> None:
    ticket = site.tickets.create(new_ticket(email="anna@customer.example"), None, NOW)
    acknowledgement = next(m for m in site.deliver() if "anna@" in m["To"])
    mail = answer(acknowledgement, "Still hums.", sender=f"'Anna' via Help <{INBOX}>", **_GROUP, X_Original_From=ANNA)
    mail.replace_header("To", INBOX)
    assert site.take(mail).reference == ticket.reference


def test_a_form_of_our_own_pages_that_writes_under_our_address_opens_the_customers_ticket(site: Site) -> None:
    result = site.take(letter(sender=f"Shop <{INBOX}>", Reply_To=ANNA))
    assert site.tickets.by_reference(result.reference).email == "anna@customer.example"


def test_a_mail_of_ours_that_the_group_gives_back_is_our_own(site: Site) -> None:
    site.take(letter(sender=ANNA))
    for mail in site.deliver():
        mail.replace_header("From", f"'Tonfell' via Help <{INBOX}>")
        for name, value in _GROUP.items():
            del mail[name.replace("_", "-")]
            mail[name.replace("_", "-")] = value
        assert site.take(mail.as_bytes()).outcome is InboundOutcome.OWN


def test_an_acknowledgement_goes_to_no_list_of_somebody_elses(site: Site) -> None:
    headers = {"List_Id": "<all.example.net>", "List_Post": "<mailto:all@example.net>", "Reply_To": "all@example.net"}
    result = site.take(letter(sender=ANNA, **headers))
    ticket = site.tickets.by_reference(result.reference)
    assert ticket.quarantine == "mail of a program (list-id)", "it may be a newsletter: a person looks"
    assert ticket.email == "anna@customer.example"
    site.tickets.release(ticket.reference, NOW)
    assert "all@example.net" not in _acknowledged(site)


# --- what looks automatic ---


@pytest.mark.parametrize(
    "subject",
    [
        "Out of office hours: who repairs my amplifier?",
        "Automatic reply from you was in Turkish, I read English",
        "自動回覆功能怎麼關閉？",
        "Otomatik yanıt ayarını nasıl kapatırım?",
    ],
)
def test_a_person_who_asks_about_automatic_replies_gets_a_ticket(either_site: Site, subject: str) -> None:
    result = either_site.take(letter("It is smoking.", subject=subject))
    ticket = either_site.tickets.by_reference(result.reference)
    assert (result.outcome, ticket.quarantine) == (InboundOutcome.TICKET, "")
    again = next(m for m in either_site.deliver() if "ada@" in m["To"])
    mail = answer(again, "Please call me.")
    mail.replace_header("Subject", subject)
    assert either_site.take(mail).outcome is InboundOutcome.MESSAGE, "its own subject is no sign of a program"


@pytest.mark.parametrize("subject", ["Out of Office: back on Monday", "自動回覆：我不在", "Otomatik yanıt: izindeyim"])
def test_an_answer_that_only_looks_automatic_is_held_and_can_be_released(site: Site, subject: str) -> None:
    ticket = site.tickets.create(new_ticket(), None, NOW)
    sent = site.deliver()
    for mail, sender, outcome in (
        (next(m for m in sent if "ada@" in m["To"]), "ada@example.org", InboundOutcome.MESSAGE),
        (next(m for m in sent if "team@" in m["To"]), "grace@tonfell.example", InboundOutcome.REPLY),
    ):
        back = answer(mail, "I am away.", sender=sender)
        back.replace_header("Subject", subject)
        assert site.take(back).outcome is InboundOutcome.HELD
        (held,) = spool.incoming(site.engine, InboundOutcome.HELD)
        assert held.why == f"{LOOKS_AUTOMATIC} (subject)"
        assert len(site.tickets.by_reference(ticket.reference).messages) == 1 + (outcome is InboundOutcome.REPLY)
        assert site.ingester.ingest_again(held, NOW).outcome is outcome


def test_a_mail_whose_envelope_names_nobody_is_held_or_a_ticket_but_never_acknowledged(site: Site) -> None:
    raw = b"Return-Path: <>\r\n" + letter().as_bytes()
    assert site.take(raw).outcome is InboundOutcome.TICKET
    assert _acknowledged(site) == []


def test_what_says_that_a_program_sent_it_is_set_aside_and_can_be_taken_in_after_all(site: Site) -> None:
    ticket = site.tickets.create(new_ticket(), None, NOW)
    acknowledgement = next(m for m in site.deliver() if "ada@" in m["To"])
    site.take(answer(acknowledgement, "I wrote this.", Auto_Submitted="auto-replied"))
    ((reference, aside),) = spool.with_outcomes(site.engine, spool.SET_ASIDE)
    assert (reference, aside.why) == (ticket.reference, "auto-replied")
    assert site.ingester.ingest_again(aside, NOW).outcome is InboundOutcome.MESSAGE


def test_held_and_set_aside_mails_are_counted(either_site: Site) -> None:
    either_site.take(letter("One.", sender=INBOX))
    either_site.take(letter("Two.", Auto_Submitted="auto-replied"))
    since = NOW - timedelta(days=1)
    assert spool.counts(either_site.engine, since) == (1, 1)
    assert len(spool.to_look_at(either_site.engine, NOW, timedelta(minutes=15))) == 1
    (_, held), *_ = spool.with_outcomes(either_site.engine, spool.TO_DECIDE)
    assert spool.dismiss(either_site.engine, held.id, NOW)
    assert spool.counts(either_site.engine, since) == (0, 2)
    assert either_site.ingester.remove(held)
    assert spool.one(either_site.engine, held.id) is None
    with pytest.raises(FileNotFoundError):
        either_site.ingester.raw(held)


# --- loops ---


class Autoresponder:
    """A program that answers every mail it gets, as badly as there are: without a header that says so."""

    def __init__(self, address: str, *, keeps_thread: bool, subject: str):
        self._address, self._keeps_thread, self._subject = address, keeps_thread, subject
        self._count = 0

    def answers(self, mail: EmailMessage) -> EmailMessage:
        self._count += 1
        to = str((mail.get("Reply-To") if self._keeps_thread else None) or mail["From"])
        headers = {"In_Reply_To": str(mail["Message-ID"])} if self._keeps_thread else {}
        subject = self._subject.format(subject=mail["Subject"], n=self._count)
        return letter("Thank you for your mail.", sender=self._address, to=to, subject=subject,
                      message_id=f"<auto{self._count}@other.example>", **headers)  # fmt: skip


@pytest.mark.parametrize("keeps_thread", [True, False])
@pytest.mark.parametrize("subject", ["Re: {subject}", "We got your mail {n}", "Automatic reply: {subject}"])
def test_two_programs_that_answer_each_other_come_to_an_end(
    make_site: Callable[..., Site], keeps_thread: bool, subject: str
) -> None:
    site = make_site()
    other = Autoresponder("care@other.example", keeps_thread=keeps_thread, subject=subject)
    site.take(letter(sender="care@other.example"))
    sent = 0
    for minute in range(0, 3 * 24 * 60, 30):  # three days
        at = timedelta(minutes=minute)
        for mail in site.deliver(NOW + at):
            if "care@" in mail["To"]:
                sent += 1
                site.take(other.answers(mail), at)
    assert sent <= (1 if keeps_thread else 10), "the first acknowledgement that is not sent ends it"


def test_the_teams_own_autoresponder_answers_no_customer(site: Site) -> None:
    ticket = site.tickets.create(new_ticket(), None, NOW)
    to_team = next(m for m in site.deliver() if "team@" in m["To"])
    away = Autoresponder("Team <team@tonfell.example>", keeps_thread=True, subject="Out of office: {subject}")
    assert site.take(away.answers(to_team)).outcome is InboundOutcome.HELD
    assert site.tickets.by_reference(ticket.reference).state is State.WAITING
    assert site.deliver(NOW + timedelta(minutes=1)) == []


def test_our_mail_that_comes_back_under_another_id_begins_no_loop(site: Site) -> None:
    """A relay that writes Message-IDs of its own, and a group that sends everything back to us."""
    site.take(letter(sender=ANNA))
    for round_ in range(5):
        at = timedelta(minutes=round_)
        for mail in site.deliver(NOW + at):
            mail.replace_header("Message-ID", f"<{round_}{abs(hash(mail['Message-ID']))}@relay.example>")
            assert site.take(mail.as_bytes(), at).outcome in {InboundOutcome.AUTOMATIC, InboundOutcome.HELD}
    assert len(site.tickets.newest()) == 1


def test_two_services_under_one_roof_do_not_talk_to_each_other(make_site: Callable[..., Site], tmp_path: Path) -> None:
    first = make_site(data_dir=tmp_path / "a", team_email="care@other.example")
    second = make_site(
        data_dir=tmp_path / "b", inbound_email="care@other.example", mail_from="care@other.example",
        team_email=INBOX,
    )  # fmt: skip
    first.take(letter())
    exchanged = 0
    for minute in range(60):
        at = timedelta(minutes=minute)
        for site, other, name in ((first, second, "care@"), (second, first, "help@")):
            for mail in site.deliver(NOW + at):
                if name in mail["To"]:
                    exchanged += 1
                    other.take(mail.as_bytes(), at)
    assert exchanged <= 3


def test_mailman_names_the_writer_in_cc_where_answers_go_to_the_list(site: Site) -> None:
    headers = {"List_Id": "Help <help.tonfell.example>", "Precedence": "list", "Reply_To": INBOX}
    cc = "Bob <bob@customer.example>, Anna Meier <anna@customer.example>"
    result = site.take(letter("It hums.", sender=f"Anna Meier via Help <{INBOX}>", Cc=cc, **headers))
    ticket = site.tickets.by_reference(result.reference)
    assert (result.outcome, ticket.email, ticket.name) == (InboundOutcome.TICKET, "anna@customer.example", "Anna Meier")
    other = site.take(letter("It hums.", sender=f"Eve via Help <{INBOX}>", Cc=cc, **headers, message_id="<2@x>"))
    assert other.outcome is InboundOutcome.HELD
