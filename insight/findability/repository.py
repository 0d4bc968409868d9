"""SQL of findability: the places of today, what each publish changed, and the words that led to an article."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select

from core.database.connection import writing
from core.database.timestamps import iso, moment
from core.database.upsert import insert_for
from insight.findability.models import Change, Effect, Place, Places, Question, Run
from insight.schema import findability, findability_change, findability_run, reached, state
from kb.models import ArticleRef

_LEASE, _LEASE_LASTS = "findability_lease", timedelta(hours=1)
# What is kept of history: publishes, and changes of all questions together.
RUNS_KEPT, CHANGES_KEPT = 500, 20_000
_AT_A_TIME = 500


@dataclass(frozen=True)
class Words:
    """What customers searched for and then opened an article from: in how many visits, in how many of them they read it
    and said that it helped, and in how many they got in touch all the same."""

    text: str
    opened: int
    read: int
    confirmed: int
    failed: int


class FindabilityRepository:
    """Cheap to create; thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take_lease(self, now: datetime) -> bool:
        """Whether this process may measure now; nobody else until `end_lease`, or for an hour."""
        with writing(self._engine) as connection:
            held = connection.execute(select(state.c.value).where(state.c.name == _LEASE)).scalar() or ""
            if held > iso(now):
                return False
            _set(connection, iso(now + _LEASE_LASTS))
        return True

    def end_lease(self) -> None:
        with writing(self._engine) as connection:
            _set(connection, "")

    def last_run(self) -> Run | None:
        return next(iter(self.runs(1)), None)

    def runs(self, limit: int) -> list[Run]:
        """The newest first."""
        query = select(findability_run).order_by(findability_run.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [
                Run(row.id, row.revision, moment(row.at), row.basis, row.questions, row.found, row.broken, row.mended,
                    row.left_out)
                for row in connection.execute(query)
            ]  # fmt: skip

    def places(self, ref: ArticleRef | None = None) -> dict[Question, Place]:
        """Every question as it was measured last, or those of one article."""
        query = select(findability).order_by(findability.c.lang, findability.c.slug, findability.c.question)
        if ref is not None:
            query = query.where(findability.c.lang == ref.lang, findability.c.slug == ref.slug)
        with self._engine.connect() as connection:
            return dict(map(_place, connection.execute(query)))

    def store(self, run: Run, places: Places, changes: Sequence[Change]) -> None:
        """Make these the places of today. `changes` of the first run are not history: nothing was before."""
        changed = {one.question for one in changes}
        with writing(self._engine) as connection:
            first = connection.execute(select(func.max(findability_run.c.id))).scalar() is None
            values = {
                "revision": run.revision, "at": iso(run.at), "basis": run.basis, "questions": run.questions,
                "found": run.found, "broken": run.broken, "mended": run.mended, "left_out": run.left_out,
            }  # fmt: skip
            id = connection.execute(insert(findability_run).values(values).returning(findability_run.c.id)).scalar_one()
            known = {question: place.since for question, place in map(_place, connection.execute(select(findability)))}
            connection.execute(delete(findability))
            rows = [
                {
                    "lang": question.lang, "slug": question.slug, "question": question.text, "rank": place.rank,
                    "verdict": place.verdict, "rivals": json.dumps([[ref.lang, ref.slug] for ref in place.rivals]),
                    "since": run.revision if question in changed else known.get(question, run.revision),
                }
                for question, place in places.items()
            ]  # fmt: skip
            for part in _parts(rows):
                connection.execute(insert(findability), part)
            for part in _parts([] if first else [_change_row(id, run.revision, one) for one in changes]):
                connection.execute(insert(findability_change), part)
            _prune(connection)

    def changes(self, run: int) -> list[Change]:
        """What a run found changed, in the order in which it was stored: what broke first."""
        query = select(findability_change).where(findability_change.c.run == run).order_by(findability_change.c.id)
        with self._engine.connect() as connection:
            return list(map(_change, connection.execute(query)))

    def history(self, ref: ArticleRef) -> list[Change]:
        """What publishes changed for an article's questions, the newest first."""
        of = findability_change.c
        query = select(findability_change).where(of.lang == ref.lang, of.slug == ref.slug).order_by(of.id.desc())
        with self._engine.connect() as connection:
            return list(map(_change, connection.execute(query.limit(_AT_A_TIME))))

    def words(self, since: date, ref: ArticleRef | None = None) -> dict[ArticleRef, list[Words]]:
        """What led to articles since a day, the most helpful first."""
        of = reached.c
        sums = [func.sum(of[name]).label(name) for name in ("opened", "read", "confirmed", "failed")]
        query = (
            select(of.article_lang, of.slug, of.query, func.max(of.words).label("words"), *sums)
            .where(of.day >= since.isoformat())
            .group_by(of.article_lang, of.slug, of.query)
        )
        if ref is not None:
            query = query.where(of.article_lang == ref.lang, of.slug == ref.slug)
        found: dict[ArticleRef, list[Words]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                words = Words(row.words, int(row.opened), int(row.read), int(row.confirmed), int(row.failed))
                found.setdefault(ArticleRef(row.article_lang, row.slug), []).append(words)
        for listed in found.values():
            listed.sort(key=lambda one: (-one.confirmed, -one.read, -one.opened, one.text))
        return found


def _set(connection: Connection, value: str) -> None:
    added = insert_for(connection, state).values(name=_LEASE, value=value)
    connection.execute(added.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def _parts(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), _AT_A_TIME):
        yield rows[start : start + _AT_A_TIME]


def _prune(connection: Connection) -> None:
    """Keep history within its bounds, the newest of it."""
    runs, changes = findability_run.c.id, findability_change.c.id
    oldest_run = select(runs).order_by(runs.desc()).offset(RUNS_KEPT).limit(1).scalar_subquery()
    connection.execute(delete(findability_run).where(runs <= oldest_run))
    oldest_change = select(changes).order_by(changes.desc()).offset(CHANGES_KEPT).limit(1).scalar_subquery()
    connection.execute(delete(findability_change).where(changes <= oldest_change))


def _place(row: Row[Any]) -> tuple[Question, Place]:
    rivals = tuple(ArticleRef(*one) for one in json.loads(row.rivals))
    return Question(row.lang, row.slug, row.question), Place(row.rank, row.verdict, rivals, row.since)


def _change_row(run: int, revision: int, one: Change) -> dict[str, Any]:
    question, was, now = one.question, one.was or _NOWHERE, one.now or _NOWHERE
    return {
        "run": run, "revision": revision, "lang": question.lang, "slug": question.slug, "question": question.text,
        "effect": one.effect.value, "was_rank": was.rank, "was_verdict": was.verdict, "rank": now.rank,
        "verdict": now.verdict,
    }  # fmt: skip


_NOWHERE = Place(0, "")


def _change(row: Row[Any]) -> Change:
    was = Place(row.was_rank, row.was_verdict) if row.was_verdict else None
    now = Place(row.rank, row.verdict) if row.verdict else None
    return Change(Question(row.lang, row.slug, row.question), Effect(row.effect), was, now, row.revision)
