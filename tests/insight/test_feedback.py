"""What visitors tell us is stored, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from core.database.connection import connect
from insight.feedback import COMMENT_MAX, FeedbackRepository, Reason, VoteCount
from kb.models import ArticleRef

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
REF = ArticleRef("tr", "late-parcel")


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = connect(migrated_url)
    yield opened
    opened.dispose()


def test_feedback_is_counted_for_its_own_article(engine: Engine) -> None:
    store = FeedbackRepository(engine)

    store.record(REF, True, NOW)
    store.record(REF, False, NOW, Reason.OUTDATED, "Eski adres yazıyor")
    store.record(ArticleRef("en", "late-parcel"), True, NOW)

    assert store.tally(REF) == VoteCount(helpful=1, unhelpful=1)
    assert store.tally(ArticleRef("en", "refund")) == VoteCount(0, 0)


def test_a_comment_no_database_could_take_is_taken(engine: Engine) -> None:
    FeedbackRepository(engine).record(REF, False, NOW, comment="a\0b" + "x" * 5000)

    with engine.connect() as connection:
        stored = connection.execute(text("SELECT comment FROM feedback")).scalar_one()
    assert stored.startswith("ab")
    assert len(stored) == COMMENT_MAX


def test_votes_follow_a_renamed_article(engine: Engine) -> None:
    store, new = FeedbackRepository(engine), ArticleRef("tr", "late-parcels")
    store.record(REF, True, NOW)
    store.record(REF, False, NOW, Reason.OUTDATED, "Eski adres yazıyor")
    store.record(ArticleRef("en", "late-parcel"), True, NOW)

    store.follow({REF: new, ArticleRef("en", "other"): ArticleRef("en", "late-parcel")})

    assert (store.tally(new), store.tally(REF)) == (VoteCount(1, 1), VoteCount(0, 0))
    assert store.tally(ArticleRef("en", "late-parcel")) == VoteCount(1, 0)
