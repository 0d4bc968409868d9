"""A quoted code block or table scrolls by itself: wherever results are quoted, it never widens the page."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from app import create_app
from app.ops.publishing import publish_and_index
from index.models import Verdict
from support.agents.models import Role
from tests.browser.conftest import Site, _settings, served
from tests.browser.test_desk import LOGIN, PASSWORD, signed_in, ticket
from tests.portal_site import ScriptedSearch, hit, use_search, write_site
from widget.build import build

Visit = Callable[..., Page]

_COMMAND = "docker run --detach --name=server --restart=unless-stopped --publish=443:443/tcp " * 2
_CELLS = "".join(f"<td>{name}</td>" for name in ("UnbreakableColumnNumberOne", "UnbreakableColumnNumberTwo") * 3)
_WIDE = (
    f"<p><sentence>Run this:</sentence></p><pre><code><sentence>{_COMMAND}</sentence></code></pre>"
    f"<table><tbody><tr>{_CELLS}</tr></tbody></table>"
    f"<ol><li><p><sentence>In a step.</sentence></p><pre><code>{_COMMAND}</code></pre></li></ol>"
)
# What is wider than the room it has and can be neither scrolled nor seen whole: of a page, or of the widget's panel.
_TOO_WIDE = """(top) => {
  const root = document.querySelector(top);
  const within = root.shadowRoot ? root.shadowRoot.querySelector(".panel") : root;
  const right = within.getBoundingClientRect().right + 1;
  const holders = [...within.querySelectorAll(".prose :is(pre, table, p, li)")].map((node) => {
    for (let at = node; at && at !== within; at = at.parentElement)
      if (/auto|scroll/.test(getComputedStyle(at).overflowX) && !at.matches(".body, .out")) return at;
    return node;
  });
  const sticksOut = (node) => node.getClientRects().length && node.getBoundingClientRect().right > right;
  const wide = holders.filter(sticksOut);
  const clips = (one) => one.scrollWidth > one.clientWidth + 1;
  const clipping = [...within.querySelectorAll(".answer, .result, .suggestion")].filter(clips);
  const page = document.documentElement;
  return {
    quotes: within.querySelectorAll(".prose pre").length,
    wide: [...wide, ...clipping].map((node) => node.outerHTML.slice(0, 80)),
    page: page.scrollWidth - page.clientWidth,
  };
}"""


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, ScriptedSearch]]:
    """A help centre whose search quotes what is wider than a phone."""
    articles = tmp_path_factory.mktemp("articles")
    write_site(articles)
    build()
    app = create_app(_settings(tmp_path_factory.mktemp("wide"), articles, languages=["en", "tr"]))
    publish_and_index(app.extensions["signpost"], index=False)
    search = ScriptedSearch(
        hits=(hit(html=_WIDE), hit(slug="track-a-parcel", title="Track a parcel", html=_WIDE)), plausible=2
    )
    use_search(app, search)
    s = app.extensions["signpost"]
    s.desk.accounts.create(LOGIN, "Ada", PASSWORD, [Role.ADMIN], "test", s.now())
    with served(app) as site:
        yield site, search


def _fits(page: Page, within: str = "body") -> None:
    found = page.evaluate(_TOO_WIDE, within)
    assert found["quotes"] > 0
    assert (found["wide"], found["page"]) == ([], 0)


@pytest.mark.parametrize("width", [320, 390, 768])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_results_are_no_wider_than_the_page(
    visit: Visit, wide: tuple[Site, ScriptedSearch], verdict: Verdict, width: int
) -> None:
    site, search = wide
    search.verdict = verdict
    _fits(visit(f"{site.url}/en/search?q=run", width=width, javascript=False))


@pytest.mark.parametrize("width", [320, 390, 768])
def test_answers_beside_the_contact_form_are_no_wider_than_the_page(
    visit: Visit, wide: tuple[Site, ScriptedSearch], width: int
) -> None:
    page = visit(f"{wide[0].url}/en/contact", width=width)
    page.fill("#subject", "Server")
    page.fill("#message", "How do I run the server again?")
    page.locator("[data-suggestion] > summary").first.click()
    _fits(page)
    # A table can be scrolled by keyboard, as on every other page.
    assert page.locator("[data-suggestion][open] .table-wrap[tabindex='0'][aria-label='Table'] > table").count() == 1


@pytest.mark.parametrize("width", [320, 390, 768])
def test_the_desks_suggestions_are_no_wider_than_the_page(
    visit: Visit, wide: tuple[Site, ScriptedSearch], width: int
) -> None:
    site, _ = wide
    page = signed_in(visit, site, width=width)
    page.goto(f"{site.url}/desk/t/{ticket(site.app)}")
    _fits(page)


@pytest.mark.parametrize("verdict", [Verdict.ANSWER, Verdict.SUGGEST])
def test_the_widgets_quotes_are_no_wider_than_its_panel(
    visit: Visit, wide: tuple[Site, ScriptedSearch], verdict: Verdict
) -> None:
    site, search = wide
    search.verdict = verdict
    page = visit(f"{site.url}/widget/preview?lang=en", width=390)
    page.locator("signpost-widget .launcher").click()
    page.locator("signpost-widget input[type=search]").fill("run")
    page.locator("signpost-widget .quote").first.wait_for()
    _fits(page, "signpost-widget")


_MARKED = (
    "<pre><sentence><code>server update</code></sentence></pre>",
    "<p><sentence>Type <strong><code>server update</code></strong> there.</sentence></p>",
)


@pytest.mark.parametrize("html", _MARKED)
def test_the_mark_of_code_can_be_seen(visit: Visit, wide: tuple[Site, ScriptedSearch], html: str) -> None:
    site, search = wide
    before, search.verdict, search.hits = search.hits, Verdict.ANSWER, (hit(html=html, sentence=0),)
    seen = "(mark) => [mark, ...mark.querySelectorAll('*')].map((one) => getComputedStyle(one).backgroundColor)"
    ground, *inside = visit(f"{site.url}/en/search?q=run").locator("mark").evaluate(seen)
    page = visit(f"{site.url}/widget/preview?lang=en")
    page.locator("signpost-widget .launcher").click()
    page.locator("signpost-widget input[type=search]").fill("run")
    own, *within = page.locator("signpost-widget mark").evaluate(seen)
    search.hits = before
    clear = "rgba(0, 0, 0, 0)"
    assert clear not in {ground, own}
    assert set(inside) | set(within) == {clear}
