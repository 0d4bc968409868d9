"""Finding tickets by what was written: substrings of folded text, one row a ticket.

Case, accents, the Turkish dots and the two Chinese scripts are folded away on both sides, so `istanbul` finds
`İSTANBUL` and 退货 finds 退貨. Rows are brought up to date by whoever searches, so nothing that writes tickets has to
know of this.
"""

import json
from collections.abc import Iterable

from sqlalchemy import Connection, Engine, text

from core.database import writing
from index.analysis import fold, to_simplified

_BATCH = 500
_LONGEST = 50_000
_WORDS = 8


def folded(words: str) -> str:
    """The text as it is compared."""
    return to_simplified(fold(words.replace("İ", "i").casefold()))


def catch_up(engine: Engine) -> int:
    """Fold what was written since the last search; how many tickets."""
    done = 0
    with engine.connect() as connection:  # a quick look first: mostly nothing is new
        written = connection.execute(text("SELECT COUNT(*) FROM message")).scalar_one()
        known = connection.execute(text("SELECT COALESCE(SUM(messages), 0) FROM desk_text")).scalar_one()
    if written == known:
        return 0
    while True:
        with engine.connect() as connection:
            behind = connection.execute(
                text(
                    "SELECT m.ticket_id, COUNT(*) AS messages FROM message m GROUP BY m.ticket_id"
                    " HAVING COUNT(*) <> COALESCE((SELECT d.messages FROM desk_text d"
                    " WHERE d.ticket_id = m.ticket_id), 0) LIMIT :batch"
                ),
                {"batch": _BATCH},
            ).all()
            rows = [(row.ticket_id, row.messages, _text_of(connection, row.ticket_id)) for row in behind]
        if rows:
            with writing(engine) as connection:
                connection.execute(
                    text(
                        # Through a SELECT: a ticket deleted meanwhile is simply left out.
                        "INSERT INTO desk_text (ticket_id, messages, folded)"
                        " SELECT id, :messages, :folded FROM ticket WHERE id = :ticket"
                        " ON CONFLICT (ticket_id) DO UPDATE SET messages = excluded.messages, folded = excluded.folded"
                    ),
                    [{"ticket": i, "messages": n, "folded": words} for i, n, words in rows],
                )
            done += len(rows)
        if len(rows) < _BATCH:
            return done


def conditions(query: str) -> tuple[list[str], dict[str, str]]:
    """SQL conditions on `desk_text d` and their values: every word of the query is in the ticket."""
    clauses, values = [], {}
    for number, word in enumerate(folded(query).split()[:_WORDS]):
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        clauses.append(f"d.folded LIKE :word{number} ESCAPE '\\'")
        values[f"word{number}"] = f"%{escaped}%"
    return clauses, values


def _text_of(connection: Connection, ticket_id: int) -> str:
    row = connection.execute(
        text("SELECT reference, name, email, phone, subject, fields FROM ticket WHERE id = :id"), {"id": ticket_id}
    ).first()
    if row is None:
        return ""
    messages = connection.execute(text("SELECT text FROM message WHERE ticket_id = :id ORDER BY id"), {"id": ticket_id})
    parts: Iterable[str] = (
        row.reference, row.name, row.email, row.phone, row.subject, *map(str, json.loads(row.fields).values()),
        *messages.scalars(),
    )  # fmt: skip
    return folded("\n".join(parts)[:_LONGEST])
