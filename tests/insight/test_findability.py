"""Findability: what a publish does to the questions of articles, and which words of customers led to an article."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from core.database.connection import connect, writing
from index.embed.hashing import HashingEmbedder
from insight import aggregates, ledger
from insight.events import make
from insight.findability.models import Effect, Place, Question, compare
from insight.findability.repository import Words
from insight.findability.service import FindabilityService
from kb.documents import document_of
from kb.models import Article, ArticleRef, Section

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)


def article(slug: str, text: str, *questions: str, lang: str = "en") -> Article:
    return Article(lang, slug, slug, "orders", slug.replace("-", " "), (Section("", "", 0, text),), questions=questions)


LATE = article(
    "late-parcel", "A parcel is late after five days. The courier sends another.", "why is my parcel late",
    "the courier is late",
)  # fmt: skip
REFUND = article("refund", "Money comes back within five days on your card.", "when does money come back")


class Library:
    """What is published, as the service asks for it."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.articles: list[Article] = [LATE, REFUND]
        self.embedder = HashingEmbedder(64)
        self.service = FindabilityService(
            engine, lambda: self.embedder, lambda _day: self.articles,
            lambda _day: {one.ref: str(hash(document_of(one))) for one in self.articles}, folder / "vectors",
        )  # fmt: skip


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = connect(migrated_url)
    yield opened
    opened.dispose()


@pytest.fixture
def library(engine: Engine, tmp_path: Path) -> Library:
    return Library(engine, tmp_path)


def test_what_a_publish_does_to_a_question() -> None:
    here, elsewhere = Place(1, "answer"), Place(0, "suggest")
    questions = [Question("en", "a", str(number)) for number in range(7)]
    before = dict(zip(questions[:6], [here, elsewhere, here, Place(2, "suggest"), here, here], strict=True))
    after = dict(zip(questions[:5], [elsewhere, here, Place(1, "suggest"), here, here], strict=True)) | {
        questions[6]: here
    }

    assert [(one.effect.value, one.question.text) for one in compare(before, after)] == [
        ("broken", "0"), ("mended", "1"), ("lower", "2"), ("higher", "3"), ("new", "6"), ("gone", "5"),
    ]  # fmt: skip


def test_every_question_is_tried_and_each_publish_adds_to_its_history(library: Library) -> None:
    service = library.service
    assert service.due(TODAY)
    first = service.measure(NOW, TODAY, 1)
    assert first is not None and (first.questions, first.broken, first.mended) == (3, 0, 0)
    assert not service.due(TODAY)
    known = service.repository.places()
    assert all(place.since == 1 and 0 <= place.rank <= 10 for place in known.values())
    assert known[Question("en", "refund", "when does money come back")].found
    assert service.repository.history(LATE.ref) == []  # nothing was before it

    # The words leave the article, and three others take them.
    others = [article(f"other-{name}", "When does money come back? Money comes back when it does.") for name in "abc"]
    changed = [LATE, article("refund", "Nothing.", "when does money come back"), *others]
    ahead = service.compare(changed, TODAY)
    library.articles = changed
    assert service.due(TODAY)
    second = service.measure(NOW + timedelta(hours=1), TODAY, 2)

    assert second is not None and second.broken == 1 and service.repository.last_run() is not None
    (broken,) = ahead.of(Effect.BROKEN)
    assert broken.was is not None and broken.was.found and broken.now is not None and not broken.now.found
    assert set(broken.now.rivals) & {one.ref for one in others}
    (stored,) = [one for one in service.repository.history(REFUND.ref) if one.effect is Effect.BROKEN]
    assert (stored.revision, stored.question) == (2, broken.question)
    assert service.repository.places()[broken.question].since == 2

    library.articles = [LATE, REFUND]
    third = service.measure(NOW + timedelta(hours=2), TODAY, 3)
    assert third is not None and third.mended == 1
    assert [one.effect for one in service.repository.history(REFUND.ref)] == [Effect.MENDED, Effect.BROKEN]
    assert [one.revision for one in service.repository.runs(9)] == [3, 2, 1]


def test_one_process_measures_at_a_time_and_another_may_after_it_fails(library: Library) -> None:
    def stop(_seconds: float) -> None:
        assert library.service.measure(NOW, TODAY, 1) is None
        raise InterruptedError

    with pytest.raises(InterruptedError):
        library.service.measure(NOW, TODAY, 1, stop)
    assert library.service.repository.places() == {}
    assert library.service.measure(NOW, TODAY, 1) is not None


def reach(engine: Engine, visit: str, query: str, *then: tuple[str, dict[str, object]], slug: str = "refund") -> None:
    """A visit that searched, opened the article from the results, and did what follows."""
    at = NOW - timedelta(days=1)
    about = {"lang": "en", "slug": slug}
    steps = [
        ("search", {"query": query, "verdict": "suggest", "results": [["en", slug]]}), ("result_opened", about),
        *((name, {**about, **data}) for name, data in then),
    ]  # fmt: skip
    with writing(engine) as connection:
        ledger.add(
            connection,
            [
                make(name, at + timedelta(seconds=place), data, visit=visit, lang="en")
                for place, (name, data) in enumerate(steps)
            ],
        )


READ = ("article_read", {"seconds": 40, "depth": 0.2})
HELPED = ("vote", {"helpful": True})
WROTE = ("channel_chosen", {"channel": "phone"})


def test_words_that_led_to_an_article_are_offered_as_its_questions(library: Library, engine: Engine) -> None:
    for visit in ("one", "two"):
        reach(engine, visit, "Where is MY money?", READ)
    reach(engine, "three", "where is my money", READ, HELPED)
    reach(engine, "four", "give the cash back", READ, HELPED)
    reach(engine, "five", "only once and not confirmed", READ)
    reach(engine, "six", "opened and closed")
    reach(engine, "seven", "opened and closed")
    for number in range(3):
        reach(engine, f"failed {number}".replace(" ", ""), "no help at all", READ, WROTE)
        reach(engine, f"known{number}", "When does money come back?", READ)
        reach(engine, f"mail{number}", "refund for someone@example.org", READ)
        reach(engine, f"chinese{number}", "退款何時到帳", READ)
    aggregates.update(engine, NOW)

    offered = library.service.offered([LATE, REFUND], TODAY)

    assert offered == {
        REFUND.ref: [Words("where is my money", 3, 3, 1, 0), Words("give the cash back", 1, 1, 1, 0)]
    } or offered == {REFUND.ref: [Words("Where is MY money?", 3, 3, 1, 0), Words("give the cash back", 1, 1, 1, 0)]}
    assert aggregates.check(engine, NOW) == ""
    assert library.service.offered([LATE], TODAY) == {}
    assert library.service.offered([REFUND], TODAY + timedelta(days=120)) == {}
    assert ArticleRef("en", "refund") in library.service.repository.words(TODAY - timedelta(days=2))
