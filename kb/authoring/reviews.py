"""SQL of requests to review an article's text, and of their answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from core.database.timestamps import iso, moment
from kb.authoring.schema import article_review

_C = article_review.c
APPROVED, CHANGES, WITHDRAWN = "approved", "changes", "withdrawn"


@dataclass(frozen=True)
class Review:
    """`version` is the suggestion it is about, 0 for the file's text; `answer` is '' while it is open."""

    id: int
    path: str
    version: int
    hash: str
    asked_at: datetime
    asked_by: str
    asked_of: str
    note: str
    answer: str
    answered_at: datetime | None
    answered_by: str
    answer_note: str


def ask(
    connection: Connection, path: str, version: int, hash_: str, by: str, of_: str, note: str, now: datetime
) -> int:
    new = insert(article_review).values(
        path=path, version=version, hash=hash_, asked_at=iso(now), asked_by=by, asked_of=of_, note=note
    )
    return int(connection.execute(new.returning(_C.id)).scalar_one())


def of(connection: Connection, path: str, limit: int = 50) -> list[Review]:
    """The requests about an article, the newest first."""
    query = select(article_review).where(_C.path == path).order_by(_C.id.desc()).limit(limit)
    return [_review(row) for row in connection.execute(query)]


def answer(
    connection: Connection, path: str, number: int, how: str, by: str, note: str, now: datetime
) -> Review | None:
    """Answer an open request; None where it was answered already."""
    change = (
        update(article_review)
        .where(_C.id == number, _C.path == path, _C.answer == "")
        .values(answer=how, answered_at=iso(now), answered_by=by, answer_note=note)
    )
    row = connection.execute(change.returning(*_C)).first()
    return _review(row) if row else None


def open_counts(connection: Connection) -> dict[str, int]:
    """How many requests are open, by path."""
    query = select(_C.path, func.count()).where(_C.answer == "").group_by(_C.path)
    return {str(row[0]): int(row[1]) for row in connection.execute(query)}


def open_of(connection: Connection, login: str) -> set[str]:
    """The paths somebody was asked to review."""
    return {str(row[0]) for row in connection.execute(select(_C.path).where(_C.answer == "", _C.asked_of == login))}


def move(connection: Connection, old: str, new: str) -> None:
    connection.execute(update(article_review).where(_C.path == old).values(path=new))


def _review(row: Any) -> Review:
    return Review(
        row.id, row.path, row.version, row.hash, moment(row.asked_at), row.asked_by, row.asked_of, row.note, row.answer,
        moment(row.answered_at) if row.answered_at else None, row.answered_by, row.answer_note,
    )  # fmt: skip
