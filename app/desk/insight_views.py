"""The boards of insight: what came of visits, what was asked in vain, articles, and who asks when; each also as CSV.

Filters stand in the address, so that a view can be sent to somebody. Every number leads to the events behind it.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import abort, make_response, render_template, request, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.current import services, sites
from app.desk import charts, digest
from app.desk.access import needs
from app.desk.blueprint import bp
from app.web.i18n import current_lang, decimal, language_name, listed, percent, site_languages
from core.texts.languages import UnknownLanguage, canonical, colon
from insight.events import WHERE
from insight.outcomes import wilson
from insight.report import LEAST_CASES, VERDICTS, EventFilter, Filters, Report, events_of, reports
from insight.report import articles as article_rows
from support.agents.export import cell
from support.agents.figures import promises_kept
from support.agents.models import Right

_LONGEST = 400
_QUERIES, _ARTICLES = 25, 200
_OUTCOMES = ("confirmed", "probable", "abandoned", "failed", "pending")
_MONDAY = date(2024, 1, 1)
_STAGES = ("visits", "searched", "suggested", "opened", "read", "contact_opened", "contacted")


NO_CHART = Markup("")


@dataclass(frozen=True)
class Cell:
    """A figure, with the address of what is behind it; `lang` is that of words which are not the page's."""

    text: str | int
    url: str = ""
    lang: str = ""
    parts: tuple["Cell", ...] = ()

    @property
    def plain(self) -> str | int:
        """As one text."""
        return listed(str(one.text) for one in self.parts) if self.parts else self.text


