"""SQL of what teams are measured by: reply and resolution times, promises, messages by time. Reads only."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, case, func, or_, select

from core.database.timestamps import iso
from support.tickets.models import Author
from support.tickets.schema import message, rating, response_target, ticket


def tickets_since(connection: Connection, team: str, since: datetime) -> Sequence[Row[str, str, str, str, str, int]]:
    """`team`, `created_at`, `first_reply_at`, `finished_at`, `stage` and `score` (None where nobody rated) of tickets
    that came since then, or were not finished then. '' is every team. Held ones are left out."""
    wanted = (
        select(
            ticket.c.team,
            ticket.c.created_at,
            ticket.c.first_reply_at,
            ticket.c.finished_at,
            ticket.c.stage,
            rating.c.score,
        )
        .outerjoin_from(ticket, rating, rating.c.ticket_id == ticket.c.id)
        .where(
            ticket.c.quarantine == "",
            or_(ticket.c.created_at >= iso(since), ticket.c.finished_at == "", ticket.c.finished_at >= iso(since)),
        )
        .order_by(ticket.c.id)
    )
    return connection.execute(wanted.where(ticket.c.team == team) if team else wanted).all()


def promises_due(connection: Connection, team: str, since: datetime, until: datetime) -> Sequence[Row[str, str, str]]:
    """`team`, `due_at` and `kept_at` of what was promised for that time and not renewed, or is kept ahead of time."""
    wanted = (
        select(response_target.c.team, response_target.c.due_at, response_target.c.kept_at)
        .join_from(response_target, ticket, ticket.c.id == response_target.c.ticket_id)
        .where(
            response_target.c.due_at >= iso(since),
            or_(response_target.c.due_at < iso(until), response_target.c.kept_at != ""),
            response_target.c.replaced_at == "",
            ticket.c.quarantine == "",
        )
    )
    return connection.execute(wanted.where(response_target.c.team == team) if team else wanted).all()


def promises_between(
    connection: Connection, since: datetime, until: datetime, now: datetime, of: Mapping[str, str]
) -> tuple[int, int]:
    """How many promises fell due from one moment to before another, on tickets whose columns have the values of `of`,
    and how many of them were kept in time. What is due later than now counts once it is kept."""
    wanted = (
        select(func.count(), func.coalesce(func.sum(case((_IN_TIME, 1), else_=0)), 0))
        .join_from(response_target, ticket, ticket.c.id == response_target.c.ticket_id)
        .where(*_due(since, until, now, of))
    )
    due, kept = connection.execute(wanted).one()
    return int(due), int(kept)


def promises_of(
    connection: Connection, since: datetime, until: datetime, now: datetime, of: Mapping[str, str], kept: bool | None,
    first: int, most: int,
) -> Sequence[Row[str, str, str, str, str]]:  # fmt: skip
    """`reference`, `team`, `kind`, `due_at` and `kept_at` of the same, newest first; those that were kept in time or
    those that were not with `kept`."""
    which = [] if kept is None else [_IN_TIME if kept else ~_IN_TIME]
    wanted = (
        select(
            ticket.c.reference, response_target.c.team, response_target.c.kind, response_target.c.due_at,
            response_target.c.kept_at,
        )
        .join_from(response_target, ticket, ticket.c.id == response_target.c.ticket_id)
        .where(*_due(since, until, now, of), *which)
        .order_by(response_target.c.due_at.desc(), response_target.c.id.desc())
        .offset(first)
        .limit(most)
    )  # fmt: skip
    return connection.execute(wanted).all()


_IN_TIME = (response_target.c.kept_at != "") & (response_target.c.kept_at <= response_target.c.due_at)


def _due(since: datetime, until: datetime, now: datetime, of: Mapping[str, str]) -> list[ColumnElement[bool]]:
    return [
        response_target.c.due_at >= iso(since),
        response_target.c.due_at < iso(until),
        or_(response_target.c.due_at < iso(now), response_target.c.kept_at != ""),
        response_target.c.replaced_at == "",
        ticket.c.quarantine == "",
        *(ticket.c[name] == value for name, value in of.items()),
    ]


def customer_messages_at(connection: Connection, team: str, since: datetime) -> Sequence[str]:
    """When customers wrote since then."""
    wanted = (
        select(message.c.created_at)
        .join_from(message, ticket, ticket.c.id == message.c.ticket_id)
        .where(message.c.author == Author.CUSTOMER.value, message.c.created_at >= iso(since), ticket.c.quarantine == "")
    )
    return connection.execute(wanted.where(ticket.c.team == team) if team else wanted).scalars().all()


def reply_times(connection: Connection, team: str, since: datetime, limit: int) -> Sequence[Row[str, str, str]]:
    """`created_at`, `first_reply_at` and `stage` of what customers asked this team since then, newest first."""
    newest = (
        select(ticket.c.created_at, ticket.c.first_reply_at, ticket.c.stage)
        .where(
            ticket.c.team == team,
            ticket.c.created_at >= iso(since),
            ticket.c.quarantine == "",
            ticket.c.source != "staff",
        )
        .order_by(ticket.c.id.desc())
        .limit(limit)
    )
    return connection.execute(newest).all()
