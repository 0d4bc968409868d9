"""The figures of a time: deflection, searches, tickets, articles, read from the counts by day.

Days are UTC, both ends included. A visit is of the day it began, and of the language, site and surface of its first
search or suggestion; everything else is of its own. A topic's figures are those of events, and of visits with events,
about its articles.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, literal, select, true, union_all

from core.database.timestamps import iso
from insight.outcomes import Outcome
from insight.schema import day_count, day_query, visit

LEAST_CASES = 20
# In the place of a language, site or surface: only what has none.
NONE = "-"
# From so many days on, words are added up in their own order: SQLite, and PostgreSQL.
_MANY_DAYS, _MOST_DAYS = 60, 180
# Words that are added up exactly to tell those used most; counts that few words have, which have an index of their own.
_FINALISTS = 200
_RARE = frozenset({"ask_human", "no_results", "failed"})
_ARTICLE_FIGURES = {
    "read": "reads", "helpful": "helpful", "unhelpful": "unhelpful", "solved": "solved", "failed_after": "failed_after",
}  # fmt: skip
QUERY_COUNTS = ("searches", "answer", "suggest", "ask_human", "no_results", "no_click", "failed")
VERDICTS = ("answer", "suggest", "ask_human")


@dataclass(frozen=True)
class Filters:
    """Which part of what happened: '' is all of it, NONE what has no language, site or surface."""

    first: date
    last: date
    lang: str = ""
    site: str = ""
    category: str = ""
    where: str = ""

    def before(self) -> "Filters":
        """The same for as many days before."""
        days = (self.last - self.first).days + 1
        return Filters(
            self.first - timedelta(days=days), self.first - timedelta(days=1), self.lang, self.site, self.category,
            self.where,
        )  # fmt: skip

    def of_time(self) -> "Filters":
        """Of the same time, everything."""
        return Filters(self.first, self.last)

    def chosen(self) -> dict[str, str]:
        """The columns that are to have a value, which may be ''."""
        given = {"lang": self.lang, "site": self.site, "where": self.where}
        return {name: "" if value == NONE else value for name, value in given.items() if value}

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


def share(cases: int, of: int) -> float | None:
    """A rate; None under 20 cases, of which none is shown."""
    return round(cases / of, 4) if of >= LEAST_CASES else None


class Report:
    """Reads the counts of one time. Cheap to make; each method is one query or two."""

    def __init__(self, connection: Connection, filters: Filters, now: datetime) -> None:
        self._connection = connection
        self.filters = filters
        self._now = iso(now)

    def totals(self, *names: str) -> dict[str, Counter[str]]:
        """Of each of these counts, the sum by key."""
        found: dict[str, Counter[str]] = {name: Counter() for name in names}
        rows = self._connection.execute(
            select(day_count.c.name, day_count.c.key, func.sum(day_count.c.count))
            .where(self._counts(names))
            .group_by(day_count.c.name, day_count.c.key)
        )
        for name, key, count in rows:
            found[name][key] = int(count)
        return found

    def by(self, column: str, *names: str) -> dict[str, dict[str, Counter[str]]]:
        """The same, apart for each value of a column: `day`, `lang`, `site`, `where`, `category`."""
        found: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: {name: Counter() for name in names})
        of = day_count.c[column]
        condition = self._counts(names) if column != "category" else self._counts(names, by_category=True)
        rows = self._connection.execute(
            select(of, day_count.c.name, day_count.c.key, func.sum(day_count.c.count))
            .where(condition)
            .group_by(of, day_count.c.name, day_count.c.key)
        )
        for value, name, key, count in rows:
            found[value][name][key] = int(count)
        return dict(found)

    def _counts(self, names: Sequence[str], *, by_category: bool = False) -> ColumnElement[bool]:
        own = self.filters
        parts: list[ColumnElement[bool]] = [
            day_count.c.name.in_(names),
            day_count.c.day >= own.first.isoformat(),
            day_count.c.day <= own.last.isoformat(),
        ]
        parts.append(day_count.c.category != "" if by_category else day_count.c.category == own.category)
        parts += [day_count.c[name] == value for name, value in self.filters.chosen().items()]
        return and_(*parts)

    def outcomes(self) -> dict[str, int]:
        """Visits by outcome, those that are still pending among them."""
        return self.settled(self.totals("outcome")["outcome"])[0]

    def settled(self, counted: Counter[str]) -> tuple[dict[str, int], int]:
        """Outcomes now, of the counts of `outcome`; and how many failed that would not have at the end of the visit."""
        found = {one.value: 0 for one in Outcome}
        late = 0
        for key, count in counted.items():
            at_end, _to, outcome = key.partition(">")
            found[outcome] += count
            if outcome == Outcome.FAILED and at_end in {Outcome.CONFIRMED, Outcome.PROBABLE}:
                late += count
        pending = self._pending()
        for outcome, count in pending.items():
            found[outcome] -= count
        return {**found, "pending": sum(pending.values())}, late

    def _pending(self) -> Counter[str]:
        own = self.filters
        # Found by when they settle, which are those of three days, and not by their day, which may be those of a year.
        day = visit.c.day.concat("")
        parts = [
            visit.c.settles_at > self._now, visit.c.counts == 1, visit.c.outcome != Outcome.FAILED.value,
            day >= own.first.isoformat(), day <= own.last.isoformat(),
        ]  # fmt: skip
        parts += [visit.c[name] == value for name, value in self.filters.chosen().items()]
        if own.category:
            parts.append((" " + visit.c.categories + " ").contains(f" {own.category} ", autoescape=True))
        rows = self._connection.execute(
            select(visit.c.outcome, func.count()).where(and_(*parts)).group_by(visit.c.outcome)
        )
        return Counter({str(outcome): int(count) for outcome, count in rows})

    def as_json(self) -> dict[str, Any]:
        """The report in the shape that `flask insight report --json` prints."""
        names = ("outcome", "search", "no_click", "ticket", "ticket_searched", *_ARTICLE_FIGURES)
        counted = self.totals(*names)
        outcomes, late = self.settled(counted["outcome"])
        of = outcomes["confirmed"] + outcomes["probable"] + late
        search = counted["search"]
        return {
            "visits": sum(outcomes.values()),
            "outcomes": outcomes,
            "false_deflection": {"cases": late, "of": of, "rate": share(late, of)},
            "searches": {
                "total": sum(search.values()),
                **{verdict: search[verdict] for verdict in VERDICTS},
                "no_click": sum(counted["no_click"].values()),
            },
            "tickets": {
                "total": sum(counted["ticket"].values()),
                "with_search": sum(counted["ticket_searched"].values()),
                "by_channel": dict(sorted(counted["ticket"].items())),
            },
            "articles": articles(counted),
        }

    def queries(self, order: str, limit: int) -> list[dict[str, Any]]:
        """The queries with most of one of the counts of `insight_query`, each with all of them."""
        return self.top_queries((order,), limit)[order]

    def top_queries(self, orders: Sequence[str], limit: int) -> dict[str, list[dict[str, Any]]]:
        """The same for several of the counts.

        There may be a million different words, nearly all of which were used once: of many days, first are those that
        were used more than once in one of them; then those that were used more often, read once for all counts. Where
        these are too few to tell, those of one count are read again.
        """
        days = len(self.filters.days)
        top: dict[str, list[tuple[str, str]]] = {}
        if days > _MANY_DAYS:
            top = self._told_by_bounds(orders, limit)
            top |= {order: self._best_of_all(order, limit) for order in orders if order in _RARE and order not in top}
        rest = [order for order in orders if order not in top]
        if rest:
            with self._in_order_of_words(days > _MOST_DAYS):
                often = self._most(rest, limit, func.sum(day_query.c.searches) > 1)
            for order, found in often.items():
                told = len(found) == limit and found[-1][1] > 1
                top[order] = [words for words, _count in found] if told else self._best_of_all(order, limit)
        counts = self.counts_of([one for found in top.values() for one in found])
        return {
            order: sorted(
                ({"lang": lang, "query": query, **counts[lang, query]} for lang, query in found),
                key=lambda row: (-row[order], row["query"], row["lang"]),
            )
            for order, found in top.items()
        }

    def _told_by_bounds(self, orders: Sequence[str], limit: int) -> dict[str, list[tuple[str, str]]]:
        """The words with most of these counts, of those counts where it can be told without reading all words.

        Few words were used more than once in a day on one surface. How often a word was used besides is at most once
        a day and surface: whoever is ahead by more than that is ahead.
        """
        wanted = select(day_count.c.site, day_count.c.where).where(
            day_count.c.name == "search", day_count.c.category == "",
            day_count.c.day >= self.filters.first.isoformat(), day_count.c.day <= self.filters.last.isoformat(),
        )  # fmt: skip
        besides = len(self.filters.days) * len(self._connection.execute(wanted.distinct()).all())
        told = {}
        for order, found in self._most(orders, _FINALISTS, true(), day_query.c.searches > 1).items():
            least = found[limit - 1][1] - besides if len(found) >= limit else 0
            if least > 0 and (len(found) < _FINALISTS or found[-1][1] < least):
                finalists = [words for words, count in found if count >= least]
                counts = self.counts_of(finalists)
                told[order] = sorted(finalists, key=lambda one: (-counts[one][order], one[1], one[0]))[:limit]
        return told

    def _most(
        self, orders: Sequence[str], limit: int, having: ColumnElement[bool], *which: ColumnElement[bool]
    ) -> dict[str, list[tuple[tuple[str, str], int]]]:
        """Words with most of each of these counts, in their order, with the count; read once for all of them."""
        words = (day_query.c.lang, day_query.c.query)
        often = (
            select(*words, *(func.sum(day_query.c[order]).label(order) for order in orders))
            .where(self._queries(all_of_it=len(self.filters.days) > _MANY_DAYS), *which)
            .group_by(*words)
            .having(having)
            .cte("often")
        )
        parts = []
        for order in orders:
            best = select(often.c.lang, often.c.query, often.c[order]).where(often.c[order] > 0)
            first = best.order_by(often.c[order].desc(), often.c.query).limit(limit)
            parts.append(select(literal(order), first.subquery()))
        found: dict[str, list[tuple[tuple[str, str], int]]] = {order: [] for order in orders}
        for order, lang, query, count in self._connection.execute(union_all(*parts)):
            found[order].append(((lang, query), int(count)))
        for rows in found.values():
            rows.sort(key=lambda row: (-row[1], row[0][1]))
        return found

    def _best_of_all(self, order: str, limit: int) -> list[tuple[str, str]]:
        words = (day_query.c.lang, day_query.c.query)
        some = day_query.c[order] > literal(0, literal_execute=True)  # in the words of the index of these
        among = select(*words).where(self._queries(all_of_it=True), some).group_by(*words)
        best = among.order_by(func.sum(day_query.c[order]).desc(), day_query.c.query).limit(limit)
        return [(row.lang, row.query) for row in self._connection.execute(best)]

    @contextmanager
    def _in_order_of_words(self, wanted: bool) -> Iterator[None]:
        """Keep PostgreSQL from making a table of a million words in memory, where the index has them in order already:
        it takes every look at an index for one at a disk."""
        hint = wanted and self._connection.dialect.name == "postgresql"
        if hint:
            self._connection.execute(select(func.set_config("enable_hashagg", "off", True)))
        yield
        if hint:
            self._connection.execute(select(func.set_config("enable_hashagg", "on", True)))

    def counts_of(self, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], dict[str, int]]:
        """All counts of these words in their languages; nothing of those that nobody used."""
        by_lang: dict[str, list[str]] = defaultdict(list)
        for lang, words in sorted(set(asked)):
            by_lang[lang].append(words)
        found = {}
        for lang, names in by_lang.items():
            wanted = (
                select(day_query.c.query, *(func.sum(day_query.c[one]).label(one) for one in QUERY_COUNTS))
                .where(self._queries(), day_query.c.lang == lang, day_query.c.query.in_(names))
                .group_by(day_query.c.query)
            )
            for row in self._connection.execute(wanted):
                found[lang, row.query] = {name: int(row._mapping[name]) for name in QUERY_COUNTS}
        return found

    def _queries(self, *, all_of_it: bool = False) -> ColumnElement[bool]:
        """`all_of_it` reads the table in the order of words, where SQLite would look up one day after another."""
        own = self.filters
        day: ColumnElement[str] = day_query.c.day
        if all_of_it and self._connection.dialect.name == "sqlite":
            day = func.likely(day)  # no bound of an index
        parts = [day >= own.first.isoformat(), day <= own.last.isoformat()]
        parts += [day_query.c[name] == value for name, value in self.filters.chosen().items()]
        return and_(*parts)


def articles(counted: dict[str, Counter[str]]) -> list[dict[str, Any]]:
    """A row an article, those read most first."""
    keys = {key for name in _ARTICLE_FIGURES for key in counted[name]}
    rows = []
    for key in keys:
        lang, _slash, slug = key.partition("/")
        figures = {figure: counted[name][key] for name, figure in _ARTICLE_FIGURES.items()}
        rows.append({"lang": lang, "slug": slug, **figures})
    return sorted(rows, key=lambda row: (-row["reads"], row["lang"], row["slug"]))


@contextmanager
def reports(engine: Engine, filters: Filters, now: datetime) -> Iterator[tuple[Report, Report]]:
    """The report of a time, and that of as many days before."""
    with engine.connect() as connection:
        yield Report(connection, filters, now), Report(connection, filters.before(), now)


def report(engine: Engine, filters: Filters, now: datetime) -> dict[str, Any]:
    with engine.connect() as connection:
        return Report(connection, filters, now).as_json()
