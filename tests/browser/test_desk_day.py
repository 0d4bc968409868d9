"""A scripted agent solves thirty tickets: page loads and clicks are counted, and compared with what it took before."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from app import create_app
from app.ops.publishing import publish_and_index
from support.agents.models import Role
from support.tickets.models import Stage
from tests.browser.conftest import SaysItsVerdict, Site, _settings, served
from tests.browser.test_accessibility import findings
from tests.portal_site import use_search, write_site
from tests.support.conftest import new_ticket

Visit = Callable[..., Page]
LOGIN, PASSWORD, TICKETS = "ada@example.org", "correct horse battery", 30
# The same agent with the desk as it was: open the ticket from the list, assign it, choose and insert the canned reply,
# unfold what comes after, choose “solved”, send, go back to the list.
LOADS_BEFORE, CLICKS_BEFORE = 120, 240


@dataclass
class Hands:
    """Somebody at the mouse: choosing from a list counts as a click, typing does not."""

    page: Page
    clicks: int = 0
    loads: int = 0

    def __post_init__(self) -> None:
        self.page.on("load", self._loaded)

    def _loaded(self, _page: Page) -> None:
        self.loads += 1

    def click(self, place: Locator) -> None:
        place.click()
        self.clicks += 1

    def choose(self, place: Locator, label: str) -> None:
        place.select_option(label=label)
        self.clicks += 1


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A desk with thirty tickets of thirty customers, and a canned reply that answers them."""
    articles = tmp_path_factory.mktemp("articles")
    write_site(articles)
    app = create_app(_settings(tmp_path_factory.mktemp("desk"), articles, languages=["en", "tr", "zh-Hant"]))
    publish_and_index(app.extensions["signpost"], index=False)
    use_search(app, SaysItsVerdict())
    s = app.extensions["signpost"]
    ada = s.desk.accounts.create(LOGIN, "Ada", PASSWORD, [Role.ADMIN], "test", s.now())
    s.desk.save_canned(ada, 0, "Send it back", "", "Hello {name}, please send it back.", s.now())
    with served(app) as site:
        yield site


def fill(desk: Site) -> list[int]:
    s = desk.app.extensions["signpost"]
    return [
        s.tickets.create(
            new_ticket(name=f"Customer {n}", email=f"customer{n}@example.org"), None, s.now() - timedelta(hours=1)
        ).id
        for n in range(TICKETS)
    ]


def signed_in(visit: Visit, desk: Site, **options: object) -> Page:
    page = visit(f"{desk.url}/desk/", **options)
    page.fill("#login", LOGIN)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector(".desk-queue")
    page.wait_for_load_state()
    return page


def test_thirty_tickets_take_at_most_half_the_loads_and_clicks(visit: Visit, desk: Site) -> None:
    ids = fill(desk)
    page = signed_in(visit, desk)
    agent = Hands(page)
    agent.click(page.locator(".desk-item__link").first)
    page.wait_for_load_state()
    agent.click(page.get_by_label("then open the next ticket"))
    for number in range(TICKETS):
        agent.choose(page.locator("#canned"), "Send it back")
        agent.click(page.locator("[data-insert-canned]"))
        expect(page.locator("#text")).to_have_value(f"Hello {page.locator('.desk-pack__name strong').inner_text()}, "
                                                    "please send it back.")  # fmt: skip
        with page.expect_navigation(wait_until="load"):
            agent.click(page.get_by_role("button", name="Send and solve"))
        assert ("done=last" in page.url) is (number == TICKETS - 1), page.url
    s = desk.app.extensions["signpost"]
    solved = [s.tickets.by_id(one) for one in ids]
    assert {one.stage for one in solved} == {Stage.SOLVED}
    assert [len(one.messages) for one in solved] == [2] * TICKETS
    assert len({one.assignee_id for one in solved}) == 1 and solved[0].assignee_id is not None
    print(f"\n{TICKETS} tickets: {agent.loads} loads and {agent.clicks} clicks;"  # noqa: T201
          f" before: {LOADS_BEFORE} and {CLICKS_BEFORE}")  # fmt: skip
    assert agent.loads * 2 <= LOADS_BEFORE and agent.clicks * 2 <= CLICKS_BEFORE


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 375)])
def test_what_changes_many_tickets_is_readable_and_without_findings(
    visit: Visit, desk: Site, scheme: str, width: int
) -> None:
    fill(desk)
    page = signed_in(visit, desk, scheme=scheme, width=width)
    page.locator("input[name=chosen]").first.check()
    expect(page.locator("[data-bulk-panel]")).to_have_attribute("open", "")
    page.get_by_role("button", name="Choose all on this page").click()
    expect(page.locator("[data-bulk-count]")).to_have_text("30")
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.select_option("#f-bulk-stage", label="Solved")
    with page.expect_navigation():
        page.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_text("Changed: 30.")).to_be_visible()
    page.goto(f"{desk.url}/desk/figures")
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_similar_tickets_are_answered_together_by_keyboard(visit: Visit, desk: Site) -> None:
    fill(desk)
    page = signed_in(visit, desk)
    page.locator(".desk-item__link").first.click()
    page.wait_for_load_state()
    expect(page.get_by_text("Similar open tickets: answer all")).to_be_visible()
    assert findings(page) == []
    page.locator("input[name=also]").first.check()
    page.fill("#text", "Hello {name}, fixed.")
    with page.expect_navigation():
        page.press("#text", "Control+Shift+Enter")
    expect(page.locator(".desk-turn--team")).to_contain_text("fixed.")
    assert "{name}" not in page.locator(".desk-turn--team").inner_text()
