"""The desk in a browser: nothing for axe to find on any kind of page, and everything reached with the keyboard."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Dialog, Page, expect

from app import create_app
from app.ops.publishing import publish_and_index
from index.embed.hashing import HashingEmbedder
from support.agents.models import Role
from support.email.inbound import spool
from support.routing.semantic_routing import SemanticRouting
from support.tickets.models import Channel
from tests.browser.conftest import SaysItsVerdict, Site, _settings, served
from tests.browser.test_accessibility import findings
from tests.portal_site import use_search, write_site
from tests.support.conftest import new_ticket
from tests.support.inbound.conftest import letter

Visit = Callable[..., Page]
LINKED = "See Return a parcel: http://localhost:8000/en/a/return-a-parcel#start"
ARTICLE = "en/orders/return-a-parcel.md"
LOGIN, PASSWORD = "ada@example.org", "correct horse battery"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A desk with a few tickets, in English, Turkish and Arabic."""
    articles = tmp_path_factory.mktemp("articles")
    write_site(articles)
    app = create_app(_settings(tmp_path_factory.mktemp("desk"), articles, languages=["en", "tr", "ar"]))
    publish_and_index(app.extensions["signpost"], index=False)
    use_search(app, SaysItsVerdict())
    s = app.extensions["signpost"]
    s.desk.accounts.create(LOGIN, "Ada", PASSWORD, [Role.ADMIN], "test", s.now())
    with served(app) as site:
        yield site


def ticket(app: Flask, **changes: object) -> str:
    s = app.extensions["signpost"]
    return str(s.tickets.create(new_ticket(**changes), None, s.now() - timedelta(days=1)).reference)


def signed_in(visit: Visit, desk: Site, **options: object) -> Page:
    page = visit(f"{desk.url}/desk/", **options)
    page.fill("#login", LOGIN)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector(".desk-queue")
    page.wait_for_load_state()  # the page's keys are a script's, which comes after the page
    return page


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def _mails(desk: Site, reference: str) -> int:
    """Mail to this ticket: one that is not proven, one that is held (its number), one that was set aside."""
    s = desk.app.extensions["signpost"]
    sender = s.tickets.by_reference(reference).email
    for text, subject, submitted in (
        ("Still silent.", f"Re: {reference}", "no"),
        ("I am away.", f"Automatic reply: {reference}", "no"),
        ("I am away, too.", f"Re: {reference}", "auto-replied"),
    ):
        s.ingester().ingest(letter(text, sender=sender, subject=subject, Auto_Submitted=submitted).as_bytes(), s.now())
    (_, held), *_ = spool.with_outcomes(s.engine, spool.TO_DECIDE)
    return int(held.id)


def _talk_about(desk: Site) -> None:
    """A comment with an answer on the article, and somebody asked to review it."""
    s = desk.app.extensions["signpost"]
    text = s.authoring.open(ARTICLE, s.now())
    number = s.flow.comment(ARTICLE, text.version, 20, "Which one?\nSay it.", LOGIN, s.now())
    s.flow.reply(ARTICLE, number, "The first.", LOGIN, s.now())
    s.flow.ask(ARTICLE, 0, text.version, LOGIN, LOGIN, "Please", s.now(), lambda _connection: None)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_axe_finds_nothing_on_any_kind_of_page_and_each_fits(visit: Visit, desk: Site, scheme: str, width: int) -> None:
    door = visit(f"{desk.url}/desk/sign-in", scheme=scheme, width=width)
    assert findings(door) == [] and fits(door)
    plain = ticket(desk.app)
    call = ticket(desk.app, preferred_channel=Channel.PHONE, phone="+31 20 555 0100", lang="tr", subject="İade")
    held = ticket(desk.app, quarantine="honeypot")
    mail = _mails(desk, plain)
    _talk_about(desk)
    page = signed_in(visit, desk, scheme=scheme, width=width)
    for path in (
        "", "?view=held", "?q=earbud&lang_of_ticket=en", f"t/{plain}", f"t/{call}", f"t/{held}", f"t/{plain}/person",
        f"t/{plain}/article", "new", "canned?edit=new", "deliveries", "mail", "mail?aside=1",
        f"mail/{mail}", "incidents", "users", "audit", "account", "help",
        f"t/{call}?lang=ar",
        "articles", "articles/snippets", "articles/new", f"articles/edit/{ARTICLE}",
        f"articles/history/{ARTICLE}?version=1",
        f"articles/edit/{ARTICLE}?lang=ar", f"articles/flow/{ARTICLE}", f"articles/flow/{ARTICLE}?lang=ar",
    ):  # fmt: skip
        page.goto(f"{desk.url}/desk/{path}")
        if path.startswith("articles/edit"):
            page.wait_for_selector(".cm-content")
            page.wait_for_selector("[data-findings] li")
        assert findings(page) == [], path
        assert fits(page), path


