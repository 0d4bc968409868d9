"""The widget lives with its page: what comes late, goes early, is put back or thrown away."""
# ruff: noqa: E501 - pages are not wrapped

import pytest
from playwright.sync_api import expect

from tests.browser.widget.conftest import Enter, Site, Stage
from tests.browser.widget.test_launcher import asked

HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Refund</title>'
QUEUE = "<script>window.Signpost = function () { (Signpost.q = Signpost.q || []).push(arguments); };%s</script>"
PAGE = HEAD + "{widget}<body><h1>When is my refund coming?</h1>%s</body></html>"


# ---- element and document ----
@pytest.mark.parametrize("before", [True, False])
def test_the_element_and_the_module_find_each_other_in_either_order(
    stage: Stage, help_centre: Site, before: bool
) -> None:
    widget = stage(HEAD + "<body><h1>Support</h1><main></main></body></html>")
    paths = asked(widget.page)
    element = "document.querySelector('main').append(document.createElement('signpost-widget'))"
    if before:
        widget.page.evaluate(element)
    widget.page.evaluate(f"import('{help_centre.url}/widget.mjs').then((found) => {{ window.Help = found.default; }})")
    widget.page.wait_for_function("!!window.Help")
    widget.page.wait_for_timeout(300)
    assert paths == ["/widget.mjs"]  # no question without a site
    widget.page.evaluate("Help('init', { site: 'demo', launcher: 'none' })")
    if not before:
        widget.page.evaluate(element)
    widget.hits.first.wait_for()
    assert not any("undefined" in path for path in paths)


def test_an_element_that_a_router_brings_later_works_and_goes_again(stage: Stage) -> None:
    widget = stage(HEAD + '{widget}<div id="app"></div><script src="/case/packages/router.js"></script>')
    widget.launcher.wait_for()
    for _ in range(3):
        widget.page.get_by_role("link", name="Support").click()
        widget.page.locator("main, h1").get_by_text("Support").wait_for()
        widget.page.locator("#app signpost-widget .hit").first.wait_for()
        widget.page.get_by_role("link", name="Home").click()
        expect(widget.page.locator("#app signpost-widget")).to_have_count(0)


def test_a_routers_link_opens_help_and_goes_nowhere(stage: Stage) -> None:
    widget = stage(HEAD + '{widget}<div id="app"></div><script src="/case/packages/router.js"></script>')
    widget.launcher.wait_for()
    widget.page.get_by_role("link", name="Write to us").click()
    expect(widget.panel.locator("textarea[name=message]")).to_be_visible()
    assert widget.page.url.endswith("/case/")


def test_suggestions_go_with_their_field_and_copies_of_them_are_swept(stage: Stage) -> None:
    widget = stage(PAGE % "<main><input id=subject data-signpost-suggest></main>")
    field = widget.page.locator("#subject")
    lists = widget.page.locator("[data-signpost-list]")
    field.click()
    field.press_sequentially("return an item")
    widget.page.locator(".inline .row").first.wait_for()
    assert widget.page.locator("body signpost-widget").count() == 0
    widget.page.evaluate("window.copy = document.body.cloneNode(true); subject.remove()")
    expect(lists).to_have_count(0)
    widget.page.evaluate("document.body.replaceWith(copy)")
    expect(lists).to_have_count(0)
    expect(widget.page.locator("signpost-widget")).to_have_count(1)
    field.click()
    field.press_sequentially("s")
    widget.page.locator(".inline .row").first.wait_for()


