"""What somebody in danger is shown, in every place where something is found, and what becomes of their request."""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from app.container import Services
from app.settings.schema import Settings
from app.web.ratelimit import RateLimiter
from core.texts.localized_text import LocalizedText
from index.service import SearchService
from support.background.worker import OutboxProcessor, OutboxSender
from support.teams.models import TeamSettings
from support.tickets.models import Priority, Ticket
from tests.articles import publish, write_demo
from tests.portal_site import BrokenSearch, use_search
from tests.support.inbound.conftest import letter
from tests.support.test_contact_form import fill, stored
from tests.support.test_tickets_api import GOOD

URGENT = {
    "en": """
- name: battery
  title: Move away <now>
  text: Do not touch it & call us.
  article: late-parcel
  team: safety
  examples: [the case gets very hot in my hand]
  words: [smoking, caught fire]
""",
    "tr": """
- name: battery
  title: Hemen uzaklaşın
  text: Dokunmayın, bizi arayın.
  article: late-parcel
  words: [duman çık*]
""",
}
LINE = "tel:+31105550199"
SUPPORT = LocalizedText.plain("Support")
SHOP: dict[str, Any] = {"headers": {"Origin": "https://shop.example"}}
SITES = Settings.load({"sites": [{"key": "shop", "origins": ["https://shop.example"]}]}, environ={}).sites


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, teams=(TeamSettings("default", SUPPORT), TeamSettings("safety", SUPPORT)), sites=SITES)


@pytest.fixture
def site(app: Flask) -> FlaskClient:
    s: Services = app.extensions["signpost"]
    write_demo(s.settings.kb_dir)
    for lang, text in URGENT.items():
        (s.settings.kb_dir / lang / "_urgent.yml").write_text(text, "utf-8")
    publish(s)
    return app.test_client()


def only(app: Flask) -> Ticket:
    (ticket,) = stored(app)
    return ticket


def mails(app: Flask) -> list[str]:
    s: Services = app.extensions["signpost"]
    sender = OutboxSender(s.settings, s.tickets.files.path, s.tickets.response_targets)
    OutboxProcessor(s.tickets, sender).deliver_due(s.now)
    found = [message_from_bytes(path.read_bytes(), policy=default) for path in s.settings.mail_dir.glob("*.eml")]
    return [m.get_body(("plain",)).get_content() + m.get_body(("html",)).get_content() for m in found]  # type: ignore[union-attr]


def test_it_stands_above_what_was_found_on_the_results_page(site: FlaskClient) -> None:
    page = site.get("/en/search?q=my+parcel+is+late+and+smoking").text
    assert page.index("Move away &lt;now&gt;") < page.index('class="results__head"') < page.rindex("/en/a/late-parcel")
    assert "Do not touch it &amp; call us." in page
    assert f'href="{LINE}"' in page and 'href="/en/a/late-parcel"' in page
    assert "data-urgent-box" not in site.get("/en/search?q=my+parcel+is+late").text


def test_readers_see_it_in_their_language(site: FlaskClient) -> None:
    assert "Hemen uzaklaşın" in site.get("/tr/search?q=kutudan+duman+%C3%A7%C4%B1k%C4%B1yor").text
    assert "Hemen uzaklaşın" in site.get("/tr/search?q=it+caught+fire").text
    assert "Move away" in site.get("/en/search?q=kutudan+duman+%C3%A7%C4%B1k%C4%B1yor").text


