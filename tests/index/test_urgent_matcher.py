"""Which texts call for an urgent message: by words in every script, and by meaning."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import urgent
from index.deadline import Deadline
from index.embed.hashing import HashingEmbedder
from index.models import Degraded, SearchQuery, UrgentMatch, Verdict
from index.parts.language_centering import shipped_means
from index.protocols import Vectors
from index.query import danger_sentences
from index.query.danger_sentences import clauses, compared_by_meaning, runs, sentences
from index.query.harmless import harmless_questions, harmless_sentences, harmless_things, texts_in_all_scripts
from index.query.hints import LiveHints
from index.query.spelling import common_words
from index.query.urgent_matcher import Meaning, UrgentMatcher, _boundary, _trusted, decided
from index.query.urgent_words import UrgentWords, WordHit
from index.ranking import confidence
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from index.tools.urgent_check import check_urgent
from index.urgent import UrgentLook, UrgentSearch
from kb.lint import ContactForms, lint
from kb.models import ArticleRef
from kb.source.folder_reader import read_folder
from kb.source.search_hints import Hints
from kb.source.urgent_messages import UrgentEntry
from tests.index.builders import CountingEmbedder, article, everything


def entry(lang: str, name: str = "battery", **changes: Any) -> UrgentEntry:
    return UrgentEntry(name, lang, changes.pop("title", f"{name} {lang}"), "Call us.", **changes)


def hints(*entries: UrgentEntry) -> Hints:
    by_lang: dict[str, list[UrgentEntry]] = {}
    for one in entries:
        by_lang.setdefault(one.lang, []).append(one)
    return Hints(urgent={lang: tuple(some) for lang, some in by_lang.items()})


ALL = hints(
    entry("en", words=("smoking", "caught fire", "battery swollen", "smoke"), near_misses=("smoke grey", "fire tv")),
    entry("en", "injury", words=("electric shock", "on fire", "shocked me")),
    entry("tr", words=("duman çık*", "pil* şiş*", "patladı")),
    entry("zh-Hant", title="遠離電池", words=("冒煙", "電池 膨脹"), near_misses=("冒煙燻",)),
)


@pytest.mark.parametrize(
    ("text", "reader", "name"),
    [
        ("My case is SMOKING!", "en", "battery"),
        ("it has caught a small fire", "en", "battery"),
        ("swollen: the battery", "en", "battery"),
        ("the batteries are swollen", "en", "battery"),
        ("Hello,\nthank you for the earbuds.\nNow there is smoke. Order 104.", "en", "battery"),
        ("my battery is fine. my ankle is swollen.", "en", None),
        ("the battery of the one that I bought for my aunt last year is not swollen", "en", None),
        ("is there smoke grey", "en", None),
        ("my smoke grey one smokes", "en", "battery"),
        ("does it work with a Fire TV", "en", None),
        ("I got an electric shock", "en", "injury"),
        ("smoker's corner", "en", None),
        ("the sofa is on fire", "en", "injury"),
        ("is there a fire sale", "en", None),  # a small word counts where it stands beside one other
        ("a discount on your fire tablet", "en", None),
        ("the fire went on", "en", None),
        ("the plug has shocked me", "en", "injury"),
        ("shocking service", "en", None),
        ("Pilim şişmiş", "tr", "battery"),
        ("PİL ŞİŞTİ", "tr", "battery"),
        ("pil sisti", "tr", "battery"),
        ("şişe pil", "tr", "battery"),  # the author's star takes bottles too, as the docs say
        ("kutudan duman cikiyor", "tr", "battery"),
        ("pil ne kadar dayanır", "tr", None),
        ("我的充電盒在冒煙", "zh-Hant", "battery"),
        ("我的充电盒在冒烟", "zh-Hans", "battery"),
        ("冒煙", "en", "battery"),
        ("膨脹的電池", "zh-Hant", "battery"),
        ("電池可以用多久", "zh-Hant", None),
        ("冒煙燻口味", "zh-Hant", None),
        ("", "en", None),
        ("?!", "en", None),
    ],
)
def test_words_stand_together_in_a_sentence_whatever_their_ending(text: str, reader: str, name: str | None) -> None:
    found = UrgentMatcher().words.by_words(text, reader, reader, ALL)
    assert (found.match.name if found else None) == name


def test_words_count_for_readers_of_their_language_and_texts_in_it() -> None:
    matcher = UrgentMatcher()
    assert matcher.words.by_words("patladı", "tr", "en", ALL) is not None
    assert matcher.words.by_words("patladı", "en", "tr", ALL) is not None
    assert matcher.words.by_words("patladı", "en", "en", ALL) is None


@pytest.mark.parametrize(
    ("reader", "lang", "title"),
    [("tr", "tr", "battery tr"), ("zh-Hant", "zh-Hant", "遠離電池"), ("zh-Hans", "zh-Hans", "远离电池"),
     ("de", "en", "battery en"), ("tr-Latn", "tr", "battery tr")],
)  # fmt: skip
def test_the_message_is_in_the_readers_language_where_it_is_written(reader: str, lang: str, title: str) -> None:
    found = UrgentMatcher().words.by_words("it is smoking", "en", reader, ALL)
    assert found is not None
    assert (found.match.lang, found.match.title, found.match.why) == (lang, title, "words “smoking”")


@pytest.mark.parametrize(
    ("there", "default", "shown"),
    [("tr zh-Hant en", "zh-Hant", "zh-Hant"), ("tr zh-Hant en", "ko", "en"), ("tr zh-Hant", "ko", "tr"),
     ("tr zh-Hant", "zh-Hans", "zh-Hant"), ("tr zh-Hant de-Latn en", "tr", "de-Latn")],
)  # fmt: skip
@pytest.mark.parametrize("matched", ["tr", "zh-Hant"])
def test_who_has_none_of_its_languages_reads_that_of_the_site_then_english(
    there: str, default: str, shown: str, matched: str
) -> None:
    some = [entry(tag, words=("冒煙",) if tag == matched else ("xyzzy",)) for tag in there.split()]
    found = UrgentMatcher().words.by_words("冒煙", matched, "de", replace(hints(*some), default_lang=default))
    assert found is not None and found.match.title == f"battery {shown}"


def test_long_texts_are_cut_into_sentences_and_long_sentences_into_clauses() -> None:
    assert sentences("One. Two!\nThree") == ["One", "Two", "Three"]
    assert sentences("a, b") == ["a, b"]
    assert sentences("我三月買的耳機一直都很好用沒有問題，昨天晚上充電的時候開始冒煙") == [
        "我三月買的耳機一直都很好用沒有問題",
        "昨天晚上充電的時候開始冒煙",
    ]


NEAR = hints(
    entry("en", examples=("it glows in the dark night",), near_misses=("the display glows",)),
    entry("tr", "injury", examples=("elim acıyor çok fena",)),
)


def meaning(
    text: str, known: Hints = NEAR, lang: str = "en", matcher: UrgentMatcher | None = None
) -> UrgentMatch | None:
    """By a new matcher, which embeds all examples first, or by one that did."""
    embedder, matcher = HashingEmbedder(), matcher or UrgentMatcher()
    means = shipped_means(embedder.fingerprint, embedder.dimensions)
    vectors = np.stack(matcher.embedded(sentences(text), embedder))
    found = matcher.by_meaning(vectors, lang, lang, known, embedder, means)
    return found.match if found else None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("it glows in the dark night", "battery"),
        ("Thanks for all. it glows in the night dark. Bye.", "battery"),
        ("the display glows", None),
        ("where is my parcel", None),
        ("elim acıyor çok fena", "injury"),
    ],
)
def test_by_meaning_the_nearest_example_counts_unless_a_near_miss_is_as_near(text: str, name: str | None) -> None:
    found = meaning(text)
    assert (found.name if found else None) == name


def test_entries_without_examples_have_no_meaning() -> None:
    assert meaning("it is smoking", ALL) is None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kb" / "en").mkdir(parents=True)
    return tmp_path / "kb"


def write(folder: Path, words: str = "smoking", example: str = "it glows in the dark night") -> None:
    (folder / "en" / "_urgent.yml").write_text(
        f"- {{name: battery, title: Move away, text: Call us., words: [{words}], examples: [{example}]}}\n", "utf-8"
    )


def searching(folder: Path, tmp_path: Path, embedder: Any, *, index: bool = True) -> Search:
    if index:
        bring_up_to_date(
            [
                article("charging", "Charge it with the cable."),
                article("refund", key="refund"),
                article("refund", lang="tr", key="refund"),
            ],
            HashingEmbedder(),
            tmp_path / "index",
        )
    return Search(LiveIndex(tmp_path / "index"), embedder, everything, 60_000, hints=LiveHints(folder, check_seconds=0))


def titles(search: Search, text: str) -> str | None:
    found = search.search(SearchQuery(text, "en")).urgent
    return found.title if found else None


def test_what_was_found_stays_below_it(folder: Path, tmp_path: Path) -> None:
    without = searching(folder, tmp_path, HashingEmbedder()).search(SearchQuery("it smokes while charging", "en"))
    write(folder, "smokes")
    found = searching(folder, tmp_path, HashingEmbedder()).search(SearchQuery("it smokes while charging", "en"))
    assert found.urgent is not None and without.urgent is None
    assert (found.hits, found.verdict, found.confidence) == (without.hits, without.verdict, without.confidence)


def test_a_change_of_the_file_counts_at_once_also_for_answers_that_are_kept(folder: Path, tmp_path: Path) -> None:
    search = searching(folder, tmp_path, HashingEmbedder())
    assert titles(search, "the case is smoking") is None
    write(folder)
    assert titles(search, "the case is smoking") == "Move away"
    write(folder, "swallowed")
    assert titles(search, "the case is smoking") is None


def test_without_a_model_words_alone_count(folder: Path, tmp_path: Path) -> None:
    write(folder)
    search = searching(folder, tmp_path, None)
    assert titles(search, "it is smoking") == "Move away"
    assert titles(search, "it glows in the dark night") is None


def test_without_an_index_too(folder: Path, tmp_path: Path) -> None:
    write(folder)
    search = searching(folder, tmp_path, HashingEmbedder(), index=False)
    assert titles(search, "it is smoking") == "Move away"
    assert titles(search, "it glows in the dark night") == "Move away"


def test_a_misspelt_word_is_put_right_first(folder: Path, tmp_path: Path) -> None:
    write(folder, "cable melting", "it glows")
    assert titles(searching(folder, tmp_path, None), "the cabel is melting") == "Move away"


def test_a_question_is_embedded_once(folder: Path, tmp_path: Path) -> None:
    write(folder)
    embedder = CountingEmbedder(HashingEmbedder())
    search = searching(folder, tmp_path, embedder)
    titles(search, "where is my refund")
    everyday = set(texts_in_all_scripts())  # this model has no vectors of them
    assert sorted(set(embedder.queries) - everyday) == ["it glows in the dark night", "where is my refund"]
    shipped = (*harmless_sentences(), *harmless_questions(), *harmless_things())
    english = {text for lang, text in shipped if lang == "en"}  # those of the languages of the examples
    assert len(embedder.queries) == len(set(embedder.queries)) and set(embedder.queries) & everyday == english
    seen = len(embedder.queries)
    titles(search, "how do I charg")  # a word that is only begun
    assert len(embedder.queries) == seen + 1
    titles(search, "hello, where the hell is my parcel please")  # what is said around it is not searched
    assert len(embedder.queries) == seen + 2
    titles(search, "does it run at 2.4GHz")  # searched as 2.4 GHz
    assert len(embedder.queries) == seen + 3


def test_a_request_that_is_sent_waits_some_seconds_for_its_meaning_and_examples_are_embedded_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    class Busy(CountingEmbedder):
        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            go_on.wait(30)
            return super().encode_queries(texts)

    write(folder)
    search = searching(folder, tmp_path, embedder := Busy(HashingEmbedder()))
    monkeypatch.setattr(urgent, "_REQUEST_SECONDS", 0.01)
    assert [search.urgent("it glows in the dark night", "en") for _ in range(4)] == [None] * 4
    by_words = search.urgent("it is smoking", "en")
    assert by_words is not None
    go_on.set()
    monkeypatch.setattr(urgent, "_REQUEST_SECONDS", 30.0)
    assert search.urgent("is it dark. it glows in the dark night", "en") is not None
    assert embedder.queries.count("it glows in the dark night") <= 5  # four questions and the one example
    everyday = next(text for lang, text in harmless_sentences() if lang == "en")
    assert embedder.queries.count(everyday) == 1


class Slow(CountingEmbedder):
    """Takes some seconds for what it embeds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(HashingEmbedder())
        self.seconds = seconds

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        time.sleep(self.seconds)
        return super().encode_queries(texts)


