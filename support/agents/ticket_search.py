"""Full-text search of tickets: substrings of folded text, one row a ticket.

Case, accents, the Turkish dots and the two Chinese scripts are folded away on both sides, so `istanbul` finds
`İSTANBUL` and 退货 finds 退貨. Rows are brought up to date by whoever searches, so nothing that writes tickets has to
know of this.
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Engine, Text, bindparam, func, select

from core.database.connection import writing
from core.database.upsert import insert_for
from index.analysis import fold, to_simplified
from support.agents.schema import desk_text
from support.tickets.schema import message, ticket

_BATCH = 500
_LONGEST = 50_000
_WORDS = 8
_KNOWN = (
    select(desk_text.c.messages)
    .where(desk_text.c.ticket_id == message.c.ticket_id)
    .correlate(message)
    .scalar_subquery()
)
_BEHIND = (
    select(message.c.ticket_id, func.count().label("messages"))
    .group_by(message.c.ticket_id)
    .having(func.count() != func.coalesce(_KNOWN, 0))
    .limit(_BATCH)
)


def fold_text(words: str) -> str:
    """The folded (normalised) text."""
    return to_simplified(fold(words.replace("İ", "i").casefold()))


def catch_up(engine: Engine) -> int:
    """Index what was written since the last search; how many tickets."""
    done = 0
    with engine.connect() as connection:  # a quick look first: mostly nothing is new
        written = connection.execute(select(func.count()).select_from(message)).scalar_one()
        known = connection.execute(select(func.coalesce(func.sum(desk_text.c.messages), 0))).scalar_one()
    if written == known:
        return 0
    while True:
        with engine.connect() as connection:
            behind = connection.execute(_BEHIND).all()
            rows = [
                {"ticket": row.ticket_id, "count": row.messages, "words": _text_of(connection, row.ticket_id)}
                for row in behind
            ]
        if rows:
            with writing(engine) as connection:
                _store(connection, rows)
            done += len(rows)
        if len(rows) < _BATCH:
            return done


def conditions(query: str) -> list[ColumnElement[bool]]:
    """Conditions on `desk_text`: every word of the query is in the ticket."""
    return [desk_text.c.folded.contains(word, autoescape=True) for word in fold_text(query).split()[:_WORDS]]


def _store(connection: Connection, rows: list[dict[str, Any]]) -> None:
    # Through a SELECT: a ticket deleted meanwhile is simply left out.
    text = select(ticket.c.id, bindparam("count", type_=BigInteger), bindparam("words", type_=Text))
    new = insert_for(connection, desk_text).from_select(
        [desk_text.c.ticket_id, desk_text.c.messages, desk_text.c.folded],
        text.where(ticket.c.id == bindparam("ticket")),
    )
    connection.execute(
        new.on_conflict_do_update(
            index_elements=[desk_text.c.ticket_id],
            set_={"messages": new.excluded.messages, "folded": new.excluded.folded},
        ),
        rows,
    )


def _text_of(connection: Connection, ticket_id: int) -> str:
    columns = (ticket.c.reference, ticket.c.name, ticket.c.email, ticket.c.phone, ticket.c.subject, ticket.c.fields)
    row = connection.execute(select(*columns).where(ticket.c.id == ticket_id)).first()
    if row is None:
        return ""
    texts = select(message.c.text).where(message.c.ticket_id == ticket_id).order_by(message.c.id)
    parts: Iterable[str] = (
        row.reference, row.name, row.email, row.phone, row.subject, *map(str, json.loads(row.fields).values()),
        *connection.execute(texts).scalars(),
    )  # fmt: skip
    return fold_text("\n".join(parts)[:_LONGEST])
