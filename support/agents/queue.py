"""The queue: which tickets, in which order, and how many of each kind."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from core.timestamps import iso, moment
from support.agents import ticket_search
from support.tickets import repository
from support.tickets.models import Channel, Priority, Stage

PER_PAGE = 50
VIEWS = ("todo", "mine", "unassigned", "overdue", "waiting", "snoozed", "finished", "held", "rejected", "all")

_AWAKE = "t.snooze_until <= :now"
_OPEN = "t.quarantine = '' AND t.stage IN ('new', 'open')"
_VIEW = {
    "todo": f"{_OPEN} AND {_AWAKE}",
    "mine": f"t.quarantine = '' AND t.stage IN ('new', 'open', 'pending') AND {_AWAKE} AND t.assignee_id = :me",
    "unassigned": f"{_OPEN} AND {_AWAKE} AND t.assignee_id IS NULL",
    "overdue": "t.quarantine = '' AND t.stage IN ('new', 'open', 'pending') AND p.due_at < :now",
    "waiting": f"t.quarantine = '' AND t.stage = 'pending' AND {_AWAKE}",
    "snoozed": "t.quarantine = '' AND t.stage IN ('new', 'open', 'pending') AND t.snooze_until > :now",
    "finished": "t.quarantine = '' AND t.stage IN ('solved', 'closed')",
    "held": "t.quarantine <> '' AND t.stage NOT IN ('solved', 'closed')",
    "rejected": "t.quarantine <> '' AND t.stage IN ('solved', 'closed')",
    "all": "t.quarantine = ''",
}
_URGENCY = "CASE t.priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END"
_MESSAGES = "SELECT m.ticket_id, COUNT(*) AS n, MIN(m.id) AS first FROM message m"
_TICKETS = (
    "SELECT t.id, t.reference, t.subject, t.name, t.email, t.phone, t.stage, t.priority, t.team, t.lang,"
    " t.preferred_channel, t.quarantine, t.created_at, t.updated_at, t.snooze_until, u.name AS assignee,"
    " (SELECT MIN(p.due_at) FROM promise p WHERE p.ticket_id = t.id AND p.kept_at = '' AND p.replaced_at = '')"
    " AS due_at FROM ticket t LEFT JOIN desk_user u ON u.id = t.assignee_id"
)
_PROMISE = "LEFT JOIN promise p ON p.ticket_id = t.id AND p.kept_at = '' AND p.replaced_at = ''"


@dataclass(frozen=True)
class Filters:
    """What of the queue is shown; every empty one lets everything through. `me` is whose queue "mine" is."""

    me: int
    view: str = "todo"
    stage: str = ""
    team: str = ""
    assignee: str = ""
    lang: str = ""
    channel: str = ""
    priority: str = ""
    search: str = ""
    page: int = 1

    @classmethod
    def read(cls, values: Mapping[str, str], me: int) -> "Filters":
        """From an address; what makes no sense is ignored."""

        def one(name: str, allowed: object = None) -> str:
            value = values.get(name, "").strip()[:200]
            return value if allowed is None or value in set(allowed) else ""  # type: ignore[call-overload]

        search = one("q")
        page = values.get("page", "")
        return cls(
            me=me,
            view=one("view", VIEWS) or ("all" if search else "todo"),
            stage=one("stage", Stage),
            team=one("team"),
            assignee=one("assignee"),
            lang=one("lang_of_ticket"),
            channel=one("channel", Channel),
            priority=one("priority", Priority),
            search=search,
            page=min(10_000, int(page)) if page.isascii() and page.isdigit() and int(page) > 0 else 1,
        )

    def address(self, **changes: str | int) -> dict[str, str | int]:
        """The same as the query of an address, with changes."""
        other = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        values: dict[str, str | int] = {
            "view": other.view, "stage": other.stage, "team": other.team, "assignee": other.assignee,
            "lang_of_ticket": other.lang, "channel": other.channel, "priority": other.priority, "q": other.search,
            "page": other.page if other.page > 1 else "",
        }  # fmt: skip
        return {name: value for name, value in values.items() if value}

    @property
    def narrowed(self) -> bool:
        """Whether more than the view is chosen."""
        return any((self.stage, self.team, self.assignee, self.lang, self.channel, self.priority, self.search))


@dataclass(frozen=True)
class QueueRow:
    """A ticket as one line of the queue."""

    reference: str
    subject: str
    excerpt: str
    name: str
    email: str
    phone: str
    stage: Stage
    priority: Priority
    team: str
    assignee: str
    lang: str
    channel: Channel
    quarantine: str
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    snooze_until: datetime | None
    messages: int


def rows(engine: Engine, filters: Filters, now: datetime, per_page: int = PER_PAGE) -> tuple[list[QueueRow], bool]:
    """(one page of tickets, whether there are more). What the team has to do comes by urgency, then by what was
    promised; everything else by its last change."""
    where, values = _where(engine, filters, now)
    promised = filters.view in {"todo", "mine", "unassigned", "overdue"}
    order = f"{_URGENCY}, COALESCE(p.due_at, '9999'), t.id" if promised else "t.updated_at DESC, t.id DESC"
    join = _PROMISE if promised else ""
    statement = f"SELECT t.id FROM ticket t {join} {where} ORDER BY {order} LIMIT :limit OFFSET :skip"  # noqa: S608
    page = {"limit": per_page + 1, "skip": (filters.page - 1) * per_page}
    with engine.connect() as connection:
        ids = list(connection.execute(text(statement), {**values, **page}).scalars())
        found = _load(connection, ids[:per_page])
    return [found[ticket_id] for ticket_id in ids[:per_page] if ticket_id in found], len(ids) > per_page


def counts(engine: Engine, me: int, now: datetime) -> dict[str, int]:
    """How many tickets stand in the views a team works through."""
    views = ("todo", "mine", "unassigned", "waiting", "snoozed")
    sums = ", ".join(f"SUM(CASE WHEN {_VIEW[view]} THEN 1 ELSE 0 END) AS n_{view}" for view in views)
    overdue = f"SELECT COUNT(DISTINCT t.id) FROM promise p JOIN ticket t ON t.id = p.ticket_id WHERE p.kept_at = '' AND p.replaced_at = '' AND {_VIEW['overdue']}"  # noqa: S608, E501
    values = {"now": iso(now), "me": me}
    with engine.connect() as connection:
        row = connection.execute(
            text(f"SELECT {sums} FROM ticket t WHERE t.quarantine = '' AND t.stage IN ('new', 'open', 'pending')"),  # noqa: S608
            values,
        ).one()
        found = {view: int(getattr(row, f"n_{view}") or 0) for view in views}
        found["overdue"] = int(connection.execute(text(overdue), values).scalar_one())
        found["held"] = repository.quarantined(connection)[0]
    return found


def choices(engine: Engine) -> tuple[list[str], list[str]]:
    """(teams, languages) that tickets have, for the filters."""
    with engine.connect() as connection:
        teams = list(connection.execute(text("SELECT DISTINCT team FROM ticket ORDER BY team")).scalars())
        langs = list(connection.execute(text("SELECT DISTINCT lang FROM ticket ORDER BY lang")).scalars())
    return teams, langs


def _where(engine: Engine, filters: Filters, now: datetime) -> tuple[str, dict[str, Any]]:
    clauses = [_VIEW[filters.view]]
    values: dict[str, Any] = {"now": iso(now), "me": filters.me}
    for column in ("stage", "team", "lang", "priority"):
        if getattr(filters, column):
            clauses.append(f"t.{column} = :{column}")
            values[column] = getattr(filters, column)
    if filters.channel:
        clauses.append("t.preferred_channel = :channel")
        values["channel"] = filters.channel
    if filters.assignee == "none":
        clauses.append("t.assignee_id IS NULL")
    elif filters.assignee.isascii() and filters.assignee.isdigit():
        clauses.append("t.assignee_id = :assignee")
        values["assignee"] = int(filters.assignee[:15])
    join = ""
    if filters.search:
        ticket_search.catch_up(engine)
        found, words = ticket_search.conditions(filters.search)
        if found:
            join = "JOIN desk_text d ON d.ticket_id = t.id"
            clauses += found
            values |= words
    return f"{join} WHERE {' AND '.join(clauses)}", values


def _load(connection: Connection, ids: list[int]) -> dict[int, QueueRow]:
    if not ids:
        return {}
    names = {f"i{number}": ticket_id for number, ticket_id in enumerate(ids)}
    listed = ", ".join(f":{name}" for name in names)
    messages = {
        row.ticket_id: row
        for row in connection.execute(
            text(f"{_MESSAGES} WHERE m.ticket_id IN ({listed}) GROUP BY m.ticket_id"),
            names,
        )
    }
    firsts = {f"m{number}": row.first for number, row in enumerate(messages.values())}
    texts: dict[int, str] = {}
    if firsts:
        bound = ", ".join(f":{name}" for name in firsts)
        found = connection.execute(
            text(f"SELECT ticket_id, SUBSTR(text, 1, 200) AS start FROM message WHERE id IN ({bound})"),  # noqa: S608
            firsts,
        )
        texts = {row.ticket_id: row.start for row in found}
    tickets = connection.execute(text(f"{_TICKETS} WHERE t.id IN ({listed})"), names)
    return {
        row.id: _row(row, texts.get(row.id, ""), messages[row.id].n if row.id in messages else 0) for row in tickets
    }


def _row(row: Any, excerpt: str, messages: int) -> QueueRow:
    return QueueRow(
        reference=row.reference,
        subject=row.subject,
        excerpt=" ".join(excerpt.split()),
        name=row.name,
        email=row.email,
        phone=row.phone,
        stage=Stage(row.stage),
        priority=Priority(row.priority),
        team=row.team,
        assignee=row.assignee or "",
        lang=row.lang,
        channel=Channel(row.preferred_channel),
        quarantine=row.quarantine,
        created_at=moment(row.created_at),
        updated_at=moment(row.updated_at),
        due_at=moment(row.due_at) if row.due_at else None,
        snooze_until=moment(row.snooze_until) if row.snooze_until else None,
        messages=messages,
    )
