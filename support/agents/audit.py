"""The audit log: every action of the staff, written in the transaction of the action itself."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, text

from core.timestamps import iso, moment
from support.agents.models import AuditEntry


def record(
    connection: Connection,
    login: str,
    action: str,
    now: datetime,
    *,
    reference: str = "",
    detail: Mapping[str, str] | None = None,
) -> None:
    """Note who did what. `detail` names things, never what customers or staff wrote."""
    connection.execute(
        text(
            "INSERT INTO desk_audit (at, login, action, reference, detail)"
            " VALUES (:at, :login, :action, :reference, :detail)"
        ),
        {
            "at": iso(now),
            "login": login,
            "action": action,
            "reference": reference,
            "detail": json.dumps(dict(detail or {}), ensure_ascii=False),
        },
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
    clauses = ["1 = 1"]
    for name, value in (("login", login), ("reference", reference), ("action", action)):
        if value:
            clauses.append(f"{name} = :{name}")
    if before:
        clauses.append("id < :before")
    rows = connection.execute(
        text(f"SELECT * FROM desk_audit WHERE {' AND '.join(clauses)} ORDER BY id DESC LIMIT :limit"),  # noqa: S608
        {"login": login, "reference": reference, "action": action, "before": before, "limit": limit},
    )
    return [(r.id, AuditEntry(moment(r.at), r.login, r.action, r.reference, json.loads(r.detail))) for r in rows]


def actions(connection: Connection) -> list[str]:
    """The kinds of actions there are, for the filter."""
    return list(connection.execute(text("SELECT DISTINCT action FROM desk_audit ORDER BY action")).scalars())
