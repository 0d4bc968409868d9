"""The portal in a real browser: by keyboard, with and without JavaScript, and what it keeps on the device."""

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site

Visit = Callable[..., Page]


# Suggestions


def test_suggestions_are_worked_by_keyboard_alone(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/")
    box = page.get_by_role("combobox")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.focus()
    page.keyboard.type("parcel", delay=20)
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[data-announcer]")).to_contain_text("3 suggestions")
    options = page.get_by_role("option")
    expect(options).to_have_count(5)

    page.keyboard.press("ArrowDown")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", str(options.nth(0).get_attribute("id")))
    page.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowUp")
    expect(options.nth(4)).to_have_attribute("aria-selected", "true")

    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("parcel")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/a/return-a-parcel#start")


def test_enter_without_a_choice_searches(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/")
    page.fill("#home-q", "parcel")
    page.wait_for_selector("[role=option]")
    page.press("#home-q", "Enter")
    page.wait_for_url("**/en/search?q=parcel")


def test_a_person_is_among_the_suggestions_with_the_question(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/")
    page.fill("#home-q", "a b&c")
    page.get_by_role("option").last.click()
    page.wait_for_url("**/en/contact?q=a+b%26c")


def test_a_pasted_log_is_shown_by_its_beginning_and_searched_whole(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/")
    log = ("ERR_$& at line 17 " * 40)[:500].strip()
    page.fill("#home-q", log)
    line = page.locator(".option--last")
    expect(line).to_have_text(re.compile(r"^Show all results for “ERR_\$& at line 17 [^”]{20,60}…”$"))
    assert parse_qs(urlsplit(line.get_attribute("data-url") or "").query)["q"] == [log]


def test_only_the_newest_question_fills_the_list(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/")
    held: list[Route] = []

    def answer(route: Route) -> None:
        if "q=first" in route.request.url and "question" not in route.request.url:
            held.append(route)  # This one never comes back in time.
        else:
            route.continue_()

    page.route("**/api/v1/suggest*", answer)
    with page.expect_event("requestfailed"):
        page.fill("#home-q", "first")
        page.wait_for_timeout(300)
        page.fill("#home-q", "first question")
        page.wait_for_selector("[role=option]")
    assert len(held) == 1
    expect(page.get_by_role("option").nth(3)).to_contain_text("“first question”")


def test_a_chosen_suggestion_stays_chosen_while_typing_goes_on(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/")
    page.fill("#home-q", "par")
    page.wait_for_selector("[role=option]")
    page.press("#home-q", "ArrowDown")
    chosen = page.get_by_role("option", selected=True)
    before = chosen.get_attribute("data-url")
    with page.expect_response("**/api/v1/suggest*"):
        page.locator("#home-q").press_sequentially("cel")
    expect(page.get_by_role("option").nth(3)).to_contain_text("“parcel”")
    expect(chosen).to_have_attribute("data-url", str(before))


def test_where_a_person_is_offered_suggestions_are_titles_without_text(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/")
    result = {
        "slug": "x", "lang": "en", "title": "Parcels", "url": "/en/a/x", "anchor": "", "passage": "Some text",
        "highlights": [],
    }  # fmt: skip
    page.route("**/api/v1/suggest*", lambda route: route.fulfill(json={"verdict": "ask_human", "results": [result]}))
    page.fill("#home-q", "parcel")
    expect(page.get_by_role("option").first).to_have_text("Parcels")


def test_suggestions_that_fail_leave_the_search_box_working(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/")
    page.route("**/api/v1/suggest*", lambda route: route.fulfill(status=429, json={"error": {}}))
    with page.expect_response("**/api/v1/suggest*"):
        page.fill("#home-q", "parcel")
    expect(page.get_by_role("combobox")).to_have_attribute("aria-expanded", "false")
    page.press("#home-q", "Enter")
    page.wait_for_url("**/en/search?q=parcel")


def test_text_of_articles_is_never_read_as_html(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/")
    result = {
        "slug": "x", "lang": "en", "title": "<img src=x onerror=alert(1)>", "url": "/en/a/x", "anchor": "",
        "passage": "😀 <b>bold</b> words", "highlights": [[2, 13]],
    }  # fmt: skip
    page.route("**/api/v1/suggest*", lambda route: route.fulfill(json={"results": [result]}))
    page.fill("#home-q", "parcel")
    option = page.get_by_role("option").first
    expect(option).to_contain_text("<img src=x onerror=alert(1)>")
    expect(option.locator("mark")).to_have_text("<b>bold</b>")


# Results


def test_on_a_phone_the_answer_is_on_the_first_screen(visit: Visit, demo: Site) -> None:
    page = visit(demo.url + "/en/search?q=how+do+i+return+an+item", width=375, javascript=False)
    row = page.locator("ul.filters").first
    assert row.bounding_box()["height"] < 60  # type: ignore[index]
    first = page.locator(":is(.answer, .result) .prose--quote").first
    assert first.bounding_box()["y"] < 600  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_more_results_are_a_link_away_without_javascript(visit: Visit, demo: Site) -> None:
    page = visit(demo.url + "/en/search?q=how+do+i+return+an+item", javascript=False)
    before = page.locator(".result").count()
    page.get_by_role("link", name="Show more results").click()
    page.wait_for_url("**more=1**")
    assert page.locator(".result").count() > before
    expect(page.get_by_role("link", name="Show more results")).to_have_count(0)


def test_each_result_has_at_most_one_mark_that_is_read_out(visit: Visit, demo: Site) -> None:
    page = visit(demo.url + "/en/search?q=how+do+i+return+an+item")
    for quote in page.locator(".prose--quote").all():
        assert quote.locator("mark").count() <= 1
    mark = page.locator("mark").first
    assert mark.evaluate("(node) => getComputedStyle(node, '::before').content").startswith('"Best match:')


# What stays on the device


def test_searches_are_remembered_on_the_device_only_and_can_be_cleared(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/")
    assert page.evaluate("Object.keys(localStorage).length") == 0
    page.goto(small.url + "/en/search?q=answer+parcel")
    page.goto(small.url + "/en/")
    recent = page.locator("[data-recent]")
    expect(recent.get_by_role("link", name="answer parcel")).to_be_visible()
    recent.get_by_role("button").click()
    expect(recent).to_be_hidden()
    assert page.evaluate("Object.keys(localStorage).length") == 0
    assert page.context.cookies() == []


def test_the_journey_goes_along_to_the_contact_form(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/search?q=suggest+parcel")
    page.click(".result__title a")
    page.click(".site-header .button--human")
    # The form comes from the server with what it knows; the page's script adds what the device knows.
    expect(page.locator("input[name=journey]")).to_have_value(re.compile("suggest parcel"))
    journey = json.loads(page.input_value("input[name=journey]"))
    assert journey["queries"][0]["text"] == "suggest parcel"
    opened = {s["slug"]: s["opened"] for s in journey["suggestions"]}
    assert opened["return-a-parcel"] is True
    assert opened["track-a-parcel"] is False


def test_chosen_colours_stay_and_are_there_before_the_first_paint(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/")
    page.click(".menu__summary")
    page.get_by_label("Dark").check()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.add_init_script(
        "new MutationObserver(() => { if (document.body && !window.atBody)"
        " window.atBody = document.documentElement.dataset.theme || 'none'; })"
        ".observe(document, { childList: true, subtree: true });"
    )
    page.reload()
    assert page.evaluate("window.atBody") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.click(".menu__summary")
    page.get_by_label("Automatic").check()
    assert page.evaluate("Object.keys(localStorage).length") == 0


# Articles and the way around


def test_a_heading_link_is_copied(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/a/return-a-parcel", permissions=["clipboard-read", "clipboard-write"])
    page.locator("#money .heading-link").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-announcer]")).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()") == small.url + "/en/a/return-a-parcel#money"


def test_the_first_key_reaches_the_content(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/c/orders")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    assert page.locator(".skip-link").bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_menu_closes_with_escape_and_gives_the_focus_back(visit: Visit, small: Site) -> None:
    page = visit(small.url + "/en/")
    page.focus(".menu__summary")
    page.keyboard.press("Enter")
    expect(page.locator(".menu__panel")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator(".menu__panel")).to_be_hidden()
    assert page.evaluate("document.activeElement.className").find("menu__summary") >= 0


def test_everything_works_without_javascript(visit: Visit, demo: Site) -> None:
    page = visit(demo.url + "/", javascript=False, locale="en-GB")
    page.fill("#home-q", "late parcel")
    page.click(".hero .search-field__button")
    assert "q=late+parcel" in page.url
    assert not page.is_visible("[data-recent]")
    page.click(".results .result__title a, .results .answer__title a")
    assert "/a/" in page.url
    page.click(".feedback__no > summary")
    page.check("input[value=unclear]")
    page.click(".feedback__form button[type=submit]")
    expect(page.locator("#feedback")).to_contain_text("Thank you")
    page.click(".menu__summary")
    page.click(".menu__list a[lang=tr]")
    assert "/tr/a/" in page.url
    page.goto(demo.url + "/en/nothing/here-at-all")
    page.click(".site-header .button--human")
    assert "/en/contact" in page.url
    expect(page.locator("form[method=post] textarea[name=message]")).to_be_visible()


def test_a_person_is_one_action_away_without_javascript_at_any_width(visit: Visit, demo: Site) -> None:
    pages = ("/en/", "/tr/search?q=iade", "/zh-Hant/c/orders", "/en/a/late-or-lost-parcel", "/nowhere", "/fails")
    for width in (320, 1280):
        page = visit(demo.url + "/en/", javascript=False, width=width)
        for path in pages:
            page.goto(demo.url + path)
            person = page.locator(".site-header [data-human]")
            expect(person).to_be_visible()
            expect(person).to_be_in_viewport()
            assert "/contact" in str(person.get_attribute("href"))


def test_danger_is_the_first_suggestion_and_stands_above_the_results(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/search?q=battery")
    page.fill("#results-q", "my case is smoking")
    first = page.locator("[role=option]").first
    expect(first).to_have_class("option option--urgent")
    expect(first).to_contain_text("Move away from it")
    assert first.get_attribute("data-url") == "tel:+31105550199"
    expect(page.locator("[data-announcer]")).to_contain_text("Move away from it")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=my+case+is+smoking*")
    box = page.locator("[data-urgent-box]")
    expect(box).to_be_visible()
    assert (box.bounding_box() or {})["y"] < (page.locator("h1").bounding_box() or {})["y"]
    assert page.locator(".result-list, .answer").count() > 0
