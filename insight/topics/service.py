"""Topics of what customers asked in vain: kept up to date, listed with what matters most first, and acted on.

`refresh` takes days from the ledger that are new or have changed, embeds questions it has not seen, groups all of a
period anew, and finds yesterday's topics again in the groups. It is for a thread in the background, or a command.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import Engine

from core.texts.languages import is_chinese
from index.models import Degraded, SearchQuery, SearchResult, Verdict
from index.protocols import Embedder, Vectors
from insight.events import Event
from insight.topics.asked import asked_in_vain, question_of
from insight.topics.behind import TopicFilter, events_of_topic
from insight.topics.diagnosis import diagnosis
from insight.topics.grouping import group
from insight.topics.identity import match
from insight.topics.models import Asked, Cause, How, Subject, Topic
from insight.topics.questions import centred_for, embed
from insight.topics.repository import StoredQuestion, TopicRepository, unpacked
from kb.models import Article, ArticleRef
from kb.repository import ArticleSummary

# Half a year of questions, as many as are grouped in some minutes: those asked most.
PERIOD_DAYS = 182
_MOST_QUESTIONS = 20_000
# What is shown when no days are asked for.
SHOWN_DAYS = 84
# Topics whose questions are searched for, those that matter most: it takes some searches for each.
_MOST_SEARCHED = 200
_SEARCHED_QUESTIONS = 3
_EMBEDDED_AT_A_TIME = 64
# How many questions weigh as much as what is known of all topics: one ticket of one question is no pain of 100 %.
_PRIOR = 5.0


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did."""

    days: int
    questions: int
    topics: int
    changed: int


Subjects = Callable[[date, date], Iterable[Subject]]


