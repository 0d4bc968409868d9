"""A database that says nothing (frozen, cut off) or is locked: reading is answered, what was sent is told."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError

from app import create_app
from app.ops.connections import create_server
from app.settings.schema import Settings
from core.database.connection import connect, not_now, watch_of
from tests import articles
from tests.support.conftest import make_settings
from tests.support.test_contact_form import fill, read_form

__all__ = ["make_settings"]

ANSWERED_WITHIN = 2.0
WORDS = "The left earbud has been silent since Tuesday."


class Freezer:
    """Between an application and PostgreSQL's socket: while it is frozen nothing passes, and nothing is refused."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.flows = threading.Event()
        self.flows.set()
        self._server = server
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.flows.wait()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._server))
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self.flows.wait()
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
        source.close()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        self.flows.clear()
        try:
            yield
        finally:
            self.flows.set()

    def close(self) -> None:
        self._listener.close()


def everything(app: Flask, slug: str) -> list[str]:
    """An address of every public page and endpoint that is read: what is not listed here would not be tested."""
    return [path for path, _endpoint in every_page(app, slug)]


def every_page(app: Flask, slug: str) -> list[tuple[str, str]]:
    """The same, each with its endpoint."""
    values = {
        "lang": "en", "slug": slug, "category": "orders", "key": "demo", "token": "t" * 30, "path": "picture.png",
        "form_name": "", "tag": "en", "version": "1", "name": "x", "filename": "site.css", "reference": "INC-AAAA",
        "file": "loader.js", "site": "demo", "attachment_id": 1, "number": 1,
    }  # fmt: skip
    query = "?q=earbud%20broken&heading=Late%20parcel&lang=en"
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.rule.startswith(("/desk", "/metrics")):
                continue
            built = rule.build({name: values.get(name, "x") for name in rule.arguments})
            assert built is not None
            found.append((built[1].replace("//", "/") + query, rule.endpoint))
    return found


def timed(client: FlaskClient, path: str) -> tuple[float, Any]:
    began = time.perf_counter()
    response = client.get(path)
    took = time.perf_counter() - began
    response.get_data()  # a file that is sent is open until it has been
    response.close()
    return took, response


def read_all(app: Flask, slug: str) -> None:
    """Every address answers in time; what search and the article need is in memory."""
    client = app.test_client()
    took, found = timed(client, "/en/search?q=parcel+late")
    assert (found.status_code, took < ANSWERED_WITHIN) == (200, True), took
    late = {}
    for path in everything(app, slug):
        took, response = timed(client, path)
        if took > ANSWERED_WITHIN * (2 if path.startswith("/t/") else 1):  # of a ticket, not of searching
            late[path] = round(took, 1)
        assert response.status_code != 500, path
    assert late == {}
    for path in ("/api/v1/search?q=parcel&lang=en", "/api/v1/suggest?q=parcel&lang=en", f"/en/a/{slug}",
                 f"/api/v1/articles/en/{slug}", "/en/", "/en/contact?q=parcel", "/api/v1/sites/demo"):  # fmt: skip
        assert client.get(path).status_code == 200, path
    assert client.get("/api/v1/search?q=a+word+nobody+asked+parcel&lang=en").get_json()["results"]


def prepared(settings: Settings) -> tuple[Flask, str]:
    articles.write_demo(settings.kb_dir)
    app = create_app(settings)
    app.testing = False
    own = app.extensions["signpost"]
    articles.publish(own)
    ref = own.articles.list("en", own.today())[0].ref
    for path in everything(app, ref.slug):
        timed(app.test_client(), path)
    return app, ref.slug


