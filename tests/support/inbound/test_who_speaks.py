"""In whose name a mail speaks: what proves it, what only claims it, and what becomes of a forged one."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest

from core.email_addresses import email_key
from support.email import mail_threads
from support.email.inbound import spool
from support.email.inbound.authentication import Authenticity, authenticate
from support.email.inbound.ingest import FORGED, NOT_TEAM, OWN_ADDRESS, UNPROVEN_TEAM
from support.email.inbound.spool import InboundOutcome
from support.tickets.models import Identity, State, Ticket
from tests.support.conftest import NOW, new_ticket
from tests.support.inbound.conftest import INBOX, Site, answer, letter

GRACE = "Grace <grace@tonfell.example>"
LATER = NOW + timedelta(minutes=1)


def _opened(site: Site) -> tuple[Ticket, EmailMessage, EmailMessage]:
    """(ticket, its acknowledgement, its mail to the team)."""
    ticket = site.tickets.create(new_ticket(), None, NOW)
    sent = site.deliver()
    return (
        ticket,
        next(m for m in sent if "ada@" in m["To"]),
        next(m for m in sent if "team@" in m["To"]),
    )


def _to_inbox(mail: EmailMessage) -> EmailMessage:
    """Without the token: as a gateway leaves it that knows no plus addresses."""
    mail.replace_header("To", INBOX)
    return mail


def _unanswered(site: Site, ticket: Ticket) -> bool:
    """Whether nothing was added in anybody's name, and nothing was mailed."""
    after = site.tickets.by_reference(ticket.reference)
    return len(after.messages) == 1 and after.state is State.WAITING and not site.deliver(LATER)


# --- for the team ---


@pytest.mark.parametrize("header", ["References", "In_Reply_To"])
def test_a_guessed_root_id_and_a_forged_from_do_not_speak_for_the_team(either_site: Site, header: str) -> None:
    ticket, _, _ = _opened(either_site)
    root = f"<{ticket.reference.lower()}.team@tonfell.example>"
    result = either_site.take(letter("Send us your password.", sender=GRACE, **{header: root}))
    assert (result.outcome, result.reference, result.why) == (InboundOutcome.HELD, ticket.reference, UNPROVEN_TEAM)
    assert _unanswered(either_site, ticket)


def test_the_reference_in_the_subject_does_not_speak_for_the_team(site: Site) -> None:
    ticket, _, _ = _opened(site)
    result = site.take(letter("Send us your password.", sender=GRACE, subject=f"Re: No sound [{ticket.reference}]"))
    assert (result.outcome, result.why) == (InboundOutcome.HELD, UNPROVEN_TEAM)
    assert _unanswered(site, ticket)


def test_the_id_of_a_mail_of_ours_to_somebody_else_does_not_speak_for_the_team(site: Site) -> None:
    """It went to team@, not to Grace, and nobody has proven that this is Grace."""
    ticket, _, to_team = _opened(site)
    result = site.take(_to_inbox(answer(to_team, "Mine.", sender=GRACE)))
    assert (result.outcome, result.why) == (InboundOutcome.HELD, UNPROVEN_TEAM)
    assert _unanswered(site, ticket)


def test_the_id_of_a_mail_that_went_to_the_customer_does_not_speak_for_the_team(site: Site) -> None:
    ticket, acknowledgement, _ = _opened(site)
    result = site.take(_to_inbox(answer(acknowledgement, "I am the team.", sender=GRACE)))
    assert result.outcome is not InboundOutcome.REPLY
    assert _unanswered(site, ticket) or result.outcome is InboundOutcome.TICKET
    assert len(site.tickets.by_reference(ticket.reference).messages) == 1


def test_the_customers_token_does_not_speak_for_the_team(site: Site) -> None:
    ticket, acknowledgement, _ = _opened(site)
    site.take(answer(acknowledgement, "I am the team.", sender=GRACE))
    after = site.tickets.by_reference(ticket.reference)
    assert [m.author.value for m in after.messages] == ["customer", "customer"]
    assert after.state is State.WAITING


def test_the_id_of_a_mail_we_sent_to_this_very_address_speaks_for_the_team(make_site: Callable[..., Site]) -> None:
    site = make_site(team_email="grace@tonfell.example")
    ticket = site.tickets.create(new_ticket(), None, NOW)
    to_team = next(m for m in site.deliver() if "grace@" in m["To"])
    assert site.take(_to_inbox(answer(to_team, "Reset it.", sender=GRACE))).outcome is InboundOutcome.REPLY
    assert site.tickets.by_reference(ticket.reference).messages[-1].text == "Reset it."


