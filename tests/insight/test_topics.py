"""Topics of what was asked in vain: taken from the ledger, grouped over languages, known again the day after.

The embedder here turns a text into the direction of the subject it names, so that groups are what a test says they are.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, text

from core.database.connection import connect, writing
from core.secret_keys import Keys
from index.embed.hashing import HashingEmbedder
from index.models import ArticleHit, SearchQuery, SearchResult, Verdict
from index.parts.language_centering import Means
from index.protocols import Vectors
from insight import aggregates, ledger
from insight.events import make
from insight.origin import person_of
from insight.personal_data import personal_data
from insight.topics.asked import question_of, text_of
from insight.topics.behind import TopicFilter
from insight.topics.models import Cause, Status, Subject, Topic
from insight.topics.service import TopicService, shown_days
from kb.models import Article, ArticleRef
from support.privacy.service import PrivacyService, PurgeReport, Retention

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
DAYS = (date(2026, 9, 1), date(2026, 11, 25))
SUBJECTS = ("late", "invoice", "password", "colour", "warranty", "gift")
KEY = b"a key"
MINUTE = timedelta(minutes=1)


class ByName:
    """A text has the direction of the subject whose name is in it, whatever its language, and a little of its own."""

    fingerprint = "by-name"
    dimensions = 64

    def __init__(self) -> None:
        self.encoded: list[str] = []
        self._own = HashingEmbedder(self.dimensions)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        rows = 0.4 * self._own.encode_queries(texts)
        for row, words in zip(rows, texts, strict=True):
            for place, name in enumerate(SUBJECTS):
                if name in words:
                    row[place] += 1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    encode_passages = encode_queries


class Customers:
    """Writes the ledger: each call is a visit of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.visits = 0
        self.embedder = ByName()
        self.answers: dict[str, ArticleRef] = {}
        self.articles: list[Article] = []
        self.subjects: list[Subject] = []
        self.service = TopicService(
            engine, lambda: self.embedder, self.search, lambda _day: self.articles, self.subjects_of, 0
        )

    def subjects_of(self, first: date, last: date) -> list[Subject]:
        return [one for one in self.subjects if first <= one.day <= last]

    def search(self, query: SearchQuery) -> SearchResult:
        found = next((ref for name, ref in self.answers.items() if name in query.text), None)
        hits = (ArticleHit(found, found.slug, "", "", "", "", "", (), 1.0),) if found else ()
        verdict = Verdict.SUGGEST if found else Verdict.ASK_HUMAN
        return SearchResult(query.text, query.lang or "en", verdict, 0.5, hits)

    def write(self, slug: str, *langs: str) -> None:
        self.articles += [Article(lang, slug, slug, "topic", slug, ()) for lang in langs]

    def ask(
        self, words: str, lang: str = "en", *, day: date = date(2026, 11, 20), verdict: str = "ask_human",
        results: Sequence[tuple[str, str]] = (), then: Sequence[tuple[str, dict[str, Any]]] = (), person: str = "",
        visit: str | None = None, times: int = 1,
    ) -> None:  # fmt: skip
        for _time in range(times):
            self.visits += 1
            at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=9, minutes=self.visits % 300)
            id = f"visit-{self.visits}" if visit is None else visit
            data = {"query": words, "verdict": verdict, "results": [list(one) for one in results]}
            events = [make("search", at, data, visit=id, lang=lang, person=person, where="portal")]
            for number, (name, more) in enumerate(then, start=1):
                events.append(
                    make(name, at + number * MINUTE, more, visit=id, lang=lang, person=person, where="portal")
                )
            with writing(self.engine) as connection:
                ledger.add(connection, events)

    def topics(self, now: datetime = NOW) -> list[Topic]:
        assert self.service.refresh(now, now.date()) is not None
        return self.service.topics(*DAYS)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = connect(migrated_url)
    yield opened
    opened.dispose()


