"""Search for pages and API: wraps `index.search.Search`, limits and logs every search, and never raises.

A search costs a run of the model, so each is counted here for its client, whichever page asks: pages that search on the
side (one that was not found, a form that carries a question) get few, and go without when these are used up. On any
error a visitor gets an empty degraded result with the verdict ASK_HUMAN.
"""

import threading
import time
import traceback
from collections.abc import Callable
from typing import Protocol

from core.events import emit
from core.token_buckets import Limit, TokenBuckets
from index.models import ArticleHit, Degraded, SearchQuery, SearchResult, UrgentMatch, Verdict
from kb.models import ArticleRef

# By the page that asks, and for all pages of one client together.
LIMITS = {
    "portal.not_found": Limit(burst=10, per_minute=10),
    "contact": Limit(burst=30, per_minute=30),
    "": Limit(burst=180, per_minute=300),
}


# While a database is silent every search fails alike: a trace for each would bury what an operator looks for.
_TRACE_AGAIN_SECONDS = 60.0


class SearchEngine(Protocol):
    """The part of `index.search.Search` that SearchService needs."""

    def search(self, query: SearchQuery) -> SearchResult: ...

    def related(self, ref: ArticleRef, limit: int = 4) -> tuple[ArticleHit, ...]: ...

    def urgent(self, text: str, reader: str | None) -> UrgentMatch | None: ...

    def urgent_at_once(self, text: str, reader: str | None) -> UrgentMatch | None: ...

    def prepare(self) -> None: ...


def _nobody() -> str:
    return ""


class SearchService:
    """`where` names the calling page or endpoint for the limits and the log; the query itself is never logged.

    `client` says who asks, '' for nobody who is to be limited: a command.
    """

    def __init__(self, engine: SearchEngine, client: Callable[[], str] = _nobody) -> None:
        self._engine = engine
        self._client = client
        self._buckets = TokenBuckets(LIMITS)
        self._traces = _Traces()

    def search(self, query: SearchQuery, where: str = "") -> SearchResult:
        began = time.perf_counter()
        if self._over_limit(where):
            urgent = self.urgent_at_once(query.danger_in, query.lang, where) if query.looks_for_danger else None
            return SearchResult(
                query.text, query.lang or "und", Verdict.ASK_HUMAN, None, (), Degraded.LIMITED, urgent=urgent
            )
        try:
            result = self._engine.search(query)
        except Exception as error:
            # Whatever failed (index files, database), the visitor must get the way to a person, not an error page.
            emit("search_failed", where=where, trace=self._traces.of(error))
            took = (time.perf_counter() - began) * 1000
            urgent = self.urgent(query.danger_in, query.lang, where) if query.looks_for_danger else None
            return SearchResult(
                query.text, query.lang or "und", Verdict.ASK_HUMAN, 0.0, (), Degraded.NO_INDEX, took, urgent=urgent
            )
        if query.text.strip():  # else only danger was looked for
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
        if result.degraded not in (None, Degraded.INDEXING):  # of that, /readyz tells
            emit("search_degraded", where=where, reason=str(result.degraded))
        return result

    def urgent(self, text: str, reader: str | None, where: str) -> UrgentMatch | None:
        """The author's urgent message that a text calls for; None also where that cannot be told."""
        try:
            return self._engine.urgent(text, reader)
        except Exception as error:
            emit("search_failed", where=f"{where}, urgent", trace=self._traces.of(error))
            return None

    def urgent_at_once(self, text: str, reader: str | None, where: str) -> UrgentMatch | None:
        """The same for somebody who asks too often: by words, without the model, so that no limit hides danger."""
        try:
            found = self._engine.urgent_at_once(text, reader)
        except Exception as error:
            emit("search_failed", where=f"{where}, urgent", trace=self._traces.of(error))
            return None
        if found is not None:
            emit("urgent_shown", where=where, name=found.name, lang=found.lang)
        return found

    def prepare(self) -> None:
        """Do now what the first searches would wait for."""
        try:
            self._engine.prepare()
        except Exception as error:  # those searches try again
            emit("search_failed", where="start", trace=self._traces.of(error))

    def related(self, ref: ArticleRef, limit: int = 4) -> tuple[ArticleHit, ...]:
        """Articles similar to this one; empty when search is down, or was asked too often."""
        if self._over_limit("related"):
            return ()
        try:
            return self._engine.related(ref, limit)
        except Exception as error:
            emit("search_failed", where="related", trace=self._traces.of(error))
            return ()

    def _over_limit(self, where: str) -> bool:
        client = self._client()
        if not client:
            return False
        now = time.monotonic()
        for action in (where, "") if where in LIMITS else ("",):
            wait = self._buckets.take(action, client, now)
            if wait:
                emit("rate_limited", action=f"search {where}".strip(), wait_seconds=wait)
                return True
        return False


class _Traces:
    """The trace of an error; of one of its type, raised at the same place, once a minute, and else its type alone."""

    def __init__(self) -> None:
        self._said: dict[tuple[type[BaseException], str, int], float] = {}
        self._lock = threading.Lock()

    def of(self, error: BaseException) -> str:
        place = traceback.extract_tb(error.__traceback__)[-1]
        kind, now = (type(error), place.filename, place.lineno or 0), time.monotonic()
        with self._lock:
            if now < self._said.get(kind, -_TRACE_AGAIN_SECONDS) + _TRACE_AGAIN_SECONDS:
                return f"{type(error).__name__}, as a moment ago"
            self._said[kind] = now
        return "".join(traceback.format_exception(error))
