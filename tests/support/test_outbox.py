"""Leases, retries and giving up, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from app.settings.schema import Settings
from core.database.connection import writing
from support.background.worker import OutboxProcessor, OutboxSender
from support.delivery import circuit_breaker, delivery_log, outbox
from support.tickets.models import Delivery, OutboxRow, OutboxState
from support.tickets.service import TicketService
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


def _fails_until_given_up(engine: Engine, error: str, since: datetime) -> tuple[OutboxRow, datetime]:
    moment = since
    while True:
        row = outbox.claim(engine, "one", moment, (Delivery.TEAM_MAIL,))
        assert row is not None
        with writing(engine) as connection:
            if outbox.mark_failed(connection, row, "one", error, moment) is OutboxState.DEAD:
                return row, moment
        moment += timedelta(hours=3)


def test_after_three_days_a_row_is_given_up_and_named_as_stuck(tickets: TicketService, engine: Engine) -> None:
    ticket = tickets.create(new_ticket(), None, NOW)
    row, late = _fails_until_given_up(engine, "no route", NOW)
    assert timedelta(days=3) <= late - NOW < timedelta(days=3, hours=4)
    assert row.attempts > 20
    assert tickets.backlog(late)["dead"] == 1
    assert (ticket.reference, "no route") in [(ref, r.last_error) for ref, r in tickets.stuck(late)]
    assert tickets.retry(ticket.reference, late) == 1
    assert tickets.backlog(late)["dead"] == 0


def test_a_service_that_was_off_for_three_days_does_not_give_up_on_its_first_try(
    tickets: TicketService, engine: Engine
) -> None:
    tickets.create(new_ticket(), None, NOW)
    row, late = _fails_until_given_up(engine, "not up yet", NOW + timedelta(days=4))
    assert row.attempts == outbox.LEAST_ATTEMPTS
    assert late > NOW + timedelta(days=4)


def test_a_clock_that_was_wrong_holds_nothing_back(tickets: TicketService, engine: Engine) -> None:
    tickets.create(new_ticket(), None, NOW + timedelta(days=2))
    claimed = outbox.claim(engine, "one", NOW + timedelta(days=2), (Delivery.TEAM_MAIL,))
    assert claimed is not None
    with writing(engine) as connection:
        outbox.mark_failed(connection, claimed, "one", "refused", NOW + timedelta(days=2))
    # The clock was set right: two days back.
    kinds = {row.kind for row in (outbox.claim(engine, "two", NOW) for _ in range(3)) if row}
    assert kinds == {Delivery.ACKNOWLEDGEMENT, Delivery.TEAM_MAIL, Delivery.WEBHOOK}


def test_a_channel_that_fails_as_a_whole_is_left_alone_and_tried_with_one_delivery(
    tickets: TicketService, engine: Engine
) -> None:
    for _ in range(4):
        tickets.create(new_ticket(), None, NOW)
    for _ in range(circuit_breaker.OPEN_AFTER):
        row = outbox.claim(engine, "one", NOW, (Delivery.TEAM_MAIL, Delivery.ACKNOWLEDGEMENT))
        assert row is not None
        with writing(engine) as connection:
            outbox.mark_failed(connection, row, "one", "refused", NOW)
            opened = circuit_breaker.record_failure(connection, row.channel, "refused", NOW)
    assert opened
    assert [c.channel for c in delivery_log.circuits(engine)] == ["mail"]
    mail = (Delivery.TEAM_MAIL, Delivery.ACKNOWLEDGEMENT)
    assert outbox.claim(engine, "one", NOW + timedelta(seconds=20), mail) is None
    assert outbox.claim(engine, "one", NOW, (Delivery.WEBHOOK,)) is not None, "other channels go on"
    later = NOW + circuit_breaker.pause(circuit_breaker.OPEN_AFTER) + timedelta(seconds=1)
    probe = outbox.claim(engine, "one", later, mail)
    assert probe is not None
    assert outbox.claim(engine, "two", later, mail) is None, "one probe at a time"
    with writing(engine) as connection:
        outbox.mark_sent(connection, probe, "one", later)
        assert circuit_breaker.close(connection, probe.channel)
    assert outbox.claim(engine, "two", later, mail) is not None


def test_a_pause_grows_up_to_ten_minutes() -> None:
    pauses = [circuit_breaker.pause(n).total_seconds() for n in (1, 4, 5, 6, 7, 30, 10_000)]
    assert pauses == [0, 0, 30, 60, 120, 600, 600]


def test_leases_of_a_worker_that_is_gone_can_be_freed(tickets: TicketService, engine: Engine) -> None:
    tickets.create(new_ticket(), None, NOW)
    outbox.claim(engine, "gone", NOW)
    with writing(engine) as connection:
        assert outbox.lease_holders(connection) == ["gone"]
        assert outbox.free_leases(connection, ["gone"]) == 1
    claimed = [outbox.claim(engine, "next", NOW) for _ in range(3)]
    assert all(claimed)


def test_a_worker_the_database_failed_in_the_middle_takes_the_row_up_again_at_once(
    tickets: TicketService, engine: Engine, make_settings: Callable[..., Settings]
) -> None:
    tickets.create(new_ticket(), None, NOW)
    processor = OutboxProcessor(tickets, OutboxSender(make_settings(), tickets.files.path), (Delivery.TEAM_MAIL,))
    row = outbox.claim(engine, processor.name, NOW, (Delivery.TEAM_MAIL,))  # and then the disk was full
    assert row is not None
    assert processor.deliver_due(lambda: NOW) == 0
    processor.free_stale_leases()
    assert processor.deliver_due(lambda: NOW) == 1


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
