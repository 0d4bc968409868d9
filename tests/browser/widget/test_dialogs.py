"""Dialogs of every make: the browser's own, and those of the libraries people use, as their packages have them."""
# ruff: noqa: E501 - pages are not wrapped

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from app.ops.bootstrap import find_browser
from tests.browser.conftest import launched
from tests.browser.widget.conftest import Stage, Widget

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Checkout</title>{widget}
<body><h1>When is my refund coming?</h1>%s</body></html>"""
LIBRARIES = ["radix", "headless", "aria", "mui", "trap"]
PARENT = "document.querySelector('signpost-widget[data-signpost-own]').parentNode.localName"


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium whose windows have the focus and fill the screen; in the headless shell they do so only sometimes."""
    yield from launched(playwright, find_browser(with_windows=True))


def opened(widget: Widget) -> None:
    """Wait until help is there and has the focus, which it takes a frame later; a person is never as quick."""
    widget.hits.first.wait_for()
    widget.page.wait_for_function("(node) => node.getRootNode().activeElement", arg=widget.panel.element_handle())


def reading_by_keyboard(widget: Widget) -> None:
    """Type into the search, walk to a result and read it; every key arrives."""
    opened(widget)
    widget.listen()
    widget.search.focus()
    widget.page.keyboard.type("refund")
    widget.page.wait_for_function("heard.some((one) => one.type === 'search' && one.query === 'refund')")
    expect(widget.search).to_have_value("refund")
    expect(widget.panel.locator(".hit").first).to_be_visible()
    widget.page.keyboard.press("ArrowDown")
    expect(widget.panel.locator(".hit").first).to_be_focused()
    widget.page.keyboard.press("Tab")
    assert widget.panel.evaluate("(node) => !!node.getRootNode().activeElement")


def by_pointer(widget: Widget) -> None:
    """Read a result, and go on to the form and write there."""
    widget.hits.first.click()
    expect(widget.panel.locator(".headline")).to_be_visible()
    widget.human.click()
    message = widget.panel.locator("textarea[name=message]")
    message.click()
    widget.page.keyboard.press("Control+A")  # what was searched for stands there
    widget.page.keyboard.type("It stopped at the payment.")
    expect(message).to_have_value("It stopped at the payment.")
    expect(message).to_be_focused()


@pytest.mark.parametrize("library", LIBRARIES)
def test_help_in_a_dialog_of_a_library_works_by_keyboard_and_pointer_and_outlives_it(
    stage: Stage, library: str
) -> None:
    widget = stage(PAGE % f'<div id="app"></div><script src="/case/packages/{library}.js"></script>')
    page = widget.page
    widget.launcher.wait_for()
    page.get_by_role("button", name="Pay").click()
    card = page.get_by_label("Card")
    expect(card).to_be_visible()
    assert page.evaluate(PARENT) == "html"  # nobody asked for it
    page.get_by_role("button", name="Get help").click()
    reading_by_keyboard(widget)
    expect(card).to_be_visible()
    by_pointer(widget)
    expect(card).to_be_visible()
    page.get_by_role("button", name="Done").evaluate("(node) => node.click()")
    expect(card).to_be_hidden()
    expect(widget.panel.locator("textarea[name=message]")).to_have_value("It stopped at the payment.")
    expect(widget.panel).to_be_visible()
    page.wait_for_function(f"{PARENT} === 'html'")
    widget.panel.locator("textarea[name=message]").click()
    page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(widget.launcher).to_be_visible()


@pytest.mark.parametrize("library", LIBRARIES)
def test_escape_in_help_closes_help_and_not_the_dialog_it_was_asked_for_in(stage: Stage, library: str) -> None:
    widget = stage(PAGE % f'<div id="app"></div><script src="/case/packages/{library}.js"></script>')
    page = widget.page
    widget.launcher.wait_for()
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Get help").click()
    opened(widget)
    widget.search.focus()
    page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(page.get_by_label("Card")).to_be_visible()
    expect(page.get_by_role("button", name="Get help")).to_be_focused()
    page.get_by_label("Card").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Card")).to_be_hidden()


