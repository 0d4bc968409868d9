"""The whole pipeline, with vectors one can draw on paper: north, east, south and west are four topics."""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from sqlalchemy.exc import OperationalError

from index.dense.faiss import FaissIndex
from index.embed.query_embedder import QueryEmbedder
from index.models import ArticleHit, Degraded, SearchQuery, SearchResult, Verdict
from index.protocols import Embedder, Vectors
from index.query.hints import LiveHints
from index.ranking.candidates import Ranking
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.generation import Generation
from index.storage.live import Live, LiveIndex
from kb.models import Article, ArticleRef
from tests.index.builders import BrokenEmbedder, CompassEmbedder, CountingEmbedder, article, everything
from tests.index.database import SearchDatabase

COMPASS = CompassEmbedder(
    {
        "refund": 90, "money back": 90, "iade": 90, "退款": 90,
        "parcel": 180, "kargo": 180, "包裹": 180,
        "pairing": 270, "eşleştirme": 270, "配對": 270,
        "warranty": 0, "garanti": 0, "保固": 0,
    }
)  # fmt: skip
# The four directions cancel out, so every language's mean is zero.
TOPICS = {
    "en": ("refund", "parcel", "pairing", "warranty"),
    "tr": ("iade", "kargo", "eşleştirme", "garanti"),
    "zh-Hant": ("退款", "包裹", "配對", "保固"),
}
KEYS = TOPICS["en"]


def topics(lang: str) -> list[Article]:
    return [
        article(f"{key}-{lang.lower()}", f"{word} text", lang=lang, key=key, title=word)
        for key, word in zip(KEYS, TOPICS[lang], strict=True)
    ]


ENGLISH = topics("en")
ALL = [a for lang in TOPICS for a in topics(lang)]


class Centre:
    """A search over some articles: in files, or in a database."""

    def __init__(self, folder: Path, database: SearchDatabase | None = None) -> None:
        self.folder = folder
        self.database = database

    def of(
        self, articles: Sequence[Article] = ENGLISH, embedder: Embedder | None = COMPASS, budget_ms: int = 60_000
    ) -> Search:
        self.publish(articles)
        return Search(self.live(), embedder, everything, budget_ms)

    def publish(self, articles: Sequence[Article]) -> None:
        built = bring_up_to_date(articles, COMPASS, self.folder)
        if self.database is not None:
            assert built.opened is not None
            self.database.publish(built.opened)

    def live(self) -> Live:
        return LiveIndex(self.folder) if self.database is None else self.database.live()


@pytest.fixture(params=["files", "database"])
def centre(tmp_path: Path, request: pytest.FixtureRequest) -> Centre:
    """Every test of it holds wherever search is."""
    return Centre(tmp_path, None if request.param == "files" else request.getfixturevalue("search_database"))


@pytest.fixture
def files(tmp_path: Path) -> Centre:
    """For tests that reach into what is open."""
    return Centre(tmp_path)


def slugs(result: SearchResult) -> list[str]:
    return [hit.ref.slug for hit in result.hits]


def keys(result: SearchResult) -> list[str]:
    return [hit.key for hit in result.hits]


def test_the_nearest_article_comes_first(centre: Centre) -> None:
    result = centre.of().search(SearchQuery("money back", "en"))
    assert (slugs(result)[0], result.degraded) == ("refund-en", None)


def test_hits_are_in_order_of_their_scores_and_each_article_once(centre: Centre) -> None:
    hits = centre.of(ALL).search(SearchQuery("refund parcel", "en")).hits
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert len({h.key for h in hits}) == len(hits)


def test_a_hit_says_where_the_best_passage_is(centre: Centre) -> None:
    long = article("long", "warranty text\n\nrefund takes five days", key="long", title="refund and warranty")
    hit = centre.of([*ENGLISH[1:], long]).search(SearchQuery("refund days", "en")).hits[0]
    assert (hit.anchor, hit.heading, hit.passage, hit.title) == (
        "part-1", "Part 1", "refund takes five days", "refund and warranty",
    )  # fmt: skip


def test_highlights_are_the_questions_words_in_the_passage(centre: Centre) -> None:
    hit = centre.of().search(SearchQuery("Where are my refunds?", "en")).hits[0]
    assert [hit.passage[a:b] for a, b in hit.highlights] == ["refund"]


