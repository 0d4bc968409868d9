"""Every verb of the public API, its queue from before the script is there, and every event."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.widget.conftest import Enter, Site

TYPES = Path(__file__).parents[3] / "widget" / "widget.d.ts"
LOADER = Path(__file__).parents[3] / "widget" / "src" / "loader" / "loader.js"


def test_calls_from_before_the_script_are_made_up_for_in_their_order(enter: Enter) -> None:
    widget = enter("_bare")
    widget.page.evaluate("""() => {
      window.Signpost = function () { (Signpost.q = Signpost.q || []).push(arguments); };
      window.heard = [];
      Signpost("on", "*", (event) => heard.push({ ...event }));
      Signpost("init", { site: "demo", theme: { position: "left" } });
      Signpost("search", "refund");
    }""")
    widget.page.evaluate(
        "(src) => { const tag = document.createElement('script'); tag.src = src; document.head.append(tag); }",
        widget.page.evaluate("document.querySelector('a[data-signpost-open=contact]').origin") + "/widget.js",
    )
    expect(widget.search).to_have_value("refund")
    expect(widget.hits.first).to_be_visible()
    assert [one["type"] for one in widget.heard("open")] == ["open"]


def test_open_close_and_toggle(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.listen()
    widget.call("open")
    expect(widget.panel).to_be_visible()
    expect(widget.launcher).to_have_attribute("aria-expanded", "true")
    widget.call("close")
    expect(widget.panel).to_be_hidden()
    widget.call("toggle")
    expect(widget.panel).to_be_visible()
    widget.call("toggle")
    expect(widget.panel).to_be_hidden()
    assert [len(widget.heard(name)) for name in ("open", "close")] == [2, 2]


def test_search_article_suggest_and_contact_show_what_they_say(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.listen()
    widget.call("search", "refund")
    assert widget.wait_heard("search")["query"] == "refund"
    widget.call("article", "late-or-lost-parcel", "en")
    expect(widget.panel.locator(".headline")).to_have_text("Late or lost parcel")
    assert widget.wait_heard("article")["slug"] == "late-or-lost-parcel"
    widget.call("contact", {"message": "It is about my parcel.", "fields": {"order_number": "TF-20418837"}})
    expect(widget.panel.locator("textarea[name=message]")).to_have_value("It is about my parcel.")
    expect(widget.panel.locator("[name='fields.order_number']")).to_have_value("TF-20418837")
    assert widget.wait_heard("contact")
    widget.page.evaluate("() => { heard.length = 0; }")
    widget.call("suggest", {"context": "gift card"})
    assert widget.wait_heard("suggest")["count"] > 0
    widget.call("status")
    expect(widget.panel.get_by_text("No requests are kept on this device.")).to_be_visible()


def test_an_answer_is_quoted_as_its_article_has_it(enter: Enter, help_centre: Site) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.call("search", "how do I return an item")
    quote = widget.panel.locator(".quote").first
    expect(quote).to_be_visible()
    assert widget.panel.locator(".quote").count() <= 10
    for one in widget.panel.locator(".quote").all():
        assert one.locator("mark").count() <= 1
    assert widget.panel.locator(".quote mark").count() > 0
    assert widget.panel.locator(".quote :is(ol, table, .admonition, p)").count() > 0
    for link in widget.panel.locator(".quote a").all():
        assert str(link.get_attribute("href")).startswith(("http:", "https:", "mailto:", "tel:", "sms:"))


def test_prefill_fills_what_is_empty_and_never_what_was_typed(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.call("prefill", {"email": "ada@example.org"})
    widget.call("contact")
    email = widget.panel.locator("input[name=email]")
    expect(email).to_have_value("ada@example.org")
    email.fill("grace@example.org")
    widget.call("prefill", {"email": "other@example.org", "name": "Grace"})
    expect(widget.panel.locator("input[name=name]")).to_have_value("Grace")
    expect(email).to_have_value("grace@example.org")


def test_locale_and_theme_change_it_while_it_is_open_and_keep_what_was_typed(enter: Enter) -> None:
    widget = enter("plain").open()
    widget.listen()
    widget.human.click()
    widget.panel.locator("textarea[name=message]").fill("Kulaklığım çalışmıyor.")
    widget.call("locale", "tr")
    assert widget.wait_heard("locale")["lang"] == "tr"
    expect(widget.panel.locator("h2")).to_have_text("Size nasıl yardımcı olabiliriz?")
    widget.human.click()
    expect(widget.panel.locator("textarea[name=message]")).to_have_value("Kulaklığım çalışmıyor.")
    widget.call("theme", {"mode": "dark", "accent": "#7a1f5c", "position": "left", "launcherText": "Sorun"})
    expect(widget.launcher).to_have_text("Sorun")
    frame = widget.page.locator("signpost-widget .signpost")
    expect(frame).to_have_attribute("data-mode", "dark")
    expect(frame).to_have_attribute("data-side", "left")


def test_an_unsubscribe_function_and_off_both_end_listening(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    counts = widget.page.evaluate("""async () => {
      const seen = [0, 0, 0];
      const stop = Signpost("on", "consent", () => { seen[0] += 1; });
      const second = () => { seen[1] += 1; };
      Signpost("on", "consent", second);
      Signpost("on", "consent", () => { seen[2] += 1; throw new Error("a listener that fails"); });
      window.onerror = () => true;
      Signpost("consent", true);
      stop();
      Signpost("off", "consent", second);
      Signpost("consent", false);
      await new Promise((done) => setTimeout(done, 20));
      return seen;
    }""")
    assert counts == [1, 1, 2]
    widget.visitor.complaints.clear()


def test_a_wrong_call_warns_and_never_throws(enter: Enter) -> None:
    widget = enter("plain", loud=True)
    widget.launcher.wait_for()
    widget.listen()
    widget.call("dance")
    widget.call("on", "open")
    assert [one["code"] for one in widget.heard("error")] == ["bad_call", "bad_call"]


def test_destroy_forgets_everything_and_init_begins_anew(enter: Enter) -> None:
    widget = enter("plain").open()
    widget.call("prefill", {"email": "ada@example.org"})
    widget.call("consent", True)
    widget.human.click()
    widget.write()
    widget.send()
    assert widget.page.evaluate("localStorage.length") == 1
    widget.call("identify", "a.b.c")
    widget.call("destroy")
    assert widget.page.locator("signpost-widget").count() == 0
    assert widget.page.evaluate("localStorage.length + sessionStorage.length") == 0
    widget.page.get_by_role("button", name="Need help?").click()
    widget.call("init", {"site": "demo"})
    widget.open()
    widget.human.click()
    expect(widget.panel.locator("input[name=email]")).to_have_value("")
    expect(widget.panel.get_by_text("You are writing as")).to_be_hidden()


def test_identify_shows_who_writes_and_asks_for_no_address(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.page.evaluate("""() => {
      const part = (value) => btoa(JSON.stringify(value)).replace(/=+$/, "");
      window.token = [part({ alg: "HS256" }), part({ email: "ada@example.org", name: "Ada" }), "x"].join(".");
      Signpost("identify", () => Promise.resolve(token));
    }""")
    widget.call("contact")
    expect(widget.panel.get_by_text("You are writing as Ada · ada@example.org")).to_be_visible()
    expect(widget.panel.locator("input[name=email]")).to_be_hidden()
    widget.call("identify", None)
    expect(widget.panel.locator("input[name=email]")).to_be_visible()


def test_what_was_sent_is_remembered_with_consent_only_and_its_state_can_be_seen(enter: Enter) -> None:
    widget = enter("plain").open()
    widget.human.click()
    widget.write()
    reference = widget.send()
    assert widget.page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    widget.panel.get_by_role("button", name="Remember it on this device").click()
    expect(widget.panel.get_by_text("Remembered on this device.")).to_be_visible()
    kept = widget.page.evaluate("localStorage.getItem('signpost:demo')")
    assert reference in kept and "ada@example.org" not in kept
    widget.page.reload()
    widget.open()
    widget.panel.get_by_role("button", name="Your requests").click()
    expect(widget.panel.get_by_text(reference)).to_be_visible()
    widget.panel.get_by_role("button", name="Forget them on this device").click()
    expect(widget.panel.get_by_text("No requests are kept on this device.")).to_be_visible()
    assert widget.page.evaluate("localStorage.length") == 0


def test_what_was_typed_goes_along_before_it_was_searched_for(enter: Enter, help_centre: Site) -> None:
    widget = enter("plain").open()
    widget.page.route("**/api/v1/suggest**", lambda route: None)  # never answered
    widget.search.fill("when do I get my refund")
    widget.human.click()
    expect(widget.panel.locator("textarea[name=message]")).to_have_value("when do I get my refund")


def test_what_was_typed_and_read_goes_along(enter: Enter, help_centre: Site) -> None:
    widget = enter("plain").open()
    widget.search.fill("when do I get my refund")
    widget.panel.get_by_text("When you get your refund").first.click()
    expect(widget.panel.locator(".prose")).to_be_visible()
    widget.human.click()
    expect(widget.panel.locator("textarea[name=message]")).to_have_value("when do I get my refund")
    widget.panel.get_by_text("What goes along with your message").click()
    widget.panel.get_by_text("Whether you use a phone, tablet or computer").click()
    widget.write("Where is my money?")
    sent: list[str] = []
    widget.page.on(
        "request", lambda request: sent.append(request.post_data or "") if "tickets" in request.url else None
    )
    widget.send()
    assert '"text":"when do I get my refund"' in sent[0]
    assert '"slug":"when-you-get-your-refund"' in sent[0] or '"opened":true' in sent[0]
    assert "/plain" in sent[0] and '"device"' not in sent[0].split('"journey"')[1]


def test_a_single_page_application_gets_new_suggestions_with_each_new_address(enter: Enter) -> None:
    widget = enter("spa").open()
    widget.page.get_by_role("link", name="Where is my order?").click()
    expect(widget.hits.first).to_contain_text("Track your order")
    expect(widget.panel).to_be_visible()


def test_links_with_the_attribute_open_it_where_they_say(enter: Enter) -> None:
    widget = enter("plain")
    widget.launcher.wait_for()
    widget.page.get_by_role("link", name="Write to us").click()
    expect(widget.panel.locator("textarea[name=message]")).to_be_visible()
    widget.page.keyboard.press("Escape")
    expect(widget.page.get_by_role("link", name="Write to us")).to_be_focused()


def test_the_sites_own_form_gets_suggestions_below_its_subject(enter: Enter) -> None:
    widget = enter("form")
    assert widget.page.locator("signpost-widget").count() == 0
    subject = widget.page.locator("input[name=subject]")
    subject.click()
    subject.press_sequentially("return an item")
    suggestion = widget.page.locator(".inline .row").first
    expect(suggestion).to_be_visible()
    expect(subject).to_have_accessible_name("Subject")
    suggestion.click()
    expect(widget.panel.locator(".headline")).to_be_visible()
    widget.page.keyboard.press("Escape")
    expect(subject).to_have_value("return an item")
    assert widget.page.evaluate("new FormData(document.forms[0]).get('subject')") == "return an item"


def test_an_incident_stands_above_everything(enter: Enter, help_centre: Site) -> None:
    runner = help_centre.app.test_cli_runner()
    opened = runner.invoke(args=["incident", "open", "--title", "Payments fail", "--message", "We are on it."])
    assert opened.exit_code == 0, opened.output
    reference = re.search(r"INC-\w+", opened.output)
    assert reference is not None
    banner = help_centre.app.extensions["signpost.incidents"]
    banner.asked_at = float("-inf")  # else it is asked for again some seconds later
    try:
        widget = enter("plain").open()
        expect(widget.panel.get_by_text("Payments fail")).to_be_visible()
    finally:
        runner.invoke(args=["incident", "close", reference[0]])
        banner.asked_at = float("-inf")


def test_the_types_name_every_verb_and_every_event() -> None:
    types, loader = TYPES.read_text("utf-8"), LOADER.read_text("utf-8")
    verbs = re.findall(
        r"^    ([a-z]\w*)(?:\(|: )", loader[loader.index("const verbs") : loader.index("function Signpost")], re.M
    )
    assert len(verbs) == 25
    for verb in verbs:
        assert f'verb: "{verb}"' in types, verb
    sources = "".join(path.read_text("utf-8") for path in LOADER.parents[1].rglob("*.js"))
    events = set(re.findall(r'emit\("(\w+)"', sources))
    documented = set(re.findall(r"^  (\w+): \{", types[types.index("interface SignpostEvents") :], re.M))
    assert events == documented
