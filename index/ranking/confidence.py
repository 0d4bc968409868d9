"""Pure: evidence -> how likely it is that the answer is among the five shown, and what the page should do.

A fusion score says which article is best, not whether any is good. So the raw evidence of the best candidates is read
by a logistic model of its own, calibrated (`python -m bench.fit`, over several collections and languages, questions
without an answer included) and bound to the model fingerprint: with another model's vectors it would be a guess, and
the verdict is then never ANSWER.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from index.analysis import words
from index.models import Verdict
from index.ranking.fuse import Evidence, Floats, weights

Rows = NDArray[np.int64]

log = logging.getLogger("signpost.search")

_CALIBRATION = Path(__file__).parents[1] / "data" / "calibration.json"
SHOWN = 5
# Stands for the distance to a sixth candidate where there is none.
_WIDE_GAP = 6.4

SIGNALS = (
    "cosine", "cosine_first", "cosine_z", "keyword", "coverage", "title", "foreign", "foreign_cosine", "both", "words",
    "coverage_words", "score", "share", "gap",
)  # fmt: skip


@dataclass(frozen=True)
class Calibration:
    """A logistic model over SIGNALS for one model, and the confidence from which each verdict is given."""

    weights: Mapping[str, float]
    bias: float
    suggest_from: float
    answer_from: float

    @staticmethod
    def of(stored: Mapping[str, Any]) -> "Calibration":
        return Calibration(stored["weights"], stored["bias"], stored["suggest_from"], stored["answer_from"])


def calibration_for(fingerprint: str, own: Path | None = None) -> Calibration | None:
    """A model's calibration: the operator's own (a file) if it is for this model, else the shipped one, else None.

    The file is read again when it changes. One that cannot be read, or was made for other signals or fusion weights
    than search has now, is passed over with a line in the log.
    """
    if own is not None:
        try:
            seen = own.stat()
        except OSError:
            return shipped(fingerprint)
        found = _own(own, seen.st_mtime_ns, seen.st_size, fingerprint)
        if found is not None:
            return found
    return shipped(fingerprint)


def source_of(fingerprint: str, own: Path | None = None) -> Literal["own", "shipped", "none"]:
    """Where `calibration_for` takes a model's calibration from."""
    found = calibration_for(fingerprint, own)
    if found is None:
        return "none"
    return "shipped" if found == shipped(fingerprint) else "own"


@lru_cache(maxsize=8)
def _own(path: Path, _changed: int, _size: int, fingerprint: str) -> Calibration | None:
    try:
        found = stored(path).get(fingerprint)
        if found is None:
            return None
        if found.get("basis", basis()) != basis():
            log.warning("%s was made for an earlier version of search: the shipped calibration is used", path.name)
            return None
        return Calibration.of(found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.error("%s cannot be read (%s): the shipped calibration is used", path.name, type(error).__name__)
        return None


def stored(path: Path) -> dict[str, Any]:
    """What a file of calibrations holds, by model fingerprint; empty when there is none. Raises ValueError."""
    if not path.is_file():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Calibration]:
    return {name: Calibration.of(found) for name, found in stored(_CALIBRATION).items()}


def shipped(fingerprint: str) -> Calibration | None:
    """The calibration that came with the product for a model, if any."""
    return _shipped().get(fingerprint)


def any_shipped() -> Calibration:
    """The default model's calibration: somewhere to begin with another model."""
    return next(iter(_shipped().values()))


@lru_cache(maxsize=1)
def basis() -> str:
    """What a calibration rests on beside the model: the signals, and the weights that order the candidates."""
    rest = json.dumps([list(SIGNALS), dict(weights())], sort_keys=True)
    return hashlib.sha256(rest.encode()).hexdigest()[:12]


def length(text: str) -> float:
    """How many words a question has; two Chinese characters count as one."""
    return sum(len(w) / 2 if w[0] > "\u2e80" else 1.0 for w in words(text))


def signals(e: Evidence, scores: Floats, order: Rows, query_length: float) -> Floats:
    """Shape (len(SIGNALS),): what the best candidates show.

    `scores` is fuse.score of each candidate, `order` holds candidate numbers, best first.
    """
    if len(e) == 0:
        return np.zeros(len(SIGNALS), np.float32)
    top, first = order[:SHOWN], int(order[0])
    cosine, coverage = float(e.cosine[top].max()), float(e.coverage[top].max())
    # A first hit in another language has no words in common with the question, and its cosine is lower.
    foreign = 1.0 - float(e.same_language[first])
    asked = float(np.log1p(min(query_length, 40.0)))
    odds = np.exp(scores[order] - scores[first])
    share = float(odds[:SHOWN].sum() / odds.sum())
    gap = float(scores[first] - scores[order[SHOWN]]) if len(order) > SHOWN else _WIDE_GAP
    values = (
        cosine, float(e.cosine[first]), float(e.cosine_z[top].max()), float(e.keyword[top].max()), coverage,
        float(e.own_title[top].max()), foreign, foreign * cosine, cosine * coverage, asked, coverage * asked,
        float(scores[first]) / 10, float(np.log(share / (1 - share + 1e-3))), float(np.log1p(max(gap, 0.0))),
    )  # fmt: skip
    return np.array(values, np.float32)


def confidence(values: Floats, calibration: Calibration | None) -> float | None:
    """The calibrated probability, or None without a calibration."""
    if calibration is None:
        return None
    z = calibration.bias + sum(calibration.weights.get(n, 0.0) * float(v) for n, v in zip(SIGNALS, values, strict=True))
    return float(1 / (1 + np.exp(-np.clip(z, -30, 30))))


def verdict(probability: float | None, calibration: Calibration | None, hits: int, degraded: bool) -> Verdict:
    """ANSWER when it is very likely right, ASK_HUMAN when it is likelier wrong, a list to choose from in between.

    Without a calibration, or when a leg is missing, nothing is promised: SUGGEST if there is anything at all.
    """
    if hits == 0:
        return Verdict.ASK_HUMAN
    if probability is None or calibration is None or degraded:
        return Verdict.SUGGEST
    if probability >= calibration.answer_from:
        return Verdict.ANSWER
    return Verdict.SUGGEST if probability >= calibration.suggest_from else Verdict.ASK_HUMAN