def test_the_limit_is_kept(centre: Centre) -> None:
    assert len(centre.of().search(SearchQuery("refund", "en", limit=2)).hits) == 2


def test_translations_of_one_article_are_one_hit(centre: Centre) -> None:
    found = keys(centre.of(ALL).search(SearchQuery("refund", "en")))
    assert sorted(found) == sorted(KEYS)


@pytest.mark.parametrize(
    ("asked", "reader", "shown"),
    [
        ("iade", "en", "en"),
        ("refund", "tr", "tr"),
        ("refund", "zh-Hant", "zh-Hant"),
        ("退款", "en", "en"),
        ("refund", "zh-Hans", "zh-Hant"),
        ("退款", "zh-Hans", "zh-Hant"),
    ],
)
def test_an_article_is_shown_in_the_readers_language(asked: str, reader: str, shown: str, centre: Centre) -> None:
    hit = centre.of(ALL).search(SearchQuery(asked, reader)).hits[0]
    assert (hit.key, hit.ref.lang) == ("refund", shown)


def test_a_traditional_reader_gets_simplified_before_another_language(centre: Centre) -> None:
    simplified = [replace(a, lang="zh-Hans") for a in topics("zh-Hant")]
    hit = centre.of([*ENGLISH, *simplified]).search(SearchQuery("refund", "zh-Hant")).hits[0]
    assert (hit.key, hit.ref.lang) == ("refund", "zh-Hans")


def test_without_a_translation_the_language_of_the_question_is_shown(centre: Centre) -> None:
    hit = centre.of([*ENGLISH, *topics("tr")]).search(SearchQuery("iade işlemi", "de")).hits[0]
    assert (hit.key, hit.ref.lang) == ("refund", "tr")


def test_a_question_finds_an_article_in_another_language(centre: Centre) -> None:
    hit = centre.of(ENGLISH).search(SearchQuery("退款", "zh-Hant")).hits[0]
    assert (hit.key, hit.ref.lang) == ("refund", "en")


def test_the_store_decides_what_is_shown(tmp_path: Path) -> None:
    bring_up_to_date(ENGLISH, COMPASS, tmp_path)
    asked: list[ArticleRef] = []

    def visible(refs: Iterable[ArticleRef]) -> set[ArticleRef]:
        asked.extend(refs)
        return {ref for ref in asked if ref.slug != "refund-en"}

    result = Search(LiveIndex(tmp_path), COMPASS, visible, 60_000).search(SearchQuery("refund", "en"))
    assert "refund-en" in [ref.slug for ref in asked]
    assert "refund-en" not in slugs(result)
    assert len(result.hits) == 3


def test_a_hidden_translation_does_not_hide_the_others(tmp_path: Path) -> None:
    bring_up_to_date(ALL, COMPASS, tmp_path)
    search = Search(LiveIndex(tmp_path), COMPASS, lambda refs: {r for r in refs if r.lang != "en"}, 60_000)
    hit = search.search(SearchQuery("refund", "en")).hits[0]
    assert (hit.key, hit.ref.lang != "en") == ("refund", True)


def test_when_nothing_may_be_seen_a_person_is_asked(tmp_path: Path) -> None:
    bring_up_to_date(ENGLISH, COMPASS, tmp_path)
    result = Search(LiveIndex(tmp_path), COMPASS, lambda _: set(), 60_000).search(SearchQuery("refund", "en"))
    assert (result.hits, result.verdict) == ((), Verdict.ASK_HUMAN)


def test_a_category_narrows_the_results(centre: Centre) -> None:
    filed = [replace(a, category="orders") if a.key in ("refund", "parcel") else a for a in ENGLISH]
    assert sorted(slugs(centre.of(filed).search(SearchQuery("warranty", "en", category="orders")))) == [
        "parcel-en",
        "refund-en",
    ]


