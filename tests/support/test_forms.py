"""Several forms, and that nobody types anything twice on any way through them."""

import base64
import hashlib
import hmac
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.container import Services
from support.tickets.models import Channel, Identity, Ticket
from tests import articles
from tests.support.test_contact_form import read_form, stored

SECRET = "an embedding site's own secret, long enough"
FORMS = [
    {
        "name": "contact",
        "title": {"en": "Write to us", "tr": "Bize yazın"},
        "categories": [{"value": "money", "label": {"en": "Money", "tr": "Para"}}, "sound"],
        "fields": [{"name": "order_number", "label": "Order number", "pattern": "TF-[0-9]{8}",
                    "error": {"en": "An order number looks like TF-20418837."}}],
    },
    {
        "name": "repair",
        "title": {"en": "Send it in", "tr": "Onarıma gönderin"},
        "intro": {"en": "We repair what we sold."},
        "team": "workshop",
        "fields": [
            {"name": "order_number", "label": "Order number", "required": True},
            {"name": "bought", "label": "Bought on", "type": "date", "hint": {"en": "It stands on the receipt."}},
            {"name": "receipt", "label": "Receipt", "type": "file", "required": True},
        ],
        "consents": [
            {"name": "storage", "text": {"en": "Keep my data", "tr": "Verilerimi saklayın"}},
            {"name": "parts", "text": {"en": "Use used parts"}, "required": False},
        ],
        "routes": [{"team": "default", "keywords": "question"}],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One for all: every test looks at the newest ticket only."""
    tmp_path = tmp_path_factory.mktemp("forms")
    app = create_app(
        {
            "data_dir": tmp_path / "data", "kb_dir": tmp_path / "articles", "embedder": "hashing", "watch": False,
            "challenge": "off", "rate_limits": "off", "forms": FORMS, "identity_secret": SECRET,
            "teams": [{"name": "workshop", "label": "Workshop", "first_reply_hours": 9}],
        }
    )  # fmt: skip
    articles.write_demo(tmp_path / "articles")
    articles.publish(app.extensions["signpost"])
    yield app
    app.extensions["signpost"].close()


@pytest.fixture
def visitor(site: Flask) -> FlaskClient:
    return site.test_client()


def newest(site: Flask) -> Ticket:
    return stored(site)[0]


def token(secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    told = {"email": "ada@example.org", "name": "Ada", "id": "c-1", "exp": int(time.time()) + 600, **claims}
    head = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(told)}"
    signature = base64.urlsafe_b64encode(hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest())
    return f"{head}.{signature.rstrip(b'=').decode()}"


def test_each_form_asks_its_own_in_the_readers_language(visitor: FlaskClient) -> None:
    first = visitor.get("/tr/contact").text
    assert "Bize yazın" in first
    assert '<option value="money">Para</option>' in first
    assert "Onarıma gönderin" in first  # the other form, one press away
    repair = visitor.get("/en/contact/repair").text
    for phrase in ("We repair what we sold.", "It stands on the receipt.", "Keep my data", "Use used parts"):
        assert phrase in repair
    assert 'type="date"' in repair
    assert visitor.get("/en/contact/nothing").status_code == 404


def test_the_promise_before_sending_is_the_forms_teams(visitor: FlaskClient) -> None:
    contact, repair = (visitor.get(address).text for address in ("/en/contact", "/en/contact/repair"))
    promises = [re.search(r"We usually answer (by|within) [^<]*", page) for page in (contact, repair)]
    assert promises[0] and promises[1]
    assert promises[0].group() != promises[1].group()


def test_changing_the_form_loses_nothing(visitor: FlaskClient, site: Flask) -> None:
    typed = {
        "message": "It crackles.", "subject": "Crackle", "email": "ada@example.org", "name": "Ada",
        "fields.order_number": "TF-20418837", "category": "sound",
    }  # fmt: skip
    start = read_form(visitor.get("/en/contact")).values
    log = (io.BytesIO(b"log"), "a.log")
    page = visitor.post("/en/contact", data={**start, **typed, "action": "form:repair", "attachments": log})
    moved = read_form(page)
    for name, value in typed.items():
        assert moved.values[name] == value
    assert len(moved.kept) == 1
    receipt = (io.BytesIO(b"receipt"), "receipt.txt")
    refused = visitor.post("/en/contact/repair", data={**moved.values, "kept": moved.kept, "fields.receipt": receipt})
    assert refused.status_code == 422
    assert 'href="#consents-storage"' in refused.text
    again = read_form(refused)
    assert len(again.kept) == 2
    sent = visitor.post("/en/contact/repair", data={**again.values, "kept": again.kept, "consents.storage": "yes"})
    assert sent.status_code == 303
    ticket = newest(site)
    assert (ticket.form, ticket.team, ticket.category) == ("repair", "workshop", "sound")
    assert {a.name: a.field for a in ticket.attachments} == {"a.log": "", "receipt.txt": "receipt"}
    assert [c.name for c in ticket.consents] == ["storage"]
    assert ticket.consent_text == "Keep my data"


def test_a_wrong_value_is_told_in_the_forms_own_words(visitor: FlaskClient) -> None:
    page = visitor.post("/en/contact", data={"message": "m", "email": "a@b.example", "fields.order_number": "7"})
    assert page.status_code == 422
    assert "An order number looks like TF-20418837." in page.text


def test_a_required_file_is_asked_for(visitor: FlaskClient) -> None:
    data = {"message": "m", "email": "a@b.example", "fields.order_number": "7", "consents.storage": "yes"}
    page = visitor.post("/en/contact/repair", data=data)
    assert page.status_code == 422
    assert "Please choose a file." in page.text


def test_the_customer_takes_out_parts_of_the_journey(visitor: FlaskClient, site: Flask) -> None:
    form = read_form(
        visitor.get("/en/contact?q=return+headphones&product=Earbuds&page=https://shop.example/cart")
    ).values
    journey = json.loads(form["journey"])
    shown = journey["suggestions"][0]
    removed = ["query:return headphones", f"article:{shown['lang']}/{shown['slug']}", "page", "device"]
    sent = visitor.post(
        "/en/contact",
        data={**form, "message": "m", "email": "a@b.example", "consent": "yes", "removed": removed},
    )
    assert sent.status_code == 303
    ticket = newest(site)
    assert ticket.journey.queries == ()
    assert (shown["lang"], shown["slug"]) not in {(s.lang, s.slug) for s in ticket.journey.suggestions}
    assert (ticket.journey.page, ticket.journey.device, ticket.page, ticket.device) == ("", "", "", "")
    assert (ticket.product, ticket.journey.lang) == ("Earbuds", "en")


def test_what_was_taken_out_stays_out_when_the_form_is_shown_again(visitor: FlaskClient) -> None:
    form = read_form(visitor.get("/en/contact?q=return+headphones")).values
    page = visitor.post("/en/contact", data={**form, "removed": "query:return headphones"})
    assert page.status_code == 422
    assert re.search(r'value="query:return headphones" checked', page.text)


def test_who_the_site_vouches_for_types_neither_name_nor_address(visitor: FlaskClient, site: Flask) -> None:
    form = read_form(visitor.get(f"/en/contact?identity={token()}")).values
    assert (form["email"], form["name"]) == ("ada@example.org", "Ada")
    sent = visitor.post("/en/contact", data={**form, "message": "m", "consent": "yes"})
    assert sent.status_code == 303
    ticket = newest(site)
    assert ticket.identity is Identity.SIGNED


def test_another_address_than_the_vouched_one_is_a_mere_word(visitor: FlaskClient, site: Flask) -> None:
    form = read_form(visitor.get(f"/en/contact?identity={token()}")).values
    visitor.post("/en/contact", data={**form, "email": "bob@example.org", "message": "m", "consent": "yes"})
    assert newest(site).identity is Identity.TYPED


@pytest.mark.parametrize(
    "forged",
    [
        token("another secret that is long enough too"),
        token(algorithm="none"),
        token(exp=1),
        token(exp=None),
        token(exp=4_000_000_000),
        token(aud="https://help.other.example"),
        token(email=""),
        "a.b.c",
        "x",
        token()[:-3],
        "é.é.é",
    ],
)
def test_a_forged_identity_is_not_believed(visitor: FlaskClient, forged: str) -> None:
    page = visitor.get("/en/contact", query_string={"identity": forged})
    assert page.status_code == 200
    assert read_form(page).values["email"] == ""
    body = {"message": "m", "email": "a@b.example", "consent": True, "identity": forged}
    refused = visitor.post("/api/v1/tickets", json=body)
    assert (refused.status_code, refused.json["error"]["details"]) == (400, {"field": "identity"})


def test_the_api_takes_all_of_it(visitor: FlaskClient, site: Flask) -> None:
    body = {
        "form": "repair", "message": "It crackles.", "consents": ["storage", "parts"], "identity": token(),
        "fields": json.dumps({"order_number": "TF-1", "bought": "2026-11-01"}), "product": "Earbuds",
        "time_zone": "Asia/Taipei",
    }  # fmt: skip
    parts = {**body, "consents": json.dumps(body["consents"]), "fields.receipt": (io.BytesIO(b"r"), "r.txt")}
    made = visitor.post("/api/v1/tickets", data=parts)
    assert made.status_code == 201, made.text
    ticket = newest(site)
    assert (ticket.form, ticket.team, ticket.email, ticket.identity) == (
        "repair", "workshop", "ada@example.org", Identity.SIGNED,
    )  # fmt: skip
    assert (ticket.product, ticket.time_zone, ticket.attachments[0].field) == ("Earbuds", "Asia/Taipei", "receipt")
    without_file = visitor.post("/api/v1/tickets", json={**body, "fields": {"order_number": "TF-1"}})
    assert without_file.json["error"]["details"]["field"] == "fields.receipt"
    assert visitor.post("/api/v1/tickets", json={**body, "form": "ghost"}).json["error"]["details"] == {"field": "form"}


# Every way from a question to a follow-up. At each step the page is asked: is anything that was told before empty?

Walk = Callable[[FlaskClient], Any]


@pytest.mark.parametrize("start", ["search", "article", "contact", "vouched", "other form"])
@pytest.mark.parametrize("looks", ["sends at once", "looks for answers", "rejects one", "makes a mistake"])
@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.PHONE])
def test_nothing_is_typed_twice(visitor: FlaskClient, site: Flask, start: str, looks: str, channel: Channel) -> None:
    question = "how do I return my headphones"
    addresses = {
        "search": f"/en/contact?q={question}&reason=none_helped",
        "article": "/en/contact?slug=pairing&reason=did_not_help",
        "contact": "/en/contact",
        "vouched": f"/en/contact?identity={token()}",
        "other form": "/en/contact",
    }
    form = read_form(visitor.get(addresses[start]))
    address = "/en/contact"
    if start == "search":
        assert form.values["message"] == question  # typed once, in the search field
    told = {"message": "The return label does not print.", "fields.order_number": "TF-20418837"}
    if start != "vouched":
        told |= {"email": "ada@example.org", "name": "Ada"}
    if channel is Channel.PHONE:
        told |= {"preferred_channel": "phone", "phone": "+31 20 555 01 00"}
    known = {**form.values, **told}
    if start == "other form":
        form = read_form(visitor.post(address, data={**known, "action": "form:repair"}))
        address = "/en/contact/repair"
        _still_there(form.values, known)
        known = {**form.values, "consents.storage": "yes"}
        known["fields.receipt"] = (io.BytesIO(b"receipt"), "receipt.txt")
    else:
        known["consent"] = "yes"
    kept: list[str] = []
    actions = {"looks for answers": ["check"], "rejects one": ["check", "reject"], "makes a mistake": ["mistake"]}
    for action in actions.get(looks, []):
        data = {**known, "kept": kept, "action": action}
        if action == "reject":
            (first, *_others) = [b for b in form.buttons if b.startswith("reject:")] or [""]
            data |= {"action": first, f"reason:{first.removeprefix('reject:')}": "did_not_answer"}
        if action == "mistake":
            data |= {"action": "send", "preferred_channel": "pigeon"}
        page = visitor.post(address, data=data)
        form = read_form(page)
        _still_there(form.values, {name: value for name, value in known.items() if name != "preferred_channel"})
        kept = form.kept or kept
        known = {**known, "journey": form.values["journey"]}
        known.pop("fields.receipt", None)
        if channel is Channel.PHONE:
            known["preferred_channel"] = "phone"
    sent = visitor.post(address, data={**known, "kept": kept, "action": "send"})
    assert sent.status_code == 303, sent.text
    ticket = newest(site)
    _follow_up(visitor, site, ticket, channel)
    if looks == "rejects one" and start != "other form":
        assert [s.rejected for s in ticket.journey.suggestions if s.rejected]
    if start == "article":
        assert ticket.journey.suggestions[0].opened
    if start == "search":
        assert ticket.journey.queries[0].text == question


def _still_there(values: dict[str, str], known: dict[str, Any]) -> None:
    for name, value in known.items():
        if isinstance(value, str) and name not in {"journey", "started", "time_zone", "consents.storage"}:
            assert values.get(name) == value, name


def _follow_up(visitor: FlaskClient, site: Flask, ticket: Ticket, channel: Channel) -> None:
    """The team answers, the customer writes again, changes the channel and back: nothing known is asked for."""
    s: Services = site.extensions["signpost"]
    assert (ticket.email, ticket.fields["order_number"]) == ("ada@example.org", "TF-20418837")
    s.agent_actions.reply(ticket.reference, "Try another browser.", s.now())
    page = visitor.get(f"/t/{ticket.token}").text.split("<main")[1].split("</main")[0]
    asked = set(re.findall(r'<(?:input|textarea)[^>]* name="(\w+)"', page)) - {"key", "quiet", "channel"}
    assert asked == {"message", "attachments", "address"}
    if channel is Channel.PHONE:  # the address is known and stands in the field
        assert 'name="address" type="email" dir="ltr" required maxlength="254" autocomplete="email" value="ada@' in page
        assert visitor.post(f"/t/{ticket.token}/channel", data={"channel": "email"}).status_code == 303
        assert visitor.post(f"/t/{ticket.token}/channel", data={"channel": "phone"}).status_code == 303
    assert visitor.post(f"/t/{ticket.token}/message", data={"message": "Still no label."}).status_code == 303
    assert visitor.post(f"/t/{ticket.token}/solved").status_code == 303
    assert visitor.post(f"/t/{ticket.token}/reopen").status_code == 303  # without a word of explanation
    after = s.tickets.by_reference(ticket.reference)
    assert (after.email, after.phone, after.fields) == (ticket.email, ticket.phone, ticket.fields)