@pytest.mark.parametrize(
    "ask",
    [
        lambda site, text: site.get("/api/v1/search", query_string={"q": text, "lang": "en"}),
        lambda site, text: site.get("/api/v1/suggest", query_string={"q": text, "lang": "en"}),
        lambda site, text: site.post("/api/v1/suggest", json={"message": f"Hello. {text}. Bye.", "lang": "en"}),
    ],
)
def test_the_api_says_it_beside_the_results(site: FlaskClient, ask: Callable[..., Any]) -> None:
    assert ask(site, "the parcel is smoking").json["urgent"] == {
        "lang": "en",
        "title": "Move away <now>",
        "text": "Do not touch it & call us.",
        "article": {
            "slug": "late-parcel",
            "lang": "en",
            "title": ask(site, "late parcel").json["results"][0]["title"],
            "url": "http://localhost/en/a/late-parcel",
        },
        "channel": {
            "kind": "urgent",
            "label": "Urgent line",
            "value": "+31 10 555 0199",
            "href": LINE,
            "hours": "day and night, every day",
        },
    }
    assert ask(site, "the parcel is late").json["urgent"] is None
    assert ask(site, "the parcel is smoking").json["results"] != []


def _being_written(site: FlaskClient, message: str, **more: str) -> Any:
    return site.post("/api/v1/suggest", json={"message": message, "lang": "en", **more}).json


def _in_the_widget(site: FlaskClient, message: str, **more: str) -> Any:
    body = json.dumps({"q": "", "message": message, "lang": "en", **more})
    return site.post("/api/v1/suggest?site=shop", data=body, content_type="text/plain", **SHOP).json


def _without_script(site: FlaskClient, message: str, **_: str) -> Any:
    page = site.post("/en/contact", data=fill(site, message=message, action="check")).text
    return {"urgent": "Move away &lt;now&gt;" in page or None}


WRITING = (_being_written, _in_the_widget, _without_script)
CALM = "I ordered it two weeks ago and nobody could tell me where it is. "


@pytest.mark.parametrize("write", WRITING)
@pytest.mark.parametrize("before", [0, 100, 200])
def test_while_a_message_is_written_danger_is_found_wherever_the_request_finds_it(
    site: FlaskClient, app: Flask, write: Callable[..., Any], before: int
) -> None:
    message = CALM * before + "Now it caught fire. " + CALM * (200 - before)
    assert len(message) < 20_000
    assert write(site, message)["urgent"] is not None
    assert write(site, CALM * 200)["urgent"] is None
    site.post("/en/contact", data=fill(site, message=message))
    assert only(app).urgent is not None, "as the request itself"


@pytest.mark.parametrize("write", WRITING[:2])
def test_what_was_found_by_meaning_stays_as_long_as_it_stands_in_the_message(
    site: FlaskClient, write: Callable[..., Any]
) -> None:
    hot = "The case gets very hot in my hand"
    first = write(site, f"Hello there. {hot}. Bye.")
    assert first["urgent"] is not None and first["raised_by"] == hot
    assert write(site, CALM)["raised_by"] == ""
    around = [f"This is sentence number {number} about my order. " for number in range(40)]
    long = "".join(around[:20]) + f"{hot}. " + "".join(around[20:])
    assert write(site, long)["urgent"] is None, "else this shows nothing"
    again = write(site, long, raised_by=hot)
    assert (again["urgent"], again["raised_by"]) == (first["urgent"], hot)
    for gone in (long.replace(hot, "The case is cold"), long.replace(hot, f"{hot}el room")):
        assert write(site, gone, raised_by=hot)["urgent"] is None
    assert write(site, long, raised_by="This is sentence number 3 about my order")["urgent"] is None


