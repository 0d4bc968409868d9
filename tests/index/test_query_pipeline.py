"""What a question insists on, what was misspelt, and what authors said, through the whole pipeline."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index.models import SearchQuery, SearchResult, Verdict
from index.protocols import Embedder
from index.query.hints import LiveHints
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from kb.models import Article
from tests.index.builders import BrokenEmbedder, CompassEmbedder, article, everything

COMPASS = CompassEmbedder({"refund": 90, "iade": 90, "parcel": 180, "kargo": 180, "pairing": 270, "cans": 0})
ARTICLES = [
    article("refund-en", "A refund takes five days. Error E-17.", key="refund", title="Refund"),
    article("parcel-en", "The parcel is late. Choose Track parcel.", key="parcel", title="Parcel"),
    article("pairing-en", "Model WH-1000XM4, pairing. Headphones.", key="pairing", title="Pairing"),
    article("warranty-en", "The warranty of WH 800 N2 headphones.", key="warranty", title="Warranty"),
    article("refund-tr", "İade beş gün sürer. Hata E-17.", lang="tr", key="refund", title="İade"),
    article("parcel-tr", "Kargo gecikti.", lang="tr", key="parcel", title="Kargo"),
]
CALIBRATION = (
    '{"compass": {"weights": {"cosine": 10.0, "coverage": 4.0}, "bias": -7.0, "suggest_from": 0.3, "answer_from": 0.9,'
    ' "first": {"weights": {"cosine_first": 10.0, "coverage_first": 4.0}, "bias": -7.0, "answer_from": 0.9}}}'
)


class Asking:
    """A search over a few articles, with hints an author can write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hints = LiveHints(folder / "kb", check_seconds=0)
        self.changes = 0

    def of(self, articles: Sequence[Article] = ARTICLES, embedder: Embedder | None = COMPASS) -> Search:
        bring_up_to_date(articles, COMPASS, self.folder / "index")
        (self.folder / "calibration.json").write_text(CALIBRATION)
        live = LiveIndex(self.folder / "index")
        return Search(live, embedder, everything, 60_000, self.folder / "calibration.json", self.hints)

    def write(self, name: str, text: str) -> None:
        file = self.folder / "kb" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.changes += 1000
        os.utime(file, (self.changes, self.changes))


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    return Asking(tmp_path)


def slugs(result: SearchResult) -> list[str]:
    return [hit.ref.slug for hit in result.hits]


def test_only_articles_with_the_phrase_are_found(asking: Asking) -> None:
    result = asking.of().search(SearchQuery('refund "track parcel"', "en"))
    assert (slugs(result), result.unmatched) == (["parcel-en"], ())


def test_a_phrase_is_found_in_the_language_it_stands_in(asking: Asking) -> None:
    result = asking.of().search(SearchQuery('"five days"', "tr"))
    assert [hit.ref.lang for hit in result.hits] == ["en"]


def test_a_phrase_nobody_wrote_is_named_and_not_insisted_on(asking: Asking) -> None:
    result = asking.of().search(SearchQuery('"refund takes ages"', "en"))
    assert (slugs(result)[0], result.unmatched) == ("refund-en", ("refund takes ages",))
    assert result.verdict is not Verdict.ANSWER


def test_of_two_phrases_that_exclude_each_other_the_first_counts(asking: Asking) -> None:
    result = asking.of().search(SearchQuery('"five days" "track parcel"', "en"))
    assert (slugs(result), result.unmatched) == (["refund-en"], ("track parcel",))


def test_an_excluded_word_takes_its_articles_out_in_every_language(asking: Asking) -> None:
    result = asking.of().search(SearchQuery("headphones -refund", "tr"))
    assert {hit.key for hit in result.hits} == {"parcel", "pairing", "warranty"}


def test_excluding_everything_leaves_nothing_and_a_person(asking: Asking) -> None:
    result = asking.of(ARTICLES[:1]).search(SearchQuery("days -refund", "en"))
    assert (result.hits, result.verdict) == ((), Verdict.ASK_HUMAN)


@pytest.mark.parametrize("typed", ["WH-1000XM4", "wh1000xm4", "WH 1000 XM4", "wh-1000-xm4"])
def test_a_part_number_is_found_however_it_is_joined(typed: str, asking: Asking) -> None:
    result = asking.of().search(SearchQuery(typed, "en"))
    assert (slugs(result)[0], result.unmatched) == ("pairing-en", ())
    assert result.verdict is not Verdict.ASK_HUMAN


def test_a_part_number_that_articles_write_in_parts_is_found_too(asking: Asking) -> None:
    result = asking.of().search(SearchQuery("WH-800N2", "en"))
    assert (slugs(result)[0], result.unmatched) == ("warranty-en", ())


def test_of_two_articles_alike_the_one_with_the_code_goes_first(asking: Asking) -> None:
    twin = article("a-twin", "A refund takes five days. The bank.", title="Refund")
    found = asking.of([*ARTICLES, twin]).search(SearchQuery("refund E-17 bank", "en"))
    assert slugs(found)[:2] == ["refund-en", "a-twin"]


def test_a_code_nobody_wrote_about_is_for_a_person(asking: Asking) -> None:
    result = asking.of().search(SearchQuery("E-18", "en"))
    assert (result.verdict, result.unmatched) == (Verdict.ASK_HUMAN, ("E-18",))


