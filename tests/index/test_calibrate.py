"""A help centre's own calibration: what it learns from, when it is taken, and how it is kept."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from index.embed.hashing import HashingEmbedder
from index.ranking import confidence
from index.ranking.confidence import SIGNALS, Calibration, calibration_for, shipped_calibration
from index.tools.calibrate import (
    CalibrationQuestions,
    Sample,
    TooFewSamples,
    collect_samples,
    fit,
    judge,
    propose,
    write,
)
from index.tools.no_answer import unanswerable_questions
from tests.index.builders import article

MODEL = "e5-small-2@int8"


def samples(answered: float, absent: float, count: int = 120, misses: int = 10) -> tuple[Sample, ...]:
    """Questions with an answer around one odds of the shipped calibration, and questions without around another."""
    rng = np.random.default_rng(3)
    known = shipped_calibration(MODEL)
    assert known is not None
    place, weight = SIGNALS.index("cosine"), known.weights["cosine"]
    rows = []
    for number in range(2 * count):
        answerable = number % 2 == 0
        values = np.zeros(len(SIGNALS), np.float32)
        odds = (answered if answerable else absent) + rng.normal(0, 0.8)
        values[place] = (odds - known.bias) / weight
        found = answerable and number >= 2 * misses
        rows.append(Sample(values, found, answerable, tests=number % 4 >= 2))
    return tuple(rows)


def asked(rows: tuple[Sample, ...]) -> CalibrationQuestions:
    return CalibrationQuestions(rows, len(rows) // 2, 0, len(rows) // 2, ())


def test_a_calibration_that_was_timid_here_becomes_bolder_and_is_taken() -> None:
    proposal = propose(asked(samples(answered=-0.5, absent=-6)), MODEL, shipped_calibration(MODEL))
    assert proposal.better and proposal.before is not None
    assert proposal.quality.shown > proposal.before.shown
    assert proposal.quality.wrong <= 0.05
    assert proposal.quality.error < proposal.before.error


def test_what_is_no_better_than_the_calibration_in_use_is_not_taken() -> None:
    rows = asked(samples(answered=-0.5, absent=-6))
    first = propose(rows, MODEL, shipped_calibration(MODEL)).calibration
    assert not propose(rows, MODEL, first).better


def test_at_most_one_question_in_twenty_without_an_answer_is_shown_by_what_was_fitted() -> None:
    rows = samples(answered=1, absent=0, count=400)
    known = shipped_calibration(MODEL)
    assert known is not None
    assert judge(rows, fit(rows, known, 0.1)).wrong <= 0.05


def test_too_few_questions_are_refused_with_the_number_that_is_needed() -> None:
    with pytest.raises(
        TooFewSamples, match=r"at least 40 questions that find their article; here are 3 .*Nothing was changed"
    ):
        propose(asked(samples(1, -4, count=5, misses=2)), MODEL, shipped_calibration(MODEL))


def test_a_model_nobody_calibrated_gets_one_only_if_it_tells_questions_apart() -> None:
    assert propose(asked(samples(4, -4)), "another", None).better
    assert not propose(asked(samples(0, 0)), "another", None).better


def test_articles_are_asked_their_questions_and_titles_without_having_them() -> None:
    misleading = "word1 thing2 matter3 word4 thing5 matter6 word7 thing8"
    articles = [
        article("refund", "Money returns to the card after five days.", title="Money on the card",
                questions=("When does the money return to my card?", misleading)),
        *(article(f"n{i}", f"Word{i} and thing{i} about matter{i}.", title=f"Unlike anything{i}") for i in range(20)),
    ]  # fmt: skip
    found = collect_samples(articles, HashingEmbedder(64))
    assert (found.questions, found.unanswerable_questions) == (2, sum(s.lang == "en" for s in unanswerable_questions()))
    by_question = [r for r in found.samples if r.answerable]
    assert [r.answered for r in by_question].count(False) == 1, "a question cannot find its article by itself"
    assert found.titles < 21, "a title that does not find its own article teaches nothing"


def test_a_calibration_is_written_beside_those_of_other_models_and_used_at_once(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    assert calibration_for("mine", path) is None
    write(path, "other", Calibration({"cosine": 1.0}, 0.0, 0.4, 0.8), {"calibrated_at": "2026-11-22"})
    write(path, "mine", Calibration({"cosine": 2.0}, 0.0, 0.5, 0.8), {})
    assert calibration_for("mine", path) == Calibration({"cosine": 2.0}, 0.0, 0.5, 0.8)
    write(path, "mine", Calibration({"cosine": 3.0}, 0.0, 0.6, 0.8), {})
    os.utime(path, ns=(1, 1))  # a clock too coarse to tell the two files apart must not decide this test
    assert calibration_for("mine", path) == Calibration({"cosine": 3.0}, 0.0, 0.6, 0.8)
    assert calibration_for("other", path) == Calibration({"cosine": 1.0}, 0.0, 0.4, 0.8)
    assert [p.name for p in tmp_path.iterdir()] == ["calibration.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"e5-small-2@int8": 3}', '{"e5-small-2@int8": {"bias": 1}}'])
def test_a_calibration_that_cannot_be_read_leaves_the_shipped_one(text: str, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text, encoding="utf-8")
    assert calibration_for(MODEL, path) == shipped_calibration(MODEL)


def test_a_calibration_made_for_other_weights_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    write(path, MODEL, Calibration({"cosine": 2.0}, 0.0, 0.5, 0.8), {})
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored[MODEL]["basis"] == confidence.basis()
    stored[MODEL]["basis"] = "an older one"
    path.write_text(json.dumps(stored), encoding="utf-8")
    assert calibration_for(MODEL, path) == shipped_calibration(MODEL)
