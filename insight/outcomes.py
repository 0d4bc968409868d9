"""Deflection by its definition: visits made of events, and what became of each.

A visit is a run of events of one visit id without 30 quiet minutes between two. It counts if somebody searched in it or
was suggested something. Its outcome is the first that holds:

- failed: a ticket, a channel or a logged contact in the visit, or by the same visit id or person within 72 hours of
  its end
- confirmed: a helpful vote, or a suggestion that solved it
- probable: an article opened from a result or a suggestion, and read for 20 seconds or half its length
- abandoned: the rest

A visit that has not failed is pending until its 72 hours are over. A visit ends with its last event. Of several votes
on one article in a visit the last counts; the time of several readings of one article is added up.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

QUIET_MS = 30 * 60 * 1000
CONTACT_MS = 72 * 3600 * 1000
READ_SECONDS, READ_DEPTH = 20, 0.5
CONTACTS = frozenset({"ticket_sent", "channel_chosen", "contact_logged"})
SUGGESTIONS = frozenset({"suggestions_shown", "suggestion_opened", "suggestion_rejected", "suggestion_solved"})
OPENED = frozenset({"result_opened", "suggestion_opened"})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Outcome(StrEnum):
    FAILED = "failed"
    CONFIRMED = "confirmed"
    PROBABLE = "probable"
    ABANDONED = "abandoned"


@dataclass(slots=True)
class Step:
    """An event as it is counted. `ms` is its moment in milliseconds since 1970, `at` the same as it is stored."""

    id: str
    at: str
    ms: int
    visit: str
    person: str
    site: str
    where: str
    lang: str
    category: str
    name: str
    query: str
    data: dict[str, Any]


@dataclass(slots=True)
class Visit:
    """A visit with its events in order of time. `contacts` are those in it and within 72 hours of its end."""

    steps: list[Step]
    contacts: list[int] = field(default_factory=list)
    at_end: Outcome = Outcome.ABANDONED
    outcome: Outcome = Outcome.ABANDONED
    counts: bool = False
    first: Step = field(init=False)

    def __post_init__(self) -> None:
        self.first = next((s for s in self.steps if s.name == "search" or s.name in SUGGESTIONS), self.steps[0])
        self.counts = self.first.name == "search" or self.first.name in SUGGESTIONS

    @property
    def start(self) -> Step:
        return self.steps[0]

    @property
    def end(self) -> Step:
        return self.steps[-1]

    def persons(self) -> set[str]:
        return {step.person for step in self.steps if step.person}


def milliseconds(at: str) -> int:
    """A stored moment, as text with milliseconds in UTC, since 1970. Read by its places, as millions of them are."""
    hours, minutes, seconds = int(at[11:13]), int(at[14:16]), int(at[17:19])
    return _midnight(at[:10]) + ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(at[20:23])


@lru_cache(maxsize=4_096)
def _midnight(day: str) -> int:
    return (date.fromisoformat(day) - _EPOCH.date()).days * 24 * 3600 * 1000


def stored(ms: int) -> str:
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")


def split(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """The events of one visit id, in order of time, cut where 30 minutes were quiet."""
    current: list[Step] = []
    for step in steps:
        if current and step.ms - current[-1].ms >= QUIET_MS:
            yield current
            current = []
        current.append(step)
    if current:
        yield current


def helpful_votes(steps: Iterable[Step]) -> dict[tuple[str, str], Step]:
    """The last vote on each article."""
    return {article_of(step): step for step in steps if step.name == "vote"}


def article_of(step: Step) -> tuple[str, str]:
    return str(step.data.get("lang", "")), str(step.data.get("slug", ""))


def judge(visit: Visit, contacts: Iterable[int]) -> Visit:
    """Fill in the outcome. `contacts` are moments of all contacts by the visit's id or one of its persons."""
    start, end = visit.start.ms, visit.end.ms
    near = [ms for ms in contacts if start <= ms <= end + CONTACT_MS]
    visit.contacts = near
    if any(ms <= end for ms in near):
        visit.at_end = visit.outcome = Outcome.FAILED
        return visit
    visit.at_end = _at_end(visit.steps)
    visit.outcome = Outcome.FAILED if near else visit.at_end
    return visit


def _at_end(steps: Sequence[Step]) -> Outcome:
    if any(step.name == "suggestion_solved" for step in steps) or any(
        step.data.get("helpful") for step in helpful_votes(steps).values()
    ):
        return Outcome.CONFIRMED
    opened = {article_of(step) for step in steps if step.name in OPENED}
    return Outcome.PROBABLE if opened & read_articles(steps) else Outcome.ABANDONED


def read_articles(steps: Iterable[Step]) -> set[tuple[str, str]]:
    """The articles that were read: for 20 seconds in all, or half their length."""
    read: set[tuple[str, str]] = set()
    seconds: dict[tuple[str, str], float] = {}
    for step in steps:
        if step.name != "article_read":
            continue
        article = article_of(step)
        seconds[article] = seconds.get(article, 0) + step.data.get("seconds", 0)
        if seconds[article] >= READ_SECONDS or step.data.get("depth", 0) >= READ_DEPTH:
            read.add(article)
    return read


def wilson(cases: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson's score; (0, 1) of none."""
    if not of:
        return 0.0, 1.0
    z = 1.959963984540054
    share = cases / of
    centre = share + z * z / (2 * of)
    spread = z * ((share * (1 - share) + z * z / (4 * of)) / of) ** 0.5
    scale = 1 + z * z / of
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
