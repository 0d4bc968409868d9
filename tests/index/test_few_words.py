"""Which searches of one or two words have something to choose from."""

from pathlib import Path

import pytest

from index.embed.hashing import HashingEmbedder
from index.query.synonyms import Expansion
from index.ranking.few_words import stand_in_an_article
from index.storage.build import bring_up_to_date
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from tests.index.builders import article

ARTICLES = (
    article("firmware", "Update the firmware over any network.", title="Firmware"),
    article("parcel", "Your parcel and its tracking number.", title="Parcels"),
    article("kargo", "Kargonuz ve faturası.", lang="tr", title="Kargo"),
    article("battery", "電池的保固期限，可用 Visa", lang="zh-Hant", title="電池"),
)


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    folder: Path = tmp_path_factory.mktemp("index")
    bring_up_to_date(ARTICLES, HashingEmbedder(), folder)
    found = LiveIndex(folder).current()
    assert found is not None
    return found


def holds(generation: Generation, text: str, lang: str, *slugs: str, means: tuple[Expansion, ...] = ()) -> bool:
    rows = [row for slug in slugs for row, a in enumerate(generation.articles) if a.slug == slug]
    return stand_in_an_article(generation, rows, text, lang, means)


def test_one_word_may_stand_in_any_of_the_articles_shown(generation: Generation) -> None:
    assert holds(generation, "parcels", "en", "firmware", "parcel")
    assert holds(generation, "faturalar", "tr", "firmware", "kargo")
    assert holds(generation, "where is the parcel", "en", "parcel")  # small words are no words of a topic
    assert holds(generation, "電池", "zh-Hant", "battery") and holds(generation, "电池", "zh-Hans", "battery")
    assert not holds(generation, "parcel", "en", "firmware")
    assert not holds(generation, "risotto", "en", "firmware", "parcel")
    assert not holds(generation, "parcel", "en")


def test_a_word_in_latin_letters_may_stand_in_a_chinese_article(generation: Generation) -> None:
    assert holds(generation, "Visa", "en", "battery")
    assert not holds(generation, "Visa", "en", "kargo")
    assert not holds(generation, "battery", "en", "battery")  # which no Chinese article says


def test_two_words_must_both_stand_in_the_first(generation: Generation) -> None:
    assert holds(generation, "parcel tracking", "en", "parcel", "firmware")
    assert not holds(generation, "parcel tracking", "en", "firmware", "parcel")
    assert not holds(generation, "parcel firmware", "en", "parcel", "firmware")
    assert holds(generation, "電池保固", "zh-Hant", "battery") is False  # 池保 is a pair that the article has not
    assert holds(generation, "電池的保固", "zh-Hant", "battery") is False  # four pairs are more than two words


def test_words_of_every_topic_and_sentences_are_left_to_the_calibration(generation: Generation) -> None:
    assert not holds(generation, "any", "en", "firmware") and not holds(generation, "over", "en", "firmware")
    assert not holds(generation, "parcel tracking number", "en", "parcel")
    assert not holds(generation, "the", "en", "parcel")
    assert not holds(generation, "paket", "de", "parcel")  # no article is in that language


def test_a_synonym_counts_as_the_word(generation: Generation) -> None:
    means = (Expansion(("packag",), ("parcel",)),)
    assert holds(generation, "package", "en", "parcel", means=means)
    assert not holds(generation, "package", "en", "parcel")