def test_the_token_from_another_address_is_held_with_its_reason(site: Site) -> None:
    ticket, _, to_team = _opened(site)
    result = site.take(answer(to_team, "Pay here.", sender="eve@example.net"))
    assert (result.outcome, result.why) == (InboundOutcome.HELD, NOT_TEAM)
    assert _unanswered(site, ticket)


def test_a_released_mail_is_what_it_claimed_to_be(either_site: Site) -> None:
    ticket, _, _ = _opened(either_site)
    root = f"<{ticket.reference.lower()}.team@tonfell.example>"
    either_site.take(letter("Please reset it.", sender=GRACE, References=root))
    (held,) = spool.incoming(either_site.engine, InboundOutcome.HELD)
    assert either_site.ingester.ingest_again(held, NOW).outcome is InboundOutcome.REPLY
    (mail,) = either_site.deliver(LATER)
    assert "ada@example.org" in mail["To"]
    assert either_site.tickets.by_reference(ticket.reference).messages[-1].text == "Please reset it."


def test_two_answers_of_the_team_with_one_message_id_are_both_kept(either_site: Site) -> None:
    ticket, _, to_team = _opened(either_site)
    for text in ("One thing.", "Another thing.", "One thing."):
        either_site.take(answer(to_team, text, sender=GRACE, message_id="<same@tonfell.example>"))
    after = either_site.tickets.by_reference(ticket.reference)
    assert [m.text for m in after.messages[1:]] == ["One thing.", "Another thing."]


def test_the_team_may_answer_from_the_mailbox_of_our_own_address(site: Site) -> None:
    ticket, _, to_team = _opened(site)
    assert site.take(answer(to_team, "Reset it.", sender=INBOX)).outcome is InboundOutcome.REPLY
    assert site.tickets.by_reference(ticket.reference).state is State.ANSWERED


# --- for the customer ---


def test_without_the_token_the_customers_own_address_is_taken_and_marked(either_site: Site) -> None:
    ticket, acknowledgement, _ = _opened(either_site)
    root = f"<{ticket.reference.lower()}.customer@tonfell.example>"
    either_site.take(letter("By the root.", In_Reply_To=root))
    either_site.take(letter("By the reference.", subject=f"Hello, {ticket.reference.lower()}"))
    either_site.take(_to_inbox(answer(acknowledgement, "By the thread.")))
    after = either_site.tickets.by_reference(ticket.reference)
    assert [(m.text, m.unproven) for m in after.messages[1:]] == [
        ("By the root.", True),
        ("By the reference.", True),
        ("By the thread.", True),
    ]
    assert after.identity is Identity.TYPED
    told = [m.get_body(("plain",)).get_content() for m in either_site.deliver(LATER)]  # type: ignore[union-attr]
    assert len([t for t in told if "not proven" in t]) == 3, "the team reads so in its mail"


def test_with_the_token_the_address_is_proven(site: Site) -> None:
    ticket, acknowledgement, _ = _opened(site)
    site.take(answer(acknowledgement, "By the token."))
    after = site.tickets.by_reference(ticket.reference)
    assert (after.messages[-1].unproven, after.identity) == (False, Identity.MAIL)


def test_a_stranger_with_the_reference_gets_a_ticket_that_is_linked_at_the_desk(site: Site) -> None:
    ticket, _, _ = _opened(site)
    result = site.take(letter("See my ticket.", sender="eve@example.net", subject=f"Re: [{ticket.reference}]"))
    assert result.outcome is InboundOutcome.TICKET and result.reference != ticket.reference
    after = site.tickets.by_reference(ticket.reference)
    assert len(after.messages) == 1
    assert [e.detail["ticket"] for e in after.events if e.kind == "linked"] == [result.reference]
    other = site.tickets.by_reference(result.reference)
    assert [e.detail["ticket"] for e in other.events if e.kind == "linked"] == [ticket.reference]


