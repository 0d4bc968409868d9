"""Pages on which the widget was seen to fail, from `../shared/cases/widget-pages` where it is there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.widget.conftest import Site, Stage, Widget
from tests.node import ROOT

FOLDER = ROOT.parent / "shared" / "cases" / "widget-pages"
INLINE = "main signpost-widget .hit, h1 ~ signpost-widget .hit"


def opens(widget: Widget) -> None:
    widget.open()


def dialog_at_load(widget: Widget) -> None:
    widget.launcher.wait_for()
    widget.page.locator("#ok").click()
    widget.open()


def dialog_backdrop(widget: Widget) -> None:
    widget.page.locator("#h").click()
    widget.hits.first.click()
    expect(widget.panel.locator(".headline")).to_be_visible()
    assert widget.page.evaluate("d.open")


def hash_spy(widget: Widget) -> None:
    widget.open()
    asked: list[str] = []
    widget.page.on("request", lambda one: asked.append(one.url) if "suggestions" in one.url else None)
    widget.hits.first.focus()
    widget.page.wait_for_timeout(2500)
    assert asked == []
    expect(widget.hits.first).to_be_focused()


def inline_late(widget: Widget) -> None:
    widget.launcher.wait_for()
    widget.page.locator("#go").click()
    widget.page.locator(INLINE).first.wait_for()


def inline_module(widget: Widget) -> None:
    widget.page.locator(INLINE).first.wait_for()


def oklch(widget: Widget) -> None:
    widget.launcher.wait_for()
    assert widget.launcher.evaluate("(node) => getComputedStyle(node).backgroundColor") == "rgb(79, 57, 246)"


def openclose(widget: Widget) -> None:
    widget.page.wait_for_function("!!window.Signpost?.version")
    widget.page.evaluate("Signpost('open'); Signpost('close')")
    widget.page.wait_for_timeout(1500)
    expect(widget.panel).to_have_count(0)


def queue_before_init(widget: Widget) -> None:
    expect(widget.launcher).to_have_text("Hulp")
    assert widget.launcher.evaluate("(node) => getComputedStyle(node).backgroundColor") == "rgb(122, 31, 92)"
    assert widget.page.evaluate("R.lang") == "tr"


def quirks(widget: Widget) -> None:
    widget.open()
    assert widget.page.evaluate("document.compatMode") == "BackCompat"


def slow_resource(widget: Widget) -> None:
    widget.page.locator("#b").click()
    widget.hits.first.wait_for()
    expect(widget.launcher).to_be_visible()
    assert widget.page.evaluate("document.readyState") != "complete"


def ssr_mismatch(widget: Widget) -> None:
    widget.page.get_by_text("client 10:01").wait_for()
    widget.open()


def stop_propagation(widget: Widget) -> None:
    widget.launcher.wait_for()
    widget.page.locator("#h").click()
    widget.hits.first.wait_for()


def suggest_orphan(widget: Widget) -> None:
    widget.page.locator("#s").click()
    widget.page.locator("#s").press_sequentially("return an item")
    widget.page.locator(".inline .row").first.wait_for()
    widget.page.locator("#go").click()
    expect(widget.page.locator("[data-signpost-list]")).to_have_count(0)


def turbo(widget: Widget) -> None:
    for _ in range(2):
        widget.launcher.wait_for()
        widget.page.locator("#s").click()
        widget.page.locator("#s").fill("return an item")
        widget.page.locator(".inline .row").first.wait_for()
        widget.page.locator("#l2").click()
        widget.page.get_by_role("heading", name="Page 2").wait_for()
        expect(widget.page.locator("[data-signpost-list], signpost-widget")).to_have_count(1)
        widget.page.go_back()
        widget.page.get_by_role("heading", name="Page 1").wait_for()
        expect(widget.page.locator("[data-signpost-list], signpost-widget")).to_have_count(1)
    widget.open()


def yellow(widget: Widget) -> None:
    widget.launcher.wait_for()
    assert widget.launcher.evaluate("(node) => getComputedStyle(node).color") == "rgb(0, 0, 0)"


ACTS: dict[str, Callable[[Widget], None]] = {
    "dialog-at-load": dialog_at_load, "dialog-backdrop": dialog_backdrop, "hash-spy": hash_spy,
    "inline-late": inline_late, "inline-module": inline_module, "oklch": oklch, "openclose": openclose,
    "queue-before-init": queue_before_init, "quirks": quirks, "slow-resource": slow_resource,
    "ssr-mismatch": ssr_mismatch, "stop-propagation": stop_propagation, "suggest-orphan": suggest_orphan,
    "turbo1": turbo, "turbo2": opens, "yellow": yellow,
}  # fmt: skip
OTHERWISE = {
    "http://help.localhost:8180": "{help}",
    "/nm/@hotwired/turbo/dist/turbo.es2017-umd.js": "/case/packages/turbo.js",
    "/apps/ssr/client.js": "/case/packages/recovery.js",
    'href="/turbo': 'href="/case/turbo',
    "/hang?s=25": "{help}/never",
}


@pytest.mark.parametrize("name", ACTS)
def test_a_page_it_failed_on(stage: Stage, help_centre: Site, name: str) -> None:
    if not FOLDER.is_dir():
        pytest.skip(
            "../shared/cases/widget-pages is not here; the same shapes are in test_life_cycle and its neighbours."
        )
    texts = {}
    for path in FOLDER.glob("*.html"):
        text = path.read_text("utf-8")
        for old, new in OTHERWISE.items():
            text = text.replace(old, new)
        texts[path.name] = text.replace("{help}", help_centre.url)
    texts[""] = texts[f"{name}.html"]
    ACTS[name](stage(texts, loud=True, never="/never", wait="commit"))


def test_every_page_of_that_folder_has_its_test() -> None:
    if FOLDER.is_dir():
        assert {path.stem for path in FOLDER.glob("*.html")} <= set(ACTS)