def test_a_filter_that_one_article_in_a_hundred_passes_finds_them_all(centre: Centre) -> None:
    # Every other article is nearer: filtered afterwards, none of these would be among those retrieved.
    many = [article(f"near{i}", "refund text", title="refund", category="many") for i in range(990)]
    few = [article(f"far{i}", "parcel text", title=f"parcel {i}", category="few") for i in range(10)]
    found = centre.of([*many, *few]).search(SearchQuery("refund", "en", category="few", limit=20))
    assert sorted(slugs(found)) == sorted(a.slug for a in few)


def test_a_category_that_does_not_exist_has_no_results(centre: Centre) -> None:
    assert centre.of().search(SearchQuery("refund", "en", category="nobody")).hits == ()


def test_an_audience_sees_its_own_articles_and_those_for_everyone(centre: Centre) -> None:
    audiences = ("business", "everyone", "partners", "everyone")
    some = [replace(a, audience=who) for a, who in zip(ENGLISH, audiences, strict=True)]
    found = slugs(centre.of(some).search(SearchQuery("refund", "en", audience="business")))
    assert sorted(found) == ["parcel-en", "refund-en", "warranty-en"]


def test_excluded_articles_are_never_found(centre: Centre) -> None:
    some = [replace(a, exclude=a.key == "refund") for a in ENGLISH]
    assert "refund-en" not in slugs(centre.of(some).search(SearchQuery("refund", "en")))


def test_a_boost_moves_an_article_before_its_equal(centre: Centre) -> None:
    twin = replace(ENGLISH[0], slug="a-twin", key="a-twin")
    opposite = replace(ENGLISH[2], slug="another-pairing", key="another-pairing")  # keeps the mean at zero
    plain = slugs(centre.of([*ENGLISH, twin, opposite]).search(SearchQuery("refund", "en")))
    boosted = [replace(ENGLISH[0], boost=3.0), *ENGLISH[1:], twin, opposite]
    raised = slugs(centre.of(boosted).search(SearchQuery("refund", "en")))
    assert (plain[0], raised[0]) == ("a-twin", "refund-en")


def test_the_result_says_what_was_searched_and_in_which_language(centre: Centre) -> None:
    result = centre.of(ALL).search(SearchQuery("  \tiade\u200b   için ne kadar ", "en"))
    assert (result.query, result.lang) == ("iade için ne kadar", "tr")
    assert result.took_ms > 0


STRANGE = {
    "empty": "",
    "spaces": " \n\t\u3000 ",
    "punctuation": "?!… -- ''' \"\"\" (((",
    "emoji": "🙂👍🏽👩‍💻❤️",
    "emoji and a word": "🙂 refund 🙂",
    "one letter": "a",
    "one character": "退",
    "5,000 characters": "refund parcel " * 360,
    "5,000 different words": " ".join(f"word{i}" for i in range(5000)),
    "one endless word": "x" * 5000,
    "endless Chinese": "退款包裹" * 2000,
    "NUL": "ref\x00und",
    "control characters": "".join(map(chr, range(32))),
    "right to left": "أين طلبي؟",
    "direction marks": "\u202erefund\u202c",
    "SQL": "'; DROP TABLE article; --",
    "query syntax": "body:refund AND (NOT parcel) refund* ~2 [a TO b] refund^5",
    "markup": "<script>alert(1)</script>",
    "half a surrogate pair": "\ud83d refund",
    "private use": "\ue000\uf8ff",
    "combining marks": "z̸̢̛̺͎a̷͈͝l̵̡̛g̶̱̈́o̵̘͝ " * 50,
    "a ligature that expands": "\ufdfa" * 300,
    "format string": "%s %d {0} {refund} \\x00 %00",
    "Thai": "สินค้าอยู่ที่ไหน",
    "Hindi": "मेरा पार्सल कहाँ है",
    "many languages": "refund iade 退款 возврат استرداد",
}


@pytest.mark.parametrize("reader", ["en", "tr", "zh-Hant", "ar", None])
def test_nothing_a_customer_types_raises(reader: str | None, centre: Centre) -> None:
    search = centre.of(ALL)
    for name, text in STRANGE.items():
        result = search.search(SearchQuery(text, reader))
        assert result.degraded is None, name
        assert all(0 <= a < b <= len(h.passage) for h in result.hits for a, b in h.highlights), name


