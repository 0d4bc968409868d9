"""SQL of changes that wait for their time: which suggestion becomes an article's text, and when."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.database.timestamps import iso, moment
from kb.authoring.models import Kind
from kb.authoring.schema import article_plan, article_text

_C, _T = article_plan.c, article_text.c
WAITS, DONE, CANCELLED, HELD = "", "done", "cancelled", "held"


@dataclass(frozen=True)
class Plan:
    """`due` is the operator's wall clock, as 2027-01-31T09:00. `state` is WAITS or HELD, then with the reason in
    `code`, until it is over."""

    id: int
    path: str
    version: int
    due: str
    at: datetime
    login: str
    reason: str
    weight: str
    state: str
    code: str

    @property
    def day(self) -> date:
        return date.fromisoformat(self.due[:10])

    @property
    def held(self) -> bool:
        return self.state == HELD


def add(
    connection: Connection, path: str, version: int, due: str, login: str, reason: str, weight: str, now: datetime
) -> int:
    new = insert(article_plan).values(
        path=path, version=version, due=due, at=iso(now), login=login, reason=reason, weight=weight
    )
    return int(connection.execute(new.returning(_C.id)).scalar_one())


def open_ones(connection: Connection, path: str = "") -> list[Plan]:
    """Those that are not over, the next one first: of one article, or all. A suggestion that somebody took up or
    declined meanwhile is over."""
    open_one = (_C.state.in_((WAITS, HELD)), _T.kind == Kind.SUGGESTED.value, _T.settled == "")
    query = select(article_plan).join(article_text, _T.id == _C.version).where(*open_one)
    if path:
        query = query.where(_C.path == path)
    return [_plan(row) for row in connection.execute(query.order_by(_C.due, _C.id))]


def end(connection: Connection, number: int, state: str, now: datetime, code: str = "") -> bool:
    """Note what became of one that is open; whether it was, and was not so already."""
    before = (WAITS,) if state == HELD else (WAITS, HELD)
    change = update(article_plan).where(_C.id == number, _C.state.in_(before))
    return connection.execute(change.values(state=state, code=code, ended_at=iso(now))).rowcount > 0


def move(connection: Connection, old: str, new: str) -> None:
    connection.execute(update(article_plan).where(_C.path == old).values(path=new))


def _plan(row: Any) -> Plan:
    return Plan(
        row.id, row.path, row.version, row.due, moment(row.at), row.login, row.reason, row.weight, row.state, row.code
    )
