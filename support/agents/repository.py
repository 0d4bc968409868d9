"""SQL of canned replies."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from core.database.timestamps import iso, moment
from support.agents.canned import CannedReply
from support.agents.schema import desk_canned


def canned_replies(connection: Connection) -> list[CannedReply]:
    """All of them, by name."""
    columns = (
        desk_canned.c.id,
        desk_canned.c.name,
        desk_canned.c.lang,
        desk_canned.c.text,
        desk_canned.c.updated_at,
        desk_canned.c.updated_by,
    )
    rows = connection.execute(select(*columns).order_by(desk_canned.c.name, desk_canned.c.id))
    return [CannedReply(r.id, r.name, r.lang, r.text, moment(r.updated_at), r.updated_by) for r in rows]


def save_canned(
    connection: Connection, canned_id: int, name: str, lang: str, body: str, by: str, now: datetime
) -> None:
    """Update a canned reply; id 0 adds one."""
    values = {"name": name, "lang": lang, "text": body, "updated_at": iso(now), "updated_by": by}
    if canned_id:
        connection.execute(update(desk_canned).where(desk_canned.c.id == canned_id).values(values))
    else:
        connection.execute(insert(desk_canned).values(values))


def delete_canned(connection: Connection, canned_id: int) -> None:
    connection.execute(delete(desk_canned).where(desk_canned.c.id == canned_id))
