"""The library: every article of the folder, drafts among them, by state, language, topic, owner, age and health."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask import make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import me, needs
from app.desk.article_views import category_choices
from app.desk.blueprint import bp
from app.desk.remote_views import remote_trouble
from app.settings.schema import Settings
from app.web.i18n import current_lang
from core.numbers import whole_number
from index.models import SearchQuery
from insight.feedback import VoteCount
from kb.authoring.bulk_changes import Change
from kb.authoring.plans import Plan
from kb.authoring.shelf import Look
from kb.authoring.stages import Stage
from kb.findings import Finding, Severity
from kb.lint import ContactForms
from kb.models import Article, Status
from support.agents.models import Right
from support.intake.forms import linkable, one_line
from support.teams.teams import teams

_AT_A_TIME = 50
_FOUND_MOST = 50
_OLD = timedelta(days=365)
_STATES = ("published", "draft", "review", "scheduled", "expired", "archived", "broken")
# `lang` in an address is the reader's language, on every page.
_FILTERS = ("q", "state", "language", "category", "owner", "fresh", "health")


@dataclass(frozen=True)
class Row:
    """An article in the library. `article` is None where nothing can be read of the file; `lost` are its questions that
    did not find it when they were tried last."""

    path: str
    article: Article | None
    state: str
    errors: int
    warnings: int
    votes: VoteCount
    suggestions: int
    lost: int
    comments: int
    mine: bool
    late: bool
    old: bool
    plan: Plan | None = None

    @property
    def title(self) -> str:
        return self.article.title if self.article else self.path


@bp.get("/articles")
@needs(Right.WRITE)
def library() -> Response:
    s = services()
    wanted = {name: one_line(request.args.get(name, ""))[:200] for name in _FILTERS}
    look = s.shelf.look(s.today(), contact_forms()) if s.serves_own_folder else None
    every = _rows(look) if look else []
    rows = _searched(wanted["q"], every) if wanted["q"] else every
    rows = [row for row in rows if _is_wanted(row, wanted)]
    pages = max(1, -(-len(rows) // _AT_A_TIME))
    page = min(max(whole_number(request.args.get("page", "")) or 1, 1), pages)
    shown = rows[(page - 1) * _AT_A_TIME : page * _AT_A_TIME]
    last = s.authoring.last_changes([row.path for row in shown])
    return folder_page(
        "desk/library.html",
        look,
        rows=shown,
        last=last,
        total=len(rows),
        of=len(every),
        wanted=wanted,
        filtered=any(wanted.values()),
        choices=_choices(every, look),
        page_number=page,
        pages=pages,
        state_name=state_name,
        changes=[(one.value, change_name(one)) for one in Change],
        categories=category_choices(),
        done=request.args.get("done", ""),
        at_remote=remote_trouble(),
        here=lambda **changed: url_for("desk.library", **{k: v for k, v in {**wanted, **changed}.items() if v}),
    )


def folder_page(template: str, look: Look | None, **values: Any) -> Response:
    """A page about the articles folder; where it is still being read, one that loads again by itself."""
    elsewhere = not services().serves_own_folder
    reading = look is None and not elsewhere
    response = make_response(render_template(template, elsewhere=elsewhere, reading=reading, **values))
    if reading:
        response.headers["Refresh"] = "3"
    return response


def contact_forms() -> ContactForms:
    """What links in articles may lead to, as lint asks it."""
    return contact_forms_of(services().settings)


def contact_forms_of(settings: Settings) -> ContactForms:
    return replace(linkable(settings), teams=frozenset(teams(settings)))


def change_name(change: Change) -> str:
    return {
        Change.ADD_TAGS: _("Add tags"),
        Change.REMOVE_TAGS: _("Remove tags"),
        Change.OWNER: _("Change the owner"),
        Change.REVIEW_BY: _("Set the day of review"),
        Change.CATEGORY: _("Move to another topic"),
        Change.DRAFT: _("Take off the site, as drafts"),
        Change.PUBLISHED: _("Publish"),
        Change.ARCHIVED: _("Archive"),
    }[change]


def state_name(state: str) -> str:
    return _("Has errors") if state == "broken" else stage_name(Stage(state))


def stage_name(stage: Stage) -> str:
    return {
        Stage.PUBLISHED: _("Published"),
        Stage.DRAFT: _("Draft"),
        Stage.IN_REVIEW: _("In review"),
        Stage.SCHEDULED: _("Scheduled"),
        Stage.EXPIRED: _("Expired"),
        Stage.ARCHIVED: _("Archived"),
    }[stage]


def state_of(article: Article, day: date, *, archived: bool = False, in_review: bool = False) -> str:
    if archived:
        return "archived"
    if article.status is Status.DRAFT:
        return "review" if in_review else "draft"
    if article.visible_on(day):
        return "published"
    return "scheduled" if article.publish_date and day < article.publish_date else "expired"


def _rows(look: Look) -> list[Row]:
    s = services()
    day, votes, suggestions = s.today(), s.feedback.tallies(), s.authoring.open_suggestions()
    planned = s.scheduled_changes.every()
    asked, remarks, mine = s.flow.open_reviews(), s.flow.open_comments(), s.flow.asked_of(me().login)
    archived = {one.article.source for one in look.reading.sources if one.header.fields.archived}
    none = VoteCount(0, 0)
    lost = Counter(question.ref for question, place in s.findability.repository.places().items() if not place.found)

    def row(path: str, article: Article | None) -> Row:
        found: Sequence[Finding] = look.findings.get(path, ())
        errors = sum(one.severity is Severity.ERROR for one in found)
        return Row(
            path,
            article,
            state_of(article, day, archived=path in archived, in_review=path in asked) if article else "broken",
            errors,
            len(found) - errors,
            votes.get(article.ref, none) if article else none,
            suggestions.get(path, 0),
            lost[article.ref] if article else 0,
            remarks.get(path, 0),
            path in mine,
            bool(article and article.review_by and article.review_by < day),
            bool(article and (article.updated is None or article.updated < day - _OLD)),
            planned.get(path),
        )

    rows = [row(one.source, one) for one in look.reading.articles]
    rows += [row(path, None) for path in look.reading.broken if not path.endswith("/")]
    return sorted(rows, key=lambda one: (one.state != "broken", one.title.casefold(), one.path))


def _searched(text: str, rows: Sequence[Row]) -> list[Row]:
    """What search finds, in its order, and then drafts and others whose title or file has the words."""
    query = SearchQuery(text=text, lang=current_lang(), limit=_FOUND_MOST, looks_for_danger=False)
    places = {hit.ref: n for n, hit in enumerate(services().search.search(query, where="desk").hits)}
    words = text.casefold().split()

    def place(row: Row) -> int:
        if row.article and row.article.ref in places:
            return places[row.article.ref]
        told = f"{row.title} {row.path} {' '.join(row.article.tags) if row.article else ''}".casefold()
        return _FOUND_MOST if all(word in told for word in words) else -1

    return [row for _n, row in sorted(((place(row), row) for row in rows), key=lambda pair: pair[0]) if _n >= 0]


def _is_wanted(row: Row, wanted: dict[str, str]) -> bool:
    article = row.article
    exact: dict[str, Callable[[Article], str]] = {
        "language": lambda one: one.lang,
        "category": lambda one: one.category,
        "owner": lambda one: one.owner,
    }
    if wanted["state"] == "mine":
        if not row.mine:
            return False
    elif wanted["state"] == "planned":
        if not row.plan:
            return False
    elif wanted["state"] == "suggested":
        if not row.suggestions:
            return False
    elif wanted["state"] and wanted["state"] != row.state:
        return False
    if any(wanted[name] and (article is None or of(article) != wanted[name]) for name, of in exact.items()):
        return False
    told = {
        "": True,
        "late": row.late,
        "old": row.old,
        "errors": row.errors > 0,
        "warnings": row.warnings > 0,
        "votes": row.votes.unhelpful > row.votes.helpful,
        "questions": row.lost > 0,
        "good": not row.errors and not row.warnings,
    }
    return told.get(wanted["fresh"], True) and told.get(wanted["health"], True)


def _choices(rows: Iterable[Row], look: Look | None) -> dict[str, list[tuple[str, str]]]:
    """The values of each filter with their names."""
    articles = [row.article for row in rows if row.article]
    titles = {one.slug: one.title for one in look.reading.categories} if look else {}
    if look:
        titles |= {one.slug: one.title for one in look.reading.categories if one.lang == current_lang()}
    return {
        "state": [
            *((one, state_name(one)) for one in _STATES),
            ("planned", _("With a scheduled change")),
            ("suggested", _("With suggestions")),
            ("mine", _("You were asked to review")),
        ],
        "language": [(one, "") for one in sorted({article.lang for article in articles})],
        "category": [(one, titles.get(one, one)) for one in sorted({article.category for article in articles})],
        "owner": [(one, one) for one in sorted({article.owner for article in articles if article.owner})],
        "fresh": [("late", _("Review is due")), ("old", _("Not updated for a year"))],
        "health": [
            ("errors", _("Errors")),
            ("warnings", _("Warnings")),
            ("questions", _("Questions that do not find it")),
            ("votes", _("More unhelpful votes than helpful ones")),
            ("good", _("Nothing to correct")),
        ],
    }
