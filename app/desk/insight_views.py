"""The pages of insight: boards, each also as CSV, and the events behind a number.

Filters stand in the address, so that a view can be sent to somebody.
"""

from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Protocol

from flask import abort, make_response, render_template, request, url_for
from flask_babel import format_datetime
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.container import Services
from app.current import services, sites
from app.desk import digest
from app.desk.access import needs
from app.desk.blueprint import bp
from app.desk.insight_boards import Boards, address_of, when_due
from app.desk.insight_tables import Board, Cell, Section, as_csv
from app.desk.insight_words import chosen, details, event_word, surface_word
from app.web.i18n import current_lang, language_name, site_languages
from core.numbers import whole_number
from core.texts.languages import UnknownLanguage, canonical
from insight.behind import EventFilter, events_of
from insight.events import WHERE
from insight.report import NONE, Filters, reports
from insight.topics.behind import TopicFilter
from insight.topics.service import shown_days
from support.agents.figures import promises_due
from support.agents.models import Right

_LONGEST = 400
_PROMISES = 100


def _filters() -> Filters:
    """What the address asks for; what makes no sense there is left out."""
    today = services().now().date()
    first, last = _day("from", today - timedelta(days=29)), _day("to", today)
    if first > last:
        first, last = last, first
    first = max(first, last - timedelta(days=_LONGEST - 1))
    lang = request.args.get("lang_of", "")
    try:
        lang = lang if lang in {"", NONE, "und"} else canonical(lang)
    except UnknownLanguage:
        lang = ""
    where = request.args.get("where", "")
    return Filters(
        first, last, lang, request.args.get("site", "")[:100], request.args.get("category", "")[:100],
        where if where in {*WHERE, NONE} else "",
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


@bp.route("/insight/stop/<token>", methods=("GET", "POST"))
@needs(None)
def insight_stop(token: str) -> Response:
    """End the weekly digest for the address that got this link: after a button was pressed, since programs open links;
    at once for the POST of a mail program (RFC 8058)."""
    return stop_page(digest, token, _("Weekly digest"))


class Stoppable(Protocol):
    """Mails that one link ends: the digest, reminders."""

    def is_known(self, s: Services, token: str) -> bool: ...
    def stop(self, s: Services, token: str, now: datetime) -> bool: ...
    def resume(self, s: Services, token: str) -> bool: ...


def stop_page(mails: Stoppable, token: str, title: str) -> Response:
    """What a link that ends some mails leads to: a button, or that it is done, with a button that takes it back."""
    s = services()
    state = "" if mails.is_known(s, token[:100]) else "unknown"
    if state != "unknown" and request.method == "POST":
        state = "resumed" if request.form.get("action") == "resume" else "stopped"
        if state == "stopped":
            mails.stop(s, token[:100], s.now())
        else:
            mails.resume(s, token[:100])
    page = render_template("desk/insight_stop.html", title=title, state=state)
    return make_response(page, 404 if state == "unknown" else 200)


@bp.get("/insight/promises")
@needs(Right.WRITE)
def insight_promises() -> Response:
    """Replies that were promised, by the tickets they are of: those that came in time, or those that did not."""
    s, filters = services(), _filters()
    since, until, of = when_due(filters)
    kept = {"yes": True, "no": False}.get(request.args.get("kept", ""))
    page = min(max(whole_number(request.args.get("page", "")) or 1, 1), 10_000)
    found = promises_due(
        s.engine, since, until, s.now(), kept=kept, first=(page - 1) * _PROMISES, most=_PROMISES + 1, **of
    )
    here = {**address_of(filters), "kept": request.args.get("kept", "") if kept is not None else None}
    rows = tuple(
        (
            Cell(one.reference, url_for("desk.ticket", reference=one.reference)), Cell(one.team),
            Cell(format_datetime(one.due_at, "short")),
            Cell(format_datetime(one.kept_at, "short") if one.kept_at else "–"),
        )
        for one in found[:_PROMISES]
    )  # fmt: skip
    columns = (_("Ticket"), _("Team"), _("Promised by"), _("Answered"))
    body = render_template(
        "desk/insight_promises.html",
        section=Section("promises", _("Promises kept") if kept else _("Promises"), columns, rows),
        choices=[
            (name, word, url_for("desk.insight_promises", **{**here, "kept": name or None}))
            for name, word in (("", _("All")), ("yes", _("In time")), ("no", _("Missed")))
        ],
        kept=here["kept"] or "",
        filters=filters,
        tabs=_tabs(filters),
        more_url=url_for("desk.insight_promises", **here, page=page + 1) if len(found) > _PROMISES else "",
    )
    return make_response(body)


@bp.get("/insight/events")
@needs(Right.WRITE)
def insight_events() -> Response:
    """The events behind a number, newest first."""
    filters = _filters()
    wanted = {name: request.args.get(name, "")[:1_000] for name in (one.name for one in fields(EventFilter))}
    s = services()
    which = EventFilter(**wanted)
    if which.topic:
        found, more = s.topics.events(_of_topic(which), filters.first, filters.last)
    else:
        found, more = events_of(s.engine, filters, which, s.now())
    here = {**address_of(filters), **{name: value for name, value in wanted.items() if value and name != "after"}}
    return make_response(
        render_template(
            "desk/insight_events.html",
            found=[(one, details(one)) for one in found],
            more_url=url_for("desk.insight_events", **{**here, "after": more}) if more else "",
            # How many there are is told where they stand on one page.
            total=len(found) if not more and not which.after else None,
            filters=filters,
            asked=address_of(filters),
            tabs=_tabs(filters),
            chosen=[*_chosen_part(filters), *_topic_title(which), *chosen(wanted)],
            of_visits=which.of_visits,
            surface_word=surface_word,
            event_word=event_word,
        )
    )


def _of_topic(which: EventFilter) -> TopicFilter:
    number = whole_number(which.topic) or 0
    return TopicFilter(number, which.question_lang, which.question, bool(which.failed), which.after)


def _topic_title(which: EventFilter) -> list[str]:
    """What the topic is called; nothing for none."""
    s = services()
    number = whole_number(which.topic)
    topic = s.topics.topic(number, *shown_days(s.now().date())) if number else None
    title = topic.title([current_lang(), *site_languages()])[1] if topic else ""
    return [title] if title else []


def _chosen_part(filters: Filters) -> list[str]:
    """The part that the filters choose, in words."""
    words = (
        (filters.lang, language_name), (filters.site, str), (filters.category, str), (filters.where, surface_word)
    )  # fmt: skip
    return ["–" if value == NONE else word(value) for value, word in words if value]
