"""Reports about our mails: only a failure is one, and the ticket, the queue and the list of what is stuck show it."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from support.agents.queue import Filters, counts, rows
from support.background.worker import OutboxProcessor, OutboxSender
from support.email.inbound.imap import read_once
from support.email.inbound.imap_url import ImapServer
from support.email.inbound.parser import read
from support.email.inbound.reports import Cause, ReportKind, cause_of
from support.email.inbound.spool import InboundOutcome
from support.tickets.models import OutboxState, Stage, Ticket, TicketEvent
from tests.support.conftest import NOW, new_ticket
from tests.support.inbound.conftest import Site, answer, letter
from tests.support.inbound.test_imap import Postman, imap, postman
from tests.support.test_smtp import Mailbox, mailbox, smtp

__all__ = ["imap", "mailbox", "postman", "smtp"]

LATER = NOW + timedelta(minutes=1)
_COUNT = itertools.count()


def notice(
    mail: EmailMessage,
    fields: str = "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 No such user here",
    *,
    kind: str = "delivery-status",
    sender: str = "Mail Delivery System <MAILER-DAEMON@mx.example>",
    whole: bool = False,
) -> bytes:
    """A report about this mail, as mail servers write it: with its header, or the whole of it."""
    given = mail.as_bytes() if whole else f"Message-ID: {mail['Message-ID']}\r\nSubject: x\r\n".encode()
    given_type = "message/rfc822" if whole else "text/rfc822-headers"
    machine = "message/delivery-status" if kind == "delivery-status" else "message/disposition-notification"
    return (
        (
            f"From: {sender}\r\nTo: help@tonfell.example\r\nMessage-ID: <r{next(_COUNT)}@mx.example>\r\n"
            f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\nSubject: A report\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nThis is what happened.\r\n"
            f"--b\r\nContent-Type: {machine}\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
            f"Final-Recipient: rfc822; ada@example.org\r\n{fields}\r\n\r\n--b\r\nContent-Type: {given_type}\r\n\r\n"
        ).encode()
        + given
        + b"\r\n--b--\r\n"
    )


def _answered(site: Site) -> tuple[Ticket, EmailMessage]:
    """A ticket that waits for its customer, and the answer that was mailed."""
    ticket = site.tickets.create(new_ticket(), None, NOW)
    site.deliver()
    site.agent_actions.reply(ticket.reference, "Please reset it.", LATER)
    (mail,) = site.deliver(LATER)
    return site.tickets.by_reference(ticket.reference), mail


def _events(site: Site, ticket: Ticket, kind: str) -> list[TicketEvent]:
    return [e for e in site.tickets.by_reference(ticket.reference).events if e.kind == kind]


def _unchanged(site: Site, before: Ticket) -> bool:
    """Whether the ticket has neither a new message nor another status."""
    after = site.tickets.by_reference(before.reference)
    return (len(after.messages), after.stage) == (len(before.messages), Stage.PENDING)


@pytest.mark.parametrize("whole", [True, False])
def test_an_answer_that_came_back_is_on_the_ticket_in_the_queue_and_stuck(either_site: Site, whole: bool) -> None:
    site = either_site
    ticket, mail = _answered(site)
    result = site.take(notice(mail, whole=whole))
    assert (result.outcome, result.reference) == (InboundOutcome.BOUNCE, ticket.reference)
    (event,) = _events(site, ticket, "mail_bounced")
    assert event.detail["what"] == "customer_mail"
    assert event.detail["message"] == str(ticket.messages[-1].id), "it names the answer"
    assert (event.detail["to"], event.detail["status"]) == ("ada@example.org", "5.1.1")
    assert event.detail["said"] == "550 5.1.1 No such user here"
    assert _unchanged(site, ticket)
    (reference, row), *_ = site.tickets.stuck(LATER)
    assert (reference, row.state) == (ticket.reference, OutboxState.DEAD)
    assert "5.1.1" in row.last_error
    for view in ("undelivered", "waiting", "all"):
        (listed,), _more = rows(site.engine, Filters(1, view=view), LATER)
        assert listed.undelivered
    assert counts(site.engine, 1, LATER)["undelivered"] == 1
    assert site.deliver(LATER + timedelta(hours=1)) == [], "it is not sent again unasked"
    assert site.tickets.retry(ticket.reference, LATER) == 1
    assert rows(site.engine, Filters(1, view="undelivered"), LATER)[0] == []


def test_the_same_mail_comes_back_once_for_all_its_reports(site: Site) -> None:
    ticket, mail = _answered(site)
    assert {site.take(notice(mail)).outcome for _ in range(3)} == {InboundOutcome.BOUNCE}
    assert len(_events(site, ticket, "mail_bounced")) == 1


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        ("Action: delayed\r\nStatus: 4.4.1", "delayed"),
        ("Action: delivered\r\nStatus: 2.0.0", "delivered"),
        ("Action: relayed\r\nStatus: 2.1.9", "delivered"),
        ("Action: expanded", "delivered"),
        ("Status: 4.2.2", "delayed"),
    ],
)
def test_delayed_and_delivered_are_no_failure(site: Site, fields: str, event: str) -> None:
    ticket, mail = _answered(site)
    assert site.take(notice(mail, fields)).outcome is InboundOutcome.REPORT
    assert [e.detail["report"] for e in _events(site, ticket, "mail_report")] == [event]
    assert _events(site, ticket, "mail_bounced") == []
    assert _unchanged(site, ticket)
    assert site.tickets.stuck(LATER) == ()


@pytest.mark.parametrize("submitted", ["", "Auto-Submitted: auto-replied\r\n"])
def test_a_read_receipt_is_no_message_and_reopens_nothing(site: Site, submitted: str) -> None:
    ticket, mail = _answered(site)
    receipt = notice(
        mail, "Disposition: manual-action/MDN-sent-manually; displayed", kind="disposition-notification",
        sender="Ada <ada@example.org>",
    )  # fmt: skip
    token = mail["Reply-To"].addresses[0].addr_spec
    receipt = receipt.replace(b"help@tonfell.example", token.encode(), 1)
    assert site.take(submitted.encode() + receipt).outcome is InboundOutcome.REPORT
    assert [e.detail["report"] for e in _events(site, ticket, "mail_report")] == ["read"]
    assert _unchanged(site, ticket)
    assert site.deliver(LATER + timedelta(minutes=1)) == []


def test_a_report_with_nothing_but_the_token_is_of_the_newest_mail(site: Site) -> None:
    ticket, mail = _answered(site)
    bounce = notice(mail).replace(str(mail["Message-ID"]).encode(), b"<0100@eu-west-1.amazonses.com>")
    token = mail["Reply-To"].addresses[0].addr_spec.encode()
    assert site.take(bounce.replace(b"help@tonfell.example", token, 1)).reference == ticket.reference
    assert _events(site, ticket, "mail_bounced")[0].detail["message"] == str(ticket.messages[-1].id)


def test_a_guessed_root_id_makes_no_bounce(site: Site) -> None:
    ticket, mail = _answered(site)
    root = f"<{ticket.reference.lower()}.customer@tonfell.example>".encode()
    result = site.take(notice(mail).replace(str(mail["Message-ID"]).encode(), root))
    assert (result.outcome, result.reference) == (InboundOutcome.BOUNCE, "")
    assert _events(site, ticket, "mail_bounced") == []
    assert site.tickets.stuck(LATER) == ()


def test_a_person_who_forwards_a_report_has_written_a_mail(site: Site) -> None:
    ticket, mail = _answered(site)
    forwarded = letter("Your answer gave me this. Why?", sender="Ada <ada@example.org>")
    forwarded.add_attachment(message_from_bytes(notice(mail), policy=default))
    result = site.take(forwarded)
    assert result.outcome is InboundOutcome.TICKET
    assert _events(site, ticket, "mail_bounced") == []


def test_a_mail_to_the_team_that_came_back_is_stuck_and_marks_no_customer(site: Site) -> None:
    ticket = site.tickets.create(new_ticket(), None, NOW)
    to_team = next(m for m in site.deliver() if "team@" in m["To"])
    site.take(notice(to_team))
    assert _events(site, ticket, "mail_bounced")[0].detail["what"] == "team_mail"
    assert len(site.tickets.stuck(LATER)) == 1
    assert rows(site.engine, Filters(1, view="undelivered"), LATER)[0] == []


@pytest.mark.parametrize(
    ("raw", "kind", "to", "status"),
    [
        # Exim
        (
            b"From: Mailer-Daemon@mx.example\r\nX-Failed-Recipients: ada@example.org\r\n"
            b"Auto-Submitted: auto-replied\r\nSubject: Mail delivery failed: returning message to sender\r\n\r\n"
            b"This message was created automatically.\r\n\r\n  ada@example.org\r\n    550 5.1.1 No such user\r\n",
            ReportKind.FAILED, "ada@example.org", "5.1.1",
        ),
        (
            b"From: Mailer-Daemon@mx.example\r\nSubject: Warning: message 1abc delayed 24 hours\r\n\r\n"
            b"A message that you sent has not yet been delivered. No action is required on your part.\r\n",
            ReportKind.DELAYED, "", "",
        ),
        # qmail
        (
            b"From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n\r\nHi. This is the qmail-send program.\r\n"
            b"I'm afraid I wasn't able to deliver your message.\r\n\r\n<ada@example.org>:\r\nSorry, no mailbox here by"
            b" that name. (#5.1.1)\r\n",
            ReportKind.FAILED, "", "5.1.1",
        ),
        # sendmail's warning, and a failure without any code
        (
            b"From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>\r\nSubject: Warning: could not send message for"
            b" past 4 hours\r\n\r\n451 4.4.1 example.org: deferred\r\n",
            ReportKind.DELAYED, "", "4.4.1",
        ),
        (
            b"From: postmaster@mx.example\r\nSubject: Undeliverable\r\n\r\nYour message could not be delivered.\r\n",
            ReportKind.FAILED, "", "",
        ),
        # One of two recipients failed; the code is only in what the server said.
        (
            b"From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b"
            b"\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient:"
            b" rfc822; bo@example.org\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\nOriginal-Recipient: rfc822;"
            b"ada@example.org\r\nFinal-Recipient: rfc822; x@relay.example\r\nAction: failed\r\nStatus: 5.0.0\r\n"
            b"Diagnostic-Code: smtp; 552 5.2.2 over quota\r\n\r\n--b--\r\n",
            ReportKind.FAILED, "ada@example.org", "5.2.2",
        ),
        # A complaint
        (
            b"From: fbl@isp.example\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
            b"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n\r\n--b--\r\n",
            ReportKind.OTHER, "", "",
        ),
    ],
)  # fmt: skip
def test_servers_say_it_in_many_ways(raw: bytes, kind: ReportKind, to: str, status: str) -> None:
    found = read(raw).report
    assert found is not None
    assert (found.kind, found.recipient, found.status) == (kind, to, status)


def test_no_person_is_taken_for_a_mail_server() -> None:
    for raw in (
        b"From: Ada <ada@example.org>\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\nI got 550 5.1.1 from you.",
        b"From: Postmaster Pat <pat@example.org>\r\nSubject: delayed\r\n\r\n4.4.1",
    ):
        assert read(raw).report is None


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        ("5.1.1", Cause.NO_ADDRESS), ("5.1.2", Cause.NO_SERVER), ("5.1.10", Cause.NO_SERVER), ("4.2.2", Cause.FULL),
        ("5.2.1", Cause.CLOSED), ("5.3.4", Cause.TOO_LARGE), ("5.4.7", Cause.EXPIRED), ("5.7.26", Cause.REFUSED),
        ("5.0.0", Cause.UNKNOWN), ("", Cause.UNKNOWN),
    ],
)  # fmt: skip
def test_a_status_code_has_a_cause(status: str, cause: Cause) -> None:
    assert cause_of(status) is cause


def test_over_real_servers_a_bounce_and_an_answer_find_the_mail_that_was_sent(
    make_site: Callable[..., Site], imap: ImapServer, postman: Postman, smtp: Controller, mailbox: Mailbox
) -> None:
    site = make_site(smtp_url=f"smtp://127.0.0.1:{smtp.port}?starttls=never")
    ticket = site.tickets.create(new_ticket(), None, NOW)
    sender = OutboxSender(site.settings, site.tickets.files.path, site.tickets.response_targets)
    OutboxProcessor(site.tickets, sender).deliver_due(lambda: NOW)
    (acknowledgement,), (to_team,) = mailbox.to("ada@example.org"), mailbox.to("team@tonfell.example")
    postman.post(notice(acknowledgement, whole=True))
    postman.post(answer(to_team, "Reset it.", sender="grace@tonfell.example").as_bytes())
    postman.post(acknowledgement.as_bytes())
    assert read_once(imap, "Signpost", site.ingester, lambda: NOW) == 3
    kinds = [e.kind for e in site.tickets.by_reference(ticket.reference).events]
    assert kinds.count("mail_bounced") == kinds.count("team_message") == 1
    assert len(site.tickets.newest()) == 1


def test_exchange_says_in_words_that_the_mailbox_is_unknown() -> None:
    assert cause_of("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found") is Cause.NO_ADDRESS
    assert cause_of("5.1.10", "550 5.1.10 Recipient address has null MX") is Cause.NO_SERVER


@pytest.mark.parametrize(
    "words",
    [
        "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message.\n\n"
        "<ada@example.org>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        "--- Below this line is a copy of the message.\n\nReturn-Path: <help@tonfell.example>\n{header}\n\nhello",
        "A message that you sent could not be delivered.\n\n  ada@example.org\n    550 5.1.1 User unknown\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\n{header}\n\nhello",
        "The original message follows.\n550 5.1.1 User unknown\n> Received: from a\n> {header}",
    ],
    ids=["qmail", "exim", "quoted"],
)
def test_a_bounce_that_gives_the_mail_back_among_its_words_is_on_its_ticket(site: Site, words: str) -> None:
    ticket, mail = _answered(site)
    said = words.format(header=f"Message-ID: {mail['Message-ID']}")
    bounce = letter(said, sender="MAILER-DAEMON@mx.example", subject="failure notice", Return_Path="<>")
    result = site.take(bounce)
    assert (result.outcome, result.reference) == (InboundOutcome.BOUNCE, ticket.reference)
    (event,) = _events(site, ticket, "mail_bounced")
    assert (event.detail["status"], event.detail["cause"]) == ("5.1.1", "no_address")