@pytest.mark.parametrize("name", ["empty", "spaces", "punctuation", "emoji", "control characters", "private use"])
def test_a_question_without_words_is_a_question_for_a_person(name: str, centre: Centre) -> None:
    result = centre.of().search(SearchQuery(STRANGE[name], "en"))
    assert (result.hits, result.verdict) == ((), Verdict.ASK_HUMAN)


@pytest.mark.parametrize("name", ["emoji and a word", "NUL", "5,000 characters", "direction marks", "query syntax"])
def test_what_makes_sense_in_a_strange_question_is_found(name: str, centre: Centre) -> None:
    assert slugs(centre.of().search(SearchQuery(STRANGE[name], "en")))[0] == "refund-en"


def refuse() -> Embedder:
    raise FileNotFoundError("the model is not there")


@pytest.mark.parametrize(
    "embedder", [None, refuse, BrokenEmbedder("compass")], ids=["none", "cannot be loaded", "fails on every text"]
)
def test_without_a_model_keywords_answer_and_the_result_says_so(embedder: Embedder | None, centre: Centre) -> None:
    result = centre.of(ALL, embedder).search(SearchQuery("refund", "en"))
    assert (result.degraded, result.verdict) == (Degraded.KEYWORD_ONLY, Verdict.SUGGEST)
    assert slugs(result)[0] == "refund-en"


