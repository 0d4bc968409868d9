"""Pure: confidence calibration: two probabilities, and the verdict.

`confidence` is the probability that the answer is among the five shown, `first_confidence` that the first is right
(from the signals of index/ranking/first_place.py).

A fusion score says which article is best, not whether any is good. So a separate logistic regression reads the raw
evidence of the best candidates. It is calibrated (`python -m bench.fit`, over several collections and languages,
unanswerable questions included) and bound to the model fingerprint: with another model's vectors it would be a guess,
and the verdict is then never ANSWER.
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from index.analysis import words
from index.models import Verdict
from index.ranking.first_names import FIRST_SIGNALS
from index.ranking.fuse import Evidence, Floats, weights

Rows = NDArray[np.int64]

log = logging.getLogger("signpost.search")

_CALIBRATION = Path(__file__).parents[1] / "data" / "calibration.json"
SHOWN = 5
# Default for the score gap to the sixth candidate where there is none.
_DEFAULT_GAP = 6.4

SIGNALS = (
    "cosine", "cosine_first", "cosine_z", "keyword", "coverage", "title", "foreign", "foreign_cosine", "both", "words",
    "coverage_words", "score", "share", "gap", "window", "exact", "passage", "brevity", "length",
    *(f"first/{name}" for name in FIRST_SIGNALS),
)  # fmt: skip
_LONGEST = 40.0


@dataclass(frozen=True)
class FirstCalibration:
    """A logistic regression over FIRST_SIGNALS for one embedding model; `answer_from` is the threshold of ANSWER."""

    weights: Mapping[str, float]
    bias: float
    answer_from: float

    @staticmethod
    def of(stored: Mapping[str, Any]) -> "FirstCalibration":
        return FirstCalibration(stored["weights"], stored["bias"], stored["answer_from"])


@dataclass(frozen=True)
class Calibration:
    """A logistic regression over SIGNALS for one embedding model, and the confidence threshold of SUGGEST.

    `answer_from` was the threshold of ANSWER before there was `first`; it caps the confidence of queries that must not
    be answered outright.
    """

    weights: Mapping[str, float]
    bias: float
    suggest_from: float
    answer_from: float
    first: FirstCalibration | None = None

    @staticmethod
    def of(stored: Mapping[str, Any]) -> "Calibration":
        first = FirstCalibration.of(stored["first"]) if stored.get("first") else None
        return Calibration(stored["weights"], stored["bias"], stored["suggest_from"], stored["answer_from"], first)


def calibration_for(fingerprint: str, custom_file: Path | None = None) -> Calibration | None:
    """A model's calibration: the operator's own (a file) if it is for this model, else the shipped one, else None.

    The file is read again when it changes. One that cannot be read, or was fitted to other signals or fusion weights
    than the current ones, is ignored with a line in the log.
    """
    if custom_file is not None:
        try:
            stat = custom_file.stat()
        except OSError:
            return shipped_calibration(fingerprint)
        custom = _custom_calibration(custom_file, stat.st_mtime_ns, stat.st_size, fingerprint)
        if custom is not None:
            # One made before there was a calibration of the first result goes without: the shipped one stands in.
            shipped = shipped_calibration(fingerprint)
            return custom if custom.first or shipped is None else replace(custom, first=shipped.first)
    return shipped_calibration(fingerprint)


def source_of(fingerprint: str, custom_file: Path | None = None) -> Literal["own", "shipped", "none"]:
    """Where `calibration_for` takes a model's calibration from."""
    calibration = calibration_for(fingerprint, custom_file)
    if calibration is None:
        return "none"
    return "shipped" if calibration == shipped_calibration(fingerprint) else "own"


@lru_cache(maxsize=8)
def _custom_calibration(path: Path, _changed: int, _size: int, fingerprint: str) -> Calibration | None:
    try:
        entry = stored_calibrations(path).get(fingerprint)
        if entry is None:
            return None
        if entry.get("basis", basis()) != basis():
            log.warning("%s was made for an earlier version of search: the shipped calibration is used", path.name)
            return None
        return Calibration.of(entry)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.error("%s cannot be read (%s): the shipped calibration is used", path.name, type(error).__name__)
        return None


def stored_calibrations(path: Path) -> dict[str, Any]:
    """The calibrations in a file, by model fingerprint; empty when there is no file. Raises ValueError."""
    if not path.is_file():
        return {}
    calibrations: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return calibrations


