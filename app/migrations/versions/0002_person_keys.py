"""Put every person under the key their address has today, after the rule for keys changed to IDNA 2008.

Keys made by IDNA 2003 hold `faß.example` and `fass.example` for one: which of them a row means only its tickets tell,
which keep what was typed. So a row is renamed when all its tickets agree, and divided when they do not. What stands
under a key alone (mails that became no ticket, subscriptions to an incident) keeps the old one until it is removed.
"""

from collections import defaultdict

from alembic import op
from sqlalchemy import Connection, column, delete, exists, insert, select, table, update

from core.email_addresses import email_key

revision = "0002_person_keys"
down_revision = "0001_baseline"

# As they were at this revision: later ones may change what the schema's own tables have.
_person = table("person", column("id"), column("email"), column("verified_at"), column("created_at"))
_ticket = table("ticket", column("id"), column("email"), column("identity"), column("person_id"))
_PROVEN = ("signed", "mail")


def upgrade() -> None:
    connection = op.get_bind()
    keys = {row.id: row.email for row in connection.execute(select(_person.c.id, _person.c.email))}
    taken = set(keys.values())
    tickets: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    proven: set[int] = set()
    columns = (_ticket.c.id, _ticket.c.email, _ticket.c.identity, _ticket.c.person_id)
    for row in connection.execute(select(*columns).where(_ticket.c.person_id.is_not(None)).order_by(_ticket.c.id)):
        tickets[row.person_id][email_key(row.email)].append(row.id)
        if row.identity in _PROVEN:
            proven.add(row.id)
    for person_id, by_key in tickets.items():
        others = {key: ids for key, ids in by_key.items() if key and key != keys[person_id]}
        agreed = next(iter(others)) if len(others) == len(by_key) == 1 else ""
        if agreed and agreed not in taken:
            connection.execute(update(_person).where(_person.c.id == person_id).values(email=agreed))
        else:
            for key, ids in others.items():
                _move(connection, person_id, key, ids, proven=not proven.isdisjoint(ids))
        taken.update(others)


def _move(connection: Connection, person_id: int, key: str, ticket_ids: list[int], *, proven: bool) -> None:
    """Tickets of one person go to the person of another key, made if there is none."""
    old = connection.execute(select(_person).where(_person.c.id == person_id)).one()
    of_key = select(_person.c.id, _person.c.verified_at).where(_person.c.email == key)
    found = connection.execute(of_key).first()
    if found is None:
        connection.execute(insert(_person).values(email=key, verified_at="", created_at=old.created_at))
        found = connection.execute(of_key).one()
    if proven and not found.verified_at:
        connection.execute(update(_person).where(_person.c.id == found.id).values(verified_at=old.verified_at))
    connection.execute(update(_ticket).where(_ticket.c.id.in_(ticket_ids)).values(person_id=found.id))
    left = exists().where(_ticket.c.person_id == person_id)
    connection.execute(delete(_person).where(_person.c.id == person_id, ~left))
