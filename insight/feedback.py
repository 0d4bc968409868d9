"""Article feedback: helpful votes with reasons and comments. Each is also an event of the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine, case, func, insert, select, update

from core.database.connection import writing
from insight.schema import feedback
from kb.models import ArticleRef


class Reason(StrEnum):
    """Why an article did not help. The texts shown are defined by the page."""

    UNSET = ""
    UNCLEAR = "unclear"
    WRONG = "wrong"
    OUTDATED = "outdated"
    INCOMPLETE = "incomplete"
    OTHER_QUESTION = "other_question"
    OTHER = "other"


COMMENT_MAX = 2000


@dataclass(frozen=True)
class VoteCount:
    """Counts of helpful and unhelpful votes for an article."""

    helpful: int
    unhelpful: int


class FeedbackRepository:
    """Votes and comments on articles."""

    def __init__(self, engine: Engine, readers: Engine | None = None) -> None:
        """`readers` is the database for what visitors see."""
        self._engine = engine
        self._readers = readers or engine

    def record(
        self, ref: ArticleRef, helpful: bool, now: datetime, reason: Reason = Reason.UNSET, comment: str = ""
    ) -> None:
        """Store one vote. `comment` is truncated to COMMENT_MAX characters."""
        with writing(self._engine) as connection:
            connection.execute(
                insert(feedback).values(
                    lang=ref.lang,
                    slug=ref.slug,
                    helpful=int(helpful),
                    reason=str(reason),
                    comment=comment.replace("\0", "")[:COMMENT_MAX],
                    created_at=now.isoformat(),
                )
            )

    def follow(self, moved: Mapping[ArticleRef, ArticleRef]) -> None:
        """Give votes at addresses that only redirect to the articles they lead to."""
        if not moved:
            return
        with self._engine.connect() as connection:
            voted = {
                ArticleRef(str(row.lang), str(row.slug))
                for row in connection.execute(select(feedback.c.lang, feedback.c.slug).distinct())
            }
        if moved.keys().isdisjoint(voted):
            return
        with writing(self._engine) as connection:
            for old in sorted(moved.keys() & voted):
                these = update(feedback).where(feedback.c.lang == old.lang, feedback.c.slug == old.slug)
                connection.execute(these.values(slug=moved[old].slug))

    def tally(self, ref: ArticleRef) -> VoteCount:
        """The vote counts of one article."""
        votes = (
            select(feedback.c.helpful, func.count())
            .where(feedback.c.lang == ref.lang, feedback.c.slug == ref.slug)
            .group_by(feedback.c.helpful)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(votes).all()
        counts = {int(helpful): int(count) for helpful, count in rows}
        return VoteCount(helpful=counts.get(1, 0), unhelpful=counts.get(0, 0))

    def most_helpful(self, langs: Sequence[str], limit: int) -> tuple[ArticleRef, ...]:
        """Articles in these languages with more helpful than unhelpful votes, by that difference, best first."""
        balance = func.sum(case((feedback.c.helpful == 1, 1), else_=-1))
        best = (
            select(feedback.c.lang, feedback.c.slug)
            .where(feedback.c.lang.in_(langs))
            .group_by(feedback.c.lang, feedback.c.slug)
            .having(balance > 0)
            .order_by(balance.desc(), feedback.c.slug)
            .limit(limit)
        )
        with self._readers.connect() as connection:
            rows = connection.execute(best).all()
        return tuple(ArticleRef(str(row.lang), str(row.slug)) for row in rows)
