"""Reads a day's visits from the ledger, whole: with what they hold beyond midnight, and contacts that followed them."""

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Connection, select

from core.database.bulk import text_rows
from insight import outcomes
from insight.outcomes import CONTACT_MS, CONTACTS, QUIET_MS, Step, Visit
from insight.schema import event

DAY_MS = 24 * 3600 * 1000
_AT_A_TIME = 500
# json.loads without looking for blanks around millions of texts that were written without any.
_parsed = json.JSONDecoder().raw_decode
_COLUMNS = tuple(event.c[name] for name in (
    "id", "at", "visit", "person", "site", "where", "lang", "name", "query", "data", "category",
))  # fmt: skip


@dataclass(frozen=True)
class DayOfVisits:
    """A day (UTC): its events, those of each visit id with what crosses midnight, and the visits that touch the day,
    each with its outcome."""

    day: str
    steps: Sequence[Step]
    by_visit: Mapping[str, Sequence[Step]]
    visits: Sequence[Visit]

    @property
    def begun(self) -> list[Visit]:
        """The visits that began on this day."""
        return [one for one in self.visits if one.start.at >= self.day]

    @property
    def alone(self) -> list[Step]:
        """The day's events that belong to no visit."""
        return [step for step in self.steps if not step.visit]


def next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def read_day(connection: Connection, day: str) -> DayOfVisits:
    first = outcomes.milliseconds(f"{day}T00:00:00.000+00:00")
    steps = list(_steps(connection, (event.c.at >= day) & (event.c.at < next_day(day))))
    by_visit: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        if step.visit:
            by_visit[step.visit].append(step)
    _fill_up(connection, by_visit, first)
    runs = [Visit(run) for own in by_visit.values() for run in outcomes.split(own)]
    runs = [one for one in runs if one.end.ms >= first and one.start.ms < first + DAY_MS]
    contacts = _Contacts(connection, first, max((one.end.ms for one in runs), default=first))
    for one in runs:
        outcomes.judge(one, contacts.of(one.start.visit, one.persons(), one.start.ms, one.end.ms + CONTACT_MS))
    return DayOfVisits(day, steps, by_visit, runs)


def visits_of(connection: Connection, ids: Sequence[str]) -> list[Visit]:
    """All visits of these visit ids, whole, each with its outcome."""
    own: dict[str, list[Step]] = defaultdict(list)
    persons: dict[str, list[int]] = defaultdict(list)
    for place in range(0, len(ids), _AT_A_TIME):
        for step in _steps(connection, event.c.visit.in_(ids[place : place + _AT_A_TIME])):
            own[step.visit].append(step)
    known = sorted({step.person for steps in own.values() for step in steps if step.person})
    for place in range(0, len(known), _AT_A_TIME):
        theirs = event.c.person.in_(known[place : place + _AT_A_TIME]) & event.c.name.in_(sorted(CONTACTS))
        for step in _steps(connection, theirs):
            persons[step.person].append(step.ms)
    found = []
    for steps in own.values():
        contacts = [step.ms for step in steps if step.name in CONTACTS]
        for run in outcomes.split(steps):
            one = Visit(run)
            by_person = (ms for person in one.persons() for ms in persons[person])
            found.append(outcomes.judge(one, [*contacts, *by_person]))
    return found


def steps_of(connection: Connection, ids: Sequence[str]) -> list[Step]:
    """The events with these ids."""
    found: list[Step] = []
    for place in range(0, len(ids), _AT_A_TIME):
        found += _steps(connection, event.c.id.in_(ids[place : place + _AT_A_TIME]))
    return found


def alone_on(connection: Connection, day: str, name: str) -> list[Step]:
    """The events of this name and day that belong to no visit."""
    on = (event.c.at >= day) & (event.c.at < next_day(day)) & (event.c.name == name) & (event.c.visit == "")
    return list(_steps(connection, on))


def _steps(connection: Connection, which: ColumnElement[bool]) -> Iterator[Step]:
    wanted = select(*_COLUMNS).where(which).order_by(event.c.at, event.c.seq)
    for id, at, own_visit, person, site, where, lang, name, query, data, category in text_rows(connection, wanted):
        yield Step(
            id, at, outcomes.milliseconds(at), own_visit, person, site, where, lang, category, name, query,
            _parsed(data)[0] if data != "{}" else {},
        )  # fmt: skip


