"""Presence: who else has a ticket open right now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from core.database.timestamps import iso
from core.database.upsert import insert_for
from support.agents.schema import desk_presence, desk_user

AROUND = timedelta(seconds=90)


@dataclass(frozen=True)
class AgentPresence:
    name: str
    writing: bool


def here(connection: Connection, ticket_id: int, user_id: int, now: datetime, *, writing: bool = False) -> None:
    """Record that this user has the ticket open."""
    seen = insert_for(connection, desk_presence).values(
        ticket_id=ticket_id, user_id=user_id, seen_at=iso(now), writing=int(writing)
    )
    connection.execute(
        seen.on_conflict_do_update(
            index_elements=[desk_presence.c.ticket_id, desk_presence.c.user_id],
            set_={"seen_at": seen.excluded.seen_at, "writing": seen.excluded.writing},
        )
    )


def others(connection: Connection, ticket_id: int, user_id: int, now: datetime) -> tuple[AgentPresence, ...]:
    """Other users who had it open within the last 90 seconds."""
    present = (
        select(desk_user.c.name, desk_presence.c.writing)
        .join_from(desk_presence, desk_user, desk_user.c.id == desk_presence.c.user_id)
        .where(
            desk_presence.c.ticket_id == ticket_id,
            desk_presence.c.user_id != user_id,
            desk_presence.c.seen_at > iso(now - AROUND),
        )
        .order_by(desk_user.c.name)
    )
    return tuple(AgentPresence(row.name, bool(row.writing)) for row in connection.execute(present))


def forget(connection: Connection, now: datetime) -> int:
    """Delete expired presence; how many rows."""
    long_ago = iso(now - timedelta(days=1))
    return connection.execute(delete(desk_presence).where(desk_presence.c.seen_at < long_ago)).rowcount
