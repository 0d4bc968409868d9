"""POST /api/v1/tickets, as the issue's contract says."""

import io
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.container import Services
from support.intake import submission
from support.teams.response_targets import full_hour, moment_words
from tests.support.solved_challenges import solved
from tests.support.test_attachments import PNG
from tests.support.test_contact_form import stored
from tests.support.test_journey import FULL

URL = "/api/v1/tickets"
GOOD = {"email": "ada@example.org", "message": "It is silent.", "consent": True}
WHOLE = {
    "name": "Ada",
    "email": "ada@example.org",
    "phone": "+31 20 555 0100",
    "preferred_channel": "phone",
    "subject": "No sound",
    "message": "It is silent.",
    "lang": "zh-TW",
    "category": "sound",
    "consent": True,
    "fields": {"order_number": "TF-20418837"},
    "journey": FULL,
}


def test_a_ticket_needs_an_address_or_a_number_a_message_and_consent(client: FlaskClient, app: Flask) -> None:
    answer = client.post(URL, json=GOOD, base_url="https://help.localhost:8443")
    assert answer.status_code == 201
    (ticket,) = stored(app)
    assert answer.json == {
        "reference": ticket.reference,
        "status_url": f"https://help.localhost:8443/t/{ticket.token}",
        "promise": answer.json["promise"],
        "urgent": None,
    }
    assert ticket.reference in client.get(answer.json["status_url"]).text
    assert client.post(URL, json={**GOOD, "email": None, "phone": "020 555 0100"}).status_code == 201


def test_the_answer_says_when_one_will_hear_as_the_status_page_does(client: FlaskClient, app: Flask) -> None:
    body, headers = {**GOOD, "lang": "tr", "time_zone": "Asia/Taipei", "altcha": solved(app)}, {"Idempotency-Key": "p"}
    answer = client.post(URL, json=body, headers=headers)
    (ticket,) = stored(app)
    due_at = ticket.response_targets[-1].due_at.astimezone(ZoneInfo("Asia/Taipei"))
    due = moment_words(full_hour(due_at, ticket.created_at), "tr")
    assert due in answer.json["promise"]
    assert due in client.get(answer.json["status_url"]).text
    assert client.post(URL, json=body, headers=headers).json == answer.json


def test_everything_sent_is_kept(client: FlaskClient, app: Flask) -> None:
    assert client.post(URL, json=WHOLE).status_code == 201
    (ticket,) = stored(app)
    assert (ticket.lang, ticket.category, ticket.preferred_channel.value) == ("zh-Hant", "sound", "phone")
    assert ticket.journey.as_dict() == FULL
    assert ticket.fields == {"order_number": "TF-20418837"}
    assert ticket.source == "api"


def test_multipart_carries_attachments(client: FlaskClient, app: Flask) -> None:
    body = {
        **{k: json.dumps(v) if isinstance(v, dict | bool) else v for k, v in WHOLE.items()},
        "attachments": [(io.BytesIO(PNG), "ekran.png"), (io.BytesIO(b"log"), "a.log")],
    }
    answer = client.post(URL, data=body, headers={"Idempotency-Key": "m1"})
    assert answer.status_code == 201, answer.json
    (ticket,) = stored(app)
    assert [a.name for a in ticket.attachments] == ["ekran.png", "a.log"]
    assert ticket.journey.as_dict() == FULL


