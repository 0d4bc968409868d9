"""Searches that fail leave a log that can still be read."""

import logging
from typing import Any

import pytest

from index.models import ArticleHit, Degraded, SearchQuery, SearchResult, UrgentMatch
from index.service import SearchService
from kb.models import ArticleRef


class _Silent:
    """The engine while a database says nothing."""

    def __init__(self) -> None:
        self.error: type[Exception] = TimeoutError

    def search(self, query: SearchQuery) -> SearchResult:
        raise self.error("the database")

    def related(self, ref: ArticleRef, limit: int = 4) -> tuple[ArticleHit, ...]:
        raise self.error("the database")

    def urgent(self, text: str, reader: str | None) -> UrgentMatch | None:
        return None

    def urgent_at_once(self, text: str, reader: str | None) -> UrgentMatch | None:
        return None

    def prepare(self) -> None:
        return


def traces(caplog: pytest.LogCaptureFixture) -> list[str]:
    records: list[Any] = [one for one in caplog.records if one.getMessage() == "search_failed"]
    caplog.clear()
    return [one.fields["trace"] for one in records]


def test_a_silent_database_is_traced_once_a_minute_and_said_each_time(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("index.service.time.monotonic", lambda: now[0])
    engine = _Silent()
    service = SearchService(engine)
    with caplog.at_level(logging.ERROR):
        for _ in range(20):
            assert service.search(SearchQuery("parcel", "en")).degraded is Degraded.NO_INDEX
        first, *others = traces(caplog)
        assert "Traceback" in first and first.endswith("TimeoutError: the database\n")
        assert others == ["TimeoutError, as a moment ago"] * 19
        engine.error = KeyError
        service.search(SearchQuery("parcel", "en"))
        assert "Traceback" in traces(caplog)[0], "another error"
        service.related(ArticleRef("en", "pairing"))
        assert "Traceback" in traces(caplog)[0], "at another place"
        now[0] += 61
        service.search(SearchQuery("parcel", "en"))
        assert "Traceback" in traces(caplog)[0], "still so"
