"""Promises come from how soon teams really answer, in their opening hours, and are renewed before they break."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from app.settings.schema import Settings
from core.database.timestamps import iso
from support.teams.business_hours import ALWAYS, BusinessHours, OpeningHours
from support.teams.teams import teams
from support.tickets.agent_actions import AgentActions
from support.tickets.models import Channel, Ticket
from support.tickets.reply_times import ReplyTimeStatistics, percentile
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket

ZONE = ZoneInfo("Europe/Amsterdam")
WEEK = BusinessHours(
    OpeningHours.written(mon="09:00-12:00, 13:00-17:00", tue="09:00-17:00"), ZONE, ("11-24", "2026-11-30")
)


def _at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-23 10:00", "2026-11-23 11:30", 90),
        ("2026-11-23 11:00", "2026-11-23 14:00", 120),  # over lunch
        ("2026-11-22 08:00", "2026-11-23 10:00", 60),  # from a Sunday
        ("2026-11-23 16:00", "2026-11-25 10:00", 60),  # the 24th is a holiday every year
        ("2026-11-27 16:00", "2026-12-01 10:00", 60),  # Monday the 30th is a holiday
        ("2026-11-23 11:00", "2026-11-23 10:00", 0),
    ],
)
def test_opening_minutes_between_two_moments(start: str, end: str, minutes: int) -> None:
    assert WEEK.minutes_between(_at(start), _at(end)) == minutes


def test_the_day_the_clocks_change_is_as_long_as_it_is() -> None:
    sunday = BusinessHours(OpeningHours.written(sun="00:00-24:00"), ZONE)
    assert sunday.minutes_between(_at("2026-10-25 00:00"), _at("2026-10-26 00:00")) == 25 * 60


def test_the_percentile_is_a_real_value() -> None:
    assert percentile([5.0], 0.9) == 5.0
    assert percentile([float(n) for n in range(1, 101)], 0.9) == 90.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0


def _answered(tickets: TicketService, hours: list[float], start: datetime) -> None:
    for taken in hours:
        ticket = tickets.create(new_ticket(), None, start)
        AgentActions(tickets).reply(ticket.reference, "Here.", start + timedelta(hours=taken))


@pytest.fixture
def round_the_clock(engine: Engine, make_settings: Callable[..., Settings]) -> tuple[TicketService, Settings]:
    settings = make_settings(opening_hours=ALWAYS, first_reply_hours=7)
    return TicketService(engine, settings), settings


def test_the_promise_is_what_nine_of_ten_answers_kept(
    round_the_clock: tuple[TicketService, Settings], engine: Engine
) -> None:
    tickets, settings = round_the_clock
    team = teams(settings)["default"]
    _answered(tickets, [1.0] * 19, NOW)
    assert ReplyTimeStatistics(engine).hours(team, NOW + timedelta(days=1)) == 7  # too few to go by
    _answered(tickets, [2.5], NOW)
    assert ReplyTimeStatistics(engine).hours(team, NOW + timedelta(days=1)) == 1
    _answered(tickets, [2.5] * 4, NOW)
    assert ReplyTimeStatistics(engine).hours(team, NOW + timedelta(days=1)) == 3
    assert ReplyTimeStatistics(engine).hours(team, NOW + timedelta(days=40)) == 7  # all too long ago


def test_those_who_still_wait_count_too(round_the_clock: tuple[TicketService, Settings], engine: Engine) -> None:
    tickets, settings = round_the_clock
    _answered(tickets, [1.0] * 20, NOW)
    for _ in range(10):
        tickets.create(new_ticket(), None, NOW)
    tickets.create(new_ticket(quarantine="honeypot"), None, NOW)
    assert ReplyTimeStatistics(engine).hours(teams(settings)["default"], NOW + timedelta(hours=9)) == 9


def test_a_ticket_carries_its_promise_and_a_further_message_a_new_one(
    round_the_clock: tuple[TicketService, Settings],
) -> None:
    tickets, _ = round_the_clock
    ticket = tickets.create(new_ticket(), None, NOW)
    assert [(p.kind, p.due_at) for p in ticket.response_targets] == [("first_reply", NOW + timedelta(hours=7))]
    ticket = tickets.add_message(ticket.token, "and", "k1", NOW + timedelta(hours=1))
    assert len(ticket.response_targets) == 1  # who already waits keeps the earlier promise
    ticket = AgentActions(tickets).reply(ticket.reference, "Here.", NOW + timedelta(hours=2))
    assert ticket.response_targets[0].kept_at == NOW + timedelta(hours=2)
    ticket = tickets.add_message(ticket.token, "again", "k2", NOW + timedelta(hours=3))
    assert [(p.kind, p.due_at) for p in ticket.response_targets[1:]] == [("next_reply", NOW + timedelta(hours=10))]


def _renew(tickets: TicketService, now: datetime) -> int:
    with tickets.transaction() as connection:
        return tickets.response_targets.renew_due(connection, now)


def _target_mails(engine: Engine, ticket: Ticket) -> int:
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT COUNT(*) FROM outbox WHERE ticket_id = :id AND kind = 'promise_mail'"), {"id": ticket.id}
        )
        return int(found.scalar_one())


def test_a_promise_is_renewed_before_it_breaks_and_the_customer_told(
    round_the_clock: tuple[TicketService, Settings], engine: Engine
) -> None:
    tickets, _ = round_the_clock
    ticket = tickets.create(new_ticket(), None, NOW)
    assert _renew(tickets, NOW + timedelta(hours=6)) == 0
    assert _renew(tickets, NOW + timedelta(hours=6, minutes=45)) == 1
    assert _renew(tickets, NOW + timedelta(hours=6, minutes=45)) == 0
    first, second = tickets.by_reference(ticket.reference).response_targets
    assert first.replaced_at == NOW + timedelta(hours=6, minutes=45)
    assert second.due_at == NOW + timedelta(hours=14)
    assert _target_mails(engine, ticket) == 1


@pytest.mark.parametrize("changes", [{"preferred_channel": Channel.PHONE, "phone": "+31 20 555 01"}, {"email": ""}])
def test_who_did_not_choose_mail_reads_it_on_the_page(
    round_the_clock: tuple[TicketService, Settings], engine: Engine, changes: dict[str, object]
) -> None:
    tickets, _ = round_the_clock
    ticket = tickets.create(new_ticket(**changes), None, NOW)
    assert _renew(tickets, NOW + timedelta(hours=6, minutes=45)) == 1
    assert _target_mails(engine, ticket) == 0


def test_after_three_new_promises_we_admit_to_be_late(round_the_clock: tuple[TicketService, Settings]) -> None:
    tickets, _ = round_the_clock
    ticket = tickets.create(new_ticket(), None, NOW)
    assert [_renew(tickets, NOW + timedelta(hours=7 * n, minutes=-15)) for n in range(1, 6)] == [1, 1, 1, 0, 0]
    assert tickets.by_reference(ticket.reference).response_targets[-1].replaced_at is None


def test_new_promises_are_counted_for_each_ticket_and_each_time_it_waits(
    round_the_clock: tuple[TicketService, Settings],
) -> None:
    tickets, _ = round_the_clock
    ticket = tickets.create(new_ticket(), None, NOW)
    for n in range(1, 4):
        assert _renew(tickets, NOW + timedelta(hours=7 * n, minutes=-15)) == 1
    tickets.create(new_ticket(subject="Another"), None, NOW + timedelta(hours=27))  # its first promise renews nothing
    assert _renew(tickets, NOW + timedelta(hours=28, minutes=-15)) == 0, "three were made already"

    AgentActions(tickets).reply(ticket.reference, "Here.", NOW + timedelta(hours=28))
    tickets.add_message(ticket.token, "again", "k", NOW + timedelta(hours=29))
    assert ticket.id in _renewed(tickets, NOW + timedelta(hours=36, minutes=-15)), "who waits anew is told anew"


def _renewed(tickets: TicketService, now: datetime) -> set[int]:
    """The tickets that got a new promise."""
    _renew(tickets, now)
    return {
        t.id
        for t in map(tickets.by_id, (one.id for one in tickets.newest()))
        if t.response_targets[-1].promised_at == now
    }


def test_held_answered_and_closed_requests_get_no_new_promise(
    round_the_clock: tuple[TicketService, Settings],
) -> None:
    tickets, _ = round_the_clock
    tickets.create(new_ticket(quarantine="honeypot"), None, NOW)
    answered = tickets.create(new_ticket(), None, NOW)
    AgentActions(tickets).reply(answered.reference, "Here.", NOW)
    closed = tickets.create(new_ticket(), None, NOW)
    AgentActions(tickets).close(closed.reference, NOW)
    assert _renew(tickets, NOW + timedelta(hours=6, minutes=45)) == 0


def test_a_team_the_settings_no_longer_have_promises_as_the_default(tickets: TicketService, engine: Engine) -> None:
    ticket = tickets.create(new_ticket(team="dissolved"), None, NOW)
    assert ticket.response_targets[0].due_at > NOW
    with engine.connect() as connection:
        targets = connection.execute(text("SELECT target FROM outbox ORDER BY id")).scalars().all()
    assert targets[1:] == ["default/email", "default/webhook"]
    assert iso(NOW) == iso(ticket.response_targets[0].promised_at)
