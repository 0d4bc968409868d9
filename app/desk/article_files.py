"""Files of articles as the desk writes them: new ones, and customers' words added to one that is there, of which
nothing else is changed; by the rule of `kb/authoring/service.py` on who may write and publish what. A node that does
not have the published folder leaves them to the publisher (kb/waiting_files.py)."""

from collections.abc import Sequence
from pathlib import Path

from flask_babel import gettext as _

from app.current import services
from kb.authoring.article_files import CannotEdit, NoSuchArticle
from kb.authoring.models import Author, Suggested
from kb.authoring.scopes import NotAllowed, Spot
from kb.errors import ArticleExists, KbError
from kb.models import Article, Status

QUESTION_MAX = 200


class NotAdded(ValueError):
    """Why the questions could not be added, for the page."""


def not_allowed() -> str:
    return _("Your account may not write articles in this language or topic. An admin can change that.")


def write_article(path: Path, text: str, by: Author) -> str:
    """Save a new file among the articles; its path below the folder. Raises OSError, ArticleExists or NotAllowed."""
    s = services()
    shown = path.relative_to(s.settings.kb_dir).as_posix()
    if not s.own_folder.is_published():
        if not by.may_write_at(s.authoring.spot_of(shown, text)):
            raise NotAllowed(shown)
        s.waiting_files.add(shown, text, s.now())
        return shown
    if path.exists():
        raise ArticleExists(path)
    try:
        s.authoring.add(shown, text, by, s.now())
    except (CannotEdit, NoSuchArticle) as wrong:
        raise OSError(str(wrong)) from None
    return shown


def add_questions(article: Article, questions: Sequence[str], by: Author) -> bool:
    """Add these to the `questions` of an article; whether they wait as a suggestion, since the account may not publish
    it. Raises NotAdded, with nothing changed."""
    s = services()
    wanted = [one[:QUESTION_MAX] for one in questions]
    if not s.own_folder.is_published():
        spot = Spot(article.lang, article.category)
        if not by.may_write_at(spot):
            raise NotAdded(not_allowed())
        if article.status is Status.PUBLISHED and not by.may_publish_at(spot):
            raise NotAdded(_("The file of this article cannot be changed from here."))
        known = {one.casefold() for one in article.questions}
        s.waiting_files.add_questions(article.source, [one for one in wanted if one.casefold() not in known], s.now())
        return False
    try:
        outcome = s.authoring.add_questions(article.source, wanted, by, "", s.now())
    except NotAllowed:
        raise NotAdded(not_allowed()) from None
    except NoSuchArticle:
        raise NotAdded(_("The file of this article cannot be changed from here.")) from None
    except KbError:
        raise NotAdded(
            _("The question could not be added to this file. Add it there yourself, under “questions”.")
        ) from None
    return isinstance(outcome, Suggested)