def test_a_failing_model_leaves_a_line_in_the_log_without_the_question(
    centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        centre.of(ENGLISH, BrokenEmbedder("compass")).search(SearchQuery("my secret refund", "en"))
    assert "search without vectors: RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_a_model_that_recovers_is_used_again(centre: Centre) -> None:
    state: dict[str, Embedder] = {"now": BrokenEmbedder("compass")}
    centre.publish(ENGLISH)
    search = Search(centre.live(), lambda: state["now"], everything, 60_000)
    assert search.search(SearchQuery("refund", "en")).degraded is Degraded.KEYWORD_ONLY
    state["now"] = COMPASS
    assert search.search(SearchQuery("refund", "en")).degraded is None


def test_vectors_of_another_model_are_never_compared(centre: Centre, caplog: pytest.LogCaptureFixture) -> None:
    other = CountingEmbedder(COMPASS)
    other.fingerprint = "compass-2"
    with caplog.at_level(logging.ERROR):
        result = centre.of(ENGLISH, other).search(SearchQuery("refund", "en"))
    assert (result.degraded, other.queries) == (Degraded.KEYWORD_ONLY, [])
    (record,) = (one for one in caplog.records if one.getMessage() == "model_differs")
    assert record.fields["model"] == "compass-2"  # type: ignore[attr-defined]


def test_without_an_index_the_result_says_so(tmp_path: Path) -> None:
    result = Search(LiveIndex(tmp_path), COMPASS, everything, 60_000).search(SearchQuery("refund", "en"))
    assert (result.degraded, result.verdict, result.hits) == (Degraded.NO_INDEX, Verdict.ASK_HUMAN, ())


def test_an_index_without_articles_finds_nothing(centre: Centre) -> None:
    result = centre.of([]).search(SearchQuery("refund", "en"))
    assert (result.degraded, result.verdict, result.hits) == (None, Verdict.ASK_HUMAN, ())


class Hanging:
    """Something that answers nothing until the test is over."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def search(self, *_: object) -> NoReturn:
        self.over.wait(60)
        raise RuntimeError("nobody waits for this")


class HangingEmbedder(CompassEmbedder):
    def __init__(self, hanging: Hanging) -> None:
        super().__init__({"refund": 90, "parcel": 180, "pairing": 270})
        self.hanging = hanging

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.hanging.search()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    one = Hanging()
    yield one
    one.over.set()


# More than the other retrievers take on a busy machine; what hangs does so for a minute.
_SHORT_MS = 2000


def test_a_late_model_leaves_keywords(centre: Centre, hanging: Hanging) -> None:
    found = centre.of(ENGLISH, HangingEmbedder(hanging), budget_ms=_SHORT_MS).search(SearchQuery("refund", "en"))
    assert (found.degraded, slugs(found)[0]) == (Degraded.DEADLINE, "refund-en")
    assert found.verdict is not Verdict.ANSWER


def test_late_keywords_leave_meaning(files: Centre, hanging: Hanging) -> None:
    search = files.of(ENGLISH, budget_ms=_SHORT_MS)
    generation = search._live.current()
    assert generation is not None
    for family in generation.manifest.families:
        generation.keyword[family] = hanging
    found = search.search(SearchQuery("money back", "en"))
    assert (found.degraded, slugs(found)[0]) == (Degraded.DEADLINE, "refund-en")
    assert found.verdict is not Verdict.ANSWER


def test_late_neighbours_leave_keywords_with_all_other_evidence(files: Centre, hanging: Hanging) -> None:
    search = files.of(ENGLISH, budget_ms=_SHORT_MS)
    generation = search._live.current()
    object.__setattr__(generation, "dense", hanging)
    found = search.search(SearchQuery("refund", "en"))
    assert (found.degraded, slugs(found)[0]) == (Degraded.DEADLINE, "refund-en")


def test_nothing_in_time_leaves_a_person(files: Centre, hanging: Hanging) -> None:
    search = files.of(ENGLISH, HangingEmbedder(hanging), budget_ms=100)
    generation = search._live.current()
    assert generation is not None
    for family in generation.manifest.families:
        generation.keyword[family] = hanging
    found = search.search(SearchQuery("refund", "en"))
    assert (found.degraded, found.verdict, found.hits) == (Degraded.DEADLINE, Verdict.ASK_HUMAN, ())


def test_a_question_asked_again_is_not_embedded_again(centre: Centre) -> None:
    counting = CountingEmbedder(COMPASS)
    search = centre.of(ENGLISH, counting)
    for text in ("refund", "  refund ", "refund"):
        search.search(SearchQuery(text, "en"))
    assert counting.queries == ["refund"]


class Watched(Search):
    """Counts how often a question is weighed anew."""

    weighed = 0

    def rank(self, *given: Any, **more: Any) -> Ranking:
        self.weighed += 1
        return super().rank(*given, **more)


def test_a_question_asked_again_is_answered_at_once(centre: Centre) -> None:
    centre.publish(ENGLISH)
    search = Watched(centre.live(), COMPASS, everything, 60_000)
    first, again = (search.search(SearchQuery(text, "en")) for text in ("refund", " refund "))
    assert replace(again, took_ms=0.0) == replace(first, took_ms=0.0)
    assert search.weighed == 1
    assert len(search.search(SearchQuery("refund", "en", limit=1)).hits) == 1


def test_an_article_that_was_hidden_since_is_not_shown_to_who_asks_again(tmp_path: Path) -> None:
    hidden: set[ArticleRef] = set()
    bring_up_to_date(ENGLISH, COMPASS, tmp_path)
    search = Search(LiveIndex(tmp_path), COMPASS, lambda refs: set(refs) - hidden, 60_000)
    assert slugs(search.search(SearchQuery("refund", "en")))[0] == "refund-en"
    hidden.add(ArticleRef("en", "refund-en"))
    assert "refund-en" not in slugs(search.search(SearchQuery("refund", "en")))
    hidden.clear()
    assert slugs(search.search(SearchQuery("refund", "en")))[0] == "refund-en"


def test_a_new_index_answers_who_asks_again(centre: Centre) -> None:
    search = centre.of(ENGLISH[1:])
    assert "refund-en" not in slugs(search.search(SearchQuery("refund", "en")))
    centre.publish(ENGLISH)
    if isinstance(search._live, LiveIndex):
        search._live.refresh()
    assert slugs(search.search(SearchQuery("refund", "en")))[0] == "refund-en"


def test_what_came_without_the_model_is_not_kept(tmp_path: Path) -> None:
    bring_up_to_date(ENGLISH, COMPASS, tmp_path)
    serving: list[Embedder | None] = [None]
    search = Search(LiveIndex(tmp_path), lambda: serving[0], everything, 60_000)  # type: ignore[arg-type, return-value]
    assert search.search(SearchQuery("refund", "en")).degraded is Degraded.KEYWORD_ONLY
    serving[0] = COMPASS
    assert search.search(SearchQuery("refund", "en")).degraded is None


def test_an_answer_for_which_there_was_too_little_time_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up_to_date(ENGLISH, COMPASS, tmp_path)
    search = Watched(LiveIndex(tmp_path), COMPASS, everything, 60_000)
    monkeypatch.setattr(search._deadline, "allows_another", lambda _began: False)
    hurried = search.search(SearchQuery("waranty", "en"))
    assert (hurried.did_you_mean, hurried.corrected, search.weighed) == ("warranty", False, 1)
    assert (hurried.verdict, hurried.degraded) == (Verdict.SUGGEST, Degraded.DEADLINE)
    monkeypatch.undo()
    for _again in range(2):
        # Once as typed, once as meant; then it is kept.
        search.search(SearchQuery("waranty", "en"))
        assert search.weighed == 3


def test_what_fails_after_the_results_are_there_costs_none_of_them(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database may go between two questions to it: the correction of a misspelt word, the article of a warning."""
    folder = centre.folder / "kb"
    (folder / "en").mkdir(parents=True)
    (folder / "en" / "_urgent.yml").write_text(
        "- name: fire\n  title: Away\n  text: Call\n  article: warranty-en\n  words: [smokes]\n"
    )
    centre.publish(ENGLISH)
    search = Search(centre.live(), COMPASS, everything, 60_000, hints=LiveHints(folder, "en"))
    calm = search.search(SearchQuery("refund parcel", "en", limit=2))
    warned = search.search(SearchQuery("smokes refund parcel", "en", limit=2))
    assert slugs(warned)[0] == "warranty-en" and "warranty-en" not in slugs(calm), "it is fetched"
    once, searched = search._search_once, []

    def gone(*asked: Any, **_how: Any) -> Any:
        raise OperationalError("SELECT", {}, ConnectionError())

    def gone_the_second_time(*asked: Any, **how: Any) -> Any:
        searched.append(asked[1])
        return gone() if len(searched) > 1 else once(*asked, **how)

    monkeypatch.setattr(search, "_first_passage", gone)
    shown = search.search(SearchQuery("smokes refund  parcel now", "en", limit=2))
    assert shown.urgent is not None and slugs(shown) == slugs(calm)
    monkeypatch.setattr(search, "_search_once", gone_the_second_time)
    misspelt = search.search(SearchQuery("waranty refund", "en"))
    assert searched == ["waranty refund", "warranty refund"]
    assert misspelt.hits and (misspelt.did_you_mean, misspelt.degraded) == ("warranty refund", Degraded.DEADLINE)
    assert misspelt.verdict is Verdict.SUGGEST


def test_a_chinese_question_is_asked_in_the_script_of_the_articles(centre: Centre) -> None:
    counting = CountingEmbedder(COMPASS)
    centre.of(topics("zh-Hant"), counting).search(SearchQuery("保修 配对", "zh-Hans"))
    # With the word of the articles' region behind it.
    assert "保修 配對 (保固)" in counting.queries


def test_each_vector_of_a_chinese_question_is_compared_with_its_own_rows(
    files: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    nearest = Generation.nearest

    def recorded(self: Generation, some: Any) -> Any:
        asked.extend(some)
        return nearest(self, some)

    monkeypatch.setattr(Generation, "nearest", recorded)
    simplified = [replace(a, lang="zh-Hans", slug=f"{a.slug}-2") for a in topics("zh-Hant")]
    search = files.of([*ALL, *simplified])
    found = search.search(SearchQuery("退款", "zh-Hant"))
    masks = [mask for *_, mask in asked]
    # Three vectors against passages, then titles: each row once.
    assert [np.sum(masks[i : i + 3], axis=0).tolist() for i in (0, 3)] == [[1] * len(masks[0]), [1] * len(masks[3])]
    asked.clear()
    search.search(SearchQuery("refund", "en"))
    assert [mask for *_, mask in asked] == [None, None]
    asked.clear()
    search.search(SearchQuery("退款", "zh-Hant", category="none"))
    assert not np.any([mask for *_, mask in asked])
    # Comparing with all and leaving the others out afterwards is the same.
    monkeypatch.setattr(FaissIndex, "skips", lambda _self, _among: False)
    assert [(h.ref, h.score) for h in files.of([*ALL, *simplified]).search(SearchQuery("退款", "zh-Hant")).hits] == [
        (h.ref, h.score) for h in found.hits
    ]


class Meeting(CompassEmbedder):
    """Gives vectors when two questions are under way at once."""

    def __init__(self) -> None:
        super().__init__({"refund": 90, "parcel": 180, "pairing": 270})
        self.barrier = threading.Barrier(2, timeout=30)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.barrier.wait()
        return super().encode_queries(texts)


def test_both_scripts_of_a_chinese_question_are_embedded_at_once(centre: Centre) -> None:
    simplified = [replace(a, lang="zh-Hans", slug=f"{a.slug}-2") for a in topics("zh-Hant")]
    search = centre.of([*topics("zh-Hant"), *simplified], Meeting(), budget_ms=60_000)
    assert search.search(SearchQuery("保修 配对", "zh-Hans")).degraded is None


def test_a_text_that_is_being_embedded_is_waited_for_and_tried_again_where_that_failed() -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Failing(CompassEmbedder):
        asked = 0

        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            self.asked += 1
            if self.asked == 1:
                begun.set()
                go_on.wait(30)
                raise RuntimeError("the model fell over")
            return super().encode_queries(texts)

    failing = Failing({"refund": 90})
    queries = QueryEmbedder(failing)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(queries.embed, failing, "refund")
        assert begun.wait(30)
        others = [pool.submit(queries.embed, failing, "refund") for _ in range(2)]
        go_on.set()
        with pytest.raises(RuntimeError, match="fell over"):
            first.result(30)
        assert [one.result(30).round().tolist() for one in others] == [[0, 1], [0, 1]]
    assert failing.asked == 2


def test_without_a_calibration_the_verdict_is_never_answer(centre: Centre) -> None:
    result = centre.of().search(SearchQuery("refund", "en"))
    assert (result.verdict, result.confidence) == (Verdict.SUGGEST, None)


def test_with_a_calibration_of_this_model_the_evidence_decides(centre: Centre, tmp_path: Path) -> None:
    own = tmp_path / "calibration.json"
    first = '"first": {"weights": {"cosine_first": 10.0}, "bias": -5.0, "answer_from": 0.9}'
    own.write_text(
        '{"compass": {"weights": {"cosine": 10.0}, "bias": -5.0, "suggest_from": 0.3, "answer_from": 0.9,'
        f" {first}}}}}"
    )
    centre.publish(ENGLISH)
    search = Search(centre.live(), COMPASS, everything, 60_000, own)
    result = search.search(SearchQuery("refund", "en"))
    assert result.verdict is Verdict.ANSWER
    assert result.confidence == pytest.approx(0.993, abs=0.001)
    assert result.first_confidence == pytest.approx(0.993, abs=0.001)


def related(search: Search, slug: str, limit: int = 4) -> list[ArticleHit]:
    return list(search.related(ArticleRef("en", slug), limit))


def test_related_articles_are_the_nearest_in_the_same_language(centre: Centre) -> None:
    near = article("near", "refund again", title="refund again")
    opposite = article("opposite", "pairing again", title="pairing again")
    found = related(centre.of([*ALL, near, opposite]), "refund-en")
    assert found[0].ref == near.ref
    assert {hit.ref.lang for hit in found} == {"en"}
    assert ArticleRef("en", "refund-en") not in [hit.ref for hit in found]


def test_related_articles_keep_to_the_limit(centre: Centre) -> None:
    assert len(related(centre.of(), "refund-en", 2)) == 2


def test_related_articles_that_may_not_be_seen_are_not_shown(tmp_path: Path) -> None:
    bring_up_to_date(ENGLISH, COMPASS, tmp_path)
    search = Search(LiveIndex(tmp_path), COMPASS, lambda refs: {r for r in refs if r.slug == "parcel-en"}, 60_000)
    assert [hit.ref.slug for hit in related(search, "refund-en")] == ["parcel-en"]


def test_an_unknown_article_or_a_missing_index_has_no_related_ones(centre: Centre, tmp_path: Path) -> None:
    assert related(centre.of(), "nobody") == []
    assert related(Search(LiveIndex(tmp_path / "none"), COMPASS, everything), "refund-en") == []