class TopicService:
    """`subjects` are those of tickets that arrived in some days; `search` is the product's own, `articles` what is
    visible. `keep_days` is how long words are kept (0: no limit of their own)."""

    def __init__(
        self,
        engine: Engine,
        embedder: Callable[[], Embedder],
        search: Callable[[SearchQuery], SearchResult],
        articles: Callable[[date], Iterable[Article | ArticleSummary]],
        subjects: Subjects,
        keep_days: int = 0,
    ) -> None:
        self._topics = TopicRepository(engine)
        self._embedder = embedder
        self._search = search
        self._articles = articles
        self._subjects = subjects
        self._keep_days = keep_days

    def due(self, now: datetime) -> bool:
        """Whether there was no refresh today."""
        return self._topics.done_on() < now.date().isoformat()

    def refresh(self, now: datetime, today: date, last: date | None = None) -> Refreshed | None:
        """Bring topics up to date; None while another process is at it. `today` is the day articles are read on, `last`
        the last day (UTC) of the half year that is looked at: the current one when it is not given.

        Raises ModelNotReady, and whatever the database does.
        """
        embedder = self._embedder()
        if not self._topics.take_lease(now):
            return None
        done: date | None = None
        try:
            last = last or now.date()
            first = last - timedelta(days=PERIOD_DAYS - 1)
            self._topics.use_model(embedder.fingerprint)
            taken = self._take(first, last, now.date())
            questions = self._topics.questions(first, last, _MOST_QUESTIONS)
            topics = self._group(self._embedded(questions, embedder), embedder)
            changed = self._topics.watch(now.date())
            self._explain(first, last, today)
            done = now.date()
            return Refreshed(taken, len(questions), topics, changed)
        finally:
            self._topics.end_lease(done)

    def recount(self, now: datetime) -> int:
        """Take every day of the half year from the ledger again; how many days. Needs no model."""
        self._topics.forget_marks()
        today = now.date()
        return self._take(today - timedelta(days=PERIOD_DAYS - 1), today, today)

    def check(self) -> str:
        """Compare what is stored of the days that were taken with what the ledger says: the first difference in words,
        '' for none. Days in which something arrived since, and that are to be taken again, are left out."""
        days = self._topics.taken_days()
        if not days:
            return ""
        stale = {day for day, _events in self._topics.stale_days(*map(date.fromisoformat, (days[0], days[-1])))}
        for day in days:
            if day not in stale:
                difference = self._topics.compare_day(day, asked_in_vain(*self._topics.visits_of(day)))
                if difference:
                    return f"{day}: {difference}"
        return ""

    def newest(self) -> date | None:
        """The day of the newest event of the ledger; None when it is empty."""
        return self._topics.newest()

    def _take(self, first: date, last: date, today: date) -> int:
        """Take what was asked from days of the ledger that are new, or have changed."""
        stale = self._topics.stale_days(first, last)
        if not stale:
            return 0
        # The ledger has forgotten its own words by then; tickets may be kept for longer.
        since = today - timedelta(days=self._keep_days) if self._keep_days else first
        subjects: dict[str, list[Subject]] = defaultdict(list)
        for one in self._subjects(max(since, date.fromisoformat(stale[0][0])), date.fromisoformat(stale[-1][0])):
            subjects[one.day.isoformat()].append(one)
        for day, events in stale:
            asked = asked_in_vain(*self._topics.visits_of(day))
            asked += self._of_tickets(subjects[day])
            self._topics.store_day(day, events, asked)
        return len(stale)

    def _of_tickets(self, subjects: Sequence[Subject]) -> Iterable[Asked]:
        known = self._topics.tickets_known([one.ticket for one in subjects])
        for one in subjects:
            question = question_of(one.lang, one.text)
            if question is None or one.ticket not in known:
                continue
            alone = 0 if known[one.ticket] else 1
            words = " ".join(one.text.split())
            yield Asked(*question, words, How.TICKET, ticket=one.ticket, count=alone, tickets=alone)

    def _embedded(self, questions: Sequence[StoredQuestion], embedder: Embedder) -> list[StoredQuestion]:
        """The same, all with their embeddings; those of yesterday are kept."""
        width = 2 * embedder.dimensions
        found = {n: q for n, q in enumerate(questions) if q.vector is not None and len(q.vector) == width}
        missing = [n for n in range(len(questions)) if n not in found]
        for start in range(0, len(missing), _EMBEDDED_AT_A_TIME):
            some = missing[start : start + _EMBEDDED_AT_A_TIME]
            vectors = embed([questions[n].text for n in some], embedder)
            stored = self._topics.save_vectors([questions[n] for n in some], vectors)
            found.update({n: replace(questions[n], vector=vector) for n, vector in zip(some, stored, strict=True)})
        return [found[n] for n in range(len(questions))]

    def _group(self, questions: Sequence[StoredQuestion], embedder: Embedder) -> int:
        if not questions:
            self._topics.save_groups([], [], [], [], [], {})
            return 0
        langs = [one.lang for one in questions]
        vectors = centred_for(embedder, np.stack([unpacked(one.vector or b"") for one in questions]), langs)
        groups = group(vectors, langs).tolist()
        before: list[list[int]] = [[] for _ in range(max(groups) + 1)]
        for one, number in zip(questions, groups, strict=True):
            before[number].append(one.topic)
        found = match(before)
        near = nearness(vectors, langs, groups, [one.count for one in questions])
        self._topics.save_groups(questions, groups, near, found.topics, found.parents, found.merged)
        return len(before)

    # Why

    def _explain(self, first: date, last: date, today: date) -> None:
        evidence = self._topics.evidence(first, last)
        readable = _readable(self._articles(today))
        ranked = self.topics(first, last)
        causes: dict[int, tuple[Cause, ArticleRef | None]] = {}
        for place, topic in enumerate(ranked):
            known = evidence.get(topic.id, ())
            if place < _MOST_SEARCHED:
                found = {lang: self._found(words, lang) for lang, words in _typical(topic).items()}
            else:  # not worth a search: what was shown is taken for what there is
                shown = [one for one in known if one.article is not None and one.how is not How.UNANSWERED]
                found = {one.lang: one.article for one in shown}
            causes[topic.id] = diagnosis(known, found, readable)
        self._topics.save_causes(causes)

    def _found(self, words: Sequence[str], lang: str) -> ArticleRef | None:
        """The article that search finds today for most of these questions; None where it has no answer."""
        best: Counter[ArticleRef] = Counter()
        for text in words:
            result = self._search(SearchQuery(text, lang, limit=3, looks_for_danger=False))
            # Without meaning or in a hurry, search cannot tell what answers a question.
            whole = result.degraded in {None, Degraded.INDEXING}
            if result.hits and whole and result.verdict is not Verdict.ASK_HUMAN:
                best[result.hits[0].ref] += 1
        return best.most_common(1)[0][0] if 2 * sum(best.values()) > len(words) else None

    # What is shown

    def topics(self, first: date, last: date) -> list[Topic]:
        """The topics of these days, by demand times pain: how often they were asked about, times the share that became
        contacts, which is drawn towards that of all topics where it is of few questions."""
        found = self._topics.topics(first, last)
        size = sum(one.size for one in found)
        usual = sum(one.tickets for one in found) / size if size else 0.0

        def matters(one: Topic) -> float:
            return one.size * (one.tickets + _PRIOR * usual) / (one.size + _PRIOR)

        return sorted(found, key=lambda one: (-matters(one), -one.size, one.id))

    def topic(self, id: int, first: date, last: date) -> Topic | None:
        """A topic, or the one it was merged into."""
        now = self._topics.now(id)
        return next((one for one in self._topics.topics(first, last) if one.id == now), None) if now else None

    def events(self, wanted: TopicFilter, first: date, last: date) -> tuple[list[Event], str]:
        """The events behind a topic's figures of these days, and where the next page goes on."""
        return events_of_topic(self._topics, wanted, first, last)

    def acted(self, id: int, article: ArticleRef, day: date) -> None:
        """Remember that an article was begun for a topic, or got its words; its demand is watched from this day on."""
        self._topics.acted(id, article, day)

    def ignore(self, id: int, *, ignored: bool) -> None:
        self._topics.ignore(id, ignored=ignored)


