"""Spool of incoming mail: the outcome of each in the database, and the raw mails on disk for thirty days."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, func, or_, select, update

from core import atomic_files
from core.database.connection import writing
from core.database.timestamps import iso, moment
from core.database.upsert import insert_for
from core.email_addresses import email_key
from core.object_store import Bucket, verified
from support.email.inbound.parser import InboundEmail
from support.email.schema import inbound_mail
from support.tickets import repository as tickets
from support.tickets.settings import SettingsForTickets

KEPT = timedelta(days=30)
_A_MOMENT = timedelta(minutes=30)
_A_WORKER_IS_AT_IT = timedelta(minutes=2)


class InboundOutcome(StrEnum):
    """Outcome of an incoming mail. Only RECEIVING is not final."""

    RECEIVING = "receiving"
    MESSAGE = "message"  # a customer's further message
    TICKET = "ticket"  # a new ticket
    REPLY = "reply"  # the team's answer
    AUTOMATIC = "automatic"  # a program's answer to one of our mails: noted, never answered
    BOUNCE = "bounce"  # one of our mails did not arrive
    REPORT = "report"  # one of our mails is delayed, has arrived, was opened
    OWN = "own"  # we sent it ourselves
    REFUSED = "refused"  # of an unknown sender, by setting
    HELD = "held"  # needs review: it may not be what it says
    FAILED = "failed"  # we could not make sense of it


_UNSETTLED = frozenset({InboundOutcome.HELD, InboundOutcome.FAILED, InboundOutcome.RECEIVING})
TO_DECIDE = (InboundOutcome.HELD, InboundOutcome.FAILED)
# They are part of no conversation, and nobody has to decide about them.
SET_ASIDE = (
    InboundOutcome.AUTOMATIC, InboundOutcome.BOUNCE, InboundOutcome.REPORT, InboundOutcome.OWN, InboundOutcome.REFUSED
)  # fmt: skip
_SHOWN = 200
_TO_DECIDE_VALUES = [outcome.value for outcome in TO_DECIDE]
OF_MESSAGES = frozenset({InboundOutcome.MESSAGE, InboundOutcome.TICKET, InboundOutcome.REPLY})
_SET_ASIDE_VALUES = [outcome.value for outcome in SET_ASIDE]
_MAILS = select(
    inbound_mail.c.id,
    inbound_mail.c.state,
    inbound_mail.c.why,
    inbound_mail.c.ticket_id,
    inbound_mail.c.sender,
    inbound_mail.c.subject,
    inbound_mail.c.mail_id,
    inbound_mail.c.file,
    inbound_mail.c.size,
    inbound_mail.c.received_at,
)


@dataclass(frozen=True)
class InboundMail:
    """One incoming mail."""

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


class MailClaimed(Exception):
    """Another worker is ingesting this very mail: retry later."""


class SpoolFolder:
    """Folder of raw mails, each named by the SHA-256 of its bytes."""

    def __init__(self, path: Path, bucket: Bucket | None = None):
        self._path = path
        self._bucket = bucket

    def save(self, raw: bytes) -> str:
        """Write the mail durably; its file name. Raises OSError."""
        name = hashlib.sha256(raw).hexdigest()
        atomic_files.keep(self.path(name), raw)
        if self._bucket is not None:
            self._bucket.put(f"inbound/{name}", raw)
        return name

    def verified(self, name: str) -> Path:
        """Where the mail can be read, after its content was compared with its hash. Raises OSError."""
        return verified(self.path(name), name, self._bucket, f"inbound/{name}")

    def remove(self, name: str) -> None:
        """For good. Raises OSError."""
        self.path(name).unlink(missing_ok=True)
        if self._bucket is not None:
            self._bucket.remove(f"inbound/{name}")

    def path(self, name: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", name):
            raise ValueError("not the name of a mail")
        return self._path / name[:2] / f"{name}.eml"

    def has(self, name: str) -> bool:
        """Whether the mail is still kept."""
        if not name or self.path(name).is_file():
            return bool(name)
        try:
            return self._bucket is not None and self._bucket.has(f"inbound/{name}")
        except OSError:
            return False

    def read(self, name: str) -> bytes:
        return self.verified(name).read_bytes()

    def sweep(self, engine: Engine, now: datetime) -> int:
        """Remove mails kept long enough, and those whose ticket was erased meanwhile; how many. One that a person has
        yet to look at stays."""
        with engine.connect() as connection:
            rows = connection.execute(select(inbound_mail.c.file, inbound_mail.c.state)).all()
        named = {row.file for row in rows}
        waiting = {row.file for row in rows if row.state in _UNSETTLED}
        removed = 0
        for path in self._path.glob("??/*"):
            try:
                age = now.timestamp() - path.stat().st_mtime
            except FileNotFoundError:
                continue
            old = age > KEPT.total_seconds() and path.stem not in waiting
            # A mail is on disk a moment before the database knows of it.
            forgotten = age > _A_MOMENT.total_seconds() and path.stem not in named
            if (old or forgotten) and path.suffix == ".eml":
                self.remove(path.stem)
                removed += 1
            elif old or forgotten:
                path.unlink(missing_ok=True)
                removed += 1
        return removed


def folder_of(settings: SettingsForTickets) -> SpoolFolder:
    return SpoolFolder(settings.data_dir / "inbound", settings.bucket)


def begin(engine: Engine, email: InboundEmail, digest: str, file: str, size: int, now: datetime) -> InboundMail | None:
    """Record that this mail is being ingested; its outcome, if it was ingested before. Raises MailClaimed."""
    with writing(engine) as connection:
        new = insert_for(connection, inbound_mail).values(
            digest=digest,
            mail_id=email.message_id[:998],
            sender=email_key(email.sender),
            subject=email.subject,
            state=InboundOutcome.RECEIVING.value,
            why="",
            file=file,
            size=size,
            received_at=iso(now),
            handled_at="",
        )
        new = new.on_conflict_do_nothing(index_elements=[inbound_mail.c.digest])
        if connection.execute(new.returning(inbound_mail.c.id)).first() is not None:
            return None
        this = inbound_mail.c.digest == digest
        known = _read(connection.execute(_MAILS.where(this)).one())
        if known.outcome is not InboundOutcome.RECEIVING:
            return known
        if timedelta() <= now - known.received_at < _A_WORKER_IS_AT_IT:
            raise MailClaimed("another worker is taking this mail in")
        connection.execute(update(inbound_mail).where(this).values(received_at=iso(now)))
    return None


def settle(
    connection: Connection, digest: str, outcome: InboundOutcome, why: str, ticket_id: int | None, now: datetime
) -> None:
    """Record the outcome."""
    connection.execute(
        update(inbound_mail)
        .where(inbound_mail.c.digest == digest)
        .values(state=outcome.value, why=why[:300], ticket_id=ticket_id, handled_at=iso(now))
    )


def abandon(engine: Engine, digest: str) -> None:
    """Undo `begin`: the mail was not ingested, next time it is new."""
    unfinished = and_(inbound_mail.c.digest == digest, inbound_mail.c.state == InboundOutcome.RECEIVING.value)
    with writing(engine) as connection:
        connection.execute(delete(inbound_mail).where(unfinished))


def recent_from(connection: Connection, sender: str, outcomes: tuple[InboundOutcome, ...], since: datetime) -> int:
    """How many mails of this sender had one of these outcomes since then."""
    mails = select(func.count()).where(
        inbound_mail.c.sender == email_key(sender),
        inbound_mail.c.received_at >= iso(since),
        inbound_mail.c.state.in_([outcome.value for outcome in outcomes]),
    )
    return int(connection.execute(mails).scalar_one())


def recent_to(connection: Connection, ticket_id: int, outcome: InboundOutcome, since: datetime) -> int:
    """How many mails to a ticket had this outcome since then."""
    mails = select(func.count()).where(
        inbound_mail.c.ticket_id == ticket_id,
        inbound_mail.c.received_at >= iso(since),
        inbound_mail.c.state == outcome.value,
    )
    return int(connection.execute(mails).scalar_one())


def incoming(engine: Engine, outcome: InboundOutcome | None = None, limit: int = 100) -> tuple[InboundMail, ...]:
    """Incoming mails, newest first."""
    newest = _MAILS.order_by(inbound_mail.c.id.desc()).limit(limit)
    if outcome:
        newest = newest.where(inbound_mail.c.state == outcome.value)
    with engine.connect() as connection:
        return tuple(_read(row) for row in connection.execute(newest))


def one(engine: Engine, mail: int) -> InboundMail | None:
    with engine.connect() as connection:
        row = connection.execute(_MAILS.where(inbound_mail.c.id == mail)).first()
    return None if row is None else _read(row)


def of_ticket(engine: Engine, ticket_id: int) -> tuple[InboundMail, ...]:
    """Mails that came in to a ticket, oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(_MAILS.where(inbound_mail.c.ticket_id == ticket_id).order_by(inbound_mail.c.id))
        return tuple(_read(row) for row in rows)