def test_a_look_for_danger_alone_searches_and_counts_nothing(
    site: FlaskClient, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    s: Services = app.extensions["signpost"]
    searched: list[Any] = []
    s.ledger.record = lambda *some: searched.append(some)  # type: ignore[method-assign]
    danger = _in_the_widget(site, "My parcel is late. It caught fire.")
    assert danger["urgent"]["title"] == "Move away <now>"
    calm = _in_the_widget(site, "My parcel is late.")
    assert (calm["urgent"], calm["results"], calm["verdict"]) == (None, [], "suggest")
    assert _in_the_widget(site, "")["urgent"] is None, "nothing is left of it"
    said = [one.getMessage() for one in caplog.records]
    assert "searched" not in said and "urgent_shown" in said
    typed = _in_the_widget(site, f"{CALM}It caught fire.", q="late parcel")
    assert typed["urgent"] is not None and typed["results"]
    assert searched == []
    assert _being_written(site, "My parcel is late.")["results"]
    assert searched != [], "else this shows nothing"


@pytest.mark.parametrize("where", ["/api/v1/search", "/api/v1/suggest"])
def test_the_article_of_the_message_is_the_first_result_for_programs(site: FlaskClient, where: str) -> None:
    def ask(text: str) -> Any:
        return site.get(where, query_string={"q": text, "lang": "en"}).json

    calm, danger = ask("How do I get a refund"), ask("How do I get a refund, it caught fire")
    assert calm["results"][0]["slug"] != "late-parcel" and calm["urgent"] is None
    assert danger["results"][0]["slug"] == danger["urgent"]["article"]["slug"] == "late-parcel"
    assert danger["verdict"] != "answer" and len({hit["slug"] for hit in danger["results"]}) > 1


def test_a_page_of_another_site_that_tells_of_danger_is_nobody_in_danger(site: FlaskClient) -> None:
    about = {"context": "Is your parcel late and smoking?", "lang": "en"}
    found = site.get("/api/v1/sites/shop/suggestions", query_string=about).json
    assert found["urgent"] is None and found["results"]
    calm = {"context": "How long does a refund take? It caught fire.", "lang": "en"}
    found = site.get("/api/v1/sites/shop/suggestions", query_string=calm).json
    assert found["urgent"] is None and found["results"][0]["slug"] != "late-parcel"


def test_the_contact_form_shows_it_for_what_came_along_and_for_what_was_posted(site: FlaskClient, app: Flask) -> None:
    came = site.get("/en/contact?q=it+is+smoking").text
    assert came.index("Move away &lt;now&gt;") < came.index('id="message"')
    assert f'<a class="urgent-line" data-part="call" href="{LINE}">' in came
    posted = site.post("/en/contact", data=fill(site, message="it caught fire", email="no address"))
    assert posted.status_code == 422 and 'role="alert"' in posted.text and "Move away &lt;now&gt;" in posted.text
    assert "Move away" not in site.get("/en/contact").text
    assert stored(app) == []


def test_a_request_of_danger_is_urgent_and_goes_to_the_named_team(site: FlaskClient, app: Flask) -> None:
    sent = site.post("/en/contact", data=fill(site, message="Hello.\nIt caught fire."))
    ticket = only(app)
    assert (ticket.priority, ticket.team) == (Priority.URGENT, "safety")
    events = {event.kind: event.detail for event in ticket.events}
    assert events["urgent"]["why"] == "words “caught fire”"
    assert events["routed"] == {"to": "safety", "by": "urgent message battery: words “caught fire”"}
    page = site.get(sent.location).text
    assert page.index("Move away &lt;now&gt;") < page.index('class="status__reference"') and LINE in page
    to_customer = next(mail for mail in mails(app) if "What you wrote" in mail)
    assert "!!! Move away <now>\r\nDo not touch it & call us." in to_customer
    assert "Move away &lt;now&gt;" in to_customer and "+31 10 555 0199" in to_customer
    assert "http://localhost:8000/en/a/late-parcel" in to_customer


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("en", "Urgent line: +31"), ("tr", "Acil hat: +31"), ("zh-Hant", "緊急專線：+31"), ("zh-Hans", "紧急热线：+31"),
        ("ar", "خط الطوارئ: +31"), ("he", "קו חירום: +31"),
    ],
)  # fmt: skip
def test_the_mail_says_whose_number_it_names(site: FlaskClient, app: Flask, lang: str, line: str) -> None:
    s: Services = app.extensions["signpost"]
    (s.settings.kb_dir / lang).mkdir(exist_ok=True)
    (s.settings.kb_dir / lang / "_urgent.yml").write_text(URGENT["en"], "utf-8")
    body = {**GOOD, "message": "it caught fire", "lang": lang}
    assert site.post("/api/v1/tickets", json=body).status_code == 201
    (plain_and_html,) = [mail for mail in mails(app) if "!!! Move away" in mail]
    assert _without_isolates(plain_and_html).count(line) == 2, "in the text and in the page"


