"""The requests of a signed-in visitor from any device: listed, read, answered; never anybody else's."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from flask import Flask

from insight import ledger
from support.tickets.models import Channel, Identity, Staff
from tests.support.test_contact_form import stored
from tests.widget.conftest import PAGE, SECRET, settings_with
from tests.widget.test_widget_tickets import GOOD, send, token_for

MINE = "/api/v1/sites/shop/mine"
ADA = {"id": "u-17"}


def ask(app: Flask, path: str = "", **body: Any) -> Any:
    """As the widget does: a simple request of another origin."""
    return app.test_client().post(
        f"{MINE}{path}?lang=en",
        data=json.dumps(body),
        content_type="text/plain;charset=UTF-8",
        headers={"Origin": PAGE, "Sec-Fetch-Site": "cross-site"},
    )


def write(app: Flask, message: str = "It is silent.", **claims: Any) -> str:
    body = {"message": message, "consent": True, "identity": token_for(**{**ADA, **claims})}
    answer = send(app, body)
    assert answer.status_code == 201, answer.json
    return str(answer.json["reference"])


def reply(app: Flask, reference: str, text: str = "Please **press** the button.") -> None:
    services = app.extensions["signpost"]
    services.agent_actions.reply(reference, text, services.now(), staff=Staff(None, "Grace"))


def references(app: Flask, **claims: Any) -> list[str]:
    answer = ask(app, identity=token_for(**{**ADA, **claims}))
    assert answer.status_code == 200, answer.json
    return [one["reference"] for one in answer.json["requests"]]


def test_a_visitor_sees_their_requests_and_what_is_new_in_them_on_any_device(shop: Flask) -> None:
    first, second = write(shop), write(shop, "And my parcel?\nIt is late.")
    reply(shop, first)
    answer = ask(shop, identity=token_for(**ADA))

    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.headers["Cache-Control"] == "no-store"
    assert [one["reference"] for one in answer.json["requests"]] == [first, second]
    assert answer.json["unread"] == 1
    one, other = answer.json["requests"]
    assert (one["state"], one["replies"], one["unread"]) == ("answered", 1, 1)
    assert (other["state"], other["subject"], other["unread"]) == ("waiting", "And my parcel?", 0)
    assert "token" not in one and "status_url" not in one


def test_what_a_signed_in_visitor_does_on_a_page_is_theirs_in_the_ledger(shop: Flask) -> None:
    s, client = shop.extensions["signpost"], shop.test_client()
    seek = "/api/v1/search?site=shop&lang=en&visit=page-visit-"

    def of_page(number: int) -> list[tuple[str, bool]]:
        s.ledger.flush()
        return [(one.name, bool(one.person)) for one in ledger.export(s.engine) if one.visit == f"page-visit-{number}"]

    client.get(f"{seek}1&q=silent", headers={"Origin": PAGE})
    assert of_page(1) == [("search", False)]
    told = client.post(
        f"{MINE}?lang=en&visit=page-visit-1", data=json.dumps({"identity": token_for(**ADA)}),
        content_type="text/plain;charset=UTF-8", headers={"Origin": PAGE, "Sec-Fetch-Site": "cross-site"},
    )  # fmt: skip
    assert told.status_code == 200
    client.get(f"{seek}1&q=still+silent", headers={"Origin": PAGE})
    client.get(f"{seek}2&q=silent", headers={"Origin": PAGE, "Sec-GPC": "1"})
    client.get(f"{seek}3&q=silent", headers={"Origin": PAGE})
    assert of_page(1) == [("search", True), ("search", True)]
    assert of_page(2) == [] and of_page(3) == [("search", False)]
    # On a later page, the receipt of a request that the device keeps says the same.
    (ticket,) = [write(shop)] and stored(shop)
    receipt = shop.extensions["signpost.receipts"].token("shop", ticket.reference)
    kept = {"tokens": [receipt]}
    client.post(
        "/api/v1/sites/shop/requests?lang=en&visit=page-visit-4", data=json.dumps(kept),
        content_type="text/plain;charset=UTF-8", headers={"Origin": PAGE, "Sec-Fetch-Site": "cross-site"},
    )  # fmt: skip
    client.get(f"{seek}4&q=silent", headers={"Origin": PAGE})
    assert of_page(4) == [("search", True)]
    assert len({one.person for one in ledger.export(s.engine) if one.person}) == 1


def test_what_was_read_on_one_device_is_read_on_all_and_is_no_news_for_the_desk(shop: Flask) -> None:
    reference = write(shop)
    reply(shop, reference)
    (before,) = stored(shop)
    found = ask(shop, f"/{reference}", identity=token_for(**ADA))

    assert [one["from"] for one in found.json["messages"]] == ["customer", "team"]
    assert found.json["messages"][0]["html"] == ""
    assert "<strong>press</strong>" in found.json["messages"][1]["html"]
    assert "Grace" not in found.get_data(as_text=True)
    assert "/t/" not in found.get_data(as_text=True)
    assert ask(shop, identity=token_for(**ADA)).json["unread"] == 0
    (after,) = stored(shop)
    assert after.updated_at == before.updated_at
    reply(shop, reference, "Did it help?")
    assert ask(shop, identity=token_for(**ADA)).json["unread"] == 1


def test_an_answer_is_one_message_however_often_it_is_sent(shop: Flask) -> None:
    reference = write(shop)
    reply(shop, reference)
    body = {"identity": token_for(**ADA), "message": " It still is.\r\n", "idempotency_key": "k"}
    answers = [ask(shop, f"/{reference}/messages", **body) for _ in range(2)]

    assert [one.status_code for one in answers] == [201, 201]
    (ticket,) = stored(shop)
    assert [one.text for one in ticket.messages][2:] == ["It still is."]
    assert answers[1].json["state"] == "waiting"
    assert answers[1].json["messages"][-1]["text"] == "It still is."


@pytest.mark.parametrize("message", ["", "  \n ", None, 7, "x" * 20_001, "\x00"])
def test_an_answer_that_says_nothing_or_too_much_is_refused(shop: Flask, message: Any) -> None:
    reference = write(shop)
    assert ask(shop, f"/{reference}/messages", identity=token_for(**ADA), message=message).status_code in {400, 413}
    assert len(stored(shop)[0].messages) == 1


def test_nothing_of_another_person_is_listed_read_or_answered(shop: Flask) -> None:
    reference = write(shop)
    others = (
        {"id": "u-18"},  # the address went to somebody else
        {"id": "u-18", "email": "eve@example.org"},
        {"id": ""},  # no number: then the address counts, of requests without a number
        {"id": "u-1"},
        {"id": "u-17 "},
        {"id": "U-17"},
    )
    for claims in others:
        token = token_for(**claims)
        assert references(shop, **claims) == [], claims
        for path in (f"/{reference}", f"/{reference}/messages"):
            answer = ask(shop, path, identity=token, message="Mine?")
            assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found"), claims
            assert reference not in answer.get_data(as_text=True)
    assert len(stored(shop)[0].messages) == 1


def test_without_numbers_the_address_says_whose_a_request_is(shop: Flask) -> None:
    reference = write(shop, id="")
    assert references(shop, id="", email="ADA@example.org") == [reference]
    assert references(shop, id="", email="eve@example.org") == []
    assert references(shop, id="u-17") == []


def test_a_number_that_was_cut_is_nobodys(shop: Flask) -> None:
    long = "7" * 200
    write(shop, id=long + "1")
    assert references(shop, id=long + "2") == []
    assert references(shop, id=long) == []


def test_a_number_keeps_its_requests_when_the_address_changes(shop: Flask) -> None:
    reference = write(shop)
    assert references(shop, email="ada.l@example.org") == [reference]


def test_a_typed_address_is_nobodys_word(shop: Flask) -> None:
    assert send(shop, GOOD).status_code == 201  # whoever it was, they typed Ada's address
    send(shop, {**GOOD, "idempotency_key": "k-2", "email": "typo@example.org", "identity": token_for(**ADA)})
    assert references(shop) == []
    assert references(shop, email="typo@example.org", id="") == []


def test_a_request_whose_answers_go_elsewhere_since_is_no_longer_theirs(shop: Flask) -> None:
    write(shop)
    services = shop.extensions["signpost"]
    (ticket,) = stored(shop)
    services.customer_actions.switch_channel(ticket.token, Channel.EMAIL, "new@example.org", services.now())
    assert stored(shop)[0].identity is Identity.TYPED
    assert references(shop) == []


def test_one_sites_word_opens_nothing_another_site_sent(shop: Flask, tmp_path: Any) -> None:
    from app import create_app
    from tests.widget.conftest import SITES

    folder = tmp_path / "two"
    folder.mkdir()
    other = {"key": "other", "origins": [PAGE], "identity_secrets": [SECRET]}
    app = create_app(settings_with(folder, sites=(SITES[0], other)))
    try:
        write(app)
        for key, audience in (("other", "other"), ("other", "shop"), ("shop", "other")):
            answer: Any = app.test_client().post(
                f"/api/v1/sites/{key}/mine", json={"identity": token_for(aud=audience, **ADA)}
            )
            if key == audience:
                assert answer.json["requests"] == []
            else:
                assert answer.json["error"]["details"]["reason"] == "audience"
    finally:
        app.extensions["signpost"].close()


def test_only_a_token_that_holds_opens_anything(shop: Flask) -> None:
    write(shop)
    now = int(datetime.now(UTC).timestamp())
    for token, reason in (
        (token_for("another secret, which nobody here has", **ADA), "signature"),
        (token_for(**ADA, iat=now - 900, exp=now - 300), "expired"),
        (jwt.encode({"aud": "shop", "email": "ada@example.org", **ADA}, "", algorithm="none"), "algorithm"),
        ("x.y.z", "malformed"),
    ):
        answer = ask(shop, identity=token)
        assert (answer.status_code, answer.json["error"]["details"]["reason"]) == (400, reason)
    for body in ({}, {"identity": ""}, {"identity": None}, {"email": "ada@example.org"}):
        assert ask(shop, **body).json["error"]["code"] == "missing_value"


def test_a_page_of_another_origin_and_a_site_without_keys_get_nothing(shop: Flask) -> None:
    body = json.dumps({"identity": token_for(**ADA)})
    evil = {"Origin": "https://evil.example"}
    assert shop.test_client().post(MINE, data=body, content_type="text/plain", headers=evil).status_code == 403
    answer: Any = shop.test_client().post("/api/v1/sites/app/mine", json={"identity": token_for(aud="app", **ADA)})
    assert answer.json["error"]["details"]["reason"] == "not_taken"


def test_answers_are_limited_and_no_token_reaches_the_log(shop: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reference = write(shop)
    token = token_for(**ADA)
    statuses = [
        ask(shop, f"/{reference}/messages", identity=token, message=f"Number {number}").status_code
        for number in range(20)
    ]
    assert statuses[0] == 201 and statuses[-1] == 429
    assert token not in caplog.text and "Number 1" not in caplog.text


def test_a_receipt_counts_the_replies_and_tells_nothing_of_them(shop: Flask) -> None:
    answer = send(shop, GOOD)
    reply(shop, answer.json["reference"])
    states: Any = shop.test_client().post("/api/v1/sites/shop/requests", json={"tokens": [answer.json["status_token"]]})
    (state,) = states.json["requests"]
    assert state["replies"] == 1
    assert set(state) == {
        "token", "reference", "state", "words", "detail", "replies", "created_at", "updated_at",
    }  # fmt: skip
