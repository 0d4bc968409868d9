"""What the queue shows, on both databases."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from core.database.connection import writing
from support.agents import ticket_search
from support.agents.export import cell, export_lines
from support.agents.models import User
from support.agents.queue import Filters, counts, rows
from support.agents.service import DeskService
from support.tickets import stored_targets
from support.tickets.agent_actions import AgentActions
from support.tickets.models import Channel, Priority, Stage, Ticket
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket

LATER = NOW + timedelta(hours=1)


def shown(engine: Engine, user: User, **wanted: str) -> list[str]:
    found, _more = rows(engine, Filters.read(wanted, user.id), LATER)
    return [row.reference for row in found]


def give_target(engine: Engine, ticket: Ticket, hours: float) -> None:
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM promise WHERE ticket_id = :id"), {"id": ticket.id})
        due = NOW + timedelta(hours=hours)
        stored_targets.promise(connection, ticket.id, "default", "first_reply", 60, NOW, due)


@pytest.fixture
def three(engine: Engine, tickets: TicketService) -> list[Ticket]:
    """Three open tickets, promised in 5, 3 and half an hour; the last is late an hour from now."""
    made = [tickets.create(new_ticket(subject=name, email=f"{name}@example.org"), None, NOW) for name in "abc"]
    for ticket, hours in zip(made, (5, 3, 0.5), strict=True):
        give_target(engine, ticket, hours)
    return made


def test_what_was_promised_sooner_comes_first_and_urgent_before_all(
    engine: Engine, agent_actions: AgentActions, ada: User, three: list[Ticket]
) -> None:
    first, second, third = (ticket.reference for ticket in three)
    assert shown(engine, ada) == [third, second, first]
    agent_actions.set_priority(first, Priority.URGENT, NOW)
    assert shown(engine, ada) == [first, third, second]
    assert shown(engine, ada, view="overdue") == [third]


def test_an_urgent_ticket_that_waits_for_an_answer_is_due_before_all_others(
    engine: Engine, agent_actions: AgentActions, ada: User, three: list[Ticket]
) -> None:
    first, second, third = (ticket.reference for ticket in three)
    agent_actions.set_priority(first, Priority.URGENT, NOW)
    assert shown(engine, ada, sort="due") == [first, third, second]
    agent_actions.reply(first, "We are on it.", NOW)
    assert shown(engine, ada, sort="due", view="all") == [third, second, first]


def test_each_view_shows_its_own(engine: Engine, agent_actions: AgentActions, ada: User, three: list[Ticket]) -> None:
    mine, answered, snoozed = (ticket.reference for ticket in three)
    agent_actions.assign(mine, ada.id, NOW)
    agent_actions.reply(answered, "Here.", NOW)
    agent_actions.snooze(snoozed, NOW + timedelta(days=1), NOW)
    assert shown(engine, ada, view="mine") == [mine]
    assert shown(engine, ada, view="waiting") == [answered]
    assert shown(engine, ada, view="snoozed") == [snoozed]
    assert shown(engine, ada, view="unassigned") == []
    agent_actions.close(answered, NOW)
    assert shown(engine, ada, view="finished") == [answered]
    assert set(shown(engine, ada, view="all")) == {mine, answered, snoozed}
    assert counts(engine, ada.id, LATER) == {
        "todo": 1, "mine": 1, "unassigned": 0, "waiting": 0, "snoozed": 1, "overdue": 1, "held": 0,
        "undelivered": 0,
    }  # fmt: skip


def test_a_snoozed_ticket_is_back_when_its_time_has_come(
    engine: Engine, agent_actions: AgentActions, ada: User, three: list[Ticket]
) -> None:
    agent_actions.snooze(three[0].reference, NOW + timedelta(minutes=30), NOW)
    assert three[0].reference in shown(engine, ada)


def test_what_is_held_stands_in_its_own_view_only(engine: Engine, tickets: TicketService, ada: User) -> None:
    held = tickets.create(new_ticket(quarantine="honeypot"), None, NOW).reference
    assert shown(engine, ada, view="held") == [held]
    assert [shown(engine, ada, view=view) for view in ("todo", "unassigned", "all")] == [[], [], []]
    assert counts(engine, ada.id, NOW)["held"] == 1


def test_filters_narrow_each_other(
    engine: Engine, tickets: TicketService, agent_actions: AgentActions, ada: User
) -> None:
    turkish = tickets.create(new_ticket(lang="tr"), None, NOW).reference
    call = tickets.create(
        new_ticket(lang="tr", phone="+90 532 555 01 42", preferred_channel=Channel.PHONE), None, NOW
    ).reference
    agent_actions.set_team(call, "billing", NOW)
    agent_actions.assign(call, ada.id, NOW)
    tickets.create(new_ticket(lang="en"), None, NOW)
    assert set(shown(engine, ada, lang_of_ticket="tr")) == {turkish, call}
    assert shown(engine, ada, lang_of_ticket="tr", channel="phone") == [call]
    assert shown(engine, ada, team="billing") == [call]
    assert shown(engine, ada, assignee=str(ada.id)) == [call]
    assert call not in shown(engine, ada, assignee="none")
    assert shown(engine, ada, lang_of_ticket="tr", channel="phone", team="default") == []
    assert len(shown(engine, ada, stage="nonsense", priority="'; DROP TABLE ticket")) == 3


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("Der Kopfhörer ist defekt", "KOPFHORER"),
        ("İADE ETMEK İSTİYORUM", "iade istiyorum"),
        ("ıslak kulaklık", "Islak"),
        ("我要退貨", "退货"),
        ("我想退款到信用卡", "信用卡"),
        ("100% wool, file_name", "100% file_name"),
    ],
)
def test_words_are_found_however_they_are_written(
    engine: Engine, tickets: TicketService, ada: User, written: str, sought: str
) -> None:
    found = tickets.create(new_ticket(subject="", message=written), None, NOW).reference
    tickets.create(new_ticket(subject="", message="Something else: 1000 wolves, filexname"), None, NOW)
    assert shown(engine, ada, q=sought) == [found]


def test_later_messages_and_notes_are_found_too_and_deleted_tickets_no_more(
    engine: Engine, tickets: TicketService, agent_actions: AgentActions, ada: User
) -> None:
    ticket = tickets.create(new_ticket(), None, NOW)
    assert shown(engine, ada, q="workshop") == []
    agent_actions.add_note(ticket.reference, "The workshop knows.", NOW)
    assert shown(engine, ada, q="workshop ada") == [ticket.reference]
    assert ticket_search.catch_up(engine) == 0
    assert shown(engine, ada, q=ticket.reference.lower()) == [ticket.reference]


def test_there_are_pages(engine: Engine, tickets: TicketService, ada: User) -> None:
    made = [tickets.create(new_ticket(), None, NOW).reference for _ in range(5)]
    filters = Filters(me=ada.id)
    first, more = rows(engine, filters, NOW, per_page=3)
    assert ([row.reference for row in first], more) == (made[:3], True)
    second, more = rows(engine, Filters(me=ada.id, page=2), NOW, per_page=3)
    assert ([row.reference for row in second], more) == (made[3:], False)


def test_a_spreadsheet_gets_no_formula_from_a_customer(engine: Engine, tickets: TicketService, ada: User) -> None:
    evil = '=HYPERLINK("https://evil.example";"Click")'
    ticket = tickets.create(new_ticket(subject=evil, name="+1+1", phone="+31 20 555 0100"), None, NOW)
    text_ = "".join(export_lines(engine, Filters(me=ada.id, view="all"), NOW)).removeprefix("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text_))
    assert row["reference"] == ticket.reference
    assert row["subject"] == "'" + evil
    assert row["name"] == "'+1+1"
    assert row["phone"].startswith("'+31")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "＝", "\u3000@"])
def test_every_beginning_of_a_formula_is_defused(start: str) -> None:
    assert cell(f"{start}cmd") == f"'{start}cmd"
    assert cell("plain = text") == "plain = text"


def test_a_busy_ticket_stands_in_the_list_once(
    engine: Engine, desk: DeskService, agent_actions: AgentActions, tickets: TicketService, ada: User
) -> None:
    ticket = tickets.create(new_ticket(), None, NOW)
    for hours in (1, 2):
        give_target(engine, ticket, hours)
    tickets.add_message(ticket.token, "And another thing.", "", NOW)
    found, _more = rows(engine, Filters(me=ada.id), NOW)
    assert [(row.reference, row.messages, row.stage) for row in found] == [(ticket.reference, 2, found[0].stage)]
    assert found[0].stage in {Stage.NEW, Stage.OPEN}
