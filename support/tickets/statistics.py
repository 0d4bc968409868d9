"""SQL of what teams are measured by: reply and resolution times, promises, messages by time. Reads only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, case, func, or_, select

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
    connection: Connection, since: datetime, until: datetime, now: datetime, lang: str, site: str
) -> tuple[int, int]:
    """How many promises fell due from one moment to before another, on tickets of this language and site ('' is every
    one), and how many of them were kept in time. What is due later than now counts once it is kept."""
    in_time = (response_target.c.kept_at != "") & (response_target.c.kept_at <= response_target.c.due_at)
    wanted = (
        select(func.count(), func.coalesce(func.sum(case((in_time, 1), else_=0)), 0))
        .join_from(response_target, ticket, ticket.c.id == response_target.c.ticket_id)
        .where(
            response_target.c.due_at >= iso(since),
            response_target.c.due_at < iso(until),
            or_(response_target.c.due_at < iso(now), response_target.c.kept_at != ""),
            response_target.c.replaced_at == "",
            ticket.c.quarantine == "",
            *(column == value for column, value in ((ticket.c.lang, lang), (ticket.c.site, site)) if value),
        )
    )
    due, kept = connection.execute(wanted).one()
    return int(due), int(kept)


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
