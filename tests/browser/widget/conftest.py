"""The widget on pages of a second origin: the help centre is help.localhost, the pages are shop.localhost, and both
have a port of their own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app import create_app
from app.ops.publishing import publish_and_index
from tests.browser import gallery
from tests.browser.conftest import _DEMO, ClientFingerprint, Site, _settings, served
from tests.node import run_node
from widget.build import build

PATIENCE = 20_000
SHOP_SECRET = "a secret that the shop and the help centre share"


@pytest.fixture(scope="session")
def built() -> str:
    """The widget, built from its sources as they are."""
    return build()


@pytest.fixture(scope="session")
def help_centre(built: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo help centre, under a host name of its own."""
    shop = {"key": "shop", "origins": ["http://shop.localhost:*"], "identity_secrets": [SHOP_SECRET]}
    app = create_app(_settings(tmp_path_factory.mktemp("help"), _DEMO, sites=[shop]))
    publish_and_index(app.extensions["signpost"])
    with served(app) as site:
        yield replace(site, url=site.url.replace("127.0.0.1", "help.localhost"))


@pytest.fixture(scope="session")
def shop(help_centre: Site) -> Iterator[str]:
    """The address of the gallery of hostile pages."""
    expect.set_options(timeout=PATIENCE)
    with gallery.served(help_centre.url) as url:
        yield url


@dataclass
class Widget:
    """A page with the widget on it, and what a customer does there."""

    page: Page
    visitor: ClientFingerprint

    @property
    def launcher(self) -> Locator:
        return self.page.locator("signpost-widget .launcher")

    @property
    def panel(self) -> Locator:
        return self.page.locator("signpost-widget .panel")

    @property
    def search(self) -> Locator:
        return self.panel.locator("input[type=search]")

    @property
    def hits(self) -> Locator:
        return self.panel.locator(".hit")

    @property
    def human(self) -> Locator:
        return self.panel.locator(".foot button")

    def call(self, verb: str, *values: Any) -> None:
        self.page.evaluate("([verb, values]) => { Signpost(verb, ...values); }", [verb, list(values)])

    def listen(self) -> None:
        """Collect every event; `heard` gives them."""
        self.page.evaluate(
            "() => { window.heard = []; Signpost('on', '*', (event) => { window.heard.push({ ...event }); }); }"
        )

    def heard(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate("(name) => heard.filter((one) => one.type === name)", name)
        return found

    def wait_heard(self, name: str) -> dict[str, Any]:
        """The latest event of that name, waited for."""
        self.page.wait_for_function("(name) => heard.some((one) => one.type === name)", arg=name, timeout=PATIENCE)
        return self.heard(name)[-1]

    def open(self) -> "Widget":
        """Open it by its launcher and wait for the suggestions of the page."""
        self.launcher.click()
        self.hits.first.wait_for()
        return self

    def write(self, message: str = "The left earbud is silent.", email: str = "ada@example.org") -> None:
        """Fill in the contact form that is open."""
        self.panel.locator("textarea[name=message]").fill(message)
        self.panel.locator("input[name=email]").fill(email)
        for box in self.panel.locator(".field.check input").all():
            box.check()

    def send(self) -> str:
        """Send what is written; the reference."""
        self.panel.locator("form button[type=submit]").click()
        return self.panel.locator(".reference strong").inner_text(timeout=PATIENCE)


Enter = Callable[..., Widget]


@pytest.fixture
def enter(browser: Browser, shop: str) -> Iterator[Enter]:
    """Open a page of the gallery by its name. What its console complains about fails the test, unless `loud`."""
    visitor = ClientFingerprint(browser)
    muted: list[bool] = []

    def visit(name: str, *, loud: bool = False, **options: Any) -> Widget:
        muted.append(loud)
        page = visitor(f"{shop}/{name}", **options)
        page.set_default_timeout(PATIENCE)
        return Widget(page, visitor)

    yield visit
    for context in visitor.contexts:
        context.close()
    assert any(muted) or visitor.complaints == []


PACKAGES = Path(__file__).parent / "packages"
Stage = Callable[..., Widget]


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Front-ends that nobody here wrote, bundled: a script for each of `packages/pages`."""
    if not (PACKAGES / "node_modules").is_dir():
        pytest.fail("The packages of tests/browser/widget/packages are missing; install them: make node")
    folder = tmp_path_factory.mktemp("packages")
    done = run_node(str(PACKAGES / "bundle.mjs"), str(folder))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def stage(enter: Enter, packages: Path, help_centre: Site) -> Stage:
    """A page of a test's own below /case/. `{widget}` in it is the line that brings the widget, `{help}` the help
    centre's address, `/case/packages/NAME.js` what `packages/pages/NAME` is bundled to."""

    def show(text: str | dict[str, str], *, loud: bool = False, **options: Any) -> Widget:
        line = f'<script async src="{help_centre.url}/widget.js" data-site="demo"></script>'
        gallery.cases.clear()
        for path in packages.iterdir():
            gallery.cases[f"case/packages/{path.name}"] = ("text/javascript", path.read_text("utf-8"))
        for name, page in ({"": text} if isinstance(text, str) else text).items():
            gallery.cases[f"case/{name}"] = ("text/html", page.replace("{widget}", line))
        return enter("case/", loud=loud, **options)

    return show
