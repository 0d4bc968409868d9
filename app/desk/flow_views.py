"""From draft to page: comments on an article's text, reviews, and its stages, each step with its line in the audit
log."""

from collections.abc import Callable
from datetime import date, time
from functools import partial

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import author, me, needs
from app.desk.article_files import not_allowed
from app.desk.authoring_views import rendered, shortened, weight_name
from app.desk.blueprint import bp
from app.desk.library_views import stage_name
from core.numbers import whole_number
from kb.authoring import reviews, stages
from kb.authoring.article_files import ArticleText, CannotEdit, NoSuchArticle
from kb.authoring.differences import compared
from kb.authoring.flow import NoSuchComment
from kb.authoring.header_form import HeaderKept, form_of, split
from kb.authoring.models import Kind, Saved, Suggested
from kb.authoring.reviews import Review
from kb.authoring.scheduled_changes import wall_clock
from kb.authoring.scopes import NotAllowed, Spot
from kb.authoring.service import REASON_MOST
from kb.authoring.stages import Stage
from kb.source.paths import language_of
from kb.translations.models import Weight
from support.agents.models import Right, User
from support.delivery import outbox
from support.intake.forms import many_lines, one_line
from support.teams.teams import DEFAULT, teams
from support.tickets.models import Delivery

_ANSWERS = {"approve": reviews.APPROVED, "changes": reviews.CHANGES, "withdraw": reviews.WITHDRAWN}


class _Wrong(Exception):
    """Why nothing was done, for the page."""


@bp.get("/articles/flow/<path:path>")
@needs(Right.WRITE)
def article_flow(path: str) -> Response:
    return _page(path)


@bp.post("/articles/flow/<path:path>")
@needs(Right.WRITE)
def change_article_flow(path: str) -> Response:
    found = _open(path)
    action = request.form.get("action", "")
    steps: dict[str, Callable[[str, ArticleText], str]] = {
        "comment": _comment, "reply": _reply, "resolve": _resolve, "reopen": partial(_resolve, undo=True),
        "ask": _ask, **dict.fromkeys(_ANSWERS, partial(_answer, how=_ANSWERS.get(action, ""))),
        "publish": _publish, "draft": partial(_restage, change=stages.drafted),
        "archive": partial(_restage, change=stages.archived), "schedule": _schedule, "unschedule": _unschedule,
    }  # fmt: skip
    step = steps.get(action)
    if step is None:
        abort(400)
    try:
        done = step(path, found)
    except _Wrong as wrong:
        return _page(path, problem=str(wrong), code=422)
    except NotAllowed:
        return _page(path, problem=not_allowed(), code=403)
    except NoSuchComment:
        return _page(path, problem=_("That is not there any more, or nothing was written."), code=422)
    except HeaderKept as kept:
        told = _(
            "The field “%(name)s” is written in a way that the form cannot change. Change it in the header’s text.",
            name=kept.name,
        )
        return _page(path, problem=told, code=422)
    except (CannotEdit, NoSuchArticle) as wrong:
        changed = isinstance(wrong, CannotEdit) and wrong.code == "changed"
        told = (
            _("The article has changed since this page was loaded. Look at it, and try again.")
            if changed
            else _("The file could not be written. Your text is still here; try again, or tell whoever runs this site.")
        )
        return _page(path, problem=told, code=409)
    return redirect(url_for("desk.article_flow", path=path, done=done, _anchor="main"), 303)


# ---- comments


def _comment(path: str, found: ArticleText) -> str:
    s, form = services(), request.form
    line, hash_ = whole_number(form.get("line", "")) or 0, one_line(form.get("base", ""))[:64]
    s.flow.comment(path, hash_, line, many_lines(form.get("text", "")), me().login, s.now())
    s.desk.note_article(me(), "article_commented", path, s.now())
    return "commented"


def _reply(path: str, found: ArticleText) -> str:
    s, form = services(), request.form
    text = many_lines(form.get("text", ""))
    about = s.flow.reply(path, whole_number(form.get("comment", "")) or 0, text, me().login, s.now())
    s.desk.note_article(me(), "article_commented", path, s.now())
    other = s.desk.accounts.by_login(about.login)
    if other is not None and other.login != me().login:
        with s.tickets.transaction() as connection:
            _mail(connection, other, "commented", path, found.text, text)
    return "commented"


def _resolve(path: str, found: ArticleText, undo: bool = False) -> str:
    s = services()
    s.flow.resolve(path, whole_number(request.form.get("comment", "")) or 0, me().login, s.now(), undo=undo)
    s.desk.note_article(me(), "article_comment_reopened" if undo else "article_comment_resolved", path, s.now())
    return "saved"


# ---- reviews


