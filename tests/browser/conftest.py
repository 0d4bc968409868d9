"""A real server on a free port and a real browser. Every page a test opens must be free of console errors."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from app import create_app
from app.ops.bootstrap import find_browser
from app.ops.publishing import publish_and_index
from app.ops.serve import make_server
from app.settings.schema import Settings
from index.models import ArticleHit, SearchQuery, SearchResult, UrgentMatch, Verdict
from kb.models import ArticleRef
from tests.articles import UNHURRIED
from tests.databases import with_tables
from tests.portal_site import hit, use_search, write_site

_DEMO = Path(__file__).parents[2] / "kb" / "articles"
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A running help centre."""

    app: Flask
    url: str


class SaysItsVerdict:
    """A search that takes the verdict from the question's first word: `answer …`, `suggest …`, `ask_human …`."""

    def search(self, query: SearchQuery) -> SearchResult:
        word = query.text.split()[0]
        verdict = Verdict(word) if word in set(Verdict) else Verdict.SUGGEST
        lang = query.lang if query.lang in {"en", "ar"} else "en"
        hits: tuple[ArticleHit, ...] = (hit(lang), hit("tr", "urunu-iade-edin", title="Ürünü iade edin"))
        if lang == "en":
            hits = (*hits, hit("en", "track-a-parcel", title="Track a parcel", anchor="", heading=""))
        return SearchResult(
            query.text, lang, verdict, 0.9, () if word == "nothing" else hits, None, 1.0, "return parcel"
        )

    def urgent(self, text: str, reader: str | None) -> UrgentMatch | None:
        return None

    def related(self, ref: ArticleRef, limit: int = 4) -> tuple[ArticleHit, ...]:
        return ()


@contextmanager
def served(app: Flask) -> Iterator[Site]:
    """`app` behind the production server, on a free port."""
    settings: Settings = app.extensions["signpost"].settings
    server = make_server(app, settings, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield Site(app, f"http://127.0.0.1:{server.effective_port}")
    finally:
        server.close()
        thread.join(5)
        app.extensions["signpost"].engine.dispose()


def _settings(folder: Path, articles: Path, **changes: Any) -> Settings:
    values = {
        "data_dir": folder, "kb_dir": articles, "embedder": "hashing", "watch": False, "rate_limits": "off",
        "challenge": "off", **UNHURRIED,
    }  # fmt: skip
    return with_tables(Settings.load({**values, **changes}, environ={}))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo help centre, as a visitor finds it."""
    app = create_app(_settings(tmp_path_factory.mktemp("demo"), _DEMO))

    @app.get("/fails")
    def fails() -> str:
        raise RuntimeError("for the error page")

    publish_and_index(app.extensions["signpost"])
    with served(app) as site:
        yield site


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A small help centre in English, Turkish and Arabic whose search gives the verdict a test asks for."""
    articles = tmp_path_factory.mktemp("articles")
    write_site(articles)
    app = create_app(_settings(tmp_path_factory.mktemp("small"), articles, languages=["en", "tr", "ar"]))
    publish_and_index(app.extensions["signpost"], index=False)
    use_search(app, SaysItsVerdict())
    with served(app) as site:
        yield site


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    yield from launched(playwright, find_browser())


def launched(playwright: Playwright, executable: str | None) -> Iterator[Browser]:
    """A running Chromium."""
    if executable is None:
        pytest.fail("The browser tests need Chromium: install it with “apt-get install chromium”.")
    running = playwright.chromium.launch(executable_path=executable, args=list(_FLAGS))
    yield running
    running.close()


@dataclass
class ClientFingerprint:
    """Opens pages in fresh windows and collects what their consoles complain about."""

    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __call__(
        self,
        url: str,
        *,
        width: int = 1280,
        scheme: Any = "light",
        javascript: bool = True,
        never: str = "",
        wait: Any = "load",
        **options: Any,
    ) -> Page:
        """Go to `url`. What lies at an address with `never` in it is not answered."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=javascript,
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if never:
            page.route(f"**{never}", lambda route: None)
        page.goto(url, wait_until=wait)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        # The browser itself reports the status of an error page it was sent to; that is no fault of the page.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    visitor = ClientFingerprint(browser)
    yield visitor
    for context in visitor.contexts:
        context.close()
    assert visitor.complaints == []
