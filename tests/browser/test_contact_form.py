"""The contact form in a real browser: answers while typing, one ticket for a double click, nothing typed lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support.tickets.models import Channel, Ticket
from tests.browser.conftest import Site
from tests.browser.test_accessibility import findings

Visit = Callable[..., Page]


def _tickets(site: Site) -> list[Ticket]:
    service = site.app.extensions["signpost"].tickets
    return [service.by_reference(t.reference) for t in service.newest(limit=200)]


def _newest(site: Site) -> Ticket:
    return _tickets(site)[0]


def _write(page: Page, message: str = "I want to return my headphones, how do I do that?") -> None:
    page.fill("#subject", "Return")
    page.fill("#message", message)


def _sign(page: Page) -> None:
    page.fill("#email", "ada@example.org")
    page.fill("#name", "Ada")
    page.check("#consent")


def _suggested(page: Page) -> None:
    expect(page.locator("[data-suggestion]").first).to_be_visible()


def test_typing_brings_answers_that_can_be_read_rejected_and_passed_on(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact")
    _write(page)
    _suggested(page)
    first = page.locator("[data-suggestion]").first
    title = first.get_attribute("data-title") or first.locator("[data-part=title]").inner_text()
    first.locator("summary").first.click()
    expect(first.locator("[data-part=passage]")).not_to_be_empty()
    first.locator(".suggestion__reject > summary").click()
    first.get_by_label("Right topic, but it does not answer my question").check()
    first.locator("input[name^='comment:']").fill("tried it")
    first.locator("[data-reject]").click()
    expect(page.locator("[data-part=title]").filter(has_text=title)).to_have_count(0)
    _sign(page)
    page.locator("[data-send]").click()
    page.wait_for_url("**/t/**")
    ticket = _newest(demo)
    assert ticket.reference in page.locator(".reference").inner_text()
    (rejected,) = [s for s in ticket.journey.suggestions if s.rejected]
    assert (rejected.rejected, rejected.comment, rejected.opened) == ("did_not_answer", "tried it", True)
    assert ticket.journey.device == "desktop"
    assert [q.text for q in ticket.journey.queries] == ["Return I want to return my headphones, how do I do that?"]


def test_who_is_helped_sends_nothing_and_keeps_the_text(visit: Visit, demo: Site) -> None:
    before = len(_tickets(demo))
    page = visit(f"{demo.url}/en/contact")
    _write(page)
    _suggested(page)
    page.locator("[data-suggestion] > summary").first.click()
    page.get_by_role("button", name="This solved it").first.click()
    expect(page.get_by_text("Nothing was sent").first).to_be_visible()
    expect(page.locator("#message")).to_have_value("I want to return my headphones, how do I do that?")
    assert len(_tickets(demo)) == before


def test_a_double_click_makes_one_ticket(visit: Visit, demo: Site) -> None:
    before = len(_tickets(demo))
    page = visit(f"{demo.url}/en/contact")
    _write(page, "Twice pressed, once sent.")
    _sign(page)
    page.locator("[data-send]").dblclick()
    page.wait_for_url("**/t/**")
    assert len(_tickets(demo)) == before + 1


def test_enter_in_the_subject_does_not_judge_an_article(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact")
    _write(page)
    _suggested(page)
    _sign(page)
    page.locator("#subject").press("Enter")
    page.wait_for_url("**/t/**")


def test_choosing_the_phone_asks_for_a_number_and_for_no_address(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/tr/contact")
    _write(page, "Beni arar mısınız?")
    page.check("#consent")
    page.check("input[value=phone]")
    page.locator("[data-send]").click()
    assert page.locator("#phone").evaluate("field => field.validity.valueMissing")
    page.fill("#phone", "+90 212 555 01 00")
    page.locator("[data-send]").click()
    page.wait_for_url("**/t/**")
    ticket = _newest(demo)
    assert (ticket.preferred_channel, ticket.email, ticket.lang) == (Channel.PHONE, "", "tr")


def test_a_file_that_is_too_large_is_said_before_sending(visit: Visit, demo: Site, tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    big.write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    page = visit(f"{demo.url}/en/contact")
    page.set_input_files("#attachments", big)
    expect(page.locator("[data-file-error]")).to_contain_text("big.txt")


def test_after_an_error_everything_typed_and_chosen_is_still_there(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact")
    _write(page, "Keep all of this.")
    _sign(page)
    page.fill("#fields-order_number", "??")
    page.set_input_files("#attachments", {"name": "a.log", "mimeType": "text/plain", "buffer": b"log"})
    page.locator("[data-send]").click()
    expect(page.locator("#fields-order_number-error")).to_be_visible()
    expect(page.locator("#message")).to_have_value("Keep all of this.")
    expect(page.locator("#consent")).to_be_checked()
    page.fill("#fields-order_number", "TF-20418837")
    page.locator("[data-send]").click()
    page.wait_for_url("**/t/**")
    assert [a.name for a in _newest(demo).attachments] == ["a.log"]


def test_what_was_searched_before_goes_along(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/search?q=refund+not+there")
    page.goto(f"{demo.url}/en/contact")
    page.locator(".contact__journey summary").click()
    expect(page.locator("[data-journey-list]")).to_contain_text("refund not there")
    page.fill("#message", "Where is it?")
    _sign(page)
    page.locator("[data-send]").click()
    page.wait_for_url("**/t/**")
    assert "refund not there" in [q.text for q in _newest(demo).journey.queries]


def test_without_javascript_the_same_can_be_done(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact", javascript=False)
    _write(page)
    page.get_by_role("button", name="Check for answers first").click()
    page.locator("[data-suggestion] > summary").first.click()
    page.locator(".suggestion__reject > summary").first.click()
    page.get_by_label("Wrong language").first.check()
    page.get_by_role("button", name="Tell us and hide it").first.click()
    expect(page.locator("#message")).to_have_value("I want to return my headphones, how do I do that?")
    _sign(page)
    page.locator("[data-send]").click()
    expect(page.locator(".reference")).to_be_visible()
    page.fill("#message", "One more thing.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".turn")).to_have_count(2)
    assert [s.rejected for s in _newest(demo).journey.suggestions if s.rejected] == ["wrong_language"]


MESSAGE = "The left earbud is silent since Tuesday."


def _open_menu(page: Page) -> None:
    page.locator("[data-menu] summary").first.click()


def _kept(page: Page) -> str:
    return str(page.evaluate("sessionStorage.getItem('signpost:contact') || ''"))


def test_the_question_from_search_fills_the_message_and_nothing_that_was_typed(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact?q=where+is+my+refund")
    expect(page.locator("#message")).to_have_value("where is my refund")
    expect(page.locator("#subject")).to_have_value("")
    page.fill("#message", MESSAGE)
    page.goto(f"{demo.url}/en/contact?q=another+question")
    expect(page.locator("#message")).to_have_value(MESSAGE)


def test_what_is_typed_survives_reload_language_other_pages_and_going_back(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact")
    note = page.locator("[data-draft-note]")
    expect(note).to_be_hidden()
    page.fill("#message", MESSAGE)
    page.fill("#name", "Ada")
    page.fill("#fields-order_number", "TF-20418837")
    page.select_option("#category", "repair")
    page.check("input[value=phone]")
    page.fill("#phone", "+31 20 555 01 00")
    expect(note).to_contain_text("kept on this device, in this tab only")

    def whole() -> None:
        expect(page.locator("#message")).to_have_value(MESSAGE)
        expect(page.locator("#name")).to_have_value("Ada")
        expect(page.locator("#fields-order_number")).to_have_value("TF-20418837")
        expect(page.locator("#category")).to_have_value("repair")
        expect(page.locator("input[value=phone]")).to_be_checked()
        expect(page.locator("#phone")).to_have_value("+31 20 555 01 00")

    page.reload()
    whole()
    _open_menu(page)
    page.locator("[data-language=tr]").click()
    page.wait_for_url("**/tr/contact**")
    whole()
    page.goto(f"{demo.url}/tr/")
    page.go_back()
    whole()
    page.check("#consent")
    page.locator("[data-send]").click()
    page.wait_for_url("**/t/**")
    assert _kept(page) == ""
    ticket = _newest(demo)
    assert (ticket.messages[0].text, ticket.category, ticket.lang) == (MESSAGE, "repair", "tr")
    page.goto(f"{demo.url}/tr/contact")
    expect(page.locator("#message")).to_have_value("")


def test_chosen_files_come_along_into_another_language(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact")
    page.fill("#message", MESSAGE)
    page.set_input_files("#attachments", {"name": "a.log", "mimeType": "text/plain", "buffer": b"log"})
    _open_menu(page)
    page.locator("[data-language=zh-Hant]").click()
    page.wait_for_url("**/zh-Hant/contact**")
    expect(page.locator(".files")).to_contain_text("a.log")
    expect(page.locator("#message")).to_have_value(MESSAGE)


def test_what_is_kept_can_be_cleared_and_that_undone(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact")
    page.fill("#message", MESSAGE)
    button = page.locator("[data-draft-clear]")
    button.click()
    expect(page.locator("#message")).to_have_value("")
    assert _kept(page) == ""
    button.click()  # is “Undo” now
    expect(page.locator("#message")).to_have_value(MESSAGE)
    assert MESSAGE in _kept(page)
    button.click()
    page.reload()
    expect(page.locator("#message")).to_have_value("")


def test_without_a_connection_the_form_stays_with_its_files_and_is_sent_later(visit: Visit, demo: Site) -> None:
    before = len(_tickets(demo))
    page = visit(f"{demo.url}/en/contact")
    page.fill("#message", "Written in a tunnel.")
    _sign(page)
    page.set_input_files("#attachments", {"name": "a.log", "mimeType": "text/plain", "buffer": b"log"})
    page.context.set_offline(True)
    page.locator("[data-send]").click()
    expect(page.locator("[data-offline]")).to_be_visible()
    assert len(_tickets(demo)) == before
    page.context.set_offline(False)
    expect(page.locator("[data-offline]")).to_be_hidden()
    page.locator("[data-send]").click()
    page.wait_for_url("**/t/**")
    assert [a.name for a in _newest(demo).attachments] == ["a.log"]


def test_a_connection_that_breaks_on_sending_loses_no_text(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact")
    page.fill("#message", "Sent into nothing.")
    page.route("**/en/contact", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    _sign(page)
    page.locator("[data-send]").click()
    page.wait_for_url("chrome-error://**")
    page.unroute_all()
    page.goto(f"{demo.url}/en/contact")
    expect(page.locator("#message")).to_have_value("Sent into nothing.")
    expect(page.locator("#email")).to_have_value("ada@example.org")


def test_what_was_typed_for_one_person_is_not_shown_to_another(visit: Visit, tmp_path: Path, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact")
    page.evaluate(
        "sessionStorage.setItem('signpost:contact', JSON.stringify({at: Date.now(), who: 'ada@example.org', "
        "values: {message: 'of Ada'}}))"
    )
    token = "<input type=hidden name=identity value=x>"
    page.route(
        "**/en/contact",
        lambda route: route.fulfill(
            response=(got := route.fetch()),
            body=got.text()
            .replace('<input type="hidden" name="key"', f'{token}<input type="hidden" name="key"')
            .replace(
                'type="email" autocomplete="email" maxlength="254" value=""', 'type="email" value="eve@example.org"'
            ),
        ),
    )
    page.reload()
    expect(page.locator("#email")).to_have_value("eve@example.org")
    expect(page.locator("#message")).to_have_value("")
    assert "of Ada" not in _kept(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_send_back_send_is_one_ticket(visit: Visit, demo: Site, javascript: bool) -> None:
    before = len(_tickets(demo))
    page = visit(f"{demo.url}/en/contact", javascript=javascript)
    page.fill("#message", f"Sent twice, with scripts: {javascript}.")
    _sign(page)
    page.locator("[data-send]").click()
    expect(page.locator(".reference")).to_be_visible()
    first = page.locator(".reference").inner_text()
    page.go_back()
    expect(page.locator("#message")).to_be_visible()
    page.fill("#message", f"Sent twice, with scripts: {javascript}.")
    _sign(page)
    page.locator("[data-send]").click()
    expect(page.locator(".reference")).to_have_text(first)
    assert len(_tickets(demo)) == before + 1


def test_without_javascript_a_filled_form_changes_its_language(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact", javascript=False)
    page.fill("#message", MESSAGE)
    page.fill("#name", "Ada")
    page.select_option("#category", "complaint")
    page.set_input_files("#attachments", {"name": "a.log", "mimeType": "text/plain", "buffer": b"log"})
    page.get_by_role("button", name="Türkçe").click()
    page.wait_for_url("**/tr/contact**")
    expect(page.locator("html")).to_have_attribute("lang", "tr")
    expect(page.locator("#message")).to_have_value(MESSAGE)
    expect(page.locator("#name")).to_have_value("Ada")
    expect(page.locator("#category")).to_have_value("complaint")
    expect(page.locator(".files")).to_contain_text("a.log")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_axe_finds_nothing_in_any_state_and_nothing_overflows(
    visit: Visit, demo: Site, scheme: str, width: int
) -> None:
    page = visit(f"{demo.url}/en/contact", scheme=scheme, width=width)
    _write(page)
    _suggested(page)
    page.locator("[data-suggestion] > summary").first.click()
    page.locator(".suggestion__reject > summary").first.click()
    _sound(page)
    _sign(page)
    page.fill("#fields-order_number", "??")
    page.set_input_files("#attachments", {"name": "a.log", "mimeType": "text/plain", "buffer": b"log"})
    page.locator("[data-send]").click()
    expect(page.locator("#fields-order_number-error")).to_be_visible()
    _sound(page)
    page.fill("#fields-order_number", "")
    page.locator("[data-send]").click()
    page.wait_for_url("**/t/**")
    service = demo.app.extensions["signpost"]
    service.agent_actions.reply(page.locator(".reference").inner_text(), "Please use the label.", service.now())
    page.fill("#message", "Thank you.")
    page.locator("[data-send]").click()
    page.wait_for_url("**done=added**")
    page.locator(".contact__journey summary").click()
    _sound(page)


def _sound(page: Page) -> None:
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_danger_is_told_beside_the_message_and_on_top_of_a_phone(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact", width=375)
    box, line = page.locator("[data-urgent-box]"), page.locator(".urgent-line")
    page.fill("#message", "Hello, the case is smoking. What now?")
    expect(box).to_be_visible()
    expect(box).to_have_attribute("role", "alert")
    expect(box.locator("a.urgent__call")).to_have_attribute("href", "tel:+31105550199")
    expect(line).to_be_visible()
    _suggested(page)
    assert (box.bounding_box() or {})["y"] < (page.locator("[data-suggestions]").bounding_box() or {})["y"]
    page.mouse.wheel(0, 3000)
    assert (line.bounding_box() or {})["y"] == 0
    assert findings(page) == []
    height = (line.bounding_box() or {})["height"]
    page.locator("[data-send]").focus()
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        at = page.evaluate(
            "(one => one.closest('.urgent-line') ? null : one.getBoundingClientRect().top)(document.activeElement)"
        )
        assert at is None or at >= height, "what has the focus stands below the line"
    number = box.locator(".urgent__call bdi")
    assert number.evaluate("one => one.getClientRects().length") == 1
    page.fill("#message", "I want to return my headphones, how do I do that?")
    expect(box).to_have_count(0)
    expect(line).to_have_count(0)
    calm = "I ordered it two weeks ago and nobody could tell me where it is. " * 100
    for danger in ("Now it is smoking. ", "My earbud burned a hole into my ear canal. "):
        page.fill("#message", danger)
        expect(box).to_be_visible()
        with page.expect_response("**/api/v1/suggest") as answered:
            page.fill("#message", calm + danger + calm)
        assert answered.value.ok
        expect(box).to_be_visible()
        page.fill("#message", "")
        expect(box).to_have_count(0)
    page.fill("#message", "冒煙了")
    expect(box).to_be_visible()
