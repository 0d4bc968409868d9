"""The sentence that is marked, and how many results are shown, with vectors one can draw on paper."""

from pathlib import Path

import pytest

from index.models import ArticleHit, SearchQuery, SearchResult
from index.presentation import PLAUSIBLE_GAP, plausible
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from kb.markup.quote import excerpt
from kb.models import Article, ArticleRef
from tests.index.builders import CompassEmbedder, article, everything

COMPASS = CompassEmbedder(
    {"refund": 90, "iade": 90, "退款": 90, "parcel": 180, "pairing": 270, "warranty": 0, "money": 90}
)
_FILLER = "Nothing of that kind is said in this sentence, which is here to be long. "
# Two windows: the first points to the warranty, the second to refunds.
REFUND = "We pay every refund within five days after the goods have come back to us."
LONG = f"The warranty lasts two years. {_FILLER * 3}{REFUND} {_FILLER * 3}"
OTHERS = [article(word, f"{word} text", title=word) for word in ("parcel", "pairing", "refund")]


def asked(text: str, folder: Path, *articles: Article, lang: str = "en") -> SearchResult:
    bring_up_to_date([*articles, *OTHERS], COMPASS, folder)
    return Search(LiveIndex(folder), COMPASS, everything, 60_000).search(SearchQuery(text, lang))


def marked(result: SearchResult, slug: str) -> str:
    hit = next(h for h in result.hits if h.ref.slug == slug)
    assert hit.highlight is not None
    return hit.passage[slice(*hit.highlight)]


@pytest.mark.parametrize(("text", "lang"), [("money", "en"), ("iade", "tr"), ("退款", "zh-Hant")])
def test_the_window_that_means_the_question_has_the_sentence(text: str, lang: str, tmp_path: Path) -> None:
    found = asked(text, tmp_path, article("long", LONG), lang=lang)
    assert marked(found, "long") == REFUND


def test_among_sentences_of_one_window_the_questions_rare_words_decide(tmp_path: Path) -> None:
    text = "The parcel comes by van. It is left with Mallory, the parcel keeper. The parcel is safe."
    found = asked("parcel Mallory", tmp_path, article("van", text))
    assert marked(found, "van") == "It is left with Mallory, the parcel keeper."


def test_what_is_marked_in_the_quotation_is_the_highlight(tmp_path: Path) -> None:
    found = asked("refund", tmp_path, article("long", LONG))
    hit = next(h for h in found.hits if h.ref.slug == "long")
    assert f"<mark>{REFUND}</mark>" in excerpt(hit.html, hit.sentence).html


def test_without_a_model_only_words_can_mark_a_sentence(tmp_path: Path) -> None:
    bring_up_to_date([article("van", "It comes. The parcel is safe."), *OTHERS], COMPASS, tmp_path)
    found = Search(LiveIndex(tmp_path), None, everything, 60_000).search(SearchQuery("parcel safe", "en"))
    assert marked(found, "van") == "The parcel is safe."


def _hit(score: float, *, pinned: bool = False) -> ArticleHit:
    return ArticleHit(ArticleRef("en", "x"), "x", "X", "help", "", "", "", (), score, pinned=pinned)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], 0),
        ([5.0], 1),
        ([5.0, -9.0, -9.0, -9.0, -9.0], 3),
        ([5.0, 5.0, 4.0, 5.0 - PLAUSIBLE_GAP, 4.9 - PLAUSIBLE_GAP, -3.0], 4),
        ([0.0] * 10, 10),
    ],
)
def test_results_far_below_the_best_are_not_shown_unasked(scores: list[float], expected: int) -> None:
    assert plausible([_hit(score) for score in scores]) == expected


def test_a_pinned_article_does_not_hide_the_others() -> None:
    assert plausible([_hit(99.0, pinned=True), *(_hit(s) for s in (3.0, 2.5, 2.0, 1.5, -5.0))]) == 5
