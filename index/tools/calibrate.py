"""A calibration of its own for one help centre: how likely is it, on these articles, that the answer is shown?

Asked are the articles' own `questions` and titles, each left out of the index while it is asked, and questions that no
help centre answers (index/tools/no_answer.py). One half fits, the other half says whether it was worth it. A few
hundred questions cannot say anew what fourteen signals are worth, so the shipped weights are pulled towards them, the
less the fewer there are (figures in docs/search.md).
"""

import hashlib
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.languages import is_chinese
from index.models import SearchQuery
from index.protocols import Embedder
from index.query.language import detect
from index.query.normalize import normalize
from index.ranking import confidence
from index.ranking.confidence import Calibration
from index.ranking.fuse import Floats
from index.search import Ranking, Search
from index.storage.generation import Generation
from index.storage.live import LiveIndex
from index.tools.findability import TITLE, searching, turns, without
from index.tools.no_answer import UnanswerableQuestion, held_out, strangers
from kb.models import Article

# Questions found, below which no half can say anything.
LEAST = 40
_MOST_TITLES = 300
_MOST_QUESTIONS = 1500
# The share of questions without an answer that may be shown as if they had one; a little less than what is promised.
_WRONG = 0.045
# Of the questions with an answer, this share may be lost to a higher threshold than that asks for.
_LOST = 0.03
# A topic of which more is taken to be answered here is this help centre's own.
_OWN_TOPIC = 0.5
# With less than this, a model nobody calibrated before stays without a calibration.
_LEAST_AUROC, _MOST_WRONG = 0.9, 0.08

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Reading:
    """What calibration sees of one question: its signals, whether it has an answer, and whether that was shown."""

    values: Floats
    answered: bool
    answerable: bool
    tests: bool


@dataclass(frozen=True)
class CalibrationQuestions:
    """Everything asked. `own_topics` were left out of the questions without an answer: (language, topic)."""

    readings: tuple[Reading, ...]
    questions: int
    titles: int
    strangers: int
    own_topics: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Quality:
    """On questions of which half have an answer: AUROC of answered against unanswerable; `wrong`, the share of
    unanswerable ones shown as if answered; `shown`, the share of answered ones shown; `error`, the expected calibration
    error; `loss`, the mean logarithmic loss, which all of them go into."""

    auroc: float
    wrong: float
    shown: float
    error: float
    loss: float


@dataclass(frozen=True)
class Proposal:
    """A calibration fitted on everything. `quality` is that of one fitted on half, on the other half; `before` that of
    the one in use there (None: there is none); `better` says whether to take it.
    """

    calibration: Calibration
    quality: Quality
    before: Quality | None
    better: bool


class TooFew(ValueError):
    """There are not enough questions to learn from; the message says how many there are and what to do."""


def ask(
    articles: Sequence[Article], embedder: Embedder, cache_folder: Path | None = None, progress: Progress | None = None
) -> CalibrationQuestions:
    """Ask `articles` (those that search may find) everything. Takes seconds to minutes; `progress` gets (done, all)."""
    entries = _entries(articles)
    steps, rows, titles = turns(entries), [], 0
    with tempfile.TemporaryDirectory(prefix="signpost-calibrate-") as scratch:
        cache = cache_folder or Path(scratch) / "vectors"
        for turn, group in enumerate(steps):
            with searching(without(articles, group), embedder, Path(scratch) / str(turn), cache) as (search, live):
                generation = _current(live)
                for article, number in group:
                    is_title = number == TITLE
                    text = article.title if is_title else article.questions[number]
                    reading = _read(search, generation, text, article.lang, article.key)
                    # Another article may well answer a title that does not find its own: that teaches nothing.
                    if reading.answered or not is_title:
                        rows.append(reading)
                        titles += is_title
            if progress:
                progress(turn + 1, len(steps) + 1)
        with searching(articles, embedder, Path(scratch) / "all", cache) as (search, live):
            absent, own_topics = _absent(search, _current(live), articles)
    if progress:
        progress(len(steps) + 1, len(steps) + 1)
    return CalibrationQuestions(tuple(rows + absent), len(rows) - titles, titles, len(absent), own_topics)


def _current(live: LiveIndex) -> Generation:
    generation = live.current()
    if generation is None:
        raise RuntimeError("the scratch index of a calibration cannot be opened")
    return generation


