"""One change to several articles of the library: shown first, file by file, and then saved as any author's change is,
with its rights, its history, and a commit for each file, by which it can be taken back."""

from dataclasses import dataclass

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import author, me, needs
from app.desk.article_views import category_choices
from app.desk.authoring_views import wrong_topic
from app.desk.blueprint import bp
from app.desk.library_views import change_name
from app.desk.scheduled_changes import changed_action
from kb.authoring.article_files import CannotEdit, NoSuchArticle
from kb.authoring.bulk_changes import BadValue, Change, Changed, changed
from kb.authoring.header_form import HeaderKept
from kb.authoring.models import Saved, Suggested
from kb.errors import KbError
from kb.source.paths import topic_path
from support.agents.models import Right
from support.intake.forms import one_line

MOST = 200


@dataclass(frozen=True)
class Row:
    """What becomes, or became, of one file; `outcome` is one of those that `outcome_name` knows."""

    path: str
    title: str
    outcome: str
    made: Changed | None = None
    base: str = ""


@bp.post("/articles/bulk")
@needs(Right.WRITE)
def change_articles() -> Response:
    """What would be changed in the ticked files; with `apply`, the change."""
    s = services()
    if not s.serves_own_folder:
        abort(404)
    paths = list(dict.fromkeys(request.form.getlist("chosen")))[:MOST]
    name, value = request.form.get("change", ""), one_line(request.form.get("value", ""))[:1000]
    problem, rows = "", list[Row]()
    if name == Change.CATEGORY and (chosen := one_line(request.form.get("topic", ""))[:200]):
        value = chosen
    topics, new_topic = category_choices(), bool(request.form.get("new_topic"))
    change = Change(name) if name in set(Change) else None
    if not paths or change is None:
        problem = _("Choose the articles first, and what is to be changed.")
    elif change is Change.CATEGORY and topic_path(value) and value not in topics and not new_topic:
        problem = _("There is no topic “%(name)s”. Choose one of the list, or say that it is a new one.", name=value)
    else:
        apply = request.form.get("action") == "apply"
        try:
            rows = [_applied(path, change, value) if apply else _shown(path, change, value) for path in paths]
        except BadValue as wrong:
            problem = {"review_by": _("Give a day, such as 2027-01-31."), "topic": wrong_topic()}.get(
                wrong.name, _("Say what it is to be.")
            )
    page = render_template(
        "desk/library_changes.html", rows=rows, change=change, value=value, problem=problem, outcome_name=outcome_name,
        new_topic=new_topic, change_name=change_name, ready=any(one.outcome == "will" for one in rows),
        done=bool(rows) and request.form.get("action") == "apply", may_publish=me().may(Right.PUBLISH),
    )  # fmt: skip
    return make_response(page, 422 if problem else 200)


@bp.get("/articles/bulk")
@needs(Right.WRITE)
def no_articles_to_change() -> Response:
    return redirect(url_for("desk.library"), 303)


def _shown(path: str, change: Change, value: str) -> Row:
    s = services()
    try:
        found = s.authoring.open(path, s.now())
        made = changed(found.text, change, value)
    except (NoSuchArticle, CannotEdit):
        return Row(path, path, "gone")
    except HeaderKept:
        return Row(path, _title(path), "kept")
    return Row(path, _title(path), "same" if made.text == found.text else "will", made, found.version)


def _applied(path: str, change: Change, value: str) -> Row:
    """The change as it was shown: of a file that is another one meanwhile, nothing is saved."""
    s = services()
    row = _shown(path, change, value)
    if row.outcome != "will" or row.made is None:
        return row
    if request.form.get(f"base:{path}") != row.base:
        return Row(path, row.title, "meanwhile", row.made)
    before = s.authoring.text_with(path, row.base) or ""
    try:
        outcome = s.authoring.save(path, row.made.text, row.base, author(), _reason(change, value), s.now())
    except KbError:
        return Row(path, row.title, "refused", row.made)
    if isinstance(outcome, Suggested):
        s.desk.note_article(me(), "article_suggested", path, s.now())
        return Row(path, row.title, "suggested", row.made)
    if not isinstance(outcome, Saved):
        return Row(path, row.title, "meanwhile", row.made)
    s.desk.note_article(me(), changed_action(before, row.made.text), path, s.now())
    return Row(path, row.title, "uncommitted" if outcome.not_committed else "saved", row.made)


def _reason(change: Change, value: str) -> str:
    """In English, as other messages of commits are that nobody wrote."""
    return {
        Change.ADD_TAGS: f"Add tags: {value}",
        Change.REMOVE_TAGS: f"Remove tags: {value}",
        Change.OWNER: f"Change owner to {value}",
        Change.REVIEW_BY: f"Review by {value}",
        Change.CATEGORY: f"Move to {value}",
        Change.DRAFT: "Make it a draft",
        Change.PUBLISHED: "Publish it",
        Change.ARCHIVED: "Archive it",
    }[change]


def _title(path: str) -> str:
    look = services().shelf.latest
    article = look.article(path) if look else None
    return article.title if article else path


def outcome_name(outcome: str) -> str:
    return {
        "will": _("Will be changed"),
        "same": _("Is so already"),
        "kept": _("Its header is written in a way that is not changed from here"),
        "saved": _("Saved"),
        "uncommitted": _("Saved, but not committed to Git"),
        "suggested": _("Suggested: somebody who may publish decides"),
        "meanwhile": _("Changed meanwhile, so nothing was saved"),
        "gone": _("No longer there"),
        "refused": _("Not allowed, or could not be written"),
    }[outcome]