def stuck(connection: Connection, now: datetime, older_than: timedelta) -> tuple[InboundMail, ...]:
    """Mails that need review, and those whose ingestion never finished."""
    state, received_at = inbound_mail.c.state, inbound_mail.c.received_at
    waiting = or_(
        state.in_(_TO_DECIDE_VALUES),
        and_(state == InboundOutcome.RECEIVING.value, received_at <= iso(now - older_than)),
    )
    return tuple(_read(row) for row in connection.execute(_MAILS.where(waiting).order_by(inbound_mail.c.id)))


def counts(engine: Engine, since: datetime) -> tuple[int, int]:
    """(mails that a person must decide about, mails set aside since then)."""
    aside = select(func.count()).where(
        inbound_mail.c.state.in_(_SET_ASIDE_VALUES), inbound_mail.c.received_at >= iso(since)
    )
    with engine.connect() as connection:
        return to_decide(connection), int(connection.execute(aside).scalar_one())


def to_decide(connection: Connection) -> int:
    """How many mails a person must decide about."""
    held = select(func.count()).where(inbound_mail.c.state.in_(_TO_DECIDE_VALUES))
    return int(connection.execute(held).scalar_one())


def with_outcomes(
    engine: Engine, outcomes: tuple[InboundOutcome, ...], limit: int = _SHOWN
) -> tuple[tuple[str, InboundMail], ...]:
    """(reference of its ticket or '', mail), newest first."""
    newest = _MAILS.where(inbound_mail.c.state.in_([outcome.value for outcome in outcomes]))
    with engine.connect() as connection:
        mails = [_read(row) for row in connection.execute(newest.order_by(inbound_mail.c.id.desc()).limit(limit))]
        known = tickets.references(connection, {mail.ticket_id for mail in mails})
    return tuple((known.get(mail.ticket_id, ""), mail) for mail in mails)