def test_danger_is_looked_for_however_long_the_search_took(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(urgent, "_SEARCH_SECONDS", 30.0)
    write(folder)
    search = searching(folder, tmp_path, Slow(0.2))
    search._deadline = search._urgent._deadline = Deadline(100)
    found = search.search(SearchQuery("it glows in the dark night", "en"))
    assert found.urgent is not None and found.degraded is Degraded.DEADLINE


def test_where_danger_was_not_compared_in_time_the_result_says_so(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder)
    search = searching(folder, tmp_path, HashingEmbedder())
    query = SearchQuery("it glows in the dark night", "en")
    monkeypatch.setattr(UrgentSearch, "by_meaning", lambda *_: time.sleep(0.5))
    monkeypatch.setattr(urgent, "_SEARCH_SECONDS", 0.01)
    search._urgent._deadline = Deadline(10)
    late = search.search(query)
    assert (late.urgent, late.degraded) == (None, Degraded.DEADLINE)
    monkeypatch.undo()
    monkeypatch.setattr(urgent, "_SEARCH_SECONDS", 30.0)
    again = search.search(query)
    assert again.urgent is not None and again.degraded is None
    assert [hit.ref for hit in again.hits] == [hit.ref for hit in late.hits]


def test_examples_and_tables_are_there_before_the_first_search(folder: Path, tmp_path: Path) -> None:
    write(folder)
    search = searching(folder, tmp_path, counting := CountingEmbedder(HashingEmbedder()))
    common_words.cache_clear()
    search.prepare()
    assert "it glows in the dark night" in counting.queries and common_words.cache_info().currsize == 1


def test_without_the_file_nothing_is_looked_at(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search = searching(folder, tmp_path, HashingEmbedder())
    monkeypatch.setattr(UrgentSearch, "by_meaning", None)
    monkeypatch.setattr(UrgentWords, "by_words", None)
    assert titles(search, "it is smoking") is None


def test_what_examples_have_in_common_counts_beside_the_nearest_one() -> None:
    generator = np.random.default_rng(7)

    def texts(danger: float) -> np.ndarray:
        found = generator.normal(0, 1, (60, 16))
        found[:, 0] = danger
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    examples, near_misses = texts(2.0), texts(-2.0)
    boundary = _trusted(examples, near_misses) * _boundary(examples, near_misses)
    assert (texts(2.0) @ boundary[:-1] + boundary[-1] > 0).all()
    assert (texts(-2.0) @ boundary[:-1] + boundary[-1] < 0).all()
    few = _trusted(examples[:2], near_misses) * _boundary(examples[:2], near_misses)
    assert np.linalg.norm(few[:-1]) < np.linalg.norm(boundary[:-1]) / 3, "two examples have little in common"
    assert not _boundary(examples, near_misses[:0]).any() and not _boundary(examples[:0], near_misses).any()


def test_lint_names_examples_phrases_and_near_misses_that_do_not_do_what_they_should() -> None:
    phrases = hints(entry("en", words=("it me", "smoke"), near_misses=("there is smoke outside",)))
    assert [f.code for f in check_urgent(phrases, None)] == ["urgent-words"]
    examples = hints(
        entry("en", words=("smoke",)),
        entry("en", "injury", examples=("smoke in my eyes", "my eyes water"), near_misses=("eyes water, my",)),
    )
    assert [f.code for f in check_urgent(examples, HashingEmbedder())] == ["urgent-example", "urgent-near-miss"]
    assert list(check_urgent(ALL, HashingEmbedder())) == []
    words = hints(entry("en", words=("smoke",)), entry("en", "injury", examples=("smoke in my eyes", "it hurts")))
    assert [f.code for f in check_urgent(words, None)] == ["urgent-example"], "words say that much without a model"


def test_lint_names_languages_of_the_site_in_which_nothing_is_written_of_danger() -> None:
    told = [(f.code, f.message) for f in check_urgent(ALL, None, ("en", "tr", "zh-Hans", "de", "fr"))]
    assert [code for code, _ in told] == ["urgent-untold"] and "de, fr" in told[0][1] and "zh" not in told[0][1]
    assert list(check_urgent(ALL, None, ("en-GB", "zh-Hant"))) == [] == list(check_urgent(Hints(), None, ("de",)))


_WRONG = """
- name: battery
  title: Move away
  text: Call us.
  article: none
  channel: sms
  team: nobody
  words:
    - smoke
    - it me
  not:
    - smoke grey
    - >-
      it really
      smokes
    - it smokes
- name: injury
  title: Get help
  text: Call us.
  examples:
    - it hurts
    - smoke in my eyes
  not: [it hurts]
"""


def test_lint_names_the_line_of_the_text_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "_urgent.yml").write_text(_WRONG, "utf-8")
    reading = read_folder(tmp_path, "en")
    forms = ContactForms("", {}, channels=frozenset({"phone"}), teams=frozenset({"default"}))
    found = [*lint(reading, date(2026, 11, 23), forms=forms), *check_urgent(reading.hints, HashingEmbedder())]
    lines = _WRONG.splitlines()
    told = {(f.code, lines[f.line - 1].strip(" -")) for f in found if f.code != "no-articles"}
    assert told == {
        ("urgent-article", "article: none"), ("urgent-channel", "channel: sms"), ("urgent-team", "team: nobody"),
        ("urgent-words", "it me"), ("urgent-both", "not: [it hurts]"), ("urgent-example", "smoke in my eyes"),
        ("urgent-channel", "name: injury"), ("urgent-near-miss", "not: [it hurts]"),
        ("urgent-hides", ">"), ("urgent-hides", "it smokes"),
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "tr", "zh-Hant", "zh-Hans"])
def test_everyday_sentences_raise_nothing_whatever_authors_wrote(lang: str) -> None:
    known = hints(
        entry("en", examples=("it is hot", "it is broken and it smokes")),
        entry("tr", examples=("yandı",)),
        entry("zh-Hant", examples=("冒煙了",)),
    )
    own = [text for tag, text in harmless_sentences() if tag == lang]
    assert len(own) >= 60 and len(set(own)) == len(own)
    matcher = UrgentMatcher()
    assert [text for text in own if meaning(text, known, lang, matcher) is not None] == []


