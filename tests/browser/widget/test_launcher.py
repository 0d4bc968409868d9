"""What comes with the loader: the launcher without a question, and the ways to a person without the help centre."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, expect

from tests.browser.widget.conftest import Enter, Site, Widget


def load(widget: Widget, url: str, key: str, **attributes: str) -> None:
    """Put the script into a page that has none."""
    widget.page.evaluate(
        """([src, data]) => {
          const script = document.createElement("script");
          Object.assign(script.dataset, data);
          script.src = src;
          document.head.append(script);
          return new Promise((done) => { script.onload = done; });
        }""",
        [url, {"site": key, **attributes}],
    )


def asked(page: Page) -> list[str]:
    """The paths the help centre is asked for from now on."""
    paths: list[str] = []

    def note(request: Request) -> None:
        if "help.localhost" in request.url:
            paths.append(urlsplit(request.url).path)

    page.on("request", note)
    return paths


def test_a_site_is_asked_about_when_somebody_comes_near_the_launcher(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    paths = asked(widget.page)
    widget.launcher.hover()
    widget.page.wait_for_function("performance.getEntriesByType('resource').some((one) => /sites.demo/.test(one.name))")
    assert paths == ["/api/v1/sites/demo"]


def test_the_answer_does_not_take_the_launcher_from_below_a_finger(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.launcher.evaluate("(node) => { node.mark = true; }")
    with widget.page.expect_response("**/api/v1/sites/demo?**"):
        widget.launcher.hover()
    widget.page.mouse.down()
    widget.page.wait_for_timeout(300)
    widget.page.mouse.up()
    widget.hits.first.wait_for()
    assert widget.launcher.evaluate("(node) => node.mark")


def test_with_the_help_centre_gone_the_ways_to_a_person_of_the_site_are_there(enter: Enter, help_centre: Site) -> None:
    widget = enter("_bare", loud=True)
    load(widget, f"{help_centre.url}/widget.js", "demo")
    widget.page.route("**/api/v1/**", lambda route: route.abort("connectionrefused"))
    widget.page.route("**/widget/**", lambda route: route.abort("connectionrefused"))
    widget.launcher.click()
    expect(widget.panel.get_by_role("link", name="WhatsApp")).to_be_visible()
    page = widget.panel.get_by_role("link", name="Contact page")
    expect(page).to_have_attribute("href", f"{help_centre.url}/en/contact")


def test_a_page_that_is_none_of_the_sites_gets_no_launcher(enter: Enter, help_centre: Site) -> None:
    for host, shown in (("shop.localhost", True), ("other.localhost", False)):
        widget = enter("_bare", loud=True)
        widget.page.goto(widget.page.url.replace("shop.localhost", host))
        paths = asked(widget.page)
        load(widget, f"{help_centre.url}/widget.js", "shop")
        if shown:
            widget.launcher.wait_for()
            assert "/api/v1/sites/shop" not in paths
        else:
            widget.page.wait_for_timeout(1500)
            assert "/api/v1/sites/shop" in paths  # it was asked for, and refused
            assert widget.launcher.count() == 0


def test_a_pinned_loader_knows_nothing_and_asks(enter: Enter, help_centre: Site) -> None:
    widget = enter("_bare")
    version = help_centre.app.extensions["signpost.widget"].newest()
    paths = asked(widget.page)
    load(widget, f"{help_centre.url}/widget/{version}/loader.js", "demo")
    widget.open()
    assert "/api/v1/sites/demo" in paths


def test_pictures_are_cut_out_of_the_launcher_by_rules_alone(enter: Enter, help_centre: Site) -> None:
    widget = enter("_bare")
    load(widget, f"{help_centre.url}/widget.js", "demo", launcherIcon="chat", launcherText="")
    picture = "(node) => { const style = getComputedStyle(node, '::before'); return [style.display, style.clipPath]; }"
    widget.launcher.wait_for()
    display, cut = widget.launcher.evaluate(picture)
    assert display == "block" and cut.startswith("path(")
    assert widget.launcher.get_attribute("aria-label") == "Help"
    widget.call("theme", {"launcherIcon": "none", "launcherText": "Help"})
    assert widget.launcher.evaluate(picture)[0] == "none"


def test_started_by_a_click_it_waits_for_no_idle_moment(enter: Enter, help_centre: Site) -> None:
    """Chromium was seen to find none for three seconds then, and the launcher with it."""
    widget = enter("_bare")
    load(widget, f"{help_centre.url}/widget.js", "")
    widget.page.evaluate("""() => {
      const real = requestIdleCallback;
      window.requestIdleCallback = (then, options) => { window.most = options.timeout; return real(then, options); };
      document.querySelector("h1").onclick = () => { Signpost("init", { site: "demo" }); };
    }""")
    widget.page.locator("h1").click()
    widget.launcher.wait_for()
    assert widget.page.evaluate("most") <= 500


def test_a_changed_launcher_is_still_the_one_below_the_finger(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.hover()
    widget.page.mouse.down()
    widget.call("theme", {"launcherText": "Ask us", "launcherIcon": "chat"})
    widget.page.mouse.up()
    widget.hits.first.wait_for()
    expect(widget.launcher).to_have_text("Ask us")
    expect(widget.launcher).to_have_attribute("aria-expanded", "true")


def test_hosts_of_one_letter_are_subdomains_too(enter: Enter, help_centre: Site) -> None:
    widget = enter("_bare", loud=True)
    widget.page.goto(widget.page.url.replace("shop.localhost", "m.localhost"))
    paths = asked(widget.page)
    load(widget, f"{help_centre.url}/widget.js", "demo")
    widget.launcher.wait_for()
    assert paths == ["/widget.js"]


def test_a_life_is_ready_once(enter: Enter, help_centre: Site) -> None:
    widget = enter("_bare")
    widget.page.evaluate("""() => {
      window.Signpost = function () { (Signpost.q = Signpost.q || []).push(arguments); };
      window.lives = [];
      Signpost("on", "ready", () => { lives.push("ready"); });
      Signpost("init", { site: "demo" });
    }""")
    load(widget, f"{help_centre.url}/widget.js", "demo")
    widget.open()
    assert widget.page.evaluate("lives") == ["ready"]


def test_a_form_waits_for_the_configuration_that_says_which(enter: Enter) -> None:
    widget = enter("plain", loud=True)
    widget.page.route("**/api/v1/sites/demo?**", lambda route: route.fulfill(status=503, json={}))
    # The list may be drawn first; a route taken away before the answer would let the configuration through.
    with widget.page.expect_response("**/api/v1/sites/demo?**") as refused:
        widget.open()
    assert refused.value.status == 503
    widget.page.unroute("**/api/v1/sites/demo?**")
    paths = asked(widget.page)
    widget.human.click()
    expect(widget.panel.locator("textarea[name=message]")).to_be_visible()
    assert [path for path in paths if "sites" in path or "forms" in path][:2] == [
        "/api/v1/sites/demo",
        "/api/v1/forms/",
    ]


def test_coming_near_a_launcher_that_cannot_ask_is_no_error(enter: Enter) -> None:
    widget = enter("plain", loud=True)
    widget.launcher.wait_for()
    widget.listen()
    widget.page.route("**/api/v1/**", lambda route: route.abort("connectionrefused"))
    widget.launcher.hover()
    widget.page.wait_for_timeout(1500)
    assert widget.heard("error") == []
