"""Puts every person under the key their address has today, after the rule for keys changed.

Keys made by IDNA 2003 hold `faß.example` and `fass.example` for one: which of them a row means only its tickets tell,
which keep what was typed. So a row is renamed when all its tickets agree, and divided when they do not. What stands
under a key alone (mails that became no ticket, subscriptions to an incident) keeps the old one until it is removed.
"""

from collections import defaultdict

from sqlalchemy import Connection, text

from support.email.addresses import email_key
from support.tickets.models import Identity

_PROVEN = (Identity.SIGNED.value, Identity.MAIL.value)


def rekey_persons(connection: Connection) -> None:
    """A migration: it reads tables as they are when it runs, and is run once."""
    keys = {row.id: row.email for row in connection.execute(text("SELECT id, email FROM person"))}
    taken = set(keys.values())
    tickets: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    proven: set[int] = set()
    rows = connection.execute(
        text("SELECT id, email, identity, person_id FROM ticket WHERE person_id IS NOT NULL ORDER BY id")
    )
    for row in rows:
        tickets[row.person_id][email_key(row.email)].append(row.id)
        if row.identity in _PROVEN:
            proven.add(row.id)
    for person_id, by_key in tickets.items():
        others = {key: ids for key, ids in by_key.items() if key and key != keys[person_id]}
        agreed = next(iter(others)) if len(others) == len(by_key) == 1 else ""
        if agreed and agreed not in taken:
            connection.execute(text("UPDATE person SET email = :key WHERE id = :id"), {"key": agreed, "id": person_id})
        else:
            for key, ids in others.items():
                _move(connection, person_id, key, ids, proven=not proven.isdisjoint(ids))
        taken.update(others)


def _move(connection: Connection, person_id: int, key: str, ticket_ids: list[int], *, proven: bool) -> None:
    values = {"key": key, "old": person_id}
    connection.execute(
        text(
            "INSERT INTO person (email, created_at) SELECT :key, created_at FROM person WHERE id = :old"
            " ON CONFLICT (email) DO NOTHING"
        ),
        values,
    )
    if proven:
        connection.execute(
            text(
                "UPDATE person SET verified_at = (SELECT verified_at FROM person WHERE id = :old)"
                " WHERE email = :key AND verified_at = ''"
            ),
            values,
        )
    for ticket_id in ticket_ids:
        connection.execute(
            text("UPDATE ticket SET person_id = (SELECT id FROM person WHERE email = :key) WHERE id = :ticket"),
            {"key": key, "ticket": ticket_id},
        )
    connection.execute(
        text("DELETE FROM person WHERE id = :old AND NOT EXISTS (SELECT 1 FROM ticket WHERE person_id = :old)"), values
    )
