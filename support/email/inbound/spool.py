"""What became of each mail that came in, and the mail itself as it came, kept for a while beside the database."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from core import atomic_files as durable
from core.database import writing
from core.timestamps import iso, moment
from support.email.addresses import email_key
from support.email.inbound.parser import InboundEmail

KEPT = timedelta(days=30)
_A_MOMENT = timedelta(minutes=30)
_A_WORKER_IS_AT_IT = timedelta(minutes=2)


class InboundOutcome(StrEnum):
    """What became of a mail. RECEIVING is the only one that is not final."""

    RECEIVING = "receiving"
    MESSAGE = "message"  # a customer's further message
    TICKET = "ticket"  # a new ticket
    REPLY = "reply"  # the team's answer
    AUTOMATIC = "automatic"  # a program's answer to one of our mails: noted, never answered
    BOUNCE = "bounce"  # one of our mails did not arrive
    OWN = "own"  # we sent it ourselves
    REFUSED = "refused"  # of an unknown sender, by setting
    HELD = "held"  # a person has to look: it may not be what it says
    FAILED = "failed"  # we could not make sense of it


@dataclass(frozen=True)
class InboundMail:
    """One mail that came in."""

    id: int
    outcome: InboundOutcome
    why: str
    ticket_id: int
    sender: str
    subject: str
    mail_id: str
    file: str
    size: int
    received_at: datetime


class Busy(Exception):
    """Another worker is at this very mail: try again later."""


class SpoolFolder:
    """Mails as they came, each under the SHA-256 of its bytes."""

    def __init__(self, path: Path):
        self._path = path

    def save(self, raw: bytes) -> str:
        """Write it durably; its name. Raises OSError."""
        name = hashlib.sha256(raw).hexdigest()
        durable.keep(self.path(name), raw)
        return name

    def path(self, name: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", name):
            raise ValueError("not the name of a mail")
        return self._path / name[:2] / f"{name}.eml"

    def read(self, name: str) -> bytes:
        return self.path(name).read_bytes()

    def sweep(self, engine: Engine, now: datetime) -> int:
        """Remove mails kept long enough, and those whose ticket was erased meanwhile; how many. One that a person has
        yet to look at stays."""
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT file, state FROM inbound_mail")).all()
        named = {row.file for row in rows}
        waiting = {
            row.file
            for row in rows
            if row.state in {InboundOutcome.HELD, InboundOutcome.FAILED, InboundOutcome.RECEIVING}
        }
        removed = 0
        for path in self._path.glob("??/*"):
            try:
                age = now.timestamp() - path.stat().st_mtime
            except FileNotFoundError:
                continue
            old = age > KEPT.total_seconds() and path.stem not in waiting
            # A mail is on disk a moment before the database knows of it.
            forgotten = age > _A_MOMENT.total_seconds() and path.stem not in named
            if old or forgotten:
                path.unlink(missing_ok=True)
                removed += 1
        return removed


def begin(engine: Engine, letter: InboundEmail, digest: str, file: str, size: int, now: datetime) -> InboundMail | None:
    """Note that this mail is being taken in; what became of it, if that is known already. Raises Busy."""
    with writing(engine) as connection:
        fresh = connection.execute(
            text(
                "INSERT INTO inbound_mail (digest, mail_id, sender, subject, state, why, file, size, received_at,"
                " handled_at) VALUES (:digest, :mail_id, :sender, :subject, 'receiving', '', :file, :size, :now, '')"
                " ON CONFLICT (digest) DO NOTHING"
            ),
            {
                "digest": digest,
                "mail_id": letter.message_id[:998],
                "sender": email_key(letter.sender),
                "subject": letter.subject,
                "file": file,
                "size": size,
                "now": iso(now),
            },
        ).rowcount
        if fresh:
            return None
        row = connection.execute(text("SELECT * FROM inbound_mail WHERE digest = :d"), {"d": digest}).one()
        known = _read(row)
        if known.outcome is not InboundOutcome.RECEIVING:
            return known
        if timedelta() <= now - known.received_at < _A_WORKER_IS_AT_IT:
            raise Busy("another worker is taking this mail in")
        connection.execute(
            text("UPDATE inbound_mail SET received_at = :now WHERE digest = :d"), {"now": iso(now), "d": digest}
        )
    return None


def settle(
    connection: Connection, digest: str, outcome: InboundOutcome, why: str, ticket_id: int | None, now: datetime
) -> None:
    """What became of it."""
    connection.execute(
        text(
            "UPDATE inbound_mail SET state = :state, why = :why, ticket_id = :ticket, handled_at = :now"
            " WHERE digest = :digest"
        ),
        {"state": outcome.value, "why": why[:300], "ticket": ticket_id, "now": iso(now), "digest": digest},
    )


def abandon(engine: Engine, digest: str) -> None:
    """It was not taken in after all; next time it is new."""
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM inbound_mail WHERE digest = :d AND state = 'receiving'"), {"d": digest})


def recent_from(connection: Connection, sender: str, outcomes: tuple[InboundOutcome, ...], since: datetime) -> int:
    """How many mails of this sender became one of these since then."""
    named = ", ".join(f"'{outcome.value}'" for outcome in outcomes)
    return int(
        connection.execute(
            text(
                "SELECT COUNT(*) FROM inbound_mail WHERE sender = :sender AND received_at >= :since"  # noqa: S608
                f" AND state IN ({named})"
            ),
            {"sender": email_key(sender), "since": iso(since)},
        ).scalar_one()
    )


def recent_to(connection: Connection, ticket_id: int, outcome: InboundOutcome, since: datetime) -> int:
    """How many mails became this on a ticket since then."""
    return int(
        connection.execute(
            text(
                "SELECT COUNT(*) FROM inbound_mail WHERE ticket_id = :ticket AND received_at >= :since"
                " AND state = :state"
            ),
            {"ticket": ticket_id, "since": iso(since), "state": outcome.value},
        ).scalar_one()
    )


def taken(engine: Engine, outcome: InboundOutcome | None = None, limit: int = 100) -> tuple[InboundMail, ...]:
    """Mails that came in, the newest first."""
    where = "WHERE state = :state" if outcome else ""
    statement = text(f"SELECT * FROM inbound_mail {where} ORDER BY id DESC LIMIT :limit")  # noqa: S608
    with engine.connect() as connection:
        found = connection.execute(statement, {"state": outcome.value if outcome else "", "limit": limit}).all()
    return tuple(_read(row) for row in found)


def one(engine: Engine, mail: int) -> InboundMail | None:
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM inbound_mail WHERE id = :id"), {"id": mail}).first()
    return None if row is None else _read(row)


def stuck(connection: Connection, now: datetime, older_than: timedelta) -> tuple[InboundMail, ...]:
    """Mails somebody has to look at, and those that were never finished."""
    found = connection.execute(
        text(
            "SELECT * FROM inbound_mail WHERE state = 'failed' OR (state = 'receiving' AND received_at <= :old)"
            " OR (state = 'held' AND received_at <= :day_ago) ORDER BY id"
        ),
        {"old": iso(now - older_than), "day_ago": iso(now - timedelta(days=1))},
    )
    return tuple(_read(row) for row in found)


def dismiss(engine: Engine, mail: int, now: datetime) -> bool:
    """Somebody has looked at a held or failed mail, and nothing more is to be done with it."""
    with writing(engine) as connection:
        return bool(
            connection.execute(
                text(
                    "UPDATE inbound_mail SET state = 'refused', handled_at = :now"
                    " WHERE id = :id AND state IN ('held', 'failed')"
                ),
                {"id": mail, "now": iso(now)},
            ).rowcount
        )


def forget(connection: Connection, before: datetime) -> int:
    """Remove what is known of mails that came in before then; how many."""
    return connection.execute(
        text("DELETE FROM inbound_mail WHERE received_at < :before AND state NOT IN ('held', 'failed', 'receiving')"),
        {"before": iso(before)},
    ).rowcount


def _read(row: Any) -> InboundMail:
    return InboundMail(
        row.id, InboundOutcome(row.state), row.why, row.ticket_id or 0, row.sender, row.subject, row.mail_id, row.file,
        row.size, moment(row.received_at),
    )  # fmt: skip
