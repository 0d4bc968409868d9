"""What the editor looks up while somebody writes: articles to link to, articles that say nearly the same, and where the
article's questions would find it with the text as it stands."""

import posixpath
from collections.abc import Sequence
from urllib.parse import quote

from flask import abort, jsonify, make_response, render_template, request
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import needs
from app.desk.blueprint import bp
from app.desk.editor_trial import started_trial, trial_key, trial_part
from app.desk.library_views import contact_forms
from app.desk.typed_article import Typed
from index.embed.loader import ModelNotReady
from index.embed.model import ModelUnavailable
from index.models import SearchQuery
from kb.authoring.snippets import is_snippet
from kb.models import Article
from kb.source.paths import language_of
from support.agents.models import Right
from support.intake.forms import one_line

_LINKS_MOST, _HEADINGS_MOST, _TWINS_MOST = 8, 40, 3
_TITLE_SHORTEST = 6
_FIRST_LINES = 900  # characters: as much as one passage
# How near an article must be to be named, and to be called nearly the same. Measured with the shipped model on the
# demo's articles: of those that readers need both of, only "Pair with a phone" and "Pair with a computer" (0.56) are
# nearer than 0.43; another title for what an article says has 0.41 to 0.58, with the beginning of its text 0.60.
_NEAR, _TWIN = 0.45, 0.6


@bp.get("/articles/links/<path:path>")
@needs(Right.WRITE)
def link_choices(path: str) -> Response:
    """Articles that fit the words, with their headings, and how a link to each is written in this article; as JSON."""
    s = services()
    _only_of(path)
    text = one_line(request.args.get("q", ""))[:200]
    lang = language_of(path.split("/")[0]) or s.settings.default_lang
    look = s.shelf.latest or s.shelf.look(s.today(), contact_forms())
    articles = [one for one in look.reading.articles if one.source != path] if look else []
    found = [one for one in _fitting(text, lang, articles) if one.source][:_LINKS_MOST]
    return jsonify(results=[_choice(one, path) for one in found])


def _only_of(path: str) -> None:
    """Nothing is looked up for an article that is not here."""
    s = services()
    if not s.serves_own_folder or not s.authoring.exists(path):
        abort(404)


def _fitting(text: str, lang: str, articles: Sequence[Article]) -> list[Article]:
    """What search finds in the article's language, then titles with the words (drafts too), then other languages."""
    by_ref = {one.ref: one for one in articles}
    query = SearchQuery(text=text, lang=lang, language=lang, limit=_LINKS_MOST, looks_for_danger=False)
    hits = services().search.search(query, where="desk").hits if text else ()
    found = [by_ref[hit.ref] for hit in hits if hit.ref in by_ref]
    words = text.casefold().split()
    titled = [one for one in articles if words and all(word in f"{one.title} {one.slug}".casefold() for word in words)]
    titled.sort(key=lambda one: (one.lang != lang, len(one.title)))
    # A title that begins with the very words is what somebody means who types a title.
    first = [one for one in titled if one.lang == lang and one.title.casefold().startswith(text.casefold())]
    return list({one.ref: one for one in (*first[:2], *found, *titled)}.values())


def _choice(article: Article, path: str) -> dict[str, object]:
    whole = article.whole()
    target = posixpath.relpath(article.source, posixpath.dirname(path) or ".")
    if is_snippet(path):  # which is read as a part of articles anywhere
        target = f"/{article.source}"
    return {
        "title": article.title,
        "lang": article.lang,
        "path": article.source,
        "draft": not article.visible_on(services().today()),
        "target": quote(target),
        "headings": [
            {"heading": one.heading, "anchor": quote(one.anchor)}
            for one in whole.sections
            if one.anchor and one.heading
        ][:_HEADINGS_MOST],
    }


@bp.post("/articles/twins/<path:path>")
@needs(Right.WRITE)
def near_twins(path: str) -> Response:
    """Articles that say nearly what this one's title and first lines say, as a part of the page."""
    _only_of(path)
    typed = Typed.of_request()
    lang = language_of(path.split("/")[0]) or services().settings.default_lang
    return _twins(one_line(typed.form["title"])[:200], typed.parts.body, lang, _own(path))


@bp.post("/articles/near-title")
@needs(Right.WRITE)
def near_title() -> Response:
    """The same for the title of an article that is about to be written."""
    if not services().serves_own_folder:
        abort(404)
    lang = language_of(request.form.get("lang", "")) or services().settings.default_lang
    return _twins(one_line(request.form.get("title", ""))[:200], "", lang, None)


def _twins(title: str, body: str, lang: str, own: Article | None) -> Response:
    s = services()
    generation = s.live.current() if len(title) >= (2 if lang.startswith("zh") else _TITLE_SHORTEST) else None
    if generation is None:
        return make_response("")
    try:
        embedder = s.embedder()
    except (ModelNotReady, ModelUnavailable):
        return make_response("")
    from index.ranking.related import nearest_to  # here, because it loads the search engines

    rows = nearest_to(generation, embedder, title, _beginning(body), lang)
    near = [(generation.articles[row], similarity) for row, similarity in rows if similarity >= _NEAR]
    visible = s.articles.visible([one.ref for one, _near in near], s.today())
    shown = [
        (found, round(100 * similarity), similarity >= _TWIN)
        for one, similarity in near
        if one.ref in visible and (own is None or one.key != own.key) and (found := s.articles.get(one.ref))
    ]
    return make_response(render_template("desk/editor_twins.html", twins=shown[:_TWINS_MOST]))


def _beginning(body: str) -> str:
    """The first words of a text, without marks of pictures and links."""
    lines = [line for line in body[: 4 * _FIRST_LINES].splitlines() if not line.lstrip().startswith(("![", "<", "---"))]
    return " ".join(" ".join(lines).replace("#", " ").replace("*", " ").split())[:_FIRST_LINES]


def _own(path: str) -> Article | None:
    look = services().shelf.latest
    return look.article(path) if look else None


@bp.route("/articles/trial/<path:path>", methods=["GET", "POST"])
@needs(Right.WRITE)
def try_questions(path: str) -> Response:
    """Where the questions find the article with what was typed, as a part of the page; GET: how far the last is."""
    key = trial_key(path)
    if request.method == "GET":
        return trial_part(services().trials.latest(key), path)
    _only_of(path)
    return trial_part(started_trial(path, Typed.of_request()), path)
