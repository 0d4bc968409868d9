"""Nothing for axe to find on any page, in light and dark, target size included; and every page fits its window."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Site

Visit = Callable[..., Page]

_OPTIONS = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}

DEMO_PAGES = (
    "/en/", "/tr/", "/zh-Hant/", "/en/c/orders", "/en/a/late-or-lost-parcel", "/zh-Hant/a/return-an-item",
    "/zh-Hans/a/return-an-item", "/en/a/return-an-item?feedback=no", "/en/search", "/en/search?q=late+parcel",
    "/en/no/such-page", "/fails", "/en/contact", "/en/contact?q=late+parcel&reason=none_helped",
)  # fmt: skip
SMALL_PAGES = (
    "/en/search?q=answer+me", "/en/search?q=suggest+something", "/en/search?q=ask_human+please", "/en/search?q=nothing",
    "/ar/", "/ar/a/return-a-parcel", "/ar/search?q=answer",
)  # fmt: skip


def findings(page: Page) -> list[dict[str, Any]]:
    found = Axe().run(page, options=_OPTIONS).response["violations"]
    return [{"rule": v["id"], "where": [n["target"] for n in v["nodes"]][:5], "why": v["help"]} for v in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", DEMO_PAGES)
def test_axe_finds_nothing_on_pages_of_the_demo(visit: Visit, demo: Site, path: str, scheme: str) -> None:
    assert findings(visit(demo.url + path, scheme=scheme)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", SMALL_PAGES)
def test_axe_finds_nothing_whatever_the_verdict_and_the_direction(
    visit: Visit, small: Site, path: str, scheme: str
) -> None:
    assert findings(visit(small.url + path, scheme=scheme)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_menus_suggestions_and_feedback_are_open(
    visit: Visit, small: Site, scheme: str
) -> None:
    page = visit(small.url + "/en/a/return-a-parcel", scheme=scheme)
    page.click(".feedback__no > summary")
    page.fill("#header-q", "parcel")
    page.wait_for_selector("[role=option]")
    assert findings(page) == []
    page.click(".menu__summary")
    assert findings(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_status_page(visit: Visit, demo: Site, scheme: str) -> None:
    ticket = {"email": "mia@customer.example", "message": "My parcel is late.", "consent": True}
    created = demo.app.test_client().post("/api/v1/tickets", json=ticket).get_json()
    path = "/t/" + created["status_url"].split("/t/")[1]
    assert findings(visit(demo.url + path, scheme=scheme)) == []
    assert findings(visit(f"{demo.url}{path}?new=1", scheme=scheme)) == []


@pytest.mark.parametrize("width", [320, 375, 768, 1280, 1920])
def test_no_page_scrolls_sideways(visit: Visit, demo: Site, small: Site, width: int) -> None:
    page = visit(demo.url + "/en/", width=width)
    for url in [*(demo.url + path for path in DEMO_PAGES), *(small.url + path for path in SMALL_PAGES)]:
        page.goto(url)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{url} is {over} pixels wider than its window of {width}"


def test_text_twice_as_large_still_fits(visit: Visit, demo: Site) -> None:
    for path in ("/en/", "/tr/a/late-or-lost-parcel", "/en/search?q=parcel"):
        # 200 % zoom of a 1280 pixel window leaves 640 CSS pixels.
        page = visit(demo.url + path, width=640, device_scale_factor=2)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_right_to_left_pages_are_mirrored(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/ar/a/return-a-parcel")
    brand, person = (page.locator(s).first.bounding_box() for s in (".brand", ".button--human"))
    prose, contents = (page.locator(s).first.bounding_box() for s in (".prose", ".toc--side"))
    assert brand and person and prose and contents
    assert brand["x"] > person["x"]
    assert prose["x"] > contents["x"]
    assert page.evaluate("getComputedStyle(document.querySelector('.prose ol li')).paddingRight") != "0px"


def test_high_contrast_colours_keep_the_chosen_suggestion_visible(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/", forced_colors="active")
    page.fill("#home-q", "parcel")
    page.wait_for_selector("[role=option]")
    page.press("#home-q", "ArrowDown")
    assert page.evaluate("getComputedStyle(document.querySelector('[aria-selected=true]')).outlineStyle") == "solid"


def test_print_leaves_the_article_alone_on_the_page(visit: Visit, demo: Site) -> None:
    page = visit(demo.url + "/en/a/late-or-lost-parcel", scheme="dark")
    page.emulate_media(media="print")
    for gone in (".site-header", ".site-footer", ".human-band", ".feedback", ".article__side"):
        assert not page.is_visible(gone)
    assert page.is_visible(".prose")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
