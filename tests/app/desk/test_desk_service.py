"""What staff do is done once, noted in the log in the same transaction, and never over somebody else's answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from core.database.connection import writing
from index.embed.hashing import HashingEmbedder
from support.agents import audit, canned, presence, repository
from support.agents.models import User
from support.agents.service import ConcurrentUpdate, DeskService, TicketNotQuarantined
from support.routing.semantic_routing import SemanticRouting
from support.tickets.agent_actions import AgentActions
from support.tickets.models import (
    CallOutcome,
    Channel,
    Identity,
    Priority,
    ReplyChannelMismatch,
    Staff,
    Stage,
    Ticket,
    UnknownTicket,
    Via,
)
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket, rows

LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def ticket(tickets: TicketService) -> Ticket:
    return tickets.create(new_ticket(), None, NOW)


def seen(ticket: Ticket) -> int:
    return ticket.messages[-1].id


def log(engine: Engine) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        return [(e.login, e.action, e.reference) for _id, e in audit.entries(connection) if e.reference]


def test_an_answer_goes_out_and_is_noted(desk: DeskService, bo: User, ticket: Ticket, engine: Engine) -> None:
    answered = desk.reply(bo, ticket.reference, "Please send it back.", LATER, seen=seen(ticket))
    assert (answered.stage, answered.messages[-1].staff) == (Stage.PENDING, Staff(bo.id, "Bo"))
    assert log(engine) == [("bo@example.org", "replied", ticket.reference)]
    with engine.connect() as connection:
        waiting = connection.execute(text("SELECT COUNT(*) FROM outbox WHERE kind = 'customer_mail'"))
        assert waiting.scalar_one() == 1


def test_whoever_did_not_see_the_newest_message_is_stopped(
    desk: DeskService, ada: User, bo: User, ticket: Ticket, tickets: TicketService, engine: Engine
) -> None:
    desk.reply(bo, ticket.reference, "Bo was here.", LATER, seen=seen(ticket))
    with pytest.raises(ConcurrentUpdate) as faster:
        desk.reply(ada, ticket.reference, "Ada too.", LATER, seen=seen(ticket))
    assert [m.text for m in faster.value.messages] == ["Bo was here."]
    stored = tickets.by_reference(ticket.reference)
    assert len(stored.messages) == 2
    assert [login for login, *_ in log(engine)] == ["bo@example.org"]
    assert len(desk.reply(ada, ticket.reference, "Ada too.", LATER, seen=seen(stored)).messages) == 3


def test_a_note_of_a_colleague_stops_nobody(desk: DeskService, ada: User, bo: User, ticket: Ticket) -> None:
    desk.note(bo, ticket.reference, "Look at the order.", LATER)
    assert desk.reply(ada, ticket.reference, "Hello", LATER, seen=seen(ticket)).stage is Stage.PENDING


_ACTIONS: dict[str, Callable[[DeskService, User, Ticket], object]] = {
    "reply": lambda desk, user, t: desk.reply(user, t.reference, "Hello", LATER, seen=seen(t)),
    "note": lambda desk, user, t: desk.note(user, t.reference, "Look", LATER),
    "log_contact": lambda desk, user, t: desk.log_contact(
        user, t.reference, "Called", LATER, via=Via.PHONE, outgoing=True, outcome=CallOutcome.REACHED,
        happened_at=NOW, off_channel_reason="asked for it",
    ),
    "assign": lambda desk, user, t: desk.assign(user, t.reference, user, LATER),
    "set_stage": lambda desk, user, t: desk.set_stage(user, t.reference, Stage.CLOSED, LATER),
    "set_priority": lambda desk, user, t: desk.set_priority(user, t.reference, Priority.URGENT, LATER),
    "set_team": lambda desk, user, t: desk.set_team(user, t.reference, "billing", LATER),
    "snooze": lambda desk, user, t: desk.snooze(user, t.reference, LATER + timedelta(days=1), LATER),
    "open_for": lambda desk, user, t: desk.open_for(user, new_ticket(), "key", LATER),
}  # fmt: skip


@pytest.mark.parametrize("action", _ACTIONS.values(), ids=_ACTIONS)
def test_the_action_and_its_line_in_the_log_are_one(
    desk: DeskService,
    bo: User,
    ticket: Ticket,
    engine: Engine,
    tickets: TicketService,
    monkeypatch: pytest.MonkeyPatch,
    action: Callable[[DeskService, User, Ticket], object],
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("the log cannot be written")

    def stored() -> tuple[object, ...]:
        return tickets.by_id(ticket.id), *(rows(engine, name) for name in ("ticket", "message", "outbox", "promise"))

    before = stored()
    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(OSError):
        action(desk, bo, ticket)
    assert stored() == before


@pytest.mark.parametrize("action", ["release", "reject"])
def test_judging_a_held_ticket_and_its_line_in_the_log_are_one(
    desk: DeskService, bo: User, tickets: TicketService, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    held = tickets.create(new_ticket(quarantine="honeypot"), None, NOW)

    def broken(*_: object, **__: object) -> None:
        raise OSError("the log cannot be written")

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(OSError):
        getattr(desk, action)(bo, held.reference, LATER)
    assert tickets.by_id(held.id) == held


def test_the_delivery_worker_wakes_once_and_only_when_all_is_stored(
    desk: DeskService, bo: User, ticket: Ticket, tickets: TicketService, engine: Engine
) -> None:
    heard: list[int] = []
    tickets.on_outbox = lambda: heard.append(rows(engine, "desk_audit"))
    before = rows(engine, "desk_audit")

    desk.reply(bo, ticket.reference, "Hello", LATER, seen=seen(ticket))

    assert heard == [before + 1]


def test_another_way_than_the_chosen_one_needs_a_reason_which_is_kept(
    desk: DeskService, bo: User, tickets: TicketService, engine: Engine
) -> None:
    ticket = tickets.create(new_ticket(preferred_channel=Channel.PHONE, phone="+31 20 555 0100"), None, NOW)
    with pytest.raises(ReplyChannelMismatch):
        desk.reply(bo, ticket.reference, "Hello", LATER, seen=seen(ticket), by_mail=True)
    assert log(engine) == []
    answered = desk.reply(
        bo, ticket.reference, "Hello", LATER, seen=seen(ticket), by_mail=True, off_channel_reason="number is dead"
    )
    assert answered.messages[-1].off_channel_reason == "number is dead"
    with engine.connect() as connection:
        ((_id, entry),) = audit.entries(connection, action="replied")
    assert entry.detail["off_channel"] == "yes"
    assert "number is dead" not in str(entry)


def test_a_call_is_an_answer_and_stands_in_the_log_without_its_words(
    desk: DeskService, bo: User, tickets: TicketService, engine: Engine
) -> None:
    ticket = tickets.create(new_ticket(preferred_channel=Channel.PHONE, phone="+31 20 555 0100"), None, NOW)
    called = desk.log_contact(
        bo, ticket.reference, "She will reset it.", LATER, via=Via.PHONE, outgoing=True, outcome=CallOutcome.REACHED,
        happened_at=NOW, off_channel_reason="",
    )  # fmt: skip
    assert called.stage is Stage.PENDING
    assert called.internal[-1].happened_at == NOW
    with engine.connect() as connection:
        assert "reset" not in str(audit.entries(connection))


def test_every_action_on_a_ticket_is_in_the_log(
    desk: DeskService, ada: User, bo: User, ticket: Ticket, engine: Engine
) -> None:
    reference = ticket.reference
    actions: list[tuple[str, Callable[[], object]]] = [
        ("assigned", lambda: desk.assign(bo, reference, ada, LATER)),
        ("priority", lambda: desk.set_priority(bo, reference, Priority.HIGH, LATER)),
        ("team", lambda: desk.set_team(bo, reference, "billing", LATER)),
        ("snoozed", lambda: desk.snooze(bo, reference, LATER + timedelta(days=1), LATER)),
        ("noted", lambda: desk.note(bo, reference, "Hm.", LATER)),
        ("stage", lambda: desk.set_stage(bo, reference, Stage.CLOSED, LATER)),
    ]
    for _name, act in actions:
        act()
    assert [action for _, action, _ in reversed(log(engine))] == [name for name, _ in actions]
    with pytest.raises(UnknownTicket):
        desk.note(bo, "SP-NONE-00", "Hm.", LATER)


def test_a_delivery_that_was_given_up_is_tried_again_or_dropped(
    desk: DeskService, bo: User, ticket: Ticket, engine: Engine
) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE outbox SET state = 'dead'"))
        first, second, *_ = connection.execute(text("SELECT uid FROM outbox ORDER BY id")).scalars().all()
    dead = desk.dead_letters()
    assert desk.change_delivery(bo, first, LATER)
    assert not desk.change_delivery(bo, "nothing", LATER)
    assert desk.change_delivery(bo, second, LATER, drop=True)
    assert desk.dead_letters() == dead - 2
    with engine.connect() as connection:
        states = {row.uid: row.state for row in connection.execute(text("SELECT uid, state FROM outbox"))}
        actions = [entry.action for _id, entry in audit.entries(connection)]
    assert (states[first], states[second]) == ("pending", "cancelled")
    assert actions[:2] == ["delivery_dropped", "delivery_retried"]


def test_what_is_held_is_released_or_thrown_away_and_nothing_else_is(
    desk: DeskService, bo: User, tickets: TicketService, ticket: Ticket, engine: Engine
) -> None:
    honest = tickets.create(new_ticket(quarantine="too fast"), None, NOW)
    robot = tickets.create(new_ticket(quarantine="honeypot", subject="zzz watches"), None, NOW)
    assert desk.release(bo, honest.reference, LATER).quarantine == ""
    desk.delete_held(bo, robot.reference, LATER)
    with pytest.raises(UnknownTicket):
        tickets.by_reference(robot.reference)
    for kept in (ticket, honest):
        with pytest.raises(TicketNotQuarantined):
            desk.delete_held(bo, kept.reference, LATER)
        tickets.by_reference(kept.reference)
    assert ("bo@example.org", "deleted", robot.reference) in log(engine)


def test_a_ticket_opened_for_somebody_is_opened_once(desk: DeskService, bo: User, engine: Engine) -> None:
    caller = new_ticket(source="staff", identity=Identity.STAFF, via=Via.PHONE, staff=Staff(bo.id, bo.name))
    first = desk.open_for(bo, caller, "key", NOW)
    assert desk.open_for(bo, caller, "key", LATER).reference == first.reference
    assert first.messages[0].via == "phone"
    assert log(engine) == [("bo@example.org", "opened", first.reference)]


def test_two_people_on_one_ticket_see_each_other(
    desk: DeskService, ada: User, bo: User, ticket: Ticket, engine: Engine
) -> None:
    assert desk.note_seen(ada, ticket, NOW) == ()
    assert [other.name for other in desk.note_seen(bo, ticket, NOW)] == ["Ada"]
    with writing(engine) as connection:
        presence.here(connection, ticket.id, ada.id, NOW, writing=True)
        assert presence.others(connection, ticket.id, bo.id, NOW) == (presence.AgentPresence("Ada", True),)
        assert presence.others(connection, ticket.id, bo.id, NOW + timedelta(minutes=2)) == ()
        assert presence.forget(connection, NOW + timedelta(days=2)) == 2


def test_answers_to_the_same_question_are_found_again(
    desk: DeskService, bo: User, agent_actions: AgentActions, tickets: TicketService, engine: Engine
) -> None:
    old = tickets.create(new_ticket(subject="Left earbud is silent", message="No sound on the left."), None, NOW)
    other = tickets.create(new_ticket(subject="Gift card", message="It is not accepted at the till."), None, NOW)
    for ticket in (old, other):
        agent_actions.reply(ticket.reference, f"Answer to {ticket.subject}", LATER, Staff(bo.id, bo.name))
    new = tickets.create(new_ticket(subject="Left earbud is silent", message="No sound on the left."), None, LATER)
    assert desk.answers.like(new.subject, "No sound on the left.", but=new.id) == ()
    SemanticRouting(engine, HashingEmbedder).remember(LATER)
    (found,) = desk.answers.like(new.subject, "No sound on the left.", but=new.id)
    assert (found.reference, found.text, found.author) == (old.reference, "Answer to Left earbud is silent", "Bo")
    assert desk.answers.like(new.subject, "No sound on the left.", but=old.id) == ()


def test_an_answer_is_offered_again_without_what_it_said_of_its_customer(
    desk: DeskService, bo: User, agent_actions: AgentActions, tickets: TicketService, engine: Engine
) -> None:
    asked = {"subject": "Left earbud is silent", "message": "No sound on the left."}
    old = tickets.create(
        new_ticket(**asked, name="Mia de Vries", email="mia@example.org", fields={"order_number": "TF-20418837"}),
        None,
        NOW,
    )
    answer = (
        f"Hi Mia,\n\nthe parcel for TF-20418837 is on its way to 12 Mill Lane; follow it at {old.status_url}.\n"
        "The refund goes to DE89 3704 0044 0532 0130 00. We write to mia@example.org.\n\nBo"
    )
    agent_actions.reply(old.reference, answer, LATER, Staff(bo.id, bo.name))
    new = tickets.create(new_ticket(**asked), None, LATER)
    SemanticRouting(engine, HashingEmbedder).remember(LATER)
    (found,) = desk.answers.like(new.subject, "No sound on the left.", but=new.id)
    assert found.text == (
        "Hi [name],\n\nthe parcel for [detail] is on its way to [address]; follow it at [link].\n"
        "The refund goes to [number]. We write to [e-mail].\n\n[agent]"
    )
    assert found.gaps == ("[name]", "[detail]", "[address]", "[link]", "[number]", "[e-mail]", "[agent]")


def test_a_canned_reply_fills_in_its_words_once(engine: Engine, ticket: Ticket) -> None:
    with writing(engine) as connection:
        repository.save_canned(connection, 0, "Hello", "en", "Hello {name}, {unknown} {reference}. {agent}", "ada", NOW)
        repository.save_canned(connection, 0, "Merhaba", "tr", "Merhaba {name}", "ada", NOW)
        found = canned.for_language(repository.canned_replies(connection), "tr")
    assert [one.name for one in found] == ["Merhaba", "Hello"]
    assert found[1].fill_placeholders(ticket, "{name}") == "Hello Ada, {unknown} " + ticket.reference + ". {name}"
