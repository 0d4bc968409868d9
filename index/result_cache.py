"""Answers given a moment ago."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from index.models import SearchResult
from index.ranking.confidence import Calibration
from kb.hints import Hints

# Some ten kilobytes each.
_KEPT = 512


@dataclass(frozen=True)
class CachedResult:
    """An answer, and what it rests on besides its generation. `seen` has, for each ranking, the article rows that were
    candidates and those of them that could be shown."""

    result: SearchResult
    hints: Hints
    calibration: Calibration | None
    seen: tuple[tuple[tuple[int, ...], frozenset[int]], ...]


class ResultCache:
    """The last answers, for many threads. Whether one still holds is for the caller to see."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given: OrderedDict[Hashable, CachedResult] = OrderedDict()

    def get(self, key: Hashable) -> CachedResult | None:
        with self._lock:
            found = self._given.get(key)
            if found is not None:
                self._given.move_to_end(key)
            return found

    def keep(self, key: Hashable, given: CachedResult) -> None:
        with self._lock:
            self._given[key] = given
            self._given.move_to_end(key)
            while len(self._given) > _KEPT:
                self._given.popitem(last=False)