@dataclass(frozen=True)
class Section:
    """A table with its chart. `legend` names the chart's series."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    chart: Markup = NO_CHART
    legend: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Board:
    name: str
    title: str
    sections: tuple[Section, ...]


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

    def overview(self) -> Board:
        sections = (
            self._outcomes(), self._funnel(), self._searched(), self._tickets(), self._over_time(), self._verdicts(),
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
            for name in _OUTCOMES
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
            charts.bars(_("What came of visits"), [now[name] for name in _OUTCOMES]),
            note=_(
                "Somebody who phones, writes or visits without being known cannot be seen here and counts as helped or"
                " as gone."
            ),
        )  # fmt: skip

    def _funnel(self) -> Section:
        now, then = self.report.totals("funnel")["funnel"], self.before.totals("funnel")["funnel"]
        names = {
            "visits": _("Visits with a search or a suggestion"), "searched": _("Searched"),
            "suggested": _("Were suggested an article"), "opened": _("Opened an article"), "read": _("Read an article"),
            "contact_opened": _("Opened the contact form"), "contacted": _("Got in touch"),
        }  # fmt: skip
        behind: dict[str, dict[str, str]] = {
            "visits": {"outcome": "any"}, "searched": {"name": "search"}, "suggested": {"name": "suggestions_shown"},
            "opened": {"name": "result_opened,suggestion_opened"}, "read": {"name": "article_read"},
            "contact_opened": {"name": "contact_opened"},
            "contacted": {"name": "ticket_sent,channel_chosen,contact_logged"},
        }  # fmt: skip
        rows = tuple(
            (
                Cell(names[stage]), self.number(now[stage], **behind[stage]),
                Cell(rate_words(now[stage], now["visits"])), self.then(then[stage], **behind[stage]),
                Cell(rate_words(then[stage], then["visits"])),
            )
            for stage in _STAGES
        )  # fmt: skip
        chart = charts.bars(_("From a question to a person"), [now[stage] for stage in _STAGES])
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
        chart = charts.bars(_("Searches"), [count for _words, count, _before, _more in figures])
        return Section("answered", _("How searches were answered"), columns, rows if of or of_then else (), chart)

    def _tickets(self) -> Section:
        names = ("ticket", "ticket_searched")
        now, then = self.report.totals(*names), self.before.totals(*names)
        ways = sorted(now["ticket"] | then["ticket"], key=lambda way: -now["ticket"][way])
        rows = tuple(
            (
                Cell(way_word(way)), self.number(now["ticket"][way], name="ticket_sent", via=way),
                Cell(rate_words(now["ticket_searched"][way], now["ticket"][way])),
                self.then(then["ticket"][way], name="ticket_sent", via=way),
            )
            for way in ways
        )  # fmt: skip
        columns = (_("Way"), _("Tickets"), _("After a search"), _("Period before"))
        return Section(
            "tickets", _("Tickets"), columns, rows, charts.bars(_("Tickets"), [now["ticket"][w] for w in ways])
        )

    def _by_day(self, *names: str) -> dict[date, dict[str, Counter[str]]]:
        found = self.report.by("day", *names)
        empty: dict[str, Counter[str]] = {name: Counter() for name in names}
        return {day: found.get(day.isoformat(), empty) for day in self.filters.days}

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
            _("What came of visits, by day"), [[counted[day][name] for name in shown] for day in days]
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
            _("Searches by day"), [[found["search"][one] for one in VERDICTS] for found in days.values()]
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
            about = {"name": "search", "words": row["query"], "lang_of": row["lang"]}
            rows.append((
                Cell(row["query"], self.events_url(**about), row["lang"]), Cell(language_name(row["lang"])),
                *(self.number(row[one], **about, **more) for one, more in figures.items()),
                self.then(before.get((row["lang"], row["query"]), {}).get(order, 0), **about, **figures[order]),
            ))  # fmt: skip
        columns = (
            _("Question"), _("Language"), _("Searches"), _("Answer shown"), _("Asked for a human"),
            _("Without results"), _("Without a click"), _("Got in touch after it"), _("Period before"),
        )  # fmt: skip
        chart = charts.bars(title, [row[order] for row in found[:20]])
        return Section(
            name, title, columns, tuple(rows), chart, note=_("“Period before” is of the figure the table is sorted by.")
        )

    def articles(self) -> Board:
        names = ("read", "helpful", "unhelpful", "solved", "failed_after", "reason", "next")
        counted, then = self.report.totals(*names), self.before.totals("read", "failed_after")
        rows = []
        found = article_rows(counted)[:_ARTICLES]
        reasons, following = _parts(counted["reason"]), _parts(counted["next"])
        for row in found:
            key = f"{row['lang']}/{row['slug']}"
            about = {"slug": row["slug"], "article_lang": row["lang"]}
            rows.append((
                Cell(key, self.events_url(**about)), self.number(row["reads"], name="article_read", **about),
                self.then(then["read"][key], name="article_read", **about),
                self.number(row["helpful"], name="vote", helpful="yes", **about),
                self.number(row["unhelpful"], name="vote", helpful="no", **about),
                Cell("", parts=tuple(
                    self._named(reason_word(name), count, name="vote", reason=name, **about)
                    for name, count in reasons.get(key, ())
                )),
                self.number(row["solved"], name="suggestion_solved", **about),
                self.number(row["failed_after"], name="article_read", failed=1, **about),
                self.then(then["failed_after"][key], name="article_read", failed=1, **about),
                Cell("", parts=tuple(
                    self._named(next_word(name), count, name="article_read", **about)
                    for name, count in following.get(key, ())
                )),
            ))  # fmt: skip
        columns = (
            _("Article"), _("Reads"), _("Reads before"), _("Helpful"), _("Not helpful"), _("Reasons"), _("Solved it"),
            _("Got in touch after it"), _("Period before"), _("What readers did next"),
        )  # fmt: skip
        chart = charts.bars(_("Articles read most"), [row["reads"] for row in found[:20]])
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
            part = {"lang_of" if column == "lang" else column: value} if value else {}
            then = before.get(value, none)
            sums.append(searches)
            rows.append((
                Cell(word(value) if value else "–"), self.number(searches, name="search", **part),
                self.then(sum(then["search"].values()), name="search", **part),
                self.number(sum(counts["no_click"].values()), name="search", no_click=1, **part),
                self.number(visits, outcome="any", **part),
                Cell(rate_words(failed, visits), self.events_url(outcome="failed", **part) if failed else ""),
                self.number(sum(counts["ticket"].values()), name="ticket_sent", **part),
                self.then(sum(then["ticket"].values()), name="ticket_sent", **part),
            ))  # fmt: skip
        columns = (
            title, _("Searches"), _("Searches before"), _("Without a click"), _("Visits"), _("Got in touch"),
            _("Tickets"), _("Tickets before"),
        )  # fmt: skip
        return Section(name, title, columns, tuple(rows), charts.bars(title, sums))

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
        columns = (_("Hour"), words[0], _("Searches before"), words[1], _("Tickets before"))
        return Section(
            "hours", _("Hours of the week"), columns, tuple(rows), charts.columns(_("Hours of the week"), weeks), words
        )

    def _promises(self) -> tuple[Section, ...]:
        ratings, then = self.report.totals("rating")["rating"], self.before.totals("rating")["rating"]
        shares = tuple(Cell(rate_words(*_promises_kept(one))) for one in (self.filters, self.before.filters))
        promises = ((Cell(_("Promises kept")), *shares, Cell(url_text(), url_for("desk.figures"))),)
        rating_rows = tuple(
            (
                Cell(str(score)), self.number(ratings[str(score)], name="rating", score=score),
                self.then(then[str(score)], name="rating", score=score),
            )
            for score in range(1, 6)
        )  # fmt: skip
        chart = charts.bars(_("Ratings"), [ratings[str(score)] for score in range(1, 6)])
        of_all = self.filters.category or self.filters.where
        note = _("Promises are counted for all topics and surfaces together.") if of_all else ""
        return (
            Section("promises", _("Promises kept"), ("", _("Share"), _("Share before"), ""), promises, note=note),
            Section("ratings", _("Ratings"), (_("Rating"), _("Tickets"), _("Period before")), rating_rows, chart),
        )


def _promises_kept(filters: Filters) -> tuple[int, int]:
    s = services()
    since, until = (datetime.combine(day, time(), UTC) for day in (filters.first, filters.last + timedelta(days=1)))
    return promises_kept(s.engine, since, until, s.now(), filters.lang, filters.site)


def verdict_words() -> tuple[str, str, str]:
    return _("Answer shown"), _("Suggested"), _("Asked for a human")


def way_word(way: str) -> str:
    """The way a ticket came in."""
    words: Mapping[str, str] = {
        "form": _("Contact form"), "widget": _("Widget"), "api": "API", "email": _("E-mail"), "desk": _("Desk"),
    }  # fmt: skip
    return words.get(way, way)


def url_text() -> str:
    return _("Figures")


def weekday_name(day: date) -> str:
    return str(format_date(day, "EEEE"))


def _parts(counted: Counter[str]) -> dict[str, list[tuple[str, int]]]:
    """Counts whose keys are an article and a word, by article, those that are most first."""
    found: dict[str, list[tuple[str, int]]] = {}
    for key, count in counted.most_common():
        article, _space, word = key.partition(" ")
        found.setdefault(article, []).append((word, count))
    return found


def outcome_word(name: str) -> str:
    return {
        "confirmed": _("Solved, as they said"), "probable": _("Probably solved"), "abandoned": _("Went away"),
        "failed": _("Got in touch"), "pending": _("Still open"),
    }[name]  # fmt: skip


def reason_word(name: str) -> str:
    words: Mapping[str, str] = {
        "unclear": _("It is hard to follow"), "incomplete": _("Something is missing"),
        "wrong": _("It did not work for me"), "outdated": _("It is out of date"),
        "other_question": _("It answers another question"), "other": _("Something else"),
    }  # fmt: skip
    return words.get(name, name)


def next_word(name: str) -> str:
    words: Mapping[str, str] = {
        "search": _("Searched"), "other_article": _("Opened an article"),
        "contact_opened": _("Opened the contact form"), "left": _("Went away"),
    }  # fmt: skip
    return words.get(name, _("Got in touch"))


def surface_word(name: str) -> str:
    words: Mapping[str, str] = {
        "portal": _("Help centre"), "widget": _("Widget"), "form": _("Form"), "mail": _("E-mail"), "desk": _("Desk"),
    }  # fmt: skip
    return words.get(name, name.upper())


def rate_words(cases: int, of: int) -> str:
    """Cases of how many; from 20 on with the share and its interval."""
    if of < LEAST_CASES:
        return _("%(kept)s of %(all)s", kept=cases, all=of) if of else "–"
    low, high = (decimal(one * 100) for one in wilson(cases, of))
    return f"{percent(cases / of)} ({low}–{high}) · " + _("%(kept)s of %(all)s", kept=cases, all=of)


def on(day: date) -> dict[str, str]:
    return {"from": day.isoformat(), "to": day.isoformat()}


def address_of(filters: Filters) -> dict[str, Any]:
    """The filters as they stand in an address."""
    parts = {
        "from": filters.first.isoformat(), "to": filters.last.isoformat(), "lang_of": filters.lang,
        "site": filters.site, "category": filters.category, "where": filters.where,
    }  # fmt: skip
    return {name: value for name, value in parts.items() if value}


def _filters() -> Filters:
    """What the address asks for; what makes no sense there is left out."""
    today = services().now().date()
    first, last = _day("from", today - timedelta(days=29)), _day("to", today)
    if first > last:
        first, last = last, first
    first = max(first, last - timedelta(days=_LONGEST - 1))
    try:
        lang = canonical(request.args["lang_of"]) if request.args.get("lang_of") else ""
    except UnknownLanguage:
        lang = ""
    where = request.args.get("where", "")
    return Filters(
        first, last, lang, request.args.get("site", "")[:100], request.args.get("category", "")[:100],
        where if where in WHERE else "",
    )  # fmt: skip


def _day(name: str, default: date) -> date:
    text = request.args.get(name, "")
    try:
        found = date.fromisoformat(text) if len(text) == 10 else default
    except ValueError:
        return default
    return found if 2000 <= found.year < 2100 else default


def _board(name: str, filters: Filters) -> Board:
    s = services()
    with reports(s.engine, filters, s.now()) as (now, before):
        boards = Boards(now, before)
        draw = {
            "overview": boards.overview, "queries": boards.queries, "articles": boards.articles,
            "audience": boards.audience,
        }.get(name)  # fmt: skip
        if draw is None:
            abort(404)
        return draw()


@bp.get("/insight")
@bp.get("/insight/<name>")
@needs(Right.WRITE)
def insight(name: str = "overview") -> Response:
    filters = _filters()
    board = _board(name, filters)
    page = render_template(
        "desk/insight.html",
        board=board,
        tabs=_tabs(filters),
        filters=filters,
        asked=address_of(filters),
        languages=[(tag, language_name(tag)) for tag in site_languages()],
        known_sites=sorted(sites()),
        categories=sorted({one.slug for one in services().articles.categories(site_languages()[0])}),
        surfaces=[(one, surface_word(one)) for one in WHERE],
        empty=not any(section.rows and _has_figures(section) for section in board.sections),
        on_or_off=services().settings.insight,
    )
    return make_response(page)


def _has_figures(section: Section) -> bool:
    return any(isinstance(cell.text, int) and cell.text for row in section.rows for cell in row)


def _tabs(filters: Filters) -> list[tuple[str, str, str]]:
    names = {
        "overview": _("Overview"), "queries": _("Questions"), "articles": _("Articles"),
        "audience": _("Who asks, and when"),
    }  # fmt: skip
    boards = [(name, title, url_for("desk.insight", name=name, **address_of(filters))) for name, title in names.items()]
    return [
        *boards,
        ("gaps", _("Content gaps"), url_for("desk.gaps")),
        ("findability", _("Findability"), url_for("desk.findability")),
    ]


def insight_tabs() -> list[tuple[str, str, str]]:
    """The same for pages without the filters of boards."""
    return _tabs(_filters())


@bp.get("/insight/<name>/<section>.csv")
@needs(Right.WRITE)
def insight_csv(name: str, section: str) -> Response:
    filters = _filters()
    found = next((one for one in _board(name, filters).sections if one.name == section), None)
    if found is None:
        abort(404)
    return as_csv(found, f"insight-{section}-{filters.first.isoformat()}-{filters.last.isoformat()}")


def as_csv(section: Section, name: str) -> Response:
    """A table as a file that no spreadsheet runs anything of."""
    text = io.StringIO()
    write = csv.writer(text)
    write.writerow([cell(column) for column in section.columns])
    write.writerows([cell(one.plain) for one in row] for row in section.rows)
    response = make_response("\ufeff" + text.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@bp.route("/insight/stop/<token>", methods=("GET", "POST"))
@needs(None)
def insight_stop(token: str) -> Response:
    """End the weekly digest for the address that got this link: after a button was pressed, since programs open links;
    at once for the POST of a mail program (RFC 8058)."""
    stopped = request.method == "POST"
    if stopped and not digest.stop(services(), token[:100], services().now()):
        abort(404)
    return make_response(render_template("desk/insight_stop.html", token=token, stopped=stopped))


@bp.get("/insight/events")
@needs(Right.WRITE)
def insight_events() -> Response:
    """The events behind a number, newest first."""
    filters = _filters()
    wanted = {name: request.args.get(name, "")[:500] for name in (one.name for one in fields(EventFilter))}
    s = services()
    found, more = events_of(s.engine, filters, EventFilter(**wanted), s.now())
    chosen = {name: value for name, value in wanted.items() if value and name != "after"}
    here: dict[str, Any] = {**address_of(filters), **chosen}
    return make_response(
        render_template(
            "desk/insight_events.html",
            found=[(one, _about(one.as_json()["data"])) for one in found],
            more_url=url_for("desk.insight_events", **{**here, "after": more}) if more else "",
            filters=filters,
            asked=address_of(filters),
            tabs=_tabs(filters),
            wanted=wanted,
            surface_word=surface_word,
        )
    )


def _about(data: Mapping[str, Any]) -> str:
    """What an event says, in a line."""
    parts: list[str] = []
    for name, value in data.items():
        if name == "results":
            parts.append(f"{name}: " + ", ".join("/".join(one) for one in _some(value)))
        else:
            parts.append(f"{name}: {value}")
    return "; ".join(parts)


def _some(value: Sequence[Any]) -> Sequence[Any]:
    return value[:5]
