"""At most so many mails an hour to one mailbox, whichever way they were asked for (setting `mails_per_hour`).

Anybody may type anybody's address: into a form, the API, the widget, a mail, a subscription. What is over waits in the
outbox, is listed by `flask tickets stuck` and counted in /readyz, and is sent when there is room again; nothing is
dropped. The count is kept by mailbox and not by ticket, since who made a ticket can have it erased.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from core.database.timestamps import iso, moment
from core.database.upsert import insert_for
from core.email_addresses import mailbox_key
from support.delivery.schema import recipient_mail
from support.tickets.models import Delivery

WINDOW = timedelta(hours=1)
KEPT = 2 * WINDOW
# Not among them: mails to the team, which asked for all of them; answers, which a person of the team wrote; and news
# of an incident, which the recipient asked for and confirmed.
LIMITED = frozenset(
    {
        Delivery.ACKNOWLEDGEMENT,
        Delivery.LINK_MAIL,
        Delivery.PRIVACY_MAIL,
        Delivery.TARGET_RENEWED_MAIL,
        Delivery.STATUS_MAIL,
        Delivery.CHECK_IN_MAIL,
        Delivery.CHANGED_MAIL,
        Delivery.INCIDENT_CONFIRM,
    }
)


def recipient_of(address: str, key: bytes) -> str:
    """How a mailbox is counted: a keyed hash, so that no list of addresses lies about."""
    return hmac.new(key, b"recipient\n" + mailbox_key(address).encode(), hashlib.sha256).hexdigest()


def admit(connection: Connection, uid: str, recipient: str, most: int, now: datetime) -> datetime | None:
    """None when this mail may go now, which counts it; else when there will be room for it. The same mail tried again
    counts once."""
    if connection.dialect.name == "postgresql":  # or two workers would both count the same
        connection.execute(select(func.pg_advisory_xact_lock(int(recipient[:15], 16))))
    since = iso(now - WINDOW)
    others = (
        select(recipient_mail.c.at)
        # What a clock of before wrote for later than now does not count: nothing waits for a wrong clock.
        .where(recipient_mail.c.recipient == recipient, recipient_mail.c.uid != uid)
        .where(recipient_mail.c.at > since, recipient_mail.c.at <= iso(now + WINDOW))
        .order_by(recipient_mail.c.at.desc())
        .limit(most)
    )
    found = connection.execute(others).scalars().all()
    if len(found) >= most:
        return moment(found[-1]) + WINDOW
    new = insert_for(connection, recipient_mail).values(uid=uid, recipient=recipient, at=iso(now))
    connection.execute(new.on_conflict_do_update(index_elements=["uid"], set_={"at": iso(now)}))
    return None


def forget(connection: Connection, now: datetime) -> int:
    """Delete what no longer counts."""
    return connection.execute(delete(recipient_mail).where(recipient_mail.c.at < iso(now - KEPT))).rowcount
