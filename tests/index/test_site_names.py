"""Questions are embedded without the names that nearly every article of the site has."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from index.reading import QueryReader
from index.site_names import without_site_names
from index.storage.build import bring_up_to_date
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from kb.models import Article
from kb.source.search_hints import Hints
from tests.index.builders import CompassEmbedder, article

Build = Callable[[Sequence[Article]], Generation]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    def made(articles: Sequence[Article]) -> Generation:
        bring_up_to_date(articles, CompassEmbedder({}), tmp_path)
        found = LiveIndex(tmp_path).current()
        assert found is not None
        return found

    return made


def some(count: int, text: str, lang: str = "en") -> list[Article]:
    return [article(f"{lang}-{n}", text.format(n=n), lang=lang, key=f"{lang}-{n}") for n in range(count)]


EN = "Open the Vextor app, number {n}. The app of Vextor asks for Sync, the account and a Switch. Use Vextor."
ZH = "打開 Vextor，第 {n} 個。在 Vextor 選擇帳戶。"


@pytest.mark.parametrize(
    ("lang", "typed", "embedded"),
    [
        ("en", "Vextor price", "price"),
        ("en", "how much is vextor?", "how much is?"),
        ("en", "can I use it in Vextor on a ship", "can I use it on a ship"),
        ("zh-Hant", "Vextor 怎麼訂閱", "怎麼訂閱"),
        ("tr", "Vextor'un fiyatı", "fiyatı"),
        # It says nothing else, or it is a part of something else.
        ("en", "Vextor", "Vextor"),
        ("en", "vextor-cli and help@vextor.example", "vextor-cli and help@vextor.example"),
        ("en", "vextors", "vextors"),
        # So much else is said that a name is little of it, and is missed.
        (
            "en",
            "somebody charged my card in Vextor Berlin without asking",
            "somebody charged my card in Vextor Berlin without asking",
        ),
        # In every article as well, but ordinary words, or without a capital.
        ("en", "sync my account", "sync my account"),
        ("en", "which app", "which app"),
    ],
)
def test_names_of_the_product_are_left_out(build: Build, lang: str, typed: str, embedded: str) -> None:
    generation = build([*some(6, EN), *some(4, ZH, "zh-Hant")])
    assert without_site_names(generation, typed, lang) == embedded
    reading = QueryReader().read(generation, typed, lang, Hints())
    assert reading.embedded == embedded
    assert reading.query.text == typed  # words are looked for as they are typed


def test_a_name_that_one_of_the_languages_hardly_has_is_kept(build: Build) -> None:
    generation = build([*some(6, EN), *some(4, "打開設定，第 {n} 個。", "zh-Hant")])
    assert without_site_names(generation, "Vextor price", "en") == "Vextor price"


def test_an_ordinary_word_can_be_the_name_of_a_large_site_only(build: Build) -> None:
    text = "Open the Switch app, number {n}. The app of Switch asks. Use Switch."
    assert without_site_names(build(some(6, text)), "Switch price", "en") == "Switch price"
    assert without_site_names(build(some(24, text)), "Switch price", "en") == "price"


def test_what_half_of_the_articles_name_tells_them_apart(build: Build) -> None:
    others = [article(f"other-{n}", f"Another thing {n}.") for n in range(6)]
    generation = build([*some(6, EN), *others])
    assert without_site_names(generation, "Vextor price", "en") == "Vextor price"
