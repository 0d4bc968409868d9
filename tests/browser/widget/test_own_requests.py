"""Somebody who is signed in at the shop reads and answers their requests in the widget, on any device."""

import re
import time
from typing import Any

import jwt
from playwright.sync_api import expect

from support.tickets.models import Staff, Ticket
from tests.browser.conftest import Site
from tests.browser.widget.conftest import SHOP_SECRET, Enter, Widget


def token(person: str) -> str:
    now = int(time.time())
    claims = {
        "aud": "shop",
        "iat": now,
        "exp": now + 600,
        "email": f"{person}@example.org",
        "name": person,
        "id": person,
    }
    return jwt.encode(claims, SHOP_SECRET, algorithm="HS256")


def sign_in(widget: Widget, person: str, **options: Any) -> None:
    widget.launcher.wait_for()
    widget.call("destroy")
    widget.listen()
    widget.call("identify", token(person))
    widget.call("init", {"site": "shop", **options})


def write(widget: Widget, help_centre: Site, message: str) -> Ticket:
    widget.call("contact")
    widget.panel.locator("textarea[name=message]").fill(message)
    for box in widget.panel.locator(".field.check input").all():
        box.check()
    found: Ticket = help_centre.app.extensions["signpost"].tickets.by_reference(widget.send())
    return found


def reply(help_centre: Site, ticket: Ticket, text: str) -> None:
    services = help_centre.app.extensions["signpost"]
    services.agent_actions.reply(ticket.reference, text, services.now(), staff=Staff(None, "Grace"))


def test_an_answer_is_counted_on_another_device_read_there_and_answered(enter: Enter, help_centre: Site) -> None:
    first = enter("plain")
    sign_in(first, "hedy")
    first.call("attributes", {"plan": "pro", "orders": 3, "wrong name": "x"})
    first.call("tags", ["vip"])
    ticket = write(first, help_centre, "The left earbud is silent.")
    assert (dict(ticket.attributes), ticket.page_tags) == ({"plan": "pro", "orders": 3}, ("vip",))
    reply(help_centre, ticket, "Please **press** the button.")

    second = enter("plain", loud=True)
    asked: list[str] = []
    second.page.on("request", lambda request: asked.append(request.url))
    sign_in(second, "hedy")
    expect(second.launcher).to_have_attribute("data-unread", "1")
    expect(second.launcher).to_have_attribute("aria-label", "Help, New answers: 1")
    assert second.wait_heard("unread")["count"] == 1
    assert second.page.evaluate("Signpost('state').unread") == 1
    assert not [url for url in asked if url.endswith("/body.js")], "the panel came before anybody opened it"
    second.launcher.click()
    first_row = second.panel.locator(".out .row").first
    expect(first_row).to_contain_text("New answers: 1")
    first_row.click()
    row = second.panel.locator("button.request")
    expect(row).to_contain_text(ticket.reference)
    row.click()
    expect(second.panel.locator(".turn strong").nth(-1)).to_have_text("press")
    expect(second.launcher).not_to_have_attribute("data-unread", re.compile(""))
    second.panel.get_by_label("Your answer").fill("It still is.")
    second.panel.get_by_role("button", name="Send to a person").click()
    expect(second.panel.locator(".turn")).to_have_count(3)
    expect(second.panel.get_by_label("Your answer")).to_have_value("")
    answered = help_centre.app.extensions["signpost"].tickets.by_reference(ticket.reference)
    assert [one.text for one in answered.messages][-1] == "It still is."
    second.panel.get_by_role("button", name="Back").click()
    expect(second.panel.locator(".request .new")).to_have_count(0)
    assert not [url for url in asked if token("hedy").split(".")[1][:40] in url]


def test_who_signs_in_next_sees_nothing_of_who_was_there_before(enter: Enter, help_centre: Site) -> None:
    widget = enter("plain")
    sign_in(widget, "emmy")
    ticket = write(widget, help_centre, "My parcel is late.")
    reply(help_centre, ticket, "It is on its way.")
    sign_in(widget, "lise")
    widget.call("status")
    expect(widget.panel.get_by_text("You have no requests yet.")).to_be_visible()
    expect(widget.panel.get_by_text(ticket.reference)).to_have_count(0)
    assert widget.page.evaluate("Signpost('state').unread") == 0


def test_half_an_answer_is_still_there_when_one_comes_back_to_it(enter: Enter, help_centre: Site) -> None:
    widget = enter("plain")
    sign_in(widget, "rosa")
    ticket = write(widget, help_centre, "It does not charge.")
    widget.call("status")
    widget.panel.locator("button.request").click()
    widget.panel.get_by_label("Your answer").fill("I tried another")
    widget.panel.get_by_role("button", name="Back").click()
    widget.panel.locator("button.request").click()
    expect(widget.panel.get_by_label("Your answer")).to_have_value("I tried another")
    assert ticket.reference