def test_an_everyday_sentence_that_an_author_counts_as_danger_is_danger() -> None:
    text = "The delivery was stolen from my doorstep"
    assert text in {own for _, own in harmless_sentences()}
    assert meaning(text, hints(entry("en", examples=(text,)))) is not None
    nearly = "The delivery was stolen from the doorstep"
    assert meaning(nearly, hints(entry("en", examples=(text,)))) is not None
    assert meaning(nearly, hints(entry("en", examples=("it smokes",)))) is None


def test_a_text_clearly_nearer_to_a_near_miss_raises_nothing_however_much_the_boundary_says() -> None:
    examples = tuple(f"smoke flames fire {word}" for word in ("case", "cable", "charger", "battery", "bud", "plug"))
    known = hints(entry("en", examples=examples, near_misses=("smoke flames fire grey colour name", "delivery time")))
    assert meaning("smoke flames fire lid", known) is not None
    assert meaning("smoke flames fire grey colour name", known) is None
    assert meaning("smoke flames fire grey colour", known) is None


def test_words_of_danger_need_a_little_meaning_besides_where_there_is_a_model() -> None:
    match = UrgentMatch("battery", "en", "Move away", "", None, "urgent", "", "words “on fire”")
    other = UrgentMatch("injury", "en", "Get help", "", None, "urgent", "", "meaning")
    in_a_sentence, alone = WordHit(match, certain=False), WordHit(match, certain=True)
    assert decided(in_a_sentence, None) is match  # no model, or no time
    assert decided(in_a_sentence, Meaning(0.4)) is match
    assert decided(in_a_sentence, Meaning(-0.4)) is None
    assert decided(in_a_sentence, Meaning(0.9, other)) is match
    assert decided(alone, Meaning(-0.4)) is match
    assert decided(None, Meaning(0.9, other)) is other
    assert decided(None, None) is None


