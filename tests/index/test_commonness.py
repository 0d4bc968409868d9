"""Everyday words say little, whatever the articles hold; the product's words say much."""

import pytest

from index.analysis import tokens
from index.parts.lexicon import Lexicon
from index.query.commonness import informativeness
from index.query.everyday import everyday_expansions, is_only_guessed


@pytest.mark.parametrize(
    ("common", "rare"), [("want", "firmware"), ("know", "refund"), ("çok", "iade"), ("怎么", "退款")]
)
def test_an_everyday_word_says_less_than_a_rare_one(common: str, rare: str) -> None:
    assert informativeness(common) < informativeness(rare) <= 1


@pytest.mark.parametrize(
    "words",
    [
        "monday tuesday wednesday thursday friday saturday sunday",
        "january may december tomorrow yesterday",
        "pazartesi salı çarşamba perşembe cuma yarın",
        "ocak şubat ağustos",
    ],
)
def test_when_something_is_says_little_in_whichever_day_or_month(words: str) -> None:
    assert max(informativeness(word) for word in words.split()) <= 0.4


def lexicon(*documents: list[str]) -> Lexicon:
    return Lexicon.of(documents, documents)


def test_an_everyday_word_stands_for_what_the_articles_say() -> None:
    found = everyday_expansions("lost my receipt", "en", {"en": lexicon(["invoic"])})
    assert [(e.typed, e.means) for e in found] == [(("receipt",), ("invoice",))]


@pytest.mark.parametrize(
    ("text", "guessed"),
    [("receipt", True), ("the receipt", True), ("lost receipt", False), ("warranty", False), ("", False)],
)
def test_a_query_of_nothing_but_words_taken_for_others_is_told(text: str, guessed: bool) -> None:
    expansions = everyday_expansions(text, "en", {"en": lexicon(["invoic"])})
    words = [(token, token) for token in tokens(text, "en", query=True)]
    assert is_only_guessed(words, expansions) is guessed


def test_chinese_words_of_the_other_region_are_no_guess() -> None:
    (found,) = everyday_expansions("保修", "zh-Hans", {"zh": lexicon(["保固"])})
    assert not found.is_guess


def test_a_word_that_an_article_has_needs_no_other() -> None:
    assert everyday_expansions("lost my receipt", "en", {"en": lexicon(["invoic"], ["receipt"])}) == ()


def test_what_no_article_says_either_is_not_added() -> None:
    assert everyday_expansions("lost my receipt", "en", {"en": lexicon(["headphon"])}) == ()


def test_both_names_of_bluetooth_in_chinese_meet() -> None:
    (found,) = everyday_expansions("藍芽連線", "zh-Hant", {"zh": lexicon(["蓝牙"])})
    assert found.means == ("藍牙",)
