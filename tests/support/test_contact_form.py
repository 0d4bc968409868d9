"""The contact form without JavaScript: every step a person can take in it."""

import io
import json
import re
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from app.container import Services
from app.settings.schema import Settings
from app.web.ratelimit import LIMITS
from insight import ledger
from support.tickets.models import Channel, Ticket
from tests.support.test_attachments import PNG

TYPED = {
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "subject": "Refund",
    "message": "I sent it back weeks ago\nand where is my <money>?",
    "fields.order_number": "TF-20418837",
    "consent": "yes",
}


class _Form(HTMLParser):
    """The fields of the contact form, as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.kept: list[str] = []
        self.buttons: list[str] = []
        self._area = ""
        self._inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._inside = "data-contact-form" in a
        if not self._inside or "name" not in a:
            return
        if tag == "button":
            self.buttons.append(a["value"])
        elif tag == "textarea":
            self._area = a["name"]
            self.values[self._area] = ""
        elif a["name"] == "kept":
            self.kept.append(a["value"])
        elif tag == "input" and a.get("type") not in {"file", "radio", "checkbox"}:
            self.values[a["name"]] = a.get("value", "")
        elif tag == "input" and "checked" in a:
            self.values[a["name"]] = a["value"]

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if tag == "form":
            self._inside = False


def read_form(response: TestResponse) -> _Form:
    form = _Form()
    form.feed(response.text)
    return form


def fill(client: FlaskClient, address: str = "/en/contact", **changes: Any) -> dict[str, Any]:
    """What a browser would send after a person has filled in the form at their leisure."""
    values = read_form(client.get(address)).values
    s: Services = client.application.extensions["signpost"]
    values["started"] = s.spam.forms.issue(s.now() - timedelta(seconds=30))
    return {**values, **TYPED, **changes}


def stored(app: Flask) -> list[Ticket]:
    s: Services = app.extensions["signpost"]
    found = (*s.tickets.newest(), *s.tickets.newest(quarantined=True))
    return [s.tickets.by_reference(t.reference) for t in found]


def journey_of(values: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(values["journey"]))


def test_the_page_shows_every_way_to_a_person_and_the_form(client: FlaskClient) -> None:
    page = client.get("/en/contact")
    assert page.status_code == 200
    for way in (
        "mailto:help@tonfell.example",
        "tel:+",
        "wa.me",
        'id="channels"',
        'name="message"',
        "We usually answer",
    ):
        assert way in page.text
    assert page.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(("accept", "lang"), [("tr", "tr"), ("zh-TW", "zh-Hant"), ("fr", "en")])
def test_contact_without_a_language_leads_to_the_readers_own(client: FlaskClient, accept: str, lang: str) -> None:
    moved = client.get("/contact?q=a%26b", headers={"Accept-Language": accept})
    assert moved.location == f"/{lang}/contact?q=a%26b"


def test_sending_shows_reference_and_status_link_at_once(client: FlaskClient, app: Flask) -> None:
    sent = client.post("/en/contact", data=fill(client))
    assert sent.status_code == 303
    (ticket,) = stored(app)
    assert sent.location == f"/t/{ticket.token}?new=1"
    page = client.get(sent.location)
    assert ticket.reference in page.text
    assert ticket.fields == {"order_number": "TF-20418837"}
    assert ticket.consent_text.startswith("I agree")
    assert (ticket.journey.lang, ticket.quarantine) == ("en", "")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"message": "  \r\n "}, "message"),
        ({"email": ""}, "email"),
        ({"email": "ada"}, "email"),
        ({"email": "ada@exa mple.org"}, "email"),
        ({"preferred_channel": "phone"}, "phone"),
        ({"preferred_channel": "phone", "phone": "call me"}, "phone"),
        ({"preferred_channel": "pigeon"}, "preferred_channel"),
        ({"consent": ""}, "consent"),
        ({"fields.order_number": "?? "}, "fields-order_number"),
        ({"message": "x" * 20_001}, "message"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_everything_typed_stays(
    client: FlaskClient, app: Flask, changes: dict[str, str], field: str
) -> None:
    values = fill(client, **changes)
    page = client.post("/en/contact", data=values)
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert f'href="#{field}"' in page.text
    assert f'id="{field}"' in page.text
    again = read_form(page).values
    for name in ("name", "email", "phone", "subject", "message", "fields.order_number", "key", "started"):
        assert again[name].strip() == values[name].strip(), name
    assert stored(app) == []


def test_a_double_click_makes_one_ticket(client: FlaskClient, app: Flask) -> None:
    values = fill(client)
    first, second = client.post("/en/contact", data=values), client.post("/en/contact", data=values)
    assert first.location == second.location
    assert len(stored(app)) == 1


def test_going_back_and_sending_other_words_makes_another_ticket(client: FlaskClient, app: Flask) -> None:
    values = fill(client)
    client.post("/en/contact", data=values)
    client.post("/en/contact", data={**values, "message": "And one more thing."})
    assert len(stored(app)) == 2


def test_the_phone_is_obeyed(client: FlaskClient, app: Flask) -> None:
    values = fill(client, preferred_channel="phone", phone="+31 (0)20 555 0100", email="")
    sent = client.post("/en/contact", data=values)
    (ticket,) = stored(app)
    assert (ticket.preferred_channel, ticket.email) == (Channel.PHONE, "")
    assert "We answer by phone" in client.get(sent.location).text


def test_answers_can_be_looked_at_before_sending_and_nothing_typed_is_lost(
    help_centre: FlaskClient, app: Flask
) -> None:
    values = fill(help_centre, message="How do I return an item? I want my money back.", subject="return")
    page = help_centre.post("/en/contact", data={**values, "action": "check"})
    form = read_form(page)
    assert page.status_code == 200
    assert stored(app) == []
    assert {k: form.values[k] for k in TYPED if k in form.values} == {k: values[k] for k in TYPED if k in form.values}
    assert "checked" in page.text
    solved = [b.removeprefix("solved:") for b in form.buttons if b.startswith("solved:")]
    assert solved
    journey = journey_of(form.values)
    assert [f"{s['lang']}/{s['slug']}" for s in journey["suggestions"]] == solved
    assert journey["queries"][0]["text"].startswith("return How do I return")
    assert 'class="suggestion__passage prose' in page.text
    assert "<mark " in page.text

    about = solved[0]
    page = help_centre.post(
        "/en/contact",
        data={**form.values, **values, "journey": form.values["journey"], "action": f"reject:{about}",
              f"reason:{about}": "did_not_answer", f"comment:{about}": "I did that"},
    )  # fmt: skip
    form = read_form(page)
    assert f"solved:{about}" not in form.buttons
    assert form.values["message"] == values["message"]
    sent = help_centre.post("/en/contact", data={**values, "journey": form.values["journey"]})
    assert sent.status_code == 303
    (ticket,) = stored(app)
    (rejected,) = [s for s in ticket.journey.suggestions if s.rejected]
    assert (f"{rejected.lang}/{rejected.slug}", rejected.rejected, rejected.comment) == (
        about,
        "did_not_answer",
        "I did that",
    )
    assert rejected.title


def test_who_is_helped_sends_nothing_and_keeps_the_text(help_centre: FlaskClient, app: Flask) -> None:
    values = fill(help_centre, message="How do I return an item?")
    form = read_form(help_centre.post("/en/contact", data={**values, "action": "check"}))
    about = next(b for b in form.buttons if b.startswith("solved:"))
    page = help_centre.post("/en/contact", data={**values, "journey": form.values["journey"], "action": about})
    assert "Nothing was sent" in page.text
    assert read_form(page).values["message"] == values["message"]
    assert stored(app) == []
    app.extensions["signpost"].ledger.flush()
    noted = [event.name for event in ledger.export(app.extensions["signpost"].engine)]
    assert noted == ["contact_opened", "suggestions_shown", "suggestion_solved"]


def test_the_question_and_the_article_that_did_not_help_are_carried_over(help_centre: FlaskClient, app: Flask) -> None:
    values = fill(help_centre, "/en/contact?q=money+back+please&reason=none_helped")
    shown = read_form(help_centre.get("/en/contact?q=money+back+please")).values
    assert (shown["message"], shown["subject"]) == ("money back please", "")
    help_centre.post("/en/contact", data=values)
    (ticket,) = stored(app)
    assert ticket.journey.queries[0].text == "money back please"
    assert ticket.journey.reason == "none_helped"


def test_enter_in_a_field_sends_rather_than_judging_an_article(help_centre: FlaskClient) -> None:
    form = read_form(help_centre.post("/en/contact", data={**fill(help_centre), "action": "check"}))
    assert form.buttons[0] == "send"


def test_files_are_sent_and_survive_a_form_shown_again(client: FlaskClient, app: Flask) -> None:
    values = fill(client, consent="")
    page = client.post(
        "/en/contact", data={**values, "attachments": [(io.BytesIO(PNG), "shot.png"), (io.BytesIO(b"log"), "a.log")]}
    )
    form = read_form(page)
    assert page.status_code == 422
    assert len(form.kept) == 2
    assert "shot.png" in page.text
    sent = client.post(
        "/en/contact",
        data={**values, "consent": "yes", "kept": form.kept, "attachments": (io.BytesIO(b"more"), "b.txt")},
    )
    (ticket,) = stored(app)
    assert [a.name for a in ticket.attachments] == ["shot.png", "a.log", "b.txt"]
    status = client.get(sent.location)
    links = re.findall(r'href="(/t/[^"]+/files/\d+)"', status.text)
    got = client.get(links[0], buffered=True)
    assert got.data == PNG
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(links[0].replace(ticket.token, "x" * 32)).status_code == 404


def test_a_kept_file_can_be_removed_and_not_forged(client: FlaskClient, app: Flask) -> None:
    values = fill(client, consent="")
    form = read_form(client.post("/en/contact", data={**values, "attachments": (io.BytesIO(b"log"), "a.log")}))
    remove = next(b for b in form.buttons if b.startswith("remove:"))
    assert read_form(client.post("/en/contact", data={**values, "kept": form.kept, "action": remove})).kept == []
    client.post("/en/contact", data={**values, "consent": "yes", "kept": form.kept[0][:-3] + "abc"})
    assert stored(app)[0].attachments == ()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            [(b"MZ\x90\x00" + b"\x00" * 60, "photo.png")],
            "“photo.png” is a program or another file we do not take \\(.exe\\)",
        ),
        ([(b"", "nothing.txt")], "is empty"),
        ([(f"file {n}".encode(), f"{n}.txt") for n in range(6)], "“5.txt” was left out: at most 5 files"),
        ([(b"x" * (10 * 1024 * 1024 + 1), "big.txt")], "larger than 10 MB"),
    ],
)
def test_files_that_cannot_be_taken_are_named_and_the_rest_stays(
    client: FlaskClient, app: Flask, files: list[tuple[bytes, str]], words: str
) -> None:
    values = fill(client)
    parts = MultiDict(values)
    for data, name in files:
        parts.add("attachments", FileStorage(io.BytesIO(data), name))
    boundary, body = encode_multipart(parts)
    page = client.post("/en/contact", data=body, content_type=f"multipart/form-data; boundary={boundary}")
    assert page.status_code == 422
    assert re.search(words, unescape(page.text))
    assert read_form(page).values["message"] == values["message"]
    assert stored(app) == []


@pytest.mark.parametrize("changes", [{"website": "http://spam.example"}, {"started": ""}, {"started": "now"}])
def test_what_looks_like_a_robot_is_kept_and_held(client: FlaskClient, app: Flask, changes: dict[str, str]) -> None:
    sent = client.post("/en/contact", data=fill(client, **changes))
    assert sent.status_code == 303
    (ticket,) = stored(app)
    assert ticket.quarantine
    assert ticket.reference in client.get(sent.location).text
    assert app.extensions["signpost"].tickets.backlog(ticket.created_at)["held"] == 2


def test_a_form_sent_in_no_time_is_held(client: FlaskClient, app: Flask) -> None:
    client.post("/en/contact", data={**fill(client), "started": read_form(client.get("/en/contact")).values["started"]})
    assert "instant" in stored(app)[0].quarantine


def test_after_too_many_the_form_comes_back_filled_with_the_other_ways(client: FlaskClient, app: Flask) -> None:
    answers = [client.post("/en/contact", data=fill(client, message="number 0"))]
    while answers[-1].status_code == 303 and len(answers) < 100:
        answers.append(client.post("/en/contact", data=fill(client, message=f"number {len(answers)}")))
    assert answers[-1].status_code == 429
    assert len(answers) > LIMITS["ticket"].burst
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert read_form(answers[-1]).values["message"] == f"number {len(answers) - 1}"
    assert "tel:+" in answers[-1].text


def test_when_the_database_refuses_the_form_comes_back_filled_with_the_other_ways(
    client: FlaskClient, app: Flask, settings: Settings
) -> None:
    import sqlite3

    values = fill(client)
    with app.extensions["signpost"].engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")  # this pooled connection is the one used next
    other = sqlite3.connect(settings.data_dir / "signpost.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        page = client.post("/en/contact", data=values)
    finally:
        other.rollback()
        other.close()
    assert page.status_code == 503
    assert "Nothing was sent" in page.text
    assert read_form(page).values["message"] == values["message"]
    assert "tel:+" in page.text
    assert client.post("/en/contact", data=values).status_code == 303


def test_when_the_disk_refuses_the_form_comes_back_filled(client: FlaskClient, settings: Settings) -> None:
    folder = settings.data_dir / "attachments"
    folder.write_text("a file where the folder should be")
    values = fill(client)
    page = client.post("/en/contact", data={**values, "attachments": (io.BytesIO(b"log"), "a.log")})
    assert page.status_code == 503
    assert read_form(page).values["message"] == values["message"]


class _Broken:
    def search(self, _query: object) -> object:
        raise RuntimeError("the index is gone")


def test_with_search_down_looking_for_answers_says_so_and_sending_works(client: FlaskClient, app: Flask) -> None:
    from index.service import SearchService

    app.extensions["signpost"].search = SearchService(_Broken())  # type: ignore[arg-type]
    page = client.post("/en/contact", data={**fill(client), "action": "check"})
    assert page.status_code == 200
    assert "A person will know" in page.text
    assert client.get("/en/contact?q=anything").status_code == 200
    assert client.post("/en/contact", data=fill(client)).status_code == 303


def test_a_broken_journey_never_stops_a_customer(client: FlaskClient, app: Flask) -> None:
    for broken in ("{", "[" * 9000, '{"queries": 7}', "\x00"):
        assert (
            client.post("/en/contact", data=fill(client, journey=broken, message=f"a {broken[:3]}")).status_code == 303
        )
    assert len(stored(app)) == 4


def test_odd_text_is_stored_or_cleaned_never_an_error(client: FlaskClient, app: Flask) -> None:
    values = fill(client, message="a\x00b\ud800\r\nc 👩‍👩‍👧 \x07", name="x\r\nBcc: eve@example.org", subject="\x00")
    body = {k: v.encode("utf-8", "surrogatepass") if isinstance(v, str) else v for k, v in values.items()}
    assert client.post("/en/contact", data=body).status_code == 303
    (ticket,) = stored(app)
    assert ticket.messages[0].text.endswith("\nc 👩‍👩‍👧")
    assert "\x00" not in ticket.messages[0].text
    assert ticket.name == "x Bcc: eve@example.org"


def test_a_form_of_another_site_is_refused(client: FlaskClient) -> None:
    assert client.post("/en/contact", data=fill(client), headers={"Origin": "https://evil.example"}).status_code == 403


def test_the_public_address_is_never_the_hosts(client: FlaskClient, app: Flask) -> None:
    client.post("/en/contact", data=fill(client), base_url="https://help.localhost")
    assert stored(app)[0].status_url.startswith("http://localhost:8000/t/")


def test_configured_fields_are_asked_checked_and_stored(tmp_path: Path) -> None:
    from app import create_app

    articles = tmp_path / "kb"
    articles.mkdir()
    app = create_app(
        {
            "data_dir": tmp_path / "data",
            "kb_dir": articles,
            "embedder": "hashing",
            "challenge": "off",
            "base_url": "https://help.example",
            "ticket_fields": [
                {"name": "product", "label": {"en": "Product", "tr": "Ürün"}, "type": "choice",
                 "options": ["One", "Air"], "required": True},
                {"name": "bought", "label": "Bought on", "type": "date"},
                {"name": "count", "label": "How many", "type": "number"},
            ],
        }
    )  # fmt: skip
    client = app.test_client()
    base = {"email": "a@b.example", "message": "m", "consent": "yes"}
    assert "Ürün" in client.get("/tr/contact").text
    for wrong in ({"fields.product": ""}, {"fields.product": "Two"}, {"fields.product": "Air", "fields.bought": "soon"},
                  {"fields.product": "Air", "fields.count": "many"}):  # fmt: skip
        assert client.post("/en/contact", data={**base, **wrong}).status_code == 422
    good = {**base, "fields.product": "Air", "fields.bought": "2026-11-01", "fields.count": "2"}
    assert client.post("/en/contact", data=good).status_code == 303
    (ticket,) = stored(app)
    assert ticket.fields == {"product": "Air", "bought": "2026-11-01", "count": "2"}
    assert ticket.status_url.startswith("https://help.example/t/")
    app.extensions["signpost"].engine.dispose()


def test_the_page_works_with_the_articles_gone(client: FlaskClient, app: Flask) -> None:
    with app.extensions["signpost"].engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE article RENAME TO elsewhere")
    page = client.get("/en/contact?q=anything&slug=late-parcel")
    assert page.status_code == 200
    assert client.post("/en/contact", data=fill(client)).status_code == 303


def test_a_body_beyond_all_limits_is_refused_in_words(client: FlaskClient) -> None:
    boundary, body = encode_multipart(MultiDict({**fill(client), "message": "x" * 2_000_000}))
    page = client.post("/en/contact", data=body, content_type=f"multipart/form-data; boundary={boundary}")
    assert page.status_code == 413
    assert "your text is still there" in page.text
