"""Every hostile page: the widget looks and works as on a plain one, and the page stays as it was without it."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import gallery
from tests.browser.widget.conftest import Enter

# Pages with a launcher in a page of their own. The others have tests of their own below.
ALIKE = [
    "reset", "all-unset", "bootstrap", "huge-font", "strict", "nonce", "isolated", "permissions", "spa", "z-war",
    "polluted", "shortcuts", "transformed",
]  # fmt: skip

# What it looks like: sizes and colours of the parts a page could spoil.
_LOOK = """() => {
  const root = [...document.querySelectorAll("signpost-widget")].pop().shadowRoot;
  const seen = (name) => {
    const node = root.querySelector(name);
    const style = getComputedStyle(node);
    const { width, height } = node.getBoundingClientRect();
    const names = ["color", "backgroundColor", "fontSize", "fontFamily", "fontWeight", "letterSpacing", "textTransform",
      "lineHeight", "textIndent", "wordSpacing", "paddingTop", "paddingLeft", "marginTop", "borderRadius", "display",
      "direction", "visibility", "opacity", "boxSizing", "cursor"];
    const found = { width: Math.round(width), height: Math.round(height) };
    for (const name of names) found[name] = style[name];
    return found;
  };
  return { launcher: seen(".launcher"), panel: seen(".panel"), title: seen(".title"), row: seen(".row"),
    search: seen(".q"), human: seen(".foot button"), icon: seen(".row .icon") };
}"""
_INSIDE = """() => {
  const root = [...document.querySelectorAll("signpost-widget")].pop().shadowRoot;
  return [".launcher", ".panel"].every((name) => {
    const box = root.querySelector(name).getBoundingClientRect();
    return box.left >= 0 && box.top >= 0 && box.right <= innerWidth + 1 && box.bottom <= innerHeight + 1;
  });
}"""


def test_the_gallery_has_at_least_fifteen_pages_and_says_what_each_is() -> None:
    pages = [page for page in gallery.gallery().values() if not page.name.startswith("_")]
    assert len(pages) >= 15
    assert all(page.about for page in pages)


@pytest.fixture(scope="module")
def plain_look() -> dict[str, Any]:
    return {}


@pytest.mark.parametrize("name", ALIKE)
def test_a_hostile_page_changes_nothing_about_the_widget(enter: Enter, plain_look: dict[str, Any], name: str) -> None:
    if not plain_look:
        plain_look.update(enter("plain").open().page.evaluate(_LOOK))
    widget = enter(name).open()
    look = widget.page.evaluate(_LOOK)
    if name != "transformed":
        assert look == plain_look
    assert widget.page.evaluate(_INSIDE)

    widget.search.fill("when do I get my refund")
    widget.panel.get_by_text("When you get your refund").first.click()
    expect(widget.panel.locator(".prose p").first).to_be_visible()
    widget.human.click()
    widget.write()
    assert widget.send()


def test_a_page_that_forbids_the_widget_goes_on_without_it(enter: Enter) -> None:
    widget = enter("blocked", loud=True)
    widget.page.get_by_role("button", name="Need help?").click()
    expect(widget.page).to_have_title("clicked")
    assert widget.launcher.count() == 0


def test_a_page_that_forbids_its_questions_still_gets_the_ways_it_names_itself(enter: Enter) -> None:
    widget = enter("mute", loud=True)
    widget.launcher.click()
    link = widget.panel.get_by_role("link", name="help@tonfell.example")
    expect(link).to_have_attribute("href", "mailto:help@tonfell.example")


def test_in_a_sandbox_it_works_to_the_end(enter: Enter) -> None:
    widget = enter("sandboxed", width=1280)
    frame = widget.page.frame_locator("iframe")
    frame.locator(".launcher").click()
    frame.locator(".foot button").click()
    frame.locator("textarea").first.fill("The left earbud is silent.")
    frame.locator("input[name=email]").fill("ada@example.org")
    frame.locator(".field.check input").check()
    frame.locator("form button[type=submit]").click()
    expect(frame.locator(".reference strong")).not_to_be_empty()
    frame.get_by_role("button", name="Remember it on this device").click()
    expect(frame.get_by_text("This browser lets us store nothing here.")).to_be_visible()


def test_in_a_web_view_without_origin_and_storage_it_works_to_the_end(enter: Enter) -> None:
    widget = enter("webview", width=375, is_mobile=True, has_touch=True).open()
    assert widget.page.evaluate("self.origin") == "null"
    box = widget.panel.bounding_box()
    assert box is not None and box["width"] == 375
    widget.human.click()
    widget.write()
    assert widget.send()


def test_a_modal_dialog_of_the_page_does_not_lock_it_out(enter: Enter) -> None:
    widget = enter("modal")
    widget.launcher.wait_for()
    widget.page.get_by_role("button", name="Pay").click()
    widget.page.get_by_role("button", name="Help with paying").click()
    widget.search.fill("pay by invoice")
    expect(widget.hits.first).to_be_visible()
    widget.page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(widget.page.locator("dialog")).to_be_visible()


def test_the_page_keeps_its_keys_and_its_focus(enter: Enter) -> None:
    widget = enter("shortcuts").open()
    widget.search.press_sequentially("refund")
    expect(widget.search).to_have_value("refund")
    assert widget.page.locator("#typed").inner_text() == ""


def test_on_an_arabic_page_everything_is_the_other_way_round(enter: Enter) -> None:
    widget = enter("rtl").open()
    launcher, panel = widget.launcher.bounding_box(), widget.panel.bounding_box()
    assert launcher is not None and launcher["x"] < 100
    assert panel is not None and panel["x"] < 100
    expect(widget.launcher).to_have_text("مساعدة")
    expect(widget.panel.locator("h2")).to_have_text("كيف يمكننا مساعدتك؟")
    assert widget.panel.evaluate("(node) => getComputedStyle(node).direction") == "rtl"


def test_on_a_dark_page_a_colour_that_is_hard_to_read_is_made_readable(enter: Enter) -> None:
    widget = enter("dark").open()
    expect(widget.launcher).to_have_text("Ask us")
    box = widget.launcher.bounding_box()
    assert box is not None and box["x"] < 100
    contrasts = widget.page.evaluate("""() => {
      const root = document.querySelector("signpost-widget").shadowRoot;
      const light = (text) => {
        const [r, g, b] = text.match(/[\\d.]+/g).map((part) => part / 255)
          .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
      };
      const ratio = (one, other) => Math.max(light(one), light(other)) / Math.min(light(one), light(other));
      const of = (name) => getComputedStyle(root.querySelector(name));
      return [ratio(of(".bar").color, of(".bar").backgroundColor),
        ratio(of(".row .icon").color, of(".panel").backgroundColor)];
    }""")
    assert min(contrasts) >= 4.5


def test_the_element_stands_in_the_page_and_leaves_no_global(enter: Enter) -> None:
    widget = enter("element")
    expect(widget.hits.first).to_be_visible()
    expect(widget.page.locator("html")).to_have_attribute("data-ready", "demo")
    assert widget.page.evaluate("typeof window.Signpost") == "undefined"
    box, main = widget.panel.bounding_box(), widget.page.locator("main").bounding_box()
    assert box is not None and main is not None
    assert box["x"] >= main["x"] and box["width"] <= main["width"]
    widget.human.click()
    widget.write()
    assert widget.send()