@pytest.fixture
def customers(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Customers:
    # A mean as for a model that has one: that of a handful of questions alone would be the questions themselves.
    mean = {"": np.full(ByName.dimensions, 1e-6, np.float32)}
    monkeypatch.setattr("insight.topics.questions.shipped_means", lambda *_model: Means(mean, mean, mean))
    return Customers(engine)


TICKET: tuple[str, dict[str, Any]] = ("ticket_sent", {"form": "contact", "via": "form"})


def opened(lang: str, slug: str) -> list[tuple[str, dict[str, Any]]]:
    article = {"lang": lang, "slug": slug}
    return [("result_opened", {**article, "rank": 1}), ("article_read", {**article, "seconds": 40, "depth": 0.9})]


def questions(topic: Topic) -> set[str]:
    return {one.text for one in topic.questions}


def test_what_was_asked_in_vain_in_several_languages_is_one_topic(customers: Customers) -> None:
    customers.ask("where is my late parcel", times=3)
    customers.ask("Where is my  LATE parcel?")
    customers.ask("kargom neden late oldu", "tr", times=2, then=[TICKET])
    customers.ask("包裹 late", "zh-Hant")
    customers.ask("send the invoice", times=2)
    customers.ask("password", verdict="suggest", results=[("en", "password")], then=opened("en", "password"))

    late, invoice = customers.topics()

    assert (late.size, late.tickets) == (7, 2)
    assert dict(late.titles) == {
        "en": "where is my late parcel", "tr": "kargom neden late oldu", "zh-Hant": "包裹 late",
    }  # fmt: skip
    assert [(q.lang, q.count) for q in late.questions] == [("en", 4), ("tr", 2), ("zh-Hant", 1)]
    assert sum(late.weeks) == 7 and late.weeks[-2] == 7 and len(late.weeks) == 13
    assert (invoice.size, invoice.tickets, invoice.status, invoice.cause) == (2, 0, Status.OPEN, Cause.NO_ARTICLE)
    assert late.title(["he", "tr", "en"]) == ("tr", "kargom neden late oldu")
    assert late.as_json() == {
        "id": late.id, "title": dict(late.titles), "size": 7, "weeks": list(late.weeks), "tickets": 2, "nearest": None,
        "cause": "no_article", "status": "open",
        "questions": [{"lang": q.lang, "text": q.text, "count": q.count} for q in late.questions],
    }  # fmt: skip


def test_the_check_finds_a_digit_of_a_topic_that_differs(customers: Customers) -> None:
    customers.ask("my late parcel", times=2, then=[TICKET])
    customers.topics()
    assert customers.service.check() == ""
    with writing(customers.engine) as connection:
        connection.execute(text("UPDATE insight_topic_asked SET tickets = 7"))

    assert "insight_topic_asked" in customers.service.check()
    assert customers.service.recount(NOW) == 1
    assert customers.service.check() == ""
    customers.ask("my late parcel")  # taken with the next refresh
    assert customers.service.check() == ""


def test_the_longest_question_about_the_longest_name_is_taken(customers: Customers) -> None:
    chance = np.random.default_rng(5)
    words, slug = ("".join(map(chr, chance.integers(0x20000, 0x2A6D0, size))) for size in (500, 150))
    customers.ask(words, "zh-Hant", verdict="suggest", results=[("en", slug)])

    (topic,) = customers.topics()
    assert words.startswith(topic.questions[0].text) and len(topic.questions[0].text) > 300


def test_marks_of_what_was_left_out_are_no_words_of_a_question() -> None:
    assert question_of("en", "Purple elephant [address] [number]") == ("en", "purple elephant")
    assert question_of("en", "[number] [address]") is None


def test_what_hurts_comes_first(customers: Customers) -> None:
    customers.ask("which colour", times=12)
    customers.ask("my late parcel", times=5, then=[TICKET])
    customers.ask("gift card", then=[TICKET])

    assert [sorted(one.titles.values()) for one in customers.topics()] == [
        ["my late parcel"], ["which colour"], ["gift card"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"verdict": "answer", "results": [("en", "a")]}, None),  # the answer stood on the page
        ({"verdict": "answer", "results": [("en", "a")], "then": [TICKET]}, "unopened"),
        ({"verdict": "suggest", "results": [("en", "a")]}, "unopened"),
        ({"verdict": "suggest", "results": [("en", "a")], "then": opened("en", "a")}, None),
        ({"verdict": "suggest", "results": [("en", "a")], "then": [*opened("en", "a"), TICKET]}, "unhelped"),
        (
            {"verdict": "suggest", "results": [("en", "a")],
             "then": [*opened("en", "a"), ("vote", {"lang": "en", "slug": "a", "helpful": False})]},
            "unhelped",
        ),
        (
            {"verdict": "suggest", "results": [("en", "a")],
             "then": [("suggestion_rejected", {"lang": "en", "slug": "a", "reason": "other"})]},
            "unhelped",
        ),
        ({"verdict": "ask_human", "results": [("en", "a")]}, "unanswered"),
        ({"verdict": "suggest", "results": []}, "unanswered"),
        ({"visit": ""}, "unanswered"),  # of a browser without scripts
        ({"visit": "", "verdict": "suggest", "results": [("en", "a")]}, None),
    ],
)  # fmt: skip
def test_in_which_way_a_question_was_asked_in_vain(
    customers: Customers, engine: Engine, asked: dict[str, Any], found: str | None
) -> None:
    customers.ask("late parcel", **asked)

    customers.topics()

    with engine.connect() as connection:
        stored = connection.execute(text("SELECT how, count FROM insight_topic_asked")).all()
    assert [tuple(row) for row in stored] == ([(found, 1)] if found else [])