@pytest.mark.parametrize(
    ("text", "lang", "alone"),
    [("smoking!", "en", True), ("it is smoking", "en", True), ("the smoking sale", "en", False),
     ("the case is on fire", "en", False), ("It is on fire", "en", True), ("pil şişti", "tr", True),
     ("冒煙了", "zh-Hant", True), ("電池膨脹", "zh-Hant", True), ("氣到冒煙", "zh-Hant", False)],
)  # fmt: skip
def test_a_sentence_of_nothing_but_the_phrase_is_known_from_others(text: str, lang: str, alone: bool) -> None:
    enough = tuple(f"example {n}" for n in range(8))
    told = hints(*(replace(one, examples=enough) for some in ALL.urgent.values() for one in some))
    found = UrgentMatcher().words.by_words(text, lang, lang, told)
    assert found is not None and found.certain is alone
    few = UrgentMatcher().words.by_words(text, lang, lang, ALL)
    assert few is not None and few.certain  # without examples nothing says what danger means


def with_an_article(folder: Path, slug: str) -> None:
    (folder / "en" / "_urgent.yml").write_text(
        f"- {{name: battery, title: Move away, text: Call us., words: [smoking], article: {slug}}}\n", "utf-8"
    )


@pytest.mark.parametrize("text", ["charging with the cable is smoking", "charge it with the cable, it is smoking"])
def test_the_article_of_the_message_stands_first_and_nothing_else_changes(
    folder: Path, tmp_path: Path, text: str
) -> None:
    write(folder, "nothing of it")
    before = searching(folder, tmp_path, HashingEmbedder()).search(SearchQuery(text, "en"))
    assert before.urgent is None and before.hits[0].ref.slug == "charging"
    with_an_article(folder, "refund")
    after = searching(folder, tmp_path, HashingEmbedder()).search(SearchQuery(text, "en"))
    assert [hit.ref.slug for hit in after.hits] == ["refund", "charging"]
    assert (after.confidence, after.first_confidence) == (before.confidence, before.first_confidence)
    assert after.verdict is (Verdict.SUGGEST if before.verdict is Verdict.ANSWER else before.verdict)
    assert after.hits[1:] == tuple(hit for hit in before.hits if hit.ref.slug != "refund")
    assert before.plausible <= after.plausible <= len(after.hits)


