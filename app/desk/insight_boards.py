"""The boards of insight: what came of visits, what was asked in vain, articles, and who asks when.

Every number leads to the events behind it, and stands beside that of the period before.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.current import services
from app.desk import charts
from app.desk.insight_tables import Board, Cell, Section
from app.desk.insight_words import (
    OUTCOMES,
    channel_word,
    next_word,
    outcome_word,
    rate_words,
    reason_word,
    stage_word,
    surface_word,
    url_text,
    verdict_words,
    way_word,
    weekday_name,
)
from app.web.i18n import current_lang, language_name
from core.texts.languages import colon, sentence_gap
from insight.counting import STAGES
from insight.report import NONE, VERDICTS, Filters, Report
from insight.report import articles as article_rows
from support.agents.figures import promises_kept

_QUERIES, _ARTICLES = 25, 200
_MONDAY = date(2024, 1, 1)
_STAGES = ("visits", *STAGES)


class Boards:
    """Draws boards of one time and part."""

    def __init__(self, report: Report, before: Report) -> None:
        self.report = report
        self.before = before
        self.filters = report.filters

    def events_url(self, **more: Any) -> str:
        return url_for("desk.insight_events", **{**address_of(self.filters), **more})

    def number(self, count: int, **more: Any) -> Cell:
        return Cell(count, self.events_url(**more))

    def then(self, count: int, **more: Any) -> Cell:
        """A figure of the period before, with what is behind it."""
        return Cell(count, url_for("desk.insight_events", **{**address_of(self.before.filters), **more}))

    def rate(self, cases: int, of: int, **more: Any) -> Cell:
        """A share, with its cases behind it."""
        return Cell(rate_words(cases, of), self.events_url(**more) if cases else "")

    def overview(self) -> Board:
        sections = (
            self._outcomes(), self._funnel(), self._searched(), self._tickets(), self._contacts(), self._over_time(),
            self._verdicts(),
        )  # fmt: skip
        return Board("overview", _("Insight"), sections)

    def _outcomes(self) -> Section:
        counted = self.report.totals("outcome")["outcome"]
        now, late = self.report.settled(counted)
        then, late_then = self.before.settled(self.before.totals("outcome")["outcome"])
        settled = sum(now.values()) - now["pending"]
        settled_then = sum(then.values()) - then["pending"]
        rows = [
            (
                Cell(outcome_word(name)), self.number(now[name], outcome=name),
                Cell(rate_words(now[name], settled) if name != "pending" else ""),
                self.then(then[name], outcome=name),
                Cell(rate_words(then[name], settled_then) if name != "pending" else ""),
            )
            for name in OUTCOMES
        ]  # fmt: skip
        of = now["confirmed"] + now["probable"] + late
        of_then = then["confirmed"] + then["probable"] + late_then
        rows.append((
            Cell(_("False deflection")), self.number(late, outcome="failed", late=1), Cell(rate_words(late, of)),
            self.then(late_then, outcome="failed", late=1), Cell(rate_words(late_then, of_then)),
        ))  # fmt: skip
        return Section(
            "outcomes", _("What came of visits"),
            (_("Outcome"), _("Visits"), _("Share"), _("Period before"), _("Share before")), tuple(rows),
            charts.bars(
                _("What came of visits"), [now[name] for name in OUTCOMES], [outcome_word(name) for name in OUTCOMES]
            ),
            note=_(
                "Somebody who phones, writes or visits without being known cannot be seen here and counts as helped or"
                " as gone."
            ),
        )  # fmt: skip

    def _funnel(self) -> Section:
        now, then = self.report.totals("funnel")["funnel"], self.before.totals("funnel")["funnel"]
        names = {stage: stage_word(stage) for stage in _STAGES}
        rows = tuple(
            (
                Cell(names[stage]), self.number(now[stage], stage=stage),
                Cell(rate_words(now[stage], now["visits"])), self.then(then[stage], stage=stage),
                Cell(rate_words(then[stage], then["visits"])),
            )
            for stage in _STAGES
        )  # fmt: skip
        chart = charts.bars(
            _("From a question to a person"), [now[stage] for stage in _STAGES], [names[stage] for stage in _STAGES]
        )
        columns = (_("Stage"), _("Visits"), _("Share"), _("Period before"), _("Share before"))
        return Section("funnel", _("From a question to a person"), columns, rows, chart)

    def _searched(self) -> Section:
        """Searches by what they were answered with, against the period before."""
        names = ("search", "no_click", "no_results")
        now, then = self.report.totals(*names), self.before.totals(*names)
        of, of_then = sum(now["search"].values()), sum(then["search"].values())
        verdicts = dict(zip(VERDICTS, verdict_words(), strict=True))
        figures: list[tuple[str, int, int, dict[str, Any]]] = [
            (verdicts[one], now["search"][one], then["search"][one], {"verdict": one}) for one in VERDICTS
        ]
        for name, words in (("no_click", _("Without a click")), ("no_results", _("Without results"))):
            figures.append((words, sum(now[name].values()), sum(then[name].values()), {name: 1}))
        rows = tuple(
            (
                Cell(words), self.number(count, name="search", **more), Cell(rate_words(count, of)),
                self.then(before, name="search", **more), Cell(rate_words(before, of_then)),
            )
            for words, count, before, more in figures
        )  # fmt: skip
        columns = (_("What was shown"), _("Searches"), _("Share"), _("Period before"), _("Share before"))
        chart = charts.bars(
            _("Searches"), [count for _words, count, _before, _more in figures], [words for words, *_more in figures]
        )
        return Section("answered", _("How searches were answered"), columns, rows if of or of_then else (), chart)

    def _tickets(self) -> Section:
        names = ("ticket", "ticket_searched")
        now, then = self.report.totals(*names), self.before.totals(*names)
        ways = sorted(now["ticket"] | then["ticket"], key=lambda way: -now["ticket"][way])
        rows = tuple(
            (
                Cell(way_word(way)), self.number(now["ticket"][way], figure="ticket", key=way or NONE),
                self.rate(now["ticket_searched"][way], now["ticket"][way], figure="ticket_searched", key=way or NONE),
                self.then(then["ticket"][way], figure="ticket", key=way or NONE),
            )
            for way in ways
        )  # fmt: skip
        columns = (_("Way"), _("Tickets"), _("After a search"), _("Period before"))
        return Section(
            "tickets",
            _("Tickets"),
            columns,
            rows,
            charts.bars(_("Tickets"), [now["ticket"][way] for way in ways], [way_word(way) for way in ways]),
        )

    def _contacts(self) -> Section:
        """What is no ticket: channels that were chosen on a page, calls and visits that staff wrote down."""
        kinds = ("channel_chosen", "contact_logged")
        now, then = self.report.totals(*kinds), self.before.totals(*kinds)
        every = sum((now[kind] + then[kind] for kind in kinds), Counter[str]())
        channels = sorted(every, key=lambda one: (-sum(now[kind][one] for kind in kinds), one))
        rows = tuple(
            (
                Cell(channel_word(one)),
                *(part(of[kind][one], name=kind, channel=one)
                  for kind in kinds for of, part in ((now, self.number), (then, self.then))),
            )
            for one in channels
        )  # fmt: skip
        columns = (
            _("Channel"), _("Chosen on a page"), _("Period before"), _("Written down by the team"), _("Period before"),
        )  # fmt: skip
        title = _("Contacts by other channels")
        chart = charts.bars(
            title, [sum(now[kind][one] for kind in kinds) for one in channels], [channel_word(one) for one in channels]
        )
        return Section("contacts", title, columns, rows, chart)

    def _by_day(self, *names: str) -> dict[date, dict[str, Counter[str]]]:
        found = self.report.by("day", *names)
        empty: dict[str, Counter[str]] = {name: Counter() for name in names}
        return {day: found.get(day.isoformat(), empty) for day in self.filters.days}

    def _ends(self) -> tuple[str, str]:
        return self.filters.first.isoformat(), self.filters.last.isoformat()

    def _over_time(self) -> Section:
        days = self._by_day("outcome")
        shown = ("confirmed", "probable", "abandoned", "failed")
        counted: dict[date, Counter[str]] = {day: Counter() for day in days}
        for day, found in days.items():
            for key, count in found["outcome"].items():
                counted[day][key.partition(">")[2]] += count
        rows = tuple(
            (
                Cell(day.isoformat()),
                *(self.number(counted[day][one], **on(day), outcome=one, open_too=1) for one in shown),
            )
            for day in reversed(days)
        )
        chart = charts.columns(
            _("What came of visits, by day"), [[counted[day][name] for name in shown] for day in days], self._ends()
        )
        words = tuple(outcome_word(name) for name in shown)
        note = _("As it will be once 72 hours are over, as far as can be known today.")
        return Section("days", _("What came of visits, by day"), (_("Day"), *words), rows, chart, words, note)

    def _verdicts(self) -> Section:
        days = self._by_day("search", "no_click")
        words = verdict_words()
        rows = tuple(
            (
                Cell(day.isoformat()),
                *(self.number(found["search"][one], **on(day), name="search", verdict=one) for one in VERDICTS),
                self.number(sum(found["no_click"].values()), **on(day), name="search", no_click=1),
            )
            for day, found in reversed(days.items())
        )
        chart = charts.columns(
            _("Searches by day"), [[found["search"][one] for one in VERDICTS] for found in days.values()], self._ends()
        )
        return Section("searches", _("Searches by day"), (_("Day"), *words, _("Without a click")), rows, chart, words)

    def queries(self) -> Board:
        kinds = {
            "top": ("searches", _("Asked most")), "without_results": ("no_results", _("Without results")),
            "without_click": ("no_click", _("Without a click")), "ask_human": ("ask_human", _("Asked for a human")),
            "failed": ("failed", _("Got in touch after it")),
        }  # fmt: skip
        found = self.report.top_queries([order for order, _title in kinds.values()], _QUERIES)
        before = self.before.counts_of([(row["lang"], row["query"]) for rows in found.values() for row in rows])
        sections = (self._queries(name, order, title, found[order], before) for name, (order, title) in kinds.items())
        return Board("queries", _("Questions"), tuple(sections))

    def _queries(
        self, name: str, order: str, title: str, found: Sequence[Mapping[str, Any]],
        before: Mapping[tuple[str, str], Mapping[str, int]],
    ) -> Section:  # fmt: skip
        figures: dict[str, dict[str, Any]] = {
            "searches": {}, "answer": {"verdict": "answer"}, "ask_human": {"verdict": "ask_human"},
            "no_results": {"no_results": 1}, "no_click": {"no_click": 1}, "failed": {"failed": 1},
        }  # fmt: skip
        rows = []
        for row in found:
            about = {"name": "search", "words": row["query"], "lang_of": row["lang"] or NONE, "category": None}
            rows.append((
                Cell(row["query"], self.events_url(**about), row["lang"]), Cell(language_name(row["lang"])),
                *(self.number(row[one], **about, **more) for one, more in figures.items()),
                self.then(before.get((row["lang"], row["query"]), {}).get(order, 0), **about, **figures[order]),
            ))  # fmt: skip
        columns = (
            _("Question"), _("Language"), _("Searches"), _("Answer shown"), _("Asked for a human"),
            _("Without results"), _("Without a click"), _("Got in touch after it"), _("Period before"),
        )  # fmt: skip
        chart = charts.bars(title, [row[order] for row in found[:20]], [row["query"] for row in found[:20]])
        note = _("“Period before” is of the figure the table is sorted by.")
        if self.filters.category:
            note += sentence_gap(current_lang()) + _("Words are counted for all topics together.")
        return Section(name, title, columns, tuple(rows), chart, note=note)

    def articles(self) -> Board:
        names = ("read", "helpful", "unhelpful", "solved", "failed_after", "reason", "next")
        counted, then = self.report.totals(*names), self.before.totals("read", "failed_after")
        rows = []
        found = article_rows(counted)[:_ARTICLES]
        s = services()
        titles = {(one.lang, one.slug): one.title for one in s.articles.summaries(s.today())} if found else {}
        reasons, following = _parts(counted["reason"]), _parts(counted["next"])
        for row in found:
            key = f"{row['lang']}/{row['slug']}"
            about = {"slug": row["slug"], "article_lang": row["lang"]}
            rows.append((
                Cell(titles.get((row["lang"], row["slug"]), key), self.events_url(**about), row["lang"], code=key),
                Cell(language_name(row["lang"])), self.number(row["reads"], figure="read", key=key),
                self.then(then["read"][key], figure="read", key=key),
                self.number(row["helpful"], figure="helpful", key=key),
                self.number(row["unhelpful"], figure="unhelpful", key=key),
                Cell("", parts=tuple(
                    self._named(reason_word(name), count, figure="reason", key=f"{key} {name}")
                    for name, count in reasons.get(key, ())
                )),
                self.number(row["solved"], figure="solved", key=key),
                self.number(row["failed_after"], figure="failed_after", key=key),
                self.then(then["failed_after"][key], figure="failed_after", key=key),
                Cell("", parts=tuple(
                    self._named(next_word(name), count, figure="next", key=f"{key} {name}")
                    for name, count in following.get(key, ())
                )),
            ))  # fmt: skip
        columns = (
            _("Article"), _("Language"), _("Reads"), _("Reads before"), _("Helpful"), _("Not helpful"), _("Reasons"),
            _("Solved it"), _("Got in touch after it"), _("Period before"), _("What readers did next"),
        )  # fmt: skip
        chart = charts.bars(
            _("Articles read most"), [row["reads"] for row in found[:20]], [str(row[0].text) for row in rows[:20]]
        )
        return Board(
            "articles", _("Articles"), (Section("articles", _("Articles read most"), columns, tuple(rows), chart),)
        )

    def _named(self, word: str, count: int, **more: Any) -> Cell:
        return Cell(f"{word}{colon(current_lang())}{count}", self.events_url(**more))

    def audience(self) -> Board:
        sections = [
            self._apart("languages", _("Languages"), "lang", language_name),
            self._apart("sites", _("Sites"), "site", str),
            self._apart("surfaces", _("Surfaces"), "where", surface_word), self._hours(), *self._promises(),
        ]  # fmt: skip
        return Board("audience", _("Who asks, and when"), tuple(sections))

    def _apart(self, name: str, title: str, column: str, word: Any) -> Section:
        found = self.report.by(column, "search", "no_click", "outcome", "ticket")
        before = self.before.by(column, "search", "ticket")
        none: dict[str, Counter[str]] = {"search": Counter(), "ticket": Counter()}
        rows, sums = [], []
        for value, counts in sorted(found.items(), key=lambda one: -sum(one[1]["search"].values())):
            failed = sum(count for key, count in counts["outcome"].items() if key.endswith(">failed"))
            searches, visits = sum(counts["search"].values()), sum(counts["outcome"].values())
            part = {"lang_of" if column == "lang" else column: value or NONE}
            then = before.get(value, none)
            sums.append(searches)
            rows.append((
                Cell(word(value) if value else "–"), self.number(searches, name="search", **part),
                self.then(sum(then["search"].values()), name="search", **part),
                self.number(sum(counts["no_click"].values()), name="search", no_click=1, **part),
                self.number(visits, outcome="any", **part),
                self.rate(failed, visits, outcome="failed", **part),
                self.number(sum(counts["ticket"].values()), name="ticket_sent", **part),
                self.then(sum(then["ticket"].values()), name="ticket_sent", **part),
            ))  # fmt: skip
        columns = (
            title, _("Searches"), _("Searches before"), _("Without a click"), _("Visits"), _("Got in touch"),
            _("Tickets"), _("Tickets before"),
        )  # fmt: skip
        return Section(name, title, columns, tuple(rows), charts.bars(title, sums, [str(row[0].text) for row in rows]))

    def _hours(self) -> Section:
        found = self.report.totals("search_hour", "ticket_hour")
        before = self.before.totals("search_hour", "ticket_hour")
        zone = services().settings.zone
        # Hours are counted in UTC; half an hour of difference, as in India, is left out.
        away = services().now().astimezone(zone).utcoffset() or timedelta()
        shift = round(away / timedelta(hours=1))
        rows, weeks = [], []
        for place in range(168):
            day, hour = divmod((place - shift) % 168, 24)
            key = f"{day} {hour:02}"
            week = [found[name][key] for name in ("search_hour", "ticket_hour")]
            weeks.append(week)
            cells = (
                (kind, name, part)
                for kind, name in (("search", "search_hour"), ("ticket_sent", "ticket_hour"))
                for part in (self.number, self.then)
            )
            rows.append((
                Cell(f"{weekday_name(_MONDAY + timedelta(days=place // 24))} {place % 24:02}:00"),
                *(
                    part((found if part == self.number else before)[name][key], name=kind, hour=key)
                    for kind, name, part in cells
                ),
            ))  # fmt: skip
        words = (_("Searches"), _("Tickets"))
        week_days = [weekday_name(_MONDAY + timedelta(days=number), short=True) for number in range(7)]
        chart = charts.columns(_("Hours of the week"), weeks, week_days)
        columns = (_("Hour"), words[0], _("Searches before"), words[1], _("Tickets before"))
        return Section("hours", _("Hours of the week"), columns, tuple(rows), chart, words)

    def _promises(self) -> tuple[Section, ...]:
        ratings, then = self.report.totals("rating")["rating"], self.before.totals("rating")["rating"]
        shares = tuple(
            Cell(rate_words(kept, due), promises_url(one, kept="yes") if kept else "")
            for one in (self.filters, self.before.filters)
            for kept, due in (_promises_kept(one),)
        )
        promises = ((
            Cell(_("Promises kept")), *shares, Cell(_("Missed"), promises_url(self.filters, kept="no")),
            Cell(url_text(), url_for("desk.figures")),
        ),)  # fmt: skip
        rating_rows = tuple(
            (
                Cell(str(score)), self.number(ratings[str(score)], name="rating", score=score),
                self.then(then[str(score)], name="rating", score=score),
            )
            for score in range(1, 6)
        )  # fmt: skip
        chart = charts.bars(
            _("Ratings"), [ratings[str(score)] for score in range(1, 6)], [str(score) for score in range(1, 6)]
        )
        of_all = self.filters.category or self.filters.where
        note = _("Promises are counted for all topics and surfaces together.") if of_all else ""
        return (
            Section("promises", _("Promises kept"), ("", _("Share"), _("Share before"), "", ""), promises, note=note),
            Section("ratings", _("Ratings"), (_("Rating"), _("Tickets"), _("Period before")), rating_rows, chart),
        )


def promises_url(filters: Filters, kept: str) -> str:
    return url_for("desk.insight_promises", **{**address_of(filters), "kept": kept})


def when_due(filters: Filters) -> tuple[datetime, datetime, dict[str, str]]:
    """From when to when promises of this time fall due, and of which tickets."""
    since, until = (datetime.combine(day, time(), UTC) for day in (filters.first, filters.last + timedelta(days=1)))
    return since, until, {name: value for name, value in filters.chosen().items() if name != "where"}


def _promises_kept(filters: Filters) -> tuple[int, int]:
    s = services()
    since, until, of = when_due(filters)
    return promises_kept(s.engine, since, until, s.now(), **of)


def _parts(counted: Counter[str]) -> dict[str, list[tuple[str, int]]]:
    """Counts whose keys are an article and a word, by article, those that are most first."""
    found: dict[str, list[tuple[str, int]]] = {}
    for key, count in counted.most_common():
        article, _space, word = key.partition(" ")
        found.setdefault(article, []).append((word, count))
    return found


def on(day: date) -> dict[str, str]:
    return {"from": day.isoformat(), "to": day.isoformat()}


def address_of(filters: Filters) -> dict[str, Any]:
    """The filters as they stand in an address."""
    parts = {
        "from": filters.first.isoformat(), "to": filters.last.isoformat(), "lang_of": filters.lang,
        "site": filters.site, "category": filters.category, "where": filters.where,
    }  # fmt: skip
    return {name: value for name, value in parts.items() if value}