def test_programs_and_repeated_clicks_make_no_topic_larger(customers: Customers) -> None:
    customers.ask("late parcel", visit="patient", times=9)
    for word in ("late p", "late pa", "late parc", "late parcel again"):
        customers.ask(word, visit="types")
    for number in range(40):
        customers.ask(f"late {'x' * number} {chr(97 + number % 26)}", visit="robot")
    customers.ask("late parcel", visit="", times=50)
    customers.ask("12345678 someone@example.org", times=3)

    (late,) = customers.topics()

    # The one with patience, the one who types, and an hour or two of the program without a visit.
    assert questions(late) == {"late parcel", "late parcel again"}
    assert late.size in {3, 4}


def test_a_ticket_counts_once_with_its_search_and_by_its_subject_without_one(
    customers: Customers, engine: Engine
) -> None:
    day = date(2026, 11, 20)
    at = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    customers.ask("late parcel", then=[TICKET], visit="searched")
    with writing(engine) as connection:
        ledger.add(connection, [
            make("ticket_sent", at, {}, id="ticket-1", visit="searched", where="form", lang="en"),
            make("ticket_sent", at, {}, id="ticket-2", person="p2", where="mail", lang="en"),
        ])  # fmt: skip
    customers.subjects = [
        Subject(1, day, "en", "My late parcel"), Subject(2, day, "en", "So late!"),
        Subject(3, day, "en", "late, and not to be recorded"),
    ]  # fmt: skip

    (late,) = customers.topics()

    assert (late.size, late.tickets) == (2, 2)
    assert questions(late) == {"late parcel", "So late!"}


def test_topics_keep_their_identity_when_questions_come(customers: Customers) -> None:
    customers.ask("late parcel", times=3)
    customers.ask("send an invoice", times=2)
    before = {one.title(["en"])[1]: one.id for one in customers.topics()}
    seen = len(customers.embedder.encoded)

    customers.ask("is it late", times=6)
    customers.ask("password forgotten")
    after = customers.topics(NOW + timedelta(days=1))

    assert {questions(one) >= {"late parcel"}: one.id for one in after}[True] == before["late parcel"]
    assert {one.id for one in after} > set(before.values())
    assert sorted(customers.embedder.encoded[seen:]) == ["is it late", "password forgotten"]


def test_what_comes_late_or_twice_changes_the_days_it_is_of(customers: Customers, engine: Engine) -> None:
    customers.ask("late parcel", day=date(2026, 11, 1), visit="v", person="p")
    assert customers.topics()[0].tickets == 0

    at = datetime(2026, 11, 4, 8, 0, tzinfo=UTC)
    for _twice in range(2):
        with writing(engine) as connection:
            ledger.add(connection, [make("ticket_sent", at, {}, id="t", person="p", where="mail", lang="en")])

    assert [(one.size, one.tickets) for one in customers.topics()] == [(1, 1)]
    assert [(one.size, one.tickets) for one in customers.topics()] == [(1, 1)]


