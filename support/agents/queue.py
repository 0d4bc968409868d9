"""Queue of the desk: filtering, ordering and counting tickets."""

import json
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    func,
    not_,
    or_,
    select,
)

from core.database.timestamps import iso, moment
from core.numbers import whole_number
from support.agents import ticket_search
from support.agents.schema import desk_text, desk_user
from support.agents.similar import OpenTicket
from support.delivery import outbox
from support.tickets import repository
from support.tickets.models import Channel, Priority, Stage, first_line
from support.tickets.schema import message, response_target, ticket, ticket_tag

PER_PAGE = 50
SORTS = ("due", "oldest", "newest", "changed", "priority")
_LOOKED_AT = 500
VIEWS = (
    "todo",
    "mine",
    "unassigned",
    "overdue",
    "undelivered",
    "waiting",
    "snoozed",
    "finished",
    "held",
    "rejected",
    "all",
)

# The conditions below have the bind parameters `now` and `me`.
_NOT_HELD = ticket.c.quarantine == ""
_TO_DO = ticket.c.stage.in_([Stage.NEW.value, Stage.OPEN.value])
_UNFINISHED = ticket.c.stage.in_([Stage.NEW.value, Stage.OPEN.value, Stage.PENDING.value])
_FINISHED = ticket.c.stage.in_([Stage.SOLVED.value, Stage.CLOSED.value])
_AWAKE = ticket.c.snooze_until <= bindparam("now")
_VIEW: dict[str, ColumnElement[bool]] = {
    "todo": and_(_NOT_HELD, _TO_DO, _AWAKE),
    "mine": and_(_NOT_HELD, _UNFINISHED, _AWAKE, ticket.c.assignee_id == bindparam("me")),
    "unassigned": and_(_NOT_HELD, _TO_DO, _AWAKE, ticket.c.assignee_id.is_(None)),
    "overdue": and_(_NOT_HELD, _UNFINISHED, response_target.c.due_at < bindparam("now")),
    "undelivered": and_(_NOT_HELD, outbox.is_undelivered(ticket.c.id)),
    "waiting": and_(_NOT_HELD, ticket.c.stage == Stage.PENDING.value, _AWAKE),
    "snoozed": and_(_NOT_HELD, _UNFINISHED, ticket.c.snooze_until > bindparam("now")),
    "finished": and_(_NOT_HELD, _FINISHED),
    "held": and_(ticket.c.quarantine != "", not_(_FINISHED)),
    "rejected": and_(ticket.c.quarantine != "", _FINISHED),
    "all": _NOT_HELD,
}
_COUNTED = ("todo", "mine", "unassigned", "waiting", "snoozed")
_PROMISED = frozenset({"todo", "mine", "unassigned", "overdue"})
_URGENCY = case(
    {Priority.URGENT.value: 0, Priority.HIGH.value: 1, Priority.NORMAL.value: 2}, value=ticket.c.priority, else_=3
)
_OPEN_TARGET = and_(
    response_target.c.ticket_id == ticket.c.id, response_target.c.kept_at == "", response_target.c.replaced_at == ""
)
_DUE_AT = select(func.min(response_target.c.due_at)).where(_OPEN_TARGET).correlate(ticket).scalar_subquery()
_ORDERS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "oldest": (ticket.c.created_at, ticket.c.id),
    "newest": (ticket.c.created_at.desc(), ticket.c.id.desc()),
    "changed": (ticket.c.updated_at.desc(), ticket.c.id.desc()),
    "priority": (_URGENCY, ticket.c.created_at, ticket.c.id),
}
_COUNTS = select(*(func.sum(case((_VIEW[view], 1), else_=0)).label(view) for view in _COUNTED)).where(
    _NOT_HELD, _UNFINISHED
)
_OVERDUE = (
    select(func.count(ticket.c.id.distinct())).join_from(response_target, ticket, _OPEN_TARGET).where(_VIEW["overdue"])
)
_UNDELIVERED = select(func.count()).select_from(ticket).where(_VIEW["undelivered"])
# What a page shows of its tickets asks for their `ids`.
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_MESSAGES = (
    select(message.c.ticket_id, func.count().label("n"), func.min(message.c.id).label("first_id"))
    .where(message.c.ticket_id.in_(_IDS))
    .group_by(message.c.ticket_id)
)
_EXCERPTS = select(message.c.ticket_id, func.substr(message.c.text, 1, 200).label("start")).where(
    message.c.id.in_(_IDS)
)
_TAGS = (
    select(ticket_tag.c.ticket_id, ticket_tag.c.tag)
    .where(ticket_tag.c.ticket_id.in_(_IDS))
    .order_by(ticket_tag.c.ticket_id, ticket_tag.c.tag)
)
_TICKETS = (
    select(
        ticket.c.id,
        ticket.c.reference,
        ticket.c.subject,
        ticket.c.name,
        ticket.c.email,
        ticket.c.phone,
        ticket.c.stage,
        ticket.c.priority,
        ticket.c.team,
        ticket.c.lang,
        ticket.c.preferred_channel,
        ticket.c.quarantine,
        ticket.c.created_at,
        ticket.c.updated_at,
        ticket.c.snooze_until,
        ticket.c.incident,
        ticket.c.page_tags,
        desk_user.c.name.label("assignee"),
        _DUE_AT.label("due_at"),
    )
    .outerjoin_from(ticket, desk_user, desk_user.c.id == ticket.c.assignee_id)
    .where(ticket.c.id.in_(_IDS))
)


