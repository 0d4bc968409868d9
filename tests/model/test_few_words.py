"""Searches of a word or two, as most are, on the demo articles with the real model."""

from collections import Counter
from pathlib import Path

import pytest

from app.cli.explain_output import lines
from index.models import SearchQuery, Verdict
from index.protocols import Embedder
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from index.tools.explain import explain
from kb.models import Article
from kb.source.folder_reader import read_folder


def test_the_words_that_authors_gave_their_articles_find_them(demo: tuple[Article, ...], search: Search) -> None:
    """Typed alone. Some are another article's word, too, which may be meant."""
    counts: Counter[str] = Counter()
    for article in demo:
        for words in (*article.synonyms, *article.tags):
            found = search.search(SearchQuery(words, article.lang))
            counts["all"] += 1
            counts["surer of the first"] += (found.first_confidence or 0.0) > (found.confidence or 0.0)
            counts["person"] += found.verdict is Verdict.ASK_HUMAN
            counts["lost"] += article.slug not in [hit.ref.slug for hit in found.hits[:5]]
    assert counts["all"] > 800 and counts["surer of the first"] == 0
    assert counts["person"] < 0.01 * counts["all"]
    assert counts["lost"] < 0.04 * counts["all"]


@pytest.mark.parametrize(
    ("text", "lang", "slug"),
    [
        ("unsubscribe", "en", "get-or-delete-your-data"),
        ("instalments", "en", "ways-to-pay"),  # no form of `install`, which has the same stem
        ("login", "en", "create-an-account"),
        ("where the hell is my stuff", "en", "track-your-order"),
        ("where the hell is my stuff, ordered ages ago", "en", "track-your-order"),
        ("taksit", "tr", "ways-to-pay"),
        ("batarya", "tr", "charging-and-battery-life"),
        ("canlı destek", "tr", "talk-to-a-person"),
        ("登錄", "zh-Hant", "create-an-account"),
    ],
)
def test_everyday_words_alone_are_shown_a_list(text: str, lang: str, slug: str, search: Search) -> None:
    found = search.search(SearchQuery(text, lang))
    assert found.verdict is not Verdict.ASK_HUMAN
    assert slug in [hit.ref.slug for hit in found.hits[:3]]


DESKTOP = {
    "remove-a-user": ("Delete a user account", "Open Settings, then Users. Choose the user and press Remove user."),
    "no-sound": ("I cannot hear any sounds", "Check that the sound is not muted, and that the right output is chosen."),
    "will-not-start": ("My computer will not turn on", "Check the power cable. If it does not turn on, call us."),
    "eject": ("Eject a drive safely", "Press Eject beside the drive, and wait until the light is off."),
    "printer": ("Set up a printer", "Open Settings, then Printers, and press Add a printer."),
}  # fmt: skip


@pytest.fixture(scope="module")
def desktop_index(serving: Embedder, vectors: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the index of another product's first articles."""
    kb, index = tmp_path_factory.mktemp("kb"), tmp_path_factory.mktemp("desktop")
    for slug, (title, text) in DESKTOP.items():
        (kb / f"{slug}.md").write_text(f"# {title}\n\n{text}\n", encoding="utf-8")
    bring_up_to_date(read_folder(kb).articles, serving, index, cache_folder=vectors)
    return index


@pytest.fixture(scope="module")
def desktop(desktop_index: Path, serving: Embedder) -> Search:
    """A search over them."""
    return Search(LiveIndex(desktop_index), serving, set, budget_ms=60_000)


@pytest.mark.parametrize(
    "text", ["unsubscribe", "opt out", "opt-out", "unsubscribe please", "my pc is dead", "bricked"]
)
def test_what_a_word_may_mean_in_most_shops_is_no_answer(text: str, desktop: Search) -> None:
    assert desktop.search(SearchQuery(text, "en")).verdict is not Verdict.ANSWER


def test_what_is_dead_is_not_silent(desktop: Search) -> None:
    for text in ("my computer is dead", "my pc is dead", "my laptop is bricked"):
        assert desktop.search(SearchQuery(text, "en")).hits[0].ref.slug == "will-not-start", text


@pytest.mark.parametrize(
    ("text", "lang"), [("xbox", "en"), ("bitcoin", "en"), ("pizza", "en"), ("karpuz", "tr"), ("股票", "zh-Hant")]
)
def test_a_word_that_no_article_has_goes_to_a_person(text: str, lang: str, search: Search) -> None:
    assert search.search(SearchQuery(text, lang)).verdict is Verdict.ASK_HUMAN


def test_the_explanation_says_why_there_is_a_list(demo_index: Path, search: Search) -> None:
    found = explain(search, LiveIndex(demo_index).current(), SearchQuery("taksit", "tr"))
    told = list(lines(found))
    assert (
        "Verdict    suggest: a list to choose from: what was typed is one or two words, and an article has them."
        in told
    )
    assert any(line.startswith("  as it counts for what was typed") for line in told)
    told = list(lines(explain(search, LiveIndex(demo_index).current(), SearchQuery("where is my parcel", "en"))))
    assert not any("one or two words" in line or "as it counts" in line for line in told)


def test_the_explanation_says_that_a_guess_crowns_nothing(desktop: Search, desktop_index: Path) -> None:
    found = explain(desktop, LiveIndex(desktop_index).current(), SearchQuery("opt out", "en"))
    (told,) = [line for line in lines(found) if line.startswith("Verdict")]
    assert told.endswith("no article has what was typed, and what it was taken for (delete account) is a guess.")