def _entries(articles: Sequence[Article]) -> list[tuple[Article, int]]:
    """Questions and titles to ask, each title once; of very many always the same, by their hash."""
    questions = [(a, n) for a in articles for n in range(len(a.questions))]
    once = {(a.lang, a.title): (a, TITLE) for a in articles if a.title}
    chosen = sorted(once.values(), key=lambda entry: _shuffled(entry[0].title))[:_MOST_TITLES]
    return sorted(questions, key=lambda entry: _shuffled(entry[0].questions[entry[1]]))[:_MOST_QUESTIONS] + chosen


def _shuffled(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(search: Search, generation: Generation, text: str, lang: str, key: str | None) -> Reading:
    asked = normalize(text)
    ranking = search.ranked(generation, asked, detect(asked, lang), SearchQuery(asked, lang))
    return Reading(ranking.signals, key in _first_keys(generation, ranking), key is not None, held_out(text))


def _first_keys(generation: Generation, ranking: Ranking) -> list[str]:
    """The articles a results page begins with, translations counted as one."""
    rows = ranking.found.rows[ranking.order]
    return list(dict.fromkeys(generation.articles[int(row)].key for row in rows[: 4 * confidence.SHOWN]))[
        : confidence.SHOWN
    ]


def _absent(
    search: Search, generation: Generation, articles: Sequence[Article]
) -> tuple[list[Reading], tuple[tuple[str, str], ...]]:
    """What questions without an answer show here. Topics that this help centre is about are left out."""
    langs = {a.lang for a in articles}
    wanted = [s for s in strangers() if s.lang in langs or (is_chinese(s.lang) and any(map(is_chinese, langs)))]
    # Where none speaks the articles' languages, English does: visitors try it.
    wanted = wanted or [s for s in strangers() if s.lang == "en"]
    calibration = confidence.shipped(generation.manifest.fingerprint)
    by_topic: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    for stranger in wanted:
        by_topic[stranger.lang, stranger.topic].append(_stranger(search, generation, stranger))
    own = tuple(topic for topic, rows in by_topic.items() if calibration and _is_own(rows, calibration))
    return [row for topic, rows in by_topic.items() if topic not in own for row in rows], own


def _stranger(search: Search, generation: Generation, stranger: UnanswerableQuestion) -> Reading:
    return _read(search, generation, stranger.text, stranger.lang, None)


def _is_own(rows: Sequence[Reading], calibration: Calibration) -> bool:
    return float((_believed(rows, calibration) >= calibration.suggest_from).mean()) > _OWN_TOPIC


def propose(asked: CalibrationQuestions, fingerprint: str, in_use: Calibration | None) -> Proposal:
    """A calibration, judged by what one half of what was asked teaches about the other half. Raises TooFew."""
    found = sum(r.answered for r in asked.readings)
    halves = [[r for r in asked.readings if r.tests is side] for side in (False, True)]
    if found < LEAST or any(sum(r.answered for r in h) < LEAST // 4 for h in halves):
        raise TooFew(
            f"Calibrating needs at least {LEAST} questions that find their article; here are {found}"
            f" ({asked.questions} asked from `questions` in the articles, {asked.titles} titles that find their"
            " article). Give articles more `questions` (docs/authors/findability.md) and run it again. Nothing was"
            " changed."
        )
    fits, tests = halves
    own = confidence.shipped(fingerprint)
    prior, pull = own or confidence.any_shipped(), _pull(asked.questions) if own else _PULL_OTHER_MODEL
    after = judge(tests, fit(fits, prior, pull))
    before = judge(tests, in_use) if in_use else None
    if before is None:
        better = after.auroc >= _LEAST_AUROC and after.wrong <= _MOST_WRONG
    else:
        better = after.loss < before.loss and after.auroc >= before.auroc - 0.005 and after.error <= before.error + 0.01
    return Proposal(fit(asked.readings, prior, pull), after, before, better)


# A model that was never calibrated has other cosines: the default model's weights are only where to begin.
_PULL_OTHER_MODEL = 0.01


def _pull(questions: int) -> float:
    """How strongly weights are held to the shipped ones: titles alone say less of what customers type."""
    return float(np.clip(30 / max(1, questions), 0.1, 0.3))


def fit(rows: Sequence[Reading], prior: Calibration, pull: float) -> Calibration:
    """The logistic model that is best on `rows`, both sides counting half, less `pull` times the squared distance of
    its weights from the prior's (in deviations of each signal). The bias is free."""
    x, y, share = _arrays(rows)
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.hstack([(x - mean) / scale, np.ones((len(x), 1))])
    held = np.array([prior.weights.get(n, 0.0) for n in confidence.SIGNALS], np.float64)
    start = np.append(held * scale, prior.bias + held @ mean)
    w = _newton(z, y, share, start, np.append(np.full(len(held), 2 * pull), 1e-6))
    weights = w[:-1] / scale
    fitted = Calibration(
        {n: round(float(v), 4) for n, v in zip(confidence.SIGNALS, weights, strict=True)},
        round(float(w[-1] - weights @ mean), 4),
        prior.suggest_from,
        prior.answer_from,
    )
    belief, answered = _believed(rows, fitted), y > 0
    absent = np.array([not r.answerable for r in rows])
    # Enough to keep questions without an answer out; more, as long as that loses hardly any that have one.
    cut = max(float(np.quantile(belief[absent], 1 - _WRONG)), min(0.5, float(np.quantile(belief[answered], _LOST))))
    return replace(fitted, suggest_from=round(cut, 4), answer_from=round(max(prior.answer_from, cut), 4))


def _newton(z: np.ndarray, y: np.ndarray, share: np.ndarray, start: np.ndarray, pull: np.ndarray) -> np.ndarray:
    w = start.copy()
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(z @ w, -30, 30)))
        slope = z.T @ ((p - y) * share) + pull * (w - start)
        curve = (z * (share * p * (1 - p))[:, None]).T @ z + np.diag(pull + 1e-9)
        step = np.linalg.solve(curve, slope)
        # A long step leaves the region in which the parabola is like the loss.
        w -= step * min(1.0, 2 / max(float(np.abs(step).max()), 1e-9))
        if float(np.abs(step).max()) < 1e-7:
            break
    return w


