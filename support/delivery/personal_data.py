"""Erasing personal data in deliveries: outbox rows, and mails written to disk."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence

from sqlalchemy import Connection, delete, select

from core.database.personal_data import Cleanup, PersonalData, old_rows
from core.database.timestamps import iso
from core.email_addresses import email_key
from support.delivery.schema import circuit, delivery_attempt, outbox, recipient_mail, their_ticket
from support.tickets.models import Delivery

# Deletes mails that were written to disk instead of sent, by the `uid` of their delivery.
MailsRemoved = Callable[[Iterable[str]], Cleanup]


def personal_data(mails_removed: MailsRemoved) -> PersonalData:
    def erase_tickets(connection: Connection, ids: Sequence[int]) -> Cleanup:
        uids = set(connection.execute(select(outbox.c.uid).where(outbox.c.ticket_id.in_(ids))).scalars())
        tried = select(delivery_attempt.c.uid).where(delivery_attempt.c.ticket_id.in_(ids))
        uids |= set(connection.execute(tried).scalars())
        connection.execute(delete(delivery_attempt).where(delivery_attempt.c.ticket_id.in_(ids)))
        connection.execute(delete(outbox).where(outbox.c.ticket_id.in_(ids)))
        connection.execute(delete(their_ticket).where(their_ticket.c.ticket_id.in_(ids)))
        return mails_removed(uids)

    def erase_address(connection: Connection, address: str) -> Cleanup:
        told = select(outbox.c.uid, outbox.c.payload).where(outbox.c.kind == Delivery.CHANGED_MAIL.value)
        uids = {
            row.uid
            for row in connection.execute(told)
            if email_key(json.loads(row.payload or "{}").get("address", "")) == address
        }
        connection.execute(delete(delivery_attempt).where(delivery_attempt.c.uid.in_(uids)))
        connection.execute(delete(outbox).where(outbox.c.uid.in_(uids)))
        return mails_removed(uids)

    return PersonalData(
        tables=(outbox, delivery_attempt, their_ticket),
        harmless={
            circuit: "names of channels, and what the server of one answered",
            recipient_mail: "keyed hashes of addresses, for two hours",
        },
        erase_address=erase_address,
        erase_tickets=erase_tickets,
        rules=(old_rows("events", delivery_attempt, lambda before: delivery_attempt.c.at < iso(before)),),
    )


def erase_subscribers(connection: Connection, subscribers: Collection[int], mails_removed: MailsRemoved) -> Cleanup:
    """Remove mails to these subscribers of incidents. They belong to no ticket; the payload says whose they are."""
    of_no_ticket = select(outbox.c.uid, outbox.c.payload).where(outbox.c.ticket_id.is_(None), outbox.c.payload != "")
    uids = [
        row.uid for row in connection.execute(of_no_ticket) if json.loads(row.payload).get("subscriber") in subscribers
    ]
    connection.execute(delete(delivery_attempt).where(delivery_attempt.c.uid.in_(uids)))
    connection.execute(delete(outbox).where(outbox.c.uid.in_(uids)))
    return mails_removed(uids)