def test_a_dialog_that_is_open_at_load_leaves_the_launcher_where_it_is(stage: Stage) -> None:
    widget = stage(
        PAGE % "<dialog>We use cookies.<form method=dialog><button>Accept</button></form></dialog>"
        "<script>document.querySelector('dialog').showModal()</script>"
    )
    widget.launcher.wait_for()
    assert widget.page.evaluate(PARENT) == "html"
    widget.page.get_by_role("button", name="Accept").click()
    widget.open()


NATIVE = (
    PAGE
    % """<dialog id="outer"><p>Payment</p><button data-signpost-open>Get help</button>
<button id="deeper">More</button><dialog id="inner"><button data-signpost-open="contact">Ask</button></dialog></dialog>
<script>
  outer.onclick = (event) => {
    const box = outer.getBoundingClientRect();
    if (event.clientX < box.left || event.clientX > box.right || event.clientY > box.bottom) outer.close();
  };
  deeper.onclick = () => inner.showModal();
  outer.showModal();
</script>"""
)


def test_a_dialog_that_closes_on_clicks_beside_it_takes_none_in_help_for_one(stage: Stage) -> None:
    widget = stage(NATIVE)
    widget.page.get_by_role("button", name="Get help").click()
    reading_by_keyboard(widget)
    by_pointer(widget)
    assert widget.page.evaluate("outer.open")


@pytest.mark.parametrize("end", ["inner.close()", "inner.remove()", "outer.close()", "outer.remove()"])
def test_help_from_a_nested_dialog_outlives_both(stage: Stage, end: str) -> None:
    widget = stage(NATIVE)
    widget.page.locator("#deeper").click()
    widget.page.get_by_role("button", name="Ask").click()
    message = widget.panel.locator("textarea[name=message]")
    message.click()
    widget.page.keyboard.type("Half a sen")
    widget.page.evaluate(end)
    expect(message).to_be_visible()
    widget.page.evaluate("document.querySelectorAll('dialog[open]').forEach((one) => one.close())")
    expect(message).to_be_visible()
    message.click()
    widget.page.keyboard.press("End")
    widget.page.keyboard.type("tence")
    expect(message).to_have_value("Half a sentence")
    assert widget.page.evaluate(PARENT) == "html"


@pytest.mark.parametrize("slotted", [True, False])
def test_a_dialog_in_a_shadow_tree(stage: Stage, slotted: bool) -> None:
    button = "<button data-signpost-open>Get help</button>"
    widget = stage(
        PAGE
        % f"""<pay-box>{button if slotted else ""}</pay-box><script>
        customElements.define("pay-box", class extends HTMLElement {{
          constructor() {{
            super();
            this.attachShadow({{ mode: "open" }}).innerHTML = `<dialog><slot></slot>{"" if slotted else button}</dialog>`;
          }}
        }});
        window.dialog = document.querySelector("pay-box").shadowRoot.querySelector("dialog");
        dialog.showModal();
        </script>"""
    )
    widget.page.get_by_role("button", name="Get help").click()
    reading_by_keyboard(widget)
    by_pointer(widget)
    widget.page.evaluate("dialog.close()")
    expect(widget.panel.locator("textarea[name=message]")).to_have_value("It stopped at the payment.")
    widget.panel.locator("textarea[name=message]").click()


def test_help_is_above_what_fills_the_screen(stage: Stage) -> None:
    widget = stage(
        PAGE
        % """<div id="film" style="background:#000"><button id="full">Fill</button>
        <button data-signpost-open>Get help</button></div><script>full.onclick = () => film.requestFullscreen();</script>"""
    )
    widget.page.locator("#full").click()
    widget.page.wait_for_function("document.fullscreenElement")
    widget.page.get_by_role("button", name="Get help").click()
    reading_by_keyboard(widget)
    by_pointer(widget)
    stands = f"{PARENT} + document.querySelector('signpost-widget').matches(':popover-open')"
    for _ in range(2):  # asked for in there, and open before
        widget.page.evaluate("document.exitFullscreen()")
        widget.page.wait_for_function(f"({stands}) === 'htmlfalse'")
        expect(widget.panel.locator("textarea[name=message]")).to_be_focused()
        widget.page.evaluate("film.requestFullscreen()")
        widget.page.wait_for_function(f"({stands}).endsWith('true')")
