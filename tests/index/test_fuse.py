"""Evidence becomes a score. The weights here are made by hand; the fitted ones are judged in bench/."""

from dataclasses import fields

import numpy as np
import pytest

from index.ranking import fuse
from index.ranking.fuse import FEATURES, Evidence, features, keyword_only, score


def evidence(**given: list[float]) -> Evidence:
    """Evidence for as many candidates as the lists are long; what is not given is 0 (1 for the titles' uniqueness)."""
    count = len(next(iter(given.values())))
    plain = {f.name: [1.0 if f.name == "unique_title" else 0.0] * count for f in fields(Evidence)}
    return Evidence(**{name: np.array(values, np.float32) for name, values in {**plain, **given}.items()})


def feature(e: Evidence, name: str) -> list[float]:
    return [float(v) for v in features(e)[:, FEATURES.index(name)]]


NO_BOOST = np.ones(2, np.float32)


def test_every_feature_has_a_finite_value() -> None:
    made = features(evidence(cosine=[0.5, 0.0, -0.2], keyword=[0, 0, 0]))
    assert made.shape == (3, len(FEATURES))
    assert np.isfinite(made).all()


def test_no_candidates_have_no_features_and_no_scores() -> None:
    none = features(evidence(cosine=[]))
    assert none.shape == (0, len(FEATURES))
    assert len(score(none, np.zeros(0, np.float32))) == 0


def test_a_keyword_share_is_measured_by_the_best_candidate() -> None:
    assert feature(evidence(keyword=[2.0, 1.0], same_language=[1.0, 1.0]), "keyword_share") == [1.0, 0.5]


def test_a_word_that_another_language_has_too_covers_only_its_part_of_the_question() -> None:
    chat = evidence(keyword=[0.03, 0.02], coverage=[0.02, 0.01], passage=[0.03, 0.01], same_language=[0.0, 1.0])
    assert feature(chat, "keyword_share") == pytest.approx([0.1, 2 / 3])
    assert feature(chat, "coverage_share") == pytest.approx([0.02 / 0.3, 0.5])
    assert feature(chat, "passage_share") == pytest.approx([0.1, 1 / 3])


def test_a_name_that_is_much_of_a_question_counts_in_any_language() -> None:
    assert feature(evidence(coverage=[0.4, 0.0], same_language=[0.0, 1.0]), "coverage_share") == [1.0, 0.0]


def test_without_articles_in_the_questions_language_a_share_is_measured_by_the_best() -> None:
    assert feature(evidence(coverage=[0.1, 0.05], same_language=[0.0, 0.0]), "coverage_share") == [1.0, 0.5]


def test_in_between_two_languages_a_share_is_in_between() -> None:
    found = feature(evidence(coverage=[0.15, 0.0], same_language=[0.5, 1.0]), "coverage_share")
    assert found == pytest.approx([0.75, 0.0])


def test_a_title_that_many_articles_share_counts_less() -> None:
    e = evidence(title=[0.8, 0.8], unique_title=[1.0, 0.25])
    assert feature(e, "title") == pytest.approx([0.8, 0.2])


def test_the_title_gap_is_to_the_best_title() -> None:
    assert feature(evidence(title=[0.8, 0.5]), "title_gap") == pytest.approx([0.0, -0.3])


def test_both_legs_together_are_a_feature_of_their_own() -> None:
    assert feature(evidence(cosine=[0.5, 0.5], keyword=[0.4, 0.0]), "both") == pytest.approx([0.2, 0.0])


def test_a_score_is_the_weighted_sum_of_the_features() -> None:
    e = evidence(cosine=[0.5, 0.1], keyword=[0.0, 0.4])
    assert score(features(e), NO_BOOST, {"cosine": 10.0, "keyword": 5.0}) == pytest.approx([5.0, 3.0])


def test_a_boost_moves_an_article_up_and_down() -> None:
    matrix = features(evidence(cosine=[0.5, 0.5]))
    high, low = score(matrix, np.array([2.0, 0.5], np.float32), {"cosine": 1.0})
    assert (float(high) > 0.5, float(low) < 0.5) == (True, True)


def test_a_boost_of_zero_is_still_a_number() -> None:
    assert np.isfinite(score(features(evidence(cosine=[0.5, 0.5])), np.zeros(2, np.float32), {"cosine": 1.0})).all()


def test_without_vectors_keywords_decide() -> None:
    made = keyword_only(evidence(keyword=[0.4, 0.6], passage=[0.4, 0.2], cosine=[0.0, 0.0]), NO_BOOST)
    assert made == pytest.approx([0.6, 0.7])


def test_a_boost_counts_without_vectors_too() -> None:
    made = keyword_only(evidence(keyword=[0.4, 0.6]), np.array([2.0, 1.0], np.float32))
    assert made[0] > made[1]


def test_the_shipped_weights_name_known_features_only() -> None:
    assert set(fuse.weights()) <= set(FEATURES)


def test_with_the_shipped_weights_better_evidence_is_never_worse() -> None:
    weak, strong = 0.1, 0.6
    e = evidence(
        cosine=[weak, strong], keyword=[weak, strong], passage=[weak, strong], coverage=[weak, strong],
        title=[weak, strong], cosine_z=[0.5, 3.0], keyword_z=[0.5, 3.0], passage_z=[0.5, 3.0], same_language=[1.0, 1.0],
    )  # fmt: skip
    worse, better = score(features(e), NO_BOOST)
    assert better > worse
