"""The contact form says what is wrong in the language of the page, and takes files in more than one way."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_accessibility import findings

Visit = Callable[..., Page]

_TRANSFER = """(names) => {
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File(["log"], name, { type: "text/plain" }));
  return data;
}"""


@pytest.mark.parametrize(("lang", "error", "missing"), [
    ("en", "Error:", "Please write what we can help you with."),
    ("tr", "Hata:", "Lütfen size nasıl yardımcı olabileceğimizi yazın."),
    ("zh-Hant", "錯誤：", "請寫下需要我們協助的事。"),
])  # fmt: skip
def test_what_is_missing_is_said_in_a_summary_and_at_the_field(
    visit: Visit, demo: Site, lang: str, error: str, missing: str
) -> None:
    page = visit(f"{demo.url}/{lang}/contact")
    title = page.title()
    page.locator("[data-send]").click()
    summary = page.locator("#errors")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(missing)
    expect(page.locator("#message-error")).to_contain_text(missing)
    expect(page.locator("#message")).to_have_attribute("aria-invalid", "true")
    assert page.title() == f"{error} {title}"
    assert findings(page) == []
    summary.locator("a").first.click()
    expect(page.locator("#message")).to_be_focused()
    page.fill("#message", "m")
    page.locator("[data-send]").click()
    expect(page.locator("#message-error")).to_have_count(0)
    expect(page.locator("#email-error")).to_have_count(1)


def test_what_the_server_finds_wrong_has_the_focus_and_the_title_too(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact")
    page.fill("#message", "m")
    page.fill("#email", "ada@example.org")
    page.check("#consent")
    page.fill("#fields-order_number", "??")
    page.locator("[data-send]").click()
    expect(page.locator("#fields-order_number-error")).to_be_visible()
    expect(page.locator("#errors")).to_be_focused()
    assert page.title().startswith("Error: ")


def test_a_mistyped_domain_is_hinted_at_and_never_in_the_way(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact")
    hint = page.locator("[data-email-hint]")
    page.fill("#email", "ada@gmial.com")
    page.locator("#email").blur()
    expect(hint).to_contain_text("Did you mean ada@gmail.com?")
    page.get_by_role("button", name="Use this address").click()
    expect(page.locator("#email")).to_have_value("ada@gmail.com")
    expect(hint).to_be_hidden()
    page.fill("#email", "ada@gmial.com")
    page.fill("#message", "It crackles.")
    page.check("#consent")
    page.locator("[data-send]").click()
    page.wait_for_url("**/t/**")


def test_without_javascript_the_hint_stands_in_the_form_that_comes_back(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact", javascript=False)
    page.fill("#email", "ada@gmial.com")
    page.fill("#message", "It crackles.")
    page.get_by_role("button", name="Check for answers first").click()
    expect(page.locator("[data-email-hint]")).to_contain_text("Did you mean ada@gmail.com?")
    expect(page.locator("#attachments")).to_be_visible()


def test_files_are_chosen_dropped_pasted_and_taken_out_again(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/tr/contact")
    expect(page.locator("label.button[for=attachments]")).to_have_text("Dosya seç")
    chosen = page.locator("[data-chosen] li")
    page.set_input_files("#attachments", {"name": "a.log", "mimeType": "text/plain", "buffer": b"log"})
    expect(chosen).to_have_count(1)
    dropped = page.evaluate_handle(_TRANSFER, ["b.log"])
    page.locator("#message").dispatch_event("drop", {"dataTransfer": dropped})
    expect(chosen).to_have_count(2)
    page.locator("#message").evaluate(
        "(field, [make, names]) => field.dispatchEvent("
        "new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: eval(make)(names) }))",
        [_TRANSFER, ["c.png"]],
    )
    expect(chosen).to_have_count(3)
    assert findings(page) == []
    chosen.first.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(chosen).to_have_count(2)
    expect(page.locator("#attachments")).to_be_focused()
    assert page.evaluate("[...document.querySelector('#attachments').files].map((file) => file.name)") == [
        "b.log",
        "c.png",
    ]


def test_a_program_is_refused_before_anything_is_sent(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/contact")
    page.fill("#message", "It crackles.")
    page.fill("#email", "ada@example.org")
    page.check("#consent")
    page.set_input_files("#attachments", {"name": "a.exe", "mimeType": "text/plain", "buffer": b"MZ"})
    page.locator("[data-send]").click()
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#errors")).to_contain_text("Send a picture, a PDF or a text of what it shows.")
    page.locator("[data-chosen] button").click()
    page.locator("[data-send]").click()
    page.wait_for_url("**/t/**")


def test_one_switch_keeps_everything_but_the_message(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/search?q=my+secret+question")
    page.goto(f"{demo.url}/en/contact")
    page.fill("#message", "It crackles on the left.")
    page.fill("#email", "ada@example.org")
    page.check("#consent")
    page.get_by_label("Send only my message").check()
    page.locator("[data-send]").click()
    page.wait_for_url("**/t/**")
    service = demo.app.extensions["signpost"].tickets
    ticket = service.by_reference(page.locator(".reference").inner_text())
    assert (ticket.journey.queries, ticket.journey.suggestions, ticket.journey.device) == ((), (), "")
