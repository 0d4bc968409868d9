"""What the page says of a ticket without the customer typing it: bounded, stored, shown, and passed on."""

import json
from typing import Any

import pytest
from flask import Flask

from support.email.composer import EmailComposer
from support.tickets.attributes import ATTRIBUTES_MAX, BadAttributes, parse_attributes, parse_tags
from support.tickets.handoff import pack
from support.tickets.models import Delivery
from tests.support.test_contact_form import stored
from tests.widget.conftest import PAGE
from tests.widget.test_widget_tickets import GOOD, URL, send

SAID = {"plan": "pro", "orders": 3, "vat.free": True, "worth": 12.5}


def test_texts_numbers_and_yes_or_no_are_kept_and_empty_ones_left_out() -> None:
    assert parse_attributes({**SAID, "none": None, "empty": "", "blank": "  "}) == SAID
    assert parse_tags(["vip", " two  words ", "vip"]) == ("vip", "two words")
    assert (parse_attributes(None), parse_tags(None)) == ({}, ())


@pytest.mark.parametrize(
    "value",
    [
        [],
        "plan",
        {"": "x"},
        {"1st": "x"},
        {"a b": "x"},
        {"a" * 41: "x"},
        {"a\n": "x"},
        {"plan": "x" * 301},
        {"plan": ["x"]},
        {"plan": {"x": 1}},
        {"plan": "a\x00b"},
        {"plan": "a\x1b[31mb"},
        {"plan": "\ud800"},
        {"plan": float("nan")},
        {"plan": float("inf")},
        {"plan": 10**400},
        {f"a{number}": "x" for number in range(ATTRIBUTES_MAX + 1)},
    ],
)
def test_what_is_out_of_bounds_is_refused_with_its_name(value: Any) -> None:
    with pytest.raises(BadAttributes) as caught:
        parse_attributes(value)
    assert caught.value.field.startswith("attributes")


@pytest.mark.parametrize("value", ["vip", {}, [1], [""], [" "], ["x" * 41], ["a,b"], ["a\x00"], ["t"] * 11])
def test_tags_out_of_bounds_are_refused(value: Any) -> None:
    with pytest.raises(BadAttributes):
        parse_tags(value)


def test_they_are_stored_and_stand_in_the_pack_that_webhooks_send(shop: Flask) -> None:
    answer = send(shop, {**GOOD, "attributes": SAID, "tags": ["vip"]})
    assert answer.status_code == 201, answer.json
    (ticket,) = stored(shop)
    assert (dict(ticket.attributes), ticket.page_tags) == (SAID, ("vip",))
    packed = pack(ticket)
    assert (packed["attributes"], packed["tags"]) == (SAID, ["vip"])


def test_they_come_as_parts_of_a_form_too(shop: Flask) -> None:
    body = {**GOOD, "consent": "true", "attributes": json.dumps(SAID), "tags": '["vip"]'}
    answer = shop.test_client().post(URL, data=body, headers={"Origin": PAGE}, content_type="multipart/form-data")
    assert answer.status_code == 201, answer.json
    assert dict(stored(shop)[0].attributes) == SAID


def test_a_program_is_told_which_one_is_wrong(shop: Flask) -> None:
    def post(**said: Any) -> Any:
        return shop.test_client().post("/api/v1/tickets", json={**GOOD, **said})

    answer = post(attributes={"plan": ["pro"]})
    assert (answer.status_code, answer.json["error"]["details"]["field"]) == (400, "attributes.plan")
    assert post(tags="vip").json["error"]["details"]["field"] == "tags"
    assert post(attributes=[]).status_code == 400
    assert stored(shop) == []


def test_a_page_that_says_something_wrong_does_not_stop_its_customer(shop: Flask) -> None:
    wrong = {"list": ["pro"], "a b": "x", **SAID}
    answer = send(shop, {**GOOD, "attributes": wrong, "tags": ["vip", "a,b"]})
    assert (answer.status_code, answer.json["left_out"]) == (201, ["list", "a b", "tags"])
    (ticket,) = stored(shop)
    assert (dict(ticket.attributes), ticket.page_tags) == (SAID, ("vip",))
    assert send(shop, {**GOOD, "idempotency_key": "k-2", "attributes": 7, "tags": 7}).status_code == 201


def test_another_attribute_is_another_request(shop: Flask) -> None:
    send(shop, {**GOOD, "attributes": {"plan": "pro"}})
    assert send(shop, {**GOOD, "attributes": {"plan": "pro"}}).status_code == 201
    assert send(shop, {**GOOD, "attributes": {"plan": "free"}}).status_code == 409
    assert len(stored(shop)) == 1


def test_the_team_reads_them_in_its_mail_with_where_they_come_from(shop: Flask) -> None:
    send(shop, {**GOOD, "attributes": {"plan": "<b>pro</b>"}, "tags": ["vip"]})
    (ticket,) = stored(shop)
    services = shop.extensions["signpost"]
    composer = EmailComposer(services.settings, services.tickets.files.path, services.tickets.response_targets)
    mail = composer.rendered(Delivery.TEAM_MAIL, ticket, ticket.messages[0], services.now())
    plain, html = mail.text, mail.html
    assert "plan: <b>pro</b> (said by the page)" in plain
    assert "Tags from the page: vip" in plain
    assert "&lt;b&gt;pro&lt;/b&gt;" in html
