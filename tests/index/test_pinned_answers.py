"""The article an author pinned to a question."""

import pytest

from index.query.pinned_answers import pinned_article
from kb.models import ArticleRef
from kb.source.search_hints import Hints, Pin


def hints(*pins: Pin) -> Hints:
    by_lang: dict[str, list[Pin]] = {}
    for pin in pins:
        by_lang.setdefault(pin.ref.lang, []).append(pin)
    return Hints(pins={lang: tuple(some) for lang, some in by_lang.items()})


REFUND = Pin(ArticleRef("en", "refund"), queries=("money back", "where's my money?"))
TALK = Pin(ArticleRef("en", "talk"), starts_with=("speak to",), contains=("human being",))
IADE = Pin(ArticleRef("tr", "iade"), queries=("İade",), contains=("para iadesi",))
TUI = Pin(ArticleRef("zh-Hant", "tui"), queries=("退款",), contains=("退錢",))
ALL = hints(REFUND, TALK, IADE, TUI)


@pytest.mark.parametrize(
    ("text", "reader", "slug"),
    [
        ("money back", "en", "refund"),
        ("  MONEY   BACK!! ", "en", "refund"),
        ("Where’s my money", "en", "refund"),
        ("money back please", "en", None),
        ("Speak to someone", "en", "talk"),
        ("I want to speak to someone", "en", None),
        ("speak together", "en", None),
        ("give me a human being, now", "en", "talk"),
        ("inhuman beings", "en", None),
        ("İADE", "tr", "iade"),
        ("iade", "tr", "iade"),
        ("PARA İADESİ ne zaman", "tr", "iade"),
        ("退款", "zh-Hant", "tui"),
        ("退款", "zh-Hans", "tui"),
        ("我要退钱啦", "zh-Hans", "tui"),
        ("money back", "tr", "refund"),  # a whole question, in whichever language
        ("speak to someone", "tr", None),
        ("", "en", None),
        ("?!", "en", None),
    ],
)
def test_a_question_finds_its_pin(text: str, reader: str, slug: str | None) -> None:
    found = pinned_article(text, reader, reader, ALL)
    assert (found.slug if found else None) == slug


def test_the_whole_question_goes_before_its_beginning_and_the_longest_first() -> None:
    pins = hints(
        Pin(ArticleRef("en", "part"), contains=("late",)),
        Pin(ArticleRef("en", "longer"), contains=("late parcel",)),
        Pin(ArticleRef("en", "begins"), starts_with=("late",)),
        Pin(ArticleRef("en", "whole"), queries=("late parcel",)),
    )
    refs = [pinned_article(text, "en", "en", pins) for text in ("late parcel", "late parcel again", "my late parcel")]
    assert [ref.slug for ref in refs if ref] == ["whole", "begins", "longer"]


def test_without_pins_nothing_is_pinned() -> None:
    assert pinned_article("money back", "en", "en", Hints()) is None