def test_while_postgresql_says_nothing_reading_goes_on_and_what_is_sent_is_told(
    shared_url: str, tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    url = make_url(shared_url)
    folder = tmp_path / "s"
    folder.mkdir()
    freezer = Freezer(folder, Path(str(url.query["host"])) / ".s.PGSQL.5432")
    through = url.update_query_dict({"host": str(folder)}).render_as_string(hide_password=False)
    settings = make_settings(
        database_url=through, secret_key="a" * 40, search_budget_ms=400, challenge="off", rate_limits="off"
    )
    app, slug = prepared(settings)
    client = app.test_client()
    values = fill(client, message=WORDS)
    cold = create_app(settings)  # has been asked for nothing yet
    try:
        with freezer.frozen():
            took, found = timed(cold.test_client(), "/api/v1/search?q=parcel&lang=en")
            assert found.get_json()["results"] and took < ANSWERED_WITHIN
            read_all(app, slug)
            began = time.perf_counter()
            refused = client.post("/en/contact", data=values)
            assert refused.status_code == 503 and time.perf_counter() - began < ANSWERED_WITHIN
            assert read_form(refused).values["message"].strip() == WORDS
            took, health = timed(client, "/healthz")
            assert health.status_code == 200 and took < 0.5
            took, ready = timed(client, "/readyz?for=reading")
            assert ready.status_code == 200 and took < 0.5, "a balancer goes on asking this node"
            took, ready = timed(client, "/readyz")
            assert ready.status_code == 503 and took < 2.5
            assert (ready.get_json()["storing"], ready.get_json()["database"]) == ("failed", "silent")
        until = time.monotonic() + 20
        while app.extensions["signpost"].watch.silent and time.monotonic() < until:
            time.sleep(0.05)
        assert client.post("/en/contact", data={**values, **read_form(refused).values}).status_code == 303
        engine = connect(shared_url)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM ticket")).scalar() == 1
        engine.dispose()
    finally:
        for one in (app, cold):
            one.extensions["signpost"].close()
        freezer.close()


# What is about one ticket, one subscription, or the whole of what is stored.
_OF_THE_DATABASE = {
    "status.show", "status.live", "status.file", "status_privacy.ask", "status_privacy.export",
    "status_privacy.everything", "status_privacy.export_all", "incidents.ask", "health.readyz",
}  # fmt: skip
# What is made of articles that this process has not read yet.
_OF_ARTICLES = {
    "portal.article", "portal.article_markdown", "portal.article_markdown_in_any_language", "portal.category",
    "portal.feed", "portal.sitemap", "portal.llms", "api.article", "api.incidents_now", "incidents.overview",
}  # fmt: skip
_TEXTS = {
    "portal.article", "portal.article_markdown", "portal.article_markdown_in_any_language", "api.article",
}  # fmt: skip


@contextmanager
def stopped(app: Flask) -> Iterator[None]:
    """The database takes no connection, and those that were open are gone."""
    own = app.extensions["signpost"]

    def refuse(*_: object) -> None:
        raise InterfaceError("connection refused", None, OSError())

    for engine in (own.engine, own.readers):
        engine.dispose()
        event.listen(engine, "do_connect", refuse)
    yield
    for engine in (own.engine, own.readers):
        event.remove(engine, "do_connect", refuse)


def refused(app: Flask, slug: str) -> set[str]:
    """The endpoints that answer 503, each of them in one sentence; every other answers as ever."""
    found = set()
    client = app.test_client()
    for path, endpoint in every_page(app, slug):
        took, response = timed(client, path)
        assert took < ANSWERED_WITHIN, path
        if response.status_code < 500 or path.startswith("/en/contact/?"):  # which is none of our addresses
            continue
        assert response.status_code == 503, path
        if endpoint != "health.readyz":
            body = response.get_json()["error"]["message"] if response.is_json else response.text
            assert "We cannot reach our records just now." in body and response.headers["Retry-After"], path
        found.add(endpoint)
    return found


def test_of_a_node_just_started_every_page_answers_while_the_database_is_stopped(
    make_settings: Callable[..., Settings],
) -> None:
    settings = make_settings(search_budget_ms=400, challenge="off", rate_limits="off")
    articles.write_demo(settings.kb_dir)
    apps = [create_app(settings) for _ in range(3)]
    for app in apps:
        app.testing = False
    publisher, cold, started = apps
    own = publisher.extensions["signpost"]
    articles.publish(own)
    slug = own.articles.list("en", own.today())[0].slug

    with stopped(cold):
        found = cold.test_client().get("/en/search?q=parcel+late")
        assert found.status_code == 200 and "/en/a/" in found.text, "results are in memory"
        topic = cold.test_client().get("/en/search?q=parcel+late&category=orders&language=en")
        assert topic.status_code == 200 and "/en/a/" in topic.text
        home = cold.test_client().get("/en/")
        assert "We cannot reach our records just now." in home.text and "no articles here yet" not in home.text
        assert cold.test_client().get("/en/search").status_code == 200
        assert refused(cold, slug) <= _OF_THE_DATABASE | _OF_ARTICLES
        assert cold.test_client().get("/old/address.html").status_code == 503, "an article may have had it"
    assert publisher.test_client().get("/old/address.html").status_code == 404

    started.extensions["signpost"].read_first()
    with stopped(started):
        assert refused(started, slug) <= _OF_THE_DATABASE | _TEXTS
        for path in ("/en/", "/en/c/orders", "/sitemap.xml", "/en/feed.atom", "/llms.txt", "/en/incidents"):
            assert started.test_client().get(path).status_code == 200, path
        assert "/en/c/orders" in started.test_client().get("/en/").text
    for app in apps:
        app.extensions["signpost"].close()


def test_who_waits_for_a_silent_server_is_told_as_soon_as_that_is_known(shared_url: str, tmp_path: Path) -> None:
    url = make_url(shared_url)
    freezer = Freezer(tmp_path, Path(str(url.query["host"])) / ".s.PGSQL.5432")
    engine = connect(url.update_query_dict({"host": str(tmp_path)}).render_as_string(hide_password=False))
    told: list[Exception] = []
    connection = engine.connect()

    def wait() -> None:
        try:
            connection.execute(text("SELECT 1"))
        except Exception as error:
            told.append(error)

    with freezer.frozen():
        waiting = threading.Thread(target=wait)
        waiting.start()
        watch_of(engine).start()
        waiting.join(15)
        assert len(told) == 1 and not_now(told[0])  # type: ignore[arg-type]
        began = time.perf_counter()
        with pytest.raises(Exception) as refused, engine.connect():
            pass
        assert not_now(refused.value) and time.perf_counter() - began < 1  # type: ignore[arg-type]
    watch_of(engine).stop()
    connection.close()
    engine.dispose()
    freezer.close()


def test_while_sqlite_is_locked_reading_goes_on(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(search_budget_ms=400, challenge="off", rate_limits="off")
    app, slug = prepared(settings)
    other = connect(settings.database)
    with other.connect().execution_options(writing=True) as connection, connection.begin():
        read_all(app, slug)
        took, ready = timed(app.test_client(), "/readyz")
        assert (ready.status_code, ready.get_json()["storing"], took < 2.5) == (503, "failed", True)
    other.dispose()
    app.extensions["signpost"].close()


def test_reading_goes_on_while_every_thread_waits() -> None:
    go_on, waiting = threading.Event(), threading.Event()

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            waiting.set()
            go_on.wait(30)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    server = create_server(application, host="127.0.0.1", port=0, threads=1)
    threading.Thread(target=server.run, daemon=True).start()
    with socket.create_connection(("127.0.0.1", server.effective_port), 5) as sent:
        sent.sendall(b"POST /en/contact HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        assert waiting.wait(10)
        with socket.create_connection(("127.0.0.1", server.effective_port), 5) as reader:
            reader.sendall(b"GET /en/search?q=x HTTP/1.1\r\nHost: x\r\n\r\n")
            assert reader.recv(100).startswith(b"HTTP/1.1 200")
        go_on.set()
        assert sent.recv(100).startswith(b"HTTP/1.1 200")
    server.close()
