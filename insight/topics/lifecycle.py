"""Pure: whether the demand for a topic fell after an article was written for it, and whether it came back.

Demand is what was asked in the seven days up to a day. It has halved on the first day on which it is at most half of
what a week had on average in the four weeks before the article; it is back once it is at three quarters of that again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from insight.topics.models import Status

BEFORE_DAYS = 28
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Progress:
    """How far a topic is watched. `before` is how often it was asked in the four weeks before `acted_on`."""

    status: Status
    acted_on: date
    before: int
    watched_to: date | None = None
    closed_on: date | None = None
    reopened_on: date | None = None


def asked_before(by_day: Mapping[date, int], acted_on: date) -> int:
    return sum(by_day.get(acted_on - n * _DAY, 0) for n in range(1, BEFORE_DAYS + 1))


def watched(progress: Progress, by_day: Mapping[date, int], today: date) -> Progress:
    """The same after all days that are over by `today`."""
    first = progress.acted_on + _WEEK
    day = max(first, progress.watched_to + _DAY) if progress.watched_to else first
    while day < today:
        week = sum(by_day.get(day - n * _DAY, 0) for n in range(7))
        # `before` is of four weeks: half of a week of it is an eighth.
        if progress.status in {Status.DRAFTED, Status.REOPENED} and week * 8 <= progress.before:
            progress = replace(progress, status=Status.CLOSED, closed_on=day)
        elif progress.status is Status.CLOSED and week and week * 16 >= progress.before * 3:
            progress = replace(progress, status=Status.REOPENED, reopened_on=day)
        progress = replace(progress, watched_to=day)
        day += _DAY
    return progress
