"""The status page and the forms in a real browser: live, without JavaScript, and sound in every state."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app import create_app
from app.container import Services
from app.ops.publishing import publish_and_index
from support.tickets.models import Ticket
from tests.browser.conftest import Site, _settings, served
from tests.browser.test_accessibility import findings
from tests.support.conftest import new_ticket
from tests.support.test_forms import FORMS

Visit = Callable[..., Page]
_TEAMS = [{"name": "workshop", "label": "Workshop", "first_reply_hours": 9}]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A help centre with two forms and two teams."""
    articles = Path(__file__).parents[2] / "kb" / "articles"
    app = create_app(_settings(tmp_path_factory.mktemp("shop"), articles, forms=FORMS, teams=_TEAMS))
    publish_and_index(app.extensions["signpost"], index=False)
    with served(app) as site:
        yield site


def _services(site: Site) -> Services:
    found: Services = site.app.extensions["signpost"]
    return found


def _ticket(site: Site, **changes: object) -> Ticket:
    s = _services(site)
    return s.tickets.create(new_ticket(**changes), None, s.now())


def test_an_answer_appears_on_the_open_page(visit: Visit, shop: Site) -> None:
    ticket = _ticket(shop)
    page = visit(f"{shop.url}/t/{ticket.token}")
    page.fill("#message", "I am just typing")
    _services(shop).agent_actions.reply(ticket.reference, "Please reset it.", _services(shop).now())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # what coming back to the tab does
    expect(page.locator(".turn--team .turn__text")).to_have_text("Please reset it.")
    expect(page.locator("#message")).to_have_value("I am just typing")


def test_without_javascript_every_button_works(visit: Visit, shop: Site) -> None:
    ticket = _ticket(shop)
    page = visit(f"{shop.url}/t/{ticket.token}", javascript=False)
    page.get_by_role("button", name="It is solved, thank you").click()
    expect(page.get_by_text("You said that it is solved.")).to_be_visible()
    page.get_by_label("5 – great").check()
    page.get_by_role("button", name="Send the rating").click()
    expect(page.get_by_text("You gave 5 of 5")).to_be_visible()
    page.get_by_role("button", name="It is still not solved").click()
    expect(page.get_by_text("The request was reopened.")).to_be_visible()
    page.get_by_text("Switch to phone").click()
    page.fill("#address", "+31 20 555 01 00")
    page.get_by_role("button", name="Answer me by phone").click()
    expect(page.get_by_text("We answer by phone: +31 20 555 01 00")).to_be_visible()
    page.get_by_role("link", name="Delete my data").click()
    page.check("#sure")
    page.get_by_role("button", name="Delete this request").click()
    expect(page.get_by_role("heading", name="Deleted")).to_be_visible()


def test_on_paper_stands_the_story_and_no_form(visit: Visit, shop: Site) -> None:
    ticket = _ticket(shop)
    _services(shop).agent_actions.reply(ticket.reference, "Please **reset** it.", _services(shop).now())
    page = visit(f"{shop.url}/t/{ticket.token}")
    expect(page.get_by_role("button", name="Print this page")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_text(ticket.reference).first).to_be_visible()
    expect(page.locator(".turn--team strong", has_text="reset")).to_be_visible()
    expect(page.locator("#message")).to_be_hidden()
    expect(page.get_by_role("button", name="Print this page")).to_be_hidden()


def test_the_form_is_changed_and_parts_are_taken_out(visit: Visit, shop: Site) -> None:
    page = visit(f"{shop.url}/en/search?q=my+secret+question")
    page.goto(f"{shop.url}/en/contact")
    page.fill("#message", "It crackles.")
    page.locator(".contact__journey summary").click()
    page.get_by_label("You searched “my secret question”").check()
    page.get_by_role("button", name="Send it in").click()
    expect(page.locator("h1")).to_have_text("Send it in")
    expect(page.locator("#message")).to_have_value("It crackles.")
    page.locator(".contact__journey summary").click()
    expect(page.get_by_label("You searched “my secret question”")).to_be_checked()
    page.fill("#fields-order_number", "TF-20418837")
    page.set_input_files("#fields-receipt", {"name": "r.txt", "mimeType": "text/plain", "buffer": b"receipt"})
    page.fill("#email", "ada@example.org")
    page.check("#consents-storage")
    page.locator("[data-send]").click()
    page.wait_for_url("**/t/**")
    s = _services(shop)
    ticket = s.tickets.by_reference(page.locator(".reference").inner_text())
    assert "my secret question" not in {q.text for q in ticket.journey.queries}
    assert (ticket.form, ticket.team, ticket.attachments[0].field) == ("repair", "workshop", "receipt")
    assert ticket.time_zone  # the browser told it


def test_how_long_an_article_was_read_goes_along(visit: Visit, shop: Site) -> None:
    article = _services(shop).articles.best(("en",), "reset-your-password", _services(shop).today())
    assert article is not None
    page = visit(f"{shop.url}/en/search?q=password")
    page.clock.install()
    page.goto(f"{shop.url}/en/a/{article.slug}")
    page.clock.fast_forward(42_000)
    page.goto(f"{shop.url}/en/contact")
    page.fill("#message", "It is not here.")
    page.fill("#email", "ada@example.org")
    page.check("#consent")
    page.locator("[data-send]").click()
    page.wait_for_url("**/t/**")
    ticket = _services(shop).tickets.by_reference(page.locator(".reference").inner_text())
    (read,) = [s for s in ticket.journey.suggestions if s.slug == article.slug]
    assert (read.opened, read.title) == (True, article.title)
    assert 42 <= read.seconds_read < 120


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_axe_finds_nothing_in_any_state_and_nothing_overflows(
    visit: Visit, shop: Site, scheme: str, width: int
) -> None:
    s, ticket = _services(shop), _ticket(shop, subject="A subject of some length, with_a_very_long_word_" + "x" * 60)
    page = visit(f"{shop.url}/t/{ticket.token}", scheme=scheme, width=width)
    _sound(page)
    s.agent_actions.reply(ticket.reference, "Please reset it.", s.now())
    page.get_by_role("button", name="It is solved, thank you").click()
    page.get_by_text("Switch to phone").click()
    page.get_by_text("What we received").click()
    _sound(page)
    page.get_by_role("link", name="Delete my data").click()
    _sound(page)
    with s.tickets.transaction() as connection:
        s.tickets.renew_link(connection, s.tickets.by_reference(ticket.reference), s.now().replace(year=2200))
    page.goto(f"{shop.url}/t/{ticket.token}")
    expect(page.get_by_role("heading", name="This link has expired")).to_be_visible()
    _sound(page)
    page.goto(f"{shop.url}/en/contact/repair?q=crackle&product=Earbuds")
    page.locator(".contact__journey summary").click()
    _sound(page)


def _sound(page: Page) -> None:
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
