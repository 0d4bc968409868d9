"""SQL of canned replies and saved views."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from core.database.timestamps import iso, moment
from support.agents.canned import CannedReply
from support.agents.models import SavedView
from support.agents.schema import desk_canned, desk_view


def canned_replies(connection: Connection) -> list[CannedReply]:
    """All of them, by name."""
    columns = (
        desk_canned.c.id,
        desk_canned.c.name,
        desk_canned.c.lang,
        desk_canned.c.text,
        desk_canned.c.updated_at,
        desk_canned.c.updated_by,
        desk_canned.c.actions,
    )
    rows = connection.execute(select(*columns).order_by(desk_canned.c.name, desk_canned.c.id))
    return [CannedReply(r.id, r.name, r.lang, r.text, moment(r.updated_at), r.updated_by, r.actions) for r in rows]


def save_canned(
    connection: Connection, canned_id: int, name: str, lang: str, body: str, by: str, now: datetime, actions: str = ""
) -> None:
    """Update a canned reply; id 0 adds one."""
    values = {
        "name": name, "lang": lang, "text": body, "updated_at": iso(now), "updated_by": by, "actions": actions
    }  # fmt: skip
    if canned_id:
        connection.execute(update(desk_canned).where(desk_canned.c.id == canned_id).values(values))
    else:
        connection.execute(insert(desk_canned).values(values))


def delete_canned(connection: Connection, canned_id: int) -> None:
    connection.execute(delete(desk_canned).where(desk_canned.c.id == canned_id))


def views(connection: Connection, user_id: int) -> list[SavedView]:
    """Their own and shared ones, by name."""
    visible = or_(desk_view.c.user_id == user_id, desk_view.c.shared == 1)
    rows = connection.execute(select(desk_view).where(visible).order_by(desk_view.c.name, desk_view.c.id))
    return [SavedView(row.id, row.user_id, row.name, row.query, bool(row.shared)) for row in rows]


def save_view(connection: Connection, user_id: int, name: str, query: str, shared: bool, now: datetime) -> None:
    """Save a view; one of theirs of the same name is replaced."""
    connection.execute(delete(desk_view).where(desk_view.c.user_id == user_id, desk_view.c.name == name))
    connection.execute(
        insert(desk_view).values(user_id=user_id, name=name, query=query, shared=int(shared), created_at=iso(now))
    )


def delete_view(connection: Connection, view_id: int, user_id: int | None) -> bool:
    """Delete a view, of this user; of anybody who shared it for None. Whether there was one."""
    owner = desk_view.c.shared == 1 if user_id is None else desk_view.c.user_id == user_id
    return connection.execute(delete(desk_view).where(desk_view.c.id == view_id, owner)).rowcount > 0
