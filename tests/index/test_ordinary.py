"""Which short questions are of ordinary words only, and which have a word of danger."""

from pathlib import Path

import pytest

from index.analysis import family
from index.parts.lexicon import Lexicon
from index.query.harmless import harmless_sentences, harmless_things
from index.query.noise import says_nothing
from index.query.ordinary import AuthorsWords, names_harm, says_only_ordinary_things, tokens_of

NOISE = Path(__file__).parents[2] / "index" / "data" / "noise"


@pytest.mark.parametrize(
    ("text", "lang", "ordinary"),
    [
        ("Battery?", "en", True),
        ("which charger", "en", True),
        ("100W charger", "en", True),
        ("charger broken", "en", True),
        ("battery hot", "en", False),
        ("smoke", "en", False),
        ("battery flibber", "en", False),
        ("how long does the battery of the charger last", "en", False),  # meaning tells
        ("hesabım", "tr", True),
        ("batarya", "tr", True),
        ("pil sıcak", "tr", False),
        ("PİL YANDI", "tr", False),
        ("battery yandi", "en", False),  # a word of danger in any language
        ("我的帳號", "zh-Hant", True),
        ("电池", "zh-Hans", True),
        ("電池冒煙", "zh-Hant", False),
        ("电池很烫", "zh-Hans", False),
        ("Batterie", "de", True),
        ("Batterie heiß", "de", False),
        ("", "en", True),
    ],
)
def test_short_questions_of_ordinary_words_are_known_from_those_with_a_word_of_danger(
    text: str, lang: str, ordinary: bool
) -> None:
    assert says_only_ordinary_things(text, lang, None) is ordinary


def test_every_thing_alone_is_ordinary_in_its_language() -> None:
    things = harmless_things()
    assert [text for lang, text in things if not says_only_ordinary_things(text, lang, None)] == []
    assert {lang for lang, _ in things} == {lang for lang, _ in harmless_sentences()}
    assert len(set(things)) == len(things)


def test_what_two_articles_or_a_near_miss_speak_of_is_ordinary_too() -> None:
    lexicons = {"en": Lexicon.of([["flibber", "wug"], ["flibber"], ["fire", "zib"], ["fire"]], [])}
    assert says_only_ordinary_things("flibber", "en", lexicons)
    assert not says_only_ordinary_things("wug", "en", lexicons)
    assert not says_only_ordinary_things("fire", "en", lexicons)
    assert not says_only_ordinary_things("flibber", "en", None)
    assert says_only_ordinary_things("flibber", "en", None, AuthorsWords(tokens_of([("en", "a flibber")])))


def test_two_words_of_one_example_are_not_ordinary_together_unless_they_are_in_any_shop() -> None:
    authors = AuthorsWords(tokens_of([("en", "flibber wug zib")]), (tokens_of([("en", "the flibber has a wug")]),))
    assert says_only_ordinary_things("flibber", "en", None, authors)
    assert says_only_ordinary_things("flibber zib", "en", None, authors)
    assert not says_only_ordinary_things("wug flibber", "en", None, authors)
    shipped = AuthorsWords(examples=(tokens_of([("en", "I cut myself on a broken dish")]),))
    assert says_only_ordinary_things("broken dish", "en", None, shipped)


@pytest.mark.parametrize("name", ["en", "tr", "zh-Hant", "zh-Hans"])
def test_haste_and_feelings_say_nothing(name: str) -> None:
    lines = (NOISE / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    phrases = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    phrases = [phrase.replace("{n}", "3") for phrase in phrases if not phrase.endswith(".")]  # a.s.a.p.
    assert [text for text in phrases if not says_nothing(f"{text}!!", name)] == []
    assert not says_nothing({"en": "urgent smoke", "tr": "acil duman", "zh": "急冒煙"}[family(name)], name)


def test_a_word_of_danger_is_found_whatever_its_ending_and_script() -> None:
    found = ("It smokes", "burnt", "PATLADI", "ısındı", "冒煙", "冒烟", "hacked")
    assert [text for text in found if not names_harm(text)] == []
    assert not names_harm("my charger, please")


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("frame size", "en"), ("where is the frame number", "en"), ("warranty on the fork", "en"),
        ("kadro boyutu", "tr"), ("車架尺寸", "zh-Hant"),
    ],
)  # fmt: skip
def test_a_question_for_a_property_is_none_of_danger_whatever_the_thing(text: str, lang: str) -> None:
    assert says_only_ordinary_things(text, lang, None)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("leak size", "en"), ("stalker has my number", "en"), ("poison control number", "en"), ("frame cracked", "en"),
        ("yangın boyutu", "tr"), ("毒氣重量", "zh-Hant"),
    ],
)  # fmt: skip
def test_a_property_of_harm_or_of_a_person_or_in_another_language_says_nothing(text: str, lang: str) -> None:
    assert not says_only_ordinary_things(text, lang, None)


def test_what_says_an_example_is_no_question_for_a_property() -> None:
    own = AuthorsWords(examples=(frozenset({"price", "scam", "call"}),))
    assert says_only_ordinary_things("scam price", "en", None) and not says_only_ordinary_things(
        "scam price", "en", None, own
    )
