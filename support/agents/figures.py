"""Figures of a team: how soon it answers and solves, what it promised and kept, how it is rated, what waits, and when
customers write.

Nothing about single people, customers or agents: they are counted, not measured. Times are those on the clock, nights
and weekends included, since that is how long customers wait. Medians and 90th percentiles; a mean is what one forgotten
ticket makes of it.
"""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import Engine

from core.database.timestamps import moment
from support.tickets import statistics
from support.tickets.models import Stage

PERIODS = (7, 30, 90)
_FINISHED = {Stage.SOLVED.value, Stage.CLOSED.value}


@dataclass(frozen=True)
class Spread:
    """How long something took: of `count` cases, half took at most `median`, nine of ten at most `most`."""

    count: int
    median: timedelta | None
    most: timedelta | None


@dataclass(frozen=True)
class Day:
    """One day of the operator's time zone. `backlog` is what was unfinished at its end."""

    day: date
    received: int
    finished: int
    backlog: int


@dataclass(frozen=True)
class Figures:
    """`hours` has what customers wrote in each hour of the day, on all days of the period together."""

    days: tuple[Day, ...]
    received: int
    finished: int
    backlog: int
    first_reply: Spread
    resolution: Spread
    promises: int
    kept: int
    ratings: int
    average_rating: float | None
    hours: tuple[int, ...]

    @property
    def kept_share(self) -> float | None:
        return self.kept / self.promises if self.promises else None


def figures(engine: Engine, team: str, days: int, now: datetime, zone: tzinfo) -> Figures:
    """The last `days` days until now; '' is every team."""
    today = now.astimezone(zone).date()
    first = today - timedelta(days=days - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=zone)
    with engine.connect() as connection:
        tickets = statistics.tickets_since(connection, team, since)
        promised = statistics.promises_due(connection, team, since, now)
        written = statistics.customer_messages_at(connection, team, since)

    def day_of(stored: str) -> date:
        return moment(stored).astimezone(zone).date()

    new = [row for row in tickets if moment(row.created_at) >= since]
    done = [row for row in tickets if row.stage in _FINISHED and row.finished_at and moment(row.finished_at) >= since]
    replied = [row for row in new if row.first_reply_at]
    scores = [row.score for row in done if row.score is not None]
    received_on, finished_on = (
        Counter(day_of(r.created_at) for r in tickets),
        Counter(day_of(r.finished_at) for r in done),
    )
    open_now = sum(row.stage not in _FINISHED for row in tickets)
    listed: list[Day] = []
    backlog = open_now
    for back in range(days):  # from today: what waited yesterday is what waits today, without what came and went since
        day = today - timedelta(days=back)
        listed.append(Day(day, received_on[day], finished_on[day], backlog))
        backlog -= received_on[day] - finished_on[day]
    hours = Counter(moment(stored).astimezone(zone).hour for stored in written)
    return Figures(
        days=tuple(reversed(listed)),
        received=len(new),
        finished=len(done),
        backlog=open_now,
        first_reply=_spread([moment(r.first_reply_at) - moment(r.created_at) for r in replied]),
        resolution=_spread([moment(r.finished_at) - moment(r.created_at) for r in done]),
        promises=len(promised),
        kept=sum(bool(row.kept_at) and row.kept_at <= row.due_at for row in promised),
        ratings=len(scores),
        average_rating=sum(scores) / len(scores) if scores else None,
        hours=tuple(hours[hour] for hour in range(24)),
    )


def promises_kept(engine: Engine, since: datetime, until: datetime, now: datetime, **of: str) -> tuple[int, int]:
    """(kept in time, promised) of what fell due from `since` to before `until`, on tickets of this `lang` and `site`
    where they are given."""
    with engine.connect() as connection:
        due, kept = statistics.promises_between(connection, since, until, now, of)
    return kept, due


@dataclass(frozen=True)
class DuePromise:
    """A reply that was promised by a moment. `kept_at` is None for one that never came."""

    reference: str
    team: str
    kind: str
    due_at: datetime
    kept_at: datetime | None

    @property
    def in_time(self) -> bool:
        return self.kept_at is not None and self.kept_at <= self.due_at


def promises_due(
    engine: Engine, since: datetime, until: datetime, now: datetime, *, kept: bool | None, first: int, most: int,
    **of: str,
) -> list[DuePromise]:  # fmt: skip
    """The same one by one, newest first: all, or those that were kept in time, or those that were not."""
    with engine.connect() as connection:
        rows = statistics.promises_of(connection, since, until, now, of, kept, first, most)
    return [
        DuePromise(row.reference, row.team, row.kind, moment(row.due_at), moment(row.kept_at) if row.kept_at else None)
        for row in rows
    ]


def csv_lines(found: Figures, team: str) -> Iterator[str]:
    """The figures as CSV, a BOM before it: one row a figure, with its day or hour. Durations are in minutes."""
    yield "\ufeff" + _line(("figure", "team", "of", "value"))
    for name, value in (
        ("received", found.received), ("finished", found.finished), ("backlog", found.backlog),
        ("first_reply_median_minutes", _minutes(found.first_reply.median)),
        ("first_reply_p90_minutes", _minutes(found.first_reply.most)),
        ("resolution_median_minutes", _minutes(found.resolution.median)),
        ("resolution_p90_minutes", _minutes(found.resolution.most)),
        ("promises", found.promises), ("promises_kept", found.kept), ("ratings", found.ratings),
        ("average_rating", "" if found.average_rating is None else round(found.average_rating, 2)),
    ):  # fmt: skip
        yield _line((name, team, "", value))
    for day in found.days:
        for name, count in (("received", day.received), ("finished", day.finished), ("backlog", day.backlog)):
            yield _line((name, team, day.day.isoformat(), count))
    for hour, count in enumerate(found.hours):
        yield _line(("messages", team, f"{hour:02}:00", count))


def _spread(took: Sequence[timedelta]) -> Spread:
    ordered = sorted(max(one, timedelta(0)) for one in took)
    if not ordered:
        return Spread(0, None, None)
    return Spread(len(ordered), _at(ordered, 0.5), _at(ordered, 0.9))


def _at(ordered: Sequence[timedelta], share: float) -> timedelta:
    """The smallest that at least this share of all does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _minutes(took: timedelta | None) -> object:
    return "" if took is None else round(took.total_seconds() / 60)


def _line(values: tuple[object, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue()
