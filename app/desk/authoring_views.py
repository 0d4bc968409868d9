"""Writing an article at the desk: the editor with its preview, what happens when two people write at once, history.

Every page works without scripts. Nothing typed is lost: whatever is refused comes back with its text, and the page
keeps a copy on the device meanwhile (`app/static/editor.js`).
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from flask import abort, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import author, me, needs
from app.desk.article_files import not_allowed
from app.desk.article_views import category_choices
from app.desk.blueprint import bp
from app.desk.editor_trial import started_trial, trial_values
from app.desk.library_views import contact_forms
from app.desk.picture_views import added_picture, why_refused
from app.desk.remote_views import remote_trouble
from app.desk.scheduled_changes import changed_action
from app.desk.typed_article import Typed
from app.web.addresses import with_base
from app.web.i18n import reworded, site_languages
from core.ended_process import TookTooLong
from core.numbers import whole_number
from kb.authoring import header_form
from kb.authoring.article_files import MOST_BYTES, CannotEdit, NoSuchArticle, plain
from kb.authoring.differences import Kind as Change
from kb.authoring.differences import Piece, compared, words_in
from kb.authoring.git_types import REASONS
from kb.authoring.header_form import FieldsWrong, HeaderKept
from kb.authoring.merge import conflicts, merge, text_of
from kb.authoring.models import ChangedMeanwhile, Kind, Saved, Suggested, Version
from kb.authoring.pictures import ALT_MOST, PictureRefused
from kb.authoring.scopes import NotAllowed
from kb.authoring.service import REASON_MOST, is_public
from kb.authoring.snippets import is_snippet
from kb.errors import ArticleExists, KbError
from kb.findings import Finding
from kb.markup.links import IMAGE_SUFFIXES
from kb.readability import Ease, Reading, Scale, reading_of
from kb.slugs import slugify
from kb.source.paths import is_slug, language_of, topic_path
from kb.translations.coverage import content_of_text
from kb.translations.models import Weight
from support.agents.models import Right
from support.intake.forms import one_line
from support.teams.teams import DEFAULT, teams

# Of what stays the same, the characters shown on either side of a change.
_AROUND = 160
# Of one section, which is mostly what it was in the preview before.
_words_in = lru_cache(maxsize=256)(words_in)
# What lint says of articles and not of a part of them.
_OF_WHOLE_ARTICLES = frozenset({"translation-missing", "translation-unknown", "duplicate-title", "no-title", "empty"})
# Previews a process makes at once; the next one waits for the next pause in typing.
_previewing = threading.BoundedSemaphore(2)


@bp.route("/articles/new", methods=["GET", "POST"])
@needs(Right.WRITE)
def new_article() -> Response:
    s = services()
    only_here()
    typed = {name: one_line(request.form.get(name, ""))[:200] for name in ("lang", "category", "title", "slug")}
    typed["translation_of"] = one_line(request.values.get("translation_of", ""))[:120]
    typed["new_category"] = one_line(request.form.get("new_category", ""))[:100]
    problem, errors = "", dict[str, str]()
    s.shelf.look(s.today(), contact_forms(), 0.0 if s.shelf.latest else 2.0)
    if request.method == "POST":
        errors = _wrong_of_new(typed)
    if request.method == "POST" and not errors:
        category = topic_path(typed["new_category"]) or typed["category"]
        slug = typed["slug"] or slugify(typed["title"])
        try:
            name = "/".join((typed["lang"], category, slug))
            made = s.authoring.create(name, typed["title"], typed["translation_of"], author(), s.today(), s.now())
        except ArticleExists:
            errors["slug"] = _("There is an article at this address already. Choose another one.")
        except (CannotEdit, NotAllowed) as wrong:
            problem = _problem(wrong)
        except KbError:
            problem = _("Language, topic and address are needed, in letters and hyphens, to make a file name of them.")
        else:
            s.desk.note_article(me(), "article_created", made.path, s.now())
            return redirect(url_for("desk.edit_article", path=made.path, done="created"), 303)
    typed["lang"] = typed["lang"] or site_languages()[0]
    page = render_template(
        "desk/article_new.html", typed=typed, problem=problem, errors=errors, langs=site_languages(),
        categories=category_choices(),
    )  # fmt: skip
    return make_response(page, 422 if problem or errors else 200)


def _wrong_of_new(typed: Mapping[str, str]) -> dict[str, str]:
    """What is missing or wrong of a new article, by field."""
    found = {}
    if not typed["title"]:
        found["title"] = _("Give it a title.")
    if not language_of(typed["lang"]):
        found["lang"] = _("Choose a language.")
    if typed["new_category"] and not topic_path(typed["new_category"]):
        found["new_category"] = wrong_topic()
    elif not typed["new_category"] and not typed["category"]:
        found["category"] = _("Choose a topic, or name a new one.")
    if typed["slug"] and (typed["slug"].startswith("_") or not is_slug(typed["slug"])):
        found["slug"] = _wrong_field("slug")
    elif typed["title"] and not typed["slug"] and not slugify(typed["title"]):
        found["slug"] = _("No address can be made from the title. Type one, in letters, digits and hyphens.")
    return found


def wrong_topic() -> str:
    return _("Letters, digits and hyphens only, with / before a topic inside of another one, such as setup/network.")


def _wrong_field(code: str) -> str:
    return {
        "date": _("Give a day, such as 2027-01-31."),
        "slug": _("Letters, digits and hyphens only, without a slash or a dot: it is the last part of an address."),
        "topic": wrong_topic(),
        "language": _("This is no language known here. Give one such as en, tr or zh-Hant."),
        "number": _("Give a whole number."),
        "title": _("Give it a title."),
        "order": _("This day is not after the one on which it is published."),
    }.get(code, _("This field is written in a way that the form cannot change. Change it in the header’s text."))


def _wrong_fields(wrong: KbError) -> dict[str, str]:
    """What is wrong with fields of the form, by name."""
    if isinstance(wrong, FieldsWrong):
        return {name: _wrong_field(code) for name, code in wrong.fields.items()}
    return {wrong.name: _wrong_field("")} if isinstance(wrong, HeaderKept) else {}


@bp.get("/articles/edit/<path:path>")
@needs(Right.WRITE)
def edit_article(path: str) -> Response:
    s = services()
    only_here()
    number = whole_number(request.args.get("suggestion", "")) or 0
    try:
        found = s.authoring.open(path, s.now())
        typed = Typed.of_text(found.text, found.version)
        if number:
            version, text = s.authoring.version(path, number)
            typed = Typed.of_text(text, version.base, version.reason, number)
    except NoSuchArticle:
        abort(404)
    except CannotEdit as wrong:
        return _page(path, None, problem=_problem(wrong), code=422)
    if request.args.get("together"):
        both = s.authoring.both(path, s.now())
        if both is not None:
            return _conflict(path, both, found.text, typed)
    why = request.args.get("why", "")
    return _page(path, typed, done=request.args.get("done", ""), why=why if why in REASONS else "")


@bp.post("/articles/edit/<path:path>")
@needs(Right.WRITE)
def save_article_text(path: str) -> Response:
    s = services()
    only_here()
    typed = Typed.of_request()
    by = author()
    if request.form.get("action") in {"suggest", "schedule"}:
        by = replace(by, may_publish=False)
    try:
        text = typed.text(path)
        if request.form.get("action") == "preview":
            return _page(path, typed, preview=rendered(path, text), posted=True)
        if request.form.get("action") == "picture":
            return _with_picture(path, typed)
        if request.form.get("action") == "trial":
            return _page(path, typed, posted=True, tried=True)
        outcome = s.authoring.save(path, text, typed.base, by, typed.reason, s.now(), typed.suggestion)
    except NoSuchArticle:
        gone = _("This file is no longer there: it was removed or renamed meanwhile. Copy your text before you leave.")
        return _page(path, typed, problem=gone, posted=True, code=409)
    except (CannotEdit, HeaderKept, NotAllowed) as wrong:
        code = 403 if isinstance(wrong, NotAllowed) else 422
        return _page(path, typed, problem=_problem(wrong), fields=_wrong_fields(wrong), posted=True, code=code)
    return _after(path, outcome, text, typed)


def _with_picture(path: str, typed: Typed) -> Response:
    """Without scripts, a picture comes to the end of the text."""
    try:
        made = added_picture(path)
    except PictureRefused as refused:
        return _page(path, typed, problem=why_refused(refused), posted=True, code=422)
    body = f"{typed.parts.body.rstrip()}\n\n{made}\n".lstrip("\n")
    return _page(path, replace(typed, parts=replace(typed.parts, body=body)), done="picture", posted=True)


@bp.post("/articles/merge/<path:path>")
@needs(Right.WRITE)
def merge_article(path: str) -> Response:
    """Both texts brought together as somebody chose, in the editor; nothing is saved yet."""
    s = services()
    only_here()
    given = request.form
    base, now_has = one_line(given.get("base", "")), one_line(given.get("version", ""))
    theirs = s.authoring.text_with(path, now_has)
    if theirs is None:
        abort(404)
    try:
        mine = plain(given.get("text", ""))
    except CannotEdit as wrong:
        return _page(path, None, problem=_problem(wrong), code=422)
    merged = merge(s.authoring.text_with(path, base) or "", mine, theirs)
    chosen = [given.get(f"choice-{n}", "both") for n in range(len(conflicts(merged)))]
    return _page(path, Typed.of_merge(text_of(merged, chosen), now_has), done="merged", posted=True)


@bp.post("/articles/preview/<path:path>")
@needs(Right.WRITE)
def preview_article(path: str) -> Response:
    """What the article would look like, and what lint says, as JSON."""
    only_here()
    if not (services().shelf.knows(path) or services().authoring.exists(path)):
        abort(404)
    if not _previewing.acquire(blocking=False):
        return make_response(jsonify(error={"code": "busy"}), 503)
    try:
        typed = Typed.of_request()
        try:
            text, problem, fields = typed.text(path), "", dict[str, str]()
        except HeaderKept as kept:
            text, problem = header_form.joined(typed.parts.head, typed.parts.body), _problem(kept)
            fields = _wrong_fields(kept)
        made = rendered(path, text)
    except CannotEdit as wrong:
        return make_response(jsonify(error={"code": wrong.code, "message": _problem(wrong)}), 422)
    finally:
        _previewing.release()
    return jsonify({**made, "problem": problem, "fields": fields})


@bp.post("/articles/paste")
@needs(Right.WRITE)
def paste_into_article() -> Response:
    """What was pasted from another program as Markdown, as JSON."""
    if not _previewing.acquire(blocking=False):
        return make_response(jsonify(error={"code": "busy"}), 503)
    try:
        from kb.authoring.pasted import pasted  # parsers of HTML: megabytes that most processes never need

        return jsonify(markdown=pasted(request.form.get("html", "").replace("\0", "")))
    except TookTooLong:
        return make_response(jsonify(error={"code": "too_complex"}), 422)
    finally:
        _previewing.release()


@bp.get("/articles/history/<path:path>")
@needs(Right.WRITE)
def article_history(path: str) -> Response:
    s = services()
    only_here()
    before = whole_number(request.args.get("before", "")) or 0
    versions, more = s.authoring.history(path, before)
    number = whole_number(request.args.get("version", "")) or 0
    if not versions and not number:
        abort(404)
    shown: Version | None = None
    pieces: Sequence[Piece] = ()
    if number:
        try:
            shown, text = s.authoring.version(path, number)
        except NoSuchArticle:
            abort(404)
        old = s.authoring.text_with(path, shown.base) if shown.kind is Kind.SUGGESTED else None
        pieces = shortened(compared(s.authoring.before(path, number) if old is None else old, text))
    page = render_template(
        "desk/article_history.html",
        path=path,
        versions=versions,
        more=more,
        shown=shown,
        pieces=pieces,
        article_lang=language_of(path.split("/")[0]),
        kind_name=kind_name,
        may_publish=_publishes_at(path),
        newest=next((one.id for one in versions if one.kind is not Kind.SUGGESTED), 0) if not before else 0,
        done=request.args.get("done", ""),
    )
    return make_response(page)


@bp.post("/articles/history/<path:path>")
@needs(Right.WRITE)
def change_article_history(path: str) -> Response:
    """Go back to a version, or decide against a suggestion."""
    s = services()
    only_here()
    number = whole_number(request.form.get("version", "")) or 0
    if request.form.get("action") == "decline":
        try:
            if s.authoring.decline(path, number, author()):
                s.desk.note_article(me(), "article_declined", path, s.now())
        except NotAllowed:
            abort(403)
        except (NoSuchArticle, CannotEdit):
            abort(404)
        return redirect(url_for("desk.article_history", path=path, done="declined"), 303)
    reason = one_line(request.form.get("reason", "")) or _("Back to version %(number)s", number=number)
    try:
        outcome = s.authoring.revert(path, number, author(), reason, s.now())
    except NoSuchArticle:
        abort(404)
    except (CannotEdit, NotAllowed) as wrong:
        return _page(path, None, problem=_problem(wrong), code=403 if isinstance(wrong, NotAllowed) else 422)
    if isinstance(outcome, Suggested):
        s.desk.note_article(me(), "article_suggested", path, s.now())
        return redirect(url_for("desk.article_history", path=path, done="suggested"), 303)
    s.desk.note_article(me(), "article_reverted", path, s.now())
    return redirect(url_for("desk.article_history", path=path, done="reverted"), 303)


def _publishes_at(path: str) -> bool:
    try:
        return author().may_publish_at(services().authoring.spot(path))
    except (NoSuchArticle, CannotEdit):
        return False


def kind_name(kind: Kind) -> str:
    return {
        Kind.FOUND: _("Changed outside of the editor"),
        Kind.CREATED: _("Created"),
        Kind.SAVED: _("Saved"),
        Kind.REVERTED: _("Went back to an earlier version"),
        Kind.SUGGESTED: _("Suggested"),
        Kind.REMOTE: _("The Git remote’s text, to be brought together"),
    }[kind]


def weight_name(weight: Weight) -> str:
    return {
        Weight.TYPO: _("Typing error: nobody is told"),
        Weight.MINOR: _("Minor: who translates it is told"),
        Weight.MAJOR: _("Major: readers of its translations are told, too"),
    }[weight]


def only_here() -> None:
    """The folder of another machine cannot be written from here."""
    if not services().serves_own_folder:
        abort(404)


def _after(path: str, outcome: Saved | Suggested | ChangedMeanwhile, text: str, typed: Typed) -> Response:
    s = services()
    if isinstance(outcome, Suggested):
        s.desk.note_article(me(), "article_suggested", path, s.now())
        if request.form.get("action") == "schedule":
            there = url_for(
                "desk.article_flow", path=path, version=outcome.id, weight=typed.weight or None, done="sent",
                _anchor="plans",
            )  # fmt: skip
            return redirect(there, 303)
        return redirect(url_for("desk.edit_article", path=path, done="suggested"), 303)
    if isinstance(outcome, Saved):
        weight = ""
        if outcome.changed:
            before = s.authoring.text_with(path, typed.base)
            s.desk.note_article(me(), changed_action(before or "", text), path, s.now())
            weight = _told_translators(path, text, typed.weight)
        done = "uncommitted" if outcome.not_committed else "saved" if outcome.changed else "same"
        here = url_for(
            "desk.edit_article", path=path, done=done, why=outcome.not_committed or None, weight=weight or None
        )
        return redirect(here, 303)
    return _conflict(path, outcome, text, typed)


def _conflict(path: str, outcome: ChangedMeanwhile, text: str, typed: Typed) -> Response:
    found = conflicts(outcome.parts)
    if not found:
        merged = typed.with_text(text_of(outcome.parts), outcome.version)
        return _page(path, merged, done="fits", by=outcome.by, remote=outcome.remote, posted=True, code=409)
    page = render_template(
        "desk/article_conflict.html",
        path=path,
        conflicts=found,
        text=text,
        typed=typed,
        version=outcome.version,
        by=outcome.by,
        at=outcome.at,
        remote=outcome.remote,
        base=outcome.base,
        article_lang=language_of(path.split("/")[0]),
    )
    return make_response(page, 409)


def _told_translators(path: str, text: str, weight: str) -> str:
    """How much the change of a source weighs, as its author says or as is guessed; '' where nothing is behind."""
    s = services()
    behind = s.translations.edited(path, content_of_text(text), Weight(weight) if weight else None, s.now())
    weights = [one.weight for one in behind if one.weight]
    return max(weights, key=lambda one: one.rank).value if weights else ""


def _page(
    path: str,
    typed: Typed | None,
    *,
    problem: str = "",
    done: str = "",
    by: str = "",
    remote: bool = False,
    why: str = "",
    preview: Mapping[str, Any] | None = None,
    posted: bool = False,
    tried: bool = False,
    fields: Mapping[str, str] | None = None,
    code: int = 200,
) -> Response:
    s = services()
    began_from = (s.authoring.text_with(path, typed.base) if typed else None) or ""
    public, spot = typed is not None and is_public(began_from), s.authoring.spot_of(path, began_from)
    page = render_template(
        "desk/article_edit.html",
        path=path,
        typed=typed,
        form={**typed.form, "tags": ", ".join(typed.form["tags"].splitlines())} if typed else {},
        more_fields=header_form.MORE,
        field_names=field_names(),
        field_help=field_help(),
        wrong=fields or {},
        owners=_owners(),
        teams=sorted(set(teams(s.settings)) - {DEFAULT}),
        site_langs=site_languages(),
        problem=problem,
        done=done,
        by=by,
        remote=remote,
        why=why,
        preview=preview,
        preview_html=Markup(preview["html"]) if preview else "",  # noqa: S704 sanitised by kb.markup.markdown
        posted=posted,
        public=public,
        may_write=author().may_write_at(spot),
        may_publish=author().may_publish_at(spot),
        at_remote=remote_trouble(path),
        comments=s.flow.open_comments().get(path, 0),
        plans=s.scheduled_changes.of(path),
        suggestions=[one for one in s.authoring.suggestions_of(path) if typed and one.id != typed.suggestion],
        categories=category_choices(),
        article_lang=language_of(path.split("/")[0]) or s.settings.default_lang,
        reason_most=REASON_MOST,
        words=_words_for_script(),
        translated=s.translations.is_source(path),
        weights=[(one.value, weight_name(one)) for one in Weight],
        weight=(typed.weight if typed else "") or request.args.get("weight", ""),
        alt_most=ALT_MOST,
        snippet=is_snippet(path),
        users=_users(path),
        pictures=",".join(sorted(IMAGE_SUFFIXES)),
        tried=tried,
        trial_values=trial_values(started_trial(path, typed), path) if tried and typed else {},
    )
    return make_response(page, code)


def _owners() -> list[str]:
    look = services().shelf.latest
    return sorted({one.owner for one in look.reading.articles if one.owner}) if look else []


def field_names() -> dict[str, str]:
    """What the fields of the form are called."""
    return {
        "title": _("Title"), "status": _("Status"), "summary": _("Summary"),
        "questions": _("Questions, one a line: how customers really ask"), "category": _("Topic"),
        "tags": _("Tags, with commas between them"), "owner": _("Owner"), "slug": _("Address"), "lang": _("Language"),
        "translation_of": _("Translation of"), "aliases": _("Old addresses, one a line"),
        "synonyms": _("Other words (synonyms), one a line"), "audience": _("Audience"),
        "handoff": _("Team for what stays open (hand-off)"), "position": _("Place in the topic"),
        "review_by": _("Review by"), "publish_date": _("Published from"), "expiry_date": _("Expires on"),
        "updated": _("Last updated"),
    }  # fmt: skip


def field_help() -> dict[str, str]:
    """The reference of the header, by field: in English the sentences of `kb/source/frontmatter.py`."""
    return {
        "title": _("What the article is called, on its page and in results."),
        "status": _("A draft is on no page and in no result."),
        "summary": _("One sentence for results and link previews."),
        "questions": _("Real questions this article must answer; lint tries each of them."),
        "category": _("Default: the folder below the language."),
        "tags": _("Words that group articles; keywords are added to them."),
        "owner": _("The team that keeps it right."),
        "slug": _("The end of its address. Default: the file's name."),
        "lang": _("Default: the folder's name."),
        "translation_of": _(
            "The slug of the article this one translates, or a key all translations share. Default: its own slug."
        ),
        "aliases": _("Old addresses; visitors of them are redirected here."),
        "synonyms": _("Other words customers use for the same thing."),
        "audience": _("everyone, or the name of one group."),
        "handoff": _("The team that gets the question when this did not help."),
        "position": _("Its place in the category, lowest first."),
        "review_by": _("After this day lint asks for a review."),
        "publish_date": _("Not shown before this day."),
        "expiry_date": _("Not shown from this day on."),
        "updated": _("The “last updated” readers see."),
    }


def _users(path: str) -> list[tuple[str, str]]:
    """The articles that show a snippet: path and title."""
    look = services().shelf.latest
    if look is None or not is_snippet(path):
        return []
    titles = {one.source: one.title for one in look.reading.articles}
    return [(one, titles.get(one, one)) for one in look.users.get(path, ())]


def rendered(path: str, text: str) -> dict[str, Any]:
    """The article's page and findings, for the preview. Raises CannotEdit."""
    s = services()
    text = plain(text)
    source, found = s.shelf.draft(path, text, s.today(), contact_forms())
    if is_snippet(path):
        found = tuple(one for one in found if one.code not in _OF_WHOLE_ARTICLES)
    lines = header_form.split(text).head_lines
    article = source.article if source else None
    return {
        "html": with_base(article.html, request.script_root) if article else "",
        "title": article.title if article else "",
        "lang": article.lang if article else "",
        "words": sum(_words_in(one.text) for one in article.sections) if article else 0,
        "reading": reading_in_words(reading_of(article.sections, article.lang) if article else None),
        "findings": [_shown(one, lines) for one in found],
    }


