"""A request for help sent from a page of a site, and what the browser may ask about it afterwards."""

import io
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from flask import Flask
from sqlalchemy import text

from core.database.connection import writing
from support.tickets.handoff import pack, schema
from tests.support.test_attachments import PNG
from tests.support.test_contact_form import stored
from tests.support.test_journey import FULL
from tests.widget.conftest import NEXT_SECRET, PAGE, SECRET, settings_with

URL = "/api/v1/tickets?site=shop&lang=en"
GOOD = {"email": "ada@example.org", "message": "It is silent.", "consent": True, "idempotency_key": "k-1"}
FROM_PAGE = {"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}


def send(app: Flask, body: dict[str, Any], url: str = URL, **headers: str) -> Any:
    """As the widget does: without a header that a browser would ask about beforehand."""
    return app.test_client().post(
        url, data=json.dumps(body), content_type="text/plain;charset=UTF-8", headers={**FROM_PAGE, **headers}
    )


def token_for(secret: str = SECRET, **changes: Any) -> str:
    now = int(datetime.now(UTC).timestamp())
    claims = {"aud": "shop", "iat": now, "exp": now + 300, "email": "ada@example.org", "name": "Ada", **changes}
    return jwt.encode(claims, secret, algorithm="HS256")


def test_a_ticket_knows_its_site_its_page_and_its_journey(shop: Flask) -> None:
    answer = send(shop, {**GOOD, "journey": FULL})

    assert answer.status_code == 201, answer.json
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    (ticket,) = stored(shop)
    assert (ticket.source, ticket.site, ticket.page) == ("widget", "shop", FULL["page"])
    assert ticket.journey.as_dict() == FULL
    assert (ticket.messages[0].via, ticket.identity.value) == ("api", "typed")
    packed = pack(ticket)
    assert (packed["source"], packed["site"]) == ("widget", "shop")
    assert set(packed) == set(schema()["required"])


def test_without_a_page_in_the_journey_the_origin_is_the_page(shop: Flask) -> None:
    assert send(shop, GOOD).status_code == 201
    (ticket,) = stored(shop)

    assert ticket.page == PAGE


def test_a_send_that_is_repeated_makes_one_ticket_with_one_receipt(shop: Flask) -> None:
    first, again = send(shop, GOOD), send(shop, GOOD)
    by_header = send(shop, {k: v for k, v in GOOD.items() if k != "idempotency_key"}, **{"Idempotency-Key": "k-1"})

    assert first.json == again.json == by_header.json
    assert len(stored(shop)) == 1
    changed = send(shop, {**GOOD, "message": "Something else."})
    assert (changed.status_code, changed.json["error"]["code"]) == (409, "idempotency_conflict")


def test_one_sites_keys_are_not_anothers(shop: Flask) -> None:
    send(shop, GOOD)
    other = send(shop, {**GOOD, "message": "Other."}, "/api/v1/tickets?site=app", Origin="null")

    assert other.status_code == 201
    assert {ticket.site for ticket in stored(shop)} == {"shop", "app"}


def test_files_come_as_parts_of_a_form(shop: Flask) -> None:
    body = {**GOOD, "consent": "true", "fields": '{"order_number": "TF-1234"}', "journey": json.dumps(FULL)}
    files = [(io.BytesIO(PNG), "screen.png")]
    answer = shop.test_client().post(URL, data={**body, "attachments": files}, headers=FROM_PAGE)

    assert answer.status_code == 201, answer.json
    (ticket,) = stored(shop)
    assert [a.name for a in ticket.attachments] == ["screen.png"]
    assert ticket.fields == {"order_number": "TF-1234"}


def test_what_is_wrong_is_said_at_its_field_in_the_pages_language(shop: Flask) -> None:
    body = {**GOOD, "email": "ada", "fields": {"order_number": "??"}, "consent": False}
    answer = send(shop, body, URL.replace("lang=en", "lang=tr"))

    assert answer.status_code == 400
    errors = {error["field"]: error["message"] for error in answer.json["error"]["details"]["errors"]}
    assert set(errors) == {"email", "fields.order_number", "consent"}
    assert "e-posta" in errors["email"]
    assert stored(shop) == []


def test_a_page_of_another_origin_cannot_send(shop: Flask) -> None:
    for origin in ("https://evil.example", "null", f"{PAGE}.evil.example"):
        assert send(shop, GOOD, Origin=origin).status_code == 403
    assert stored(shop) == []


def test_who_the_site_vouches_for_is_known_and_need_not_type(shop: Flask) -> None:
    body = {"message": "It is silent.", "consent": True, "identity": token_for(NEXT_SECRET, id="u-17")}
    answer = send(shop, body)

    assert answer.status_code == 201, answer.json
    (ticket,) = stored(shop)
    assert (ticket.email, ticket.name, ticket.identity.value) == ("ada@example.org", "Ada", "signed")
    assert pack(ticket)["customer"]["identity"] == "signed"


def test_another_address_than_the_vouched_one_is_only_typed(shop: Flask) -> None:
    send(shop, {**GOOD, "email": "eve@example.org", "identity": token_for()})
    (ticket,) = stored(shop)

    assert (ticket.email, ticket.identity.value) == ("eve@example.org", "typed")


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (token_for("x" * 40), "signature"),
        (token_for(exp=1_700_000_000, iat=1_699_999_000), "expired"),
        (token_for(aud="app"), "audience"),
    ],
)
def test_a_token_that_is_not_believed_is_refused_with_the_reason(shop: Flask, token: str, reason: str) -> None:
    answer = send(shop, {**GOOD, "identity": token})

    assert (answer.status_code, answer.json["error"]["code"]) == (400, "identity_refused")
    assert (answer.json["error"]["details"]["field"], answer.json["error"]["details"]["reason"]) == ("identity", reason)
    assert stored(shop) == []


