"""By keyboard, by screen reader, enlarged, on a small screen and without motion."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import findings
from tests.browser.widget.conftest import Enter, Widget

HOME = """
- dialog "How can we help?":
  - heading "How can we help?" [level=2]
  - button "Close"
  - search:
    - searchbox "Search for answers"
  - heading "For this page" [level=3]
  - list:
    - listitem:
      - button /Return an item/
  - list:
    - listitem:
      - link "All articles"
  - button "Talk to a human"
  - status
"""


def focused(widget: Widget) -> str:
    found: str = widget.page.evaluate("""() => {
      let node = document.activeElement;
      while (node.shadowRoot && node.shadowRoot.activeElement) node = node.shadowRoot.activeElement;
      return node.getAttribute("aria-label") || node.textContent.trim().slice(0, 40) || node.name;
    }""")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(enter: Enter, scheme: str) -> None:
    widget = enter("plain", scheme=scheme, width=1280)
    widget.launcher.wait_for()
    assert findings(widget.page) == []
    widget.open()
    assert findings(widget.page) == []
    widget.search.fill("when do I get my refund")
    expect(widget.panel.get_by_text("When you get your refund").first).to_be_visible()
    assert findings(widget.page) == []
    widget.call("article", "late-or-lost-parcel", "en")
    expect(widget.panel.locator(".prose table")).to_be_visible()
    assert findings(widget.page) == []
    widget.human.click()
    widget.panel.get_by_text("What goes along with your message").click()
    widget.panel.locator("form button[type=submit]").click()
    expect(widget.panel.locator("[aria-invalid]").first).to_be_visible()
    assert findings(widget.page) == []
    widget.write()
    widget.send()
    assert findings(widget.page) == []
    widget.call("status")
    expect(widget.panel.locator(".request")).to_be_visible()
    assert findings(widget.page) == []


@pytest.mark.parametrize("name", ["rtl", "dark", "form", "element"])
def test_axe_finds_nothing_the_other_way_round_and_in_the_page(enter: Enter, name: str) -> None:
    widget = enter(name)
    if name == "form":
        widget.page.locator("input[name=subject]").press_sequentially("return an item")
        widget.page.locator(".inline").wait_for()
    elif name == "element":
        widget.hits.first.wait_for()
    else:
        widget.open()
    found = [one for one in findings(widget.page) if any("signpost" in str(where) for where in one["where"])]
    assert found == []


def test_a_screen_reader_finds_a_named_dialog_with_headings_and_the_way_to_a_person(enter: Enter) -> None:
    widget = enter("plain").open()
    expect(widget.panel).to_match_aria_snapshot(HOME)
    widget.search.fill("when do I get my refund")
    expect(widget.panel.get_by_role("status").filter(has_text="Results: ")).to_have_count(1)


def test_everything_can_be_done_with_the_keyboard_alone(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    keys = widget.page.keyboard
    widget.launcher.focus()
    keys.press("Enter")
    expect(widget.search).to_be_focused()
    keys.type("when do I get my refund")
    expect(widget.panel.get_by_role("status").filter(has_text="Results: ")).to_have_count(1)
    keys.press("ArrowDown")
    expect(widget.hits.first).to_be_focused()
    keys.press("ArrowUp")
    expect(widget.search).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(widget.panel.locator(".headline")).to_be_focused()
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    assert focused(widget) == "Back"
    keys.press("Enter")
    expect(widget.hits.first).to_be_focused()
    expect(widget.search).to_have_value("when do I get my refund")
    for _ in range(20):
        if focused(widget) == "Talk to a human":
            break
        keys.press("Tab")
    keys.press("Enter")
    expect(widget.panel.locator("input[name=subject]")).to_be_focused()
    keys.press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(widget.launcher).to_be_focused()


def test_from_every_view_a_person_is_one_action_away(enter: Enter) -> None:
    widget = enter("plain").open()
    for verb, values in (("search", ["refund"]), ("article", ["late-or-lost-parcel"]), ("status", [])):
        widget.call(verb, *values)
        expect(widget.human).to_be_visible()
        widget.human.click()
        expect(widget.panel.locator("textarea[name=message]")).to_be_visible()
        widget.panel.get_by_role("button", name="Back").click()


@pytest.mark.parametrize(("width", "height", "scale"), [(320, 568, 1), (640, 450, 2), (320, 256, 4)])
def test_enlarged_and_on_the_smallest_screens_nothing_is_cut_off(
    enter: Enter, width: int, height: int, scale: int
) -> None:
    widget = enter("plain", width=width, device_scale_factor=scale)
    widget.page.set_viewport_size({"width": width, "height": height})
    widget.open()
    views = {
        "home": None,
        "article": "Signpost('article', 'late-or-lost-parcel', 'en')",
        "contact": "Signpost('contact')",
    }
    for view, call in views.items():
        if call:
            widget.page.evaluate(f"() => {{ {call}; }}")
        ready = {"home": ".hit", "article": ".prose", "contact": "textarea"}[view]
        widget.panel.locator(ready).first.wait_for()
        over = widget.page.evaluate("""() => {
          const panel = document.querySelector("signpost-widget").shadowRoot.querySelector(".panel");
          const box = panel.getBoundingClientRect();
          const wide = [...panel.querySelectorAll("*")]
            .filter((node) => !node.closest(".wide, .unseen") && node.getClientRects().length)
            .filter((node) => {
              const { left, right } = node.getBoundingClientRect();
              return left < box.left - 1 || right > box.right + 1;
            });
          return [box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight,
            wide.map((node) => node.className || node.localName)];
        }""")
        assert over == [True, []], view
        if view != "contact":
            expect(widget.human).to_be_in_viewport()


def test_on_a_small_screen_the_focus_stays_in_the_panel(enter: Enter) -> None:
    widget = enter("plain", width=375).open()
    for _ in range(12):
        widget.page.keyboard.press("Tab")
        assert widget.page.evaluate("document.activeElement.localName") == "signpost-widget"


def test_who_wants_no_motion_gets_none_and_who_does_not_mind_gets_little(enter: Enter) -> None:
    running = """() => document.getAnimations().length
      + document.querySelector("signpost-widget").shadowRoot.getAnimations().length"""
    widget = enter("plain")
    widget.launcher.click()
    expect(widget.panel).to_be_visible()
    assert widget.page.evaluate(running) == 0
    assert widget.panel.evaluate("(node) => getComputedStyle(node).animationName") == "none"


@pytest.mark.parametrize("typed", ["return an item", "zebra crossing parcel", "how long does delivery take"])
def test_a_screen_reader_hears_how_many_results_are_shown(enter: Enter, typed: str) -> None:
    widget = enter("plain").open()
    widget.search.fill(typed)
    widget.search.press("Enter")
    status = widget.panel.locator(":scope > .unseen[role=status]")
    expect(status).to_contain_text("Results: ")
    expect(widget.search).not_to_have_attribute("aria-busy", "true")
    expect(status).to_have_text(f"Results: {widget.hits.count()}")