def test_a_list_of_somebody_elses_does_not_say_who_the_customer_is(site: Site) -> None:
    """Its own From is genuine, and `X-Original-From` is anybody's to write."""
    ticket, _, _ = _opened(site)
    result = site.take(
        letter(
            "Close it.", sender="list@example.net", subject=f"Re: {ticket.reference}", List_Id="<list.example.net>",
            List_Post="<mailto:list@example.net>", X_Original_From="Ada <ada@example.org>",
        )
    )  # fmt: skip
    assert result.reference != ticket.reference
    assert len(site.tickets.by_reference(ticket.reference).messages) == 1


# --- what the receiving server says ---

_PASS = "mx.tonfell.example; dkim=pass header.d={0}; spf=pass smtp.mailfrom={0}; dmarc=pass header.from={0}"
_FAIL = "mx.tonfell.example; spf=fail smtp.mailfrom=evil.example; dmarc=fail (p=none) header.from={0}"


def _with_results(mail: EmailMessage, *values: str) -> bytes:
    """The mail with these headers on top of it, the first one topmost."""
    return b"".join(f"Authentication-Results: {value}\r\n".encode() for value in values) + mail.as_bytes()


@pytest.fixture
def checked(make_site: Callable[..., Site]) -> Site:
    """A site whose mail server says what it found out about senders."""
    return make_site(authserv_id="mx.tonfell.example")


def test_a_customer_whom_the_server_takes_for_forged_is_held_and_can_be_released(checked: Site) -> None:
    ticket, acknowledgement, _ = _opened(checked)
    for mail in (
        letter("Forged.", subject=f"Re: {ticket.reference}"),
        answer(acknowledgement, "Forged, with the token."),
    ):
        result = checked.take(_with_results(mail, _FAIL.format("example.org")))
        assert (result.outcome, result.why) == (InboundOutcome.HELD, f"{FORGED} (dmarc=fail)")
    assert _unanswered(checked, ticket)
    for held in spool.incoming(checked.engine, InboundOutcome.HELD):
        assert checked.ingester.ingest_again(held, NOW).outcome is InboundOutcome.MESSAGE
    after = checked.tickets.by_reference(ticket.reference)
    assert [m.unproven for m in after.messages[1:]] == [True, True]
    assert after.identity is Identity.TYPED


def test_the_team_whom_the_server_takes_for_forged_is_held_even_with_the_token(checked: Site) -> None:
    ticket, _, to_team = _opened(checked)
    mail = answer(to_team, "Pay here.", sender=GRACE)
    assert checked.take(_with_results(mail, _FAIL.format("tonfell.example"))).outcome is InboundOutcome.HELD
    assert _unanswered(checked, ticket)


def test_a_new_ticket_of_a_forged_sender_waits_in_quarantine(checked: Site) -> None:
    result = checked.take(_with_results(letter(), _FAIL.format("example.org")))
    assert checked.tickets.by_reference(result.reference).quarantine == f"{FORGED} (dmarc=fail)"
    assert checked.deliver() == [], "nobody is told of what they did not write"


def test_a_proven_sender_needs_no_token(checked: Site) -> None:
    ticket, _, to_team = _opened(checked)
    mail = letter("Proven.", subject=f"Re: {ticket.reference}")
    assert checked.take(_with_results(mail, _PASS.format("example.org"))).outcome is InboundOutcome.MESSAGE
    after = checked.tickets.by_reference(ticket.reference)
    assert (after.messages[-1].unproven, after.identity) == (False, Identity.MAIL)
    reply = _to_inbox(answer(to_team, "Reset it.", sender=GRACE))
    assert checked.take(_with_results(reply, _PASS.format("tonfell.example"))).outcome is InboundOutcome.REPLY


def test_a_proven_sender_does_not_speak_for_the_team_by_a_guessed_id(checked: Site) -> None:
    ticket, _, _ = _opened(checked)
    root = f"<{ticket.reference.lower()}.team@tonfell.example>"
    mail = letter("Guessed.", sender=GRACE, References=root)
    assert checked.take(_with_results(mail, _PASS.format("tonfell.example"))).outcome is InboundOutcome.HELD