def test_an_article_that_was_not_found_is_put_before_what_was_and_the_page_is_no_longer(
    folder: Path, tmp_path: Path
) -> None:
    with_an_article(folder, "refund")
    search = searching(folder, tmp_path, HashingEmbedder())
    found = search.search(SearchQuery("charging smoking", "en", limit=1))
    assert [hit.ref.slug for hit in found.hits] == ["refund"]
    assert found.hits[0].passage
    assert search.search(SearchQuery("charging smoking", "en", category="none")).hits == ()


class Guess:
    """Danger in every text, by meaning alone or by words, with this article."""

    def __init__(self, *, meant: bool) -> None:
        self.meant = meant

    def look(self, text: str, *_asked: object, **_how: object) -> UrgentLook:
        ref = ArticleRef("en", "refund")
        return UrgentLook(UrgentMatch("b", "en", "Away", "Call", ref, "urgent", "", "", meant=self.meant))


@pytest.mark.parametrize(
    ("meant", "verdict", "order"),
    [
        (True, Verdict.ANSWER, ["charging", "refund"]),
        (True, Verdict.SUGGEST, ["charging", "refund"]),
        (True, Verdict.ASK_HUMAN, ["refund", "charging"]),
        (False, Verdict.ANSWER, ["refund", "charging"]),
    ],
)
def test_danger_that_is_guessed_takes_no_best_answer_away(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meant: bool, verdict: Verdict, order: list[str]
) -> None:
    with_an_article(folder, "refund")
    search = searching(folder, tmp_path, HashingEmbedder())
    monkeypatch.setattr(confidence, "verdict", lambda *_, **__: verdict)
    monkeypatch.setattr(search, "_urgent", Guess(meant=meant))
    found = search.search(SearchQuery("charge with the cable", "en"))
    assert found.urgent is not None and [hit.ref.slug for hit in found.hits] == order
    kept = verdict is not Verdict.ANSWER or meant
    assert found.verdict is (verdict if kept else Verdict.SUGGEST)