def test_turbo_swaps_the_body_and_back(stage: Stage) -> None:
    head = HEAD.replace("<meta", '<script src="/case/packages/turbo.js"></script>{widget}<meta')
    other = '<body><h1>Other</h1><a href="/case/">One</a></body></html>'
    first = '<body><h1>One</h1><a href="/case/two">Two</a><form><input id=subject data-signpost-suggest></form></body></html>'
    widget = stage({"": head + first, "two": head + other})
    widget.launcher.wait_for()
    widget.page.evaluate("window.same = true")
    for _ in range(2):
        field = widget.page.locator("#subject")
        field.fill("")
        field.click()
        field.press_sequentially("return an item")
        widget.page.locator(".inline .row").first.wait_for()
        widget.page.get_by_role("link", name="Two").click()
        widget.page.get_by_role("heading", name="Other").wait_for()
        expect(widget.page.locator("[data-signpost-list], signpost-widget")).to_have_count(1)
        widget.page.go_back()
        widget.page.get_by_role("heading", name="One").wait_for()
        expect(widget.page.locator("[data-signpost-list], signpost-widget")).to_have_count(1)
    assert widget.page.evaluate("same")
    widget.open()


def test_what_replaces_the_document_does_not_take_the_launcher(stage: Stage) -> None:
    widget = stage(
        HEAD.replace("<meta", "{widget}<meta") + '<body><h1>When is my refund coming?</h1><p id="said">server 10:00</p>'
        '<script>setTimeout(() => { const one = document.createElement("script");'
        'one.src = "/case/packages/recovery.js"; document.head.append(one); }, 700)</script></body></html>',
        loud=True,
    )
    widget.page.get_by_text("client 10:01").wait_for()
    widget.open()
    widget.page.evaluate("document.write('<!doctype html><html lang=en><body><h1>Written anew</h1></body></html>')")
    widget.page.evaluate("document.close()")
    widget.page.get_by_text("Written anew").wait_for()
    expect(widget.panel).to_be_visible()
    widget.page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()
    widget.open()
    widget.page.evaluate("document.documentElement.replaceWith(document.documentElement.cloneNode(true))")
    expect(widget.page.locator("signpost-widget")).to_have_count(1)
    widget.page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()


def test_five_hundred_mounts_leave_no_nodes_behind(stage: Stage) -> None:
    widget = stage(PAGE % "<main></main>")
    widget.launcher.wait_for()
    session = widget.page.context.new_cdp_session(widget.page)
    turn = """async (count) => {
      const pause = (ms) => new Promise((done) => setTimeout(done, ms));
      const main = document.querySelector("main");
      for (let at = 0; at < count; at += 1) {
        main.innerHTML = "<input data-signpost-suggest><signpost-widget></signpost-widget>";
        main.firstChild.focus();
        if (at % 10 === 0) await pause(30);
        if (at % 5 === 0) { Signpost("unmount"); Signpost("init", { site: "demo" }); }
        main.textContent = "";
        if (at % 10 === 0) await pause(5);
      }
      await pause(1500);
    }"""

    def nodes() -> int:
        for _ in range(4):
            session.send("HeapProfiler.collectGarbage")
            widget.page.wait_for_timeout(250)
        return int(session.send("Memory.getDOMCounters")["nodes"])

    widget.page.evaluate(turn, 40)
    before = nodes()
    widget.page.evaluate(turn, 500)
    after = nodes()
    assert after - before < 100, (before, after)
    expect(widget.page.locator("signpost-widget")).to_have_count(1)


# ---- three states ----
def test_what_the_page_said_before_init_holds(stage: Stage, help_centre: Site) -> None:
    calls = """window.heard = []; Signpost("on", "ready", (one) => heard.push(one.lang));
    Signpost("theme", { accent: "#7a1f5c", launcherText: "Vraag" }); Signpost("locale", "tr");
    Signpost("identify", "a.b.c"); Signpost("open"); Signpost("init", { site: "demo" });"""
    widget = stage(
        HEAD
        + QUEUE % calls
        + f'<script async src="{help_centre.url}/widget.js"></script><body><h1>x</h1></body></html>'
    )
    expect(widget.launcher).to_have_text("Vraag")
    assert widget.launcher.evaluate("(node) => getComputedStyle(node).backgroundColor") == "rgb(122, 31, 92)"
    assert widget.page.evaluate("heard") == ["tr"]
    widget.hits.first.wait_for()
    widget.call("init", {"site": "demo"})
    expect(widget.panel).to_have_count(0)
    expect(widget.launcher).to_have_text("Vraag")
    widget.call("init", {"site": "demo", "launcherText": "Anders"})
    expect(widget.launcher).to_have_text("Anders")