def _without_isolates(text: str) -> str:
    return re.sub("[\u2066-\u2069\u200e\u200f]|</?(?:bdi|span)[^>]*>", "", text)


def test_the_team_is_told_what_was_taken_for_danger(site: FlaskClient, app: Flask) -> None:
    def told() -> list[str]:
        found = [mail for mail in mails(app) if "The customer wrote: " in mail]
        return sorted(mail.partition("The customer wrote: ")[2].partition("\r\n")[0] for mail in found)

    site.post("/en/contact", data=fill(site, subject="A parcel. My parcel", message="Hello.\nIt caught fire! Bye."))
    assert told() == ["It caught fire"]
    s: Services = app.extensions["signpost"]
    s.tickets.add_message(only(app).token, "Thanks! The case gets very hot in my hand. Bye", "k", s.now())
    assert told() == ["It caught fire", "The case gets very hot in my hand"]


def test_a_harmless_request_is_none_of_that(site: FlaskClient, app: Flask) -> None:
    sent = site.post("/en/contact", data=fill(site))
    assert (only(app).priority, only(app).team, only(app).urgent) == (Priority.NORMAL, "default", None)
    assert "data-urgent-box" not in site.get(sent.location).text
    assert not any("!!!" in mail for mail in mails(app))


def test_so_is_one_that_came_by_the_api_and_by_meaning(site: FlaskClient, app: Flask) -> None:
    body = {**GOOD, "message": "the case gets very hot in my hand", "lang": "en"}
    headers = {"Idempotency-Key": "once"}
    first = site.post("/api/v1/tickets", json=body, headers=headers)
    assert first.status_code == 201, first.json
    ticket = only(app)
    assert (ticket.priority, ticket.team) == (Priority.URGENT, "safety")
    assert ticket.urgent is not None and ticket.urgent.why.startswith("meaning, like “the case gets very hot")
    (app.extensions["signpost"].settings.kb_dir / "en" / "_urgent.yml").unlink()
    assert site.post("/api/v1/tickets", json=body, headers=headers).json == first.json, "what we think of it is ours"


def test_whoever_sends_it_by_the_api_is_told_what_the_search_says(site: FlaskClient, app: Flask) -> None:
    said = site.get("/api/v1/search", query_string={"q": "it is smoking", "lang": "en"}).json["urgent"]
    sent = site.post("/api/v1/tickets", json={**GOOD, "message": "Hello.\nIt is smoking!", "lang": "en"}).json
    assert sent["urgent"] == said and said["title"] == "Move away <now>"
    assert sent["promise"].startswith("Please do not wait for our reply: do what it says above first. ")
    turkish = site.post("/api/v1/tickets", json={**GOOD, "message": "Kutudan duman çıkıyor", "lang": "tr"}).json
    assert turkish["urgent"]["title"] == "Hemen uzaklaşın"
    assert turkish["promise"].startswith("Lütfen yanıtımızı beklemeyin: ")
    calm = site.post("/api/v1/tickets", json={**GOOD, "lang": "en"}).json
    assert calm["urgent"] is None and "do not wait" not in calm["promise"]


def test_so_is_one_that_came_by_mail(site: FlaskClient, app: Flask) -> None:
    s: Services = app.extensions["signpost"]
    s.ingester().ingest(letter("Kutudan duman çıkıyor, ne yapayım?").as_bytes(), s.now())
    ticket = only(app)
    assert (ticket.priority, ticket.lang, ticket.team) == (Priority.URGENT, "tr", "default")
    assert any("!!! Hemen uzaklaşın" in mail for mail in mails(app))


