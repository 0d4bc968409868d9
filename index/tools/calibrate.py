"""Fits a confidence calibration to one help centre: the probability that the answer is shown, on these articles.

The queries are the articles' own `questions` and titles, each held out of the index while it is searched, and questions
that no help centre answers (index/tools/no_answer.py). One half is for training, the other is the test set. A few
hundred questions are too few to fit dozens of weights from scratch, so the fit is regularised towards the shipped
weights, the more the fewer questions there are (figures in docs/search.md).

Whether the first result is right is fitted to the same questions, and to the same asked again of half of the articles:
those whose article is gone are near unknowns, in which all words match but the one that matters.
"""

import hashlib
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.texts.languages import is_chinese
from index.models import SearchQuery
from index.protocols import Embedder
from index.query.language import detect
from index.query.normalize import normalize
from index.ranking import confidence
from index.ranking.candidates import Ranking
from index.ranking.confidence import Calibration, FirstCalibration
from index.ranking.first_names import FIRST_SIGNALS
from index.ranking.fuse import Floats
from index.search import Search
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from index.tools.findability import TITLE, batches, leave_out, scratch_search
from index.tools.no_answer import UnanswerableQuestion, held_out, unanswerable_questions
from kb.models import Article

# The least number of answered questions; with fewer, a half is too small to fit or test.
LEAST = 40
_MAX_TITLES = 300
_MAX_QUESTIONS = 1500
# The accepted false-positive rate: unanswerable questions shown as if answered; a little less than documented.
_WRONG = 0.045
# The accepted false-negative rate when the threshold is raised further than _WRONG requires.
_LOST = 0.03
# An unanswerable topic with a larger share of hits is one that this help centre does cover.
_OWN_TOPIC = 0.5
# A model without a calibration gets one only if it reaches these.
_MIN_AUROC, _MAX_WRONG = 0.9, 0.08

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Sample:
    """One calibration sample: a question's signals, whether it has an answer, and whether that was shown;
    `first_values` are the signals of the first result."""

    values: Floats
    answered: bool
    answerable: bool
    tests: bool
    first_values: Floats = field(default_factory=lambda: np.zeros(len(FIRST_SIGNALS), np.float32))


@dataclass(frozen=True)
class FirstSample:
    """A question's signals of the first result, and whether the first was right."""

    values: Floats
    right: bool
    tests: bool


@dataclass(frozen=True)
class CalibrationQuestions:
    """All samples. `own_topics` were left out of the unanswerable questions: (language, topic)."""

    samples: tuple[Sample, ...]
    questions: int
    titles: int
    unanswerable_questions: int
    own_topics: tuple[tuple[str, str], ...]
    first: tuple[FirstSample, ...] = ()


@dataclass(frozen=True)
class Quality:
    """Metrics with answerable and unanswerable questions weighted half each: AUROC of answered against unanswerable;
    `wrong`, the false-positive rate; `shown`, the true-positive rate; `error`, the expected calibration error; `loss`,
    the mean log loss."""

    auroc: float
    wrong: float
    shown: float
    error: float
    loss: float


@dataclass(frozen=True)
class Proposal:
    """A calibration fitted on all samples. `quality` is that of one fitted on the training half, measured on the test
    half; `before` that of the one in use (None: there is none); `better` says whether to adopt it.
    """

    calibration: Calibration
    quality: Quality
    before: Quality | None
    better: bool


class TooFewSamples(ValueError):
    """There are not enough questions to fit; the message says how many there are and what to do."""