def test_open_then_close_ends_closed(stage: Stage) -> None:
    widget = stage(PAGE % "")
    widget.launcher.wait_for()
    widget.page.evaluate("Signpost('open'); Signpost('close')")
    widget.page.wait_for_timeout(1500)
    expect(widget.panel).to_have_count(0)
    widget.page.evaluate("Signpost('close'); Signpost('open'); Signpost('toggle'); Signpost('toggle')")
    widget.hits.first.wait_for()


def test_hide_and_show_and_a_launcher_that_comes_later(stage: Stage, help_centre: Site) -> None:
    widget = stage(
        HEAD + f'<script async src="{help_centre.url}/widget.js" data-site="demo" data-launcher="none"></script>'
        "<body><h1>x</h1></body></html>"
    )
    widget.page.wait_for_function("!!window.Signpost?.version")
    widget.page.evaluate("new Promise((done) => { Signpost('on', 'ready', done); })")
    expect(widget.launcher).to_have_count(0)
    widget.call("theme", {"launcher": "auto"})
    widget.open()
    widget.call("hide")
    expect(widget.panel).to_be_hidden()
    expect(widget.launcher).to_have_count(0)
    widget.call("open")
    expect(widget.panel).to_be_visible()
    expect(widget.launcher).to_have_count(0)
    widget.call("show")
    expect(widget.launcher).to_be_visible()


def test_unmount_forgets_nothing_and_destroy_everything_but_who_listens(enter: Enter) -> None:
    widget = enter("plain").open()
    widget.listen()
    widget.call("consent", True)
    widget.call("prefill", {"email": "ada@example.org"})
    widget.human.click()
    widget.panel.locator("textarea[name=message]").fill("Half a message")
    widget.call("unmount")
    assert widget.page.locator("signpost-widget").count() == 0
    widget.call("init", {"site": "demo"})
    widget.call("contact")
    expect(widget.panel.locator("textarea[name=message]")).to_have_value("Half a message")
    expect(widget.panel.locator("input[name=email]")).to_have_value("ada@example.org")
    widget.write()
    widget.send()
    widget.call("unmount")
    assert widget.page.evaluate("localStorage.length") == 1
    widget.call("init", {"site": "demo"})
    widget.call("destroy")
    assert widget.page.evaluate("localStorage.length + sessionStorage.length") == 0
    widget.page.evaluate("heard.length = 0")
    widget.call("init", {"site": "demo"})
    assert widget.wait_heard("ready")["site"] == "demo"


def signed(aud: str) -> str:
    return (
        "(() => { const part = (value) => btoa(JSON.stringify(value)).replace(/=+$/, '');"
        f"return [part({{ alg: 'HS256' }}), part({{ aud: {aud!r}, email: 'ada@example.org', name: 'Ada' }}), 'x'].join('.'); }})()"
    )


@pytest.mark.parametrize(("aud", "known"), [("shop", True), ("demo", False)])
def test_another_site_keeps_the_identity_where_it_is_valid(enter: Enter, aud: str, known: bool) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.page.evaluate(f"Signpost('identify', {signed(aud)})")
    widget.call("init", {"site": "shop"})
    assert widget.page.evaluate("Signpost('state').identified") is known
    widget.call("contact")
    widget.panel.locator("textarea[name=message]").wait_for()
    expect(widget.panel.get_by_text("You are writing as Ada")).to_be_visible(visible=known)
    assert widget.page.evaluate("Signpost('state').identified") is known


