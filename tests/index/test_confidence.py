"""Evidence becomes a probability, and the probability a verdict."""

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from index.models import Verdict
from index.ranking.confidence import (
    SIGNALS,
    Calibration,
    FirstCalibration,
    calibration_for,
    confidence,
    length,
    signals,
    verdict,
)
from index.ranking.first_names import FIRST_SIGNALS
from index.ranking.fuse import Evidence

NO_FIRST = np.zeros(len(FIRST_SIGNALS), np.float32)
FIRST = FirstCalibration({"cosine_first": 4.0}, bias=-2.0, answer_from=0.7)
CALIBRATION = Calibration({"cosine": 4.0}, bias=-2.0, suggest_from=0.3, answer_from=0.7, first=FIRST)


def evidence(**given: list[float]) -> Evidence:
    count = len(next(iter(given.values())))
    plain = {f.name: [0.0] * count for f in fields(Evidence)}
    return Evidence(**{name: np.array(values, np.float32) for name, values in {**plain, **given}.items()})


def signal(e: Evidence, order: list[int], name: str) -> float:
    scores = -np.argsort(order).astype(np.float32)
    return float(signals(e, scores, np.array(order, np.int64), 3, NO_FIRST)[SIGNALS.index(name)])


def believed(cosine: float) -> float | None:
    return confidence(np.array([cosine if n == "cosine" else 0.0 for n in SIGNALS], np.float32), CALIBRATION)


def test_confidence_is_the_logistic_of_the_weighted_signals() -> None:
    assert believed(0.5) == pytest.approx(0.5)


def test_confidence_grows_with_the_evidence() -> None:
    weak, strong = believed(0.2), believed(0.9)
    assert weak is not None and strong is not None and weak < strong


@pytest.mark.parametrize("extreme", [-1e9, 1e9])
def test_confidence_stays_a_probability_whatever_the_evidence(extreme: float) -> None:
    probability = believed(extreme)
    assert probability is not None and 0 <= probability <= 1


def test_without_a_calibration_there_is_no_confidence() -> None:
    assert confidence(np.zeros(len(SIGNALS), np.float32), None) is None


@pytest.mark.parametrize(
    ("probability", "first", "expected"),
    [
        (1.0, 1.0, Verdict.ANSWER),
        (0.3, 0.7, Verdict.ANSWER),
        (1.0, 0.69, Verdict.SUGGEST),
        (0.3, 0.0, Verdict.SUGGEST),
        (0.29, 0.7, Verdict.ANSWER),
        (0.29, 0.69, Verdict.ASK_HUMAN),
        (0.0, 0.0, Verdict.ASK_HUMAN),
    ],
)
def test_the_two_probabilities_decide_the_verdict(probability: float, first: float, expected: Verdict) -> None:
    assert verdict(probability, first, CALIBRATION, hits=5, degraded=False) is expected


def test_without_a_calibration_the_verdict_is_never_answer() -> None:
    assert verdict(None, None, None, hits=5, degraded=False) is Verdict.SUGGEST


def test_without_a_calibration_of_the_first_the_verdict_is_never_answer() -> None:
    assert verdict(1.0, None, replace(CALIBRATION, first=None), hits=5, degraded=False) is Verdict.SUGGEST


def test_when_a_leg_is_missing_the_verdict_is_never_answer() -> None:
    assert verdict(0.99, 0.99, CALIBRATION, hits=5, degraded=True) is Verdict.SUGGEST


@pytest.mark.parametrize("probability", [0.99, None])
def test_with_nothing_to_show_a_person_is_asked(probability: float | None) -> None:
    assert verdict(probability, probability, CALIBRATION, hits=0, degraded=False) is Verdict.ASK_HUMAN


def test_an_operators_calibration_without_the_first_takes_the_shipped_one_of_it(tmp_path: Path) -> None:
    own = tmp_path / "calibration.json"
    own.write_text(json.dumps({"e5-small-2@int8": STORED}))
    found, shipped = calibration_for("e5-small-2@int8", own), calibration_for("e5-small-2@int8")
    assert found is not None and shipped is not None
    assert (found.weights, found.first) == ({"cosine": 1.0}, shipped.first)


