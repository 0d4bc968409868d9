"""The SQL of topics: what was asked in vain by day, the questions with their embeddings, the topics they are in.

The texts are under the ledger's retention, and whoever is erased from it is erased from here (`forget_days`,
`forget_tickets`, called by insight/personal_data.py): what is left of those days is taken from the ledger again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Engine, and_, bindparam, delete, func, insert, or_, select, update

from core.database.bulk import insert_many
from core.database.connection import writing
from core.database.timestamps import iso
from core.database.upsert import insert_for
from index.protocols import Vectors
from insight import aggregates, visit_reader
from insight.behind import plain_word
from insight.events import Event
from insight.ledger import event_of_row
from insight.outcomes import Step, Visit, milliseconds
from insight.schema import event, state, topic, topic_asked, topic_day, topic_question
from insight.topics.asked import asked_in_vain, text_of
from insight.topics.diagnosis import Evidence
from insight.topics.lifecycle import Progress, asked_before, watched
from insight.topics.models import Asked, AskedOn, AskedQuestion, Cause, How, Status, Topic
from kb.models import ArticleRef

_LEASE, _MODEL, _DONE = "topics_lease", "topics_model", "topics_on"
_LEASE_LASTS = timedelta(minutes=30)
_AT_A_TIME = 500
# So many words are looked for in the database; of more, every search is read.
_FEW_WORDS = 50
_SAME_QUESTION = and_(topic_question.c.lang == topic_asked.c.lang, topic_question.c.text == topic_asked.c.text)
_NEW = {
    "status": Status.OPEN.value, "cause": Cause.NO_ARTICLE.value, "nearest_lang": "", "nearest_slug": "",
    "article_lang": "", "article_slug": "", "acted_on": "", "asked_before": 0, "watched_to": "", "closed_on": "",
    "reopened_on": "", "merged_into": 0,
}  # fmt: skip


@dataclass(frozen=True)
class StoredQuestion:
    """A question as it is grouped. `vector` is its embedding as bytes, None before it has one."""

    lang: str
    text: str
    topic: int
    vector: bytes | None
    count: int


def _asked_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("lang", "text", "how", "article", "ticket"))


def _asked_rows(day: str, asked: Iterable[Asked]) -> list[dict[str, Any]]:
    """What is stored of what was asked on a day."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in asked:
        key = {"day": day, "lang": one.lang, "text": one.text, "how": one.how.value, "article": one.article,
               "ticket": one.ticket}  # fmt: skip
        row = rows.setdefault(tuple(key.values()), {**key, "count": 0, "tickets": 0})
        row["count"] += one.count
        row["tickets"] += one.tickets
    return list(rows.values())


