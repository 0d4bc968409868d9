"""When a first reply is promised, counted in opening hours, and how that is said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, format_skeleton, format_time, get_timezone_location

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST_LOOK_AHEAD = timedelta(days=366)

# Where the skeleton of the locale data shortens the weekday or puts a comma no native writer would.
_DAY = {"tr": "d MMMM EEEE", "zh": "M月d日 EEEE"}


@dataclass(frozen=True)
class Promise:
    """A first reply `by` then; `opens` is when the team is back, None when it is there already.
    `straight` when no closing time lies between, so that `hours` can be said as they are."""

    by: datetime
    opens: datetime | None
    hours: int
    straight: bool


def promise(start: datetime, hours: int, opening: Mapping[str, str], zone: ZoneInfo) -> Promise:
    """`hours` opening hours after `start`; around the clock when no opening hours are set."""
    local = start.astimezone(zone)
    left = timedelta(hours=hours)
    if not opening:
        return Promise(local + left, None, hours, True)
    opens: datetime | None = None
    day = local.date()
    while day - local.date() < _LONGEST_LOOK_AHEAD:
        for begin, end in _spans(opening.get(_DAYS[day.weekday()], "")):
            opening_at = datetime.combine(day, time(), zone) + begin
            closing_at = datetime.combine(day, time(), zone) + end
            if closing_at <= local:
                continue
            if opening_at > local and opens is None and left == timedelta(hours=hours):
                opens = opening_at
            available = closing_at - max(opening_at, local)
            if left <= available:
                by = max(opening_at, local) + left
                return Promise(by, opens, hours, by - local == timedelta(hours=hours))
            left -= available
        day += timedelta(days=1)
    return Promise(local + timedelta(hours=hours), None, hours, True)


def _spans(text: str) -> list[tuple[timedelta, timedelta]]:
    spans = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        begin, end = (timedelta(hours=int(clock[:2]), minutes=int(clock[3:])) for clock in part.split("-"))
        spans.append((begin, end))
    return spans


def sentence(made: Promise, lang: str, gettext: Callable[..., str]) -> str:
    """The promise in plain words, with day, time and zone."""
    by = moment_words(made.by, lang)
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


def moment_words(moment: datetime, lang: str, *, with_zone: bool = True) -> str:
    """`Monday 23 November, 13:00 (Amsterdam)` in the reader's language."""
    locale = locale_of(lang)
    clock = format_time(moment, "HH:mm", locale=locale)
    if pattern := _DAY.get(locale.language):
        words = f"{format_datetime(moment, pattern, locale=locale)} {clock}"
    else:
        words = f"{format_skeleton('MMMMEEEEd', moment, locale=locale)}, {clock}"
    if not with_zone or moment.tzinfo is None:
        return words
    place = get_timezone_location(moment, locale=locale, return_city=True)
    return f"{words}（{place}）" if locale.language == "zh" else f"{words} ({place})"


def locale_of(lang: str) -> Locale:
    """Babel's locale for one of our tags; English where Babel knows no such language.

    English is British, as on the portal: day before month is right for readers everywhere but in the United States.
    """
    try:
        return Locale("en", "GB") if lang == "en" else Locale.parse(lang, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en", "GB")
