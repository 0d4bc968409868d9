"""What goes along with a message: files, and the site's own word for who writes."""

import re
import time

import jwt
from playwright.sync_api import Route, expect

from support.tickets.models import Identity, Ticket
from tests.browser.conftest import Site
from tests.browser.test_contact_errors import _TRANSFER as TRANSFER
from tests.browser.widget.conftest import SHOP_SECRET, Enter


def _stored(help_centre: Site, reference: str) -> Ticket:
    return help_centre.app.extensions["signpost"].tickets.by_reference(reference)


def test_files_go_along(enter: Enter, help_centre: Site) -> None:
    widget = enter("plain").open()
    widget.human.click()
    widget.write()
    expect(widget.panel.locator(".pick")).to_have_text(
        "Choose files"
    )  # ours: the browser's button has its own language
    widget.panel.locator("input[type=file]").set_input_files(
        {"name": "günlük.txt", "mimeType": "text/plain", "buffer": b"left channel: no signal"}
    )
    expect(widget.panel.locator(".pick")).to_have_text("günlük.txt")
    message = widget.panel.locator("textarea[name=message]")
    for event in ("new DragEvent('drop', { ...how, dataTransfer: data(['b.log']) })",
                  "new ClipboardEvent('paste', { ...how, clipboardData: data(['c.log']) })"):  # fmt: skip
        message.evaluate(
            f"(field) => {{ const how = {{ bubbles: true, cancelable: true }}, data = {TRANSFER};"
            f"field.dispatchEvent({event}); }}"
        )
    expect(widget.panel.locator(".pick")).to_have_text("günlük.txt · b.log · c.log")
    ticket = _stored(help_centre, widget.send())
    first, *others = ticket.attachments
    assert (first.name, first.size) == ("günlük.txt", 23)
    assert [file.name for file in others] == ["b.log", "c.log"]


def test_an_address_that_was_hardly_meant_is_asked_about_and_changed_by_one_press(enter: Enter) -> None:
    widget = enter("plain").open()
    widget.human.click()
    widget.write(email="ada@gmial.com")
    hint = widget.panel.get_by_role("button", name="Did you mean ada@gmail.com")
    hint.click()
    email = widget.panel.locator("input[name=email]")
    expect(email).to_have_value("ada@gmail.com")
    expect(email).to_be_focused()
    expect(hint).to_have_count(0)


def test_what_somebody_in_danger_was_told_is_still_there_after_sending(enter: Enter) -> None:
    widget = enter("plain").open()
    widget.human.click()
    widget.write("The charging case caught fire.")
    widget.send()
    alarm = widget.panel.get_by_role("alert")
    expect(alarm).to_contain_text("Move away from it and call us now")
    expect(alarm.get_by_role("link")).to_have_attribute("href", re.compile("^tel:"))
    expect(widget.panel.get_by_role("heading", name="Your message is with us")).to_be_focused()
    alarm.get_by_role("button").click()
    expect(widget.panel.locator(".headline")).to_be_visible()


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


KEPT = "sessionStorage.getItem('signpost:demo') || ''"


def test_the_question_fills_the_message_and_is_never_written_over_what_was_typed(enter: Enter) -> None:
    widget = enter("plain").open()
    message = widget.panel.locator("textarea[name=message]")
    widget.search.fill("where is my refund")
    widget.human.click()
    expect(message).to_have_value("where is my refund")
    expect(widget.panel.locator("input[name=subject]")).to_have_value("")
    widget.panel.get_by_role("button", name="Back").click()
    widget.search.fill("how long is the warranty")
    widget.human.click()
    expect(message).to_have_value("how long is the warranty")  # nobody had typed anything here
    message.fill("My own words.")
    widget.panel.get_by_role("button", name="Back").click()
    widget.search.fill("a third question")
    widget.human.click()
    expect(message).to_have_value("My own words.")
    widget.call("prefill", {"message": "From the page", "name": "Ada"})
    expect(message).to_have_value("My own words.")
    expect(widget.panel.locator("input[name=name]")).to_have_value("Ada")


def test_what_is_typed_survives_a_reload_and_another_language_until_it_is_sent(enter: Enter, help_centre: Site) -> None:
    widget = enter("plain").open()
    widget.human.click()
    widget.write("Half a message.")
    expect(widget.panel.get_by_text("Kept in this tab until you send or clear it.")).to_be_visible()
    widget.page.reload()
    widget.open()
    widget.human.click()
    message = widget.panel.locator("textarea[name=message]")
    expect(message).to_have_value("Half a message.")
    widget.call("locale", "tr")
    widget.panel.get_by_text("Bir insanla konuş").first.click()
    expect(message).to_have_value("Half a message.")
    expect(widget.panel.get_by_text("bu sekmede saklanır")).to_be_visible()
    widget.write("Half a message, and the rest.")
    ticket = _stored(help_centre, widget.send())
    assert ticket.messages[0].text == "Half a message, and the rest."
    assert widget.page.evaluate(KEPT) == ""


