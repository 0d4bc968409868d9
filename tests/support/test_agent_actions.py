"""What the team does with a ticket, on both databases, and that a database of the first release comes along."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, delete, insert, text

from app.migrations import migrate
from app.settings.schema import Settings
from core.database.connection import connect, writing
from core.database.timestamps import iso
from support.agents.figures import promises_kept
from support.tickets import repository, stored_targets
from support.tickets.agent_actions import AgentActions
from support.tickets.legacy_migrations import MIGRATIONS
from support.tickets.models import (
    CallOutcome,
    Channel,
    Delivery,
    Identity,
    Priority,
    ReplyChannelMismatch,
    Staff,
    Stage,
    State,
    Ticket,
    Via,
)
from support.tickets.schema import response_target
from support.tickets.service import TicketService
from tests.named_migrations import apply_named
from tests.support.conftest import NOW, new_ticket

ADA = Staff(7, "Ada Agent")
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def agent_actions(tickets: TicketService) -> AgentActions:
    return AgentActions(tickets)


@pytest.fixture
def ticket(tickets: TicketService) -> Ticket:
    return tickets.create(new_ticket(), None, NOW)


def _mails(engine: Engine, ticket: Ticket, kind: Delivery) -> int:
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT COUNT(*) FROM outbox WHERE ticket_id = :id AND kind = :kind"),
            {"id": ticket.id, "kind": kind.value},
        )
        return int(found.scalar_one())


def test_a_new_ticket_waits_untouched(ticket: Ticket) -> None:
    assert (ticket.stage, ticket.state, ticket.priority) == (Stage.NEW, State.WAITING, Priority.NORMAL)
    assert ticket.first_reply_at is None
    assert ticket.messages[0].via == "form"


def test_an_answer_is_mailed_once_and_ends_the_wait(
    agent_actions: AgentActions, ticket: Ticket, engine: Engine
) -> None:
    answered = agent_actions.reply(ticket.reference, "Please reset it.", LATER, ADA)
    assert (answered.stage, answered.first_reply_at) == (Stage.PENDING, LATER)
    assert answered.messages[-1].staff == ADA
    assert _mails(engine, ticket, Delivery.CUSTOMER_MAIL) == 1


def test_an_answer_that_came_by_mail_is_not_mailed_again(
    agent_actions: AgentActions, ticket: Ticket, engine: Engine
) -> None:
    agent_actions.reply(ticket.reference, "Please reset it.", LATER, ADA, via=Via.EMAIL, mail_id="<1@team.example>")
    assert _mails(engine, ticket, Delivery.CUSTOMER_MAIL) == 0


def test_notes_and_calls_are_kept_apart_from_what_the_customer_reads(
    agent_actions: AgentActions, ticket: Ticket
) -> None:
    agent_actions.add_note(ticket.reference, "Knows us from the fair.", LATER, ADA)
    noted = agent_actions.log_contact(
        ticket.reference, "Rang twice.", LATER, ADA, outcome=CallOutcome.NO_ANSWER, off_channel_reason="mail bounced"
    )
    assert [m.text for m in noted.messages] == ["The left earbud is silent."]
    assert [(m.kind, m.text) for m in noted.internal] == [("note", "Knows us from the fair."), ("call", "Rang twice.")]
    assert noted.state is State.WAITING
    assert noted.events[-1].kind == "contact"
    assert "Rang" not in str(noted.events)


def test_a_call_that_reached_them_is_an_answer(agent_actions: AgentActions, tickets: TicketService) -> None:
    ticket = tickets.create(new_ticket(preferred_channel=Channel.PHONE, phone="+31 20 555 0100"), None, NOW)
    called = agent_actions.log_contact(ticket.reference, "Solved on the phone.", LATER, ADA)
    assert (called.state, called.first_reply_at) == (State.ANSWERED, LATER)


def test_another_channel_than_the_chosen_one_needs_a_reason(
    agent_actions: AgentActions, tickets: TicketService, engine: Engine
) -> None:
    ticket = tickets.create(new_ticket(preferred_channel=Channel.PHONE, phone="+31 20 555 0100"), None, NOW)
    with pytest.raises(ReplyChannelMismatch):
        agent_actions.reply(ticket.reference, "Hello", LATER, by_mail=True)
    with pytest.raises(ReplyChannelMismatch):
        agent_actions.log_contact(ticket.reference, "Hello", LATER, via=Via.CHAT)
    assert len(tickets.by_reference(ticket.reference).messages) == 1
    agent_actions.reply(ticket.reference, "Hello", LATER, by_mail=True, off_channel_reason="nobody answers")
    assert _mails(engine, ticket, Delivery.CUSTOMER_MAIL) == 1


def test_a_ticket_is_assigned_moved_snoozed_and_woken(agent_actions: AgentActions, tickets: TicketService) -> None:
    reference = tickets.create(new_ticket(), None, NOW).reference
    agent_actions.assign(reference, 7, NOW, ADA, name="Ada")
    agent_actions.set_priority(reference, Priority.URGENT, NOW, ADA)
    ticket = agent_actions.snooze(reference, NOW + timedelta(days=2), NOW, ADA)
    assert (ticket.assignee_id, ticket.priority) == (7, Priority.URGENT)
    assert ticket.snooze_until == NOW + timedelta(days=2)
    ticket = tickets.add_message(ticket.token, "Hello?", "k", LATER)
    assert ticket.snooze_until is None
    assert agent_actions.close(reference, LATER).finished_at == LATER
    ticket = agent_actions.reopen(reference, LATER)
    assert (ticket.stage, ticket.finished_at) == (Stage.OPEN, None)


def test_another_team_is_told(agent_actions: AgentActions, ticket: Ticket, engine: Engine) -> None:
    moved = agent_actions.set_team(ticket.reference, "billing", LATER, ADA)
    assert moved.team == "billing"
    assert _mails(engine, ticket, Delivery.TEAM_MAIL) == 2
    assert agent_actions.set_team(ticket.reference, "billing", LATER, ADA).events == moved.events


def test_one_view_of_a_person_however_the_address_is_spelt(agent_actions: AgentActions, tickets: TicketService) -> None:
    first = tickets.create(new_ticket(email="Ada@MÜZIK.example"), None, NOW)
    second = tickets.create(new_ticket(email="ada@müzik.example", identity=Identity.SIGNED), None, LATER)
    tickets.create(new_ticket(email="bob@müzik.example"), None, LATER)
    (other,) = agent_actions.others_of(second)
    assert (other.reference, other.identity) == (first.reference, Identity.TYPED)
    assert agent_actions.others_of(tickets.create(new_ticket(email="", phone="12345"), None, NOW)) == ()


def test_a_promise_is_kept_by_an_answer_or_replaced_by_a_new_one(
    agent_actions: AgentActions, tickets: TicketService, ticket: Ticket, engine: Engine
) -> None:
    with writing(engine) as connection:
        stored_targets.promise(connection, ticket.id, "default", "first_reply", 60, NOW, NOW + timedelta(hours=1))
        stored_targets.promise(connection, ticket.id, "default", "first_reply", 60, LATER, LATER + timedelta(hours=1))
    *_given, first, second = agent_actions.reply(
        ticket.reference, "Here.", LATER + timedelta(minutes=5)
    ).response_targets
    assert (first.kept_at, first.replaced_at) == (None, LATER)
    assert second.kept_at == LATER + timedelta(minutes=5)


def test_promises_are_counted_where_they_fell_due(tickets: TicketService, ticket: Ticket, engine: Engine) -> None:
    day, hour = timedelta(days=1), timedelta(hours=1)
    with writing(engine) as connection:
        connection.execute(delete(response_target))
        for due, kept in (
            (NOW + hour, NOW),
            (NOW + 2 * hour, NOW + 3 * hour),
            (NOW + 3 * hour, None),
            (NOW + day, None),
        ):
            row = {"ticket_id": ticket.id, "team": "default", "kind": "first_reply", "minutes": 60}
            times = {"promised_at": iso(NOW), "due_at": iso(due), "kept_at": iso(kept) if kept else ""}
            connection.execute(insert(response_target).values(**row, **times))

    def kept(since: datetime, until: datetime, **of: str) -> tuple[int, int]:
        return promises_kept(engine, since, until, NOW + 4 * hour, **of)

    assert kept(NOW, NOW + day) == kept(NOW, NOW + 2 * day) == kept(NOW, NOW + day, lang=ticket.lang) == (1, 3)
    assert kept(NOW - day, NOW) == kept(NOW, NOW + day, site="elsewhere") == (0, 0)


def test_an_expired_link_is_replaced_when_an_answer_is_mailed(
    agent_actions: AgentActions, tickets: TicketService, ticket: Ticket, engine: Engine
) -> None:
    soon = agent_actions.reply(ticket.reference, "One.", LATER)
    assert soon.token == ticket.token
    assert soon.link_expires_at == LATER + timedelta(days=90)
    much_later = agent_actions.reply(ticket.reference, "Two.", LATER + timedelta(days=91))
    assert much_later.token != ticket.token
    with engine.connect() as connection:
        assert repository.retired_link(connection, ticket.token) == ticket.id


_FIRST_RELEASE = (
    "INSERT INTO ticket (reference, token, state, name, email, phone, preferred_channel, subject, category, lang,"
    " fields, consent_text, journey, site_url, source, quarantine, created_at, updated_at) VALUES"
    " (:reference, :token, :state, 'Ada', :email, '', 'email', 'No sound', '', 'en', '{}', 'I agree', '{}',"
    " 'https://help.example', 'form', '', :at, :at)"
)


def test_a_database_of_the_first_release_comes_along(database_url: str, make_settings: Callable[..., Settings]) -> None:
    engine = connect(database_url)
    apply_named(engine, MIGRATIONS[:1])
    at = iso(NOW)
    with writing(engine) as connection:
        for number, state in enumerate(("waiting", "answered", "closed")):
            connection.execute(
                text(_FIRST_RELEASE),
                {
                    "reference": f"SP-AAAA-{number}",
                    "token": f"{number}" * 32,
                    "state": state,
                    "email": ("Ada@example.org", "ada@example.org", "")[number],
                    "at": at,
                },
            )
        for author in ("customer", "team"):
            connection.execute(
                text("INSERT INTO message (ticket_id, author, text, created_at) VALUES (2, :author, 'Hello', :at)"),
                {"author": author, "at": at},
            )
    migrate(engine)
    tickets = TicketService(engine, make_settings())
    old = [tickets.by_reference(f"SP-AAAA-{number}") for number in range(3)]
    assert [t.state for t in old] == [State.WAITING, State.ANSWERED, State.CLOSED]
    assert [t.stage for t in old] == [Stage.NEW, Stage.PENDING, Stage.CLOSED]
    assert old[1].first_reply_at == NOW
    assert [m.direction for m in old[1].messages] == ["in", "out"]
    assert old[0].person_id == old[1].person_id is not None
    assert old[2].person_id is None
    assert old[2].finished_at == NOW
    engine.dispose()


def test_persons_kept_under_idna_2003_are_found_again(
    database_url: str, make_settings: Callable[..., Settings]
) -> None:
    engine = connect(database_url)
    migrate(engine)
    tickets = TicketService(engine, make_settings())
    addresses = ("ada@faß.example", "ada@fass.example", "ida@βόλος.example", "bo@example.org")
    made = [tickets.create(new_ticket(email=one, identity=Identity.SIGNED), None, NOW) for one in addresses]
    with writing(engine) as connection:  # as the release before kept them: one row for faß and fass, βόλοσ for βόλος
        first, second, third, _fourth = (one.person_id for one in made)
        connection.execute(
            text("UPDATE ticket SET person_id = :id WHERE person_id = :was"), {"id": second, "was": first}
        )
        connection.execute(text("DELETE FROM person WHERE id = :id"), {"id": first})
        key = "ida@" + "βόλος.example".encode("idna").decode()
        connection.execute(text("UPDATE person SET email = :key WHERE id = :id"), {"key": key, "id": third})

    with writing(engine) as connection, Operations.context(MigrationContext.configure(connection)):
        import_module("app.migrations.versions.0002_person_keys").upgrade()

    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, email, verified_at FROM person"))
        people = {row.id: (row.email, bool(row.verified_at)) for row in rows}
    now = [people[tickets.by_reference(one.reference).person_id or 0] for one in made]
    assert now == [
        ("ada@xn--fa-hia.example", True),
        ("ada@fass.example", True),
        ("ida@xn--nxasmm1c.example", True),
        ("bo@example.org", True),
    ]
    assert len(people) == 4
    assert tickets.by_reference(made[2].reference).person_id == third  # renamed where it stands
    engine.dispose()
