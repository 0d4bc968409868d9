"""What articles may hold: tabs, boxes, formulas; for everybody, in every direction, on paper and without JavaScript."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from app import create_app
from app.ops.publishing import publish_and_index
from tests.browser.conftest import Site, _settings, served
from tests.browser.test_accessibility import findings

Visit = Callable[..., Page]

ARTICLE = """---
title: Make tea
---
=== "Kettle"

    Boil a **litre**.

    ## Clean the kettle {#clean-kettle}

    With vinegar.

=== "Pot"

    Heat it slowly.

    ## Clean the pot {#clean-pot}

    With sand.

=== "Sun"

    Wait until noon.

Press ++ctrl+t++, ==now==. Mind \\(t_1 = \\frac{a}{2}\\):

$$
\\sqrt{a^2 + b^2}
$$

:::warning Hot
Mind your fingers.
:::

```mermaid
graph TD
```
"""


@pytest.fixture(scope="module")
def teahouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    articles = tmp_path_factory.mktemp("teahouse")
    for lang in ("en", "ar"):
        file = articles / lang / "tea" / "make-tea.md"
        file.parent.mkdir(parents=True)
        file.write_text(ARTICLE, encoding="utf-8")
    app = create_app(_settings(tmp_path_factory.mktemp("data"), articles, languages=["en", "ar"]))
    publish_and_index(app.extensions["signpost"], index=False)
    with served(app) as site:
        yield site


def test_tabs_are_worked_by_keyboard(visit: Visit, teahouse: Site) -> None:
    page = visit(teahouse.url + "/en/a/make-tea")
    tabs, panels = page.get_by_role("tab"), page.locator(".tabbed-block")
    expect(tabs).to_have_text(["Kettle", "Pot", "Sun"])
    expect(page.get_by_role("tabpanel", name="Kettle")).to_contain_text("Boil a litre.")
    expect(panels.nth(1)).to_be_hidden()

    tabs.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(tabs.nth(1)).to_be_focused()
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    expect(panels.nth(1)).to_be_visible()
    expect(panels.nth(0)).to_be_hidden()
    page.keyboard.press("End")
    expect(tabs.nth(2)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tabs.nth(0)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    expect(panels.nth(0)).to_be_visible()
    page.keyboard.press("Tab")
    expect(panels.nth(0)).to_be_focused()


def test_arrows_go_with_the_reading_direction(visit: Visit, teahouse: Site) -> None:
    page = visit(teahouse.url + "/ar/a/make-tea")
    tabs = page.get_by_role("tab")
    tabs.nth(0).focus()
    page.keyboard.press("ArrowLeft")
    expect(tabs.nth(1)).to_be_focused()
    assert (tabs.nth(0).bounding_box() or {})["x"] > (tabs.nth(1).bounding_box() or {})["x"]


def test_a_link_to_a_heading_opens_its_tab(visit: Visit, teahouse: Site) -> None:
    page = visit(teahouse.url + "/en/a/make-tea#clean-pot")
    expect(page.locator("#clean-pot")).to_be_visible()
    page.evaluate("location.hash = '#clean-kettle'")
    expect(page.locator("#clean-kettle")).to_be_visible()
    expect(page.locator("#clean-pot")).to_be_hidden()


@pytest.mark.parametrize("javascript", [True, False])
def test_paper_has_all_tabs_below_their_titles(visit: Visit, teahouse: Site, javascript: bool) -> None:
    page = visit(teahouse.url + "/en/a/make-tea", javascript=javascript)
    page.emulate_media(media="print")
    for words in ("Kettle", "Boil a litre.", "Pot", "Heat it slowly.", "Sun", "Wait until noon."):
        expect(page.locator(".tabbed-set").get_by_text(words, exact=True).last).to_be_visible()
    assert not page.locator(".tabbed-list").is_visible()


def test_without_javascript_all_panels_stand_below_their_titles(visit: Visit, teahouse: Site) -> None:
    page = visit(teahouse.url + "/en/a/make-tea", javascript=False)
    for number in range(3):
        expect(page.locator(".tabbed-block").nth(number)).to_be_visible()
        expect(page.locator(".tabbed-title").nth(number)).to_be_visible()
    expect(page.locator("math")).to_have_count(2)
    assert (page.locator("math").nth(1).bounding_box() or {})["height"] > 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_and_the_page_fits(visit: Visit, teahouse: Site, lang: str, scheme: str, width: int) -> None:
    page = visit(f"{teahouse.url}/{lang}/a/make-tea", scheme=scheme, width=width)
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