def _ask(path: str, found: ArticleText) -> str:
    s, form = services(), request.form
    of = s.desk.accounts.by_id(whole_number(form.get("of", "")) or 0)
    if of is None or of not in _reviewers():
        raise _Wrong(_("Choose somebody who is to review it."))
    if not author().may_write_at(s.authoring.spot_of(path, found.text)):
        raise NotAllowed(path)
    note = many_lines(form.get("note", ""))
    number, hash_ = whole_number(form.get("version", "")) or 0, found.version
    if number:
        version, _text = s.authoring.version(path, number)
        hash_ = version.hash
    s.flow.ask(
        path, number, hash_, me().login, of.login, note, s.now(),
        lambda connection: _mail(connection, of, "asked", path, found.text, note),
    )  # fmt: skip
    s.desk.note_article(me(), "article_review_asked", path, s.now())
    return "asked"


def _answer(path: str, found: ArticleText, how: str) -> str:
    s, form = services(), request.form
    number = whole_number(form.get("review", "")) or 0
    one = next((one for one in s.flow.reviews(path) if one.id == number and not one.answer), None)
    if one is None:
        raise NoSuchComment
    if not _may_answer(one, how, s.authoring.spot_of(path, found.text)):
        raise NotAllowed(path)
    note = many_lines(form.get("note", ""))

    def mail(connection: Connection, review: Review) -> None:
        other = s.desk.accounts.by_login(review.asked_by if how != reviews.WITHDRAWN else review.asked_of)
        if other is not None and other.login != me().login and how != reviews.WITHDRAWN:
            _mail(connection, other, how, path, found.text, note)

    s.flow.answer(path, number, how, me().login, note, s.now(), mail)
    s.desk.note_article(me(), f"article_review_{how}", path, s.now())
    return "answered"


def _may_answer(one: Review, how: str, spot: Spot) -> bool:
    """Who was asked, or somebody else who may publish the article; who asked may take it back, and not approve it."""
    mine = one.asked_by == me().login and one.asked_of != me().login
    if mine or how == reviews.WITHDRAWN:
        return how == reviews.WITHDRAWN and (mine or author().may_publish_at(spot))
    return one.asked_of == me().login or author().may_publish_at(spot)


def _reviewers() -> list[User]:
    return [one for one in services().desk.accounts.all() if not one.disabled and one.may(Right.WRITE)]


def _mail(connection: Connection, to: User, what: str, path: str, text: str, note: str) -> None:
    s = services()
    payload = {
        "to": to.login, "lang": to.lang or s.settings.default_lang, "what": what, "path": path,
        "title": form_of(text)["title"] or path, "by": me().name or me().login, "note": note[:2000],
    }  # fmt: skip
    outbox.enqueue(connection, None, None, Delivery.REVIEW_MAIL, s.now(), payload=payload)


# ---- stages


def _publish(path: str, found: ArticleText) -> str:
    s, form = services(), request.form
    if not one_line(form.get("reason", "")):
        raise _Wrong(_("Say in a line why it is published."))
    written, today = form.get("day", "").strip(), s.today()
    try:
        on = date.fromisoformat(written) if written and form.get("when") == "day" else today
    except ValueError:
        raise _Wrong(_("This is no date.")) from None
    if form.get("when") == "day" and (not written or on <= today):
        raise _Wrong(_("Choose a day that is still to come."))
    return _restage(path, found, change=partial(stages.published, day=today, on=on))


def _restage(path: str, found: ArticleText, change: Callable[[str], str]) -> str:
    s, form = services(), request.form
    before = stages.stage_of(found.text, s.today())
    outcome = s.authoring.to_stage(
        path, change, one_line(form.get("base", ""))[:64], author(), one_line(form.get("reason", "")), s.now()
    )
    if isinstance(outcome, Suggested):
        s.desk.note_article(me(), "article_suggested", path, s.now())
        return "suggested"
    if isinstance(outcome, Saved) and outcome.changed:
        after = stages.stage_of(s.authoring.text_with(path, outcome.version) or "", s.today())
        s.desk.note_article(me(), _action(before, after), path, s.now())
    return "staged"


def _schedule(path: str, found: ArticleText) -> str:
    """Let a suggestion become the text of the article at its time."""
    s, form = services(), request.form
    reason, number = one_line(form.get("reason", "")), whole_number(form.get("version", "")) or 0
    if not reason:
        raise _Wrong(_("Say in a line why it is published."))
    try:
        day = date.fromisoformat(form.get("day", "").strip())
        at = time.fromisoformat(form.get("time", "").strip() or "00:00")
    except ValueError:
        raise _Wrong(_("This is no date.")) from None
    due = f"{day.isoformat()}T{at.strftime('%H:%M')}"
    if due <= wall_clock(s.now(), s.settings.zone):
        raise _Wrong(_("Choose a time that is still to come."))
    weight = form.get("weight", "")
    weight = weight if weight in set(Weight) else ""
    try:
        s.scheduled_changes.plan(path, number, due, author(), reason, weight, s.now())
    except NoSuchArticle:
        raise _Wrong(_over()) from None
    s.desk.note_article(me(), "article_change_scheduled", path, s.now())
    return "planned"


