"""Words that are written as one or as two, as synonyms of how the articles write them."""

from pathlib import Path

import pytest

from index.query.compounds import compound_expansions
from index.reading import expansions_of
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from kb.models import Article
from kb.source.search_hints import Hints
from tests.index.builders import CompassEmbedder, article

ARTICLES = [
    article("wifi-en", "Turn Wi-Fi off and on. Put it into the charging case. A case for charging.", key="wifi"),
    article(
        "menu-en", "Open the dropdown. Your account: my account page. Log in twice, then click. Way out.", key="menu"
    ),
    article("drop-en", "If sales drop, look down.", key="drop"),
    article("mail-tr", "E-posta adresiniz. Koloni ve kolonisine. Tam sayılar.", lang="tr", key="mail"),
    article("net-zh", "開啟 Wi-Fi，再試一次。", lang="zh-Hant", key="net"),
]


def found(folder: Path, text: str, lang: str, articles: list[Article] | None = None) -> list[tuple[str, ...]]:
    bring_up_to_date(articles or ARTICLES, CompassEmbedder({}), folder)
    live = LiveIndex(folder)
    generation = live.current()
    assert generation is not None
    own, _ = expansions_of(generation, text, lang, Hints())
    return [expansion.means for expansion in own]


@pytest.mark.parametrize(
    ("lang", "typed", "means"),
    [
        ("en", "wifi is off", "wi-fi"),
        ("en", "WiFi", "wi-fi"),
        ("en", "wi fi", "wi-fi"),
        ("en", "my chargingcase is lost", "charging case"),
        ("en", "drop down", "dropdown"),  # both words are in an article, but not side by side
        ("en", "drop-down", "dropdown"),
        ("en", "myAccount", "my Account"),
        ("tr", "eposta", "e-posta"),
        ("tr", "tamsayilar", "tam sayilar"),
        ("zh-Hant", "wifi連不上", "wi fi"),
    ],
)
def test_a_word_is_found_as_the_articles_write_it(tmp_path: Path, lang: str, typed: str, means: str) -> None:
    assert (means,) in found(tmp_path, typed, lang)


@pytest.mark.parametrize(
    ("lang", "typed"),
    [
        ("en", "wi-fi"),  # as the articles have it
        ("en", "charging case"),
        ("en", "casecharging"),  # both are words, and nowhere side by side
        ("en", "offandon"),
        ("en", "any way"),
        ("tr", "koloni ne"),
        ("tr", "kolonisi ne zaman"),
        ("en", "carpet"),
        ("en", "wifi " * 30),  # a long text has context enough
        ("en", "E17"),
        ("en", ""),
    ],
)
def test_no_word_is_made_up(tmp_path: Path, lang: str, typed: str) -> None:
    assert found(tmp_path, typed, lang) == []


def test_texts_are_looked_into_twice_at_most() -> None:
    looked: list[tuple[str, str]] = []

    def apart(first: str, second: str) -> bool:
        looked.append((first, second))
        return False

    compound_expansions("abcdefghijkl mnopqrstuvwx", "en", lambda form: len(form) < 9, apart)
    assert len(looked) == 2