# ---- events ----
def test_a_menu_that_stops_clicks_and_a_closed_tree_do_not_stop_help(stage: Stage) -> None:
    widget = stage(
        PAGE
        % """<div id="menu"><button data-signpost-open>Get help</button></div><a-menu></a-menu><script>
        for (const type of ["click", "pointerdown"]) menu.addEventListener(type, (event) => event.stopImmediatePropagation(), true);
        customElements.define("a-menu", class extends HTMLElement {
          constructor() { super(); this.attachShadow({ mode: "open" }).innerHTML = "<a href='/nowhere' data-signpost-open='contact'><b>Write</b></a>"; }
        });</script>"""
    )
    widget.launcher.wait_for()
    widget.page.get_by_role("button", name="Get help").click()
    widget.hits.first.wait_for()
    widget.page.get_by_text("Write", exact=True).click()
    expect(widget.panel.locator("textarea[name=message]")).to_be_visible()
    assert widget.page.url.endswith("/case/")


@pytest.mark.parametrize("click", [True, False])
def test_it_does_not_wait_for_a_picture_that_never_comes(stage: Stage, click: bool) -> None:
    picture = '<img src="/never.png" width="10" height="10" alt=""><button data-signpost-open>Get help</button>'
    widget = stage(PAGE % picture, never="/never.png", wait="commit")
    if click:
        widget.page.wait_for_function("!!window.Signpost")
        widget.page.get_by_role("button", name="Get help").click()
        widget.hits.first.wait_for()
    widget.launcher.wait_for()
    assert widget.page.evaluate("document.readyState") != "complete"


def test_fragments_and_queries_that_change_ask_nothing_and_take_no_focus(stage: Stage) -> None:
    widget = stage(PAGE % "").open()
    asked_: list[str] = []
    widget.page.on("request", lambda one: asked_.append(one.url) if "suggestions" in one.url else None)
    widget.hits.first.focus()
    widget.page.evaluate("""() => {
      let n = 0;
      window.spy = setInterval(() => history.replaceState(null, "", `?q=${n}#s${n += 1}`), 200);
    }""")
    widget.page.wait_for_timeout(2500)
    assert asked_ == []
    expect(widget.hits.first).to_be_focused()
    widget.page.evaluate("document.title = document.querySelector('h1').textContent = 'Where is my order?'")
    with widget.page.expect_request("**/suggestions**"):
        pass
    expect(widget.hits.first).to_contain_text("Track your order")
    assert widget.page.evaluate("document.activeElement.localName") == "signpost-widget"


def test_a_half_written_message_survives_reload_and_the_next_page(enter: Enter) -> None:
    widget = enter("plain").open()
    widget.human.click()
    widget.panel.locator("textarea[name=message]").fill("Half a message")
    widget.page.reload()
    widget.launcher.wait_for()
    widget.page.goto(widget.page.url.replace("/plain", "/form"))
    widget.page.wait_for_function("!!window.Signpost?.version")
    widget.call("contact")
    expect(widget.panel.locator("textarea[name=message]")).to_have_value("Half a message")
    widget.write("A whole message")
    widget.send()
    assert widget.page.evaluate("sessionStorage.length + localStorage.length") == 0


# ---- a token that fails at sending ----
@pytest.mark.parametrize("fails", ["refused", "rejects", "nothing"])
def test_a_token_that_fails_at_sending_shows_the_fields_and_the_message_goes_without(enter: Enter, fails: str) -> None:
    widget = enter("plain", loud=True)
    widget.launcher.wait_for()
    widget.listen()
    broken = {"refused": "token", "rejects": "Promise.reject(new Error('no session'))", "nothing": "null"}[fails]
    widget.page.evaluate(
        f"window.token = {signed('demo')}; window.sent = 0;"
        f"Signpost('identify', () => (window.broken ? {broken} : token))"
    )
    widget.call("contact")
    expect(widget.panel.get_by_text("You are writing as Ada")).to_be_visible()
    widget.panel.locator("textarea[name=message]").fill("The left earbud is silent.")
    for box in widget.panel.locator(".field.check input").all():
        box.check()
    widget.page.evaluate("window.broken = true")
    widget.panel.locator("form button[type=submit]").click()
    assert widget.wait_heard("error")["code"] == "identity"
    email = widget.panel.locator("input[name=email]")
    expect(email).to_be_visible()
    expect(email).to_be_focused()
    email.fill("ada@example.org")
    widget.send()
