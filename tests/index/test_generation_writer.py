"""A generation put together from the one before is what a build from nothing would have made."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.dense import inverted_file
from index.embed.hashing import HashingEmbedder
from index.keyword import engines, whoosh
from index.keyword.postings import PostingsIndex
from index.models import SearchQuery
from index.search import Search
from index.storage import build as building
from index.storage.build import bring_up_to_date, generations, serving_generation
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from index.storage.verification import verify
from kb.models import Article, Section
from tests.index.builders import article, everything

WORDS = {
    "en": ["parcel", "refund", "late", "invoice", "ERR_2041", "password", "deliver", "card"],
    "tr": ["kargo", "iade", "fatura", "şifre", "teslimat", "sipariş"],
    "zh-Hans": ["退款", "包裹", "发票", "密码", "耳机无法配对"],
    "zh-Hant": ["退款", "包裹", "發票", "密碼"],
    "de": ["Paket", "Rechnung", "Passwort"],
}
EMBEDDER = HashingEmbedder(24)


def some_article(chance: random.Random, lang: str, slug: str) -> Article:
    def text(most: int) -> str:
        return " ".join(chance.choices(WORDS[lang], k=chance.randint(1, most)))

    return replace(
        article(slug, "\n\n".join(text(9) for _ in range(chance.randint(1, 4))), lang=lang, title=text(2)),
        questions=tuple(text(4) for _ in range(chance.randint(0, 2))),
        summary=chance.choice(["", text(5)]),
        boost=chance.choice([1.0, 2.0]),
        exclude=chance.random() < 0.1,
    )


def changed(chance: random.Random, articles: dict[tuple[str, str], Article]) -> None:
    """Some are added, some removed, some written anew; now and then a whole language goes or comes."""
    for _ in range(chance.randint(1, 3)):
        lang = chance.choice(list(WORDS))
        slug = f"a{chance.randint(0, 12)}"
        if (lang, slug) in articles and chance.random() < 0.4:
            del articles[lang, slug]
        else:
            articles[lang, slug] = some_article(chance, lang, slug)
    if chance.random() < 0.2:
        gone = chance.choice(list(WORDS))
        for pair in [pair for pair in articles if pair[0] == gone]:
            del articles[pair]


def opened(folder: Path) -> Generation:
    serving = serving_generation(folder)
    assert serving is not None
    verify(serving)
    return Generation(serving)


def assert_same(one: Generation, other: Generation) -> None:
    """Every figure that ranking reads is the same to the last bit; the keyword engine's scores to rounding."""
    assert one.articles == other.articles
    assert list(one.passages) == list(other.passages)
    assert (one.manifest.families, one.manifest.languages, one.manifest.excluded) == (
        other.manifest.families, other.manifest.languages, other.manifest.excluded,
    )  # fmt: skip
    for name in ("title_articles", "is_title", "passage_vectors", "title_vectors", "first_passage"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert all(np.array_equal(a, b) for a, b in zip(one.raw_vectors(), other.raw_vectors(), strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(one.spread, other.spread, strict=True))
    for group in ("passages", "titles", "queries"):
        means, others = getattr(one.means, group), getattr(other.means, group)
        assert means.keys() == others.keys()
        assert all(np.array_equal(means[lang], others[lang]) for lang in means)
    for name in one.manifest.families:
        ours, theirs = one.lexicons[name], other.lexicons[name]
        assert list(ours.words) == list(theirs.words)
        for level in ("articles", "passages"):
            a, b = vars(getattr(ours, level)), vars(getattr(theirs, level))
            assert all(np.array_equal(a[key], b[key]) for key in a)
        assert one.vocabularies[name] == other.vocabularies[name]
        for word in ours.words:
            found, wanted = (dict(g.keyword[name].search([word], 100)) for g in (one, other))
            assert found == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_after_many_changes_everything_is_as_a_build_from_nothing_makes_it(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    articles: dict[tuple[str, str], Article] = {}
    for _ in range(12):
        changed(chance, articles)
        bring_up_to_date(list(articles.values()), EMBEDDER, tmp_path / "grown")
    bring_up_to_date(list(articles.values()), EMBEDDER, tmp_path / "new")
    assert_same(opened(tmp_path / "grown"), opened(tmp_path / "new"))


def test_a_search_gives_the_same_hits_and_scores_after_a_change_as_after_a_build_from_nothing(tmp_path: Path) -> None:
    chance = random.Random(9)
    articles = {(lang, f"a{i}"): some_article(chance, lang, f"a{i}") for lang in WORDS for i in range(12)}
    bring_up_to_date(list(articles.values()), EMBEDDER, tmp_path / "grown")
    for _ in range(5):
        changed(chance, articles)
        bring_up_to_date(list(articles.values()), EMBEDDER, tmp_path / "grown")
    bring_up_to_date(list(articles.values()), EMBEDDER, tmp_path / "new")

    grown, new = (
        Search(LiveIndex(tmp_path / name), EMBEDDER, everything, budget_ms=60_000) for name in ("grown", "new")
    )
    for lang, words in WORDS.items():
        for word in words:
            query = SearchQuery(f"{word} {words[0]}", lang)
            ours, theirs = grown.search(query), new.search(query)
            assert [h.ref for h in ours.hits] == [h.ref for h in theirs.hits]
            assert [h.score for h in ours.hits] == pytest.approx([h.score for h in theirs.hits], abs=1e-5)
            assert ours.confidence == (
                None if theirs.confidence is None else pytest.approx(theirs.confidence, abs=1e-5)
            )


def test_a_change_of_one_article_leaves_the_keyword_engines_large_folder_as_it_is(tmp_path: Path) -> None:
    articles = [article(f"a{i}", f"Text number{i}.") for i in range(20)]
    bring_up_to_date(articles, EMBEDDER, tmp_path)
    before = opened(tmp_path).folder
    bring_up_to_date([*articles[1:], article("a0", "Another text.")], EMBEDDER, tmp_path)
    after = opened(tmp_path).folder
    assert before != after
    names = sorted(p.name for p in (before / "en" / "base").iterdir() if p.suffix == ".seg")
    assert names
    assert all((before / "en" / "base" / n).samefile(after / "en" / "base" / n) for n in names)


def test_the_keyword_engine_is_written_in_one_piece_again_after_many_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whoosh, "_WORN_DOCUMENTS", 3)
    articles = [article(f"a{i}", f"Text number{i}.") for i in range(20)]
    bring_up_to_date(articles, EMBEDDER, tmp_path)
    worn = []
    for i in range(4):
        articles[i] = article(f"a{i}", f"Another text{i}.")
        bring_up_to_date(articles, EMBEDDER, tmp_path)
        worn.append((opened(tmp_path).folder / "en" / "delta").exists())
        assert len(generations(tmp_path)) == 2
    assert True in worn and False in worn
    bring_up_to_date(articles, EMBEDDER, tmp_path / "new")
    assert_same(opened(tmp_path), opened(tmp_path / "new"))


def test_a_large_collection_has_postings_of_our_own_with_the_same_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = [article(f"a{i}", f"Text number{i} parcel.") for i in range(12)]
    bring_up_to_date(articles, EMBEDDER, tmp_path / "whoosh")
    monkeypatch.setattr(engines, "POSTINGS_FROM_ARTICLES", 10)
    bring_up_to_date(articles[:9], EMBEDDER, tmp_path / "grown")
    assert not isinstance(opened(tmp_path / "grown").keyword["en"], PostingsIndex)
    bring_up_to_date(articles, EMBEDDER, tmp_path / "grown")
    grown, of_whoosh = opened(tmp_path / "grown"), opened(tmp_path / "whoosh")
    assert isinstance(grown.keyword["en"], PostingsIndex)
    for word in of_whoosh.lexicons["en"].words:
        assert dict(grown.keyword["en"].search([word], 100)) == pytest.approx(
            dict(of_whoosh.keyword["en"].search([word], 100)), rel=1e-6
        )
    bring_up_to_date(articles[3:], EMBEDDER, tmp_path / "grown")
    bring_up_to_date(articles[3:], EMBEDDER, tmp_path / "new")
    shrunk = opened(tmp_path / "grown")
    assert isinstance(shrunk.keyword["en"], PostingsIndex)
    assert [row for row, _ in shrunk.keyword["en"].search(["parcel"], 100)] == list(range(9))


def test_an_inverted_file_follows_the_passages_over_publishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inverted_file, "FROM_ROWS", 20)
    monkeypatch.setattr(inverted_file, "_BEST", 3)
    monkeypatch.setattr(inverted_file, "_WORST", 0.3)
    monkeypatch.setattr(inverted_file, "_RECALL", 0.5)
    articles = [article(f"a{i}", f"Text number{i} of parcel{i % 7}.") for i in range(24)]
    bring_up_to_date(articles, EMBEDDER, tmp_path / "grown")
    before = opened(tmp_path / "grown")
    assert (before.folder / "passages.ivf").is_file()
    del articles[5]
    articles.append(article("new", "A new text about parcel3."))
    bring_up_to_date(articles, EMBEDDER, tmp_path / "grown")
    after = opened(tmp_path / "grown")
    assert (after.folder / "passages.ivf").is_file()
    for row in range(len(after.passages)):
        _, rows = after.dense.search(after.passage_vectors[[row]], 3)
        assert rows[0][0] == row


def test_what_other_rules_made_is_not_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    articles = [article("late", "Open the tracking page."), article("refund", "A refund takes five days.")]
    bring_up_to_date(articles, EMBEDDER, tmp_path)
    monkeypatch.setattr(building, "_recipe", lambda: "other rules")
    report = bring_up_to_date(articles, EMBEDDER, tmp_path)
    assert (report.changed, opened(tmp_path).manifest.recipe) == (True, "other rules")


def test_an_excluded_article_is_read_once_and_comes_back_when_its_author_wants(tmp_path: Path) -> None:
    read: list[str] = []
    hidden = article("hidden", "Nobody should find this.", exclude=True)

    def wanted(articles: list[Article]) -> building.IndexTarget:
        given = building.IndexTarget.of(articles)

        def noted(refs: object) -> list[Article]:
            read.extend(ref.slug for ref in refs)  # type: ignore[attr-defined]
            return list(given.read(refs))  # type: ignore[arg-type]

        return building.IndexTarget(given.contents, noted)

    late = article("late", "Open the tracking page.")
    bring_up_to_date(wanted([late, hidden]), EMBEDDER, tmp_path)
    bring_up_to_date(wanted([replace(late, sections=(Section("", "", 2, "New."),)), hidden]), EMBEDDER, tmp_path)
    assert (read, [a.slug for a in opened(tmp_path).articles]) == (["late", "hidden", "late"], ["late"])
    bring_up_to_date(wanted([late, replace(hidden, exclude=False)]), EMBEDDER, tmp_path)
    assert [a.slug for a in opened(tmp_path).articles] == ["hidden", "late"]
