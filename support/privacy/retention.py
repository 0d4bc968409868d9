"""What is kept, for how long, and how one person's data is shown or erased.

A ticket is removed whole, with everything any table says about it: rows that refer to a removed row by a foreign key
go with it, whichever module made the table. Files go when no ticket has them any more.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, inspect, text

from core.database import writing
from core.timestamps import iso
from support.email.addresses import email_key
from support.privacy import erasure as traces
from support.tickets import repository
from support.tickets.attachments import AttachmentFolder
from support.tickets.handoff import pack
from support.tickets.models import Ticket
from support.tickets.service import TicketService

_AT_A_TIME = 200


@dataclass(frozen=True)
class PurgeReport:
    """How much was removed, or would be."""

    tickets: int = 0
    attachments: int = 0
    events: int = 0


@dataclass(frozen=True)
class Retention:
    """Days after which things are removed; 0 keeps them."""

    tickets: int
    attachments: int
    events: int
    held: int = 0  # what was never released; 0: as long as other tickets


class PrivacyService:
    """Purging, exporting, erasing."""

    def __init__(self, tickets: TicketService, retention: Retention):
        self._tickets = tickets
        self._engine = tickets.engine
        self._files: AttachmentFolder = tickets.files
        self._retention = retention

    def purge(self, now: datetime, *, dry_run: bool = False) -> PurgeReport:
        """Remove what was kept long enough. Tickets and files count from when they were closed, held ones
        from when somebody last did something with them; open ones stay."""
        old = self._tickets_finished_before(now, self._retention.tickets)
        files = self._attachments_of_finished(now, self._retention.attachments)
        if dry_run:
            return PurgeReport(len(old), len(files), self._old_events(now, count_only=True))
        for start in range(0, len(old), _AT_A_TIME):
            self._remove(old[start : start + _AT_A_TIME])
        self._drop_files(files, now)
        return PurgeReport(len(old), len(files), self._old_events(now))

    def find(self, who: str) -> tuple[int, ...]:
        """The ids of all tickets under an address, a phone number or one reference."""
        with self._engine.connect() as connection:
            if "@" in who:
                return _ids(
                    connection,
                    "SELECT t.id FROM ticket t JOIN person p ON p.id = t.person_id WHERE p.email = :who",
                    who=email_key(who),
                )
            found = _ids(connection, "SELECT id FROM ticket WHERE reference = :who", who=who.strip().upper())
            digits = _digits(who)
            if found or len(digits) < 5:
                return found
            rows = connection.execute(text("SELECT id, phone FROM ticket WHERE phone <> ''"))
            return tuple(int(row.id) for row in rows if _digits(row.phone) == digits)

    def export(self, ids: Iterable[int], *, with_notes: bool = False) -> bytes:
        """A ZIP with `data.json` and the files of these tickets. Notes of staff only when asked for."""
        found = [self._tickets.by_id(ticket_id) for ticket_id in ids]
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            data = {"tickets": [told(ticket, with_notes=with_notes) for ticket in found]}
            archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=2))
            for ticket in found:
                for a in ticket.attachments:
                    path = self._files.path(a.sha256)
                    if path.is_file():
                        archive.write(path, f"files/{ticket.reference}/{a.id}-{a.name.replace('/', '_')}")
        return buffer.getvalue()

    def erase(self, ids: Sequence[int], address: str = "") -> int:
        """Remove these tickets with everything about them; how many there were. There is no way back.

        With an address, what it left besides tickets goes too (support/privacy/erasure.py).
        """
        with self._engine.connect() as connection:
            present = [ticket_id for ticket_id in ids if _exists(connection, ticket_id)]
        self._remove(present)
        if address:
            with writing(self._engine) as connection:
                left = traces.forget_address(connection, self._engine, address)
            traces.remove_mails(self._tickets.data_dir, left)
        traces.overwrite(self._engine)
        return len(present)

    def left_by(self, address: str) -> int:
        """How many mails and subscriptions stand under an address besides tickets."""
        with self._engine.connect() as connection:
            count = text(
                "SELECT (SELECT COUNT(*) FROM inbound_mail WHERE sender = :key)"
                " + (SELECT COUNT(*) FROM incident_subscriber WHERE LOWER(email) = :key)"
            )
            return int(connection.execute(count, {"key": email_key(address)}).scalar_one())

    def _remove(self, ids: Sequence[int]) -> None:
        if not ids:
            return
        with writing(self._engine) as connection:
            hashes = (
                connection.execute(
                    text(
                        "SELECT DISTINCT a.sha256 FROM attachment a JOIN message m ON m.id = a.message_id"
                        " WHERE m.ticket_id IN :ids AND a.purged_at = ''"
                    ).bindparams(bindparam("ids", expanding=True)),
                    {"ids": list(ids)},
                )
                .scalars()
                .all()
            )
            persons = _ids(
                connection, "SELECT DISTINCT person_id FROM ticket WHERE id IN :ids AND person_id > 0", ids=ids
            )
            mails = traces.of_tickets(connection, ids)
            traces.forget_in_log(connection, self._engine, ids)
            _delete(connection, "idempotency", "ticket_id", ids)
            for table in _loose(self._engine):
                _delete(connection, table, "ticket_id", ids)
            _delete_with_dependents(connection, self._engine, "ticket", ids)
            for person in persons:
                connection.execute(
                    text(
                        "DELETE FROM person WHERE id = :id AND NOT EXISTS (SELECT 1 FROM ticket WHERE person_id = :id)"
                    ),
                    {"id": person},
                )
        self._unlink(hashes)
        traces.remove_mails(self._tickets.data_dir, mails)

    def _drop_files(self, attachment_ids: Sequence[int], now: datetime) -> None:
        for start in range(0, len(attachment_ids), _AT_A_TIME):
            part = list(attachment_ids[start : start + _AT_A_TIME])
            chosen: Any = bindparam("ids", expanding=True)
            with writing(self._engine) as connection:
                rows = connection.execute(
                    text(
                        "SELECT a.sha256, m.ticket_id FROM attachment a JOIN message m ON m.id = a.message_id"
                        " WHERE a.id IN :ids"
                    ).bindparams(chosen),
                    {"ids": part},
                ).all()
                connection.execute(
                    text("UPDATE attachment SET purged_at = :now WHERE id IN :ids").bindparams(chosen),
                    {"now": iso(now), "ids": part},
                )
                for ticket_id in sorted({row.ticket_id for row in rows}):
                    repository.insert_event(connection, ticket_id, "files_purged", now)
            self._unlink({row.sha256 for row in rows})

    def _unlink(self, hashes: Iterable[str]) -> None:
        """After the rows are gone for good: a crash between leaves a file nobody mentions, and the sweep takes it."""
        for sha256 in hashes:
            with self._engine.connect() as connection:
                if not repository.mentions_file(connection, sha256):
                    self._files.path(sha256).unlink(missing_ok=True)

    def _tickets_finished_before(self, now: datetime, days: int) -> tuple[int, ...]:
        held = self._retention.held or days
        clauses, values = [], {}
        if days:
            clauses.append("finished_at <> '' AND finished_at <= :before")
            values["before"] = iso(now - timedelta(days=days))
        if held:
            clauses.append("quarantine <> '' AND updated_at <= :held_before")
            values["held_before"] = iso(now - timedelta(days=held))
        if not clauses:
            return ()
        with self._engine.connect() as connection:
            return _ids(
                connection,
                f"SELECT id FROM ticket WHERE ({') OR ('.join(clauses)}) ORDER BY id",  # noqa: S608 - fixed texts
                **values,
            )

    def _attachments_of_finished(self, now: datetime, days: int) -> tuple[int, ...]:
        if not days:
            return ()
        with self._engine.connect() as connection:
            return _ids(
                connection,
                "SELECT a.id FROM attachment a JOIN message m ON m.id = a.message_id"
                " JOIN ticket t ON t.id = m.ticket_id"
                " WHERE a.purged_at = '' AND t.finished_at <> '' AND t.finished_at <= :before ORDER BY a.id",
                before=iso(now - timedelta(days=days)),
            )

    def _old_events(self, now: datetime, *, count_only: bool = False) -> int:
        """What pages reported, and the words beside votes on articles; the votes themselves name nobody and stay."""
        if not self._retention.events:
            return 0
        before = {"before": (now - timedelta(days=self._retention.events)).isoformat()}
        with writing(self._engine) as connection:
            existing = set(inspect(connection).get_table_names())
            total = 0
            for table, condition, change in (
                ("client_event", "created_at < :before", "DELETE FROM client_event WHERE {}"),
                ("feedback", "created_at < :before AND comment <> ''", "UPDATE feedback SET comment = '' WHERE {}"),
                ("delivery_attempt", "at < :before", "DELETE FROM delivery_attempt WHERE {}"),
            ):
                if table in existing:
                    counted = text(f"SELECT COUNT(*) FROM {table} WHERE {condition}")  # noqa: S608 - fixed texts
                    total += int(connection.execute(counted, before).scalar_one())
                    if not count_only:
                        connection.execute(text(change.format(condition)), before)
        return total


def told(ticket: Ticket, *, with_notes: bool) -> dict[str, Any]:
    """All of a ticket in one dictionary: the pack, what happened, what was promised."""
    data = pack(ticket)
    data["events"] = [{"kind": e.kind, "at": iso(e.at), **dict(e.detail)} for e in ticket.events]
    data["promises"] = [
        {
            "promised_at": iso(p.promised_at),
            "due_at": iso(p.due_at),
            "kept_at": iso(p.kept_at) if p.kept_at else None,
        }
        for p in ticket.promises
    ]
    if ticket.rating:
        data["rating"] = {"score": ticket.rating.score, "comment": ticket.rating.comment}
    if with_notes:
        data["notes"] = [
            {"kind": n.kind.value, "text": n.text, "at": iso(n.created_at), "by": n.staff.name} for n in ticket.internal
        ]
    return data


def _ids(connection: Connection, statement: str, **values: Any) -> tuple[int, ...]:
    prepared = text(statement)
    if "ids" in values:
        prepared = prepared.bindparams(bindparam("ids", expanding=True))
        values["ids"] = list(values["ids"])
    return tuple(int(found) for found in connection.execute(prepared, values).scalars())


def _exists(connection: Connection, ticket_id: int) -> bool:
    return connection.execute(text("SELECT 1 FROM ticket WHERE id = :id"), {"id": ticket_id}).first() is not None


def _loose(engine: Engine) -> tuple[str, ...]:
    """Tables that name a ticket without a foreign key."""
    looked_at = inspect(engine)
    found = []
    for table in looked_at.get_table_names():
        names = {column["name"] for column in looked_at.get_columns(table)}
        tied = {name for key in looked_at.get_foreign_keys(table) for name in key["constrained_columns"]}
        if "ticket_id" in names and "ticket_id" not in tied and table != "idempotency":
            found.append(table)
    return tuple(found)


def _delete_with_dependents(connection: Connection, engine: Engine, table: str, ids: Sequence[int]) -> None:
    """Delete rows by id, and before them whatever refers to them."""
    looked_at = inspect(engine)
    for other in looked_at.get_table_names():
        for key in looked_at.get_foreign_keys(other):
            if key["referred_table"] != table:
                continue
            column = key["constrained_columns"][0]
            primary = looked_at.get_pk_constraint(other)["constrained_columns"]
            if primary == ["id"]:
                rows = _ids(connection, f"SELECT id FROM {other} WHERE {column} IN :ids", ids=ids)  # noqa: S608
                if rows:
                    _delete_with_dependents(connection, engine, other, rows)
            else:
                _delete(connection, other, column, ids)
    _delete(connection, table, "id", ids)


def _delete(connection: Connection, table: str, column: str, ids: Sequence[int]) -> None:
    # Names come from the database's own list of tables, values are bound.
    statement = text(f"DELETE FROM {table} WHERE {column} IN :ids")  # noqa: S608
    connection.execute(statement.bindparams(bindparam("ids", expanding=True)), {"ids": list(ids)})


def _digits(number: str) -> str:
    return "".join(ch for ch in number if ch.isdigit()).lstrip("0")