def reading_in_words(found: Reading | None) -> str:
    """How the text reads, as a sentence for its author; '' where there is too little of it."""
    if found is None:
        return ""
    of_100 = min(max(round(found.score), 0), 100)  # short words and sentences lead beyond either end
    figure = {
        Scale.FLESCH: _("%(score)s of 100 by Flesch", score=of_100),
        Scale.ATESMAN: _("%(score)s of 100 by Ateşman", score=of_100),
        Scale.CHARACTERS: _("%(number)s characters a sentence", number=round(found.score)),
        Scale.WORDS: _("%(number)s words a sentence", number=round(found.score)),
    }[found.scale]
    ease = {
        Ease.EASY: _("Easy to read"),
        Ease.FAIR: _("Takes some attention to read"),
        Ease.HARD: _("Hard to read: shorter sentences and plainer words help"),
    }[found.ease]
    if found.scale in {Scale.FLESCH, Scale.ATESMAN}:
        figure = f"{figure} · " + _("%(number)s words a sentence", number=round(found.sentence))
    return f"{ease} · {figure}"


def _shown(found: Finding, lines: int) -> dict[str, Any]:
    """A finding; `line` is counted in the text below the header, 0 for one in it."""
    line = found.line - lines
    told = {"severity": found.severity.value, "code": found.code, "message": reworded(found.message)}
    return {**told, "line": max(line, 0)}


