"""The help centre down, slow or half broken: within three seconds the customer has the ways to a person, what was typed
stays, and nothing is ever sent twice."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import text

from tests.browser.widget.conftest import Enter, Site, Widget

Break = Callable[[Route], None]

BROKEN: dict[str, Break] = {
    "down": lambda route: route.abort("connectionrefused"),
    "failing": lambda route: route.fulfill(status=500, json={"error": {"code": "internal_error", "message": "Oh."}}),
    "cut off": lambda route: route.fulfill(status=200, content_type="application/json", body='{"results": [{"sl'),
    "of another type": lambda route: route.fulfill(status=200, content_type="text/html", body='{"results": []}'),
    "a login page": lambda route: route.fulfill(status=302, headers={"Location": "/login"}),
    "silent": lambda route: None,
}


def tickets(site: Site) -> int:
    with site.app.extensions["signpost"].engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM ticket")).scalar_one())


def arrives(route: Route) -> None:
    """The request reaches the help centre and is answered; the customer's browser hears nothing of it."""
    # Only browsers know that names below localhost are this machine.
    assert route.fetch(url=route.request.url.replace("help.localhost", "127.0.0.1")).status == 201
    route.abort("connectionreset")


def shows_ways(widget: Widget) -> None:
    expect(widget.panel.get_by_role("link", name="help@tonfell.example").first).to_be_visible()


@pytest.mark.parametrize("kind", list(BROKEN))
def test_a_help_centre_that_breaks_while_it_is_read_leaves_the_ways_to_a_person(enter: Enter, kind: str) -> None:
    widget = enter("plain", loud=True).open()
    widget.page.route("**/api/v1/**", BROKEN[kind])
    widget.page.route("**/login", lambda route: route.fulfill(status=200, content_type="text/html", body="<form>"))
    widget.search.fill("my parcel is late")
    shows_ways(widget)
    expect(widget.search).to_have_value("my parcel is late")
    widget.page.unroute("**/api/v1/**")
    widget.panel.get_by_role("button", name="Try again").click()
    expect(widget.hits.first).to_be_visible()


@pytest.mark.parametrize("kind", ["failing", "silent"])
def test_a_widget_that_cannot_be_loaded_leaves_the_ways_to_a_person(enter: Enter, kind: str) -> None:
    widget = enter("_bare", loud=True)
    widget.page.route("**/widget/*/body.js", BROKEN[kind])
    widget.page.goto(widget.page.url.replace("_bare", "plain"))
    widget.launcher.click()
    shows_ways(widget)
    widget.page.keyboard.press("Escape")
    expect(widget.launcher).to_be_focused()


def test_without_any_answer_and_without_named_ways_the_page_is_left_alone(enter: Enter) -> None:
    widget = enter("_bare", loud=True)
    widget.page.route("**/api/v1/**", BROKEN["down"])
    widget.page.goto(widget.page.url.replace("_bare", "_sandboxed").replace("_sandboxed", "form"))
    widget.page.evaluate("() => { Signpost('init', { site: 'demo', email: null, phone: null }); }")
    subject = widget.page.locator("input[name=subject]")
    subject.click()
    subject.press_sequentially("return an item")
    assert widget.page.locator("signpost-widget").count() == 0


def test_a_message_whose_answer_is_lost_is_sent_again_and_stored_once(enter: Enter, help_centre: Site) -> None:
    before = tickets(help_centre)
    widget = enter("plain", loud=True).open()
    widget.listen()
    bodies: list[str] = []

    def lose(route: Route) -> None:
        bodies.append(route.request.post_data or "")
        if len(bodies) < 3:
            arrives(route)
        else:
            route.continue_()

    widget.page.route("**/api/v1/tickets?**", lose)
    widget.human.click()
    widget.write("The left earbud is silent.")
    widget.panel.locator("form button[type=submit]").click()
    expect(widget.panel.get_by_text("Your message is not through yet")).to_be_visible()
    shows_ways(widget)
    expect(widget.panel.locator("textarea[name=message]")).to_have_value("The left earbud is silent.")
    expect(widget.panel.locator(".reference strong")).not_to_be_empty(timeout=30_000)
    assert len(set(bodies)) == 1
    assert tickets(help_centre) == before + 1


def test_a_message_changed_after_it_may_have_arrived_is_still_one_ticket(enter: Enter, help_centre: Site) -> None:
    before = tickets(help_centre)
    widget = enter("plain", loud=True).open()
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.post_data or "")
        arrives(route)

    widget.page.route("**/api/v1/tickets?**", lose)
    widget.human.click()
    widget.write("The left earbud is silent.")
    widget.panel.locator("form button[type=submit]").click()
    widget.panel.get_by_role("button", name="Change my message").click()
    if widget.panel.locator(".reference").count() == 0:  # unless the second try was quicker than this test
        widget.write("The right earbud is silent.")
        widget.panel.locator("form button[type=submit]").click()
    expect(widget.panel.locator(".reference strong")).not_to_be_empty(timeout=30_000)
    assert tickets(help_centre) == before + 1


def test_a_refused_message_is_marked_where_it_is_wrong_and_can_be_sent(enter: Enter) -> None:
    widget = enter("plain", loud=True).open()
    widget.human.click()
    widget.write(email="ada@nowhere")
    widget.panel.locator("form button[type=submit]").click()
    expect(widget.panel.locator("input[name=email]")).to_have_attribute("aria-invalid", "true")
    expect(widget.panel.locator("input[name=email]")).to_be_focused()
    widget.write()
    assert widget.send()


def test_the_ways_to_a_person_come_within_three_seconds(enter: Enter) -> None:
    widget = enter("plain", loud=True).open()
    widget.page.route("**/api/v1/**", BROKEN["silent"])
    # Counted by the page's own clock, as the time from the question to the ways, and no second more on a slow machine
    # than the page itself was held up: the page's clock stands still while it is not run.
    widget.page.clock.install()
    widget.search.fill("my parcel is late")
    widget.page.clock.run_for(3_200)
    shows_ways(widget)