@pytest.mark.parametrize(("reader", "first"), [("en", "en"), ("tr", "tr"), ("he", "en"), ("ar", "en")])
def test_who_reads_no_language_of_the_message_has_its_article_first_too(
    folder: Path, tmp_path: Path, reader: str, first: str
) -> None:
    with_an_article(folder, "refund")
    search = searching(folder, tmp_path, HashingEmbedder())
    for text in ("charging smoking", "it is smoking"):
        hits = search.search(SearchQuery(text, reader)).hits
        assert (hits[0].ref.slug, hits[0].ref.lang) == ("refund", first), text


@pytest.mark.parametrize(("slug", "shown"), [("gone", True), ("refund", False)])
def test_an_article_that_cannot_be_read_now_is_not_put_first(
    folder: Path, tmp_path: Path, slug: str, shown: bool
) -> None:
    with_an_article(folder, slug)
    search = searching(folder, tmp_path, HashingEmbedder())
    if not shown:
        search._visible = lambda refs: {ref for ref in refs if ref.slug != slug}
    found = search.search(SearchQuery("charging smoking", "en"))
    assert found.urgent is not None
    assert found.hits[0].ref.slug == "charging"


WHERE = ("here", "now", "again", "badly", "still", "today", "alone", "outside")
ENOUGH = tuple(f"the case is smoking {word}" for word in WHERE)
RUNS = {
    "en": (
        "hello I bought the earbuds in march and used them every day ",
        " and now I want to know how long a refund takes",
    ),
    "tr": (
        "merhaba kulaklığı mart ayında aldım ve her gün kullandım ",
        " ve şimdi paramı ne zaman alacağımı öğrenmek istiyorum",
    ),
    "zh-Hant": ("你好我三月在你們網站上買了耳機一直用到現在", "所以我想請問要怎麼申請退貨退款還有需要多久時間"),
    "zh-Hans": ("你好 我三月在你们网站上买了耳机一直用到现在 ", " 所以我想请问要怎么申请退货退款 还有需要多久时间"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "danger"),
    [("en", "the case is smoking"), ("en", "it was swollen the battery"), ("en", "the sofa is on fire"),
     ("tr", "kutudan duman çıktı"), ("tr", "pilim çok şişti"), ("zh-Hant", "充電盒冒煙了"), ("zh-Hant", "膨脹的電池"),
     ("zh-Hans", "充电盒冒烟了")],
)  # fmt: skip
def test_what_stands_around_a_phrase_is_a_few_words_of_a_run_however_long(lang: str, danger: str) -> None:
    told = hints(*(replace(one, examples=ENOUGH) for some in ALL.urgent.values() for one in some))
    before, after = RUNS[lang]
    found = UrgentMatcher().words.by_words(before * 3 + danger + after * 3, lang, lang, told)
    assert found is not None and not found.certain
    alone = UrgentMatcher().words.by_words(danger, lang, lang, told)
    assert alone is not None and found.match.why == alone.match.why
    assert found.around and all(len(text) < len(danger) + len(before) for text in found.around)
    assert any(UrgentMatcher().words.by_words(text, lang, lang, told) for text in found.around)


def test_of_texts_far_apart_each_has_what_stands_around_it() -> None:
    told = hints(entry("zh-Hant", words=("電池 膨脹",), examples=ENOUGH))
    found = UrgentMatcher().words.by_words(
        "這顆電池是三月的時候在你們網站上買的耳機裡面的現在膨脹了", "zh-Hant", "zh-Hant", told
    )
    assert found is not None and [len(text) for text in found.around] == [8, 7]


def write_enough(folder: Path) -> None:
    (folder / "en" / "_urgent.yml").write_text(
        "- name: battery\n  title: Move away\n  text: Call us.\n  words: [smoking]\n  examples:\n"
        + "".join(f"    - {one}\n" for one in ENOUGH)
        + f"  not: [{RUNS['en'][0]}, {RUNS['en'][1]}]\n",
        "utf-8",
    )


