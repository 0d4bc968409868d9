"""What the widget must not do to a page: nothing stored, nobody else asked, nothing felt."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.widget.conftest import Enter, Site

# Watches the page from before its first script: shifts of its layout, tasks longer than 50 ms, everything stored.
_WATCH = """
window.watched = { shift: 0, long: [], stored: [] };
for (const type of ["layout-shift", "longtask"]) {
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (type === "longtask") watched.long.push(entry.duration);
      else watched.shift += entry.value;
    }
  }).observe({ type, buffered: true });
}
for (const name of ["setItem", "getItem"]) {
  const real = Storage.prototype[name];
  Storage.prototype[name] = function (...values) {
    watched.stored.push([name, ...values]);
    return real.apply(this, values);
  };
}
"""


def test_before_anybody_acts_nothing_is_stored_read_or_asked_elsewhere(enter: Enter, help_centre: Site) -> None:
    widget = enter("_bare")
    widget.page.context.add_init_script(_WATCH)
    asked: list[str] = []
    widget.page.on("request", lambda request: asked.append(request.url))
    names = widget.page.evaluate("Object.getOwnPropertyNames(window)")
    widget.page.goto(widget.page.url.replace("_bare", "plain"))
    widget.launcher.wait_for()
    assert widget.page.context.cookies() == []
    assert widget.page.evaluate("watched.stored") == []
    assert widget.page.evaluate("indexedDB.databases()") == []
    new = set(widget.page.evaluate("Object.getOwnPropertyNames(window)")) - set(names) - {"watched"}
    assert new == {"Signpost"}
    hosts = {urlsplit(url).netloc for url in asked if not url.endswith("/favicon.ico")}
    assert hosts == {urlsplit(help_centre.url).netloc, urlsplit(widget.page.url).netloc}
    # The script, and nothing of what only an opened panel needs.
    assert [urlsplit(url).path for url in asked if url.startswith(help_centre.url)] == ["/widget.js"]


def test_the_page_moves_by_nothing_and_is_never_held_up(enter: Enter) -> None:
    widget = enter("_bare")
    widget.page.context.add_init_script(_WATCH)
    widget.page.goto(widget.page.url.replace("_bare", "plain"))
    widget.launcher.wait_for()
    before = widget.page.evaluate("document.querySelector('main').getBoundingClientRect().toJSON()")
    widget.open()
    widget.page.keyboard.press("Escape")
    assert widget.page.evaluate("document.querySelector('main').getBoundingClientRect().toJSON()") == before
    assert widget.page.evaluate("watched.shift") == 0


def test_no_rule_and_no_element_of_it_stands_in_the_page(enter: Enter) -> None:
    widget = enter("plain").open()
    left: dict[str, Any] = widget.page.evaluate("""() => ({
      sheets: document.styleSheets.length, adopted: document.adoptedStyleSheets.length,
      styles: document.querySelectorAll("style, [style]").length,
      links: document.querySelectorAll("link").length,
      own: document.querySelectorAll("body signpost-widget").length,
      widgets: document.querySelectorAll("signpost-widget").length,
    })""")
    assert left == {"sheets": 1, "adopted": 0, "styles": 0, "links": 1, "own": 0, "widgets": 1}


def test_nothing_private_stands_in_any_address(enter: Enter) -> None:
    widget = enter("plain")
    asked: list[str] = []
    widget.page.on("request", lambda request: asked.append(request.url))
    widget.page.goto(widget.page.url + "?session=s3cret#token=t0ken")
    widget.call("identify", "eyJhbGciOiJIUzI1NiJ9.e30.signature")
    widget.call("prefill", {"email": "ada@example.org", "name": "Ada"})
    widget.open()
    widget.human.click()
    expect(widget.panel.locator("textarea[name=message]")).to_be_visible()
    asked = [url for url in asked if "help.localhost" in url]
    assert len(asked) > 4
    for secret in ("s3cret", "t0ken", "signature", "ada%40", "ada@"):
        assert not [url for url in asked if secret in url]


def test_every_article_is_read_in_it_as_on_its_own_page(enter: Enter, help_centre: Site) -> None:
    """The widget builds articles without the browser's parser; what comes out must be what the parser makes."""
    widget = enter("plain").open()
    store = help_centre.app.extensions["signpost"].articles
    articles = [one for one in store.all() if one.lang in {"en", "tr", "zh-Hant"}][:12]
    assert articles
    for article in articles:
        widget.call("article", article.slug, article.lang)
        expect(widget.panel.locator(".headline")).to_have_text(article.title)
        texts = widget.page.evaluate(
            """(html) => {
              const clean = (text) => text.replace(/[\\s☑☐]+/g, " ").trim();
              const expected = new DOMParser().parseFromString(html, "text/html").body;
              for (const one of expected.querySelectorAll("iframe, video, .heading-link")) one.remove();
              const root = document.querySelector("signpost-widget").shadowRoot;
              const prose = root.querySelector(".prose").cloneNode(true);
              for (const one of prose.querySelectorAll(".watch")) one.remove();
              const names = ["p", "li", "td", "th", "h2", "h3", "img", "a", "strong", "code", "table"];
              const count = (node) => names.map((name) => node.querySelectorAll(name).length);
              return [[clean(prose.textContent), count(prose)], [clean(expected.textContent), count(expected)]];
            }""",
            article.html,
        )
        assert texts[0] == texts[1], article.slug