def test_what_is_kept_can_be_cleared_and_is_not_kept_where_the_page_forbids_it(enter: Enter) -> None:
    widget = enter("plain").open()
    widget.human.click()
    message = widget.panel.locator("textarea[name=message]")
    message.fill("Not for everybody.")
    assert "Not for everybody." in widget.page.evaluate(KEPT)
    widget.panel.get_by_role("button", name="Clear", exact=True).click()
    expect(message).to_have_value("")
    assert widget.page.evaluate(KEPT) == ""
    widget.call("consent", False)
    message.fill("Not for everybody.")
    expect(widget.panel.get_by_text("Kept in this tab")).to_be_hidden()
    assert widget.page.evaluate(KEPT) == ""


def test_what_one_person_typed_is_not_shown_to_the_next_who_signs_in(enter: Enter) -> None:
    widget = enter("plain").open()
    who = """(email) => {
      const part = (value) => btoa(JSON.stringify(value)).replace(/=+$/, "");
      Signpost("identify", () => Promise.resolve([part({ alg: "HS256" }), part({ email }), "x"].join(".")));
    }"""
    widget.page.evaluate(who, "ada@example.org")
    widget.human.click()
    message = widget.panel.locator("textarea[name=message]")
    expect(widget.panel.get_by_text("You are writing as ada@example.org")).to_be_visible()
    message.fill("Of Ada.")
    widget.page.evaluate(who, "eve@example.org")
    expect(widget.panel.get_by_text("You are writing as eve@example.org")).to_be_visible()
    expect(message).to_have_value("")
    assert "Of Ada." not in widget.page.evaluate(KEPT)


def test_a_message_whose_answer_was_lost_is_one_ticket_after_a_reload(enter: Enter, help_centre: Site) -> None:
    tickets = help_centre.app.extensions["signpost"].tickets
    widget = enter("plain", loud=True).open()
    widget.human.click()
    widget.write("Did it arrive?")
    arrived: list[int] = []

    def lose(route: Route) -> None:
        # The help centre's name is known to browsers only.
        arrived.append(route.fetch(url=route.request.url.replace("help.localhost", "127.0.0.1")).status)
        route.abort()

    widget.page.route("**/api/v1/tickets*", lose)
    widget.panel.locator("form button[type=submit]").click()
    expect(widget.panel.get_by_text("Your message is not through yet")).to_be_visible()
    assert arrived[0] == 201
    widget.page.unroute_all(behavior="ignoreErrors")
    widget.page.reload()
    widget.open()
    widget.human.click()
    expect(widget.panel.locator("textarea[name=message]")).to_have_value("Did it arrive?")
    widget.write("Did it arrive?")
    reference = widget.send()
    every = [*tickets.newest(limit=200), *tickets.newest(limit=200, quarantined=True)]
    found = [one for one in every if tickets.by_id(one.id).messages[0].text == "Did it arrive?"]
    assert [one.reference for one in found] == [reference]


def test_danger_stands_above_what_was_found_and_above_the_form(enter: Enter) -> None:
    widget = enter("plain").open()
    widget.search.fill("my case is smoking")
    alarm = widget.panel.locator(".danger")
    expect(alarm).to_contain_text("Move away from it")
    expect(alarm.locator("a.button")).to_have_attribute("href", "tel:+31105550199")
    assert (alarm.bounding_box() or {})["y"] < (widget.hits.first.bounding_box() or {})["y"]
    widget.human.click()
    expect(widget.panel.locator("form .danger")).to_contain_text("Move away from it")
    widget.panel.locator("textarea[name=message]").fill("Where is my refund?")
    expect(widget.panel.locator("form .danger")).to_have_count(0)


def test_danger_stays_above_the_form_while_the_message_goes_on_and_goes_with_it(enter: Enter) -> None:
    widget = enter("plain").open()
    widget.human.click()
    message, alarm = widget.panel.locator("textarea[name=message]"), widget.panel.locator("form .danger")
    calm = "I ordered it two weeks ago and nobody could tell me where it is. " * 30
    for danger in ("The battery is swollen and it is smoking. ", "My earbud burned a hole into my ear canal. "):
        message.fill(danger)
        expect(alarm).to_be_visible()
        with widget.page.expect_response("**/api/v1/suggest?*") as answered:
            message.fill(calm + danger + calm)
        assert answered.value.ok and answered.value.request.headers["content-type"].startswith("text/plain")
        expect(alarm).to_be_visible()
        message.fill("")
        expect(alarm).to_have_count(0)