def test_harmless_text_around_a_phrase_does_not_cancel_it(folder: Path, tmp_path: Path) -> None:
    write_enough(folder)
    search = searching(folder, tmp_path, HashingEmbedder())
    before, after = RUNS["en"]
    run = f"{before * 4}the case is smoking{after * 4}"
    told = search._current_hints()
    hit = UrgentMatcher().words.by_words(run, "en", "en", told)
    assert hit is not None
    whole = search._urgent.by_meaning(run, "en", "en", told, replace(hit, around=()))
    assert whole is not None and whole.score < 0.05 and whole.match is None, "the run as a whole means nothing"
    assert titles(search, run) == "Move away"
    # Nor do sentences, of which only some are compared.
    harmless = "Where is my parcel? " * 20
    assert titles(search, f"{harmless}I think the case is smoking. {harmless}") == "Move away"


def test_of_a_long_sentence_far_from_danger_nothing_is_embedded_but_itself(folder: Path, tmp_path: Path) -> None:
    write_enough(folder)
    search = searching(folder, tmp_path, embedder := CountingEmbedder(HashingEmbedder()))
    search.prepare()
    seen = len(embedder.queries)
    assert search.urgent(RUNS["en"][0] + RUNS["en"][1], "en") is None
    assert clauses([RUNS["en"][0] + RUNS["en"][1]], "en")
    assert len(embedder.queries) == seen + 1, "its clauses are not"
    seen = len(embedder.queries) - 1
    assert search.urgent(RUNS["en"][0] * 4 + "the case is smoking" + RUNS["en"][1] * 4, "en") is not None
    assert len(embedder.queries) == seen + 3, "the run, and what stands around the phrase"
    search.urgent(" and ".join(f"{word} was smoking while I sat in the garden" for word in ENOUGH) * 40, "en")
    assert len(embedder.queries) <= seen + 3 + 1 + 8


FILLER = "I bought the earbuds in your shop in March and use them for work. "


@pytest.mark.parametrize("before", [0, 9_105, 10_435, 19_800, 60_000])
def test_what_stands_at_the_end_of_a_long_message_is_looked_at(folder: Path, tmp_path: Path, before: int) -> None:
    write(folder)
    search = searching(folder, tmp_path, HashingEmbedder())
    filler = (FILLER * (before // len(FILLER) + 1))[:before] + "\n"
    for danger in ("Yesterday it was smoking.", "it glows in the dark night."):
        text = filler + danger
        found = search.urgent(text, "en")
        assert found is not None, danger
        assert sentences(text)[found.sentence] in danger
    assert search.urgent_at_once(filler + "Yesterday it was smoking.", "en") is not None
    assert search.urgent_at_once(f"{FILLER[:60] * 15}\nYesterday it was smoking.\n{filler}", "en") is not None


def test_words_are_looked_for_in_all_of_what_the_form_takes(folder: Path, tmp_path: Path) -> None:
    write(folder)
    search = searching(folder, tmp_path, None)
    half = (FILLER * 200)[:9_980]
    assert search.urgent(f"{half}\nYesterday it was smoking.\n{half}", "en") is not None


def test_a_message_is_compared_by_its_beginning_and_its_end() -> None:
    text = " ".join(f"This is sentence number {n}." for n in range(500))
    compared = compared_by_meaning(text)
    numbers = [number for number, _, _ in compared]
    assert len(numbers) == 24 and numbers[0] == 0 and numbers[-1] == len(sentences(text)) - 1
    assert [sentences(text)[number] for number in numbers] == [sentence for _, sentence, _ in compared]
    assert len(sentences("a. " * 1_000_000)) <= 24_000 // 3
    assert [number for number, _, _ in compared_by_meaning("One. Two. Three")] == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("it is smokking", True), ("the batery is swolen", True), ("SWOLEN BATTERY", True), ("Smokking!", True),
        ("Hello. Smokking", True), ("an electrik shock", True),
        ("it is stroking", False), ("it is mocking", False),  # words of their own
        ("ask Smokking for it", False),  # a name
        ("it is smokkking", False),  # two letters
        ("my shck is electric", False),  # shorter than what is compared
    ],
)  # fmt: skip
def test_a_word_of_danger_may_be_misspelt_by_a_letter(folder: Path, tmp_path: Path, text: str, danger: bool) -> None:
    write(folder)
    (folder / "en" / "_urgent.yml").write_text(
        "- {name: battery, title: Away, text: Call us., words: [smoking, battery swollen, electric shock]}\n",
        "utf-8",
    )
    search = searching(folder, tmp_path, None)
    assert (search.urgent(text, "en") is not None) is danger
    assert (search.urgent_at_once(text, "en") is not None) is danger
    assert (search.urgent(text, "tr") is not None) is danger, "on a page in Turkish"


