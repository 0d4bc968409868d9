"""The pages of the desk, as a browser without JavaScript uses them."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import text

from app.ops.publishing import publish_and_index, roll_back_and_index
from core.database.connection import writing
from index.embed.hashing import HashingEmbedder
from index.models import ArticleHit, SearchResult, Verdict
from kb.models import ArticleRef
from kb.source.frontmatter import read
from support.agents.models import Right, Role
from support.email.inbound import spool
from support.email.inbound.parser import read as read_mail
from support.email.inbound.quotes import fold
from support.email.inbound.spool import SpoolFolder
from support.incidents import service as incidents
from support.routing.semantic_routing import SemanticRouting
from support.tickets.models import Channel, Stage, Ticket, Upload, Via
from tests.app.desk.conftest import PASSWORD, Member, sign_in, token_in
from tests.articles import publish, write
from tests.portal_site import publish_site
from tests.support.conftest import new_ticket

Join = Callable[..., Member]


def services(app: Flask) -> Any:
    return app.extensions["signpost"]


def ticket_in(app: Flask, **changes: object) -> Ticket:
    s = services(app)
    ticket: Ticket = s.tickets.create(new_ticket(**changes), None, s.now() - timedelta(hours=1))
    return ticket


def reload(app: Flask, ticket: Ticket) -> Ticket:
    found: Ticket = services(app).tickets.by_reference(ticket.reference)
    return found


def seen(ticket: Ticket) -> int:
    return ticket.messages[-1].id


def test_nothing_of_the_desk_opens_without_signing_in(desk_app: Flask) -> None:
    client = desk_app.test_client()
    ticket = ticket_in(desk_app)
    for rule in desk_app.url_map.iter_rules():
        if not rule.endpoint.startswith("desk."):
            continue
        view = desk_app.view_functions[rule.endpoint]
        assert hasattr(view, "desk_right"), f"{rule.endpoint} does not say who may use it"
        if view.desk_right is None:
            continue
        path = re.sub(r"<int:\w+>", "1", rule.rule.replace("<reference>", ticket.reference).replace("<lang>", "en"))
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        response = client.open(path, method=method)
        assert response.status_code == (401 if method == "POST" else 302), rule.endpoint
        assert ticket.subject not in response.text
        assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("role", "told"), [(Role.ADMIN, True), (Role.AUTHOR, True), (Role.AGENT, False)])
def test_authors_and_admins_are_told_what_holds_publishing_back(
    desk_app: Flask, member: Join, role: Role, told: bool
) -> None:
    s = services(desk_app)
    for slug in ("one", "two"):
        write(s.settings.kb_dir, "en", slug, f"Title of {slug}", f"Text of {slug}.")
    file = write(s.settings.kb_dir, "tr", "bir", "Çöp <b>", "Metin.")
    publish_and_index(s, index=False)
    ada = member(role)
    assert "flask kb publish" not in ada.get("/desk/").text

    file.unlink()
    publish_and_index(s, index=False)
    page = ada.get("/desk/").text
    assert ("1 of 3 articles would disappear" in page) is told
    assert ('<code translate="no">flask kb publish --allow-removals</code>' in page) is told
    assert ("Çöp &lt;b&gt;" in page) is told

    write(s.settings.kb_dir, "tr", "bir", "Bir", "Metin.")
    write(s.settings.kb_dir, "en", "one", "Title of one", "Another text.")
    publish_and_index(s, index=False)
    assert "flask kb publish" not in ada.get("/desk/").text

    s.publish_state.failed("OSError: no <b>room</b>", s.now())
    page = ada.get("/desk/").text
    assert ("publishing ends with an error" in page and "OSError: no &lt;b&gt;room&lt;/b&gt;" in page) is told
    publish_and_index(s, index=False)
    assert "publishing ends with an error" not in ada.get("/desk/").text

    roll_back_and_index(s, 1)
    page = ada.get("/desk/").text
    assert ("Rolled back to revision 1" in page and "en/one" in page) is told


def test_the_cookie_is_strict_out_of_reach_of_scripts_and_bound_to_https(desk_app: Flask) -> None:
    s = services(desk_app)
    s.desk.accounts.create("ada@example.org", "Ada", PASSWORD, [Role.AGENT], "test", s.now())
    plain = sign_in(desk_app.test_client(), "ada@example.org").headers["Set-Cookie"]
    assert "HttpOnly" in plain and "SameSite=Strict" in plain
    safe = desk_app.test_client().post(
        "/desk/sign-in", data={"login": "ada@example.org", "password": PASSWORD}, base_url="https://localhost"
    )
    cookie = safe.headers["Set-Cookie"]
    assert cookie.startswith("__Host-signpost_desk=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"))


def test_signing_in_leads_back_to_where_one_wanted_to_go_and_nowhere_else(desk_app: Flask, member: Join) -> None:
    s = services(desk_app)
    s.desk.accounts.create("ada@example.org", "Ada", PASSWORD, [Role.AGENT], "test", s.now())
    ticket = ticket_in(desk_app)
    client = desk_app.test_client()
    asked = client.get(f"/desk/t/{ticket.reference}")
    assert asked.headers["Location"].endswith(f"next=/desk/t/{ticket.reference}")
    for target, leads in (
        (f"/desk/t/{ticket.reference}", f"/desk/t/{ticket.reference}"),
        ("https://evil.example/desk/", "/desk/"),
        ("//evil.example", "/desk/"),
        ("/desk//evil.example", "/desk/"),
        ("/desk/\\evil.example", "/desk/"),
        ("/en/", "/desk/"),
    ):
        assert sign_in(client, "ada@example.org", next=target).headers["Location"] == leads


def test_a_wrong_password_says_so_and_too_many_say_how_long(desk_app: Flask) -> None:
    s = services(desk_app)
    s.desk.accounts.create("ada@example.org", "Ada", PASSWORD, [Role.AGENT], "test", s.now())
    client = desk_app.test_client()
    for _ in range(9):
        response = sign_in(client, "ada@example.org", "wrong")
        if response.status_code == 429:
            break
        assert response.status_code == 401
        assert 'value="ada@example.org"' in response.text
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) >= 1


def test_a_form_needs_the_token_of_its_session(desk_app: Flask, member: Join) -> None:
    ada, ticket = member(Role.AGENT), ticket_in(desk_app)
    path = f"/desk/t/{ticket.reference}/note"
    for data in ({"note": "Hm."}, {"note": "Hm.", "csrf": "x"}, {"note": "Hm.", "csrf": "é"}):
        assert ada.client.post(path, data=data).status_code == 403
    crossed = ada.client.post(path, data={"note": "Hm."}, headers={"Sec-Fetch-Site": "cross-site"})
    assert crossed.status_code == 403
    assert reload(desk_app, ticket).internal == ()
    assert ada.post(path, note="Hm.").status_code == 303


def test_a_link_from_a_mail_asks_again_from_here_before_it_asks_for_a_password(desk_app: Flask) -> None:
    page = desk_app.test_client().get("/desk/t/SP-AAAA-AA?x=1", headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 200
    assert 'http-equiv="refresh" content="0;url=/desk/t/SP-AAAA-AA?x=1"' in page.text
    assert "password" not in page.text


def test_what_was_typed_survives_a_session_that_ended(desk_app: Flask, member: Join) -> None:
    ada, ticket = member(Role.AGENT, login="ada@example.org"), ticket_in(desk_app)
    path = f"/desk/t/{ticket.reference}/reply"
    services(desk_app).desk.accounts.end_sessions(ada.user, "test", services(desk_app).now())
    words = 'Please send it "back" <now>.'
    stopped = ada.client.post(path, data={"text": words, "seen": seen(ticket), "csrf": "old", "action": "send"})
    assert stopped.status_code == 401
    held = re.search(r'name="held" value="([^"]*)"', stopped.text)
    assert held
    offered = sign_in(ada.client, "ada@example.org", held=html.unescape(held[1]))
    assert html.escape(words, quote=False) in offered.text.replace("&#34;", '"')
    data = {"csrf": token_in(offered.text), "text": words, "seen": seen(ticket), "action": "send"}
    assert ada.client.post(path, data=data).status_code == 303
    assert reload(desk_app, ticket).messages[-1].text == words


def test_the_second_factor_through_the_pages(desk_app: Flask, member: Join) -> None:
    ada = member(Role.AGENT, login="ada@example.org")
    assert ada.post("/desk/account/second-factor", step="begin", password="wrong").status_code == 422
    begun = ada.post("/desk/account/second-factor", step="begin", password=PASSWORD)
    secret = re.search(r'desk-secret" translate="no">([A-Z2-7]+)<', begun.text)
    assert secret and "data:image/svg+xml" in begun.text
    app = pyotp.TOTP(secret[1])
    assert ada.post("/desk/account/second-factor", step="confirm", code="000000").status_code == 422
    codes = ada.post("/desk/account/second-factor", step="confirm", code=app.now())
    recovery = re.findall(r"<code>([\w-]{19})</code>", codes.text)
    assert len(recovery) == 10
    client = desk_app.test_client()
    asked = sign_in(client, "ada@example.org")
    assert asked.status_code == 200 and 'autocomplete="one-time-code"' in asked.text
    assert client.get("/desk/").status_code == 302
    assert client.post("/desk/sign-in/code", data={"code": "000000"}).status_code == 401
    assert client.post("/desk/sign-in/code", data={"code": recovery[0]}).status_code == 303
    assert client.get("/desk/").status_code == 200


def test_the_page_says_when_the_key_of_second_factors_was_changed(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    s = desk_app.extensions["signpost"]
    app = pyotp.TOTP(s.desk.accounts.begin_totp(bo.user))
    s.desk.accounts.confirm_totp(bo.user, app.at(s.now()), s.now())
    s.desk.accounts._seal._key = lambda: b"f" * 64  # as after `python -m app.ops.keys accept`
    browser = desk_app.test_client()
    sign_in(browser, bo.user.login)
    refused = browser.post("/desk/sign-in/code", data={"code": app.now()})
    assert refused.status_code == 409
    assert "take off your second factor" in refused.text
    listed = desk_app.test_cli_runner().invoke(args=["desk", "users"])
    assert "second factor unreadable" in listed.output
    assert desk_app.test_cli_runner().invoke(args=["desk", "drop-second-factor", bo.user.login]).exit_code == 0
    assert sign_in(desk_app.test_client(), bo.user.login).status_code == 303


def test_each_role_opens_what_it_may_and_no_more(desk_app: Flask, member: Join) -> None:
    ticket = ticket_in(desk_app)
    agent, author, admin = member(Role.AGENT), member(Role.AUTHOR), member(Role.ADMIN)
    pages = {
        f"/desk/t/{ticket.reference}": Right.READ,
        "/desk/": Right.READ,
        "/desk/new": Right.ANSWER,
        "/desk/deliveries": Right.ANSWER,
        f"/desk/t/{ticket.reference}/article": Right.WRITE,
        "/desk/users": Right.MANAGE,
        "/desk/audit": Right.MANAGE,
        "/desk/export.csv": Right.MANAGE,
    }
    for person in (agent, author, admin):
        for path, right in pages.items():
            assert person.get(path).status_code == (200 if person.user.may(right) else 403), (person.user.login, path)
    assert author.post(f"/desk/t/{ticket.reference}/reply", text="Hello", seen=seen(ticket)).status_code == 403


def test_an_answer_is_sent_once_and_shown(desk_app: Flask, member: Join) -> None:
    bo, ticket = member(Role.AGENT), ticket_in(desk_app)
    page = bo.get(f"/desk/t/{ticket.reference}").text
    assert "The left earbud is silent." in page
    sent = bo.post(f"/desk/t/{ticket.reference}/reply", text="Please send it back.", seen=seen(ticket), action="send")
    assert sent.headers["Location"] == f"/desk/t/{ticket.reference}?done=replied#main"
    answered = reload(desk_app, ticket)
    assert (answered.messages[-1].text, answered.stage) == ("Please send it back.", Stage.PENDING)
    assert "Please send it back." in bo.get(f"/desk/t/{ticket.reference}").text


def test_somebody_who_was_faster_is_shown_and_the_text_kept(desk_app: Flask, member: Join) -> None:
    bo, cy, ticket = member(Role.AGENT), member(Role.AGENT, login="cy@example.org"), ticket_in(desk_app)
    path = f"/desk/t/{ticket.reference}/reply"
    bo.post(path, text="Bo was here.", seen=seen(ticket), action="send")
    stopped = cy.post(path, text="My long answer.", seen=seen(ticket), action="send")
    assert stopped.status_code == 409
    assert "Bo was here." in stopped.text and "My long answer.</textarea>" in stopped.text
    assert f'name="seen" value="{seen(reload(desk_app, ticket))}"' in stopped.text
    assert len(reload(desk_app, ticket).messages) == 2


def test_others_who_look_at_the_ticket_are_named(desk_app: Flask, member: Join) -> None:
    bo, cy, ticket = member(Role.AGENT, login="bo@example.org"), member(Role.AGENT), ticket_in(desk_app)
    bo.get(f"/desk/t/{ticket.reference}")
    assert "Bo is here too" in cy.get(f"/desk/t/{ticket.reference}").text
    pulse = f"/desk/t/{ticket.reference}/pulse"
    bo.post(pulse, writing="yes", seen=seen(ticket))
    bo.post(f"/desk/t/{ticket.reference}/reply", text="Hello", seen=seen(ticket), action="send")
    beat = cy.post(pulse, seen=seen(ticket)).get_json()
    assert (beat["new"], beat["others"]) == (["Bo has answered"], ["Bo is here too"])


def test_an_answer_against_the_chosen_channel_asks_for_a_reason(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    ticket = ticket_in(desk_app, preferred_channel=Channel.PHONE, phone="+31 20 555 0100")
    path = f"/desk/t/{ticket.reference}/reply"
    page = bo.get(f"/desk/t/{ticket.reference}").text
    assert "They prefer a phone call: <bdi>+31 20 555 0100</bdi>" in page
    stopped = bo.post(path, text="Hello", seen=seen(ticket), action="send", by_mail="yes")
    assert stopped.status_code == 422 and "The customer asked to be called." in stopped.text
    assert ">Hello</textarea>" in stopped.text
    bo.post(path, text="Hello", seen=seen(ticket), action="send", by_mail="yes", reason="nobody answers")
    assert reload(desk_app, ticket).messages[-1].off_channel_reason == "nobody answers"


def test_calls_are_logged_with_their_time(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    ticket = ticket_in(desk_app, preferred_channel=Channel.PHONE, phone="+31 20 555 0100")
    path = f"/desk/t/{ticket.reference}/contact"
    call = {"via": "phone", "outcome": "reached", "direction": "out", "text": "Solved."}
    assert bo.post(path, **call, at="2099-01-01T10:00").status_code == 422
    assert bo.post(path, **{**call, "text": ""}, at="2026-01-05T10:00").status_code == 422
    wrong_way = bo.post(path, **{**call, "via": "chat"}, at="2026-01-05T10:00")
    assert wrong_way.status_code == 422 and "Solved.</textarea>" in wrong_way.text
    assert bo.post(path, **call, at="2026-01-05T10:00").status_code == 303
    logged = reload(desk_app, ticket).internal[-1]
    assert (logged.text, logged.happened_at.isoformat()[:16]) == ("Solved.", "2026-01-05T09:00")
    assert "Spoke with them" in bo.get(f"/desk/t/{ticket.reference}").text


def test_a_ticket_is_worked_with_buttons(desk_app: Flask, member: Join) -> None:
    bo, ticket = member(Role.AGENT), ticket_in(desk_app)
    path = f"/desk/t/{ticket.reference}/case"
    for fields in (
        {"action": "take"}, {"action": "priority", "priority": "high"}, {"action": "stage", "stage": "solved"},
        {"action": "stage", "stage": "open"}, {"action": "snooze", "snooze": "tomorrow"},
    ):  # fmt: skip
        assert bo.post(path, **fields).status_code == 303, fields
    worked = reload(desk_app, ticket)
    assert (worked.assignee_id, worked.priority, worked.stage) == (bo.user.id, "high", Stage.OPEN)
    assert worked.snooze_until is not None
    assert bo.post(path, action="snooze", snooze="day", until="2020-01-01").status_code == 422
    assert bo.post(path, action="team", team="no such team").status_code == 422
    assert bo.post(path, action="wake").status_code == 303
    assert reload(desk_app, ticket).snooze_until is None


def test_a_ticket_is_opened_for_somebody_who_phoned(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    form = {"via": "phone", "name": "Mia", "subject": "No sound", "text": "It is silent.", "key": "k1"}
    missing = bo.post("/desk/new", **form, preferred_channel="phone")
    assert missing.status_code == 422 and "A call needs a phone number." in missing.text
    assert "It is silent.</textarea>" in missing.text
    done = bo.post("/desk/new", **form, preferred_channel="phone", phone="+31 20 555 0100")
    again = bo.post("/desk/new", **form, preferred_channel="phone", phone="+31 20 555 0100")
    assert done.status_code == 303 and done.headers["Location"] == again.headers["Location"]
    page = bo.get(done.headers["Location"]).text
    assert "Entered by the team" in page and "It is silent." in page


def test_links_answers_and_canned_replies_go_into_the_text_without_javascript(desk_app: Flask, member: Join) -> None:
    publish_site(desk_app, index=True)
    admin, ticket = member(Role.ADMIN), ticket_in(desk_app, subject="Return a parcel", message="How do I return it?")
    admin.post("/desk/canned", action="save", id="new", name="Hello", lang="en", text="Hello {name}!")
    path = f"/desk/t/{ticket.reference}/reply"
    page = admin.get(f"/desk/t/{ticket.reference}").text
    assert 'value="article:en/return-a-parcel"' in page
    linked = admin.post(path, text="Look here:", action="article:en/return-a-parcel").text
    assert "Look here:\n\nReturn a parcel: http://localhost:8000/en/a/return-a-parcel</textarea>" in linked
    filled = admin.post(path, text="", action="canned", canned="1").text
    assert "Hello Ada!</textarea>" in filled
    assert len(reload(desk_app, ticket).messages) == 1


def test_an_answer_with_a_placeholder_asks_before_it_is_sent(desk_app: Flask, member: Join) -> None:
    bo, ticket = member(Role.AGENT), ticket_in(desk_app)
    path = f"/desk/t/{ticket.reference}/reply"
    values = {"text": "Dear [name], see [our page](https://x.example) and [link].", "seen": seen(ticket)}
    asked = bo.post(path, **values, action="send")
    assert asked.status_code == 422
    assert "placeholders: [name], [link]" in asked.text and 'value="send:anyway"' in asked.text
    assert "Dear [name]" in asked.text and len(reload(desk_app, ticket).messages) == 1
    assert bo.post(path, **values, action="send:anyway").status_code == 303
    assert reload(desk_app, ticket).messages[-1].text == values["text"]
    filled = {**values, "text": "Dear Ada, see [link](https://x.example).", "seen": seen(reload(desk_app, ticket))}
    assert bo.post(path, **filled, action="send").status_code == 303


def test_an_answer_from_before_is_inserted_without_the_other_customer_and_marked(desk_app: Flask, member: Join) -> None:
    s, admin = services(desk_app), member(Role.ADMIN)
    asked = {"subject": "Left earbud is silent", "message": "No sound on the left."}
    old = ticket_in(desk_app, **asked, name="Mia de Vries", email="mia@example.org")
    s.agent_actions.reply(old.reference, "Dear Mia, <b>hold</b> both buttons.", s.now())
    new = ticket_in(desk_app, **asked)
    SemanticRouting(s.engine, HashingEmbedder).remember(s.now())
    page = admin.get(f"/desk/t/{new.reference}").text
    assert "Dear <mark>[name]</mark>, &lt;b&gt;hold&lt;/b&gt; both buttons." in page
    assert 'data-insert="Dear [name], &lt;b&gt;hold' in page
    inserted = admin.post(f"/desk/t/{new.reference}/reply", text="", action=f"answer:{old.reference}").text
    assert "Dear [name], &lt;b&gt;hold&lt;/b&gt; both buttons.</textarea>" in inserted
    assert "Mia" not in page + inserted


def test_suggested_articles_are_quoted_as_they_are_with_what_answers_marked(desk_app: Flask, member: Join) -> None:
    folder = services(desk_app).settings.kb_dir
    steps = "1. Clean the **left** earbud.\n2. See [reset](#x).\n\n|A|B|\n|-|-|\n|1|2|"
    write(folder, "en", "silent", "One side is silent", steps, head="summary: What to do.")
    publish(services(desk_app))
    ticket = ticket_in(desk_app, subject="Left earbud is silent", message="No sound on the left.")
    page = member(Role.AGENT).get(f"/desk/t/{ticket.reference}").text
    assert '<ol>\n<li><mark data-before="Best match:">Clean the <strong>left</strong> earbud.</mark></li>' in page
    assert '<div class="table-wrap" role="group" tabindex="0" aria-label="Table"><table>' in page
    assert 'href="/en/a/silent#x"' in page


@pytest.mark.parametrize(
    ("plausible", "shown"), [(1, ["Refunds"]), (2, ["Refunds", "退款"]), (0, ["Refunds", "退款", "Iade"])]
)
def test_only_plausible_articles_are_suggested_with_heading_and_language(
    desk_app: Flask, member: Join, monkeypatch: pytest.MonkeyPatch, plausible: int, shown: list[str]
) -> None:
    def hit(lang: str, title: str, heading: str) -> ArticleHit:
        return ArticleHit(ArticleRef(lang, "x"), title, title, "", "when", heading, "Text.", (), 1.0)

    hits = (hit("en", "Refunds", "When it comes"), hit("zh-Hant", "退款", "退款"), hit("tr", "Iade", ""))
    result = SearchResult("x", "en", Verdict.SUGGEST, 0.7, hits, plausible=plausible)
    monkeypatch.setattr(services(desk_app).search, "search", lambda *_args, **_more: result)
    ticket = ticket_in(desk_app)
    page = member(Role.AGENT).get(f"/desk/t/{ticket.reference}").text
    section = page.partition('id="help-title"')[2].partition("</section>")[0]
    assert re.findall(r"<bdi>([^<]+)</bdi></a>", section) == shown
    assert section.count("When it comes") == 1 and section.count("<bdi>退款</bdi>") == ("退款" in shown)
    assert section.count('class="badge"') == len(shown) - 1


def test_an_article_is_made_from_a_ticket_with_the_customer_s_words_and_without_their_name(
    desk_app: Flask, member: Join
) -> None:
    author = member(Role.AUTHOR)
    ticket = ticket_in(
        desk_app, name="Mia de Vries", email="mia@example.org",
        message="Hello, I am Mia, mia@example.org, +31 6 555 01 42. How long does a refund take?",
    )  # fmt: skip
    s = services(desk_app)
    s.agent_actions.reply(ticket.reference, "Dear Mia de Vries, within 5 days.", s.now())
    page = author.get(f"/desk/t/{ticket.reference}/article").text
    assert "How long does a refund take?" in page and "within 5 days." in page
    body = re.sub(r"(?s)^.*<main", "", page)
    assert "Mia" not in body and "555" not in body
    form = {"title": "Refund times", "lang": "en", "category": "billing", "slug": "refund-times",
            "questions": 'How long does a "refund" take?\nwhen is my money back', "text": "Within 5 days."}  # fmt: skip
    down = author.post(f"/desk/t/{ticket.reference}/article", **form, action="download")
    assert down.headers["Content-Disposition"] == 'attachment; filename="refund-times.md"'
    written = author.post(f"/desk/t/{ticket.reference}/article", **form, action="write")
    assert written.status_code == 303
    stored = (s.settings.kb_dir / "en/billing/refund-times.md").read_text(encoding="utf-8")
    assert stored == down.text
    header = read(stored, "en/billing/refund-times.md")
    assert header.fields.questions == ('How long does a "refund" take?', "when is my money back")
    assert str(header.fields.status) == "draft"
    twice = author.post(f"/desk/t/{ticket.reference}/article", **form, action="write")
    assert twice.status_code == 422
    assert author.post(f"/desk/t/{ticket.reference}/article", **{**form, "slug": "../../x"}).status_code in {303, 422}
    assert not list(s.settings.kb_dir.parent.glob("x*.md"))


def test_held_tickets_are_released_or_deleted(desk_app: Flask, member: Join) -> None:
    bo, held = member(Role.AGENT), ticket_in(desk_app, quarantine="honeypot")
    kept = ticket_in(desk_app)
    assert held.reference in bo.get("/desk/?view=held").text
    assert "Quarantined as suspected spam" in bo.get(f"/desk/t/{held.reference}").text
    assert bo.post(f"/desk/t/{kept.reference}/delete").status_code == 409
    assert bo.post(f"/desk/t/{held.reference}/delete").status_code == 303
    assert bo.get(f"/desk/t/{held.reference}").status_code == 404
    other = ticket_in(desk_app, quarantine="too fast")
    assert bo.post(f"/desk/t/{other.reference}/release").status_code == 303
    assert reload(desk_app, other).quarantine == ""


def test_what_is_held_is_decided_about_on_one_page(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    first, second, third = (
        ticket_in(desk_app, quarantine="honeypot, links", subject=f"<b>{n}</b>", email=f"r{n}@example.org")
        for n in range(3)
    )
    page = bo.get("/desk/quarantine").text
    assert "hidden field filled in (honeypot), links" in page
    assert "<b>0</b>" not in page
    assert bo.post("/desk/quarantine", action=f"release:{first.reference}").status_code == 303
    assert reload(desk_app, first).quarantine == ""
    bo.post("/desk/quarantine", action="reject", chosen=[second.reference, third.reference, first.reference])
    assert all(reload(desk_app, one).rejected for one in (second, third))
    assert not reload(desk_app, first).rejected
    assert third.reference not in bo.get("/desk/quarantine").text
    assert third.reference in bo.get("/desk/quarantine?rejected=1").text
    assert third.reference in bo.get("/desk/?view=rejected").text
    assert bo.post(f"/desk/t/{third.reference}/release").status_code == 303
    assert reload(desk_app, third).stage.value == "new"
    held = ticket_in(desk_app, quarantine="tool")
    assert bo.post(f"/desk/t/{held.reference}/reject").status_code == 303
    assert member(Role.AUTHOR).get("/desk/quarantine").status_code == 403
    log = member(Role.ADMIN).get("/desk/audit").text
    assert "rejected" in log
    assert second.reference in log


def test_a_customer_s_markup_is_text_at_the_desk(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    ticket = ticket_in(desk_app, subject=evil, name=evil, message=evil, email="mia@example.org")
    for path in ("/desk/", f"/desk/t/{ticket.reference}", f"/desk/t/{ticket.reference}/person"):
        page = bo.get(path)
        assert "<script>alert" not in page.text and "<img src=x" not in page.text
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page.text)


def test_one_person_on_one_timeline_with_a_warning_when_the_address_is_not_proven(
    desk_app: Flask, member: Join
) -> None:
    bo = member(Role.AGENT)
    old = ticket_in(desk_app, subject="Old one", message="Long ago.")
    new = ticket_in(desk_app, subject="New one", message="Just now.")
    page = bo.get(f"/desk/t/{new.reference}").text
    assert old.reference in page and "The address of this ticket is not proven" in page
    merged = bo.get(f"/desk/t/{new.reference}/person").text
    assert "Long ago." in merged and "Just now." in merged


def test_an_attachment_is_a_download_and_noted(desk_app: Flask, member: Join) -> None:
    admin, s = member(Role.ADMIN), services(desk_app)
    kept = s.tickets.files.save(Upload("log.txt", b"what happened"))
    ticket, other = ticket_in(desk_app, attachments=(kept,)), ticket_in(desk_app)
    number = ticket.messages[0].attachments[0].id
    with admin.get(f"/desk/t/{ticket.reference}/files/{number}") as got:
        assert got.data == b"what happened"
        assert got.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in got.headers["Content-Security-Policy"]
    assert admin.get(f"/desk/t/{other.reference}/files/{number}").status_code == 404
    assert "file_opened" in admin.get("/desk/audit").text


def test_people_are_managed_on_their_page(desk_app: Flask, member: Join) -> None:
    admin = member(Role.ADMIN)
    short = admin.post("/desk/users", login="new@example.org", name="New", password="short", roles="agent")
    assert short.status_code == 422 and 'value="new@example.org"' in short.text
    assert admin.post("/desk/users", login="new@example.org", password=PASSWORD, roles="agent").status_code == 303
    new = services(desk_app).desk.accounts.by_login("new@example.org")
    assert admin.post(f"/desk/users/{admin.user.id}", action="change", roles="agent").status_code == 422
    admin.post(f"/desk/users/{new.id}", action="change", roles="author", disabled="yes")
    assert services(desk_app).desk.accounts.by_login("new@example.org").disabled
    assert sign_in(desk_app.test_client(), "new@example.org").status_code == 401


def test_the_export_is_what_the_view_shows_and_is_noted(desk_app: Flask, member: Join) -> None:
    admin, ticket = member(Role.ADMIN), ticket_in(desk_app, subject="=1+1")
    ticket_in(desk_app, lang="tr")
    got = admin.get("/desk/export.csv?lang_of_ticket=en")
    assert got.headers["Content-Type"].startswith("text/csv")
    assert ticket.reference in got.text and "'=1+1" in got.text
    assert len(got.text.strip().splitlines()) == 2
    assert "exported" in admin.get("/desk/audit?action=exported").text


def test_a_reference_in_the_search_field_opens_its_ticket(desk_app: Flask, member: Join) -> None:
    bo, ticket = member(Role.AGENT), ticket_in(desk_app)
    found = bo.get(f"/desk/?q={ticket.reference.lower()}")
    assert found.headers["Location"] == f"/desk/t/{ticket.reference}"


def test_language_and_shortcuts_are_kept_with_the_account(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    assert "data-shortcuts" in bo.get("/desk/").text
    assert bo.post("/desk/account/choices", lang="tr", next="/desk/new").headers["Location"] == "/desk/new"
    assert '<html lang="tr"' in bo.get("/desk/").text
    bo.post("/desk/account/choices", shortcuts_shown="1")
    assert "data-shortcuts" not in bo.get("/desk/").text


def test_signing_out_ends_the_session(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    cookie = bo.client.get_cookie("signpost_desk")
    assert cookie
    assert bo.post("/desk/sign-out").status_code == 303
    bo.client.set_cookie("signpost_desk", cookie.value)
    assert bo.get("/desk/").status_code == 302


@pytest.mark.parametrize(
    "query",
    ["view=nonsense", "page=0", "page=99999999999999999999", "q=%25%5C_'", "assignee=x",
     "assignee=99999999999999999999", "stage=x", "q=" + "w+" * 50, "lang_of_ticket=zh"],
)  # fmt: skip
def test_a_strange_address_shows_a_queue(desk_app: Flask, member: Join, query: str) -> None:
    assert member(Role.AGENT).get(f"/desk/?{query}").status_code == 200


def test_the_first_account_is_made_on_the_command_line(desk_app: Flask) -> None:
    runner = desk_app.test_cli_runner()
    made = runner.invoke(args=["desk", "create-user", "ada@example.org", "--role", "admin", "--name", "Ada"])
    assert made.exit_code == 0, made.output
    password = made.output.split("password: ")[1].strip()
    assert sign_in(desk_app.test_client(), "ada@example.org", password).status_code == 303
    assert runner.invoke(args=["desk", "create-user", "ada@example.org"]).exit_code == 1
    assert "ada@example.org" in runner.invoke(args=["desk", "users"]).output
    assert runner.invoke(args=["desk", "disable", "ada@example.org"]).exit_code == 1
    given = runner.invoke(args=["desk", "set-password", "ada@example.org", "--password-stdin"], input=f"{PASSWORD}\n")
    assert given.exit_code == 0 and PASSWORD not in given.output
    assert runner.invoke(args=["desk", "drop-second-factor", "nobody@example.org"]).exit_code == 1
    assert runner.invoke(args=["desk", "create-user", "b@example.org", "--dry-run"]).exit_code == 0
    assert len(services(desk_app).desk.accounts.all()) == 1


def test_an_incident_is_said_updated_and_over(desk_app: Flask, member: Join) -> None:
    bo = member(Role.AGENT)
    assert bo.post("/desk/incidents", **{"title.en": "Chat is down"}).status_code == 422
    assert bo.post("/desk/incidents", **{"title.en": "Chat is down", "text.en": "Please phone."}).status_code == 303
    (incident,) = incidents.open_incidents(services(desk_app).engine)
    path = f"/desk/incidents/{incident.reference}"
    assert bo.post(path, stage="resolved", **{"text.en": "It works again."}).status_code == 303
    assert "It works again." in bo.get("/desk/incidents").text
    assert bo.post(path, stage="monitoring", **{"text.en": "More"}).status_code == 409


def test_the_page_of_deliveries_shows_what_was_given_up(desk_app: Flask, member: Join) -> None:
    bo, ticket = member(Role.AGENT), ticket_in(desk_app)
    with services(desk_app).tickets.transaction() as connection:
        connection.execute(text("UPDATE outbox SET state = 'dead', last_error = '550 no such user'"))
        uid = connection.execute(text("SELECT uid FROM outbox ORDER BY id LIMIT 1")).scalar_one()
    page = bo.get("/desk/deliveries").text
    assert ticket.reference in page and "550 no such user" in page and "count--alarm" in page
    assert bo.post(f"/desk/deliveries/{uid}", action="retry").headers["Location"].endswith("done=retried")


def test_the_whole_mail_is_one_click_away_and_the_raw_one_a_download(desk_app: Flask, member: Join) -> None:
    agent, s = member(Role.AGENT), services(desk_app)
    ticket, other = ticket_in(desk_app), ticket_in(desk_app)
    raw = (
        b"From: Ada <ada@example.org>\r\nTo: help@tonfell.example\r\nMessage-ID: <one@example.org>\r\n"
        b"In-Reply-To: <x@example.org>\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        b"<script>alert(1)</script><p>It hums &lt;b&gt;still.</p><p>On Mon, Nov 23, 2026 at 10:00 AM Help "
        b"&lt;help@tonfell.example&gt; wrote:</p><blockquote>Press &lt;i&gt;the button</blockquote>"
    )
    reading = fold(read_mail(raw).text)
    folder = SpoolFolder(s.settings.data_dir / "inbound")
    spool.begin(s.engine, read_mail(raw), "digest", folder.save(raw), len(raw), s.now())
    s.tickets.add_customer_message(
        ticket.id, reading.words, "key", s.now(), via=Via.EMAIL, mail_id="<one@example.org>", whole=reading.whole,
        folded=reading.folded,
    )  # fmt: skip
    with writing(s.engine) as connection:
        spool.settle(connection, "digest", spool.InboundOutcome.MESSAGE, "", ticket.id, s.now())

    page = agent.get(f"/desk/t/{ticket.reference}").text
    assert "Show the whole mail" in page
    assert "2 lines folded away" in page
    assert "&gt; Press &lt;i&gt;the button</div></details>" in page
    (link,) = re.findall(rf'href="(/desk/t/{ticket.reference}/mails/\d+\.eml)" download', page)
    with agent.get(link) as got:
        assert got.data == raw
        assert got.headers["Content-Type"] == "application/octet-stream"
        assert got.headers["Content-Disposition"].startswith(f"attachment; filename={ticket.reference}-")
        assert "sandbox" in got.headers["Content-Security-Policy"]
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in got.headers["Cache-Control"]
    assert agent.get(link.replace(ticket.reference, other.reference)).status_code == 404
    assert desk_app.test_client().get(link).status_code != 200
    assert "file_opened" in member(Role.ADMIN).get("/desk/audit").text

    folder.path(next(iter(spool.of_ticket(s.engine, ticket.id))).file).unlink()
    assert agent.get(link).status_code == 404
    assert "/mails/" not in agent.get(f"/desk/t/{ticket.reference}").text


def test_mails_with_the_same_message_id_are_downloaded_each_at_its_message(desk_app: Flask, member: Join) -> None:
    agent, s, ticket = member(Role.AGENT), services(desk_app), ticket_in(desk_app)
    folder = SpoolFolder(s.settings.data_dir / "inbound")
    raws = [f"Message-ID: <one@example.org>\r\n\r\nText {number}".encode() for number in (1, 2)]
    for number, raw in enumerate(raws):
        spool.begin(s.engine, read_mail(raw), f"digest{number}", folder.save(raw), len(raw), s.now())
        s.tickets.add_customer_message(
            ticket.id, f"Text {number + 1}", f"key{number}", s.now(), via=Via.EMAIL, mail_id="<one@example.org>"
        )
        with writing(s.engine) as connection:
            spool.settle(connection, f"digest{number}", spool.InboundOutcome.MESSAGE, "", ticket.id, s.now())
    page = agent.get(f"/desk/t/{ticket.reference}").text
    links = re.findall(rf'href="(/desk/t/{ticket.reference}/mails/\d+\.eml)" download', page)
    got = []
    for link in links:
        with agent.get(link) as response:
            got.append(response.data)
    assert got == raws
    assert "Mails as they came" not in page
