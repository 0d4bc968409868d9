"""What visitors told us, where somebody may have written of themselves: comments on articles, and reports of pages.

A vote itself names nobody and stays.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, select, update

from core.database import writing
from core.personal_data import PersonalData, RetentionRule
from insight.schema import client_event, feedback


def _erase_address(connection: Connection, address: str) -> None:
    connection.execute(
        update(feedback).where(func.lower(feedback.c.comment).contains(address, autoescape=True)).values(comment="")
    )
    connection.execute(delete(client_event).where(func.lower(client_event.c.data).contains(address, autoescape=True)))


def _count_comments(connection: Connection, before: datetime) -> int:
    counted = select(func.count()).select_from(feedback)
    return connection.execute(counted.where(*_old_comments(before))).scalar_one()


def _remove_comments(engine: Engine, before: datetime, _now: datetime) -> int:
    with writing(engine) as connection:
        return connection.execute(update(feedback).where(*_old_comments(before)).values(comment="")).rowcount


def _old_comments(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (feedback.c.created_at < before.isoformat(), feedback.c.comment != "")


def _count_events(connection: Connection, before: datetime) -> int:
    counted = select(func.count()).select_from(client_event)
    return connection.execute(counted.where(client_event.c.created_at < before.isoformat())).scalar_one()


def _remove_events(engine: Engine, before: datetime, _now: datetime) -> int:
    with writing(engine) as connection:
        return connection.execute(delete(client_event).where(client_event.c.created_at < before.isoformat())).rowcount


PERSONAL_DATA = PersonalData(
    tables=(feedback, client_event),
    erase_address=_erase_address,
    rules=(
        RetentionRule("events", _count_comments, _remove_comments),
        RetentionRule("events", _count_events, _remove_events),
    ),
)