def collect_samples(
    articles: Sequence[Article], embedder: Embedder, cache_folder: Path | None = None, progress: Progress | None = None
) -> CalibrationQuestions:
    """Search for every question about `articles` (those not excluded). Takes seconds to minutes; `progress` gets
    (done, total)."""
    entries = _entries(articles)
    steps, samples, titles = batches(entries), [], 0
    first: list[FirstSample] = []
    with tempfile.TemporaryDirectory(prefix="signpost-calibrate-") as scratch:
        cache = cache_folder or Path(scratch) / "vectors"
        for batch, group in enumerate(steps):
            with scratch_search(leave_out(articles, group), embedder, Path(scratch) / str(batch), cache) as (
                search,
                live,
            ):
                generation = _current(live)
                for article, number in group:
                    is_title = number == TITLE
                    text = article.title if is_title else article.questions[number]
                    sample = _sample(search, generation, text, article.lang, article.key, first)
                    # A title that does not find its own article may be answered by another: no usable label.
                    if sample.answered or not is_title:
                        samples.append(sample)
                        titles += is_title
            half = [a for a in leave_out(articles, group) if _is_kept(a.key)]
            if half:
                with scratch_search(half, embedder, Path(scratch) / f"{batch}-half", cache) as (search, live):
                    for article, number in group:
                        if number != TITLE:
                            text = article.questions[number]
                            _sample(search, _current(live), text, article.lang, article.key, first)
            if progress:
                progress(batch + 1, len(steps) + 1)
        with scratch_search(articles, embedder, Path(scratch) / "all", cache) as (search, live):
            unanswerable, own_topics = _unanswerable_samples(search, _current(live), articles)
            first += [FirstSample(s.first_values, right=False, tests=s.tests) for s in unanswerable]
    if progress:
        progress(len(steps) + 1, len(steps) + 1)
    return CalibrationQuestions(
        tuple(samples + unanswerable), len(samples) - titles, titles, len(unanswerable), own_topics, tuple(first)
    )


def _current(live: LiveIndex) -> Generation:
    generation = live.current()
    if generation is None:
        raise RuntimeError("the scratch index of a calibration cannot be opened")
    return generation


def _entries(articles: Sequence[Article]) -> list[tuple[Article, int]]:
    """Questions and titles to ask, each title unique_titles; of very many always the same, by their hash."""
    questions = [(a, n) for a in articles for n in range(len(a.questions))]
    unique_titles = {(a.lang, a.title): (a, TITLE) for a in articles if a.title}
    chosen = sorted(unique_titles.values(), key=lambda entry: _shuffled(entry[0].title))[:_MAX_TITLES]
    return sorted(questions, key=lambda entry: _shuffled(entry[0].questions[entry[1]]))[:_MAX_QUESTIONS] + chosen


