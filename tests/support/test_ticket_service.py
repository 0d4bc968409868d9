"""What a ticket promises, on SQLite and on PostgreSQL."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from support.tickets.agent_actions import AgentActions
from support.tickets.journey import Journey
from support.tickets.models import Author, Channel, KeyReused, State, UnknownTicket, Upload
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket, rows


def test_a_ticket_is_read_back_as_it_was_stored(tickets: TicketService) -> None:
    journey = Journey(lang="tr").with_query("ses yok", "ask_human").with_suggestion("no-sound", "tr", rejected="other")
    file = tickets.files.save(Upload("ses.txt", "kayıt".encode()))
    made = tickets.create(
        new_ticket(journey=journey, attachments=(file,), fields={"order_number": "TF-20418837"}, name="Çağla 王"),
        None,
        NOW,
    )
    read = tickets.by_token(made.token)
    assert read == made
    assert (read.journey, read.name, read.fields) == (journey, "Çağla 王", {"order_number": "TF-20418837"})
    assert [a.name for a in read.attachments] == ["ses.txt"]
    assert read.messages[0].created_at == NOW


def test_a_reference_can_be_read_out_and_a_token_cannot_be_guessed(tickets: TicketService) -> None:
    made = [tickets.create(new_ticket(), None, NOW) for _ in range(5)]
    assert len({t.reference for t in made}) == 5
    for ticket in made:
        assert not set(ticket.reference.removeprefix("SP-").replace("-", "")) & set("01258ILOSUVZBAE")
        assert len(ticket.token) >= 22
        assert ticket.reference not in ticket.token


def test_acknowledgement_team_mail_and_webhook_wait_in_the_outbox(tickets: TicketService, engine: Engine) -> None:
    tickets.create(new_ticket(), None, NOW)
    with engine.connect() as connection:
        kinds = connection.execute(text("SELECT kind FROM outbox ORDER BY id")).scalars().all()
    assert kinds == ["acknowledgement", "team_mail", "webhook"]


def test_without_an_email_address_nothing_is_mailed_to_the_customer(tickets: TicketService, engine: Engine) -> None:
    ticket = tickets.create(new_ticket(email="", phone="+31 20 555 01", preferred_channel=Channel.PHONE), None, NOW)
    AgentActions(tickets).reply(ticket.reference, "We called you.", NOW)
    with engine.connect() as connection:
        kinds = connection.execute(text("SELECT kind FROM outbox ORDER BY id")).scalars().all()
    assert kinds == ["team_mail", "webhook"]


def test_who_chose_the_phone_gets_the_acknowledgement_by_mail_and_no_answer(
    tickets: TicketService, engine: Engine
) -> None:
    ticket = tickets.create(new_ticket(phone="+31 20 555 01", preferred_channel=Channel.PHONE), None, NOW)
    AgentActions(tickets).reply(ticket.reference, "We called you.", NOW)
    with engine.connect() as connection:
        kinds = connection.execute(text("SELECT kind FROM outbox ORDER BY id")).scalars().all()
    assert kinds == ["acknowledgement", "team_mail", "webhook"]


def test_the_same_key_with_the_same_request_makes_one_ticket(tickets: TicketService, engine: Engine) -> None:
    first = tickets.create(new_ticket(), "key-1", NOW)
    again = tickets.create(new_ticket(), "key-1", NOW + timedelta(minutes=5))
    assert again.reference == first.reference
    assert (rows(engine, "ticket"), rows(engine, "message"), rows(engine, "outbox")) == (1, 1, 3)


@pytest.mark.parametrize(
    "changes", [{"message": "Another thing."}, {"email": "eve@example.org"}, {"fields": {"a": "b"}}]
)
def test_the_same_key_with_another_request_is_refused(tickets: TicketService, changes: dict[str, object]) -> None:
    tickets.create(new_ticket(source="api"), "key-1", NOW)
    with pytest.raises(KeyReused):
        tickets.create(new_ticket(source="api", **changes), "key-1", NOW)


def test_ten_requests_at_once_with_one_key_make_one_ticket(tickets: TicketService, engine: Engine) -> None:
    made: list[str] = []
    start = threading.Barrier(10)

    def send() -> None:
        start.wait()
        made.append(tickets.create(new_ticket(), "double click", NOW).reference)

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 10
    assert len(set(made)) == 1
    assert rows(engine, "ticket") == 1


def test_a_failure_in_the_middle_stores_nothing(tickets: TicketService, engine: Engine) -> None:
    with pytest.raises(AttributeError):
        tickets.create(new_ticket(journey=None, message="x"), "key-1", NOW)
    assert [rows(engine, t) for t in ("ticket", "message", "outbox", "idempotency")] == [0, 0, 0, 0]


def test_a_message_is_added_once_and_the_closed_ticket_opens_again(tickets: TicketService, engine: Engine) -> None:
    ticket = tickets.create(new_ticket(), None, NOW)
    AgentActions(tickets).close(ticket.reference, NOW)
    for _ in range(2):
        ticket = tickets.add_message(ticket.token, "Still silent.", "key", NOW + timedelta(hours=1))
    assert [m.text for m in ticket.messages] == ["The left earbud is silent.", "Still silent."]
    assert ticket.state is State.WAITING
    assert [e.kind for e in ticket.events] == ["received", "closed", "reopened"]
    with engine.connect() as connection:
        kinds = connection.execute(text("SELECT kind FROM outbox ORDER BY id")).scalars().all()
    assert [kind for kind in kinds if kind != "status_mail"] == [
        "acknowledgement", "team_mail", "webhook", "team_mail", "webhook",
    ]  # fmt: skip


def test_a_reply_stands_in_the_conversation(tickets: TicketService) -> None:
    ticket = tickets.create(new_ticket(), None, NOW)
    ticket = AgentActions(tickets).reply(ticket.reference.lower(), "Please reset it.", NOW)
    assert [m.author for m in ticket.messages] == [Author.CUSTOMER, Author.TEAM]
    assert ticket.state is State.ANSWERED


@pytest.mark.parametrize("token", ["", "x", "a" * 32, "../../etc/passwd", "%00", "ü" * 30, "a" * 10_000])
def test_an_unknown_link_opens_nothing(tickets: TicketService, token: str) -> None:
    with pytest.raises(UnknownTicket):
        tickets.by_token(token)


def test_quarantined_tickets_are_kept_held_and_can_be_released(tickets: TicketService) -> None:
    ticket = tickets.create(new_ticket(quarantine="honeypot"), None, NOW)
    backlog = tickets.backlog(NOW)
    assert (backlog["pending"], backlog["dead"], backlog["held"], backlog["oldest_pending_seconds"]) == (0, 0, 3, 0)
    assert [t.reference for t in tickets.newest(quarantined=True)] == [ticket.reference]
    assert tickets.newest() == ()
    assert len(tickets.stuck(NOW + timedelta(days=2))) == 3
    released = tickets.release(ticket.reference, NOW)
    assert [p.promised_at for p in released.response_targets] == [
        NOW
    ]  # nothing was promised before somebody had looked
    assert tickets.backlog(NOW + timedelta(seconds=60))["pending"] == 3
    assert tickets.backlog(NOW + timedelta(seconds=60))["oldest_pending_seconds"] == 60


def test_an_attachment_is_found_through_its_own_ticket_only(tickets: TicketService) -> None:
    file = tickets.files.save(Upload("a.txt", b"secret"))
    with_file = tickets.create(new_ticket(attachments=(file,)), None, NOW)
    without = tickets.create(new_ticket(), None, NOW)
    found = tickets.file(with_file, with_file.attachments[0].id)
    assert found is not None
    assert found[1].read_bytes() == b"secret"
    assert tickets.file(without, with_file.attachments[0].id) is None


def test_files_of_forms_never_sent_are_swept_after_a_day_and_others_stay(tickets: TicketService) -> None:
    kept = tickets.files.save(Upload("kept.txt", b"kept"))
    left = tickets.files.save(Upload("left.txt", b"left"))
    tickets.create(new_ticket(attachments=(kept,)), None, NOW)
    from datetime import UTC, datetime

    assert tickets.sweep(datetime.now(UTC)) == 0
    assert tickets.sweep(datetime.now(UTC) + timedelta(days=2)) == 1
    assert tickets.files.path(kept.sha256).exists()
    assert not tickets.files.path(left.sha256).exists()


def test_storing_is_checked_by_storing_one_mark_always_the_same(tickets: TicketService, engine: Engine) -> None:
    tickets.check_storing(NOW)
    tickets.check_storing(NOW)
    assert rows(engine, "idempotency") == 1
