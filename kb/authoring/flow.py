"""Talking about an article's text before it is published: comments that stay with their paragraph, and reviews."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from core.database.connection import writing
from kb.authoring import comments, repository, reviews
from kb.authoring.anchors import Block, Follower, block_at, blocks
from kb.authoring.comments import Comment
from kb.authoring.reviews import Review

COMMENT_MOST = 4000
NOTE_MOST = 1000
# Of one article, answers among them.
COMMENTS_MOST = 500


class NoSuchComment(LookupError):
    """There is no such comment or request, or it has been answered."""


@dataclass(frozen=True)
class Thread:
    """A comment with its answers. `line` is where its paragraph is now, None where it is gone."""

    comment: Comment
    answers: tuple[Comment, ...]
    line: int | None

    @property
    def open(self) -> bool:
        return self.comment.resolved_at is None


@dataclass(frozen=True)
class Discussed:
    """A text by paragraphs, each with the open comments on it; `gone` are those whose paragraph is no more, `done` the
    resolved ones."""

    blocks: Sequence[tuple[Block, Sequence[Thread]]]
    gone: Sequence[Thread]
    done: Sequence[Thread]

    @property
    def open(self) -> int:
        return len(self.gone) + sum(len(threads) for _block, threads in self.blocks)


class FlowService:
    """Cheap to create; thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def discussed(self, path: str, text: str) -> Discussed:
        """A text of an article with what was remarked on it and on earlier ones."""
        with self._engine.connect() as connection:
            found = comments.of(connection, path)
            earlier = {
                one: Follower(repository.text_of(connection, path, one) or "", text) for one in comments.hashes(found)
            }
        threads = [
            Thread(
                one, tuple(other for other in found if other.answers == one.id),
                earlier[one.hash].line(one.line),
            )
            for one in found
            if not one.answers
        ]  # fmt: skip
        parts = blocks(text)
        lines = {part.line for part in parts}
        return Discussed(
            [(part, [one for one in threads if one.open and one.line == part.line]) for part in parts],
            [one for one in threads if one.open and one.line not in lines],
            [one for one in threads if not one.open],
        )

    def comment(self, path: str, hash_: str, line: int, body: str, login: str, now: datetime) -> int:
        """Remark something at a line of the text with this hash. Raises NoSuchComment where it has no such line."""
        body = _tidy(body, COMMENT_MOST)
        with writing(self._engine) as connection:
            text = repository.text_of(connection, path, hash_)
            block = block_at(text, line) if text is not None else None
            if block is None or not body or len(comments.of(connection, path)) >= COMMENTS_MOST:
                raise NoSuchComment
            return comments.add(connection, path, login, hash_, block.line, body, 0, now)

    def reply(self, path: str, number: int, body: str, login: str, now: datetime) -> Comment:
        """Answer a comment; that comment. Raises NoSuchComment."""
        body = _tidy(body, COMMENT_MOST)
        with writing(self._engine) as connection:
            about = comments.one(connection, path, number)
            if about is None or about.answers or not body or len(comments.of(connection, path)) >= COMMENTS_MOST:
                raise NoSuchComment
            comments.add(connection, path, login, about.hash, about.line, body, about.id, now)
            return about

    def resolve(self, path: str, number: int, login: str, now: datetime, *, undo: bool = False) -> None:
        """Note that a comment is done with, or open it again. Raises NoSuchComment."""
        with writing(self._engine) as connection:
            if comments.one(connection, path, number) is None:
                raise NoSuchComment
            comments.resolve(connection, number, login, None if undo else now)

    def ask(
        self, path: str, version: int, hash_: str, by: str, of: str, note: str, now: datetime,
        also: Callable[[Connection], None],
    ) -> int:  # fmt: skip
        """Ask somebody for a review. `also` puts the mail into the outbox, in the same transaction."""
        with writing(self._engine) as connection:
            number = reviews.ask(connection, path, version, hash_, by, of, _tidy(note, NOTE_MOST), now)
            also(connection)
            return number

    def answer(
        self, path: str, number: int, how: str, by: str, note: str, now: datetime,
        also: Callable[[Connection, Review], None],
    ) -> Review:  # fmt: skip
        """Answer a request. Raises NoSuchComment where it is not open."""
        with writing(self._engine) as connection:
            found = reviews.answer(connection, path, number, how, by, _tidy(note, NOTE_MOST), now)
            if found is None:
                raise NoSuchComment
            also(connection, found)
            return found

    def reviews(self, path: str) -> list[Review]:
        with self._engine.connect() as connection:
            return reviews.of(connection, path)

    def open_reviews(self) -> dict[str, int]:
        with self._engine.connect() as connection:
            return reviews.open_counts(connection)

    def open_comments(self) -> dict[str, int]:
        with self._engine.connect() as connection:
            return comments.open_counts(connection)

    def asked_of(self, login: str) -> set[str]:
        """The paths somebody was asked to review."""
        with self._engine.connect() as connection:
            return reviews.open_of(connection, login)


def _tidy(text: str, most: int) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\0", "").splitlines()).strip()[:most]
