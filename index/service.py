"""Search for pages and API: wraps `index.search.Search`, logs every search, and never raises.

On any error a visitor gets an empty degraded result with the verdict ASK_HUMAN.
"""

import time
import traceback
from typing import Protocol

from core.events import emit
from index.models import ArticleHit, Degraded, SearchQuery, SearchResult, UrgentMatch, Verdict
from kb.models import ArticleRef


class SearchEngine(Protocol):
    """The part of `index.search.Search` that SearchService needs."""

    def search(self, query: SearchQuery) -> SearchResult: ...

    def related(self, ref: ArticleRef, limit: int = 4) -> tuple[ArticleHit, ...]: ...

    def urgent(self, text: str, reader: str | None) -> UrgentMatch | None: ...


class SearchService:
    """`where` names the calling page or endpoint for the log; the query itself is never logged."""

    def __init__(self, engine: SearchEngine) -> None:
        self._engine = engine

    def search(self, query: SearchQuery, where: str = "") -> SearchResult:
        began = time.perf_counter()
        try:
            result = self._engine.search(query)
        except Exception:
            # Whatever failed (index files, database), the visitor must get the way to a person, not an error page.
            emit("search_failed", where=where, trace=traceback.format_exc())
            took = (time.perf_counter() - began) * 1000
            urgent = self.urgent(query.text, query.lang, where)
            return SearchResult(
                query.text, query.lang or "und", Verdict.ASK_HUMAN, 0.0, (), Degraded.NO_INDEX, took, urgent=urgent
            )
        emit(
            "searched",
            where=where,
            lang=result.lang,
            verdict=str(result.verdict),
            confidence=None if result.confidence is None else round(result.confidence, 4),
            hits=len(result.hits),
            degraded=None if result.degraded is None else str(result.degraded),
            ms=round(result.took_ms, 1),
        )
        if result.urgent is not None:
            emit("urgent_shown", where=where, name=result.urgent.name, lang=result.urgent.lang)
        if result.degraded is not None:
            emit("search_degraded", where=where, reason=str(result.degraded))
        return result

    def urgent(self, text: str, reader: str | None, where: str) -> UrgentMatch | None:
        """The author's urgent message that a text calls for; None also where that cannot be told."""
        try:
            return self._engine.urgent(text, reader)
        except Exception:
            emit("search_failed", where=f"{where}, urgent", trace=traceback.format_exc())
            return None

    def related(self, ref: ArticleRef, limit: int = 4) -> tuple[ArticleHit, ...]:
        """Articles similar to this one; empty when search is down."""
        try:
            return self._engine.related(ref, limit)
        except Exception:
            emit("search_failed", where="related", trace=traceback.format_exc())
            return ()
