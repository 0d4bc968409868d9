"""Trials: how the questions of an article would find it with a text that is not saved yet.

One at a time, in a thread, since each question is a search of its own in an index of its own. What was found stays in
memory, for those who have the article open; nothing is stored.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.events import emit
from insight.findability.models import Place, Question
from kb.models import Article

# More questions of one article are not tried: one takes up to some seconds.
MOST_QUESTIONS = 24
_KEPT = 50

Measure = Callable[[Article], Sequence[tuple[Question, Place]]]


@dataclass(frozen=True)
class Trial:
    """`places` is None while it runs, and where `problem` says why there are none. `text` is a hash of what was tried,
    `revision` the published one it was tried among."""

    text: str
    began: datetime
    revision: int
    places: tuple[tuple[Question, Place], ...] | None = None
    problem: str = ""
    left_out: int = 0

    @property
    def is_running(self) -> bool:
        return self.places is None and not self.problem


class Trials:
    """The latest trial of each article by each account. Thread-safe."""

    def __init__(self, measure: Measure, refusals: tuple[type[Exception], ...]) -> None:
        """`refusals` are what `measure` raises where it cannot be tried now."""
        self._measure, self._refusals = measure, refusals
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock()
        self._known: OrderedDict[str, tuple[Trial, threading.Event]] = OrderedDict()

    def start(self, key: str, article: Article, text: str, revision: int, now: datetime, wait: float = 3.0) -> Trial:
        """The trial of this text: the one there is, or a new one, as far as it is after `wait` seconds."""
        with self._lock:
            known = self._known.get(key)
            same = known is not None and (known[0].text, known[0].revision) == (text, revision)
            if known is None or not (known[0].is_running or (same and not known[0].problem)):
                tried = replace(article, questions=article.questions[:MOST_QUESTIONS])
                left_out = len(article.questions) - len(tried.questions)
                known = Trial(text, now, revision, left_out=left_out), threading.Event()
                self._known[key] = known
                self._known.move_to_end(key)
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
                threading.Thread(target=self._run, args=(key, tried, *known), name="trial", daemon=True).start()
        known[1].wait(wait)
        return self.latest(key) or known[0]

    def latest(self, key: str) -> Trial | None:
        with self._lock:
            known = self._known.get(key)
            return known[0] if known else None

    def _run(self, key: str, article: Article, trial: Trial, done: threading.Event) -> None:
        try:
            with self._one_at_a_time:
                trial = replace(trial, places=tuple(self._measure(article)))
        except self._refusals:
            trial = replace(trial, problem="unavailable")
        except Exception as failure:
            emit("trial_failed", error=type(failure).__name__)
            trial = replace(trial, problem="failed")
        finally:
            with self._lock:
                if key in self._known and self._known[key][1] is done:
                    self._known[key] = trial, done
            done.set()