@pytest.mark.parametrize(
    ("asked", "cause", "nearest"),
    [
        ({}, Cause.NO_ARTICLE, None),
        ({"words": "invoice"}, Cause.NOT_FOUND, ("en", "invoice")),
        ({"words": "invoice", "verdict": "suggest", "results": [("en", "x")]}, Cause.NOT_OPENED, ("en", "invoice")),
        ({"words": "fatura invoice", "lang": "tr"}, Cause.OTHER_LANGUAGE, ("en", "invoice")),
        (
            {"verdict": "suggest", "results": [("en", "colour")], "then": [*opened("en", "colour"), TICKET]},
            Cause.DID_NOT_HELP, ("en", "colour"),
        ),
        (
            {"lang": "tr", "verdict": "suggest", "results": [("en", "invoice")],
             "then": [*opened("en", "invoice"), TICKET]},
            Cause.OTHER_LANGUAGE, ("en", "invoice"),
        ),
        # Search finds something in their language today, and showed them first what is not in it.
        (
            {"words": "renk colour", "lang": "tr", "results": [("en", "invoice")]},
            Cause.OTHER_LANGUAGE, ("en", "invoice"),
        ),
        ({"words": "發票 invoice", "lang": "zh-Hant"}, Cause.OTHER_LANGUAGE, ("en", "invoice")),
        ({"words": "簡體 gift", "lang": "zh-Hant"}, Cause.NOT_FOUND, ("zh-Hans", "gift")),
    ],
)  # fmt: skip
def test_why_the_nearest_article_failed(
    customers: Customers, asked: dict[str, Any], cause: Cause, nearest: tuple[str, str] | None
) -> None:
    customers.write("invoice", "en")
    customers.write("colour", "en", "tr")
    customers.write("gift", "zh-Hans")
    customers.answers = {
        "colour": ArticleRef("tr", "colour"),
        "invoice": ArticleRef("en", "invoice"),
        "gift": ArticleRef("zh-Hans", "gift"),
    }
    customers.ask(**{"words": "late parcel", **asked})

    (topic,) = customers.topics()

    assert (topic.cause, topic.nearest) == (cause, ArticleRef(*nearest) if nearest else None)


def test_an_article_closes_a_topic_when_demand_has_halved_and_it_is_reopened_when_it_comes_back(
    customers: Customers,
) -> None:
    start = date(2026, 10, 1)
    for number in range(28):
        customers.ask("late parcel", day=start + timedelta(days=number), times=2)
    (topic,) = customers.topics(datetime(2026, 10, 29, tzinfo=UTC))
    written = date(2026, 10, 29)
    customers.service.acted(topic.id, ArticleRef("en", "late-parcel"), written)
    for number in range(5):  # still eight in the first week, which is more than half of 14
        customers.ask("late parcel", day=written + timedelta(days=number), times=2)

    def now(day: date) -> Topic:
        (found,) = customers.topics(datetime.combine(day, datetime.min.time(), UTC))
        return found

    assert now(date(2026, 11, 5)).status is Status.DRAFTED
    closed = now(date(2026, 11, 8))
    assert (closed.status, closed.days_to_close) == (Status.CLOSED, 8)
    assert closed.article == ArticleRef("en", "late-parcel")
    customers.ask("late parcel", day=date(2026, 11, 20), times=12)
    back = now(date(2026, 11, 24))
    assert (back.status, back.reopened_on) == (Status.REOPENED, date(2026, 11, 20))
    assert back.article == ArticleRef("en", "late-parcel")


def test_what_somebody_decided_stays(customers: Customers) -> None:
    customers.ask("late parcel", times=3)
    (topic,) = customers.topics()
    customers.service.ignore(topic.id, ignored=True)

    customers.ask("late again", times=30)
    (after,) = customers.topics(NOW + timedelta(days=1))

    assert (after.id, after.status) == (topic.id, Status.IGNORED)
    customers.service.ignore(topic.id, ignored=False)
    assert customers.service.topics(*DAYS)[0].status is Status.OPEN


