"""Language means are taken out of vectors; hand-made vectors of two dimensions show how."""

from pathlib import Path

import numpy as np
import pytest

from index.parts.language_centering import (
    Means,
    of_collection,
    pieces,
    rows_by_language,
    shipped_means,
    subtract_mean,
)
from index.protocols import Vectors

PRIOR = 100  # passages that weigh as much as a shipped mean


def vectors(*rows: tuple[float, float]) -> Vectors:
    return np.array(rows, np.float32).reshape(len(rows), 2)


NONE = shipped_means("a-model-without-means", 2)
ONE = vectors((0.6, 0.0))[0]
SHIPPED = Means({"": ONE, "en": ONE}, {"": ONE, "en": ONE}, {"": vectors((0.0, 0.5))[0]})


def test_centring_subtracts_the_mean_and_restores_the_length() -> None:
    made = subtract_mean(vectors((1.0, 0.0), (0.0, 1.0)), vectors((0.5, 0.0))[0])
    assert made == pytest.approx(np.array([[1.0, 0.0], [-0.4472, 0.8944]]), abs=1e-4)


def test_a_vector_that_equals_the_mean_becomes_zero() -> None:
    assert list(subtract_mean(vectors((0.6, 0.8)), vectors((0.6, 0.8))[0])[0]) == [0, 0]


def test_translations_of_one_text_meet_when_their_languages_are_taken_out() -> None:
    # East is the language, north and south are what the texts say.
    english, turkish = vectors((0.9, 0.4), (0.9, -0.4)), vectors((-0.9, 0.4), (-0.9, -0.4))
    both, langs = np.concatenate([english, turkish]), ["en", "en", "tr", "tr"]
    means = of_collection(NONE, both, langs, both, langs)
    apart = float(english[0] @ turkish[0])
    met = float(subtract_mean(english[:1], means.passage("en"))[0] @ subtract_mean(turkish[:1], means.passage("tr"))[0])
    assert (apart < 0, met) == (True, pytest.approx(1.0))


@pytest.mark.parametrize("langs", [["en"] * 700 + ["tr"], ["en", "tr"] * 600, ["tr"], []])
def test_the_rows_of_each_language_are_all_there_once_in_one_piece_or_many(langs: list[str]) -> None:
    tags, numbers = np.array(langs, str), np.arange(len(langs))
    found = rows_by_language(tags)
    for lang, rows in found.items():
        assert {*tags[rows].tolist()} == {lang}
        assert np.concatenate([numbers[some] for some in pieces(rows)]).tolist() == numbers[rows].tolist()
    assert sorted(n for rows in found.values() for n in numbers[rows].tolist()) == numbers.tolist()


def test_a_model_without_shipped_means_has_zeros() -> None:
    assert list(NONE.passage("en")) == [0, 0]


def test_without_shipped_means_a_collection_uses_its_own() -> None:
    means = of_collection(NONE, vectors((1, 0), (0, 1)), ["en", "en"], vectors((0, 1)), ["en"])
    assert list(means.passage("en")) == [0.5, 0.5]


def test_without_shipped_means_the_titles_stand_for_the_questions() -> None:
    means = of_collection(NONE, vectors((1, 0)), ["en"], vectors((0, 1)), ["en"])
    assert list(means.query("en")) == [0, 1]


def test_with_shipped_means_the_questions_keep_theirs() -> None:
    means = of_collection(SHIPPED, vectors((1, 0)), ["en"], vectors((0, 1)), ["en"])
    assert list(means.query("en")) == [0, 0.5]


def test_a_small_collection_is_drawn_towards_the_shipped_mean() -> None:
    means = of_collection(SHIPPED, vectors((0, 1)), ["en"], vectors((0, 1)), ["en"])
    assert means.passage("en") == pytest.approx(np.array([0.6 * PRIOR, 1]) / (PRIOR + 1))


def test_a_large_collection_uses_its_own_mean() -> None:
    many = np.repeat(vectors((0, 1)), 100 * PRIOR, axis=0)
    means = of_collection(SHIPPED, many, ["en"] * len(many), vectors((0, 1)), ["en"])
    assert means.passage("en") == pytest.approx(np.array([0.0, 1.0]), abs=0.02)


def test_a_language_nobody_measured_starts_from_the_general_mean() -> None:
    means = of_collection(SHIPPED, vectors((0, 1)), ["ga"], vectors((0, 1)), ["ga"])
    assert means.passage("ga") == pytest.approx(np.array([0.6 * PRIOR, 1]) / (PRIOR + 1))


def test_a_language_that_is_not_in_the_collection_uses_the_general_mean() -> None:
    assert list(SHIPPED.title("sw")) == list(SHIPPED.title(""))


def test_means_are_the_same_when_loaded(tmp_path: Path) -> None:
    SHIPPED.save(tmp_path / "means.npz")
    loaded = Means.load(tmp_path / "means.npz")
    assert (list(loaded.passage("en")), list(loaded.query("tr"))) == (list(ONE), [0, 0.5])


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_the_default_model_ships_means_for_the_three_languages(precision: str) -> None:
    means = shipped_means(f"e5-small-2@{precision}", 384)
    assert {"", "en", "tr", "zh-Hant"} <= set(means.passages)
    assert all(v.shape == (384,) and np.isfinite(v).all() for v in means.queries.values())
