"""Translations at the desk: how every article stands in every language, and a source beside its translation."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import author, me, needs
from app.desk.authoring_views import only_here, weight_name
from app.desk.blueprint import bp
from app.desk.insight_tables import Cell, Section, as_csv
from app.desk.library_views import contact_forms, folder_page
from app.web.i18n import current_lang, language_name, percent, reworded, site_languages
from core.numbers import whole_number
from kb.authoring.article_files import CannotEdit, NoSuchArticle
from kb.authoring.differences import compared
from kb.authoring.header_form import without
from kb.authoring.sections import beside, words_changed
from kb.authoring.shelf import Look
from kb.errors import ArticleExists, KbError
from kb.source.folder_reader import Source
from kb.source.paths import language_of
from kb.translations.coverage import Row, Standing, board, content_of, counts, groups
from kb.translations.machine import MachineFailed
from kb.translations.models import How, State, Weight
from support.agents.models import Right
from support.intake.forms import one_line

_AT_A_TIME = 50
_STATES = (*State, "major")
_FILTERS = ("to", "state", "category", "owner", "q")


@bp.get("/translations")
@needs(Right.WRITE)
def translations() -> Response:
    s = services()
    wanted = {name: one_line(request.args.get(name, ""))[:200] for name in _FILTERS}
    look = s.shelf.look(s.today(), contact_forms()) if s.serves_own_folder else None
    rows, langs = _rows(look) if look else ([], [])
    shown_langs = [wanted["to"]] if wanted["to"] in langs else langs
    found = [row for row in rows if _is_wanted(row, wanted, shown_langs)]
    pages = max(1, -(-len(found) // _AT_A_TIME))
    page = min(max(whole_number(request.args.get("page", "")) or 1, 1), pages)
    asked: dict[str, Any] = {name: value for name, value in wanted.items() if value}
    return folder_page(
        "desk/translations.html",
        look,
        overall=_overall(rows, langs, wanted),
        section=_section(found[(page - 1) * _AT_A_TIME : page * _AT_A_TIME], shown_langs),
        total=len(found),
        wanted=wanted,
        choices=_choices(rows, langs),
        export_to=wanted["to"] or next((lang for lang in langs if lang != s.settings.default_lang), ""),
        export_choices=[(lang, language_name(lang)) for lang in _with_offered(langs)],
        nothing=request.args.get("done") == "nothing",
        csv_url=url_for("desk.translations_csv", **asked),
        here=lambda **changed: url_for("desk.translations", **{**asked, **changed}),
        page_number=page,
        pages=pages,
    )


@bp.get("/translations.csv")
@needs(Right.WRITE)
def translations_csv() -> Response:
    s = services()
    only_here()
    wanted = {name: one_line(request.args.get(name, ""))[:200] for name in _FILTERS}
    look = s.shelf.look(s.today(), contact_forms())
    rows, langs = _rows(look) if look else ([], [])
    shown_langs = [wanted["to"]] if wanted["to"] in langs else langs
    return as_csv(_section([row for row in rows if _is_wanted(row, wanted, shown_langs)], shown_langs), "translations")


@bp.get("/translations/<path:path>")
@needs(Right.WRITE)
def compare_translation(path: str) -> Response:
    only_here()
    original, others, langs = _group(path)
    translation = next((one for one in others if one.article.source == path), None)
    to = language_of(request.args.get("to", ""))
    if translation is None:
        if not to or to == original.article.lang:
            to = _likely(original, others, langs)
        translation = next((one for one in others if one.article.lang == to), None)
    return _compared(
        original, translation, translation.article.lang if translation else to, request.args.get("done", "")
    )


def _likely(original: Source, others: Sequence[Source], langs: Sequence[str]) -> str:
    """The language somebody wants to see a source in who named none: their own, or else the first that needs work."""
    s = services()
    there = [one.article.lang for one in others]
    own = current_lang()
    if own in there:
        return own
    outdated = {one.path for one in s.translations.outdated()}
    behind = [one.article.lang for one in others if one.article.source in outdated]
    missing = [lang for lang in (own, *langs) if lang in langs and lang != original.article.lang]
    return next(iter([*behind, *there, *missing]), "")


def _compared(original: Source, translation: Source | None, to: str, done: str, problem: str = "") -> Response:
    s = services()
    look = s.shelf.look(s.today(), contact_forms(), 30.0)
    langs = _languages(look) if look else []
    basis = s.translations.basis(translation.article.source) if translation else None
    was = s.translations.made_from(translation.article.source) if translation else None
    source = content_of(original)
    own = content_of(translation) if translation else None
    made = beside(was.body if was else None, source.body, own.body if own else "")
    changed = sum(words_changed(one.pieces) for one in made)
    heads = [
        (name, compared(getattr(was, field), getattr(source, field)))
        for name, field in ((_("Title"), "title"), (_("Summary"), "summary"))
        if was and getattr(was, field) != getattr(source, field)
    ]
    page = render_template(
        "desk/translation.html",
        original=original,
        translation=translation,
        to=to,
        basis=basis,
        how=how_words(basis.how) if basis else "",
        made=made,
        heads=heads,
        changed=changed,
        weights=[(one.value, weight_name(one)) for one in Weight],
        others=_others(original, _with_offered(langs)),
        done=done,
        problem=problem,
        machine=s.machine.is_there,
        by_a_machine=_by_a_machine(translation),
        missing=whole_number(request.args.get("missing", "")) or 0,
        shown_all=not changed or request.args.get("all") == "1",
    )
    return make_response(page, 422 if problem else 200)


@bp.post("/translations/<path:path>")
@needs(Right.WRITE)
def change_translation(path: str) -> Response:
    """Say that a translation is up to date, how much a change of its source weighs, or begin one."""
    s = services()
    only_here()
    original, translation = _pair(path)
    action = request.form.get("action", "")
    if action == "begin":
        if translation is not None:
            return redirect(url_for("desk.compare_translation", path=translation.article.source), 303)
        return _begun(original, language_of(request.form.get("to", "")))
    if action == "machine" and translation is None and s.machine.is_there:
        return _by_machine(original, language_of(request.form.get("to", "")))
    if translation is None:
        abort(404)
    here = translation.article.source
    if not author().may_write_at(s.authoring.spot(here)):
        abort(403)
    if action == "current":
        if _by_a_machine(translation):
            found = s.authoring.open(here, s.now())
            text = without(found.text, "machine_translated")
            s.authoring.save(here, text, found.version, author(), _("Read and corrected"), s.now())
        s.translations.confirm(
            here, content_of(translation), original.article.source, content_of(original), me().login, s.now()
        )
        s.desk.note_article(me(), "translation_confirmed", here, s.now())
    elif action == "weigh" and request.form.get("weight") in set(Weight):
        s.translations.weigh(here, Weight(request.form["weight"]))
        s.desk.note_article(me(), "translation_weighed", here, s.now())
    else:
        abort(400)
    return redirect(url_for("desk.compare_translation", path=here, done=action), 303)


def _by_machine(original: Source, to: str) -> Response:
    s = services()
    if not to or to == original.article.lang:
        abort(400)
    try:
        path, missing = s.exchange.machine_draft(s.machine, original, to, author(), s.now(), s.today())
    except KbError as failure:
        words = reworded(failure.why) if isinstance(failure, MachineFailed) else ""
        return _compared(original, None, to, "not_begun", words)
    s.desk.note_article(me(), "translation_by_machine", path, s.now())
    return redirect(url_for("desk.compare_translation", path=path, done="machine", missing=missing or None), 303)


def _by_a_machine(translation: Source | None) -> bool:
    return translation is not None and "machine_translated" in translation.header.lines


def _begun(original: Source, to: str) -> Response:
    """A draft with the source's text in it, to be written over."""
    s, article = services(), original.article
    if not to or to == article.lang:
        abort(400)
    try:
        name = "/".join((to, article.category, article.slug))
        made = s.authoring.create(name, article.title, article.key, author(), s.today(), s.now())
        found = s.authoring.open(made.path, s.now())
        text = found.text.rstrip("\n") + "\n\n" + original.header.body.lstrip("\n")
        s.authoring.save(made.path, text, found.version, author(), "", s.now())
    except (ArticleExists, CannotEdit, NoSuchArticle, KbError, ValueError):
        return redirect(url_for("desk.compare_translation", path=article.source, to=to, done="not_begun"), 303)
    s.desk.note_article(me(), "article_created", made.path, s.now())
    source = content_of(original)
    s.translations.confirm(made.path, source, article.source, source, me().login, s.now())
    return redirect(url_for("desk.edit_article", path=made.path, done="created"), 303)


