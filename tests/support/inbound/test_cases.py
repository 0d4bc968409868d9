"""Small mails on which earlier releases failed, where the folder that holds them lies beside the project."""

from pathlib import Path

import pytest

from core.database.connection import writing
from core.database.timestamps import iso
from support.delivery.schema import outbox
from support.email import mail_threads
from support.email.inbound.spool import InboundOutcome
from support.email.mail_threads import Side
from support.tickets.models import Stage, Ticket
from support.tickets.schema import ticket as ticket_table
from tests.support.conftest import NOW, new_ticket
from tests.support.inbound.conftest import Site

# Read where they lie: the texts are not part of this project.
CASES = Path(__file__).parents[4] / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not there")


def _case(name: str) -> bytes:
    return (CASES / name).read_bytes()


def _opened(site: Site) -> tuple[Ticket, dict[bytes, bytes]]:
    """The ticket that the mails are about, answered; and what they call it, with what it is really called."""
    made = site.tickets.create(new_ticket(email="ana@customer.example", subject="Hum in left channel"), None, NOW)
    with writing(site.engine) as connection:
        connection.execute(
            ticket_table.update()
            .where(ticket_table.c.id == made.id)
            .values(reference="SP-4KQ6-J7", updated_at=iso(NOW))
        )
    site.deliver()
    site.agent_actions.reply("SP-4KQ6-J7", "Please reset it.", NOW)
    site.deliver()
    with writing(site.engine) as connection:
        token = mail_threads.token(connection, made.id, Side.CUSTOMER)
        uid = connection.execute(outbox.select().where(outbox.c.kind == "customer_mail")).one().uid
    names = {b"gfen9esbe4zndn6kzqz6qsth": token.encode(), b"msg_7ac88cb728d88e081457a8ed": uid.encode()}
    names[b"GFEN9ESBE4ZNDN6KZQZ6QSTH"] = token.upper().encode()
    return site.tickets.by_reference("SP-4KQ6-J7"), names


def _renamed(raw: bytes, names: dict[bytes, bytes]) -> bytes:
    for old, new in names.items():
        raw = raw.replace(old, new)
    return raw


@pytest.mark.parametrize("name", ["plain", "rewritten"])
def test_case_11_a_google_group_is_the_help_address(site: Site, name: str) -> None:
    result = site.take(_case(f"11-google-group/{name}.eml"))
    ticket = site.tickets.by_reference(result.reference)
    assert (ticket.email, ticket.name, ticket.quarantine) == ("anna@customer.example", "Anna Meier", "")
    assert any("anna@customer.example" in m["To"] for m in site.deliver())


@pytest.mark.parametrize("name", ["mail", "auto", "zh"])
def test_case_13_subjects_like_automatic_ones(site: Site, name: str) -> None:
    result = site.take(_case(f"13-subject-like-out-of-office/{name}.eml"))
    assert result.outcome is InboundOutcome.TICKET
    assert any("eva@customer.example" in m["To"] for m in site.deliver())


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("delayed", InboundOutcome.REPORT),
        ("delivered", InboundOutcome.REPORT),
        ("receipt", InboundOutcome.REPORT),
        ("failed", InboundOutcome.BOUNCE),
    ],
)
@pytest.mark.parametrize("by", ["id", "token"])
def test_case_19_only_a_failure_is_a_bounce(site: Site, name: str, outcome: InboundOutcome, by: str) -> None:
    before, names = _opened(site)
    if by == "token":
        del names[b"msg_7ac88cb728d88e081457a8ed"]
    result = site.take(_renamed(_case(f"19-reports-that-are-no-failure/{name}.eml"), names))
    after = site.tickets.by_reference(before.reference)
    assert (result.outcome, result.reference) == (outcome, before.reference)
    assert (len(after.messages), after.stage) == (len(before.messages), Stage.PENDING)
    assert len(site.tickets.stuck(NOW)) == (outcome is InboundOutcome.BOUNCE)


@pytest.mark.parametrize(("name", "unproven"), [("upper", False), ("strippedsame", True), ("rewritten", True)])
def test_case_21_the_ticket_is_found_without_its_token(site: Site, name: str, unproven: bool) -> None:
    before, names = _opened(site)
    result = site.take(_renamed(_case(f"21-plus-address-and-thread-lost/{name}.eml"), names))
    after = site.tickets.by_reference(before.reference)
    assert (result.outcome, result.reference) == (InboundOutcome.MESSAGE, before.reference)
    assert after.messages[-1].unproven is unproven


def test_case_21_another_address_that_names_the_ticket_is_linked(site: Site) -> None:
    before, names = _opened(site)
    result = site.take(_renamed(_case("21-plus-address-and-thread-lost/stripped.eml"), names))
    other = site.tickets.by_reference(result.reference)
    assert [e.detail["ticket"] for e in other.events if e.kind == "linked"] == [before.reference]


def test_case_40_a_bounce_is_visible(site: Site) -> None:
    before, names = _opened(site)
    site.take(_renamed(_case("40-bounce-invisible/mail.eml"), names))
    (event,) = [e for e in site.tickets.by_reference(before.reference).events if e.kind == "mail_bounced"]
    assert (event.detail["to"], event.detail["status"]) == ("ana@customer.example", "5.1.1")
    assert [reference for reference, _ in site.tickets.stuck(NOW)] == [before.reference]