@pytest.mark.parametrize(
    "values",
    [
        (_FAIL, _PASS),  # the sender wrote one below
        (_PASS, _FAIL),  # the server puts its own at the end
        (_FAIL, _PASS, _PASS),
        ("mx.elsewhere.example; dmarc=pass header.from={0}", _FAIL),
    ],
)
def test_what_the_sender_inserted_under_our_servers_name_vouches_for_nobody(
    checked: Site, values: tuple[str, ...]
) -> None:
    ticket, _, _ = _opened(checked)
    mail = letter("Forged.", subject=f"Re: {ticket.reference}")
    inserted = [value.format("example.org") for value in values]
    assert checked.take(_with_results(mail, *inserted)).outcome is InboundOutcome.HELD
    assert _unanswered(checked, ticket)


@pytest.mark.parametrize(
    "value",
    [
        "mx.evil.example; dmarc=pass header.from=example.org",  # another server's name
        "mx.tonfell.example.evil.example; dmarc=pass header.from=example.org",
        "(mx.tonfell.example;) mx.evil.example; dmarc=pass header.from=example.org",
        'mx.evil.example; spf=pass smtp.mailfrom="; mx.tonfell.example; dmarc=pass"@evil.example',
        "",
    ],
)
def test_what_other_servers_found_counts_for_nothing(checked: Site, value: str) -> None:
    ticket, _, _ = _opened(checked)
    result = checked.take(_with_results(letter("Mine.", subject=f"Re: {ticket.reference}"), value))
    assert result.outcome is InboundOutcome.MESSAGE
    assert checked.tickets.by_reference(ticket.reference).messages[-1].unproven


def test_without_the_setting_no_such_header_is_believed(site: Site) -> None:
    ticket, _, _ = _opened(site)
    site.take(_with_results(letter("Mine.", subject=f"Re: {ticket.reference}"), _PASS.format("example.org")))
    assert site.tickets.by_reference(ticket.reference).messages[-1].unproven


def test_a_proof_of_the_first_of_two_senders_is_none(checked: Site) -> None:
    ticket, _, _ = _opened(checked)
    raw = _with_results(letter("Two.", subject=f"Re: {ticket.reference}"), _PASS.format("example.org"))
    checked.take(raw.replace(b"From: ", b"From: eve@example.org\r\nFrom: ", 1))
    checked.take(raw.replace(b"From: ", b"From: Ada <ada@example.org>\r\nFrom: ", 1))
    assert all(m.unproven for m in checked.tickets.by_reference(ticket.reference).messages[1:])


_OURS = "mx.tonfell.example"


@pytest.mark.parametrize(
    ("headers", "result", "said"),
    [
        (["mx.tonfell.example 1; dmarc=pass header.from=example.org"], "pass", "dmarc=pass"),
        (["MX.Tonfell.example; DMARC=PASS Header.From=Example.ORG"], "pass", "dmarc=pass"),
        (["mx.tonfell.example; dmarc = pass (p=reject dis=none) header.from = example.org"], "pass", "dmarc=pass"),
        (["mx.tonfell.example; dmarc=pass header.from=evil.example"], "fail", "dmarc=pass of evil.example"),
        (["mx.tonfell.example; dkim=fail (bad signature) header.d=example.org"], "fail", "dkim=fail"),
        (["mx.tonfell.example; dkim=fail header.d=x.example; dkim=pass header.d=example.org"], "pass", "dkim=pass"),
        (["mx.tonfell.example; dkim=pass header.i=@example.org"], "pass", "dkim=pass"),
        (["mx.tonfell.example; dkim=pass header.d=evil.example"], "unknown", ""),
        (["mx.tonfell.example; dkim=pass header.d=org"], "unknown", ""),
        (["mx.tonfell.example; dkim=fail header.d=example.org; dmarc=pass header.from=example.org"], "pass", ""),
        (["mx.tonfell.example; dmarc=none; spf=softfail smtp.mailfrom=example.org"], "unknown", ""),
        (["mx.tonfell.example; dmarc=temperror header.from=example.org"], "unknown", ""),
        (["mx.tonfell.example; none"], "unknown", ""),
        (['mx.tonfell.example; spf=pass smtp.mailfrom="a; dmarc=pass header.from=example.org "@x'], "unknown", ""),
        (['mx.tonfell.example; spf=pass smtp.mailfrom="a\\"; dmarc=pass header.from=example.org"@x'], "unknown", ""),
        (['mx.tonfell.example; dkim=pass header.i="x header.d=example.org "@evil.example'], "unknown", ""),
        (["mx.tonfell.example; spf=pass (a; dmarc=pass (nested) header.from=example.org)"], "unknown", ""),
        (["mx.tonfell.example; spf=none", "mx.tonfell.example; dmarc=pass header.from=example.org"], "unknown", ""),
        (["mx.tonfell.example; dmarc=pass header.from=example.org", "mx.tonfell.example; dkim=fail"], "fail", ""),
        (["mx.müzik.example; dmarc=pass"], "unknown", ""),
        (["", ";", "=;=", "(" * 5_000, '"' * 5_001], "unknown", ""),
    ],
)
def test_results_are_read_as_rfc_8601_says(headers: list[str], result: str, said: str) -> None:
    found = authenticate(headers, _OURS, "ada@example.org")
    assert found.result is Authenticity(result)
    assert found.said == said or not said


