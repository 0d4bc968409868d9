"""Questions are grouped by meaning over all languages: made vectors show each rule by itself."""

import numpy as np
import pytest
from numpy.typing import NDArray

from index.embed.hashing import HashingEmbedder
from insight.topics.grouping import group
from insight.topics.questions import Question, topics_of

Vectors = NDArray[np.float32]


def unit(rows: object) -> Vectors:
    found = np.asarray(rows, np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=-1, keepdims=True), np.float32)


def around(centre: Vectors, count: int, spread: float, seed: int) -> Vectors:
    """Vectors near a centre: the smaller the spread, the nearer."""
    noise = np.random.default_rng(seed).normal(size=(count, len(centre))).astype(np.float32)
    return unit(centre + spread * unit(noise))


def subjects(count: int, dimensions: int = 64) -> Vectors:
    return np.eye(count, dimensions, dtype=np.float32)


def partition(numbers: NDArray[np.int64]) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(numbers == one).tolist()) for one in set(numbers.tolist())}


def test_what_is_near_is_one_topic_and_what_is_far_is_another() -> None:
    vectors = np.concatenate([around(centre, 6, 0.5, n) for n, centre in enumerate(subjects(5))])

    assert group(vectors, ["en"] * 30).tolist() == [n // 6 for n in range(30)]


def test_topics_are_numbered_in_the_order_they_appear_in() -> None:
    a, b, c = subjects(3)

    assert group(np.stack([c, a, c, b, a]), ["en"] * 5).tolist() == [0, 1, 0, 2, 1]


def test_the_same_questions_are_grouped_the_same_in_any_order() -> None:
    vectors = np.concatenate([around(centre, 8, 0.6, n) for n, centre in enumerate(subjects(6))])
    langs = [("en", "tr", "zh-Hant")[n % 3] for n in range(48)]
    first = partition(group(vectors, langs))
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(48)

        again = group(vectors[order], [langs[at] for at in order])

        assert {frozenset(order[list(one)].tolist()) for one in partition(again)} == first


def test_a_translation_is_found_where_no_threshold_would_find_it() -> None:
    """A translation here is at a cosine of .3, and still it is the nearest there is, both ways."""
    count = 60
    english = np.eye(count, 3 * count, dtype=np.float32)
    own = np.roll(english, count, axis=1)
    other = unit(0.3 * english + np.sqrt(1 - 0.3**2) * own)

    found = group(np.concatenate([english, other]), ["en"] * count + ["tr"] * count)

    assert found.tolist() == [*range(count), *range(count)]


def test_the_same_distance_is_no_translation_between_a_handful_of_questions() -> None:
    one, other = subjects(2)
    far = unit(0.3 * one + np.sqrt(1 - 0.3**2) * other)

    assert group(np.stack([one, far]), ["en", "tr"]).tolist() == [0, 1]
    assert group(np.stack([one, unit(0.7 * one + 0.714 * other)]), ["en", "tr"]).tolist() == [0, 0]


def test_translations_tell_apart_what_shares_nearly_all_its_words() -> None:
    """Two questions as near in each language as .6, which alone would be one topic."""
    base, left, right = subjects(3)
    first, second = unit(base * 0.775 + left * 0.632), unit(base * 0.775 + right * 0.632)
    assert float(first @ second) == pytest.approx(0.6, abs=0.01)

    assert group(np.stack([first, second]), ["en", "en"]).tolist() == [0, 0]
    told_apart = group(np.stack([first, second, first, second]), ["en", "en", "tr", "tr"])

    assert told_apart.tolist() == [0, 1, 0, 1]


def test_equal_vectors_are_one_question_however_many_there_are() -> None:
    one, other = subjects(2)
    vectors = np.stack([one] * 300 + [unit(one + 0.4 * other)] * 300)

    assert set(group(vectors, ["en"] * 600).tolist()) == {0}


def test_each_language_by_itself_when_the_others_speak_of_something_else() -> None:
    centres = subjects(4)
    vectors = np.concatenate([around(centre, 5, 0.4, n) for n, centre in enumerate(centres)])
    langs = ["en"] * 10 + ["tr"] * 10

    assert group(vectors, langs).tolist() == [n // 5 for n in range(20)]


def test_sizes_at_the_edge() -> None:
    assert group(np.zeros((0, 8), np.float32), []).tolist() == []
    assert group(subjects(1), ["en"]).tolist() == [0]
    assert group(np.zeros((3, 8), np.float32), ["en", "en", "tr"]).max() <= 2  # texts that say nothing at all
    assert len(group(subjects(2), ["en", "tr"])) == 2
    with pytest.raises(ValueError, match="2 vectors have 1 languages"):
        group(subjects(2), ["en"])


def test_equal_texts_of_a_language_are_one_question_whatever_their_case_and_spaces() -> None:
    asked = [
        Question("1", "en", "Where is my refund?"), Question("2", "en", "  where is\nmy REFUND?"),
        Question("3", "en", "change the shipping address"), Question("4", "en", ""),
    ]  # fmt: skip

    found = topics_of(asked, HashingEmbedder())

    assert found[0] == found[1] != found[2]
    assert topics_of([], HashingEmbedder()) == []