def test_the_secret_of_the_contact_form_is_no_secret_of_a_site(tmp_path: Any) -> None:
    from app import create_app

    app = create_app(settings_with(tmp_path, identity_secret="f" * 40))
    answer = send(app, {**GOOD, "identity": token_for("f" * 40)})

    assert answer.json["error"]["details"]["reason"] == "signature"
    app.extensions["signpost"].close()


def test_a_site_that_insists_takes_nobody_unknown(tmp_path: Any) -> None:
    from app import create_app
    from tests.widget.conftest import SITES

    app = create_app(settings_with(tmp_path, sites=[{**SITES[0], "identity": "required"}]))

    assert send(app, GOOD).json["error"]["details"]["reason"] == "missing"
    assert send(app, {**GOOD, "identity": token_for()}).status_code == 201
    app.extensions["signpost"].close()


def states(app: Flask, tokens: list[str], site: str = "shop", origin: str = PAGE) -> Any:
    url = f"/api/v1/sites/{site}/requests?lang=en"
    return send(app, {"tokens": tokens}, url, Origin=origin)


def test_the_browser_learns_where_its_requests_stand_and_nothing_more(shop: Flask) -> None:
    token = send(shop, GOOD).json["status_token"]
    (ticket,) = stored(shop)
    answer = states(shop, [token])

    (entry,) = answer.json["requests"]
    assert (entry["token"], entry["reference"], entry["state"]) == (token, ticket.reference, "waiting")
    assert entry["words"] == "With our team"
    assert entry["detail"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert ticket.token not in answer.text
    assert "ada@example.org" not in answer.text
    assert shop.test_client().get(f"/t/{token}").status_code == 404


def test_tokens_that_are_not_the_sites_own_are_left_out(shop: Flask) -> None:
    token = send(shop, GOOD).json["status_token"]
    (ticket,) = stored(shop)
    forged = token[:-2] + ("aa" if not token.endswith("aa") else "bb")

    assert states(shop, [forged, ticket.token, ticket.reference, "", "x" * 5000]).json == {"requests": []}
    assert states(shop, [token], "app", "null").json == {"requests": []}


def test_a_receipt_runs_out_with_the_link_and_ends_with_the_ticket(shop: Flask) -> None:
    token = send(shop, GOOD).json["status_token"]
    services = shop.extensions["signpost"]
    past = (services.now() - timedelta(days=1)).isoformat()
    with writing(services.engine) as connection:
        connection.execute(text("UPDATE ticket SET link_expires_at = :past"), {"past": past})

    assert states(shop, [token]).json == {"requests": []}


@pytest.mark.parametrize("tokens", ["x", [1], None, ["x"] * 21])
def test_a_list_that_is_none_or_too_long_is_refused(shop: Flask, tokens: Any) -> None:
    assert states(shop, tokens).json["error"]["details"]["field"] == "tokens"


def test_reports_and_votes_come_as_plain_text_too(shop: Flask) -> None:
    event = {"name": "widget_opened", "data": {"site": "shop"}}

    assert send(shop, event, "/api/v1/events?site=shop").status_code == 202


def test_a_customer_with_a_browser_is_not_held_back(shop: Flask) -> None:
    services = shop.extensions["signpost"]
    opened = services.spam.forms.issue(services.now() - timedelta(seconds=30))
    browser = {
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
        "Accept-Language": "en-GB,en",
        "Sec-Fetch-Mode": "cors",
    }
    send(shop, {**GOOD, "started": opened}, **browser)
    (ticket,) = stored(shop)

    assert ticket.quarantine == ""
    fresh = shop.test_client().get("/api/v1/forms/contact?site=shop", headers=FROM_PAGE)
    assert services.spam.forms.read(fresh.get_json()["started"], services.now())
    assert fresh.headers["Cache-Control"] == "no-store"


def test_links_to_the_sites_own_pages_speak_against_nobody(shop: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "signpost")
    for number, page in enumerate((f"{PAGE}/orders/4711", "https://eu.shops.example/x", "https://elsewhere.example/x")):
        message = f"It is silent, see {page}"
        assert send(shop, {**GOOD, "message": message, "idempotency_key": f"l-{number}"}).status_code == 201

    judged = [record.fields["found"] for record in caplog.records if record.message == "ticket_judged"]
    assert ["link" in found for found in judged] == [False, False, True]
