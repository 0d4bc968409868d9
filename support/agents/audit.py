"""Audit log: every action of agents, written in the transaction of the action itself."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select

from core.database.timestamps import iso, moment
from support.agents.models import AuditEntry
from support.agents.schema import desk_audit


def record(
    connection: Connection,
    login: str,
    action: str,
    now: datetime,
    *,
    reference: str = "",
    detail: Mapping[str, str] | None = None,
) -> None:
    """Log an action. `detail` names things, never what customers or agents wrote."""
    connection.execute(
        insert(desk_audit).values(
            at=iso(now),
            login=login,
            action=action,
            reference=reference,
            detail=json.dumps(dict(detail or {}), ensure_ascii=False),
        )
    )


def entries(
    connection: Connection,
    *,
    login: str = "",
    reference: str = "",
    action: str = "",
    before: int = 0,
    limit: int = 100,
) -> list[tuple[int, AuditEntry]]:
    """(id, entry), newest first; `before` is the last id of the page before."""
    newest = select(
        desk_audit.c.id,
        desk_audit.c.at,
        desk_audit.c.login,
        desk_audit.c.action,
        desk_audit.c.reference,
        desk_audit.c.detail,
    )
    newest = newest.order_by(desk_audit.c.id.desc()).limit(limit)
    if login:
        newest = newest.where(desk_audit.c.login == login)
    if reference:
        newest = newest.where(desk_audit.c.reference == reference)
    if action:
        newest = newest.where(desk_audit.c.action == action)
    if before:
        newest = newest.where(desk_audit.c.id < before)
    rows = connection.execute(newest)
    return [(r.id, AuditEntry(moment(r.at), r.login, r.action, r.reference, json.loads(r.detail))) for r in rows]


def actions(connection: Connection) -> list[str]:
    """The kinds of actions there are, for the filter."""
    return list(connection.execute(select(desk_audit.c.action).distinct().order_by(desk_audit.c.action)).scalars())
