"""Which pages get answers: key and origin must fit, on every shared address, also when something goes wrong."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.widget.cors import SHARED
from tests.widget.conftest import PAGE, SITES, settings_with

API = "/api/v1"
EVIL = "https://evil-shops.example"
ADDRESSES = [
    ("get", f"{API}/search?q=parcel&site=shop"),
    ("get", f"{API}/suggest?q=parcel&site=shop"),
    ("post", f"{API}/suggest?site=shop"),
    ("get", f"{API}/articles/en/late-parcel?site=shop"),
    ("post", f"{API}/feedback?site=shop"),
    ("post", f"{API}/events?site=shop"),
    ("get", f"{API}/incidents?site=shop"),
    ("get", f"{API}/challenge?site=shop"),
    ("post", f"{API}/tickets?site=shop"),
    ("get", f"{API}/forms/contact?site=shop"),
    ("get", f"{API}/sites/shop"),
    ("get", f"{API}/sites/shop/suggestions?title=parcel"),
    ("post", f"{API}/sites/shop/requests"),
    ("post", f"{API}/sites/shop/mine"),
    ("post", f"{API}/sites/shop/mine/A-1"),
    ("post", f"{API}/sites/shop/mine/A-1/messages"),
]


def test_every_shared_address_is_tested_here(shop_centre: FlaskClient) -> None:
    adapter = shop_centre.application.url_map.bind("localhost")
    tested = {adapter.match(url.partition("?")[0], method=method.upper())[0] for method, url in ADDRESSES}

    assert tested == SHARED


@pytest.mark.parametrize(("method", "url"), ADDRESSES)
@pytest.mark.parametrize("origin", [PAGE, "https://eu.shops.example", "http://xn--bcher-kva.example:8080"])
def test_a_page_of_the_site_may_read_the_answer(shop_centre: FlaskClient, method: str, url: str, origin: str) -> None:
    answer = getattr(shop_centre, method)(url, headers={"Origin": origin})

    assert answer.status_code != 403
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "Origin" in answer.vary
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(("method", "url"), ADDRESSES)
@pytest.mark.parametrize(
    "origin",
    [EVIL, "https://shops.example", "http://shop.example.com", f"{PAGE}:8443", f"{PAGE}.evil.example", "null", "*"],
)
def test_any_other_page_is_refused(shop_centre: FlaskClient, method: str, url: str, origin: str) -> None:
    answer = getattr(shop_centre, method)(url, headers={"Origin": origin})

    assert answer.status_code == 403
    assert answer.get_json()["error"]["code"] == "origin_not_allowed"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.vary


def test_another_sites_origin_does_not_fit(shop_centre: FlaskClient) -> None:
    ok = shop_centre.get(f"{API}/sites/app", headers={"Origin": "capacitor://localhost"})
    refused = shop_centre.get(f"{API}/sites/shop", headers={"Origin": "capacitor://localhost"})

    assert (ok.status_code, refused.status_code) == (200, 403)


def test_a_webview_without_an_origin_needs_the_sites_word(shop_centre: FlaskClient) -> None:
    answer = shop_centre.get(f"{API}/search?q=parcel&site=app", headers={"Origin": "null"})

    assert answer.headers["Access-Control-Allow-Origin"] == "null"
    assert shop_centre.get(f"{API}/search?q=parcel&site=shop", headers={"Origin": "null"}).status_code == 403


def test_an_unknown_key_is_said_to_be_unknown(shop_centre: FlaskClient) -> None:
    for url in (f"{API}/sites/nobody", f"{API}/search?q=parcel&site=nobody", f"{API}/search?q=parcel&site=SHOP"):
        answer = shop_centre.get(url, headers={"Origin": PAGE})
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "unknown_site")
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_without_a_key_no_page_of_another_origin_may_read(shop_centre: FlaskClient) -> None:
    answer = shop_centre.get(f"{API}/search?q=parcel", headers={"Origin": PAGE})

    assert answer.status_code == 200  # programs may ask
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.vary


def test_nothing_that_is_not_shared_answers_other_origins(shop_centre: FlaskClient) -> None:
    for url in ("/en/", "/en/contact", "/api/v1/openapi.json", "/readyz", "/api/v1/schemas/pack.json", "/desk/sign-in"):
        answer = shop_centre.get(f"{url}?site=shop", headers={"Origin": PAGE})
        assert "Access-Control-Allow-Origin" not in answer.headers, url


def test_our_own_pages_use_a_site_without_being_among_its_origins(shop_centre: FlaskClient) -> None:
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    answer = shop_centre.post(f"{API}/sites/shop/requests", json={"tokens": []}, headers=own)

    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_errors_can_be_read_by_the_page_too(shop_centre: FlaskClient) -> None:
    answer = shop_centre.get(f"{API}/articles/en/nothing-here?site=shop", headers={"Origin": PAGE})

    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "article_not_found"
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE


@pytest.mark.parametrize(("method", "url"), ADDRESSES)
def test_a_question_beforehand_is_answered_for_two_hours(shop_centre: FlaskClient, method: str, url: str) -> None:
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": method.upper(),
        "Access-Control-Request-Headers": "content-type,idempotency-key",
    }
    answer = shop_centre.options(url, headers=asked)

    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert method.upper() in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Max-Age"] == "7200"
    assert {"Origin", "Access-Control-Request-Headers"} <= set(answer.vary)
    refused = shop_centre.options(url, headers={**asked, "Origin": EVIL})
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_json_as_plain_text_is_for_sites_only(shop_centre: FlaskClient) -> None:
    body: dict[str, Any] = {"data": '{"subject": "late parcel"}', "content_type": "text/plain;charset=UTF-8"}

    assert shop_centre.post(f"{API}/suggest?site=shop", headers={"Origin": PAGE}, **body).status_code == 200
    assert shop_centre.post(f"{API}/suggest", **body).status_code == 415
    assert shop_centre.post(f"{API}/suggest?site=shop", headers={"Origin": EVIL}, **body).status_code == 403


def test_a_sites_visitors_share_an_allowance_and_other_sites_have_their_own(tmp_path: Path) -> None:
    sites = [{**site, "requests_per_minute": 10 if site["key"] == "shop" else 6000} for site in SITES]
    app = create_app(settings_with(tmp_path, sites=sites))
    client = app.test_client()

    for number in range(250):  # each from another address
        address = {"REMOTE_ADDR": f"192.0.2.{number}"}
        answer = client.get(f"{API}/sites/shop", headers={"Origin": PAGE}, environ_base=address)
        if answer.status_code == 429:
            break

    assert answer.status_code == 429
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert int(answer.headers["Retry-After"]) > 0
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert client.get(f"{API}/sites/app", headers={"Origin": "null"}).status_code == 200
    app.extensions["signpost"].close()


def test_each_address_is_limited_besides(shop: Flask) -> None:
    client = shop.test_client()
    url, headers = f"{API}/search?q=parcel&site=shop", {"Origin": PAGE}
    codes = []
    while 429 not in codes and len(codes) < 2000:
        codes.append(client.get(url, headers=headers).status_code)

    assert set(codes) == {200, 429}
    other = client.get(url, headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert other.status_code == 200