def test_the_same_key_gives_the_same_ticket_and_another_body_a_conflict(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    monkeypatch.setattr(submission, "emit", lambda name, **_: events.append(name))
    headers = {"Idempotency-Key": "3f2b-1"}
    first, again = client.post(URL, json=WHOLE, headers=headers), client.post(URL, json=WHOLE, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    wanted = ["ticket_created", "ticket_repeated"]
    assert [name for name in events if name in wanted] == wanted
    for changes in ({"message": "Other."}, {"journey": {}}, {"name": "Eve"}):
        other = client.post(URL, json={**WHOLE, **changes}, headers=headers)
        assert other.status_code == 409
        assert other.json is not None
        assert other.json["error"]["code"] == "idempotency_conflict"
    assert len(stored(app)) == 1


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"message": ""}, "missing_value", "message"),
        ({"message": "  \n"}, "missing_value", "message"),
        ({"message": None}, "missing_value", "message"),
        ({"message": 7}, "bad_value", "message"),
        ({"message": ["x"]}, "bad_value", "message"),
        ({"message": "a\x00b"}, "bad_encoding", None),
        ({"message": "\ud800"}, "bad_encoding", None),
        ({"email": ""}, "missing_value", "email"),
        ({"email": "ada"}, "bad_value", "email"),
        ({"email": "ada@example.org\r\nBcc: eve@example.org"}, "bad_value", "email"),
        ({"email": {"a": 1}}, "bad_value", "email"),
        ({"phone": "abc"}, "bad_value", "phone"),
        ({"preferred_channel": "fax"}, "bad_value", "preferred_channel"),
        ({"preferred_channel": "phone"}, "missing_value", "phone"),
        ({"consent": None}, "missing_value", "consent"),
        ({"consent": False}, "missing_value", "consent"),
        ({"consent": "true"}, "bad_value", "consent"),
        ({"consent": 1}, "bad_value", "consent"),
        ({"lang": "not a tag"}, "unknown_language", None),
        ({"lang": 5}, "bad_value", "lang"),
        ({"fields": []}, "bad_value", "fields"),
        ({"fields": {"order_number": 5}}, "bad_value", "fields"),
        ({"fields": {"order_number": "??"}}, "bad_value", "fields.order_number"),
        ({"fields": {"nonsense": "x"}}, "bad_value", "fields.nonsense"),
        ({"fields": {"order_number": "\x00"}}, "bad_encoding", None),
        ({"journey": "text"}, "bad_value", "journey"),
        ({"journey": {"queries": [{"text": 1}]}}, "bad_value", "journey"),
        ({"surprise": 1}, "bad_value", "surprise"),
    ],
)
def test_what_is_wrong_is_refused_by_name(
    client: FlaskClient, app: Flask, changes: dict[str, Any], code: str, field: str | None
) -> None:
    answer = client.post(URL, data=json.dumps({**GOOD, **changes}), content_type="application/json")
    assert answer.json is not None
    assert (answer.status_code, answer.json["error"]["code"]) == (400, code), answer.json
    assert {"code", "message", "next", "docs", "request_id"} <= set(answer.json["error"])
    if field:
        assert answer.json["error"]["details"]["field"] == field
    assert stored(app) == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"message": NaN}', "application/json", 400),
        (b"\xff\xfe{}", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"message=x", "application/x-www-form-urlencoded", 415),
        (b"", "multipart/form-data", 400),
        (b"x", "multipart/form-data; boundary=b", 400),
        (b'{"message": "' + b"x" * 1_100_000 + b'"}', "application/json", 413),
    ],
)
def test_bodies_that_cannot_be_read_are_refused(client: FlaskClient, body: bytes, kind: str, status: int) -> None:
    answer = client.post(URL, data=body, content_type=kind)
    assert answer.status_code == status, answer.json
    assert answer.json is not None
    assert answer.json["error"]["code"]


def _part(name: str, value: bytes, filename: str = "") -> bytes:
    more = f'; filename="{filename}"' if filename else ""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (_part("message", b"\xff\xff"), "bad_value"),
        (_part("subject", b"\xff\xff"), "bad_encoding"),
        (_part("subject", b"a\x00b"), "bad_encoding"),
        (_part("journey", b"{"), "bad_value"),
        (_part("fields", b"[1]"), "bad_value"),
        (_part("surprise", b"1"), "bad_value"),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\nnameless\r\n", "bad_value"),
        (_part("consent", b"perhaps"), "bad_value"),
        (_part("picture", PNG, "a.png"), "bad_value"),
        (_part("attachments", b"MZ\x90\x00" + b"\x00" * 60, "a.png"), "bad_value"),
    ],
)
def test_multipart_is_checked_as_strictly(client: FlaskClient, app: Flask, part: bytes, code: str) -> None:
    body = _part("message", b"It is silent.") + _part("email", b"ada@example.org")
    if b'"consent"' not in part:
        body += _part("consent", b"true")
    answer = client.post(URL, data=body + part + b"--b--\r\n", content_type="multipart/form-data; boundary=b")
    assert answer.json is not None
    assert (answer.status_code, answer.json["error"]["code"]) == (400, code), answer.json
    assert stored(app) == []


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "schlüssel", "a b"])
def test_an_unusable_key_is_refused(client: FlaskClient, key: str) -> None:
    answer = client.post(URL, json=GOOD, headers={"Idempotency-Key": key.encode().decode("latin-1")})
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"]["details"]["field"] == "Idempotency-Key"


def test_too_many_files_are_refused(client: FlaskClient) -> None:
    files = [(io.BytesIO(f"{n}".encode()), f"{n}.txt") for n in range(6)]
    answer = client.post(URL, data={"email": "a@b.example", "message": "m", "consent": "true", "attachments": files})
    assert answer.status_code == 400


def test_when_nothing_can_be_stored_the_client_is_told_to_try_again(client: FlaskClient, app: Flask) -> None:
    service: Services = app.extensions["signpost"]
    with service.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO elsewhere")
    answer = client.post(URL, json=GOOD)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert answer.json is not None
    assert answer.json["error"]["code"] == "not_stored"
    with service.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO outbox")
    assert stored(app) == []
    assert client.post(URL, json=GOOD).status_code == 201


def test_the_same_body_from_another_program_is_the_same_request(client: FlaskClient, app: Flask) -> None:
    keyed = {"Idempotency-Key": "retry-1"}
    phone = {"User-Agent": "Mozilla/5.0 (iPhone) Mobile", "Accept-Language": "tr"}
    first = client.post(URL, json=GOOD, headers=keyed)
    again = client.post(URL, json=GOOD, headers={**keyed, **phone})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    for changes in ({"lang": "tr"}, {"journey": {"device": "phone"}}):
        assert client.post(URL, json={**GOOD, **changes}, headers=keyed).status_code == 409
    assert len(stored(app)) == 1
