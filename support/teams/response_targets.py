"""Response targets: when a first reply is due, counted in business hours, and its wording for customers."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_skeleton, format_time, get_timezone_location

from core.texts.gettext import Gettext, locale_of
from support.teams.business_hours import BusinessHours, OpeningHours

# Where the skeleton of the locale data shortens the weekday or puts a comma no native writer would.
_DAY = {"tr": "d MMMM EEEE", "zh": "M月d日 EEEE", "ar": "EEEE، d MMMM", "he": "EEEE, d 'ב'MMMM"}

# What browsers that hide where they are, and machines without a place, call their time zone.
_NOWHERE = {"UTC", "UCT", "GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich", "Universal", "Zulu", "Factory"}


def reader_zone(named: str, ours: ZoneInfo) -> ZoneInfo:
    """The zone times are told in to a customer: their own where their browser named one that is a place, else `ours`,
    that of the site's hours. Every surface asks here, so that a promise has one time."""
    return zone_named(named) or ours


def zone_named(name: str) -> ZoneInfo | None:
    """The time zone of a place; None for an unknown name, and for one that names no place, such as `UTC`."""
    if name in _NOWHERE or name.startswith("Etc/"):
        return None
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


@dataclass(frozen=True)
class ResponseTarget:
    """A first reply `by` then; `opens` is when the team is back, None when it is there already.
    `straight` when no closing time lies between, so that `hours` can be said as they are."""

    by: datetime
    opens: datetime | None
    hours: int
    straight: bool

    def without_opening(self) -> "ResponseTarget":
        """Without `opens`, once that has passed."""
        return replace(self, opens=None)

    def in_zone(self, zone: ZoneInfo) -> "ResponseTarget":
        """The same target in the reader's time zone."""
        opens = self.opens.astimezone(zone) if self.opens else None
        return replace(self, by=self.by.astimezone(zone), opens=opens)


def target_in_opening_hours(start: datetime, hours: int, opening: OpeningHours, zone: ZoneInfo) -> ResponseTarget:
    """The target `hours` business hours after `start`; around the clock when no opening hours are set."""
    return target_in_business_hours(start, hours, BusinessHours(opening, zone))


def target_in_business_hours(start: datetime, hours: int, opening: BusinessHours) -> ResponseTarget:
    """As `target_in_opening_hours`, with holidays."""
    local = start.astimezone(opening.zone)
    left = timedelta(hours=hours)
    if opening.always:
        return ResponseTarget(local + left, None, hours, True)
    opens: datetime | None = None
    for opening_at, closing_at in opening.spans(start):
        if opening_at > local and opens is None and left == timedelta(hours=hours):
            opens = opening_at
        available = closing_at - max(opening_at, local)
        if left <= available:
            by = max(opening_at, local) + left
            return ResponseTarget(by, opens, hours, by - local == timedelta(hours=hours))
        left -= available
    return ResponseTarget(local + timedelta(hours=hours), None, hours, True)


def sentence(made: ResponseTarget, lang: str, gettext: Gettext, now: datetime | None = None) -> str:
    """The response target as a sentence, with day, time and zone; on another day than `now` to the full hour."""
    by = moment_words(full_hour(made.by, now), lang)
    if made.opens is not None:
        return gettext(
            "Our team is back on %(opens)s. We usually answer by %(by)s.",
            opens=moment_words(made.opens, lang, with_zone=False),
            by=by,
        )
    if not made.straight:
        return gettext("We usually answer by %(by)s.", by=by)
    if made.hours == 1:
        return gettext("We usually answer within an hour, so by %(by)s.", by=by)
    return gettext("We usually answer within %(hours)s hours, so by %(by)s.", hours=made.hours, by=by)


def advice_first(urgent: object, gettext: Gettext) -> str:
    """What stands before a promise to somebody who was told what to do at once; '' to all others."""
    return gettext("Please do not wait for our reply: do what it says above first.") if urgent else ""


def full_hour(due: datetime, now: datetime | None) -> datetime:
    """A due time as people say it: to the minute today, to the hour on any other day. Rounded up, so that what is kept
    by the stored time is kept by the one that was said."""
    if now is None or due.date() == now.astimezone(due.tzinfo).date() or not (due.minute or due.second):
        return due
    return due.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def moment_words(moment: datetime, lang: str, *, with_zone: bool = True) -> str:
    """`Monday 23 November, 13:00 (Amsterdam)` in the reader's language."""
    locale = locale_of(lang)
    clock = format_time(moment, "short", locale=locale)
    if pattern := _DAY.get(locale.language):
        words = f"{format_datetime(moment, pattern, locale=locale)} {clock}"
    else:
        words = f"{format_skeleton('MMMMEEEEd', moment, locale=locale)}, {clock}"
    if not with_zone or moment.tzinfo is None:
        return words
    place = get_timezone_location(moment, locale=locale, return_city=True)
    return f"{words}（{place}）" if locale.language == "zh" else f"{words} ({place})"