def test_the_team_hears_of_it_also_when_a_robot_seems_to_have_sent_it(site: FlaskClient, app: Flask) -> None:
    site.post("/en/contact", data=fill(site, message="The parcel is smoking.", website="x"))
    held = only(app)
    assert (bool(held.quarantine), held.team, held.alarmed) == (True, "safety", True)
    (mail,) = mails(app)
    assert "The parcel is smoking." in mail and "Your answer releases it." in mail


def test_agents_undo_it_and_the_box_goes(site: FlaskClient, app: Flask) -> None:
    sent = site.post("/en/contact", data=fill(site, message="it is smoking"))
    s: Services = app.extensions["signpost"]
    s.agent_actions.set_priority(only(app).reference, Priority.NORMAL, s.now())
    assert only(app).urgent is None
    assert "data-urgent-box" not in site.get(sent.location).text


def test_a_later_message_of_danger_makes_it_urgent_and_leaves_it_with_its_team(site: FlaskClient, app: Flask) -> None:
    sent = site.post("/en/contact", data=fill(site))
    s: Services = app.extensions["signpost"]
    s.tickets.add_message(only(app).token, "Now it is smoking!", "k", s.now())
    assert (only(app).priority, only(app).team) == (Priority.URGENT, "default")
    assert "Move away &lt;now&gt;" in site.get(sent.location).text


def test_it_is_kept_as_it_was_told(site: FlaskClient, app: Flask) -> None:
    sent = site.post("/en/contact", data=fill(site, message="it is smoking"))
    (app.extensions["signpost"].settings.kb_dir / "en" / "_urgent.yml").unlink()
    page = site.get(sent.location).text
    assert "Move away &lt;now&gt;" in page
    assert json.loads(json.dumps(dict(only(app).events[1].detail)))["name"] == "battery"


def test_a_search_that_breaks_costs_nobody_the_form(site: FlaskClient, app: Flask) -> None:
    use_search(app, BrokenSearch())
    assert site.get("/en/contact?q=it+is+smoking").status_code == 200
    assert site.get("/api/v1/search?q=smoking").json["urgent"] is None


class Refusing(RateLimiter):
    """Limits that everybody is over, of some actions or all."""

    def __init__(self, *passes: str) -> None:
        super().__init__()
        self._passes = passes

    def take(self, action: str, *_: Any, **__: Any) -> int:
        return 0 if action in self._passes else 7


SMOKES = "my parcel is smoking"


def _ticket(site: FlaskClient, app: Flask) -> str:
    limiter = app.extensions["signpost.ratelimiter"]
    app.extensions["signpost.ratelimiter"] = RateLimiter()
    try:
        return str(site.post("/en/contact", data=fill(site)).location).partition("?")[0]
    finally:
        app.extensions["signpost.ratelimiter"] = limiter


ASKED: dict[str, Callable[[FlaskClient, Flask, str], Any]] = {
    "results page": lambda site, _, text: site.get("/en/search", query_string={"q": text}),
    "API": lambda site, _, text: site.get("/api/v1/search", query_string={"q": text, "lang": "en"}),
    "API without a language": lambda site, _, text: site.get("/api/v1/search", query_string={"q": text}),
    "while typing": lambda site, _, text: site.get("/api/v1/suggest", query_string={"q": text, "lang": "en"}),
    "a message being written": lambda site, _, text: site.post("/api/v1/suggest", json={"message": text, "lang": "en"}),
    "widget": lambda site, _, text: site.get(
        "/api/v1/suggest", query_string={"q": text, "lang": "en", "site": "shop"}, **SHOP
    ),
    "widget, a message being written": lambda site, _, text: site.post(
        "/api/v1/suggest?site=shop", data=json.dumps({"q": "", "message": text}), content_type="text/plain", **SHOP
    ),
    "widget, a message": lambda site, _, text: site.post(
        "/api/v1/tickets?site=shop", data=json.dumps({**GOOD, "message": text}), content_type="text/plain", **SHOP
    ),
    "a request by the API": lambda site, _, text: site.post("/api/v1/tickets", json={**GOOD, "message": text}),
    "contact form": lambda site, _, text: site.post("/en/contact", data=fill(site, message=text)),
    "an answer": lambda site, app, text: site.post(f"{_ticket(site, app)}/message", data={"message": text}),
}
# What refuses it is the first limit that it meets, or a later one.
REFUSED = [(name, ()) for name in ASKED]
REFUSED += [(name, ("site shop", "site shop, a 4th", "site shop, a 2th")) for name in ("widget", "widget, a message")]
REFUSED += [(name, ("form", "ticket")) for name in ("contact form", "an answer", "a request by the API")]


