"""Business hours: when a team is there, and how much business time lies between two moments."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainValidator

from core.settings_types import SettingsTable

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST_LOOK_AHEAD = timedelta(days=366)
_SPAN = re.compile(r"([0-9]{2}):([0-5][0-9])-([0-9]{2}):([0-5][0-9])")


@dataclass(frozen=True)
class ClockSpan:
    """A time span within a day, in minutes since midnight; 1440 is its end."""

    opens: int
    closes: int

    def __str__(self) -> str:
        return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (self.opens, self.closes))


def _clock_spans(value: Any) -> tuple[ClockSpan, ...]:
    """`09:00-12:00, 13:00-17:00`."""
    if isinstance(value, tuple):
        return value
    spans = []
    for part in str(value).split(","):
        found = _SPAN.fullmatch(part.strip())
        opens, closes = (60 * int(found[1]) + int(found[2]), 60 * int(found[3]) + int(found[4])) if found else (0, 0)
        if not opens < closes <= 24 * 60:
            raise ValueError(f"is “{value}”; write 09:00-18:00, or 09:00-12:00, 13:00-17:00")
        spans.append(ClockSpan(opens, closes))
    return tuple(spans)


ClockSpans = Annotated[tuple[ClockSpan, ...], PlainValidator(_clock_spans)]


@dataclass(frozen=True)
class OpeningHours(SettingsTable):
    """A week; a day without a span is closed. False when no day has one."""

    mon: ClockSpans = ()
    tue: ClockSpans = ()
    wed: ClockSpans = ()
    thu: ClockSpans = ()
    fri: ClockSpans = ()
    sat: ClockSpans = ()
    sun: ClockSpans = ()

    @classmethod
    def written(cls, **days: str) -> "OpeningHours":
        """From the texts of the settings: `OpeningHours.written(mon="09:00-18:00")`. Raises ValueError."""
        return cls(**{day: _clock_spans(text) for day, text in days.items()})

    @property
    def days(self) -> tuple[tuple[ClockSpan, ...], ...]:
        """Monday first."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)

    def __bool__(self) -> bool:
        return any(self.days)


ALWAYS = OpeningHours.written(**dict.fromkeys(DAYS, "00:00-24:00"))


def _week(value: Any) -> Any:
    if isinstance(value, Mapping):
        if strange := [day for day in value if day not in DAYS]:
            raise ValueError(f"names the day “{strange[0]}”; days are {', '.join(DAYS)}")
    elif not is_dataclass(value):
        raise ValueError('must be a table like {mon = "09:00-18:00"}')
    return value


WeekHours = Annotated[OpeningHours, BeforeValidator(_week)]


@dataclass(frozen=True)
class BusinessHours:
    """Weekly business hours in one time zone. `holidays` are `2026-12-25`, or `12-25` for every year."""

    hours: OpeningHours
    zone: ZoneInfo
    holidays: Collection[str] = ()

    @property
    def always(self) -> bool:
        """No hours are set: open around the clock."""
        return not self.hours

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """(opens, closes) from `start` on, for a year; the first may have begun before."""
        local = start.astimezone(self.zone)
        day = local.date()
        while day - local.date() < _LONGEST_LOOK_AHEAD:
            if not self.is_holiday(day):
                for span in self.hours.days[day.weekday()]:
                    # Wall-clock time plus a duration: right also on days of a DST change.
                    opens = datetime.combine(day, time(), self.zone) + timedelta(minutes=span.opens)
                    closes = datetime.combine(day, time(), self.zone) + timedelta(minutes=span.closes)
                    if closes > local:
                        yield opens, closes
            day += timedelta(days=1)

    def is_holiday(self, day: date) -> bool:
        return day.isoformat() in self.holidays or day.isoformat()[5:] in self.holidays

    def minutes_between(self, start: datetime, end: datetime) -> float:
        """Business minutes from one moment to a later one."""
        if end <= start:
            return 0.0
        if self.always:
            return (end - start).total_seconds() / 60
        total = 0.0
        for opens, closes in self.spans(start):
            if opens >= end:
                break
            # In UTC, because Python subtracts datetimes of one zone as wall-clock times.
            begin, finish = max(opens.timestamp(), start.timestamp()), min(closes.timestamp(), end.timestamp())
            total += max(0.0, finish - begin) / 60
        return total
