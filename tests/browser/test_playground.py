"""The playground in a real browser: the lines and the preview follow the choices, under the portal's own policy."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.widget.asset_releases import Releases
from tests.browser.conftest import Site
from tests.widget.test_asset_releases import NEW, build

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def playground(small: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """With a widget that only says it is there: what it does is tested with the widget itself."""
    folder = tmp_path_factory.mktemp("widget")
    build(folder / "dist", NEW)
    script = "document.documentElement.dataset.widget = document.currentScript.dataset.mode || '';"
    (folder / "dist" / "widget.js").write_text(script, encoding="utf-8")
    real = small.app.extensions["signpost.widget"]
    small.app.extensions["signpost.widget"] = Releases(folder / "kept", folder / "dist")
    yield f"{small.url}/widget/playground?lang=en"
    small.app.extensions["signpost.widget"] = real


def test_lines_and_preview_follow_a_choice_and_the_place_in_the_form_stays(visit: Visit, playground: str) -> None:
    page = visit(playground)
    line = page.locator("[data-copied-text]").first
    inside = page.frame_locator("iframe").locator("html")
    expect(inside).to_have_attribute("data-widget", "")

    page.get_by_label("Button label").fill("Ask us")
    page.get_by_label("Colours").last.select_option("dark")

    expect(line).to_contain_text('data-mode="dark" data-launcher-text="Ask us"')
    expect(inside).to_have_attribute("data-widget", "dark")
    expect(page.get_by_label("Button label")).to_have_value("Ask us")
    assert "mode=dark" in page.url
    assert Axe().run(page).response["violations"] == []


def test_a_choice_is_copied(visit: Visit, playground: str) -> None:
    page = visit(playground, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").first.click()

    expect(page.locator("[data-announcer]")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("[data-copied-text]").first.text_content()


def test_without_javascript_the_button_does_the_same(visit: Visit, playground: str) -> None:
    page = visit(playground, javascript=False, width=320)
    page.get_by_label("Position").select_option("top-left")
    page.get_by_role("button", name="Show").click()

    expect(page.locator("[data-copied-text]").first).to_contain_text('data-position="top-left"')
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)


def test_a_phone_shows_all_of_it(visit: Visit, playground: str) -> None:
    page = visit(playground, width=320)

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
