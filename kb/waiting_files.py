"""What was begun at the desk of a node that has no articles folder: kept until the publisher puts it into its own.

A new file is never written over another, and a question is added as `added_question.py` does it. What cannot be put
stays here with the reason, and is tried again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from sqlalchemy import Engine, delete, insert, select, update

from core import atomic_files
from core.database.connection import writing
from core.database.timestamps import iso, moment
from kb.errors import ArticleExists, KbError
from kb.schema import article, waiting_file
from kb.source.added_question import with_question
from kb.source.inside import may_be_read

_WAITING = waiting_file.c


@dataclass(frozen=True)
class WaitingFile:
    """A new file with its `body`, or a `question` for one that is there. `problem` says why it still waits."""

    number: int
    path: str
    body: str
    question: str
    since: datetime
    problem: str


class WaitingFiles:
    """Cheap to create; thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, path: str, body: str, now: datetime) -> None:
        """Have a new file put among the articles. Raises ArticleExists where one of that path is published or waits."""
        with writing(self._engine) as connection:
            published = select(article.c.slug).where(article.c.source == path)
            waits = select(_WAITING.number).where(_WAITING.path == path, _WAITING.question == "")
            if connection.execute(published).first() or connection.execute(waits).first():
                raise ArticleExists(Path(path))
            connection.execute(insert(waiting_file).values(path=path, body=body, question="", at=iso(now), problem=""))

    def add_questions(self, path: str, questions: Sequence[str], now: datetime) -> None:
        """Have these added to the `questions` of a file."""
        with writing(self._engine) as connection:
            for one in questions:
                connection.execute(
                    insert(waiting_file).values(path=path, body="", question=one, at=iso(now), problem="")
                )

    def waiting(self) -> tuple[WaitingFile, ...]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(waiting_file).order_by(_WAITING.number)).all()
        return tuple(WaitingFile(r.number, r.path, r.body, r.question, moment(r.at), r.problem) for r in rows)

    def put(self, folder: Path) -> list[str]:
        """Put all that waits into the articles folder; the paths that were written."""
        written: list[str] = []
        for one in self.waiting():
            problem = _put(folder, one)
            with writing(self._engine) as connection:
                if not problem:
                    connection.execute(delete(waiting_file).where(_WAITING.number == one.number))
                    written.append(one.path)
                elif problem != one.problem:
                    here = update(waiting_file).where(_WAITING.number == one.number)
                    connection.execute(here.values(problem=problem))
        return written


def _put(folder: Path, one: WaitingFile) -> str:
    """Why it could not be put, '' if it was."""
    path, inside = folder / one.path, PurePosixPath(one.path)
    if inside.is_absolute() or ".." in inside.parts or not may_be_read(folder, inside.parent.as_posix()):
        return "it lies outside of the articles folder"
    try:
        if one.question:
            if not path.is_file() or not may_be_read(folder, one.path):
                return "there is no such file"
            before = path.read_bytes().decode("utf-8")
            after = with_question(before, one.question)
            if after != before:
                atomic_files.keep(path, after.encode("utf-8"))
            return ""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(one.body)
        except FileExistsError:
            # A publisher that ended between writing it and saying so has written the same.
            return "" if path.read_bytes() == one.body.encode("utf-8") else "there is another file of this name"
    except (OSError, UnicodeDecodeError, KbError) as error:
        return getattr(error, "strerror", None) or str(error) or type(error).__name__
    return ""
