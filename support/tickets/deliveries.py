"""Deliveries as the desk and the commands show them: under the reference of their ticket, `-` for those of none."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from support.delivery import delivery_log, outbox
from support.delivery.delivery_log import Attempt
from support.tickets import repository
from support.tickets.models import OutboxRow, OutboxState


def stuck(engine: Engine, now: datetime, older_than: timedelta) -> tuple[tuple[str, OutboxRow], ...]:
    """(reference, row) of dead letters and of deliveries pending longer than `older_than` or held for more than a
    day."""
    with engine.connect() as connection:
        return _named(connection, outbox.stuck(connection, now, older_than))


def dead_letters(engine: Engine, limit: int = 200) -> tuple[tuple[str, OutboxRow], ...]:
    """(reference, delivery) of all dead letters, oldest first."""
    with engine.connect() as connection:
        return _named(connection, outbox.list_deliveries(connection, [OutboxState.DEAD], limit))


def attempts(
    engine: Engine, *, ticket_id: int | None = None, kind: str = "", failed: bool = False, limit: int = 100
) -> tuple[Attempt, ...]:
    """Delivery attempts, newest first."""
    with engine.connect() as connection:
        found = delivery_log.attempts(connection, ticket_id=ticket_id, kind=kind, failed=failed, limit=limit)
        references = repository.references(connection, {attempt.ticket_id for attempt in found})
    return tuple(replace(attempt, reference=references.get(attempt.ticket_id, "-")) for attempt in found)


def _named(connection: Connection, rows: Iterable[OutboxRow]) -> tuple[tuple[str, OutboxRow], ...]:
    found = list(rows)
    references = repository.references(connection, {row.ticket_id for row in found})
    return tuple((references.get(row.ticket_id, "-"), row) for row in found)