class TopicRepository:
    """Reads and writes topics. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # One at a time

    def take_lease(self, now: datetime) -> bool:
        """Whether this process may refresh now; nobody else until `end_lease`, or for half an hour."""
        with writing(self._engine) as connection:
            if _value(connection, _LEASE) > iso(now):
                return False
            _set(connection, _LEASE, iso(now + _LEASE_LASTS))
        return True

    def end_lease(self, done: date | None) -> None:
        with writing(self._engine) as connection:
            _set(connection, _LEASE, "")
            if done is not None:
                _set(connection, _DONE, done.isoformat())

    def done_on(self) -> str:
        """The day of the last refresh; '' before the first."""
        with self._engine.connect() as connection:
            return _value(connection, _DONE)

    # What was asked

    def newest(self) -> date | None:
        with self._engine.connect() as connection:
            at = connection.execute(select(func.max(event.c.at))).scalar()
        return date.fromisoformat(at[:10]) if at else None

    def stale_days(self, first: date, last: date) -> list[tuple[str, str]]:
        """Days, oldest first, whose events or those of the four days after are others than when they were taken: a
        contact within 72 hours makes a search a failed one. With each, what it is to be stored with. A day that depends
        on events which were removed stays as it was taken."""
        until = (last + timedelta(days=5)).isoformat()
        by_day = (
            select(func.substr(event.c.at, 1, 10).label("day"), event.c.seq)
            .where(event.c.at >= first.isoformat(), event.c.at < until)
            .subquery()
        )
        counted = select(by_day.c.day, func.count(), func.max(by_day.c.seq)).group_by(by_day.c.day)
        with self._engine.connect() as connection:
            rows = connection.execute(counted)
            marks = {day: f"{count}/{newest}" for day, count, newest in rows}
            known = {row.day: row.events for row in connection.execute(select(topic_day))}
            sealed = aggregates.sealed(connection)
        found = []
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            around = " ".join(marks.get((day + timedelta(days=n)).isoformat(), "-") for n in range(5))
            something = day.isoformat() in marks or day.isoformat() in known
            if day.isoformat() < sealed and day.isoformat() in known:
                continue
            if something and known.get(day.isoformat()) != around:
                found.append((day.isoformat(), around))
        return found

    def visits_of(self, day: str) -> tuple[list[Visit], list[Step]]:
        with self._engine.connect() as connection:
            read = visit_reader.read_day(connection, day)
        return read.begun, read.alone

    def tickets_known(self, tickets: Sequence[int]) -> dict[int, bool]:
        """Those the ledger holds, and whether their sender had searched within 72 hours before. It holds none from a
        browser that asked not to be recorded."""
        found = {}
        with self._engine.connect() as connection:
            for start in range(0, len(tickets), _AT_A_TIME):
                ids = [f"ticket-{one}" for one in tickets[start : start + _AT_A_TIME]]
                for row in connection.execute(select(event).where(event.c.id.in_(ids))).all():
                    step = Step(
                        row.id, row.at, milliseconds(row.at), row.visit, row.person, row.site, row.where, row.lang,
                        row.category, row.name, row.query, {},
                    )  # fmt: skip
                    found[int(row.id.removeprefix("ticket-"))] = visit_reader.searched_before(connection, step)
        return found

    def store_day(self, day: str, events: str, asked: Iterable[Asked]) -> None:
        """Put what was asked on a day in the place of what was stored of it."""
        asked = list(asked)
        questions = {
            (one.lang, one.text): {
                "lang": one.lang, "text": one.text, "words": one.words, "topic": 0, "nearness": 0, "vector": None
            }
            for one in reversed(asked)
        }  # fmt: skip
        with writing(self._engine) as connection:
            connection.execute(delete(topic_asked).where(topic_asked.c.day == day))
            connection.execute(delete(topic_day).where(topic_day.c.day == day))
            insert_many(connection, topic_asked, _asked_rows(day, asked))
            if questions:
                added = insert_for(connection, topic_question).on_conflict_do_nothing()
                connection.execute(added, list(questions.values()))
            connection.execute(insert(topic_day), {"day": day, "events": events})

    def asked_on(self, id: int, first: date, last: date) -> list[AskedOn]:
        """What was asked of a topic in these days, newest first."""
        asked = topic_asked.c
        wanted = (
            select(asked.day, asked.lang, asked.text, asked.ticket, func.sum(asked["count"]), func.sum(asked.tickets))
            .join(topic_question, _SAME_QUESTION)
            .where(_days(first, last), topic_question.c.topic == id)
            .group_by(asked.day, asked.lang, asked.text, asked.ticket)
            .order_by(asked.day.desc(), asked.lang, asked.text, asked.ticket)
        )
        with self._engine.connect() as connection:
            return [
                AskedOn(day, lang, text, ticket, int(n), int(m))
                for day, lang, text, ticket, n, m in connection.execute(wanted)
            ]

    def events_of(self, ids: Sequence[str]) -> list[Event]:
        """The events of the ledger with these ids, newest first."""
        found: list[Event] = []
        with self._engine.connect() as connection:
            for start in range(0, len(ids), _AT_A_TIME):
                some = select(event).where(event.c.id.in_(ids[start : start + _AT_A_TIME]))
                found += [event_of_row(row) for row in connection.execute(some)]
        return sorted(found, key=lambda one: (one.at, one.id), reverse=True)

    def asked_again(self, first: date, last: date, texts: Collection[str]) -> dict[str, list[Asked]]:
        """What was asked in vain in these days in one of these texts, by day, told anew from the ledger: of the visits
        that hold one, and of searches without a visit."""
        # A visit is of the day it began, and may hold what was asked after midnight.
        until = (last + timedelta(days=2)).isoformat()
        words = select(event.c.id, event.c.at, event.c.visit, event.c.query).where(
            event.c.name.in_(("search", "suggestions_shown")), event.c.at >= first.isoformat(), event.c.at < until,
            event.c.query != "",
        )  # fmt: skip
        plain = {plain_word(text) for text in texts}
        if len(plain) <= _FEW_WORDS and all(plain):
            query = func.lower(event.c.query)
            words = words.where(or_(*(query.contains(word, autoescape=True) for word in sorted(plain))))
        by_day: dict[str, list[Asked]] = defaultdict(list)
        with self._engine.connect() as connection:
            rows = [row for row in connection.execute(words) if text_of(row.query) in texts]
            visits = visit_reader.visits_of(connection, sorted({row.visit for row in rows} - {""}))
            alone = visit_reader.steps_of(connection, [row.id for row in rows if not row.visit])
        of_day: dict[str, tuple[list[Visit], list[Step]]] = defaultdict(lambda: ([], []))
        for visit in visits:
            of_day[visit.start.at[:10]][0].append(visit)
        for step in sorted(alone, key=lambda one: one.ms):
            of_day[step.at[:10]][1].append(step)
        for day, (whole, single) in of_day.items():
            if first.isoformat() <= day <= last.isoformat():
                by_day[day] = [one for one in asked_in_vain(whole, single) if one.text in texts]
        return by_day

    def forget_marks(self) -> None:
        """Every day is to be taken from the ledger again, as far as the ledger still has all of it."""
        with writing(self._engine) as connection:
            connection.execute(delete(topic_day).where(topic_day.c.day >= aggregates.sealed(connection)))

    def taken_days(self) -> list[str]:
        """The days that were taken from the ledger and could be taken again, oldest first."""
        with self._engine.connect() as connection:
            some = select(topic_day.c.day).where(topic_day.c.day >= aggregates.sealed(connection))
            return list(connection.execute(some.order_by(topic_day.c.day)).scalars())

    def compare_day(self, day: str, asked: Iterable[Asked]) -> str:
        """The first difference between what is stored of a day's visits and this, in words; '' for none. What tickets
        asked is left out, since their subjects are not of the ledger."""
        wanted = select(topic_asked).where(topic_asked.c.day == day, topic_asked.c.how != How.TICKET.value)
        with self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(wanted).mappings()]
        stored = {_asked_key(row): row for row in rows}
        computed = {_asked_key(row): row for row in _asked_rows(day, asked)}
        for key in sorted(stored.keys() | computed.keys()):
            there, ours = (
                [row["count"], row["tickets"]] if row else "missing" for row in (stored.get(key), computed.get(key))
            )
            if there != ours:
                return f"{topic_asked.name} {key} is {there}, computed {ours}"
        return ""

    # Questions and their vectors

    def questions(self, first: date, last: date, most: int) -> list[StoredQuestion]:
        """What was asked in these days, those asked most."""
        asked = (
            select(topic_asked.c.lang, topic_asked.c.text, func.sum(topic_asked.c.count).label("total"))
            .where(_days(first, last))
            .group_by(topic_asked.c.lang, topic_asked.c.text)
            .subquery()
        )
        columns = (topic_question.c.lang, topic_question.c.text, topic_question.c.topic, topic_question.c.vector)
        wanted = (
            select(*columns, asked.c.total)
            .join(asked, and_(topic_question.c.lang == asked.c.lang, topic_question.c.text == asked.c.text))
            .order_by(asked.c.total.desc(), topic_question.c.lang, topic_question.c.text)
            .limit(most)
        )
        with self._engine.connect() as connection:
            return [StoredQuestion(*row) for row in connection.execute(wanted)]

    def use_model(self, fingerprint: str) -> None:
        """Forget the embeddings of another model."""
        with writing(self._engine) as connection:
            if _value(connection, _MODEL) != fingerprint:
                connection.execute(update(topic_question).values(vector=None))
                _set(connection, _MODEL, fingerprint)

    def save_vectors(self, questions: Sequence[StoredQuestion], vectors: Vectors) -> list[bytes]:
        """Store the embeddings; as they were stored."""
        change = update(topic_question).where(*_this_question()).values(vector=bindparam("new_vector"))
        rows: list[dict[str, Any]] = [
            {"this_lang": q.lang, "this_text": q.text, "new_vector": packed(vector)}
            for q, vector in zip(questions, vectors, strict=True)
        ]
        with writing(self._engine) as connection:
            connection.execute(change, rows)
        return [row["new_vector"] for row in rows]

    # Topics

    def save_groups(
        self,
        questions: Sequence[StoredQuestion],
        groups: Sequence[int],
        nearness: Sequence[int],
        topics: Sequence[int],
        parents: Sequence[int],
        merged: Mapping[int, int],
    ) -> list[int]:
        """Store which question is in which group; the topic of each group. `topics`, `parents` and `merged` are as in
        insight/topics/identity.py."""
        with writing(self._engine) as connection:
            stored = {row["id"]: dict(row) for row in connection.execute(select(topic)).mappings()}
            ids = []
            for known, parent in zip(topics, parents, strict=True):
                if known in stored:
                    ids.append(known)
                    continue
                row = {**stored.get(parent, _NEW), "merged_into": 0}
                row.pop("id", None)
                made = connection.execute(insert(topic).values(row).returning(topic.c.id))
                ids.append(int(made.scalar_one()))
            connection.execute(update(topic_question).values(topic=0, nearness=0))
            rows = [
                {"this_lang": q.lang, "this_text": q.text, "new_topic": ids[group], "new_nearness": near}
                for q, group, near in zip(questions, groups, nearness, strict=True)
            ]
            if rows:
                change = update(topic_question).where(*_this_question())
                new: dict[str, Any] = {"topic": bindparam("new_topic"), "nearness": bindparam("new_nearness")}
                connection.execute(change.values(new), rows)
            connection.execute(update(topic).where(topic.c.id.in_(ids)).values(merged_into=0))
            for gone, group in merged.items():
                _merge(connection, stored, gone, ids[group])
            _remove_empty(connection)
        return ids

    def evidence(self, first: date, last: date) -> dict[int, list[Evidence]]:
        """What speaks for the cause of each topic."""
        columns = (topic_question.c.topic, topic_asked.c.lang, topic_asked.c.how, topic_asked.c.article)
        wanted = (
            select(*columns, func.sum(topic_asked.c.count))
            .join(topic_question, _SAME_QUESTION)
            .where(_days(first, last), topic_question.c.topic > 0)
            .group_by(*columns)
        )
        found: dict[int, list[Evidence]] = defaultdict(list)
        with self._engine.connect() as connection:
            for id, lang, how, article, count in connection.execute(wanted):
                found[id].append(Evidence(lang, How(how), _ref(*article.split("/", 1)) if article else None, count))
        return found

    def save_causes(self, causes: Mapping[int, tuple[Cause, ArticleRef | None]]) -> None:
        rows = [
            {
                "this": id, "new_cause": cause.value, "new_lang": nearest.lang if nearest else "",
                "new_slug": nearest.slug if nearest else "",
            }
            for id, (cause, nearest) in causes.items()
        ]  # fmt: skip
        if not rows:
            return
        new: dict[str, Any] = {
            "cause": bindparam("new_cause"), "nearest_lang": bindparam("new_lang"),
            "nearest_slug": bindparam("new_slug"),
        }  # fmt: skip
        with writing(self._engine) as connection:
            connection.execute(update(topic).where(topic.c.id == bindparam("this")).values(new), rows)

    def watch(self, today: date) -> int:
        """Close topics whose demand has halved, and open those again where it is back; how many changed."""
        changed = 0
        with writing(self._engine) as connection:
            rows = connection.execute(select(topic).where(topic.c.acted_on != "", topic.c.merged_into == 0)).all()
            for row in rows:
                before = Progress(
                    Status(row.status), date.fromisoformat(row.acted_on), row.asked_before, _date(row.watched_to),
                    _date(row.closed_on), _date(row.reopened_on),
                )  # fmt: skip
                after = watched(before, _by_day(connection, row.id), today)
                if after == before:
                    continue
                changed += after.status != before.status
                values = {
                    "status": after.status.value, "watched_to": _text(after.watched_to),
                    "closed_on": _text(after.closed_on), "reopened_on": _text(after.reopened_on),
                }  # fmt: skip
                connection.execute(update(topic).where(topic.c.id == row.id).values(values))
        return changed

    def acted(self, id: int, article: ArticleRef, day: date) -> None:
        """Remember the article that was begun for a topic, or that got its words."""
        with writing(self._engine) as connection:
            before = asked_before(_by_day(connection, id), day)
            values = {
                "status": Status.DRAFTED.value, "article_lang": article.lang, "article_slug": article.slug,
                "acted_on": day.isoformat(), "asked_before": before, "watched_to": "", "closed_on": "",
                "reopened_on": "",
            }  # fmt: skip
            connection.execute(update(topic).where(topic.c.id == id).values(values))

    def ignore(self, id: int, *, ignored: bool) -> None:
        """Leave a topic out of the list, whatever is asked; or take that back."""
        with writing(self._engine) as connection:
            again = Status.DRAFTED if _acted(connection, id) else Status.OPEN
            if ignored:
                connection.execute(update(topic).where(topic.c.id == id).values(status=Status.IGNORED.value))
                return
            # Whether demand has halved meanwhile is told again from the day of the article, by the next refresh.
            values = {"status": again.value, "watched_to": "", "closed_on": "", "reopened_on": ""}
            wanted = (topic.c.id == id) & (topic.c.status == Status.IGNORED.value)
            connection.execute(update(topic).where(wanted).values(values))

    def now(self, id: int) -> int:
        """The topic that this one is now part of: itself, unless it was merged. 0 for none."""
        with self._engine.connect() as connection:
            for _step in range(20):
                row = connection.execute(select(topic.c.merged_into).where(topic.c.id == id)).first()
                if row is None:
                    return 0
                if not row.merged_into:
                    return id
                id = row.merged_into
        return 0

    def topics(self, first: date, last: date) -> list[Topic]:
        """Every topic that was asked about in these days, or that an article was written for; in no order."""
        weeks = weeks_of(first, last)
        place = {week: number for number, week in enumerate(weeks)}
        with self._engine.connect() as connection:
            rows = connection.execute(select(topic).where(topic.c.merged_into == 0)).all()
            asked = connection.execute(
                select(
                    topic_question.c.topic, topic_question.c.lang, topic_question.c.words, topic_asked.c.day,
                    func.sum(topic_asked.c.count), func.sum(topic_asked.c.tickets),
                )
                .join(topic_asked, _SAME_QUESTION)
                .where(_days(first, last), topic_question.c.topic > 0)
                .group_by(
                    topic_question.c.topic, topic_question.c.lang, topic_question.c.words, topic_asked.c.day
                )
            ).all()  # fmt: skip
            titles = _titles(connection)
        counts: dict[int, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
        by_week: dict[int, list[int]] = defaultdict(lambda: [0] * len(weeks))
        tickets: dict[int, int] = defaultdict(int)
        for id, lang, words, day, count, followed in asked:
            counts[id][lang, words] += count
            by_week[id][place[_week(date.fromisoformat(day))]] += count
            tickets[id] += followed
        found = []
        for row in rows:
            questions = sorted(counts[row.id].items(), key=lambda one: (-one[1], one[0]))
            size = sum(by_week[row.id])
            if not size and not row.article_slug:
                continue
            found.append(
                Topic(
                    row.id, titles.get(row.id, {}), size, tickets[row.id], tuple(by_week[row.id]), Cause(row.cause),
                    Status(row.status),
                    tuple(AskedQuestion(lang, words, count) for (lang, words), count in questions if count),
                    _ref(row.nearest_lang, row.nearest_slug), _ref(row.article_lang, row.article_slug),
                    _date(row.acted_on), _date(row.closed_on), _date(row.reopened_on),
                )
            )  # fmt: skip
        return found


def weeks_of(first: date, last: date) -> list[date]:
    """The Mondays of the ISO weeks that these days touch."""
    monday, weeks = _week(first), []
    while monday <= last:
        weeks.append(monday)
        monday += timedelta(days=7)
    return weeks


def packed(vector: Vectors) -> bytes:
    """Half precision: grouping cannot tell the difference, and it is half the size."""
    return vector.astype(np.float16).tobytes()


def unpacked(stored: bytes) -> Vectors:
    return np.frombuffer(stored, np.float16).astype(np.float32)


def forget_days(connection: Connection, days: Iterable[str]) -> None:
    """Remove what searches of these days asked; it is taken from the ledger again, as far as it is still there."""
    wanted = sorted(set(days))
    for start in range(0, len(wanted), _AT_A_TIME):
        some = wanted[start : start + _AT_A_TIME]
        connection.execute(delete(topic_asked).where(topic_asked.c.day.in_(some)))
        connection.execute(delete(topic_day).where(topic_day.c.day.in_(some)))
    _remove_unasked(connection)


def forget_tickets(connection: Connection, tickets: Sequence[int]) -> None:
    """Remove the subjects of these tickets."""
    for start in range(0, len(tickets), _AT_A_TIME):
        connection.execute(delete(topic_asked).where(topic_asked.c.ticket.in_(tickets[start : start + _AT_A_TIME])))
    _remove_unasked(connection)


def forget_before(connection: Connection, day: str) -> int:
    """Remove what was asked before a day; how many rows."""
    removed = connection.execute(delete(topic_asked).where(topic_asked.c.day < day)).rowcount
    connection.execute(delete(topic_day).where(topic_day.c.day < day))
    _remove_unasked(connection)
    return removed


def _remove_unasked(connection: Connection) -> None:
    asked = select(topic_asked.c.day).where(_SAME_QUESTION).exists()
    connection.execute(delete(topic_question).where(~asked))


def _remove_empty(connection: Connection) -> None:
    """Topics without a question, but for those an article remembers, and those merged into one that is there."""
    _remove_unasked(connection)
    inhabited = select(topic_question.c.topic).where(topic_question.c.topic == topic.c.id).exists()
    empty = (topic.c.merged_into == 0) & (topic.c.article_slug == "") & ~inhabited
    connection.execute(delete(topic).where(empty))
    there = topic.alias()
    target = select(there.c.id).where(there.c.id == topic.c.merged_into).exists()
    connection.execute(delete(topic).where(topic.c.merged_into != 0, ~target))


def _merge(connection: Connection, stored: Mapping[int, Mapping[str, Any]], gone: int, into: int) -> None:
    """A topic goes on in another, which takes over the article if it has none."""
    if gone == into or gone not in stored:
        return
    was = stored[gone]
    connection.execute(update(topic).where(topic.c.id == gone).values(merged_into=into))
    if was["acted_on"] and was["status"] != Status.IGNORED.value:
        taken = {name: was[name] for name in (
            "status", "article_lang", "article_slug", "acted_on", "asked_before", "watched_to", "closed_on",
            "reopened_on",
        )}  # fmt: skip
        plain = (topic.c.id == into) & (topic.c.acted_on == "") & (topic.c.status == Status.OPEN.value)
        connection.execute(update(topic).where(plain).values(taken))


def _titles(connection: Connection) -> dict[int, dict[str, str]]:
    """The most typical question of each topic in each language."""
    nearest: dict[int, dict[str, str]] = defaultdict(dict)
    rows = connection.execute(
        select(topic_question.c.topic, topic_question.c.lang, topic_question.c.words)
        .where(topic_question.c.topic > 0)
        .order_by(topic_question.c.lang, topic_question.c.nearness.desc(), topic_question.c.text)
    )
    for id, lang, words in rows:
        nearest[id].setdefault(lang, words)
    return nearest


def _by_day(connection: Connection, id: int) -> dict[date, int]:
    rows = connection.execute(
        select(topic_asked.c.day, func.sum(topic_asked.c.count))
        .join(topic_question, _SAME_QUESTION)
        .where(topic_question.c.topic == id)
        .group_by(topic_asked.c.day)
    )
    return {date.fromisoformat(day): count for day, count in rows}


def _acted(connection: Connection, id: int) -> bool:
    return bool(connection.execute(select(topic.c.acted_on).where(topic.c.id == id)).scalar())


def _days(first: date, last: date) -> ColumnElement[bool]:
    return (topic_asked.c.day >= first.isoformat()) & (topic_asked.c.day <= last.isoformat())


def _this_question() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return topic_question.c.lang == bindparam("this_lang"), topic_question.c.text == bindparam("this_text")


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _ref(lang: str, slug: str) -> ArticleRef | None:
    return ArticleRef(lang, slug) if slug else None


def _date(stored: str) -> date | None:
    return date.fromisoformat(stored) if stored else None


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _value(connection: Connection, name: str) -> str:
    return connection.execute(select(state.c.value).where(state.c.name == name)).scalar() or ""


def _set(connection: Connection, name: str, value: str) -> None:
    added = insert_for(connection, state).values(name=name, value=value)
    connection.execute(added.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
