"""BM25 and its statistics, held against arithmetic done by hand."""

from math import log, sqrt
from pathlib import Path

import numpy as np
import pytest

from index.parts.lexicon import Level, Lexicon

# Three documents of 2, 4 and 3 words: the mean length is 3.
DOCUMENTS = (("late", "parcel"), ("late", "late", "refund", "card"), ("pair", "reset", "card"))
K1, B = 1.5, 0.4


def level() -> tuple[Level, dict[str, int]]:
    ids = {w: i for i, w in enumerate(sorted({w for d in DOCUMENTS for w in d}))}
    return Level.of(DOCUMENTS, ids, K1, B), ids


def idf(documents_with_it: int, documents: int = 3) -> float:
    return log(1 + (documents - documents_with_it + 0.5) / (documents_with_it + 0.5))


def weight(times: int, length: int) -> float:
    return times * (K1 + 1) / (times + K1 * (1 - B + B * length / 3))


def test_bm25_is_what_the_formula_says() -> None:
    made, ids = level()
    scores, _ = made.scores(np.array([0, 1, 2]), made.terms([ids["late"], ids["card"]]))
    late, card = idf(2), idf(2)
    assert scores == pytest.approx(
        [late * weight(1, 2), late * weight(2, 4) + card * weight(1, 4), card * weight(1, 3)]
    )


def test_scores_come_in_the_order_asked_for() -> None:
    made, ids = level()
    terms = made.terms([ids["refund"]])
    assert made.scores(np.array([2, 1]), terms)[0] == pytest.approx([0.0, idf(1) * weight(1, 4)])


def test_coverage_is_the_share_of_the_questions_weight() -> None:
    made, ids = level()
    _, covered = made.scores(np.array([0, 1]), made.terms([ids["late"], ids["pair"]]))
    assert covered == pytest.approx([idf(2) / (idf(2) + idf(1))] * 2)


def test_an_unknown_word_weighs_most_and_is_covered_by_nothing() -> None:
    made, ids = level()
    terms = made.terms([ids["late"], None])
    assert terms.mass == pytest.approx(idf(2) + log(1 + 3.5 / 0.5))
    assert made.scores(np.array([0]), terms)[1] == pytest.approx([idf(2) / terms.mass])


@pytest.mark.parametrize("ids", [[], [None], [None, None]])
def test_a_question_without_known_words_scores_nothing(ids: list[int | None]) -> None:
    made, _ = level()
    scores, covered = made.scores(np.array([0, 1]), made.terms(ids))
    assert (list(scores), list(covered)) == ([0, 0], [0, 0])


def test_no_rows_give_no_scores() -> None:
    made, ids = level()
    assert len(made.scores(np.zeros(0, np.int64), made.terms([ids["late"]]))[0]) == 0


def test_moments_are_those_of_the_scores_over_all_documents() -> None:
    made, ids = level()
    terms = made.terms([ids["late"]])
    scores = [idf(2) * weight(1, 2), idf(2) * weight(2, 4), 0.0]
    mean = sum(scores) / 3
    deviation = sqrt(sum(s * s for s in scores) / 3 - mean**2)
    assert made.moments(terms) == pytest.approx((mean, deviation), rel=1e-4)


def test_moments_of_two_terms_add_up() -> None:
    made, ids = level()
    late, card, both = (made.moments(made.terms(t)) for t in ([ids["late"]], [ids["card"]], [ids["late"], ids["card"]]))
    assert both == pytest.approx((late[0] + card[0], sqrt(late[1] ** 2 + card[1] ** 2)), rel=1e-4)


def test_an_empty_document_is_scored_and_harms_nothing() -> None:
    made = Level.of([(), ("late",)], {"late": 0}, K1, B)
    assert made.scores(np.array([0, 1]), made.terms([0]))[0][0] == 0


def test_a_collection_without_documents_answers_with_nothing() -> None:
    made = Level.of([], {}, K1, B)
    assert (made.rows, made.moments(made.terms([None]))) == (0, (0.0, 0.0))


def test_words_are_looked_up_once_each() -> None:
    lexicon = Lexicon.of(DOCUMENTS, DOCUMENTS)
    assert lexicon.lookup(["pair", "nobody", "pair"]) == [lexicon.ids.get("pair"), None]
    assert [lexicon.words[number] for number in lexicon.lookup(["pair"]) if number is not None] == ["pair"]


def test_articles_and_passages_are_counted_apart() -> None:
    lexicon = Lexicon.of([("late", "parcel", "late")], [("late", "parcel"), ("late",)])
    assert (lexicon.articles.rows, lexicon.passages.rows) == (1, 2)


def test_what_was_saved_scores_the_same_when_loaded(tmp_path: Path) -> None:
    saved = Lexicon.of(DOCUMENTS, [*DOCUMENTS, ("退款", "kırık")])
    saved.save(tmp_path / "en")
    loaded = Lexicon.load(tmp_path / "en")
    ids = loaded.lookup(["退款", "late"])
    rows = np.arange(4)
    assert list(loaded.words) == list(saved.words)
    assert list(loaded.passages.scores(rows, loaded.passages.terms(ids))[0]) == list(
        saved.passages.scores(rows, saved.passages.terms(ids))[0]
    )


def test_a_lexicon_without_words_can_be_saved(tmp_path: Path) -> None:
    Lexicon.of([()], [()]).save(tmp_path / "zh")
    assert list(Lexicon.load(tmp_path / "zh").words) == []
