"""Near twins of the generation that serves, remembered until another one does: comparing a large one takes seconds."""

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
        self._found: tuple[str, tuple[Twins, ...]] | None = None

    def pairs(self) -> tuple[Twins, ...]:
        """The nearest first; none while there is no index."""
        generation = self._serving()
        if generation is None:
            return ()
        with self._lock:
            name = generation.folder.name
            if self._found is None or self._found[0] != name:
                pairs = [
                    Twins(generation.articles[one.row].ref, generation.articles[one.other].ref, one.semantic, one.words)
                    for one in near_duplicates(generation)
                ]
                self._found = name, tuple(sorted(pairs, key=lambda one: -one.semantic))
            return self._found[1]
