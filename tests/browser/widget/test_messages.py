"""Messages by rule: on their pages, after their time, never without consent, never twice, never in anybody's way."""

from playwright.sync_api import Locator, expect

from tests.browser.widget.conftest import Enter, Widget

RULE = {
    "id": "cart-help",
    "text": {"en": "Questions about returns?"},
    "page": "/plain*",
    "delay": 1,
    "open": "search:refund",
}


def message(widget: Widget) -> Locator:
    return widget.page.locator("signpost-widget .message")


def test_without_consent_to_storage_there_is_none_and_nothing_is_kept(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.call("messages", [RULE])
    widget.page.wait_for_timeout(2500)
    expect(message(widget)).to_have_count(0)
    assert widget.page.evaluate("localStorage.length + sessionStorage.length") == 0
    widget.call("consent", False)
    widget.page.wait_for_timeout(1500)
    expect(message(widget)).to_have_count(0)


def test_one_that_was_closed_stays_closed_on_the_next_page(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.listen()
    widget.call("consent", True)
    widget.call("messages", [RULE])
    expect(message(widget)).to_be_visible()
    assert widget.wait_heard("message") | {"at": ""} == {
        "type": "message", "at": "", "id": "cart-help", "action": "shown",
    }  # fmt: skip
    assert widget.page.evaluate("document.activeElement === document.body")
    message(widget).get_by_role("button", name="Close").click()
    expect(message(widget)).to_have_count(0)
    widget.page.reload()
    widget.launcher.wait_for()
    widget.call("consent", True)
    widget.call("messages", [RULE])
    widget.page.wait_for_timeout(2500)
    expect(message(widget)).to_have_count(0)
    widget.call("consent", False)
    widget.page.wait_for_function("localStorage.length === 0")


def test_a_click_opens_what_it_names(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.call("consent", True)
    widget.call("messages", [RULE])
    message(widget).get_by_role("button", name="Questions about returns?").click()
    expect(widget.search).to_have_value("refund")
    expect(message(widget)).to_have_count(0)


def test_it_waits_while_somebody_writes_and_while_the_panel_is_open(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.page.evaluate("document.querySelector('main').append(document.createElement('textarea'))")
    widget.page.locator("main textarea").focus()
    widget.call("consent", True)
    widget.call("messages", [RULE])
    widget.page.wait_for_timeout(2500)
    expect(message(widget)).to_have_count(0)
    widget.page.evaluate("document.activeElement.blur()")
    expect(message(widget)).to_be_visible()
    widget.call("open")
    expect(message(widget)).to_have_count(0)


def test_it_goes_out_of_the_way_of_a_field_that_is_entered(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.page.evaluate("""() => {
      const field = document.createElement('textarea');
      field.style.cssText = 'position:fixed;inset:0;width:100%;height:100%';
      field.style.zIndex = -1;
      document.body.append(field);
    }""")
    widget.call("consent", True)
    widget.call("messages", [RULE])
    expect(message(widget)).to_be_visible()
    widget.page.evaluate("document.querySelector('body > textarea').focus()")
    expect(message(widget)).to_be_hidden()
    widget.page.evaluate("document.activeElement.blur()")
    expect(message(widget)).to_be_visible()


def test_it_is_for_its_pages_only(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.call("consent", True)
    widget.call("messages", [{**RULE, "page": "/checkout"}, {**RULE, "id": "later", "visited": 99}])
    widget.page.wait_for_timeout(2500)
    expect(message(widget)).to_have_count(0)
