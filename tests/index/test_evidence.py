"""How far articles in another language than the question's count as such."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from index.ranking.evidence import _same_language
from index.storage.generation import Generation


def sameness(lang: str, **articles: int) -> dict[str, float]:
    """Of one article in each language, on a site with so many of each."""
    families = {"de": "und", "fr": "und"}
    langs = [tag for tag, count in articles.items() for _ in range(count)]
    generation = SimpleNamespace(
        article_family=np.array([families.get(tag, tag) for tag in langs]),
        article_lang=np.array(langs),
        articles_of_language=articles,
    )
    rows = np.array([langs.index(tag) for tag in articles])
    found = _same_language(cast(Generation, generation), rows, lang)
    return dict(zip(articles, found.tolist(), strict=True))


def test_with_many_articles_in_each_another_language_is_another() -> None:
    assert sameness("en", en=50, de=50) == {"en": 1.0, "de": 0.0}


def test_few_articles_in_another_language_are_favoured_less() -> None:
    assert sameness("en", en=50, de=5) == pytest.approx({"en": 1.0, "de": 0.75})


def test_of_few_articles_in_the_questions_language_the_others_are_favoured_less() -> None:
    assert sameness("en", en=4, de=42) == pytest.approx({"en": 1.0, "de": 0.2})


def test_without_articles_in_the_questions_language_all_others_are_alike() -> None:
    assert sameness("tr", en=4, de=42) == {"en": 0.0, "de": 0.0}
