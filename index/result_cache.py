"""An in-memory LRU cache of search results."""

import threading
from array import array
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from index.models import SearchResult
from index.ranking.confidence import Calibration
from kb.source.search_hints import Hints

# About ten kilobytes each.
_MAX_RESULTS = 512


@dataclass(frozen=True)
class CachedResult:
    """A result, and what it depends on besides its generation. `visibility` has, for each ranking, the candidate
    article rows and those of them that were visible, as arrays: hundreds of sets would take megabytes."""

    result: SearchResult
    hints: Hints
    calibration: Calibration | None
    visibility: "tuple[tuple[array[int], array[int]], ...]"

    @staticmethod
    def of(
        result: SearchResult,
        hints: Hints,
        calibration: Calibration | None,
        visibility: Iterable[tuple[Iterable[int], Iterable[int]]],
    ) -> "CachedResult":
        rows = tuple((array("i", candidates), array("i", shown)) for candidates, shown in visibility)
        return CachedResult(result, hints, calibration, rows)


class ResultCache:
    """The most recently used results. Thread-safe. The caller checks whether a cached result is still valid."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, CachedResult] = OrderedDict()

    def get(self, key: Hashable) -> CachedResult | None:
        with self._lock:
            cached = self._results.get(key)
            if cached is not None:
                self._results.move_to_end(key)
            return cached

    def put(self, key: Hashable, cached: CachedResult) -> None:
        with self._lock:
            self._results[key] = cached
            self._results.move_to_end(key)
            while len(self._results) > _MAX_RESULTS:
                self._results.popitem(last=False)
