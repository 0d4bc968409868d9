"""A trial of an article's questions as the editor shows it: begun with what was typed, told as a part of the page."""

from flask import make_response, render_template
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import me
from app.desk.findability_views import place_words, verdict_word
from app.desk.typed_article import Typed
from insight.findability.trial import Trial
from kb.authoring import header_form
from kb.authoring.article_files import CannotEdit, version_of
from kb.authoring.header_form import HeaderKept
from kb.models import Article, ArticleRef


def trial_key(path: str) -> str:
    """Each account has its own: two may write different texts of one article."""
    return f"{me().login}\0{path}"


def started_trial(path: str, typed: Typed) -> Trial | None:
    """None where the text is no article that could be found."""
    s = services()
    try:
        text = typed.text(path)
    except (HeaderKept, CannotEdit):
        text = header_form.joined(typed.parts.head, typed.parts.body)
    source, _found = s.shelf.draft(path, text, s.today(), None)
    if source is None or not source.article.questions:
        return None
    revision = next((one.number for one in s.revisions.list(1)), 0)
    return s.trials.start(trial_key(path), source.article, version_of(text), revision, s.now())


def trial_part(trial: Trial | None, path: str) -> Response:
    return make_response(render_template("desk/editor_trial.html", **trial_values(trial, path)))


def trial_values(trial: Trial | None, path: str) -> dict[str, object]:
    s = services()
    places = trial.places if trial and trial.places else ()
    rivals = {ref for _question, place in places for ref in place.rivals}
    articles: dict[ArticleRef, Article] = {one.ref: one for one in s.articles.get_many(rivals)} if rivals else {}
    return {
        "trial": trial, "articles": articles, "place_words": place_words, "verdict_word": verdict_word, "path": path,
        "found": sum(place.found for _question, place in places),
    }  # fmt: skip