def shortened(pieces: Sequence[Piece]) -> list[Piece]:
    """A comparison with what did not change cut to what stands beside the changes."""
    made = []
    for n, piece in enumerate(pieces):
        text = piece.text
        if piece.kind is Change.SAME and len(text) > 3 * _AROUND:
            before = "" if n == 0 else text[:_AROUND]
            after = "" if n == len(pieces) - 1 else text[-_AROUND:]
            text = f"{before}…{after}" if len(pieces) > 1 else text
        made.append(Piece(piece.kind, text))
    return made


def _problem(wrong: KbError) -> str:
    if isinstance(wrong, NotAllowed):
        return not_allowed()
    if isinstance(wrong, FieldsWrong):
        names = field_names()
        return _("Nothing was saved. Look at: %(fields)s.", fields=", ".join(names[name] for name in wrong.fields))
    if isinstance(wrong, HeaderKept):
        return _(
            "The field “%(name)s” is written in a way that the form cannot change. Change it in the header’s text.",
            name=wrong.name,
        )
    code = wrong.code if isinstance(wrong, CannotEdit) else ""
    return {
        "size": _("The text is too long: at most %(size)s kB.", size=MOST_BYTES // 1024),
        "bytes": _("The file is not UTF-8 text, so it cannot be changed from here."),
        "disk": _("The file could not be written. Your text is still here; try again, or tell whoever runs this site."),
    }.get(code, _("The text holds characters no file can have."))


def _words_for_script() -> dict[str, str]:
    return {
        "kept": _("Kept on this device"),
        "not_kept": _("Not kept on this device: save before you leave"),
        "restored": _("What you typed and did not save was put back."),
        "older": _("The article has changed since. When you save, both texts are compared."),
        "discard": _("Discard it"),
        "signed_out": _("You were signed out. Sign in again in another tab, then go on."),
        "offline": _("No connection."),
        "not_sent": _(
            "The help centre cannot be reached, so nothing was sent. Your text stays here and is kept on this device."
        ),
        "there_again": _("The help centre can be reached again."),
        "try_again": _("Try again"),
        "preview_failed": _("The preview could not be made."),
        "line": _("Line %(number)s", number="{}"),
        "nothing": _("Nothing to correct."),
        "in_header": _("Header"),
        "link_text": _("text of the link"),
        "words": _("%(number)s words", number="{}"),
        "draft": _("Draft"),
        "picture": _("Picture"),
        "picture_none": _("Choose a picture first."),
        "picture_alt": _("Say what the picture shows, for those who cannot see it, or mark it as decoration."),
        "picture_waits": _("%(name)s is there. Say what it shows, and press Enter.", name="{}"),
        "picture_sending": _("The picture is being sent."),
        "picture_failed": _("The picture could not be added."),
        "picker_many": _("%(number)s found", number="{}"),
        "picker_none": _("Nothing was found."),
        "trying": _("The questions are being tried. That takes a few seconds for each of them."),
        "trial_failed": _("The questions could not be tried."),
    }