def test_a_long_sentence_is_compared_by_its_runs_where_no_author_wrote_words(folder: Path, tmp_path: Path) -> None:
    write_enough(folder)
    search = searching(folder, tmp_path, embedder := CountingEmbedder(HashingEmbedder()))
    search.prepare()
    seen = len(embedder.queries)
    long = " ".join(f"слово{number}" for number in range(30))
    search.urgent(long, "ru")
    compared = embedder.queries[seen:]
    assert len(compared) > 10 and all(any(word in run for run in compared[1:]) for word in long.split())
    seen = len(embedder.queries)
    search.urgent(" ".join([long.replace("слово", letter) for letter in "абвгдежзик"]), "ru")
    assert len(embedder.queries) - seen <= 1 + 48
    assert runs(["short text"]) == [] and len({number for number, _ in runs([long, "x", long])}) == 2
    assert all(len(run) == 10 for _, run in runs(["ケースから煙が出ていて子どもたちが心配でどうしたらいいか"])[:-1])
    assert all(len(run) == 20 for _, run in runs(["มีควันออกมาจากกล่องและฉันกลัวว่าลูกของฉันจะเป็นอันตราย"])[:-1])


# What a phrase is made of, far from its other half; what hides, is starred, stands side by side; and what is none.
HOSTILE = (
    "battery ", "battery swollen ", "battery\nswollen ", "pil ", "pil şiş ", "on ", "on fire ", "smoke grey ",
    "電池", "電池膨脹", "the case is smoking. ", "w ",
)  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "tr", "zh-Hant"])
def test_time_by_words_grows_as_the_text_does(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.contracts.test_growth import too_steep

    told = hints(*(replace(one, examples=ENOUGH) for some in ALL.urgent.values() for one in some))
    matcher = UrgentMatcher()
    monkeypatch.setattr(danger_sentences, "MOST_CHARACTERS", 1_000_000)  # what is cut does not grow
    other_half = str.maketrans({"b": "swollen b", "p": "şiş p", "o": "fire o", "電": "膨"})

    def reader(text: str) -> None:
        # Its halves apart: nothing of the one is near what it needs of the other.
        half = len(text) // 2
        matcher.words.by_words(text[:half] + text[half:].translate(other_half), lang, lang, told)
        matcher.words.by_words(text, lang, lang, told)

    assert too_steep(reader, 2_000, units=HOSTILE) == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [("it leaked my address", True), ("sound leaked, my wife heard it", False), ("leaked (my fault)", False),
     ("leaked: my address", False), ("so, leaked my address", True), ("3,5 mm leaked my data", True)],
)  # fmt: skip
def test_small_words_stand_beside_others_of_their_clause_only(text: str, found: bool) -> None:
    told = hints(entry("en", "data", words=("leaked my",)))
    assert (UrgentMatcher().words.by_words(text, "en", "en", told) is not None) is found


def test_a_figure_of_speech_is_danger_only_where_the_text_means_that_as_well() -> None:
    told = hints(entry("en", words=("exploded", "smoke"), examples=ENOUGH))
    matcher = UrgentMatcher()
    figure = matcher.words.by_words("the price has exploded again", "en", "en", told)
    assert figure is not None and figure.figure and not figure.certain
    assert decided(figure, None) is figure.match, "without a model words decide"
    assert decided(figure, Meaning(0.5)) is None
    assert decided(figure, Meaning(0.9, figure.match)) is figure.match
    for text in ("the price has exploded and so did my case", "price aside the case has exploded", "it exploded"):
        other = matcher.words.by_words(text, "en", "en", told)
        assert other is not None and not other.figure, text
    few = matcher.words.by_words("the price has exploded again", "en", "en", hints(entry("en", words=("exploded",))))
    assert few is not None and few.certain, "few examples say little of what danger means"


@pytest.mark.parametrize(
    ("text", "lang", "found"),
    [
        ("what if the battery dies in winter", "en", False), ("the smoked trout arrived", "en", False),
        ("a life hack please", "en", False), ("the battery died and my dog is dying", "en", True),
        ("my dog is dying from the battery", "en", True), ("the case smoked", "en", True),
        ("we smoked and hacked", "en", True),
        ("pili ölüyor hemen", "tr", False), ("köpeğim ölüyor", "tr", True),
    ],
)  # fmt: skip
def test_words_of_a_figure_that_stand_side_by_side_are_none_of_danger(text: str, lang: str, found: bool) -> None:
    told = hints(entry("en", words=("dying", "smoked", "hacked")), entry("tr", words=("ölüyor",)))
    assert (UrgentMatcher().words.by_words(text, lang, lang, told) is not None) is found


def test_an_author_who_lists_a_figure_of_speech_hears_it() -> None:
    told = hints(entry("en", words=("battery died", "dying")))
    assert UrgentMatcher().words.by_words("the battery died at sea", "en", "en", told) is not None
