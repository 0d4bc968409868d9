"""The events behind a topic's figures: the searches that were in vain, suggestions that did not help, tickets.

What was asked is told anew from the ledger, by the rules by which it was counted (insight/topics/asked.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.numbers import whole_number
from insight.events import Event
from insight.topics.models import AskedOn
from insight.topics.repository import TopicRepository

EVENTS_SHOWN = 100
_DAYS_AT_A_TIME = timedelta(days=7)


@dataclass(frozen=True)
class TopicFilter:
    """Which of a topic's events: all, those of one question (its text as equal ones share it), or only those that a
    contact followed. `after` is where the page before ended."""

    topic: int
    lang: str = ""
    text: str = ""
    failed: bool = False
    after: str = ""


def events_of_topic(topics: TopicRepository, wanted: TopicFilter, first: date, last: date) -> tuple[list[Event], str]:
    """The newest of them, and where the next page goes on ('' at the end)."""
    day, _space, given = wanted.after.partition(" ")
    passed = whole_number(given) or 0
    found: list[Event] = []
    asked = [one for one in topics.asked_on(wanted.topic, first, last) if _is_wanted(one, wanted)]
    asked = [one for one in asked if not day or one.day <= day]
    for on, ids in _by_day(topics, asked, wanted):
        events = topics.events_of(ids)
        begin = passed if on == day else 0
        room = EVENTS_SHOWN - len(found)
        found += events[begin : begin + room]
        if len(events) > begin + room:
            return found, f"{on} {begin + room}"
    return found, ""


def _is_wanted(one: AskedOn, wanted: TopicFilter) -> bool:
    if wanted.text and (one.lang, one.text) != (wanted.lang, wanted.text):
        return False
    return bool(one.tickets if wanted.failed else one.count)


def _by_day(topics: TopicRepository, asked: Sequence[AskedOn], wanted: TopicFilter) -> Iterator[tuple[str, list[str]]]:
    """The ids of each day, newest first, read from the ledger some days at a time."""
    place = 0
    while place < len(asked):
        last = date.fromisoformat(asked[place].day)
        least = (last - _DAYS_AT_A_TIME).isoformat()
        some = [one for one in asked[place:] if one.day > least]
        place += len(some)
        again = topics.asked_again(date.fromisoformat(some[-1].day), last, {one.text for one in some})
        for on in sorted({one.day for one in some}, reverse=True):
            questions = {(one.lang, one.text) for one in some if one.day == on}
            ids = [
                one.event
                for one in again.get(on, ())
                if (one.lang, one.text) in questions and (one.tickets or not wanted.failed)
            ]
            ids += [f"ticket-{one.ticket}" for one in some if one.day == on and one.ticket]
            yield on, ids