def _fill_up(connection: Connection, by_visit: dict[str, list[Step]], first: int) -> None:
    """Add what visits that cross midnight hold on the other side of it: half an hour at a time for all of them, until
    none goes on. What is no longer of the visit may be among it."""
    edge, open_ones = first, list(by_visit)
    while open_ones := [id for id in open_ones if by_visit[id][0].ms - QUIET_MS < edge]:
        found = _of_visits(connection, open_ones, edge - QUIET_MS, edge)
        for id, steps in found.items():
            by_visit[id][:0] = steps
        edge, open_ones = edge - QUIET_MS, list(found)
    edge, open_ones = first + DAY_MS, list(by_visit)
    while open_ones := [id for id in open_ones if by_visit[id][-1].ms + QUIET_MS >= edge]:
        found = _of_visits(connection, open_ones, edge, edge + QUIET_MS)
        for id, steps in found.items():
            by_visit[id] += steps
        edge, open_ones = edge + QUIET_MS, list(found)


def _of_visits(connection: Connection, ids: Sequence[str], start: int, end: int) -> dict[str, list[Step]]:
    """What these visits hold from one moment to before another, of those that hold something."""
    found: dict[str, list[Step]] = defaultdict(list)
    between = (event.c.at >= outcomes.stored(start)) & (event.c.at < outcomes.stored(end))
    for place in range(0, len(ids), _AT_A_TIME):
        for step in _steps(connection, event.c.visit.in_(ids[place : place + _AT_A_TIME]) & between):
            found[step.visit].append(step)
    return found


class _Contacts:
    """When somebody got in touch, by visit id and by person, from the first moment of a day on."""

    def __init__(self, connection: Connection, first: int, last_end: int) -> None:
        # A visit of this day may have begun before it; whoever got in touch then is in its own events.
        found = (
            select(event.c.at, event.c.visit, event.c.person)
            .where(event.c.name.in_(sorted(CONTACTS)), event.c.at >= outcomes.stored(first - 2 * DAY_MS))
            .where(event.c.at <= outcomes.stored(last_end + CONTACT_MS))
            .order_by(event.c.at)
        )
        self._by_visit: dict[str, list[int]] = defaultdict(list)
        self._by_person: dict[str, list[int]] = defaultdict(list)
        for at, id, person in text_rows(connection, found):
            ms = outcomes.milliseconds(at)
            if id:
                self._by_visit[id].append(ms)
            if person:
                self._by_person[person].append(ms)

    def of(self, id: str, persons: Iterable[str], start: int, end: int) -> list[int]:
        found = list(_within(self._by_visit.get(id, []), start, end))
        for person in persons:
            found += _within(self._by_person.get(person, []), start, end)
        return found


def _within(moments: Sequence[int], start: int, end: int) -> Iterator[int]:
    for place in range(bisect_left(moments, start), len(moments)):
        if moments[place] > end:
            return
        yield moments[place]


class EarlierSearches:
    """When whoever sent one of these tickets searched, by visit id and by person."""

    def __init__(self, connection: Connection, tickets: Sequence[Step], by_visit: Mapping[str, Sequence[Step]]) -> None:
        self._moments: dict[tuple[str, str], list[int]] = defaultdict(list)
        unknown = []
        for step in tickets:
            since = step.ms - CONTACT_MS
            own = by_visit.get(step.visit, ()) if step.visit else ()
            found = [one.ms for one in own if one.name == "search" and since <= one.ms <= step.ms]
            self._moments["visit", step.visit] += found
            if not found:
                unknown.append(step)
        if not unknown:
            return
        first = outcomes.stored(min(step.ms for step in unknown) - CONTACT_MS)
        last = max(step.at for step in unknown)
        for column in ("visit", "person"):
            wanted = sorted({value for step in unknown if (value := getattr(step, column))})
            for start in range(0, len(wanted), _AT_A_TIME):
                some = event.c[column].in_(wanted[start : start + _AT_A_TIME])
                found_rows = connection.execute(
                    select(event.c[column], event.c.at).where(
                        some, event.c.name == "search", event.c.at >= first, event.c.at <= last
                    )
                )
                for value, at in found_rows:
                    self._moments[column, value].append(outcomes.milliseconds(at))

    def before(self, step: Step) -> bool:
        """Whether the same visit id or person searched within 72 hours before."""
        since = step.ms - CONTACT_MS
        own = [("visit", step.visit)] * bool(step.visit) + [("person", step.person)] * bool(step.person)
        return any(since <= ms <= step.ms for one in own for ms in self._moments.get(one, ()))


def searched_before(connection: Connection, step: Step) -> bool:
    """Whether the same visit id or person searched within 72 hours before."""
    return EarlierSearches(connection, [step], {}).before(step)
