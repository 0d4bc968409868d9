"""Which articles are near to one, and which say nearly the same."""

from collections.abc import Sequence
from pathlib import Path

from index.embed.hashing import HashingEmbedder
from index.ranking.related import near_duplicates, nearest
from index.storage.build import bring_up_to_date
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from kb.models import Article
from tests.index.builders import article

RETURN = article(
    "return",
    "Pack the speaker in its box.\n\nPrint the label and hand the box in at a counter.",
    title="Return a speaker",
)
FAR = [article(f"far{i}", f"Alpha{i} beta{i} gamma{i} delta{i}.", title=f"Omega{i}") for i in range(6)]


def indexed(articles: Sequence[Article], folder: Path) -> Generation:
    bring_up_to_date(articles, HashingEmbedder(256), folder)
    generation = LiveIndex(folder).current()
    assert generation is not None
    return generation


def near(generation: Generation, slug: str) -> list[str]:
    row = next(r for r, a in enumerate(generation.articles) if a.slug == slug)
    return [generation.articles[other].slug for other, _ in nearest(generation, row)]


def pairs(generation: Generation) -> list[set[str]]:
    return [{generation.articles[t.row].slug, generation.articles[t.other].slug} for t in near_duplicates(generation)]


def test_the_nearest_article_shares_text_and_title(tmp_path: Path) -> None:
    other = article("refund", "Money comes when the box with the speaker is handed in.", title="Return and refund")
    assert near(indexed([RETURN, other, *FAR], tmp_path), "return")[0] == "refund"


def test_neither_itself_nor_versions_of_it_nor_other_languages_are_near(tmp_path: Path) -> None:
    translation = article("iade", "Pack the speaker in its box.", lang="tr", key="return", title="İade")
    foreign = article("kutu", "Pack the speaker in its box.", lang="tr", title="Kutu")
    found = near(indexed([RETURN, translation, foreign, *FAR], tmp_path), "return")
    assert not {"return", "iade", "kutu"} & set(found)


def test_articles_with_the_same_text_under_other_titles_are_twins(tmp_path: Path) -> None:
    twin = article("send-back", "\n\n".join(s.text for s in RETURN.sections), title="Send a speaker back")
    assert pairs(indexed([RETURN, twin, *FAR], tmp_path)) == [{"return", "send-back"}]


def test_a_translation_is_no_twin(tmp_path: Path) -> None:
    same = article(
        "iade", "\n\n".join(s.text for s in RETURN.sections), lang="tr", key="return", title="Return a speaker"
    )
    assert pairs(indexed([RETURN, same, *FAR], tmp_path)) == []


def test_articles_that_share_one_step_are_no_twins(tmp_path: Path) -> None:
    other = article(
        "repair",
        "Print the label and hand the box in at a counter.\n\nThe workshop opens it, finds what broke, tells you the"
        " price of parts and hours, and waits for your word before anybody begins.",
        title="Have a radio mended",
    )
    assert pairs(indexed([RETURN, other, *FAR], tmp_path)) == []
