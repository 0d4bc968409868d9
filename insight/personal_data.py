"""What visitors told us, where somebody may have written of themselves: comments on articles, and reports of pages.

A vote itself names nobody and stays.
"""

from sqlalchemy import Connection, delete, func, update

from core.database.personal_data import PersonalData, old_rows
from insight.schema import client_event, feedback


def _erase_address(connection: Connection, address: str) -> None:
    connection.execute(
        update(feedback).where(func.lower(feedback.c.comment).contains(address, autoescape=True)).values(comment="")
    )
    connection.execute(delete(client_event).where(func.lower(client_event.c.data).contains(address, autoescape=True)))


PERSONAL_DATA = PersonalData(
    tables=(feedback, client_event),
    erase_address=_erase_address,
    rules=(
        old_rows(
            "events",
            feedback,
            lambda before: (feedback.c.created_at < before.isoformat()) & (feedback.c.comment != ""),
            {"comment": ""},
        ),
        old_rows("events", client_event, lambda before: client_event.c.created_at < before.isoformat()),
    ),
)