# --- addresses ---


def test_a_reply_to_that_is_our_own_address_is_never_answered(site: Site) -> None:
    for reply_to in (INBOX, "HELP@Tonfell.example", "help+anything@tonfell.example"):
        result = site.take(letter(f"To {reply_to}", Reply_To=reply_to))
        assert site.tickets.by_reference(result.reference).email == "ada@example.org"
    assert all("ada@" in m["To"] or "team@" in m["To"] for m in site.deliver())


def test_a_mail_under_our_address_that_we_did_not_send_is_held_and_never_acknowledged(site: Site) -> None:
    result = site.take(letter(sender=INBOX, Reply_To=INBOX))
    assert (result.outcome, result.why) == (InboundOutcome.HELD, OWN_ADDRESS)
    (held,) = spool.incoming(site.engine, InboundOutcome.HELD)
    released = site.ingester.ingest_again(held, NOW)
    assert site.tickets.by_reference(released.reference).email == ""
    assert [m["To"] for m in site.deliver() if INBOX in m["To"]] == []


def test_addresses_are_compared_by_nfkc_and_idna_2008() -> None:
    assert email_key("ＡＤＡ@ｅｘａｍｐｌｅ.ｏｒｇ") == email_key("ada@EXAMPLE.org")
    assert email_key("ida@faß.example") == email_key("ida@xn--fa-hia.example") != email_key("ida@fass.example")
    token = "abcdefghijkmnpqrstuvwxyz"
    for to in ("HELP+{}@XN--MZIK-0RA.example", "help+{}@ｍüｚｉｋ.example", "ｈelp+{}@müzik.example"):
        assert mail_threads.token_in(to.format(token.upper()), "help@müzik.example") == token
    assert mail_threads.token_in(f"help+{token}@muzik.example", "help@müzik.example") is None


# Of programs in many languages, and what gateways of companies put before a subject.
_PREFIXES = (
    "Re: ", "RE : ", "Re[2]: ", "Ynt: ", "İlt: ", "Antwort: Re: ", "SV: VS: ", "Odp: ", "RES: ", "Vá: ", "Atb.: ",
    "Απ: ", "R: ", "Ответ: ", "رد: ", "תגובה: ", "回复：", "答复: ", "返信: ", "회신: ", "Trả lời: ",
    "Re: [EXTERNAL] ", "[EXT] Re: ",
)  # fmt: skip


@pytest.mark.parametrize("prefix", _PREFIXES)
def test_an_answer_without_any_id_we_know_finds_its_ticket_by_the_subject(site: Site, prefix: str) -> None:
    ticket = site.tickets.create(new_ticket(subject="Left: no sound"), None, NOW)
    mail = letter("It still hums.", subject=f"{prefix}Left: no sound", In_Reply_To="<0100@eu-west-1.amazonses.com>")
    result = site.take(mail, timedelta(hours=1))
    assert (result.outcome, result.reference) == (InboundOutcome.MESSAGE, ticket.reference)
    assert site.tickets.by_reference(ticket.reference).messages[-1].unproven


def test_where_a_gateway_takes_in_reply_to_away_the_prefix_says_that_it_is_an_answer(site: Site) -> None:
    ticket = site.tickets.create(new_ticket(subject="Left: no sound"), None, NOW)
    found = site.take(letter("It still hums.", subject="Ynt: [EXT] Left: no sound"), timedelta(hours=1))
    assert (found.outcome, found.reference) == (InboundOutcome.MESSAGE, ticket.reference)
    for subject in ("Left: no sound", "Question: Left: no sound"):  # no answers
        assert site.take(letter("Another.", subject=subject), timedelta(hours=1)).outcome is InboundOutcome.TICKET