def test_a_ticket_is_answered_with_the_keyboard_alone(visit: Visit, desk: Site) -> None:
    reference = ticket(desk.app, subject="Keyboard only")
    page = signed_in(visit, desk)
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_be_visible()
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("keyboard only")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=keyboard**")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url(f"**/desk/t/{reference}")
    page.keyboard.press("r")
    page.keyboard.type("Here is how, g n j / and all.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**done=replied#main")
    expect(page.locator(".desk-turn--team")).to_contain_text("Here is how, g n j / and all.")


def test_an_article_is_written_with_the_keyboard_alone_and_nothing_typed_is_lost(visit: Visit, desk: Site) -> None:
    file = desk.app.extensions["signpost"].settings.kb_dir / ARTICLE
    page = signed_in(visit, desk)
    page.goto(f"{desk.url}/desk/articles/edit/{ARTICLE}")
    page.wait_for_selector(".cm-content")
    page.focus("#title")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.tool") == "bold"
    page.keyboard.press("Tab")
    page.keyboard.press("Control+Home")
    # Single keys of the desk, which are text here.
    page.keyboard.type("? j k g q / ")
    page.keyboard.press("Control+b")
    page.keyboard.type("typed")
    expect(page.locator("[data-shown]")).to_contain_text("? j k g q / typed")
    expect(page.locator("[data-state]")).to_have_text("Kept on this device")
    assert "typed" not in file.read_text("utf-8")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.evaluate("""() => {
      const data = new DataTransfer();
      data.setData("text/html", "<p>and <b>pasted</b></p>");
      data.setData("text/plain", "and pasted");
      const place = document.querySelector("[data-code]").shadowRoot.querySelector(".cm-content");
      place.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }""")
    expect(page.locator("[data-shown] strong").nth(1)).to_have_text("pasted")
    expect(page.locator("[data-state]")).to_have_text("Kept on this device")
    page.context.set_offline(True)
    page.keyboard.type("!")
    expect(page.locator("[data-state]")).to_have_text("No connection. Kept on this device")
    page.wait_for_timeout(500)  # what comes later says neither away
    expect(page.locator("[data-state]")).to_have_text("No connection. Kept on this device")
    page.context.set_offline(False)
    expect(page.locator("[data-state]")).to_have_text("Kept on this device")
    page.reload()
    expect(page.locator(".cm-content")).to_contain_text("? j k g q / **typed**")
    expect(page.locator("[data-restored]")).to_be_visible()
    page.focus("#title")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+s")
    page.wait_for_url("**done=saved*")
    assert "? j k g q / **typed**" in file.read_text("utf-8")
    page.goto(f"{desk.url}/desk/articles/edit/{ARTICLE}")
    page.wait_for_selector(".cm-content")
    expect(page.locator("[data-restored]")).to_be_hidden()
    # A picture from the clipboard asks what it shows; a link is looked up.
    page.focus("#title")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+End")
    page.evaluate("""async () => {
      const blob = await new Promise((done) => { document.createElement("canvas").toBlob(done, "image/png"); });
      const data = new DataTransfer();
      data.items.add(new File([blob], "shot.png", { type: "image/png" }));
      const place = document.querySelector("[data-code]").shadowRoot.querySelector(".cm-content");
      place.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }""")
    page.keyboard.type("A black box")
    page.keyboard.press("Enter")
    expect(page.locator("[data-shown] img[alt='A black box']")).to_have_count(1)
    page.keyboard.press("Control+k")
    page.keyboard.type("track")
    expect(page.locator("#link-list [role=option]").first).to_contain_text("Track a parcel")
    assert findings(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("[data-shown] a[href='/en/a/track-a-parcel']").last).to_have_text("Track a parcel")
    # For a time still to come: what was sent from here is not put back as if it had not been.
    page.get_by_role("button", name="Schedule…").click()
    page.wait_for_url("**/desk/articles/flow/**")
    page.get_by_label("Day", exact=True).nth(-1).fill("2099-01-31")
    page.locator("#plan-reason").fill("With the sale")
    page.get_by_role("button", name="Schedule the change").click()
    page.wait_for_url("**done=planned**")
    assert findings(page) == [] and fits(page)
    page.goto(f"{desk.url}/desk/articles/edit/{ARTICLE}")
    page.wait_for_selector(".cm-content")
    expect(page.locator("[data-restored]")).to_be_hidden()
    assert "black box" not in file.read_text("utf-8")


