"""Headers, the same-origin check, request ids, proxies, malformed addresses: on every page alike."""

import logging
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.settings.schema import Settings

PAGES = ["/en/", "/en/nowhere", "/healthz", "/api/v1/openapi.json", "/en/contact"]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_the_strict_policy_and_sets_no_cookie(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", ["/en/", "/en/nowhere", "/en/contact", "/api/v1/docs"])
def test_no_page_has_inline_script_or_style(client: FlaskClient, path: str) -> None:
    text = client.get(path).get_data(as_text=True)

    assert "<style" not in text
    assert " style=" not in text
    assert "<script>" not in text
    assert " onclick=" not in text


def test_each_request_has_its_own_id_and_error_pages_show_it(client: FlaskClient) -> None:
    first, second = client.get("/en/nowhere"), client.get("/en/nowhere")

    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
    assert first.headers["X-Request-Id"] in first.get_data(as_text=True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/page"},
    ],
)
def test_a_form_sent_from_another_site_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    response = client.post("/en/contact", data={"message": "x"}, headers=headers)

    assert response.status_code == 403


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}])
def test_a_form_of_this_site_or_of_a_plain_tool_passes_the_check(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.post("/en/contact", data={}, headers=headers).status_code != 403


@pytest.mark.parametrize(
    "path", ["/en/a/%00", "/en/search?q=%ff%fe", "/en/search?q=a%00b", "/api/v1/search?q=%c3%28&lang=en"]
)
def test_bytes_that_are_no_text_are_a_bad_request(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 400


def test_forwarded_headers_are_believed_only_as_far_as_set(settings: Settings, tmp_path: Path) -> None:
    forwarded = {"X-Forwarded-Host": "help.example", "X-Forwarded-Proto": "https"}
    trusting = create_app(Settings.load({"data_dir": tmp_path / "d", "kb_dir": settings.kb_dir,
                                         "embedder": "hashing", "trusted_proxies": 1,
                                         "allowed_hosts": "help.example"}, environ={}))  # fmt: skip
    doubting = create_app(settings)

    def server(app: Flask) -> str:
        return str(app.test_client().get("/api/v1/openapi.json", headers=forwarded).get_json()["servers"][0]["url"])

    assert server(trusting) == "https://help.example"
    assert server(doubting) == "http://localhost"
    for app in (trusting, doubting):
        app.extensions["signpost"].engine.dispose()


def test_limits_switched_off_are_loudly_logged(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "signpost")
    values = {"data_dir": settings.data_dir, "kb_dir": settings.kb_dir, "embedder": "hashing"}

    app = create_app({**values, "rate_limits": "off", "challenge": "off"})

    warned = [r.fields["setting"] for r in caplog.records if r.getMessage() == "protection_off"]
    assert warned == ["rate_limits", "challenge"]
    app.extensions["signpost"].engine.dispose()


def test_an_unplanned_error_shows_a_reference_and_logs_it_with_its_trace(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("boom")

    response = app.test_client().get("/broken")

    assert response.status_code == 500
    assert response.headers["X-Request-Id"] in response.get_data(as_text=True)
    assert "boom" not in response.get_data(as_text=True)
    failed = [r for r in caplog.records if r.getMessage() == "request_failed"]
    assert "RuntimeError: boom" in failed[0].fields["trace"]


def test_no_question_reaches_the_log(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    client.get("/api/v1/search?q=xylophone+secret&lang=en")
    client.get("/en/search?q=xylophone+secret")

    assert "xylophone" not in "\n".join(f"{r.getMessage()} {getattr(r, 'fields', '')}" for r in caplog.records)


@pytest.mark.parametrize("host", ["a, b", "foo bar", "<x>", "localhost:99999"])
def test_a_host_that_cannot_be_one_is_refused_before_links_are_made_of_it(client: FlaskClient, host: str) -> None:
    ticket = {"email": "ada@example.org", "message": "It is silent.", "consent": True}
    answer = client.post("/api/v1/tickets", json=ticket, headers={"Host": host})
    assert (answer.status_code, answer.json and answer.json["error"]["code"]) == (400, "bad_request")
    assert client.get("/en/", headers={"Host": host}).status_code == 400