def test_only_the_five_articles_shown_are_read() -> None:
    e = evidence(cosine=[0.1, 0.2, 0.3, 0.4, 0.5, 0.9])
    assert signal(e, [4, 3, 2, 1, 0, 5], "cosine") == pytest.approx(0.5)


def test_the_first_articles_own_cosine_is_a_signal() -> None:
    assert signal(evidence(cosine=[0.4, 0.8]), [0, 1], "cosine_first") == pytest.approx(0.4)


@pytest.mark.parametrize(("same_language", "foreign"), [([0.0, 1.0], 1.0), ([1.0, 0.0], 0.0)])
def test_a_first_article_in_another_language_is_a_signal(same_language: list[float], foreign: float) -> None:
    e = evidence(cosine=[0.5, 0.4], same_language=same_language)
    assert signal(e, [0, 1], "foreign") == foreign


@pytest.mark.parametrize(
    ("text", "words"), [("where is my parcel", 4), ("包裹在哪裡", 2.5), ("WiFi 連線", 2), ("?", 0)]
)
def test_two_chinese_characters_are_as_long_as_a_word(text: str, words: float) -> None:
    assert length(text) == words


def test_signals_read_the_best_of_the_five_and_what_the_first_lacks() -> None:
    first = np.zeros(len(FIRST_SIGNALS), np.float32)
    first[FIRST_SIGNALS.index("rare_unknown")], first[FIRST_SIGNALS.index("missing")] = 0.25, 0.5
    found = evidence(window=[0.1, 0.7, 0.2, 0.1, 0.1, 0.9], exact=[0.4] * 6, passage=[0.3] * 6)
    order = np.arange(6)
    values = dict(zip(SIGNALS, signals(found, -order.astype(np.float32), order, 2, first), strict=True))
    assert [values[n] for n in ("window", "exact", "passage")] == pytest.approx([0.7, 0.4, 0.3])
    assert [values[n] for n in ("brevity", "length")] == [0.5, 2]
    assert [values[f"first/{n}"] for n in ("rare_unknown", "missing", "margin")] == [0.25, 0.5, 0]
    long = dict(zip(SIGNALS, signals(found, -order.astype(np.float32), order, 400, first), strict=True))
    assert long["length"] == 40


def test_no_candidates_give_no_signals() -> None:
    assert not signals(evidence(cosine=[]), np.zeros(0, np.float32), np.zeros(0, np.int64), 3, NO_FIRST).any()


def test_a_model_without_a_calibration_has_none() -> None:
    assert calibration_for("a-model-nobody-calibrated@st") is None


STORED = {"weights": {"cosine": 1.0}, "bias": 0.0, "suggest_from": 0.4, "answer_from": 0.8}


def test_an_operators_own_calibration_is_used_for_its_model(tmp_path: Path) -> None:
    own = tmp_path / "calibration.json"
    own.write_text(json.dumps({"their-model@st": STORED}))
    assert calibration_for("their-model@st", own) == Calibration({"cosine": 1.0}, 0.0, 0.4, 0.8)


def test_an_operators_calibration_of_another_model_changes_nothing(tmp_path: Path) -> None:
    own = tmp_path / "calibration.json"
    own.write_text(json.dumps({"their-model@st": STORED}))
    assert calibration_for("another-model@st", own) is None


@pytest.mark.parametrize("fingerprint", ["e5-small-2@int8", "e5-small-2@fp32"])
def test_the_default_model_ships_a_calibration_with_thresholds_in_order(fingerprint: str) -> None:
    shipped = calibration_for(fingerprint)
    assert shipped is not None
    assert 0 < shipped.suggest_from <= shipped.answer_from < 1
    assert set(shipped.weights) <= set(SIGNALS)
    assert shipped.first is not None and 0 < shipped.first.answer_from < 1
    assert set(shipped.first.weights) <= set(FIRST_SIGNALS)
