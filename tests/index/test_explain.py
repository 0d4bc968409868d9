"""An explanation is the ranking itself, taken apart: its figures add up to what search answers."""

from collections.abc import Callable
from math import log
from pathlib import Path

import pytest

from index.embed.hashing import HashingEmbedder
from index.models import SearchQuery, Verdict
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from index.tools.explain import Explanation, MissReason, explain
from kb.models import ArticleRef
from tests.index.builders import article, everything

ARTICLES = [
    article("refund", "Money returns to the card after five days.", title="Refunds"),
    article("parcel", "A late parcel is sent again.", title="Late parcels", boost=2.0),
    article("codes", "Code ERR_2041 means the lid is open.", title="Error codes"),
    article("secret", "Refunds of the staff.", title="Staff refunds", exclude=True),
    article("iade", "Para beş gün sonra karta döner.", title="İade", lang="tr", key="refund"),
]

Explain = Callable[..., Explanation]


@pytest.fixture
def explaining(tmp_path: Path) -> Explain:
    """Explains a question asked of a small help centre."""
    embedder = HashingEmbedder(64)
    bring_up_to_date(ARTICLES, embedder, tmp_path)
    live = LiveIndex(tmp_path)
    search = Search(live, embedder, everything, budget_ms=60_000)

    def explained(text: str, expected: str = "", lang: str = "en") -> Explanation:
        ref = ArticleRef("en", expected) if expected else None
        return explain(search, live.current(), SearchQuery(text, lang), ref)

    return explained


@pytest.mark.parametrize("text", ["late parcel", "what does ERR_2041 mean", "money on my card", "para karta"])
def test_the_contributions_add_up_to_the_score(text: str, explaining: Explain) -> None:
    for one in explaining(text).candidates:
        total = sum(part.contribution for part in one.parts) + log(one.boost) + one.code_boost
        assert total == pytest.approx(one.score, abs=0.01)


def test_the_order_is_that_of_the_results_page(explaining: Explain) -> None:
    found = explaining("money on my card")
    places = [one.shown for one in found.candidates if one.shown]
    assert places == sorted(places)
    assert found.candidates[0].ref == found.result.hits[0].ref


def test_each_family_says_which_words_it_looked_for_and_who_holds_them(explaining: Explain) -> None:
    found = explaining("late parcel zeppelin")
    told = {token.text: token.articles for token in found.tokens["en"]}
    assert told == {"late": 1, "parcel": 1, "zeppelin": 0}


def test_each_leg_says_at_which_place_it_proposed_an_article(explaining: Explain) -> None:
    first = explaining("late parcel").candidates[0]
    assert first.ranks["keyword:en"] == 1
    assert first.ranks["keyword:tr"] is None
    assert set(first.ranks) >= {"passages", "titles"}


def test_an_expected_article_further_down_says_what_it_lacks(explaining: Explain) -> None:
    expected = explaining("late parcel", expected="refund").expected
    assert expected is not None and expected.candidate is not None
    assert expected.candidate.place > 1
    assert expected.behind[0][1] < 0, "the greatest lack comes first"
    assert expected.missing == ("late", "parcel")


@pytest.mark.parametrize("slug", ["secret", "nobody-wrote-this"])
def test_an_article_search_does_not_have_says_so(slug: str, explaining: Explain) -> None:
    expected = explaining("late parcel", expected=slug).expected
    assert expected is not None and expected.absence is MissReason.NOT_INDEXED


def test_an_article_with_an_excluded_word_says_that_it_was_left_out(explaining: Explain) -> None:
    expected = explaining("parcel card -late", expected="parcel").expected
    assert expected is not None and expected.absence is MissReason.LEFT_OUT


def test_without_words_there_is_only_the_verdict(explaining: Explain) -> None:
    found = explaining("???", expected="refund")
    assert (found.result.verdict, found.candidates, found.weighed) == (Verdict.ASK_HUMAN, (), 0)


def test_without_a_calibration_there_are_no_thresholds(explaining: Explain) -> None:
    found = explaining("late parcel")
    assert (found.bias, found.suggest_from, found.answer_from) == (None, None, None)