def _shuffled(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _is_kept(key: str) -> bool:
    """Whether an article is in the half that near unknowns are asked of."""
    return hashlib.sha256(f"near {key}".encode()).digest()[0] % 2 == 0


def _sample(
    search: Search,
    generation: Generation,
    text: str,
    lang: str,
    key: str | None,
    first: list[FirstSample] | None = None,
) -> Sample:
    """The sample of a question about article `key`; also appended to `first`, as a sample of the first result."""
    query = normalize(text)
    ranking = search.rank(generation, query, detect(query, lang, generation.lexicons), SearchQuery(query, lang))
    keys = _first_keys(generation, ranking)
    if first is not None:
        first.append(FirstSample(ranking.first_signals, keys[:1] == [key], held_out(text)))
    return Sample(ranking.signals, key in keys, key is not None, held_out(text), ranking.first_signals)


def _first_keys(generation: Generation, ranking: Ranking) -> list[str]:
    """The first SHOWN articles of a ranking, with translations counted as one."""
    rows = ranking.candidates.rows[ranking.order]
    return list(dict.fromkeys(generation.articles[int(row)].key for row in rows[: 4 * confidence.SHOWN]))[
        : confidence.SHOWN
    ]


def _unanswerable_samples(
    search: Search, generation: Generation, articles: Sequence[Article]
) -> tuple[list[Sample], tuple[tuple[str, str], ...]]:
    """Samples of unanswerable questions, without the topics that this help centre covers."""
    langs = {a.lang for a in articles}
    wanted = [
        s for s in unanswerable_questions() if s.lang in langs or (is_chinese(s.lang) and any(map(is_chinese, langs)))
    ]
    # English is the fallback where there are none in the articles' languages: visitors try it.
    wanted = wanted or [s for s in unanswerable_questions() if s.lang == "en"]
    calibration = confidence.shipped_calibration(generation.manifest.fingerprint)
    by_topic: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for question in wanted:
        by_topic[question.lang, question.topic].append(_unanswerable_sample(search, generation, question))
    own = tuple(topic for topic, rows in by_topic.items() if calibration and _is_own(rows, calibration))
    return [row for topic, rows in by_topic.items() if topic not in own for row in rows], own


def _unanswerable_sample(search: Search, generation: Generation, question: UnanswerableQuestion) -> Sample:
    return _sample(search, generation, question.text, question.lang, None)


def _is_own(rows: Sequence[Sample], calibration: Calibration) -> bool:
    return float((_probabilities(rows, calibration) >= calibration.suggest_from).mean()) > _OWN_TOPIC


def propose(collected: CalibrationQuestions, fingerprint: str, in_use: Calibration | None) -> Proposal:
    """Fit a calibration, evaluated by training on one half of the samples and testing on the other.

    Raises TooFewSamples.
    """
    found = sum(r.answered for r in collected.samples)
    halves = [[r for r in collected.samples if r.tests is side] for side in (False, True)]
    if found < LEAST or any(sum(r.answered for r in h) < LEAST // 4 for h in halves):
        raise TooFewSamples(
            f"Calibrating needs at least {LEAST} questions that find their article; here are {found}"
            f" ({collected.questions} asked from `questions` in the articles, {collected.titles} titles that find their"
            " article). Give articles more `questions` (docs/authors/findability.md) and run it again. Nothing was"
            " changed."
        )
    training, tests = halves
    own = confidence.shipped_calibration(fingerprint)
    prior, pull = (
        own or confidence.default_calibration(),
        _prior_strength(collected.questions) if own else _PULL_OTHER_MODEL,
    )
    after = judge(tests, fit(training, prior, pull))
    before = judge(tests, in_use) if in_use else None
    if before is None:
        better = after.auroc >= _MIN_AUROC and after.wrong <= _MAX_WRONG
    else:
        better = after.loss < before.loss and after.auroc >= before.auroc - 0.005 and after.error <= before.error + 0.01
    fitted = fit(collected.samples, prior, pull)
    return Proposal(replace(fitted, first=_fitted_first(collected.first, prior.first, pull)), after, before, better)


def _fitted_first(rows: Sequence[FirstSample], prior: FirstCalibration | None, pull: float) -> FirstCalibration | None:
    """The calibration of the first result fitted to all rows, if one fitted to half of them is better than the prior on
    the other half; else the prior."""
    halves = [[r for r in rows if r.tests is side] for side in (False, True)]
    if prior is None or any(not any(r.right for r in half) for half in halves):
        return prior
    trained = fit_first(halves[0], prior, pull)
    return fit_first(rows, prior, pull) if _first_loss(halves[1], trained) < _first_loss(halves[1], prior) else prior


def fit_first(rows: Sequence[FirstSample], prior: FirstCalibration, pull: float) -> FirstCalibration:
    """As `fit`, for the first result. The threshold stays: it is a probability."""
    x, y, share = _first_arrays(rows)
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.hstack([(x - mean) / scale, np.ones((len(x), 1))])
    prior_weights = np.array([prior.weights.get(n, 0.0) for n in FIRST_SIGNALS], np.float64)
    start = np.append(prior_weights * scale, prior.bias + prior_weights @ mean)
    w = _newton(z, y, share, start, np.append(np.full(len(prior_weights), 2 * pull), 1e-6))
    weights = w[:-1] / scale
    bias = round(float(w[-1] - weights @ mean), 4)
    named = {n: round(float(v), 4) for n, v in zip(FIRST_SIGNALS, weights, strict=True)}
    return FirstCalibration(named, bias, prior.answer_from)


def _first_arrays(rows: Sequence[FirstSample]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y = np.array([float(r.right) for r in rows])
    return np.stack([r.values for r in rows]).astype(np.float64), y, np.full(len(rows), 1 / len(rows))


def _first_loss(rows: Sequence[FirstSample], calibration: FirstCalibration) -> float:
    """Mean log loss."""
    x, y, share = _first_arrays(rows)
    z = x @ np.array([calibration.weights.get(n, 0.0) for n in FIRST_SIGNALS]) + calibration.bias
    p = np.clip(1 / (1 + np.exp(-np.clip(z, -30, 30))), 1e-9, 1 - 1e-9)
    return float(-(share * (y * np.log(p) + (1 - y) * np.log(1 - p))).sum())


# Another model's cosines are distributed differently, so the default model's weights are only a weak prior.
_PULL_OTHER_MODEL = 0.01


def _prior_strength(questions: int) -> float:
    """The L2 regularisation strength: stronger with few questions, as titles alone are unlike what customers type."""
    return float(np.clip(30 / max(1, questions), 0.1, 0.3))


def fit(rows: Sequence[Sample], prior: Calibration, pull: float) -> Calibration:
    """Logistic regression on `rows` with both classes weighted half, L2-regularised (strength `pull`) towards the
    prior's weights in standardised units. The bias is not regularised."""
    x, y, share = _arrays(rows)
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.hstack([(x - mean) / scale, np.ones((len(x), 1))])
    prior_weights = np.array([prior.weights.get(n, 0.0) for n in confidence.SIGNALS], np.float64)
    start = np.append(prior_weights * scale, prior.bias + prior_weights @ mean)
    w = _newton(z, y, share, start, np.append(np.full(len(prior_weights), 2 * pull), 1e-6))
    weights = w[:-1] / scale
    fitted = Calibration(
        {n: round(float(v), 4) for n, v in zip(confidence.SIGNALS, weights, strict=True)},
        round(float(w[-1] - weights @ mean), 4),
        prior.suggest_from,
        prior.answer_from,
    )
    probabilities, answered = _probabilities(rows, fitted), y > 0
    unanswerable = np.array([not r.answerable for r in rows])
    # The threshold that keeps the false-positive rate at _WRONG, raised to at most 0.5 while it loses hardly any.
    threshold = max(
        float(np.quantile(probabilities[unanswerable], 1 - _WRONG)),
        min(0.5, float(np.quantile(probabilities[answered], _LOST))),
    )
    return replace(fitted, suggest_from=round(threshold, 4), answer_from=round(max(prior.answer_from, threshold), 4))


def _newton(z: np.ndarray, y: np.ndarray, share: np.ndarray, start: np.ndarray, pull: np.ndarray) -> np.ndarray:
    w = start.copy()
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(z @ w, -30, 30)))
        gradient = z.T @ ((p - y) * share) + pull * (w - start)
        hessian = (z * (share * p * (1 - p))[:, None]).T @ z + np.diag(pull + 1e-9)
        step = np.linalg.solve(hessian, gradient)
        # Step length is limited: far from the optimum the quadratic approximation does not hold.
        w -= step * min(1.0, 2 / max(float(np.abs(step).max()), 1e-9))
        if float(np.abs(step).max()) < 1e-7:
            break
    return w


def _arrays(rows: Sequence[Sample]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(signals, label: 1 where the answer was shown, sample weight: half for each class)."""
    answerable = np.array([r.answerable for r in rows])
    share = np.where(answerable, 0.5 / max(1, answerable.sum()), 0.5 / max(1, (~answerable).sum()))
    return (
        np.stack([r.values for r in rows]).astype(np.float64),
        np.array([float(r.answered) for r in rows]),
        share / share.sum(),
    )


def _probabilities(rows: Sequence[Sample], calibration: Calibration) -> Floats:
    return np.array([confidence.confidence(r.values, calibration) for r in rows], np.float32)


def judge(rows: Sequence[Sample], calibration: Calibration) -> Quality:
    """Evaluate a calibration on samples it was not fitted to."""
    probabilities = _probabilities(rows, calibration).astype(np.float64)
    _, y, share = _arrays(rows)
    unanswerable = np.array([not r.answerable for r in rows])
    found = y > 0
    without_answer, with_answer = np.sort(probabilities[unanswerable]), probabilities[found]
    ranks = np.searchsorted(without_answer, with_answer, "left") + np.searchsorted(without_answer, with_answer, "right")
    bins = np.minimum(9, (probabilities * 10).astype(int))
    error = sum(abs(float(((probabilities - y) * share)[bins == b].sum())) for b in range(10))
    loss = -(share * (y * np.log(probabilities + 1e-9) + (1 - y) * np.log(1 - probabilities + 1e-9))).sum()
    threshold = calibration.suggest_from
    return Quality(
        auroc=float(ranks.mean() / 2 / max(1, len(without_answer))),
        wrong=float((without_answer >= threshold).mean()),
        shown=float((with_answer >= threshold).mean()),
        error=error,
        loss=float(loss),
    )


def _first_entry(first: FirstCalibration | None) -> dict[str, Any]:
    if first is None:
        return {}
    return {"first": {"weights": dict(first.weights), "bias": first.bias, "answer_from": first.answer_from}}


def write(path: Path, fingerprint: str, calibration: Calibration, note: Mapping[str, str]) -> None:
    """Save a calibration atomically beside those of other models. A running server uses it from the next search on."""
    stored = confidence.stored_calibrations(path)
    stored[fingerprint] = {
        "weights": dict(calibration.weights), "bias": calibration.bias, "suggest_from": calibration.suggest_from,
        "answer_from": calibration.answer_from, **_first_entry(calibration.first), "basis": confidence.basis(), **note,
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)
