"""Events of tickets, stored in the ticket's own transaction: either both are there after a crash, or neither."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from core.database.timestamps import moment
from insight import ledger, origin, persons
from insight.events import BadEvent, Event, make
from insight.origin import person_of
from insight.schema import event

# By what a ticket came (its `via`), and the surface that is.
SURFACES = {"form": "form", "widget": "widget", "api": "api", "email": "mail"}
# What a customer does by a browser: not stored where the browser asks for that.
_BY_BROWSER = {"ticket_sent", "ticket_held", "ticket_reopened", "rating"}


class TicketEvents:
    """Writes them. `key` is the one that addresses are hashed with; `on` is the setting `insight`."""

    def __init__(self, key: bytes, *, on: bool) -> None:
        self._key = key
        self._on = on

    def __call__(
        self,
        connection: Connection,
        name: str,
        id: str,
        at: datetime,
        *,
        ticket_id: int,
        source: str,
        address: str,
        lang: str,
        site: str,
        data: Mapping[str, str | int],
    ) -> None:
        """Add an event of a ticket; `id` tells it from others of the same ticket. Raises only what the database does.

        One that was held back is counted from the moment it is released, with the visit it was sent in.
        """
        came = origin.current.get()
        if not self._on or (came.silent and name in _BY_BROWSER):
            return
        person = person_of(self._key, address)
        where = "desk" if name == "contact_logged" else SURFACES.get(source, "desk")
        if name in _BY_BROWSER and name not in {"ticket_sent", "ticket_held"}:
            where = came.where or "mail"
        visit = came.visit if name in _BY_BROWSER else ""
        if name == "ticket_released":
            held = _event(connection, f"held-{ticket_id}")
            if held is None:
                return
            name, visit, at = "ticket_sent", held.visit, held.at
        try:
            one = make(name, at, data, id=id, visit=visit, person=person, site=site, where=where, lang=lang)
        except BadEvent:  # a name of a form or site that is no text of ours; the ticket matters more
            one = make(name, at, {}, id=id, visit=visit, person=person)
        ledger.add(connection, [one])
        if name == "ticket_sent" and came.visit and person and visit == came.visit:
            persons.recognise(connection, visit, person, at)


def _event(connection: Connection, id: str) -> Event | None:
    row = connection.execute(select(event).where(event.c.id == id)).first()
    if row is None:
        return None
    return Event(id=row.id, at=moment(row.at), name=row.name, visit=row.visit, data=json.loads(row.data))
