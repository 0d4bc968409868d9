"""Opening time: when people are there, and how much of that time lies between two moments."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST_LOOK_AHEAD = timedelta(days=366)


@dataclass(frozen=True)
class BusinessHours:
    """A week of opening hours in one time zone. `holidays` are `2026-12-25`, or `12-25` for every year."""

    hours: Mapping[str, str]
    zone: ZoneInfo
    holidays: Collection[str] = field(default_factory=tuple)

    @property
    def always(self) -> bool:
        """No hours are set: the clock counts."""
        return not self.hours

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """(opens, closes) from `start` on, for a year; the first may have begun before."""
        local = start.astimezone(self.zone)
        day = local.date()
        while day - local.date() < _LONGEST_LOOK_AHEAD:
            if not self.is_holiday(day):
                for begin, end in _clock_spans(self.hours.get(DAYS[day.weekday()], "")):
                    # A wall clock time plus a duration: right also on the days the clocks change.
                    opens = datetime.combine(day, time(), self.zone) + begin
                    closes = datetime.combine(day, time(), self.zone) + end
                    if closes > local:
                        yield opens, closes
            day += timedelta(days=1)

    def is_holiday(self, day: date) -> bool:
        return day.isoformat() in self.holidays or day.isoformat()[5:] in self.holidays

    def minutes_between(self, start: datetime, end: datetime) -> float:
        """Minutes of opening time from one moment to a later one."""
        if end <= start:
            return 0.0
        if self.always:
            return (end - start).total_seconds() / 60
        total = 0.0
        for opens, closes in self.spans(start):
            if opens >= end:
                break
            # In UTC, because local times of one zone are subtracted as wall clocks.
            begin, finish = max(opens.timestamp(), start.timestamp()), min(closes.timestamp(), end.timestamp())
            total += max(0.0, finish - begin) / 60
        return total


def _clock_spans(text: str) -> list[tuple[timedelta, timedelta]]:
    spans = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        begin, end = (timedelta(hours=int(clock[:2]), minutes=int(clock[3:])) for clock in part.split("-"))
        spans.append((begin, end))
    return spans
