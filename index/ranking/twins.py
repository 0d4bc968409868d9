"""Near twins of the generation that serves, remembered until another one does: comparing a large one takes seconds, and
is done in a thread."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from index.ranking.related import near_duplicates
from index.storage.generation import Generation
from kb.models import ArticleRef


@dataclass(frozen=True)
class Twins:
    """Two articles that say nearly the same. `semantic` and `words` are as in NearDuplicates."""

    one: ArticleRef
    other: ArticleRef
    semantic: float
    words: float


class TwinFinder:
    """Thread-safe; cheap until asked."""

    def __init__(self, serving: Callable[[], Generation | None]) -> None:
        self._serving = serving
        self._lock = threading.Lock()
        self._running: dict[str, threading.Event] = {}
        self._found: tuple[str, tuple[Twins, ...]] | None = None

    def pairs(self, wait: float = 60.0) -> tuple[Twins, ...] | None:
        """The nearest first; none while there is no index. Where comparing takes longer than `wait` seconds, those of
        the generation before, or None."""
        generation = self._serving()
        if generation is None:
            return ()
        name = generation.folder.name
        with self._lock:
            done = self._running.get(name)
            if done is None and (self._found is None or self._found[0] != name):
                done = self._running[name] = threading.Event()
                threading.Thread(target=self._compare, args=(generation, done), name="twins", daemon=True).start()
        if done is not None:
            done.wait(wait)
        found = self._found
        return found[1] if found else None

    def _compare(self, generation: Generation, done: threading.Event) -> None:
        try:
            pairs = [
                Twins(generation.articles[one.row].ref, generation.articles[one.other].ref, one.semantic, one.words)
                for one in near_duplicates(generation)
            ]
            self._found = generation.folder.name, tuple(sorted(pairs, key=lambda one: -one.semantic))
        finally:
            with self._lock:
                self._running.pop(generation.folder.name, None)
            done.set()
