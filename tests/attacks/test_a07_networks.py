"""Attack: a client with all addresses of its IPv6 network, and one that uses up what a site's visitors share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.settings.schema import Settings
from core.network.client_networks import household
from support.agents.sign_in.throttling import SignInAttempt
from tests.databases import with_tables

SITES = [{"key": "shop", "origins": ["https://shop.example.com"], "requests_per_minute": 600}]
PAGE = {"Origin": "https://shop.example.com"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    articles = tmp_path / "articles"
    articles.mkdir()
    values: dict[str, Any] = {"data_dir": tmp_path / "data", "kb_dir": articles, "embedder": "hashing", "watch": False}
    app = create_app(with_tables(Settings.load({**values, "rate_limits": "on", "sites": SITES}, environ={})))
    yield app
    app.extensions["signpost"].close()


def addresses(count: int) -> list[str]:
    return [f"2001:db8:1:2:{number:x}:{number * 7:x}::{number:x}" for number in range(1, count + 1)]


def test_all_addresses_of_a_network_have_one_limit(app: Flask) -> None:
    client = app.test_client()

    codes = [
        client.get("/api/v1/search?q=parcel", environ_base={"REMOTE_ADDR": address}).status_code
        for address in addresses(90)
    ]

    assert 429 in codes
    other = client.get("/api/v1/search?q=parcel", environ_base={"REMOTE_ADDR": "2001:db8:1:3::1"})
    assert other.status_code == 200


def test_ipv4_written_as_ipv6_is_the_same_client(app: Flask) -> None:
    client = app.test_client()
    for _ in range(90):
        client.get("/api/v1/search?q=parcel", environ_base={"REMOTE_ADDR": "203.0.113.7"})

    answer = client.get("/api/v1/search?q=parcel", environ_base={"REMOTE_ADDR": "::ffff:203.0.113.7"})
    other = client.get("/api/v1/search?q=parcel", environ_base={"REMOTE_ADDR": "::ffff:203.0.113.8"})

    assert (answer.status_code, other.status_code) == (429, 200)


def test_signing_in_is_throttled_by_network() -> None:
    one, other, far = (
        SignInAttempt("ada@example.org", address, b"k")
        for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    )

    assert one.counted == other.counted
    assert one.known == other.known
    assert one.counted[0] != far.counted[0]


def test_tickets_are_limited_by_network(app: Flask) -> None:
    client = app.test_client()
    body = {"message": "Where is it?", "email": "ada@example.org"}

    codes = [
        client.post("/api/v1/tickets", json=body, environ_base={"REMOTE_ADDR": address}).status_code
        for address in addresses(30)
    ]

    assert 429 in codes


def test_one_client_does_not_use_up_what_a_sites_visitors_share(app: Flask) -> None:
    client = app.test_client()
    url = "/api/v1/sites/shop"
    codes = [
        client.get(url, headers=PAGE, environ_base={"REMOTE_ADDR": address}).status_code for address in addresses(2_000)
    ]

    visitor = client.get(url, headers=PAGE, environ_base={"REMOTE_ADDR": "198.51.100.4"})

    assert 429 in codes
    assert visitor.status_code == 200


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("203.0.113.7:51234", "203.0.113.7"),
        ("[2001:db8:1:2::1]:443", "2001:db8:1:2::ffff"),
        ("2001:db8:1:2::1%eth0", "2001:db8:1:2::2"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_addresses_as_proxies_write_them(written: str, meant: str) -> None:
    assert household(written) == household(meant)


def test_what_is_no_address_is_its_own_client_and_short() -> None:
    assert household("unknown") == "unknown"
    assert len(household("x" * 10_000)) <= 100
