"""Personal data of tickets: erasing and exporting them with messages, events, persons and attachments.

A file goes when no message has it any more. It comes last of all that erase tickets: the rows of others refer to these.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, exists, func, select, update

from core.database.connection import writing
from core.database.personal_data import Cleanup, Export, PersonalData, RetentionRule
from core.database.timestamps import iso
from support.tickets import repository
from support.tickets.attachments import AttachmentFolder
from support.tickets.handoff import pack
from support.tickets.models import Ticket
from support.tickets.schema import (
    attachment,
    idempotency,
    message,
    person,
    rating,
    response_target,
    ticket,
    ticket_event,
    ticket_link,
    ticket_relation,
    ticket_tag,
    used_proof,
)

_AT_A_TIME = 200


def personal_data(engine: Engine, files: AttachmentFolder) -> PersonalData:
    def erase_tickets(connection: Connection, ids: Sequence[int]) -> Cleanup:
        written = select(message.c.id).where(message.c.ticket_id.in_(ids))
        has = attachment.c.message_id.in_(written)
        hashes = connection.execute(select(attachment.c.sha256).distinct().where(has, attachment.c.purged_at == ""))
        unmentioned = hashes.scalars().all()
        persons = connection.execute(select(ticket.c.person_id).distinct().where(ticket.c.id.in_(ids))).scalars().all()
        connection.execute(delete(attachment).where(has))
        connection.execute(delete(ticket_relation).where(ticket_relation.c.other_id.in_(ids)))
        for table in (
            message, ticket_event, response_target, ticket_link, ticket_tag, ticket_relation, used_proof, rating,
            idempotency,
        ):  # fmt: skip
            connection.execute(delete(table).where(table.c.ticket_id.in_(ids)))
        connection.execute(delete(ticket).where(ticket.c.id.in_(ids)))
        has_others = exists().where(ticket.c.person_id == person.c.id)
        connection.execute(delete(person).where(person.c.id.in_([one for one in persons if one]), ~has_others))
        return lambda: _remove_files(engine, files, unmentioned)

    def export(connection: Connection, ids: Sequence[int], with_notes: bool) -> Export:
        tickets = (_exported(repository.load_ticket(connection, one), with_notes=with_notes) for one in ids)

        def of_files() -> Iterator[tuple[str, Path]]:
            for ticket_id in ids:
                one = repository.load_ticket(connection, ticket_id)
                for a in one.attachments:
                    try:
                        yield f"files/{one.reference}/{a.id}-{a.name.replace('/', '_')}", files.verified(a.sha256)
                    except OSError:  # gone, or damaged, which the log tells
                        continue

        return Export({"tickets": tickets}, of_files())

    def remove_attachments(engine: Engine, before: datetime, now: datetime) -> int:
        with engine.connect() as connection:
            found = select(attachment.c.id).where(_purgeable(before)).order_by(attachment.c.id)
            ids = connection.execute(found).scalars().all()
        for start in range(0, len(ids), _AT_A_TIME):
            part = ids[start : start + _AT_A_TIME]
            with writing(engine) as connection:
                rows = connection.execute(
                    select(attachment.c.sha256, message.c.ticket_id)
                    .join(message, message.c.id == attachment.c.message_id)
                    .where(attachment.c.id.in_(part))
                ).all()
                connection.execute(update(attachment).where(attachment.c.id.in_(part)).values(purged_at=iso(now)))
                for ticket_id in sorted({row.ticket_id for row in rows}):
                    repository.insert_event(connection, ticket_id, "files_purged", now)
            _remove_files(engine, files, {row.sha256 for row in rows})
        return len(ids)

    return PersonalData(
        tables=(
            person,
            ticket,
            message,
            attachment,
            ticket_event,
            idempotency,
            response_target,
            ticket_link,
            ticket_tag,
            ticket_relation,
            used_proof,
            rating,
        ),
        erase_tickets=erase_tickets,
        export=export,
        rules=(RetentionRule("attachments", _count_attachments, remove_attachments),),
    )


def _count_attachments(connection: Connection, before: datetime) -> int:
    counted = select(func.count()).select_from(attachment).where(_purgeable(before))
    return connection.execute(counted).scalar_one()


def _purgeable(before: datetime) -> ColumnElement[bool]:
    """Attachments that are still there, of tickets that were finished by then."""
    finished = (
        select(message.c.id)
        .join(ticket, ticket.c.id == message.c.ticket_id)
        .where(ticket.c.finished_at != "", ticket.c.finished_at <= iso(before))
    )
    return (attachment.c.purged_at == "") & attachment.c.message_id.in_(finished)


def _remove_files(engine: Engine, files: AttachmentFolder, hashes: Iterable[str]) -> None:
    for sha256 in hashes:
        with engine.connect() as connection:
            if not repository.mentions_file(connection, sha256):
                files.remove(sha256)


def _exported(one: Ticket, *, with_notes: bool) -> dict[str, Any]:
    """Export of one ticket as a dictionary: the pack, its events, its response targets."""
    data = pack(one)
    data["events"] = [{"kind": e.kind, "at": iso(e.at), **dict(e.detail)} for e in one.events]
    data["promises"] = [
        {
            "promised_at": iso(p.promised_at),
            "due_at": iso(p.due_at),
            "kept_at": iso(p.kept_at) if p.kept_at else None,
        }
        for p in one.response_targets
    ]
    if mails := [{"message": m.id, "text": m.whole} for m in one.messages if m.whole]:
        data["whole_mails"] = mails
    if one.rating:
        data["rating"] = {"score": one.rating.score, "comment": one.rating.comment}
    if with_notes:
        data["notes"] = [
            {"kind": n.kind.value, "text": n.text, "at": iso(n.created_at), "by": n.staff.name} for n in one.internal
        ]
    return data