@pytest.mark.parametrize(("name", "passes"), REFUSED)
def test_no_limit_hides_danger_and_none_of_them_embeds_anything_for_it(
    site: FlaskClient, app: Flask, name: str, passes: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = _ticket(site, app)
    monkeypatch.setattr(f"{__name__}._ticket", lambda *_: sent)
    embedder: Any = app.extensions["signpost"].model.get()
    app.extensions["signpost.ratelimiter"] = Refusing(*passes)
    monkeypatch.setattr(type(embedder), "encode_queries", lambda *_: pytest.fail("a limit stands before that"))
    harmless, danger = (ASKED[name](site, app, text) for text in ("where is my parcel", SMOKES))
    assert (harmless.status_code, danger.status_code) == (429, 429)
    if danger.is_json:
        assert danger.json["error"]["code"] == "too_many_requests" and danger.headers["Retry-After"] == "7"
        said = danger.json["error"]["urgent"]
        assert said["title"] == "Move away <now>" and said["channel"]["href"] == LINE
        assert said["article"]["slug"] == "late-parcel"
        assert "urgent" not in harmless.json["error"]
    else:
        assert "Move away &lt;now&gt;" in danger.text and LINE in danger.text and "data-urgent-box" in danger.text
        assert "Move away" not in harmless.text


def test_whoever_asks_again_sees_what_was_found_by_meaning_before(site: FlaskClient, app: Flask) -> None:
    asked = {"q": "the case gets very hot in my hand", "lang": "en"}
    found = site.get("/api/v1/search", query_string=asked).json["urgent"]
    assert found is not None
    app.extensions["signpost.ratelimiter"] = Refusing()
    assert site.get("/api/v1/search", query_string=asked).json["error"]["urgent"] == found
    assert "Move away" in site.get("/en/search", query_string=asked).text


def test_neither_does_the_limit_of_searches_over_all_pages(
    site: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SearchService, "_over_limit", lambda *_: True)
    found = site.get("/api/v1/search", query_string={"q": SMOKES, "lang": "en"}).json
    assert (found["degraded"], found["results"], found["urgent"]["title"]) == ("limited", [], "Move away <now>")
    assert site.get("/api/v1/search", query_string={"q": "a late parcel", "lang": "en"}).json["urgent"] is None
    assert "Move away &lt;now&gt;" in site.get("/en/search", query_string={"q": SMOKES}).text
    about = {"context": SMOKES, "lang": "en"}  # a page's words, nobody's
    assert site.get("/api/v1/sites/shop/suggestions", query_string=about).json["urgent"] is None


def test_nor_does_a_database_that_says_nothing(site: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any, **__: Any) -> Any:
        raise OperationalError("SELECT", {}, TimeoutError())

    monkeypatch.setattr("app.api.search._record", silent)
    answer = site.get("/api/v1/search", query_string={"q": SMOKES, "lang": "en"})
    assert answer.status_code in {500, 503} and answer.json["error"]["urgent"]["title"] == "Move away <now>"


def test_a_large_body_that_a_limit_stands_before_is_not_read_for_it(site: FlaskClient, app: Flask) -> None:
    app.extensions["signpost.ratelimiter"] = Refusing()
    body = {"message": SMOKES, "attachments": (BytesIO(b"x" * 70_000), "photo.png")}
    answer = site.post("/en/contact", data=body, content_type="multipart/form-data")
    assert answer.status_code == 429 and "data-urgent-box" not in answer.text
