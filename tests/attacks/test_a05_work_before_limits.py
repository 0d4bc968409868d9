"""Attack: make the server work without limit, through the pages nobody counts and the exports nobody bounds."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.container import Services
from core.database.personal_data import Export, PersonalData
from index.models import ArticleHit, SearchQuery, SearchResult, Verdict
from index.service import SearchService
from kb.models import ArticleRef
from support.agents import export
from support.agents.queue import Filters
from support.privacy.service import PrivacyService, Retention
from tests.databases import migrated_sqlite
from tests.support.conftest import NOW, new_ticket


class CountedSearch:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def search(self, query: SearchQuery) -> SearchResult:
        self.asked.append(query.text)
        return SearchResult(query.text, "en", Verdict.SUGGEST, None, ())

    def related(self, ref: ArticleRef, limit: int = 4) -> tuple[ArticleHit, ...]:
        return ()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    migrated_sqlite(tmp_path / "data" / "signpost.db")
    app = create_app({"data_dir": tmp_path / "data", "embedder": "hashing", "rate_limits": "on"})
    yield app
    app.extensions["signpost"].close()


@pytest.fixture
def search(app: Flask) -> CountedSearch:
    services: Services = app.extensions["signpost"]
    counted = CountedSearch()
    services.search._engine = counted
    return counted


@pytest.mark.parametrize(
    "url", ["/en/no-such-page-{}", "/nothing/at/all/{}", "/en/a/lost-article-{}", "/en/contact?q=question+{}"]
)
def test_no_page_searches_for_one_client_without_limit(app: Flask, search: CountedSearch, url: str) -> None:
    client = app.test_client()

    answers = {client.get(url.format(number)).status_code for number in range(120)}

    assert len(search.asked) <= 40
    assert answers <= {200, 404}  # the page itself is still there


def test_another_client_still_searches(app: Flask, search: CountedSearch) -> None:
    client = app.test_client()
    for number in range(120):
        client.get(f"/en/no-such-page-{number}", environ_base={"REMOTE_ADDR": "192.0.2.1"})
    before = len(search.asked)

    client.get("/en/refund-of-an-order", environ_base={"REMOTE_ADDR": "198.51.100.1"})

    assert len(search.asked) == before + 1


def test_what_was_not_searched_is_not_called_unanswered(app: Flask, search: CountedSearch) -> None:
    client = app.test_client()
    for number in range(60):
        page = client.get(f"/en/contact?q=where+is+my+parcel+{number}").get_data(as_text=True)

    assert "where is my parcel 59" in page
    assert "ask_human" not in page


def test_pages_together_are_limited_too() -> None:
    counted = CountedSearch()
    service = SearchService(counted, lambda: "somebody")

    for number in range(1_000):
        service.search(SearchQuery(str(number)), where=("portal", "api.search", "desk")[number % 3])

    assert len(counted.asked) < 250


def test_commands_are_not_limited() -> None:
    counted = CountedSearch()
    service = SearchService(counted)

    for number in range(1_000):
        service.search(SearchQuery(str(number)))

    assert len(counted.asked) == 1_000


def test_an_export_of_a_person_is_never_in_memory_as_a_whole(app: Flask, tmp_path: Path) -> None:
    services: Services = app.extensions["signpost"]
    picture = tmp_path / "picture"
    with picture.open("wb") as file:
        for _ in range(64):
            file.write(io.BytesIO(bytes(range(256)) * 4096).getvalue())
    rows = ({"text": "x" * 100_000, "number": number} for number in range(600))
    part = PersonalData(export=lambda *_: Export({"tickets": rows}, (("files/a", picture), ("files/b", picture))))
    privacy = PrivacyService(services.engine, [part], Retention(0, 0, 0))

    tracemalloc.start()
    with (tmp_path / "export.zip").open("wb") as to:
        privacy.export([1], to)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 12 * 1024 * 1024  # of some 190 MB
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        assert len(json.loads(archive.read("data.json"))["tickets"]) == 600
        assert archive.getinfo("files/b").file_size == picture.stat().st_size


def test_the_customers_export_comes_from_a_file_and_leaves_none(app: Flask) -> None:
    services: Services = app.extensions["signpost"]
    ticket = services.tickets.create(new_ticket(), None, services.now())
    token = ticket.status_url.rsplit("/", 1)[-1]
    client = app.test_client()

    answer = client.get(f"/t/{token}/privacy/export", buffered=True)

    assert zipfile.is_zipfile(io.BytesIO(answer.data))
    assert not list((services.settings.data_dir / "exports").iterdir())
    assert 429 in {client.get(f"/t/{token}/privacy/export", buffered=True).status_code for _ in range(10)}


def test_the_desks_export_is_sent_while_it_is_read(app: Flask) -> None:
    services: Services = app.extensions["signpost"]
    for _ in range(3):
        services.tickets.create(new_ticket(), None, NOW)

    lines = export.export_lines(services.engine, Filters(me=0, view="all"), NOW)

    assert next(lines).startswith("\ufeffreference")
    assert len([next(lines), next(lines), next(lines)]) == 3
    assert list(lines) == []
