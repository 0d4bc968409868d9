"""Who else looks at a ticket right now, and what happened to it since somebody opened it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from core.timestamps import iso

AROUND = timedelta(seconds=90)


@dataclass(frozen=True)
class AgentPresence:
    name: str
    writing: bool


def here(connection: Connection, ticket_id: int, user_id: int, now: datetime, *, writing: bool = False) -> None:
    """This person has the ticket open."""
    connection.execute(
        text(
            "INSERT INTO desk_presence (ticket_id, user_id, seen_at, writing) VALUES (:ticket, :user, :now, :writing)"
            " ON CONFLICT (ticket_id, user_id) DO UPDATE SET seen_at = excluded.seen_at, writing = excluded.writing"
        ),
        {"ticket": ticket_id, "user": user_id, "now": iso(now), "writing": int(writing)},
    )


def others(connection: Connection, ticket_id: int, user_id: int, now: datetime) -> tuple[AgentPresence, ...]:
    """Who else had it open within the last minute and a half."""
    rows = connection.execute(
        text(
            "SELECT u.name, p.writing FROM desk_presence p JOIN desk_user u ON u.id = p.user_id"
            " WHERE p.ticket_id = :ticket AND p.user_id <> :user AND p.seen_at > :since ORDER BY u.name"
        ),
        {"ticket": ticket_id, "user": user_id, "since": iso(now - AROUND)},
    )
    return tuple(AgentPresence(row.name, bool(row.writing)) for row in rows)


def forget(connection: Connection, now: datetime) -> int:
    """Remove who left long ago; how many rows."""
    gone = text("DELETE FROM desk_presence WHERE seen_at < :before")
    return connection.execute(gone, {"before": iso(now - timedelta(days=1))}).rowcount
