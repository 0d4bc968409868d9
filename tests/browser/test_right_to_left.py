"""The interface from right to left, in Arabic and Hebrew, where the settings name the language."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from app import create_app
from app.ops.publishing import publish_and_index
from support.agents.models import Role
from tests.browser.conftest import SaysItsVerdict, Site, _settings, served
from tests.browser.test_accessibility import findings
from tests.browser.test_desk import LOGIN, PASSWORD
from tests.portal_site import use_search, write_site
from tests.support.conftest import new_ticket

Visit = Callable[..., Page]
_LANGUAGES = ("ar", "he")


@pytest.fixture(scope="module")
def eastern(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    articles = tmp_path_factory.mktemp("articles")
    write_site(articles)
    app = create_app(_settings(tmp_path_factory.mktemp("rtl"), articles, languages=["en", *_LANGUAGES]))
    publish_and_index(app.extensions["signpost"], index=False)
    use_search(app, SaysItsVerdict())
    s = app.extensions["signpost"]
    s.desk.accounts.create(LOGIN, "Ada", PASSWORD, [Role.ADMIN], "test", s.now())
    with served(app) as site:
        yield site


def _sound(page: Page) -> None:
    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert findings(page) == []


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize(("lang", "send", "mistake"), [("ar", "إرسال", "خطأ:"), ("he", "שליחה", "שגיאה:")])
def test_a_visitor_asks_and_reads_from_right_to_left(
    visit: Visit, eastern: Site, lang: str, send: str, mistake: str, width: int
) -> None:
    page = visit(f"{eastern.url}/{lang}/", width=width)
    _sound(page)
    page.goto(f"{eastern.url}/{lang}/contact")
    expect(page.locator("[data-send]")).to_have_text(send)
    page.locator("[data-send]").click()
    expect(page.locator("#errors")).to_be_focused()
    assert page.title().startswith(mistake)
    _sound(page)
    page.fill("#message", "K-4411 ‏لا صوت")
    page.fill("#email", "ada@example.org")
    page.check("#consent")
    page.locator("[data-send]").click()
    page.wait_for_url("**/t/**")
    _sound(page)


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("lang", _LANGUAGES)
def test_an_agent_works_from_right_to_left(visit: Visit, eastern: Site, lang: str, width: int) -> None:
    s = eastern.app.extensions["signpost"]
    reference = s.tickets.create(new_ticket(lang=lang, name="ליאת"), None, s.now()).reference
    page = visit(f"{eastern.url}/desk/sign-in?lang={lang}", width=width)
    _sound(page)
    page.fill("#login", LOGIN)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector(".desk-queue")
    for path in ("", f"t/{reference}", "new", "canned", "users"):
        page.goto(f"{eastern.url}/desk/{path}?lang={lang}")
        _sound(page)


def test_a_language_the_settings_do_not_name_is_not_offered(visit: Visit, demo: Site) -> None:
    page = visit(f"{demo.url}/en/")
    assert page.locator("[data-language=ar], [data-language=he]").count() == 0


_EMERGENCY = "+31 10 555 0199"
_CALL = {"kind": "urgent", "value": _EMERGENCY, "href": "tel:+31105550199", "hours": ""}
_DANGER = {"title": "Move away!", "text": "Call us, then the fire service: 112.", "article": None}
_ENGLISH = {
    "slug": "track", "lang": "en", "title": "Track your parcel!", "url": "/he/a/track", "anchor": "", "highlights": [],
    "passage": "You can follow a parcel in two ways: in your account, or by its number.", "highlight": None,
}  # fmt: skip
# How far each of some words stands from the left, in the first element that shows them all.
_PLACES = """([scope, words]) => {
  const walker = document.createTreeWalker(document.querySelector(scope), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent;
    if (!words.every((word) => text.includes(word))) continue;
    return words.map((word) => {
      const range = document.createRange();
      range.setStart(walker.currentNode, text.indexOf(word));
      range.setEnd(walker.currentNode, text.indexOf(word) + word.length);
      return range.getBoundingClientRect().left;
    });
  }
}"""


@pytest.mark.parametrize("spoken", ["en", "he"])
def test_suggestions_in_another_language_run_their_own_way(visit: Visit, eastern: Site, spoken: str) -> None:
    own = {"title": "התרחקו!", "text": "התקשרו אלינו."} if spoken == "he" else {}
    label = "קו חירום" if spoken == "he" else "Urgent line"
    urgent = {**_DANGER, **own, "lang": spoken, "channel": {**_CALL, "label": label}}
    answer = {"verdict": "suggest", "results": [_ENGLISH], "urgent": urgent}
    page = visit(f"{eastern.url}/he/search?q=x")
    page.route("**/api/v1/suggest*", lambda route: route.fulfill(json=answer))
    page.fill("#results-q", "parcel")
    expect(page.locator("[role=option].option--urgent")).to_contain_text(_EMERGENCY)
    for words in (["+31", "10", "555", "0199"], ["You", "follow", "ways"], ["Track", "parcel", "!"]):
        left = page.evaluate(_PLACES, ["[role=listbox]", words])
        assert left == sorted(left), words
    told = page.locator(".option--urgent .option__title, .option--urgent .option__passage")
    running = told.evaluate_all("all => all.map((one) => getComputedStyle(one).direction)")
    assert set(running) == {"rtl" if spoken == "he" else "ltr"} and len(running) == 3