def _unschedule(path: str, found: ArticleText) -> str:
    s = services()
    if not s.scheduled_changes.cancel(path, whole_number(request.form.get("plan", "")) or 0, author(), s.now()):
        raise _Wrong(_over())
    s.desk.note_article(me(), "article_change_cancelled", path, s.now())
    return "unplanned"


def _over() -> str:
    return _("That is not there any more: somebody published, declined or cancelled it meanwhile.")


def _action(before: Stage, after: Stage) -> str:
    if after is Stage.DRAFT:
        return "article_restored" if before is Stage.ARCHIVED else "article_unpublished"
    return {Stage.SCHEDULED: "article_scheduled", Stage.ARCHIVED: "article_archived"}.get(after, "article_published")


# ---- the page


def _open(path: str) -> ArticleText:
    s = services()
    if not s.serves_own_folder:
        abort(404)
    try:
        return s.authoring.open(path, s.now())
    except (NoSuchArticle, CannotEdit):
        abort(404)


def _page(path: str, problem: str = "", code: int = 200) -> Response:
    s = services()
    found = _open(path)
    asked = s.flow.reviews(path)
    spot = s.authoring.spot_of(path, found.text)
    stage = stages.stage_of(found.text, s.today(), in_review=any(not one.answer for one in asked))
    public = s.authoring.last_public(path)
    differs = public is not None and public[1] != found.text and stage in {Stage.DRAFT, Stage.IN_REVIEW, Stage.ARCHIVED}
    versions, _more = s.authoring.history(path)
    suggestions = [one for one in versions if one.kind is Kind.SUGGESTED and not one.settled]
    typed = request.form
    page = render_template(
        "desk/article_flow.html",
        path=path,
        title=form_of(found.text)["title"] or path,
        found=found,
        head_lines=split(found.text).head_lines,
        shown=_as_shown(path, found.text),
        stage=stage,
        stages=[(one, stage_name(one)) for one in Stage if one is not Stage.EXPIRED or stage is Stage.EXPIRED],
        talk=s.flow.discussed(path, found.text),
        asked=asked,
        answers={one.id: [how for how in _ANSWERS if _may_answer(one, _ANSWERS[how], spot)] for one in asked},
        answer_name=answer_name,
        reviewers=_reviewers(),
        suggestions=suggestions,
        since=public[0] if public and differs else None,
        pieces=shortened(compared(public[1], found.text)) if public and differs else (),
        may_write=author().may_write_at(spot),
        may_publish=author().may_publish_at(spot),
        scheduled=stages.scheduled_for(found.text) if stage is Stage.SCHEDULED else None,
        closed=_closed(stages.scheduled_for(found.text)) if stage is Stage.SCHEDULED else False,
        first_day=s.today(),
        plans=s.scheduled_changes.of(path),
        why_held=why_held,
        closed_on=_closed,
        wanted_version=whole_number(request.values.get("version", "")) or 0,
        zone=s.settings.time_zone,
        translated=s.translations.is_source(path),
        weights=[(one.value, weight_name(one)) for one in Weight],
        article_lang=language_of(path.split("/")[0]) or s.settings.default_lang,
        reason_most=REASON_MOST,
        problem=problem,
        typed=typed,
        done=request.args.get("done", ""),
    )
    return make_response(page, code)


def _as_shown(path: str, text: str) -> Markup:
    """The article as readers see it, '' where it cannot be read."""
    try:
        return Markup(rendered(path, text)["html"])  # noqa: S704 sanitised by kb.markup.markdown
    except CannotEdit:
        return Markup()


def _closed(day: date | None) -> bool:
    """Whether the operator's calendar has the day as a holiday, or nobody is there on it."""
    if day is None:
        return False
    calendar = teams(services().settings)[DEFAULT].opening
    return calendar.is_holiday(day) or (not calendar.always and not calendar.hours.days[day.weekday()])


def why_held(code: str) -> str:
    """Why a change whose time has come was not published."""
    return {
        "conflict": _("Somebody changed the same place meanwhile. Look at both texts, and save."),
        "gone": _("The file is no longer there."),
        "not_allowed": _("Who scheduled it may no longer publish this article."),
    }.get(code, _("The file or the text cannot be read."))


def answer_name(answer: str) -> str:
    return {
        reviews.APPROVED: _("Approved"), reviews.CHANGES: _("Changes asked for"), reviews.WITHDRAWN: _("Taken back"),
    }.get(answer, _("open"))  # fmt: skip
