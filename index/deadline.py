"""Per-query deadline: steps run in a thread pool, and late ones are left out of the result."""

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StepTimeout
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

# Enough for all requests the server handles at once, so that a step that hangs does not block others.
_THREADS = 48
# The share of the budget for retrieval; the rest is kept for ranking.
_RETRIEVAL_SHARE = 0.8


def question_pool() -> Executor:
    """The threads that the steps run in. They begin with the first query."""
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="question")


@dataclass(frozen=True)
class PendingStep(Generic[T]):
    """A step running in a thread of the pool."""

    step: Future[T]
    until: float

    def result(self) -> T | None:
        """The step's result, or None when it is late. A late step is not stopped: what it caches (a vector, a term's
        postings) serves later queries. Raises what the step raised."""
        try:
            return self.step.result(max(0.0, self.until - time.perf_counter()))
        except StepTimeout:
            # Has an effect only on a step that has not started.
            self.step.cancel()
            return None


class Deadline:
    """Runs the steps of many queries; `budget_ms` is the time limit of each query. Help centres of one process may
    share a `pool`."""

    def __init__(self, budget_ms: int, pool: Executor | None = None) -> None:
        self.seconds = budget_ms / 1000
        self._pool = pool or question_pool()

    def start(self, began: float, step: Callable[..., T], *arguments: object) -> PendingStep[T]:
        """Start a step of a query that began at `began` (time.perf_counter)."""
        return PendingStep(self._pool.submit(step, *arguments), began + self.seconds * _RETRIEVAL_SHARE)

    def start_late(self, step: Callable[..., T], *arguments: object, seconds: float | None = None) -> PendingStep[T]:
        """Start a step that has half of the budget, or these seconds, from now on, whatever was used before."""
        allowed = self.seconds / 2 if seconds is None else seconds
        return PendingStep(self._pool.submit(step, *arguments), time.perf_counter() + allowed)

    def allows_another(self, began: float) -> bool:
        """Whether there is time for a second search, which has the budget anew: the first kept to its own."""
        return time.perf_counter() - began < self.seconds