@lru_cache(maxsize=1)
def _shipped_calibrations() -> dict[str, Calibration]:
    return {name: Calibration.of(entry) for name, entry in stored_calibrations(_CALIBRATION).items()}


def shipped_calibration(fingerprint: str) -> Calibration | None:
    """The calibration that came with the product for a model, if any."""
    return _shipped_calibrations().get(fingerprint)


def default_calibration() -> Calibration:
    """The default model's calibration: the prior for a model that has none."""
    return next(iter(_shipped_calibrations().values()))


@lru_cache(maxsize=1)
def basis() -> str:
    """A digest of what a calibration depends on besides the model: the signals and the fusion weights."""
    inputs = json.dumps([list(SIGNALS), dict(weights())], sort_keys=True)
    return hashlib.sha256(inputs.encode()).hexdigest()[:12]


def length(text: str) -> float:
    """Query length in words; two Chinese characters count as one."""
    return sum(len(w) / 2 if w[0] > "\u2e80" else 1.0 for w in words(text))


def signals(e: Evidence, scores: Floats, order: Rows, query_length: float, first_values: Floats) -> Floats:
    """The input of the calibration, computed from the best candidates; shape (len(SIGNALS),).

    `scores` is fuse.score of each candidate, `order` holds candidate numbers, best first; `first_values` are the
    signals of the first result, which say much about all five: what the best one lacks, the others hardly have. A short
    question has few words to find, and finds them by chance: so its length is told twice.
    """
    if len(e) == 0:
        return np.zeros(len(SIGNALS), np.float32)
    top, first = order[:SHOWN], int(order[0])
    cosine, coverage = float(e.cosine[top].max()), float(e.coverage[top].max())
    # A first hit in another language has no words in common with the question, and its cosine is lower.
    foreign = 1.0 - float(e.same_language[first])
    size = min(query_length, _LONGEST)
    log_length = float(np.log1p(size))
    odds = np.exp(scores[order] - scores[first])
    share = float(odds[:SHOWN].sum() / odds.sum())
    gap = float(scores[first] - scores[order[SHOWN]]) if len(order) > SHOWN else _DEFAULT_GAP
    values = (
        cosine, float(e.cosine[first]), float(e.cosine_z[top].max()), float(e.keyword[top].max()), coverage,
        float(e.own_title[top].max()), foreign, foreign * cosine, cosine * coverage, log_length, coverage * log_length,
        float(scores[first]) / 10, float(np.log(share / (1 - share + 1e-3))), float(np.log1p(max(gap, 0.0))),
        float(e.window[top].max()), float(e.exact[top].max()), float(e.passage[top].max()),
        1 / max(size, 1.0), size, *first_values,
    )  # fmt: skip
    return np.array(values, np.float32)


def confidence(values: Floats, calibration: Calibration | None) -> float | None:
    """The calibrated probability that the answer is among the five shown, or None without a calibration."""
    return None if calibration is None else _logistic(SIGNALS, values, calibration.weights, calibration.bias)


def first_confidence(values: Floats, calibration: Calibration | None) -> float | None:
    """The calibrated probability that the first result is right, or None without a calibration."""
    if calibration is None or calibration.first is None:
        return None
    return _logistic(FIRST_SIGNALS, values, calibration.first.weights, calibration.first.bias)


def _logistic(names: Sequence[str], values: Floats, by_name: Mapping[str, float], bias: float) -> float:
    z = bias + sum(by_name.get(n, 0.0) * float(v) for n, v in zip(names, values, strict=True))
    return float(1 / (1 + np.exp(-np.clip(z, -30, 30))))


def verdict(
    probability: float | None,
    first_probability: float | None,
    calibration: Calibration | None,
    hits: int,
    degraded: bool,
    incomplete: bool = False,
    first_unread: bool = False,
) -> Verdict:
    """ANSWER when the first is very likely right, ASK_HUMAN when neither it nor the five are likely to be, a list to
    choose from in between.

    Without a calibration, or when a retriever is missing, it is SUGGEST if there is any hit. While the index is
    `incomplete`, nobody can say that there is no answer, and no first result is ANSWER that is `first_unread`: found by
    its words alone.
    """
    if hits == 0:
        return Verdict.ASK_HUMAN
    if probability is None or calibration is None or degraded:
        return Verdict.SUGGEST
    first = calibration.first
    if first is not None and first_probability is not None and first_probability >= first.answer_from:
        return Verdict.SUGGEST if first_unread else Verdict.ANSWER
    return Verdict.SUGGEST if incomplete or probability >= calibration.suggest_from else Verdict.ASK_HUMAN