def test_a_question_with_a_code_nobody_wrote_about_is_never_answered_outright(asking: Asking) -> None:
    known = asking.of().search(SearchQuery("refund five days", "en"))
    unknown = asking.of().search(SearchQuery("refund five days E-18", "en"))
    assert known.verdict is Verdict.ANSWER
    assert (unknown.verdict, slugs(unknown)[0]) == (Verdict.SUGGEST, "refund-en")


def test_a_code_in_a_hidden_article_only_is_unknown(tmp_path: Path) -> None:
    bring_up_to_date(ARTICLES, COMPASS, tmp_path)
    search = Search(LiveIndex(tmp_path), COMPASS, lambda refs: {r for r in refs if not r.slug.startswith("pairing")})
    assert search.search(SearchQuery("WH-1000XM4", "en")).unmatched == ("WH-1000XM4",)


def test_a_misspelt_question_is_answered_for_what_it_means(asking: Asking) -> None:
    result = asking.of().search(SearchQuery("refnd", "en"))
    assert (result.query, result.did_you_mean, result.corrected) == ("refnd", "refund", True)
    assert slugs(result)[0] == "refund-en"


def test_a_misspelt_word_beside_good_results_is_only_proposed(asking: Asking) -> None:
    result = asking.of().search(SearchQuery("refund takes five days warrnty", "en"))
    assert (result.did_you_mean, result.corrected) == ("refund takes five days warranty", False)


def test_as_typed_leaves_misspelt_words_alone(asking: Asking) -> None:
    result = asking.of().search(SearchQuery("refnd", "en", as_typed=True))
    assert (result.did_you_mean, result.corrected) == (None, False)


def test_without_a_model_misspelt_words_are_put_right_too(asking: Asking) -> None:
    result = asking.of(embedder=BrokenEmbedder("compass")).search(SearchQuery("refnd", "en"))
    assert (slugs(result)[0], result.corrected) == ("refund-en", True)


def test_a_language_filter_keeps_to_it_whatever_the_readers(asking: Asking) -> None:
    result = asking.of().search(SearchQuery("refund", "en", language="tr"))
    assert sorted(slugs(result)) == ["parcel-tr", "refund-tr"]


def test_filters_work_together(asking: Asking) -> None:
    some = [replace(a, category="money" if a.key == "refund" else "other", audience="business") for a in ARTICLES]
    query = SearchQuery("anything", "en", category="money", audience="business", language="tr")
    assert slugs(asking.of(some).search(query)) == ["refund-tr"]


def test_a_reader_whose_language_has_nothing_gets_another_rather_than_nothing(asking: Asking) -> None:
    result = asking.of().search(SearchQuery("pairing", "tr"))
    assert (result.hits[0].ref.slug, result.hits[0].ref.lang) == ("pairing-en", "en")


def test_a_synonym_counts_from_the_moment_it_is_written(asking: Asking) -> None:
    search = asking.of()
    before = search.search(SearchQuery("my zorks", "en"))
    asking.write("en/_synonyms.yml", "- {typed: zorks, means: refund}\n")
    after = search.search(SearchQuery("my zorks", "en"))
    assert (slugs(before)[0] == "refund-en", slugs(after)[0]) == (False, "refund-en")


def test_a_synonym_is_highlighted(asking: Asking) -> None:
    asking.write("en/_synonyms.yml", "- {typed: zorks, means: headphones}\n")
    hits = asking.of().search(SearchQuery("pairing zorks", "en")).hits
    first = next(hit for hit in hits if hit.ref.slug == "pairing-en")
    assert [first.passage[a:b] for a, b in first.highlights] == ["pairing", "Headphones"]


def test_a_pinned_article_is_first_and_the_answer(asking: Asking) -> None:
    asking.write("en/_pins.yml", "- {article: warranty-en, queries: [refund]}\n")
    result = asking.of().search(SearchQuery("Refund!", "en"))
    assert (slugs(result)[:2], result.verdict, result.confidence) == (
        ["warranty-en", "refund-en"], Verdict.ANSWER, 1.0,
    )  # fmt: skip
    assert [hit.pinned for hit in result.hits[:2]] == [True, False]
    assert [h.score for h in result.hits] == sorted((h.score for h in result.hits), reverse=True)


def test_a_pinned_article_is_the_answer_without_a_model(asking: Asking) -> None:
    asking.write("en/_pins.yml", "- {article: warranty-en, queries: [refund]}\n")
    result = asking.of(embedder=None).search(SearchQuery("refund", "en"))
    assert (slugs(result)[0], result.verdict) == ("warranty-en", Verdict.ANSWER)


def test_a_pinned_article_is_shown_in_the_readers_language(asking: Asking) -> None:
    asking.write("en/_pins.yml", "- {article: refund-en, queries: [money]}\n")
    result = asking.of().search(SearchQuery("money", "tr"))
    assert (result.hits[0].ref.slug, result.hits[0].pinned) == ("refund-tr", True)


@pytest.mark.parametrize("query", [SearchQuery("refund", "en", category="none"), SearchQuery("refund -warranty", "en")])
def test_what_is_filtered_out_is_not_pinned(query: SearchQuery, asking: Asking) -> None:
    asking.write("en/_pins.yml", "- {article: warranty-en, contains: [refund]}\n")
    assert not any(hit.pinned for hit in asking.of().search(query).hits)


def test_a_pin_to_an_article_that_is_gone_changes_nothing(asking: Asking) -> None:
    plain = slugs(asking.of().search(SearchQuery("refund", "en")))
    asking.write("en/_pins.yml", "- {article: nobody, queries: [refund]}\n")
    assert slugs(asking.of().search(SearchQuery("refund", "en"))) == plain
