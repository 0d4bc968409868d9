"""What a person leaves outside their tickets' own rows: mails kept as files, lines of the desk's log, subscriptions.

`support/privacy/retention.py` removes tickets; here is what has to go with them, and what an address leaves besides.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, inspect, text

from support.email.addresses import email_key
from support.email.inbound.spool import SpoolFolder
from support.email.smtp import FolderTransport


@dataclass(frozen=True)
class StoredMails:
    """Mails on disk: `sent` by the number of their delivery, `received` by their name."""

    sent: tuple[str, ...] = ()
    received: tuple[str, ...] = ()

    def __add__(self, other: "StoredMails") -> "StoredMails":
        return StoredMails(self.sent + other.sent, self.received + other.received)


def of_tickets(connection: Connection, ids: Sequence[int]) -> StoredMails:
    """The mails of these tickets. Ask before their rows are gone."""
    sent = _texts(connection, "SELECT uid FROM outbox WHERE ticket_id IN :ids", ids=ids)
    tried = _texts(connection, "SELECT uid FROM delivery_attempt WHERE ticket_id IN :ids", ids=ids)
    received = _texts(connection, "SELECT file FROM inbound_mail WHERE ticket_id IN :ids", ids=ids)
    return StoredMails(tuple(dict.fromkeys(sent + tried)), received)


def forget_in_log(connection: Connection, engine: Engine, ids: Sequence[int]) -> None:
    """The desk's log keeps who did what and when; which ticket it was, and names of files and drafts, go.

    Ask before the tickets' rows are gone. A line that says who threw a held ticket away keeps its reference: nothing
    disappears by the hands of staff without a line that says so.
    """
    if "desk_audit" not in inspect(engine).get_table_names():
        return
    references = _texts(connection, "SELECT reference FROM ticket WHERE id IN :ids", ids=ids)
    change = text(
        "UPDATE desk_audit SET reference = '', detail = '{}' WHERE reference IN :refs AND action <> 'deleted'"
    )
    connection.execute(change.bindparams(bindparam("refs", expanding=True)), {"refs": list(references)})


def forget_address(connection: Connection, engine: Engine, address: str) -> StoredMails:
    """Remove what stands under an address besides tickets: mails that came from it and became no ticket,
    subscriptions to incidents, and words of others' reports it stands in. The mails on disk are returned."""
    key = email_key(address)
    if not key:
        return StoredMails()
    existing = set(inspect(engine).get_table_names())
    received = _texts(connection, "SELECT file FROM inbound_mail WHERE sender = :key", key=key)
    connection.execute(text("DELETE FROM inbound_mail WHERE sender = :key"), {"key": key})
    sent: list[str] = []
    subscribers = _texts(connection, "SELECT id FROM incident_subscriber WHERE LOWER(email) = :key", key=key)
    for subscriber in subscribers:
        about = re.compile(rf'"subscriber": {int(subscriber)}\b')
        rows = connection.execute(
            text("SELECT uid, payload FROM outbox WHERE ticket_id IS NULL AND payload <> ''")
        ).all()
        sent += [row.uid for row in rows if about.search(row.payload)]
    for uid in sent:
        connection.execute(text("DELETE FROM delivery_attempt WHERE uid = :uid"), {"uid": uid})
        connection.execute(text("DELETE FROM outbox WHERE uid = :uid"), {"uid": uid})
    connection.execute(text("DELETE FROM incident_subscriber WHERE LOWER(email) = :key"), {"key": key})
    escaped = key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    for table, change in (
        ("feedback", "UPDATE feedback SET comment = '' WHERE LOWER(comment) LIKE :like ESCAPE '\\'"),
        ("client_event", "DELETE FROM client_event WHERE LOWER(data) LIKE :like ESCAPE '\\'"),
    ):
        if table in existing:
            connection.execute(text(change), {"like": f"%{escaped}%"})
    if "desk_audit" in existing:
        # Somebody who tried to sign in at the desk by mistake; what staff did stays under their name.
        connection.execute(
            text(
                "UPDATE desk_audit SET login = '' WHERE login = :key"
                " AND NOT EXISTS (SELECT 1 FROM desk_user WHERE login = :key)"
            ),
            {"key": key},
        )
    return StoredMails(tuple(sent), received)


def remove_mails(data_dir: Path, traces: StoredMails) -> None:
    """Take the mails off the disk, after the rows that name them are gone."""
    sent, received = FolderTransport(data_dir / "mail"), SpoolFolder(data_dir / "inbound")
    for uid in traces.sent:
        sent.path(uid).unlink(missing_ok=True)
    for name in traces.received:
        received.path(name).unlink(missing_ok=True)


def overwrite(engine: Engine) -> None:
    """Take what was removed out of the database's own files too, where that can be had: SQLite's log of changes still
    holds what was written before. Removed rows themselves are overwritten (core/database.py)."""
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            raw.close()


def _texts(connection: Connection, statement: str, **values: Any) -> tuple[str, ...]:
    prepared = text(statement)
    if "ids" in values:
        prepared = prepared.bindparams(bindparam("ids", expanding=True))
        values["ids"] = list(values["ids"])
    found: Iterable[Any] = connection.execute(prepared, values).scalars()
    return tuple(str(one) for one in found if one)