def _pair(path: str) -> tuple[Source, Source | None]:
    """The source of the article at this path, and the translation there or, where the path is the source's, the one
    into the language that was asked for."""
    original, others, _langs = _group(path)
    to = language_of(request.values.get("to", ""))
    is_source = original.article.source == path
    wanted = (one for one in others if (one.article.lang == to if is_source else one.article.source == path))
    return original, next(wanted, None)


def _group(path: str) -> tuple[Source, list[Source], list[str]]:
    """The source of the article at this path, its translations, and the languages of the site. 404 for a path that is
    no article."""
    s = services()
    look = s.shelf.look(s.today(), contact_forms(), 30.0)
    if look is None:
        abort(503)
    s.translations.notice(look.reading, s.now())
    langs = _languages(look)
    for original, others in groups(look.reading.sources, s.settings.default_lang):
        if path in {one.article.source for one in (original, *others)}:
            return original, others, langs
    abort(404)


def _languages(look: Look) -> list[str]:
    """Those that have an article readers see, and those the site offers and somebody has begun."""
    s = services()
    there = {one.lang for one in look.reading.articles}
    return [*(lang for lang in site_languages() if lang in there), *sorted(there - set(site_languages()))] or [
        s.settings.default_lang
    ]


def _with_offered(langs: Sequence[str]) -> list[str]:
    """These, and the site's languages into which nothing is translated yet."""
    return [*langs, *(lang for lang in site_languages() if lang not in langs)]


