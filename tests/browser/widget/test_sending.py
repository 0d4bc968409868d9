"""What goes along with a message: files, and the site's own word for who writes."""

import time

import jwt
from playwright.sync_api import expect

from support.tickets.models import Identity, Ticket
from tests.browser.conftest import Site
from tests.browser.widget.conftest import SHOP_SECRET, Enter


def _stored(help_centre: Site, reference: str) -> Ticket:
    return help_centre.app.extensions["signpost"].tickets.by_reference(reference)


def test_files_go_along(enter: Enter, help_centre: Site) -> None:
    widget = enter("plain").open()
    widget.human.click()
    widget.write()
    widget.panel.locator("input[type=file]").set_input_files(
        {"name": "günlük.txt", "mimeType": "text/plain", "buffer": b"left channel: no signal"}
    )
    ticket = _stored(help_centre, widget.send())
    (file,) = ticket.attachments
    assert (file.name, file.size) == ("günlük.txt", 23)


def test_a_file_that_cannot_be_taken_is_named_and_what_was_typed_stays(enter: Enter) -> None:
    widget = enter("plain", loud=True).open()
    widget.human.click()
    widget.write("It will not start.")
    widget.panel.locator("input[type=file]").set_input_files(
        {"name": "setup.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\x90\x00" * 20}
    )
    widget.panel.locator("form button[type=submit]").click()
    file = widget.panel.locator("input[type=file]")
    expect(file).to_be_focused()
    expect(file).to_have_attribute("aria-invalid", "true")
    expect(
        widget.panel.locator(".field", has=widget.page.locator("input[type=file]")).locator(".error")
    ).to_contain_text("setup.exe")
    expect(widget.panel.locator("textarea[name=message]")).to_have_value("It will not start.")
    widget.panel.locator("input[type=file]").set_input_files([])
    assert widget.send()


def test_a_signed_identity_is_believed_and_stands_in_no_address(enter: Enter, help_centre: Site) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    asked: list[str] = []
    widget.page.on("request", lambda request: asked.append(request.url))
    now = int(time.time())
    claims = {"aud": "shop", "iat": now, "exp": now + 600, "email": "ada@example.org", "name": "Ada", "id": "u-17"}
    token = jwt.encode(claims, SHOP_SECRET, algorithm="HS256")
    widget.call("destroy")
    widget.call("init", {"site": "shop"})
    widget.call("identify", token)
    widget.call("contact")
    expect(widget.panel.get_by_text("You are writing as Ada · ada@example.org")).to_be_visible()
    widget.panel.locator("textarea[name=message]").fill("The left earbud is silent.")
    for box in widget.panel.locator(".field.check input").all():
        box.check()
    ticket = _stored(help_centre, widget.send())
    assert (ticket.email, ticket.name, ticket.identity) == ("ada@example.org", "Ada", Identity.SIGNED)
    assert ticket.site == "shop"
    assert not [url for url in asked if "ada" in url or token.split(".")[1] in url]