def test_shortcuts_can_be_switched_off(visit: Visit, desk: Site) -> None:
    page = signed_in(visit, desk)
    page.goto(f"{desk.url}/desk/account")
    box = page.get_by_label("Single-key shortcuts")
    box.uncheck()
    page.locator("form", has=box).get_by_role("button").click()
    page.wait_for_load_state()
    page.goto(f"{desk.url}/desk/")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_have_count(0)
    s = desk.app.extensions["signpost"]
    s.desk.accounts.choose(s.desk.accounts.by_login(LOGIN), shortcuts=True)


def test_a_half_written_answer_is_still_there_and_links_go_in_where_one_writes(visit: Visit, desk: Site) -> None:
    reference = ticket(desk.app)
    page = signed_in(visit, desk)
    page.goto(f"{desk.url}/desk/t/{reference}")
    page.fill("#text", "See ")
    page.locator("[data-insert]").first.click()
    expect(page.locator("#text")).to_have_value(LINKED)
    page.reload()
    expect(page.locator("#text")).to_have_value(LINKED)


def test_an_answer_from_before_is_filled_in_before_it_is_sent(visit: Visit, desk: Site) -> None:
    s = desk.app.extensions["signpost"]
    asked = {"subject": "A rattling noise", "message": "It rattles on the left."}
    old = ticket(desk.app, **asked, name="Mia de Vries")
    s.agent_actions.reply(old, "Dear Mia, hold both buttons. Your order is TF-20418837.", s.now())
    new = ticket(desk.app, **asked)
    SemanticRouting(s.engine, HashingEmbedder).remember(s.now())
    page = signed_in(visit, desk)
    page.goto(f"{desk.url}/desk/t/{new}")
    page.get_by_role("button", name="Use this answer").first.click()
    text = page.locator("#text")
    expect(text).to_have_value("Dear [name], hold both buttons. Your order is [number].")
    page.keyboard.type("Ada")  # the first placeholder is selected
    expect(text).to_have_value("Dear Ada, hold both buttons. Your order is [number].")
    asked_for: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked_for.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", refuse)
    page.locator("[data-send]").click()
    assert "[number]" in asked_for[0]
    assert len(s.tickets.by_reference(new).messages) == 1
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("[data-send]").click()
    page.wait_for_url("**done=replied**")
    assert s.tickets.by_reference(new).messages[-1].text.startswith("Dear Ada, hold")