def shown_days(today: date) -> tuple[date, date]:
    """The days shown when none are asked for: whole weeks, and what there is of this one."""
    first = today - timedelta(days=SHOWN_DAYS)
    return first - timedelta(days=first.weekday()), today


def nearness(vectors: Vectors, langs: Sequence[str], groups: Sequence[int], counts: Sequence[int]) -> list[int]:
    """How near each question is to the mean of its group in its language, in thousandths: the nearest is typical."""
    rows: dict[tuple[int, str], list[int]] = defaultdict(list)
    for place, (number, lang) in enumerate(zip(groups, langs, strict=True)):
        rows[number, lang].append(place)
    found = [0] * len(groups)
    for members in rows.values():
        weights = np.asarray([max(counts[place], 1) for place in members], np.float32)
        mean = np.average(vectors[members], axis=0, weights=weights)
        near = vectors[members] @ (mean / max(float(np.linalg.norm(mean)), 1e-6))
        for place, value in zip(members, near.tolist(), strict=True):
            found[place] = round(1000 * value)
    return found


def _typical(topic: Topic) -> dict[str, list[str]]:
    """The questions to search for in each language: the most typical one and those asked most."""
    found: dict[str, list[str]] = {lang: [title] for lang, title in topic.titles.items()}
    for one in topic.questions:
        words = found.setdefault(one.lang, [])
        if len(words) < _SEARCHED_QUESTIONS and one.text not in words:
            words.append(one.text)
    return found


def _readable(articles: Iterable[Article | ArticleSummary]) -> Callable[[ArticleRef, str], bool]:
    """Says whether readers of a language have an article in it. Readers of Chinese read both scripts."""
    keys: dict[ArticleRef, str] = {}
    langs: Mapping[str, set[str]] = defaultdict(set)
    for one in articles:
        keys[one.ref] = one.key
        langs[one.key].add(one.lang)

    def readable(ref: ArticleRef, lang: str) -> bool:
        there = langs.get(keys.get(ref, ""), {ref.lang})
        return lang in there or (is_chinese(lang) and any(map(is_chinese, there)))

    return readable
