"""Adding customers' words to the file of an article that is there. Nothing else of the file is changed."""

from collections.abc import Sequence

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


def add_questions(article: Article, questions: Sequence[str]) -> int:
    """Add these to the `questions` of an article; how many were new. Raises NotAdded, with nothing changed."""
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
