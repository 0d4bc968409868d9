"""Canned replies: Markdown with placeholders that are filled in for each ticket."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy import delete as delete_from

from core.database.timestamps import iso, moment
from kb.markup.message_markup import quoted_literally
from support.agents.schema import desk_canned
from support.tickets.models import Ticket

WORDS = ("name", "reference", "subject", "agent", "status_url")
_WORD = re.compile(r"\{(" + "|".join(WORDS) + r")\}")
NAME_MAX, TEXT_MAX = 100, 10_000


@dataclass(frozen=True)
class CannedReply:
    """`lang` is '' for one that fits any language."""

    id: int
    name: str
    lang: str
    text: str
    updated_at: datetime
    updated_by: str

    def fill_placeholders(self, ticket: Ticket, agent: str) -> str:
        """The text with its placeholders filled in. Unknown values become empty; those of customers are escaped,
        so that they are neither placeholders nor Markdown."""
        values = {
            "name": quoted_literally(ticket.name),
            "reference": ticket.reference,
            "subject": quoted_literally(ticket.subject),
            "agent": agent,
            "status_url": ticket.status_url,
        }
        return _WORD.sub(lambda found: values[found[1]], self.text)


def all_of(connection: Connection) -> list[CannedReply]:
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


def for_language(found: list[CannedReply], lang: str) -> list[CannedReply]:
    """All canned replies: those in the customer's language first, then those for any, then the rest."""
    main = lang.split("-")[0]
    return sorted(found, key=lambda c: (c.lang != lang, c.lang.split("-")[0] != main, bool(c.lang), c.name))


def save(connection: Connection, canned_id: int, name: str, lang: str, body: str, by: str, now: datetime) -> None:
    """Update a canned reply; id 0 adds one."""
    values = {"name": name, "lang": lang, "text": body, "updated_at": iso(now), "updated_by": by}
    if canned_id:
        connection.execute(update(desk_canned).where(desk_canned.c.id == canned_id).values(values))
    else:
        connection.execute(insert(desk_canned).values(values))


def delete(connection: Connection, canned_id: int) -> None:
    connection.execute(delete_from(desk_canned).where(desk_canned.c.id == canned_id))