def _arrays(rows: Sequence[Reading]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(signals, 1 where the answer was shown, weight of each row: both sides half)."""
    answerable = np.array([r.answerable for r in rows])
    share = np.where(answerable, 0.5 / max(1, answerable.sum()), 0.5 / max(1, (~answerable).sum()))
    return (
        np.stack([r.values for r in rows]).astype(np.float64),
        np.array([float(r.answered) for r in rows]),
        share / share.sum(),
    )


def _believed(rows: Sequence[Reading], calibration: Calibration) -> Floats:
    return np.array([confidence.confidence(r.values, calibration) for r in rows], np.float32)


def judge(rows: Sequence[Reading], calibration: Calibration) -> Quality:
    """How good a calibration is on questions it did not learn from."""
    belief = _believed(rows, calibration).astype(np.float64)
    _, y, share = _arrays(rows)
    absent = np.array([not r.answerable for r in rows])
    found = y > 0
    without_answer, with_answer = np.sort(belief[absent]), belief[found]
    ranks = np.searchsorted(without_answer, with_answer, "left") + np.searchsorted(without_answer, with_answer, "right")
    bins = np.minimum(9, (belief * 10).astype(int))
    error = sum(abs(float(((belief - y) * share)[bins == b].sum())) for b in range(10))
    loss = -(share * (y * np.log(belief + 1e-9) + (1 - y) * np.log(1 - belief + 1e-9))).sum()
    cut = calibration.suggest_from
    return Quality(
        auroc=float(ranks.mean() / 2 / max(1, len(without_answer))),
        wrong=float((without_answer >= cut).mean()),
        shown=float((with_answer >= cut).mean()),
        error=error,
        loss=float(loss),
    )


def write(path: Path, fingerprint: str, calibration: Calibration, note: Mapping[str, str]) -> None:
    """Put a calibration beside those of other models. A server that runs takes it from its next search on."""
    stored = confidence.stored(path)
    stored[fingerprint] = {
        "weights": dict(calibration.weights), "bias": calibration.bias, "suggest_from": calibration.suggest_from,
        "answer_from": calibration.answer_from, "basis": confidence.basis(), **note,
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)