@dataclass(frozen=True)
class Filters:
    """Filters of the queue; an empty one matches everything. `me` is the user of the view "mine"."""

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
    tag: str = ""
    incident: str = ""
    sort: str = ""

    @classmethod
    def read(cls, values: Mapping[str, str], me: int) -> "Filters":
        """Parse from a query string; invalid values are ignored."""

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
            page=min(10_000, whole_number(page) or 1),
            tag=one("tag").casefold(),
            incident=one("incident"),
            sort=one("sort", SORTS),
        )

    def address(self, **changes: str | int) -> dict[str, str | int]:
        """The filters as a query string, with changes."""
        other = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        values: dict[str, str | int] = {
            "view": other.view, "stage": other.stage, "team": other.team, "assignee": other.assignee,
            "lang_of_ticket": other.lang, "channel": other.channel, "priority": other.priority, "q": other.search,
            "page": other.page if other.page > 1 else "", "tag": other.tag, "incident": other.incident,
            "sort": other.sort,
        }  # fmt: skip
        return {name: value for name, value in values.items() if value}

    @property
    def is_filtered(self) -> bool:
        """Whether any filter besides the view is set."""
        return bool(self.search) or self.is_narrowed

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is set besides the view and what is searched for."""
        return any(
            (self.stage, self.team, self.assignee, self.lang, self.channel, self.priority, self.tag, self.incident)
        )


@dataclass(frozen=True)
class QueueRow:
    """A ticket as one row of the queue."""

    reference: str
    subject: str
    excerpt: str
    first_line: str
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
    undelivered: bool
    tags: tuple[str, ...] = ()
    page_tags: tuple[str, ...] = ()
    incident: str = ""


def rows(engine: Engine, filters: Filters, now: datetime, per_page: int = PER_PAGE) -> tuple[list[QueueRow], bool]:
    """(one page of tickets, whether there are more). What the team has to do comes by urgency, then by what was
    promised; everything else by its last change."""
    page = _tickets_of(engine, filters).limit(per_page + 1).offset((filters.page - 1) * per_page)
    with engine.connect() as connection:
        ids = list(connection.execute(page, {"now": iso(now), "me": filters.me}).scalars())
        found = _load(connection, ids[:per_page])
    return [found[ticket_id] for ticket_id in ids[:per_page] if ticket_id in found], len(ids) > per_page


def all_rows(engine: Engine, filters: Filters, now: datetime, at_a_time: int = 500) -> Iterator[QueueRow]:
    """Every ticket of a view in order, a few in memory at a time: those that were in it when this began."""
    with engine.connect() as connection:
        found = connection.execute(_tickets_of(engine, filters), {"now": iso(now), "me": filters.me})
        ids = array("q", found.scalars())
    for start in range(0, len(ids), at_a_time):
        part = list(ids[start : start + at_a_time])
        # A connection for each part: whoever reads slowly must not hold one, or keep SQLite's log from being emptied.
        with engine.connect() as connection:
            loaded = _load(connection, part)
        yield from (loaded[ticket_id] for ticket_id in part if ticket_id in loaded)


def next_of(engine: Engine, filters: Filters, now: datetime, after: int) -> str | None:
    """The reference of the ticket to do after this one in a view: the next below it, else the first. Tickets of
    colleagues are passed over, unless that is what the filters ask for."""
    page = _tickets_of(engine, filters).limit(_LOOKED_AT)
    with engine.connect() as connection:
        ids = list(connection.execute(page, {"now": iso(now), "me": filters.me}).scalars())
        below = ids.index(after) + 1 if after in ids else 0
        candidates = [one for one in (*ids[below:], *ids[:below]) if one != after]
        free = select(ticket.c.id).where(
            ticket.c.id.in_(candidates), (ticket.c.assignee_id.is_(None)) | (ticket.c.assignee_id == filters.me)
        )
        if not filters.assignee:
            mine = set(connection.execute(free).scalars())
            candidates = [one for one in candidates if one in mine]
        return repository.references(connection, candidates[:1]).get(candidates[0]) if candidates else None


def open_tickets(engine: Engine, now: datetime, limit: int = 200) -> tuple[OpenTicket, ...]:
    """The newest tickets that wait for the team, with what their customers wrote first."""
    newest = (
        select(ticket.c.id, ticket.c.reference, ticket.c.subject, ticket.c.name, ticket.c.lang, ticket.c.assignee_id)
        .where(_VIEW["todo"])
        .order_by(ticket.c.id.desc())
        .limit(limit)
    )
    with engine.connect() as connection:
        found = connection.execute(newest, {"now": iso(now)}).all()
        ids = [row.id for row in found]
        texts = repository.first_words(connection, ids, 600)
        last = (
            select(message.c.ticket_id, func.max(message.c.id).label("id"))
            .where(message.c.ticket_id.in_(ids), message.c.visibility == "public")
            .group_by(message.c.ticket_id)
        )
        seen = {row.ticket_id: row.id for row in connection.execute(last)}
    return tuple(
        OpenTicket(
            row.id, row.reference, row.subject, texts.get(row.id, ""), row.name, row.lang, row.assignee_id,
            seen.get(row.id, 0),
        )
        for row in found
    )  # fmt: skip


def counts(engine: Engine, me: int, now: datetime) -> dict[str, int]:
    """Number of tickets in each view a team works through."""
    values = {"now": iso(now), "me": me}
    with engine.connect() as connection:
        row = connection.execute(_COUNTS, values).one()
        found = {view: int(getattr(row, view) or 0) for view in _COUNTED}
        found["overdue"] = int(connection.execute(_OVERDUE, values).scalar_one())
        found["undelivered"] = int(connection.execute(_UNDELIVERED).scalar_one())
        found["held"] = repository.quarantined(connection)[0]
    return found


def choices(engine: Engine) -> tuple[list[str], list[str]]:
    """(teams, languages) of all tickets: the choices of the filters."""
    with engine.connect() as connection:
        teams = list(connection.execute(select(ticket.c.team).distinct().order_by(ticket.c.team)).scalars())
        langs = list(connection.execute(select(ticket.c.lang).distinct().order_by(ticket.c.lang)).scalars())
    return teams, langs


def _tickets_of(engine: Engine, filters: Filters) -> Select[int]:
    """The ids of the tickets in a view, narrowed and in order."""
    tables: FromClause = ticket
    conditions = [_VIEW[filters.view]]
    for column, wanted in (
        (ticket.c.stage, filters.stage),
        (ticket.c.team, filters.team),
        (ticket.c.lang, filters.lang),
        (ticket.c.priority, filters.priority),
        (ticket.c.preferred_channel, filters.channel),
    ):
        if wanted:
            conditions.append(column == wanted)
    if filters.assignee == "none":
        conditions.append(ticket.c.assignee_id.is_(None))
    elif (assignee := whole_number(filters.assignee)) is not None:
        conditions.append(ticket.c.assignee_id == assignee)
    if filters.tag:
        # The team's own, and those the page said: they are stored as JSON, and with the case they came in.
        own = ticket.c.id.in_(select(ticket_tag.c.ticket_id).where(ticket_tag.c.tag == filters.tag))
        said = func.lower(ticket.c.page_tags).contains(json.dumps(filters.tag, ensure_ascii=False), autoescape=True)
        conditions.append(or_(own, said))
    if filters.incident:
        conditions.append(ticket.c.incident == filters.incident)
    order: tuple[ColumnElement[Any], ...] = (ticket.c.updated_at.desc(), ticket.c.id.desc())
    if filters.sort in _ORDERS and filters.sort != "due":
        order = _ORDERS[filters.sort]
        if filters.view == "overdue":
            tables = tables.outerjoin(response_target, _OPEN_TARGET)
    elif filters.sort == "due":
        tables = tables.outerjoin(response_target, _OPEN_TARGET)
        # What is urgent and waits for an answer is due at once, whatever was promised.
        waits = and_(ticket.c.priority == Priority.URGENT.value, response_target.c.due_at.is_not(None))
        order = (case((waits, ""), else_=func.coalesce(response_target.c.due_at, "9999")), ticket.c.id)
    elif filters.view in _PROMISED:
        tables = tables.outerjoin(response_target, _OPEN_TARGET)
        order = (_URGENCY, func.coalesce(response_target.c.due_at, "9999"), ticket.c.id)
    if filters.search:
        ticket_search.catch_up(engine)
        words = ticket_search.conditions(engine, filters.search)
        if words:
            tables = tables.join(desk_text, desk_text.c.ticket_id == ticket.c.id)
            conditions += words
    return select(ticket.c.id).select_from(tables).where(*conditions).order_by(*order)


def _load(connection: Connection, ids: list[int]) -> dict[int, QueueRow]:
    if not ids:
        return {}
    messages = {row.ticket_id: row for row in connection.execute(_MESSAGES, {"ids": ids}).all()}
    first_ids = [row.first_id for row in messages.values()]
    undelivered = outbox.undelivered(connection, ids)
    texts = {row.ticket_id: row.start for row in connection.execute(_EXCERPTS, {"ids": first_ids}).all()}
    tickets = connection.execute(_TICKETS, {"ids": ids}).all()
    tags: dict[int, list[str]] = {}
    for tagged in connection.execute(_TAGS, {"ids": ids}):
        tags.setdefault(tagged.ticket_id, []).append(tagged.tag)
    return {
        row.id: _row(
            row,
            texts.get(row.id, ""),
            messages[row.id].n if row.id in messages else 0,
            row.id in undelivered,
            tuple(tags.get(row.id, ())),
        )
        for row in tickets
    }


def _row(row: Any, excerpt: str, messages: int, undelivered: bool, tags: tuple[str, ...]) -> QueueRow:
    return QueueRow(
        reference=row.reference,
        subject=row.subject,
        excerpt=" ".join(excerpt.split()),
        first_line=first_line(excerpt),
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
        undelivered=undelivered,
        tags=tags,
        page_tags=tuple(tag for tag in json.loads(row.page_tags) if tag.casefold() not in tags),
        incident=row.incident,
    )