def held_for(connection: Connection, ticket_id: int) -> int:
    """How many mails to a ticket a person must decide about."""
    held = select(func.count()).where(
        inbound_mail.c.ticket_id == ticket_id, inbound_mail.c.state.in_(_TO_DECIDE_VALUES)
    )
    return int(connection.execute(held).scalar_one())


def to_look_at(engine: Engine, now: datetime, older_than: timedelta) -> tuple[InboundMail, ...]:
    """As `stuck`, in a connection of its own."""
    with engine.connect() as connection:
        return stuck(connection, now, older_than)


def dismiss(engine: Engine, mail: int, now: datetime) -> bool:
    """Close the review of a held or failed mail without further action. It is kept a while, and can be taken in."""
    refuse = (
        update(inbound_mail)
        .where(inbound_mail.c.id == mail, inbound_mail.c.state.in_(_TO_DECIDE_VALUES))
        .values(state=InboundOutcome.REFUSED.value, handled_at=iso(now))
    )
    with writing(engine) as connection:
        return bool(connection.execute(refuse).rowcount)


def remove(engine: Engine, folder: SpoolFolder, mail: int) -> bool:
    """Delete a mail that was set aside for good, with its file; False for any other."""
    this = and_(inbound_mail.c.id == mail, inbound_mail.c.state.in_(_SET_ASIDE_VALUES))
    with writing(engine) as connection:
        file = connection.execute(delete(inbound_mail).where(this).returning(inbound_mail.c.file)).scalar()
    if file:
        folder.remove(file)
    return file is not None


def forget(connection: Connection, before: datetime) -> int:
    """Delete the rows of mails received before then; how many."""
    unsettled = [outcome.value for outcome in _UNSETTLED]
    old = and_(inbound_mail.c.received_at < iso(before), inbound_mail.c.state.not_in(unsettled))
    return connection.execute(delete(inbound_mail).where(old)).rowcount


def _read(row: Any) -> InboundMail:
    return InboundMail(
        row.id, InboundOutcome(row.state), row.why, row.ticket_id or 0, row.sender, row.subject, row.mail_id, row.file,
        row.size, moment(row.received_at),
    )  # fmt: skip
