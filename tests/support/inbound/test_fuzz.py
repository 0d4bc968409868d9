"""Thousands of broken mails: none stops the service, none is lost, none lands where it does not belong.

`make test` takes 200, `make faults` 10,000: the variable MAILS says how many, and FROM how many are left out before.
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

from sqlalchemy import text

from support.email.inbound import spool
from support.email.inbound.spool import InboundOutcome
from support.tickets.models import Ticket
from tests.support.conftest import NOW, new_ticket
from tests.support.inbound.conftest import Site, answer, letter
from tests.support.inbound.mutations import mutated

MAILS = int(os.environ.get("MAILS", "200"))
_FROM = int(os.environ.get("FROM", "0"))
_FIRST_SEED = 20261123


def _letters(ticket: Ticket, acknowledgement: EmailMessage, to_team: EmailMessage) -> list[EmailMessage]:
    """Real mails of every kind: those of Ada and her team name the ticket, Eve's must never reach it."""
    guessed = f"<{ticket.reference.lower()}.customer@tonfell.example>"
    picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 20
    eve = "Eve <eve@example.net>"
    return [
        letter("A new question."),
        letter("Yeni bir soru: kulaklık çalışmıyor.", subject="Ses yok – İğne", sender="Ayşe <ayse@example.org>"),
        letter("耳機沒有聲音。", subject="沒有聲音", files=(("螢幕.png", "image/png", picture),)),
        answer(acknowledgement, "It is the left one."),
        answer(acknowledgement, "我還是聽不到。"),
        answer(to_team, "Please reset it.", sender="Grace <grace@tonfell.example>"),
        letter("Let me in.", sender=eve, subject=f"Re: [{ticket.reference}]", In_Reply_To=guessed),
        letter("I am the team.", sender=eve, References=str(to_team["Message-ID"])),
        answer(acknowledgement, "I am away.", Auto_Submitted="auto-replied"),
    ]


def test_broken_mails_are_all_accounted_for_and_none_is_misfiled(make_site: Callable[..., Site]) -> None:
    site = make_site()
    ticket = site.tickets.create(new_ticket(), None, NOW)
    other = site.tickets.create(new_ticket(email="bob@example.net", message="Bob's own."), None, NOW)
    sent = site.deliver()
    acknowledgement = next(m for m in sent if "ada@" in m["To"])
    to_team = next(m for m in sent if "team@" in m["To"] and ticket.reference in m["Subject"])
    letters = _letters(ticket, acknowledgement, to_team)
    outcomes: Counter[str] = Counter()
    kept = 0
    for number in range(_FROM, _FROM + MAILS):
        raw = mutated(letters[number % len(letters)].as_bytes(), _FIRST_SEED + number)
        # An hour between them: limits of an hour are tested elsewhere.
        result = site.take(raw, timedelta(hours=number))
        outcomes[result.outcome.value] += 1
        (newest,) = spool.incoming(site.engine, limit=1)
        assert site.ingester._folder.read(newest.file), "the mail itself is kept"
        kept += not result.again
        if number % len(letters) in {6, 7}:
            assert result.reference not in {ticket.reference, other.reference}, f"seed {_FIRST_SEED + number}"
    assert outcomes[InboundOutcome.FAILED.value] == 0, [
        t.why for t in spool.incoming(site.engine, InboundOutcome.FAILED)
    ]
    assert outcomes[InboundOutcome.RECEIVING.value] == 0
    with site.engine.connect() as connection:
        rows = connection.execute(text("SELECT state, COUNT(*) AS n FROM inbound_mail GROUP BY state")).all()
        of_other = connection.execute(
            text("SELECT COUNT(*) FROM message WHERE ticket_id = :id"), {"id": other.id}
        ).scalar_one()
        strangers = connection.execute(
            text("SELECT COUNT(*) FROM message WHERE ticket_id = :id AND text LIKE '%Let me in%'"), {"id": ticket.id}
        ).scalar_one()
    assert sum(row.n for row in rows) == kept
    assert of_other == 1
    assert strangers == 0
    print(f"{MAILS} broken mails: {dict(outcomes)}")  # noqa: T201
