"""SQL of comments on articles' texts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from core.database.timestamps import iso, moment
from kb.authoring.schema import article_comment

_C = article_comment.c


@dataclass(frozen=True)
class Comment:
    """Remarked at a line of the text with this hash; `answers` is the comment it answers, 0 for none."""

    id: int
    path: str
    at: datetime
    login: str
    hash: str
    line: int
    body: str
    answers: int
    resolved_at: datetime | None
    resolved_by: str


def add(
    connection: Connection, path: str, login: str, hash_: str, line: int, body: str, answers: int, now: datetime
) -> int:
    new = insert(article_comment).values(
        path=path, at=iso(now), login=login, hash=hash_, line=line, body=body, answers=answers
    )
    return int(connection.execute(new.returning(_C.id)).scalar_one())


def of(connection: Connection, path: str) -> list[Comment]:
    """The comments on an article, the oldest first, answers among them."""
    return [_comment(row) for row in connection.execute(select(article_comment).where(_C.path == path).order_by(_C.id))]


def one(connection: Connection, path: str, number: int) -> Comment | None:
    row = connection.execute(select(article_comment).where(_C.path == path, _C.id == number)).first()
    return _comment(row) if row else None


def resolve(connection: Connection, number: int, login: str, at: datetime | None) -> None:
    """Note that a comment is done with; None opens it again."""
    values = {"resolved_at": iso(at) if at else "", "resolved_by": login if at else ""}
    connection.execute(update(article_comment).where(_C.id == number).values(values))


def open_counts(connection: Connection) -> dict[str, int]:
    """How many comments are open, by path; answers are not counted."""
    query = select(_C.path, func.count()).where(_C.resolved_at == "", _C.answers == 0).group_by(_C.path)
    return {str(row[0]): int(row[1]) for row in connection.execute(query)}


def move(connection: Connection, old: str, new: str) -> None:
    connection.execute(update(article_comment).where(_C.path == old).values(path=new))


def hashes(comments: Iterable[Comment]) -> set[str]:
    return {comment.hash for comment in comments}


def _comment(row: Any) -> Comment:
    return Comment(
        row.id, row.path, moment(row.at), row.login, row.hash, row.line, row.body, row.answers,
        moment(row.resolved_at) if row.resolved_at else None, row.resolved_by,
    )  # fmt: skip
