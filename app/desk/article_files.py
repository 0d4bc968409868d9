"""Files of articles as the desk writes them: new ones, and customers' words added to one that is there, of which
nothing else is changed. A node that does not have the published folder leaves them to the publisher
(kb/waiting_files.py)."""

from collections.abc import Sequence
from pathlib import Path

from flask_babel import gettext as _

from app.current import services
from core import atomic_files
from kb.errors import KbError
from kb.models import Article
from kb.source.added_question import with_question
from kb.source.inside import may_be_read

QUESTION_MAX = 200


class NotAdded(ValueError):
    """Why the questions could not be added, for the page."""


def write_article(path: Path, text: str) -> str:
    """Save a new file among the articles; its path below the folder. Raises OSError, or ArticleExists."""
    s = services()
    shown = path.relative_to(s.settings.kb_dir).as_posix()
    if not s.own_folder.is_published():
        s.waiting_files.add(shown, text, s.now())
        return shown
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return shown


def add_questions(article: Article, questions: Sequence[str]) -> int:
    """Add these to the `questions` of an article; how many were new. Raises NotAdded, with nothing changed."""
    s = services()
    if not s.own_folder.is_published():
        known = {one.casefold() for one in article.questions}
        new = [one[:QUESTION_MAX] for one in questions if one.casefold() not in known]
        s.waiting_files.add_questions(article.source, new, s.now())
        return len(new)
    folder = services().settings.kb_dir
    if not may_be_read(folder, article.source):
        raise NotAdded(_("The file of this article cannot be changed from here."))
    path = (folder / article.source).resolve()
    added = 0
    try:
        text = before = path.read_bytes().decode("utf-8")
        for question in questions:
            changed = with_question(text, question[:QUESTION_MAX])
            added += changed != text
            text = changed
        if text != before:
            atomic_files.keep(path, text.encode("utf-8"))
    except (OSError, UnicodeDecodeError, KbError):
        raise NotAdded(
            _("The question could not be added to this file. Add it there yourself, under “questions”.")
        ) from None
    return added
