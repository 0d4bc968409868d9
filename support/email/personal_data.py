"""Personal data of mail: rows and spooled files of what came in, and what was written to disk instead of sent."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, delete, func, select

from core.database.personal_data import Cleanup, PersonalData
from core.object_store import Bucket
from support.email.inbound.spool import SpoolFolder
from support.email.schema import inbound_mail, reply_address
from support.email.smtp import FolderTransport


def personal_data(data_dir: Path, bucket: Bucket | None = None) -> PersonalData:
    folder = SpoolFolder(data_dir / "inbound", bucket)

    def erase(connection: Connection, which: ColumnElement[bool]) -> Cleanup:
        names = connection.execute(select(inbound_mail.c.file).where(which, inbound_mail.c.file != "")).scalars().all()
        connection.execute(delete(inbound_mail).where(which))
        return lambda: _remove(folder, names)

    def erase_tickets(connection: Connection, ids: Sequence[int]) -> Cleanup:
        connection.execute(delete(reply_address).where(reply_address.c.ticket_id.in_(ids)))
        return erase(connection, inbound_mail.c.ticket_id.in_(ids))

    def erase_address(connection: Connection, address: str) -> Cleanup:
        return erase(connection, inbound_mail.c.sender == address)

    return PersonalData(
        tables=(inbound_mail, reply_address),
        erase_tickets=erase_tickets,
        erase_address=erase_address,
        count_address=_count_address,
    )


def _count_address(connection: Connection, address: str) -> int:
    counted = select(func.count()).select_from(inbound_mail).where(inbound_mail.c.sender == address)
    return connection.execute(counted).scalar_one()


def mails_removed(data_dir: Path, uids: Iterable[str]) -> Cleanup:
    """Deletes mails that were written to disk instead of sent, by the `uid` of their delivery."""
    folder = FolderTransport(data_dir / "mail")

    def remove() -> None:
        for uid in uids:
            folder.path(uid).unlink(missing_ok=True)

    return remove


def _remove(folder: SpoolFolder, names: Iterable[str]) -> None:
    for name in names:
        folder.remove(name)