def test_merged_topics_go_on_as_the_larger_and_split_ones_remember(customers: Customers) -> None:
    customers.ask("late one", times=2)
    customers.ask("late two")
    customers.ask("late three")
    customers.ask("gift one")
    customers.ask("gift two")
    late, gift = sorted(customers.topics(), key=lambda one: -one.size)
    customers.service.acted(gift.id, ArticleRef("en", "gift"), date(2026, 11, 20))

    rename(customers, {"gift": "late"})
    (merged,) = customers.topics()
    assert (merged.id, merged.size) == (late.id, 6)
    assert merged.article == ArticleRef("en", "gift")
    found = customers.service.topic(gift.id, *DAYS)
    assert found is not None and found.id == late.id

    rename(customers, {})
    parts = customers.topics()
    assert {one.size: one.id == late.id for one in parts} == {4: True, 2: False}
    assert {one.article for one in parts} == {ArticleRef("en", "gift")}


def rename(customers: Customers, names: dict[str, str]) -> None:
    """From now on the model takes some subjects for others."""

    class Renamed(ByName):
        fingerprint = f"by-name {names}"

        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            renamed = []
            for one in texts:
                for name, other in names.items():
                    one = one.replace(name, other)
                renamed.append(one)
            return ByName.encode_queries(self, renamed)

    customers.embedder = Renamed()


