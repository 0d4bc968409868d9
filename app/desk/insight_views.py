"""The boards of insight: what came of visits, what was asked in vain, articles, and who asks when; each also as CSV.

Filters stand in the address, so that a view can be sent to somebody. Every number leads to the events behind it.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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
from support.agents.figures import figures as figures_of
from support.agents.models import Right

_LONGEST = 400
_QUERIES, _ARTICLES = 25, 200
_OUTCOMES = ("confirmed", "probable", "abandoned", "failed", "pending")
_STAGES = ("visits", "searched", "suggested", "opened", "read", "contact_opened", "contacted")


NO_CHART = Markup("")


@dataclass(frozen=True)
class Cell:
    """A figure, with the address of what is behind it."""

    text: str | int
    url: str = ""


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

    def overview(self) -> Board:
        return Board("overview", _("Insight"), (self._outcomes(), self._funnel(), self._over_time(), self._verdicts()))

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
                Cell(then[name]), Cell(rate_words(then[name], settled_then) if name != "pending" else ""),
            )
            for name in _OUTCOMES
        ]  # fmt: skip
        of = now["confirmed"] + now["probable"] + late
        of_then = then["confirmed"] + then["probable"] + late_then
        rows.append((
            Cell(_("False deflection")), self.number(late, outcome="failed"), Cell(rate_words(late, of)),
            Cell(late_then), Cell(rate_words(late_then, of_then)),
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
        events = {
            "searched": "search", "suggested": "suggestions_shown", "opened": "result_opened", "read": "article_read",
            "contact_opened": "contact_opened", "contacted": "ticket_sent",
        }  # fmt: skip
        rows = tuple(
            (
                Cell(names[stage]), self.number(now[stage], **({"name": events[stage]} if stage in events else {})),
                Cell(rate_words(now[stage], now["visits"])), Cell(then[stage]),
            )
            for stage in _STAGES
        )  # fmt: skip
        chart = charts.bars(_("From a question to a person"), [now[stage] for stage in _STAGES])
        columns = (_("Stage"), _("Visits"), _("Share"), _("Period before"))
        return Section("funnel", _("From a question to a person"), columns, rows, chart)

    def _by_day(self, *names: str) -> dict[date, dict[str, Counter[str]]]:
        found = self.report.by("day", *names)
        empty: dict[str, Counter[str]] = {name: Counter() for name in names}
        return {day: found.get(day.isoformat(), empty) for day in self.filters.days}

    def _over_time(self) -> Section:
        days = self._by_day("outcome")
        shown = ("confirmed", "probable", "abandoned", "failed")
        counted = {
            day: Counter(key.partition(">")[2] for key in found["outcome"].elements()) for day, found in days.items()
        }
        rows = tuple(
            (Cell(day.isoformat()), *(self.number(counted[day][one], **on(day), outcome=one) for one in shown))
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
        words = (_("Answered"), _("Suggested"), _("Asked for a human"))
        rows = tuple(
            (
                Cell(day.isoformat()),
                *(self.number(found["search"][one], **on(day), name="search", verdict=one) for one in VERDICTS),
                self.number(sum(found["no_click"].values()), **on(day), name="search"),
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
        return Board(
            "queries", _("Questions"), tuple(self._queries(*named) for named in [(n, *k) for n, k in kinds.items()])
        )

    def _queries(self, name: str, order: str, title: str) -> Section:
        found = self.report.queries(order, _QUERIES)
        figures = ("searches", "answer", "ask_human", "no_results", "no_click", "failed")
        rows = tuple(
            (
                Cell(row["query"], self.events_url(name="search", query=row["query"], lang_of=row["lang"])),
                Cell(language_name(row["lang"])), *(Cell(row[one]) for one in figures),
            )
            for row in found
        )  # fmt: skip
        columns = (
            _("Question"), _("Language"), _("Searches"), _("Answered"), _("Asked for a human"), _("Without results"),
            _("Without a click"), _("Got in touch after it"),
        )  # fmt: skip
        return Section(name, title, columns, rows, charts.bars(title, [row[order] for row in found[:20]]))

    def articles(self) -> Board:
        names = ("read", "helpful", "unhelpful", "solved", "failed_after", "reason", "next")
        counted = self.report.totals(*names)
        rows = []
        found = article_rows(counted)[:_ARTICLES]
        for row in found:
            key = f"{row['lang']}/{row['slug']}"
            about = {"slug": row["slug"], "article_lang": row["lang"]}
            reasons = _parts(counted["reason"], key)
            following = _parts(counted["next"], key)
            rows.append((
                Cell(key, self.events_url(**about)), self.number(row["reads"], name="article_read", **about),
                self.number(row["helpful"], name="vote", **about), self.number(row["unhelpful"], name="vote", **about),
                Cell(counted_words(reason_word, reasons)),
                self.number(row["solved"], name="suggestion_solved", **about), Cell(row["failed_after"]),
                Cell(counted_words(next_word, following)),
            ))  # fmt: skip
        columns = (
            _("Article"), _("Reads"), _("Helpful"), _("Not helpful"), _("Reasons"), _("Solved it"),
            _("Got in touch after it"), _("What readers did next"),
        )  # fmt: skip
        chart = charts.bars(_("Articles read most"), [row["reads"] for row in found[:20]])
        return Board(
            "articles", _("Articles"), (Section("articles", _("Articles read most"), columns, tuple(rows), chart),)
        )

    def audience(self) -> Board:
        sections = [
            self._apart("languages", _("Languages"), "lang", language_name),
            self._apart("sites", _("Sites"), "site", str),
            self._apart("surfaces", _("Surfaces"), "where", surface_word), self._hours(), *self._promises(),
        ]  # fmt: skip
        return Board("audience", _("Who asks, and when"), tuple(sections))

    def _apart(self, name: str, title: str, column: str, word: Any) -> Section:
        found = self.report.by(column, "search", "no_click", "outcome", "ticket")
        rows, sums = [], []
        for value, counts in sorted(found.items(), key=lambda one: -sum(one[1]["search"].values())):
            failed = sum(count for key, count in counts["outcome"].items() if key.endswith(">failed"))
            searches, visits = sum(counts["search"].values()), sum(counts["outcome"].values())
            part = {"lang_of" if column == "lang" else column: value} if value else {}
            sums.append(searches)
            rows.append((
                Cell(word(value) if value else "–"), self.number(searches, name="search", **part),
                Cell(sum(counts["no_click"].values())), Cell(visits), Cell(rate_words(failed, visits)),
                self.number(sum(counts["ticket"].values()), name="ticket_sent", **part),
            ))  # fmt: skip
        columns = (title, _("Searches"), _("Without a click"), _("Visits"), _("Got in touch"), _("Tickets"))
        return Section(name, title, columns, tuple(rows), charts.bars(title, sums))

    def _hours(self) -> Section:
        found = self.report.totals("search_hour", "ticket_hour")
        zone = services().settings.zone
        # Hours are counted in UTC; half an hour of difference, as in India, is left out.
        away = services().now().astimezone(zone).utcoffset() or timedelta()
        shift = round(away / timedelta(hours=1))
        searches, tickets = ([0] * 168 for _both in range(2))
        for name, week in (("search_hour", searches), ("ticket_hour", tickets)):
            for key, count in found[name].items():
                day, _space, hour = key.partition(" ")
                week[(int(day) * 24 + int(hour) + shift) % 168] += count
        monday = date(2024, 1, 1)
        rows = tuple(
            (
                Cell(weekday_name(monday + timedelta(days=day))), Cell(f"{hour:02}:00"),
                Cell(searches[day * 24 + hour]), Cell(tickets[day * 24 + hour]),
            )
            for day in range(7)
            for hour in range(24)
        )  # fmt: skip
        chart = charts.columns(
            _("Hours of the week"), [[one, other] for one, other in zip(searches, tickets, strict=True)]
        )
        words = (_("Searches"), _("Tickets"))
        return Section("hours", _("Hours of the week"), (_("Day"), _("Hour"), *words), rows, chart, words)

    def _promises(self) -> tuple[Section, ...]:
        s = services()
        days = min((self.filters.last - self.filters.first).days + 1, 90)
        found = figures_of(s.engine, "", days, s.now(), s.settings.zone)
        ratings = self.report.totals("rating")["rating"]
        scores = [ratings[str(score)] for score in range(1, 6)]
        promises = (
            (
                Cell(_("Promises kept")),
                Cell(rate_words(found.kept, found.promises)),
                Cell(url_text(), url_for("desk.figures")),
            ),
        )
        rating_rows = tuple(
            (Cell(str(score)), self.number(count, name="rating")) for score, count in enumerate(scores, 1)
        )
        return (
            Section("promises", _("Promises kept"), ("", _("Share"), ""), promises),
            Section(
                "ratings", _("Ratings"), (_("Rating"), _("Tickets")), rating_rows, charts.bars(_("Ratings"), scores)
            ),
        )


def url_text() -> str:
    return _("Figures")


def weekday_name(day: date) -> str:
    return str(format_date(day, "EEEE"))


def _parts(counted: Counter[str], key: str) -> list[tuple[str, int]]:
    """Of counts whose keys are an article and a word, those of this article."""
    return [(name[len(key) + 1 :], count) for name, count in counted.most_common() if name.startswith(f"{key} ")]


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


def counted_words(word: Callable[[str], str], counts: Sequence[tuple[str, int]]) -> str:
    """“It is out of date: 3, …”, with the marks of the reader's language."""
    return listed(f"{word(name)}{colon(current_lang())}{count}" for name, count in counts)


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
    return [*boards, ("gaps", _("Content gaps"), url_for("desk.gaps"))]


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
    text = io.StringIO()
    write = csv.writer(text)
    write.writerow([cell(column) for column in found.columns])
    write.writerows([cell(one.text) for one in row] for row in found.rows)
    response = make_response("\ufeff" + text.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    span = f"{filters.first.isoformat()}-{filters.last.isoformat()}"
    response.headers["Content-Disposition"] = f'attachment; filename="insight-{section}-{span}.csv"'
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
    wanted = {
        name: request.args.get(name, "")[:500]
        for name in ("name", "verdict", "query", "slug", "article_lang", "visit", "outcome", "after")
    }
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
