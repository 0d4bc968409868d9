"""What a visit leaves in the ledger, from a real browser, and the boards of insight on a phone and in the dark."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from app import create_app
from app.ops.publishing import publish_and_index
from bench.insight import month
from insight import aggregates, ledger
from insight.events import Event
from insight.scrub import scrub
from support.agents.models import Role
from tests.browser.conftest import SaysItsVerdict, Site, _settings, served, use_search, write_site
from tests.browser.test_accessibility import findings
from tests.browser.test_desk import LOGIN, PASSWORD, fits, signed_in

Visit = Callable[..., Page]
PERIOD = "from=2026-09-01&to=2026-10-04"
LANGS = ["en", "tr", "ar", "zh-Hant"]


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A small help centre with a desk, and a month of events."""
    articles = tmp_path_factory.mktemp("articles")
    write_site(articles)
    app = create_app(_settings(tmp_path_factory.mktemp("counted"), articles, languages=LANGS))
    s = app.extensions["signpost"]
    publish_and_index(s, index=False)
    use_search(app, SaysItsVerdict())
    s.desk.accounts.create(LOGIN, "Ada", PASSWORD, [Role.ADMIN], "test", s.now())
    lines = "\n".join(month(250, seed=9).lines())
    ledger.import_file(s.engine, io.BytesIO(lines.encode()), scrub, lambda lang, slug: "orders" if slug else "")
    aggregates.update(s.engine, datetime.now(UTC))
    with served(app) as site:
        yield site


def today(site: Site) -> list[Event]:
    s = site.app.extensions["signpost"]
    s.ledger.flush()
    return list(ledger.export(s.engine, s.now().date()))


def test_a_search_a_click_and_a_reading_are_one_visit(visit: Visit, counted: Site) -> None:
    page = visit(counted.url + "/en/search?q=suggest+parcel")
    page.locator("[data-opened]").first.click()
    page.wait_for_selector("[data-prose]")
    page.wait_for_timeout(1_200)
    page.goto(counted.url + "/en/contact")
    for _time in range(50):  # what the page left behind sends may still be on its way
        if len(today(counted)) == 4 and today(counted)[-1].visit:
            break
        page.wait_for_timeout(100)

    found = today(counted)
    assert sorted(one.name for one in found) == sorted(["search", "result_opened", "article_read", "contact_opened"])
    assert len({one.visit for one in found}) == 1 and found[0].visit
    by = {one.name: one for one in found}
    assert by["result_opened"].data["search"] == by["search"].id
    read = by["article_read"].data
    assert read["seconds"] >= 1 and 0 < read["depth"] <= 1
    assert read["slug"] == by["result_opened"].data["slug"]


@pytest.mark.parametrize(
    ("lang", "scheme", "width"), [("en", "light", 1280), ("tr", "dark", 375), ("ar", "light", 375)]
)
def test_the_boards_fit_a_phone_the_dark_and_right_to_left(
    visit: Visit, counted: Site, lang: str, scheme: str, width: int
) -> None:
    page = signed_in(visit, counted, scheme=scheme, width=width)
    for board in ("overview", "queries", "articles", "audience", "events"):
        page.goto(f"{counted.url}/desk/insight/{board}?{PERIOD}&lang={lang}")
        expect(page.locator("h1")).to_be_visible()
        assert fits(page), board
        assert width < 1280 or findings(page) == [], board