def stored_words(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        asked = connection.execute(text("SELECT text FROM insight_topic_asked")).scalars()
        return {*asked, *connection.execute(text("SELECT text FROM insight_topic_question")).scalars()}


def test_whoever_is_erased_is_erased_from_topics_too(customers: Customers, engine: Engine) -> None:
    mine = person_of(KEY, "ada@example.org")
    customers.ask("late parcel of ada", person=mine)
    customers.ask("late parcel", times=2)
    customers.topics()

    with writing(engine) as connection:
        personal_data(Keys.of(KEY)).erase_address(connection, "ada@example.org")

    assert "late parcel of ada" not in stored_words(engine)
    (late,) = customers.topics()
    assert questions(late) == {"late parcel"} and late.size == 2


def test_a_ticket_that_is_erased_takes_its_subject_along(customers: Customers, engine: Engine) -> None:
    at = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    with writing(engine) as connection:
        ledger.add(connection, [make("ticket_sent", at, {}, id="ticket-7", person="p", where="mail", lang="en")])
    customers.subjects = [Subject(7, at.date(), "en", "late parcel of ada")]
    assert questions(customers.topics()[0]) == {"late parcel of ada"}

    customers.subjects = []
    with writing(engine) as connection:
        personal_data(Keys.of(KEY)).erase_tickets(connection, [7])

    assert stored_words(engine) == set()
    assert customers.topics() == []


def test_words_are_forgotten_with_those_of_the_ledger(customers: Customers, engine: Engine) -> None:
    customers.ask("late parcel", day=date(2026, 10, 1))
    customers.ask("send an invoice")
    customers.topics()
    (rule,) = [one for one in personal_data(Keys.of(KEY)).rules if one.setting == "queries"]

    rule.remove(engine, datetime(2026, 11, 1, tzinfo=UTC), NOW)

    assert stored_words(engine) == {"send an invoice"}
    assert [sorted(one.titles.values()) for one in customers.topics()] == [["send an invoice"]]


def test_a_topic_leads_to_the_events_that_asked_for_it_page_by_page(
    customers: Customers, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("insight.topics.behind.EVENTS_SHOWN", 4)
    for number in range(3):
        customers.ask("Late parcel", day=date(2026, 11, 1) + timedelta(days=number), times=3)
        customers.ask("late PARCEL?", day=date(2026, 11, 1) + timedelta(days=number), then=[TICKET])
        customers.ask("send an invoice", day=date(2026, 11, 1) + timedelta(days=number))
    shown = {"verdict": "answer", "results": [("en", "a")]}
    customers.ask("late parcel", **shown)  # was answered: nothing was asked in vain
    ledger_at = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    with writing(engine) as connection:
        for minute in (0, 10):  # of a program: once an hour
            data = {"query": "late parcel", "verdict": "ask_human"}
            ledger.add(connection, [make("search", ledger_at + minute * MINUTE, data, lang="en")])
        ledger.add(connection, [make("ticket_sent", ledger_at, {}, id="ticket-7", where="mail", lang="en")])
    customers.subjects = [Subject(7, ledger_at.date(), "en", "Late parcel")]
    topic = next(one for one in customers.topics() if "invoice" not in one.titles["en"])

    def behind(**more: Any) -> list[str]:
        names, after = [], ""
        while True:
            found, after = customers.service.events(TopicFilter(topic.id, after=after, **more), *DAYS)
            assert len(found) == 4 or not after
            names += [one.name for one in found]
            if not after:
                return names

    assert len(behind()) == topic.size == 14 and behind().count("ticket_sent") == 1
    assert len(behind(failed=True)) == topic.tickets == 4
    for one in topic.questions:
        assert len(behind(lang=one.lang, text=text_of(one.text))) == one.count
    assert behind(lang="tr", text="late parcel") == []


@pytest.mark.parametrize("setting", ["events", "queries"])
def test_topics_are_right_after_a_purge_and_can_be_checked(customers: Customers, engine: Engine, setting: str) -> None:
    gone, kept = date(2026, 10, 1), date(2026, 11, 20)
    customers.ask("late parcel of the old days", day=gone, times=5)
    customers.ask("send an invoice", day=gone)
    customers.ask("late parcel", day=kept, times=2, then=[TICKET])
    midnight = datetime(2026, 11, 1, tzinfo=UTC)
    with writing(engine) as connection:  # one visit, of which a part goes
        for minutes, words in ((-5, "my password before midnight"), (5, "my password after midnight")):
            data = {"query": words, "verdict": "ask_human"}
            ledger.add(connection, [make("search", midnight + minutes * MINUTE, data, visit="over", lang="en")])
        # Whoever searched before the purge wrote after it: a ticket with its search still.
        at = midnight + 20 * MINUTE
        ledger.add(connection, [make("search", midnight - 60 * MINUTE, data, visit="asked", person="p", lang="en")])
        ledger.add(connection, [make("ticket_sent", at, {}, id="ticket-7", person="p", where="mail", lang="en")])
    customers.subjects = [Subject(7, at.date(), "en", "warranty of my coat")]
    before = {one.titles["en"]: one.size for one in customers.topics()}
    assert set(before.values()) >= {7, 1} and questions(customers.topics()[0]) >= {"late parcel of the old days"}

    privacy = PrivacyService(engine, [personal_data(Keys.of(KEY))], Retention(0, 0, **{"events": 0, setting: 24}))
    would = privacy.purge(NOW, dry_run=True)
    assert privacy.purge(NOW) == would and getattr(would, setting) >= 8
    assert privacy.purge(NOW, dry_run=True) == PurgeReport()

    for _time in range(2):  # as it stands, and taken again
        for found in (customers.service.topics(*DAYS), customers.topics(NOW + timedelta(hours=1))):
            (late,) = [one for one in found if "late parcel" in one.titles.values()]
            assert (late.size, late.tickets, sum(late.weeks), questions(late)) == (2, 2, 2, {"late parcel"})
            assert not any("invoice" in title or "before" in title for one in found for title in one.titles.values())
            assert all("warranty" not in one.titles["en"] or one.size == 0 for one in found)
        assert aggregates.check(engine, NOW) == ""
        assert customers.service.check() == ""
        customers.service.recount(NOW)
    assert (setting == "events") == (ledger.size(engine) < 14)


def test_one_process_refreshes_at_a_time_and_one_that_died_does_not_stop_it_for_ever(customers: Customers) -> None:
    def busy() -> ByName:
        assert customers.service.refresh(NOW, NOW.date()) is None
        raise RuntimeError("died")

    customers.ask("late parcel")
    holding = TopicService(
        customers.engine, ByName, customers.search, during(busy), customers.subjects_of
    )  # fmt: skip
    assert customers.service.due(NOW)
    with pytest.raises(RuntimeError, match="died"):
        holding.refresh(NOW, NOW.date())

    assert customers.service.due(NOW)
    assert customers.service.refresh(NOW, NOW.date()) is not None
    assert not customers.service.due(NOW)
    assert customers.service.due(NOW + timedelta(days=1))


def during(act: Callable[[], object]) -> Callable[[date], Sequence[Article]]:
    def articles(_day: date) -> Sequence[Article]:
        act()
        return ()

    return articles


def test_the_days_shown_are_whole_weeks() -> None:
    assert shown_days(date(2026, 11, 25)) == (date(2026, 8, 31), date(2026, 11, 25))