def _rows(look: Look) -> tuple[list[Row], list[str]]:
    s = services()
    bases = s.translations.notice(look.reading, s.now())
    langs = _languages(look)
    return board(look.reading.sources, bases, langs, s.settings.default_lang, s.now()), langs


def _is_wanted(row: Row, wanted: Mapping[str, str], langs: Sequence[str]) -> bool:
    article = row.source.article
    if any(wanted[name] and wanted[name] != getattr(article, name) for name in ("category", "owner")):
        return False
    words = wanted["q"].casefold().split()
    if words and not all(word in f"{article.title} {article.source}".casefold() for word in words):
        return False
    standings = [row.standings[lang] for lang in langs if lang in row.standings]
    if not wanted["state"]:
        return bool(standings)
    if wanted["state"] == "major":
        return any(one.state is State.OUTDATED and one.weight is Weight.MAJOR for one in standings)
    return any(one.state.value == wanted["state"] for one in standings)


def _section(rows: Sequence[Row], langs: Sequence[str]) -> Section:
    made = tuple(
        (
            Cell(
                row.source.article.title, url_for("desk.edit_article", path=row.source.article.source),
                row.source.article.lang,
            ),
            Cell(row.source.article.category), Cell(row.source.article.owner),
            *(_standing_cell(row, lang) for lang in langs),
        )
        for row in rows
    )  # fmt: skip
    columns = (_("Article"), _("Topic"), _("Owner"), *(language_name(lang) for lang in langs))
    return Section("articles", _("Articles and languages"), columns, made)


def _standing_cell(row: Row, lang: str) -> Cell:
    one = row.standings.get(lang)
    if one is None:
        return Cell(_("Source"))
    if one.state is State.MISSING:
        return Cell(state_name(one.state), url_for("desk.compare_translation", path=row.source.article.source, to=lang))
    return Cell(standing_words(one), url_for("desk.compare_translation", path=one.path))


def standing_words(one: Standing) -> str:
    if one.state is not State.OUTDATED:
        return state_name(one.state)
    days = state_name(one.state)
    if one.days:
        days = ngettext("outdated for %(num)s day", "outdated for %(num)s days", one.days)
    if one.weight is Weight.MAJOR:
        return _("%(state)s, major change", state=days)
    return days


def state_name(state: State | str) -> str:
    return {
        State.CURRENT: _("Up to date"),
        State.OUTDATED: _("Outdated"),
        State.DRAFT: _("Draft"),
        State.MISSING: _("Missing"),
        "major": _("Outdated by a major change"),
    }[state]


def how_words(how: How) -> str:
    return {
        How.SAID: _("Somebody has compared both."),
        How.IMPORTED: _("It came back from a translator."),
        How.SEEN: _("Nobody has said so: the source was like that when both were first seen, or by its date."),
        How.UNKNOWN: _("Which text of the source it was made from is not known; its date is older."),
    }[how]


def _overall(rows: Sequence[Row], langs: Sequence[str], wanted: Mapping[str, str]) -> Section:
    def cell(count: int, lang: str, state: str) -> Cell:
        asked: dict[str, Any] = {n: value for n, value in wanted.items() if value and n not in {"to", "state"}}
        return Cell(format_decimal(count), url_for("desk.translations", **asked, to=lang, state=state) if count else "")

    made = tuple(
        (
            Cell(language_name(one.lang)), Cell(percent(one.share)), cell(one.current, one.lang, "current"),
            cell(one.outdated, one.lang, "outdated"), cell(one.drafts, one.lang, "draft"),
            cell(one.missing, one.lang, "missing"),
        )
        for one in counts(rows, langs)
        if one.current + one.outdated + one.drafts + one.missing
    )  # fmt: skip
    columns = (_("Language"), _("Share"), *(state_name(one) for one in State))
    return Section("languages", _("Languages"), columns, made)


def _choices(rows: Sequence[Row], langs: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    articles = [row.source.article for row in rows]
    return {
        "to": [(lang, language_name(lang)) for lang in langs],
        "state": [(str(one), state_name(one)) for one in _STATES],
        "category": [(one, one) for one in sorted({article.category for article in articles})],
        "owner": [(one, one) for one in sorted({article.owner for article in articles if article.owner})],
    }


def _others(original: Source, langs: Sequence[str]) -> list[tuple[str, str]]:
    return [
        (lang, url_for("desk.compare_translation", path=original.article.source, to=lang))
        for lang in langs
        if lang != original.article.lang
    ]
