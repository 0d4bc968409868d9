"""A word that is not finished: what it may become, and what may be suggested."""

import pytest

from index.analysis import tokens
from index.models import ArticleHit, SearchResult, Verdict
from index.parts.lexicon import Lexicon
from index.query.autocomplete import completions, matches_title, suggestions
from index.query.spelling import Vocabulary
from kb.models import ArticleRef

TEXTS = {
    "en": ["refund refund refunds refused parcel battery", "The battery and the parcel"],
    "tr": ["iade iade iadeyi sipariş siparişim kulaklık"],
}
VOCABULARIES = {tag: Vocabulary.of((tag, text) for text in texts) for tag, texts in TEXTS.items()}
LEXICONS = {tag: Lexicon.of([tokens(t, tag) for t in texts], [[]]) for tag, texts in TEXTS.items()}


def becomes(text: str, lang: str = "en") -> tuple[str, ...]:
    return tuple(word for added in completions(text, lang, VOCABULARIES, LEXICONS) for word in added.means)


@pytest.mark.parametrize(
    ("text", "lang", "words"),
    [
        ("refu", "en", ("refund", "refused")),
        ("when is my refu", "en", ("refund", "refused")),
        ("BATT", "en", ("battery",)),
        ("iad", "tr", ("iade",)),
        ("sipa", "tr", ("sipariş",)),
        ("kulakl", "tr", ()),  # as articles write it, it is there already: Turkish words are compared by five letters
    ],
)
def test_the_last_word_may_become_words_of_the_articles_the_commonest_first(
    text: str, lang: str, words: tuple[str, ...]
) -> None:
    found = becomes(text, lang)
    assert found[: len(words)] == words
    assert bool(found) is bool(words)


@pytest.mark.parametrize(
    "text",
    [
        "refund",
        "refu is late",
        "refu ",
        "refu?",
        "r",
        "",
        "12",
        "refu2",
        "-refu x -refu",
        "“my refu”",
        "where is your part",
    ],
)
def test_what_is_finished_or_no_word_becomes_nothing(text: str) -> None:
    assert becomes(text) == ()


@pytest.mark.parametrize(
    ("typed", "title", "lang", "has"),
    [
        ("refu", "When you get your refund", "en", True),
        ("your ref", "When you get your refund", "en", True),
        ("refunding", "When you get your refund", "en", True),
        ("rent", "When you get your refund", "en", False),
        ("urun", "Ürünü iade edin", "tr", True),
        ("siparişlerim", "Siparişinizi takip edin", "tr", True),
        ("退", "何時退款", "zh-Hant", True),
        ("电池", "充電與電池", "zh-Hant", True),
        ("貓", "何時退款", "zh-Hant", False),
        ("…", "何時退款", "zh-Hant", False),
    ],
)
def test_a_title_has_what_was_typed_in_whole_or_begun(typed: str, title: str, lang: str, has: bool) -> None:
    assert matches_title(typed, title, lang) is has


def hit(title: str) -> ArticleHit:
    return ArticleHit(ArticleRef("en", title), title, title, "", "", "", "text", (), 1.0)


HITS = tuple(hit(title) for title in ("Parcels", "Refunds", "Refused cards", "Repairs"))


@pytest.mark.parametrize("verdict", [Verdict.ANSWER, Verdict.SUGGEST])
def test_suggestions_are_the_first_results_of_the_page_in_its_order(verdict: Verdict) -> None:
    assert suggestions(SearchResult("refu", "en", verdict, 0.7, HITS), 3) == HITS[:3]


@pytest.mark.parametrize(
    ("plausible", "titles"),
    [
        (1, ["Parcels", "Refunds", "Refused cards"]),
        (2, ["Parcels", "Refunds", "Refused cards"]),
        (4, ["Parcels", "Refunds", "Refused cards", "Repairs"]),
        (0, ["Parcels", "Refunds", "Refused cards", "Repairs"]),  # none was compared with the best
    ],
)
def test_what_the_page_shows_only_when_asked_is_suggested_by_its_title_alone(plausible: int, titles: list[str]) -> None:
    result = SearchResult("refu", "en", Verdict.SUGGEST, 0.7, HITS, plausible=plausible)
    assert [hit.title for hit in suggestions(result, 5)] == titles


def test_where_the_page_offers_a_person_only_titles_with_the_words_are_suggested() -> None:
    assert suggestions(SearchResult("refu", "en", Verdict.ASK_HUMAN, 0.1, HITS), 3) == HITS[1:3]
