"""Personal data of the desk: presence, the search index of tickets, sign-in attempts, the audit log.

The audit log keeps who did what and when. References, and names of files and drafts, are erased with the ticket. Only
the entry of a deleted held ticket keeps its reference: no agent can delete anything without an entry that says so.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, exists, update

from core.database.personal_data import PersonalData
from support.agents import ticket_search
from support.agents.schema import (
    desk_attempts,
    desk_audit,
    desk_canned,
    desk_presence,
    desk_recovery_code,
    desk_session,
    desk_text,
    desk_user,
    desk_view,
)
from support.tickets import repository

_STAFF = "of staff; an administrator removes the account"


def _erase_tickets(connection: Connection, ids: Sequence[int]) -> None:
    references = list(repository.references(connection, ids).values())
    connection.execute(
        update(desk_audit)
        .where(desk_audit.c.reference.in_(references), desk_audit.c.action != "deleted")
        .values(reference="", detail="{}")
    )
    ticket_search.forget(connection, ids)
    connection.execute(delete(desk_presence).where(desk_presence.c.ticket_id.in_(ids)))


def _erase_address(connection: Connection, address: str) -> None:
    # A customer who tried to sign in at the desk by mistake; actions of agents stay under their name.
    of_staff = exists().where(desk_user.c.login == address)
    connection.execute(update(desk_audit).where(desk_audit.c.login == address, ~of_staff).values(login=""))


PERSONAL_DATA = PersonalData(
    tables=(desk_audit, desk_text, desk_presence),
    harmless={
        desk_user: _STAFF,
        desk_session: _STAFF,
        desk_recovery_code: _STAFF,
        desk_attempts: "keyed hashes, until they run out",
        desk_canned: "answers the team prepared for anybody",
        desk_view: _STAFF,
    },
    erase_tickets=_erase_tickets,
    erase_address=_erase_address,
)
