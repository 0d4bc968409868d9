"""How long a question may take, and what is done with what takes longer."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

# As many steps as the server answers questions at once may be under way; one that hangs blocks no other.
_THREADS = 48
# The share of the time after which nothing is waited for any more; ranking takes the rest.
_FOR_THE_LEGS = 0.8


@dataclass(frozen=True)
class Started(Generic[T]):
    """A step under way in a thread of its own."""

    step: Future[T]
    until: float

    def result(self) -> T | None:
        """What the step gives, or None when it is late. It is not stopped: what it leaves behind (a vector, a word's
        postings) serves the next who asks. Raises what the step raised."""
        try:
            return self.step.result(max(0.0, self.until - time.perf_counter()))
        except TooLate:
            # A step that was not begun need not begin.
            self.step.cancel()
            return None


class Deadline:
    """Starts the steps of many questions; `budget_ms` is what each question has."""

    def __init__(self, budget_ms: int) -> None:
        self._seconds = budget_ms / 1000
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="question")

    def start(self, began: float, step: Callable[..., T], *given: object) -> Started[T]:
        """Begin a step of the question that was asked at `began` (time.perf_counter)."""
        return Started(self._pool.submit(step, *given), began + self._seconds * _FOR_THE_LEGS)

    def allows_another(self, began: float) -> bool:
        """Whether a second question may be asked for this one: if the first took less than a third of the time."""
        return time.perf_counter() - began < self._seconds / 3
