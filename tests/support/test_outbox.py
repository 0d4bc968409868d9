"""Leases, retries and giving up, on SQLite and on PostgreSQL."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.support import outbox
from app.support.service import TicketService
from app.support.types import Delivery, OutboxState
from kb.database import writing
from tests.support.conftest import NOW, new_ticket


def test_a_claimed_row_is_not_given_to_another_worker_until_its_lease_ends(
    tickets: TicketService, engine: Engine
) -> None:
    tickets.create(new_ticket(), None, NOW)
    first = [outbox.claim(engine, "one", NOW) for _ in range(4)]
    assert [r is None for r in first] == [False, False, False, True]
    assert outbox.claim(engine, "two", NOW + outbox.LEASE - timedelta(seconds=1)) is None
    again = outbox.claim(engine, "two", NOW + outbox.LEASE)
    assert again is not None and first[0] is not None
    assert (again.uid, again.attempts) == (first[0].uid, 2)


def test_a_late_worker_cannot_mark_what_another_has_taken(tickets: TicketService, engine: Engine) -> None:
    tickets.create(new_ticket(), None, NOW)
    row = outbox.claim(engine, "slow", NOW)
    outbox.claim(engine, "next", NOW + outbox.LEASE)
    assert row is not None
    with writing(engine) as connection:
        assert not outbox.mark_sent(connection, row, "slow", NOW + outbox.LEASE)


def test_a_failed_row_comes_back_later_and_later(tickets: TicketService, engine: Engine) -> None:
    tickets.create(new_ticket(), None, NOW)
    row = outbox.claim(engine, "one", NOW)
    assert row is not None
    with writing(engine) as connection:
        assert outbox.mark_failed(connection, row, "one", "refused", NOW) is OutboxState.PENDING
    due = {r.uid for r in (outbox.claim(engine, "one", NOW + timedelta(seconds=1)) for _ in range(3)) if r}
    assert row.uid not in due
    again = outbox.claim(engine, "one", NOW + timedelta(seconds=10))
    assert again is not None
    assert (again.uid, again.last_error) == (row.uid, "refused")


def test_after_three_days_a_row_is_given_up_and_named_as_stuck(tickets: TicketService, engine: Engine) -> None:
    ticket = tickets.create(new_ticket(), None, NOW)
    late = NOW + timedelta(days=3)
    row = outbox.claim(engine, "one", late)
    assert row is not None
    with writing(engine) as connection:
        assert outbox.mark_failed(connection, row, "one", "no route", late) is OutboxState.DEAD
    assert tickets.backlog(late)["dead"] == 1
    assert (ticket.reference, "no route") in [(ref, r.last_error) for ref, r in tickets.stuck(late)]
    assert tickets.retry(ticket.reference, late) == 1
    assert tickets.backlog(late)["dead"] == 0


def test_leases_of_a_worker_that_is_gone_can_be_freed(tickets: TicketService, engine: Engine) -> None:
    tickets.create(new_ticket(), None, NOW)
    outbox.claim(engine, "gone", NOW)
    with writing(engine) as connection:
        assert outbox.lease_holders(connection) == ["gone"]
        assert outbox.free_leases(connection, ["gone"]) == 1
    claimed = [outbox.claim(engine, "next", NOW) for _ in range(3)]
    assert all(claimed)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 20), (5, 900), (8, 7200), (40, 7200)])
def test_waiting_grows_and_is_jittered_by_a_quarter(attempts: int, seconds: int) -> None:
    assert outbox.delay(attempts, 0.0) == timedelta(seconds=seconds * 0.75)
    assert outbox.delay(attempts, 1.0) == timedelta(seconds=seconds * 1.25)


def test_three_days_hold_many_attempts() -> None:
    total, attempts = timedelta(), 0
    while total < outbox.GIVE_UP_AFTER:
        attempts += 1
        total += outbox.delay(attempts, 0.5)
    assert 35 <= attempts <= 60


def test_mail_and_webhooks_can_be_claimed_apart(tickets: TicketService, engine: Engine) -> None:
    tickets.create(new_ticket(), None, NOW)
    row = outbox.claim(engine, "one", NOW, (Delivery.WEBHOOK,))
    assert row is not None
    assert row.kind is Delivery.WEBHOOK
    assert outbox.claim(engine, "one", NOW, (Delivery.WEBHOOK,)) is None
