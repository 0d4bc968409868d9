"""The events behind a figure: exactly those, or the visits, that it counts.

The database finds what may be meant; what only a whole visit tells (that a result was opened, which vote was the last)
is asked of the counting itself (insight/counting.py), so that a page cannot say something else than the number.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, func, or_, select, true

from core.database.timestamps import iso
from insight.counting import STAGES, evened, figures_of
from insight.events import Event
from insight.ledger import event_of_row
from insight.outcomes import Outcome, Step
from insight.report import NONE, Filters
from insight.schema import event, visit
from insight.visit_reader import EarlierSearches, alone_on, steps_of, visits_of

EVENTS_SHOWN = 100
# Of what can only be told by reading: how many events are read for a page at most, before it says that there are more.
_READ_AT_A_TIME, _READ_MOST = 500, 20_000
_VOTE, _READ = ("vote",), ("article_read",)
# The figures of insight_day that a whole visit tells, each with the events that may count for it. Their key begins with
# an article, but that of tickets, which is the way they came.
FIGURES: Mapping[str, tuple[str, ...]] = {
    "read": _READ, "failed_after": _READ, "next": _READ, "helpful": _VOTE, "unhelpful": _VOTE, "reason": _VOTE,
    "solved": ("suggestion_solved",), "ticket": ("ticket_sent",), "ticket_searched": ("ticket_sent",),
}  # fmt: skip
_OF_TICKETS = frozenset({"ticket", "ticket_searched"})


@dataclass(frozen=True)
class EventFilter:
    """Which events: '' is all. `after` is where the page before ended. `name` may be several, with commas; `hour` is a
    day of the week and an hour (UTC), as "0 09"; `words` are a query with case and spaces evened out.

    `figure` is one of FIGURES, `key` what is counted there, NONE for ''. With `outcome` or `stage` (of STAGES, or
    "visits"), visits that count; `stage` of those that got there. `topic` is one of insight/topics, `question` with
    `question_lang` one of its questions: insight/topics/behind.py reads these. The flags (`1`): only searches without a
    click, without results, what was followed by a contact, visits whose contact came late; and those that are still
    pending, too.
    """

    name: str = ""
    verdict: str = ""
    query: str = ""
    slug: str = ""
    article_lang: str = ""
    visit: str = ""
    outcome: str = ""
    stage: str = ""
    figure: str = ""
    key: str = ""
    topic: str = ""
    question: str = ""
    question_lang: str = ""
    words: str = ""
    reason: str = ""
    channel: str = ""
    via: str = ""
    helpful: str = ""
    score: str = ""
    hour: str = ""
    no_click: str = ""
    no_results: str = ""
    failed: str = ""
    late: str = ""
    open_too: str = ""
    after: str = ""

    @property
    def of_visits(self) -> bool:
        """Whether a row stands for a visit."""
        return bool(self.outcome or self.stage)


def events_of(engine: Engine, filters: Filters, wanted: EventFilter, now: datetime) -> tuple[list[Event], str]:
    """As `events`."""
    with engine.connect() as connection:
        return events(connection, filters, wanted, now)


def events(connection: Connection, filters: Filters, wanted: EventFilter, now: datetime) -> tuple[list[Event], str]:
    """The newest events of a time and part, and where the next page goes on ('' at the end).

    With an outcome, the first event of each visit that ended so; with a stage, the event by which it got there.
    """
    if wanted.of_visits:
        return _of_visits(connection, filters, wanted, now)
    condition = and_(*_events_of(filters, wanted))
    found: list[Event] = []
    after, read, step = wanted.after, 0, _read_at_a_time(wanted)
    while True:
        rows = connection.execute(
            select(event)
            .where(condition, _before(after))
            .order_by(event.c.at.desc(), event.c.seq.desc())
            .limit(step + 1)
        ).all()
        more = len(rows) > step
        some = rows[:-1] if more else rows
        unfit = _unfit(connection, some, wanted)
        for row in some:
            after = f"{row.at} {row.seq}"
            if row.id in unfit:
                continue
            found.append(event_of_row(row))
            if len(found) == EVENTS_SHOWN:
                return found, after if row is not rows[-1] else ""
        read += len(some)
        if not more:
            return found, ""
        if read >= _READ_MOST:
            return found, after


def _read_at_a_time(wanted: EventFilter) -> int:
    """More than are shown, where only some of those read are wanted; of a figure most are."""
    if wanted.words or wanted.no_click:
        return _READ_AT_A_TIME
    return EVENTS_SHOWN + EVENTS_SHOWN // 2 if wanted.figure else EVENTS_SHOWN


def _unfit(connection: Connection, rows: Sequence[Row[Any]], wanted: EventFilter) -> set[str]:
    """The ids of those that are not wanted, which is known once they are read."""
    unfit = {row.id for row in rows if not _says(json.loads(row.data), wanted)}
    if wanted.words:
        unfit |= {row.id for row in rows if evened(row.query) != wanted.words}
    rest = [row for row in rows if row.id not in unfit]
    if wanted.figure in FIGURES or wanted.no_click:
        of = _figures(connection, rest, tickets=wanted.figure in _OF_TICKETS)
        for row in rest:
            if not _is_counted(of.get(row.id, frozenset()), wanted):
                unfit.add(row.id)
    return unfit


def _is_counted(figures: set[tuple[str, str]] | frozenset[tuple[str, str]], wanted: EventFilter) -> bool:
    if wanted.no_click and all(name != "no_click" for name, _key in figures):
        return False
    if wanted.figure not in FIGURES:
        return True
    if not wanted.key:
        return any(name == wanted.figure for name, _key in figures)
    return (wanted.figure, "" if wanted.key == NONE else wanted.key) in figures


def _figures(connection: Connection, rows: Sequence[Row[Any]], *, tickets: bool) -> Mapping[str, set[tuple[str, str]]]:
    """Which figures count these events."""
    if tickets:
        sent = steps_of(connection, [row.id for row in rows])
        return figures_of((), {}, sent, EarlierSearches(connection, sent, {}).before)
    alone: dict[str, list[Step]] = defaultdict(list)
    for step in steps_of(connection, [row.id for row in rows if not row.visit]):
        alone[step.at[:10]].append(step)
    for day, steps in alone.items():
        if any(step.name == "search" for step in steps):
            steps += alone_on(connection, day, "result_opened")
    whole = visits_of(connection, sorted({row.visit for row in rows} - {""}))
    return figures_of(whole, alone, (), lambda _step: False)


def _of_visits(connection: Connection, filters: Filters, wanted: EventFilter, now: datetime) -> tuple[list[Event], str]:
    """Found by the visits: of a million events, hardly any is the first of one. A page goes on after a visit."""
    condition = and_(*_visits_of(filters, wanted, now))
    part = _events_of(filters.of_time(), wanted)
    found: list[Event] = []
    after, read = wanted.after, 0
    while True:
        at, _space, id = after.partition(" ")
        earlier = (visit.c.started_at < at) | ((visit.c.started_at == at) & (visit.c.visit < id)) if after else true()
        starts = connection.execute(
            select(visit.c.visit, visit.c.started_at, visit.c.ended_at)
            .where(condition, earlier)
            .order_by(visit.c.day.desc(), visit.c.started_at.desc(), visit.c.visit.desc())
            .limit(EVENTS_SHOWN + 1)
        ).all()
        page = starts[:EVENTS_SHOWN]
        rows = _rows_of_visits(connection, page, wanted.stage, part) if page else []
        unfit = _unfit(connection, rows, wanted)
        first: dict[str, list[Row[Any]]] = defaultdict(list)
        for row in rows:
            if row.id not in unfit:
                first[row.visit].append(row)
        for one in page:
            own = (row for row in first[one.visit] if one.started_at <= row.at <= one.ended_at)
            if (begun := next(own, None)) is not None:
                found.append(event_of_row(begun))
        read += len(page)
        if len(starts) <= EVENTS_SHOWN:
            return found, ""
        after = f"{page[-1].started_at} {page[-1].visit}"
        if len(found) >= EVENTS_SHOWN or read >= _READ_MOST:
            return found, after


def _rows_of_visits(
    connection: Connection, page: Sequence[Any], stage: str, part: Sequence[ColumnElement[bool]]
) -> Sequence[Row[Any]]:
    """The events by which these visits got to a stage; without one, those with which they began."""
    which: list[ColumnElement[bool]] = [event.c.visit.in_([one.visit for one in page])]
    if stage in STAGES:
        which.append(event.c.name.in_(sorted(STAGES[stage])))
    else:
        which += [event.c.at.in_([one.started_at for one in page]), *part]
    return connection.execute(select(event).where(*which).order_by(event.c.at, event.c.seq)).all()


def _events_of(filters: Filters, wanted: EventFilter) -> list[ColumnElement[bool]]:
    parts: list[ColumnElement[bool]] = [
        event.c.at >= filters.first.isoformat(), event.c.at < (filters.last + timedelta(days=1)).isoformat()
    ]  # fmt: skip
    parts += [event.c[name] == value for name, value in filters.chosen().items()]
    if filters.category:
        parts.append(event.c.category == filters.category)
    if wanted.name:
        parts.append(event.c.name.in_(wanted.name.split(",")))
    if wanted.visit:
        parts.append(event.c.visit == wanted.visit)
    if wanted.query:
        parts.append(func.lower(event.c.query).contains(wanted.query.lower(), autoescape=True))
    if wanted.words and (word := plain_word(wanted.words)):
        parts.append(func.lower(event.c.query).contains(word, autoescape=True))
    for name, values in _told(wanted).items():
        of_data = (f"{json.dumps(name)}:{json.dumps(value, ensure_ascii=False)}" for value in values)
        parts.append(or_(*(event.c.data.contains(one, autoescape=True) for one in of_data)))
    if wanted.no_results:
        parts.append(~event.c.data.contains('"results":[[', autoescape=True))
    around = (visit.c.started_at <= event.c.at) & (visit.c.ended_at >= event.c.at)
    if wanted.figure in FIGURES:
        parts.append(event.c.name.in_(FIGURES[wanted.figure]))
        if wanted.key and wanted.figure not in _OF_TICKETS:
            slug = wanted.key.partition(" ")[0].partition("/")[2]
            parts.append(event.c.data.contains(f'"slug":{json.dumps(slug, ensure_ascii=False)[:-1]}', autoescape=True))
        # Of what the rest is told by reading whole visits, as little as can be known before.
        if wanted.figure in {"helpful", "unhelpful"}:
            helpful = f'"helpful":{json.dumps(wanted.figure == "helpful")}'
            parts.append(event.c.data.contains(helpful, autoescape=True))
        if wanted.figure == "failed_after":
            contacted_then = (visit.c.visit == event.c.visit) & around & (visit.c.contacted_at != "")
            parts.append(select(visit.c.visit).where(contacted_then).exists())
    if wanted.failed:
        # A search of a visit that failed; an article after which somebody got in touch.
        searched = (visit.c.counts == 1) & (visit.c.outcome == Outcome.FAILED.value)
        contacted = searched if wanted.name == "search" else visit.c.contacted_at != ""
        parts.append(select(visit.c.visit).where(visit.c.visit == event.c.visit, around, contacted).exists())
    if wanted.hour:
        parts += _of_hour(filters, wanted.hour)
    return parts


def _told(wanted: EventFilter) -> dict[str, list[Any]]:
    """What the data of an event is to say: of each of its values, what it may be."""
    texts = {"verdict": wanted.verdict, "slug": wanted.slug, "lang": wanted.article_lang, "reason": wanted.reason,
             "channel": wanted.channel, "via": wanted.via}  # fmt: skip
    told: dict[str, list[Any]] = {name: [value] for name, value in texts.items() if value}
    if wanted.helpful:
        told["helpful"] = [wanted.helpful == "yes"]
    if wanted.score:
        told["score"] = [int(wanted.score) if wanted.score.isascii() and wanted.score.isdigit() else wanted.score[:20]]
    return told


def _says(data: Mapping[str, Any], wanted: EventFilter) -> bool:
    """The same, told exactly: the database takes capital letters for small ones, and 10 for what begins with 1."""
    return all(data.get(name) in values for name, values in _told(wanted).items())


def _visits_of(filters: Filters, wanted: EventFilter, now: datetime) -> list[ColumnElement[bool]]:
    """Visits that count, and ended as it is wanted."""
    parts = [visit.c.day >= filters.first.isoformat(), visit.c.day <= filters.last.isoformat(), visit.c.counts == 1]
    parts += [visit.c[name] == value for name, value in filters.chosen().items()]
    if filters.category:
        parts.append((" " + visit.c.categories + " ").contains(f" {filters.category} ", autoescape=True))
    open_now = (visit.c.settles_at > iso(now)) & (visit.c.outcome != Outcome.FAILED.value)
    if wanted.outcome == "pending":
        parts.append(open_now)
    elif wanted.outcome not in {"", "any"}:
        parts.append(visit.c.outcome == wanted.outcome)
        if not wanted.open_too:
            parts.append(~open_now)
    if wanted.late:
        parts.append(visit.c.at_end.in_([Outcome.CONFIRMED.value, Outcome.PROBABLE.value]))
    if wanted.stage in STAGES:
        within = (event.c.at >= visit.c.started_at) & (event.c.at <= visit.c.ended_at)
        got_there = event.c.name.in_(sorted(STAGES[wanted.stage]))
        parts.append(select(event.c.seq).where(event.c.visit == visit.c.visit, within, got_there).exists())
    return parts


def plain_word(words: str) -> str:
    """The longest word that every database finds in whatever letters it was written: of ASCII, or of signs without
    case."""
    plain = (word for word in words.split() if word.isascii() or word.upper() == word)
    return max(plain, key=len, default="")


def _of_hour(filters: Filters, hour: str) -> list[ColumnElement[bool]]:
    weekday, _space, of_day = hour.partition(" ")
    days = [day.isoformat() for day in filters.days if str(day.weekday()) == weekday]
    return [func.substr(event.c.at, 1, 10).in_(days), func.substr(event.c.at, 12, 2) == of_day]


def _before(after: str) -> ColumnElement[bool]:
    at, _space, seq = after.partition(" ")
    if seq.isascii() and seq.isdigit() and len(seq) < 19:
        return (event.c.at < at) | ((event.c.at == at) & (event.c.seq < int(seq)))
    return true()
