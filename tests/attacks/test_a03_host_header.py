"""Whoever sends a request chooses its Host: it must open nothing, and never come back in a mail."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.settings.schema import BadSettings, Settings
from core.network.domain_names import host_of
from support.background.worker import OutboxProcessor, OutboxSender
from support.incidents import service as incidents
from tests.support.conftest import NOW, new_ticket

EVIL = "evil.example"
TICKET = {"email": "ada@example.org", "message": "It is silent.", "consent": True}


def _load(**values: object) -> Settings:
    return Settings.load(values, environ={})


def test_production_does_not_start_without_its_address_and_says_so_in_one_sentence() -> None:
    with pytest.raises(BadSettings) as refused:
        _load(environment="production")
    assert len(refused.value.problems) == 1
    assert "base_url" in refused.value.problems[0]
    assert _load(environment="production", base_url="https://help.example").public_url == "https://help.example"


@pytest.mark.parametrize(
    "values", [{"inbound_email": "help@help.example"}, {"imap_url": "imaps://a:b@mail.example/INBOX"}]
)
def test_mail_does_not_come_in_without_the_address_its_links_would_need(values: dict[str, str]) -> None:
    with pytest.raises(BadSettings, match="base_url"):
        _load(**values)
    assert _load(**values, base_url="https://help.example").public_url == "https://help.example"


def test_development_needs_no_setting_and_its_links_lead_to_the_port_it_serves_on() -> None:
    assert _load().public_url == "http://localhost:8000"
    assert Settings.load({}, environ={"PORT": "8123"}).public_url == "http://localhost:8123"


@pytest.fixture
def production(make_settings: Callable[..., Settings]) -> FlaskClient:
    settings = make_settings(
        environment="production", base_url="https://help.example", allowed_hosts="support.shop.example,müzik.example",
        challenge="off",
    )  # fmt: skip
    return create_app(settings).test_client()


@pytest.mark.parametrize(
    "host",
    [
        EVIL,
        f"{EVIL}:443",
        "localhost",
        "127.0.0.1",
        "help.example.evil.example",
        "evil-help.example",
        "[::1]",
        "helpxexample",
    ],
)
def test_a_strange_host_is_refused_before_anything_is_done(production: FlaskClient, host: str) -> None:
    headers = {"Host": host}
    for path in ("/en/", "/en/contact", "/static/support.css", "/nothing", "/desk/", "/api/v1/search?q=x"):
        assert production.get(path, headers=headers).status_code == 400, path
    answer = production.post("/api/v1/tickets", json=TICKET, headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "unknown_host")
    assert host not in answer.text
    with production.application.extensions["signpost"].engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM ticket").scalar() == 0
    for path in ("/healthz", "/readyz"):
        assert production.get(path, headers=headers).status_code != 400


@pytest.mark.parametrize(
    "host",
    [
        "help.example",
        "HELP.EXAMPLE",
        "help.example:8443",
        "help.example.",
        "support.shop.example",
        "xn--mzik-0ra.example",
    ],
)
def test_each_spelling_of_our_own_names_is_served(production: FlaskClient, host: str) -> None:
    assert production.get("/en/contact", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "192.168.1.7", "help.localhost:8180"]
)
def test_development_is_served_by_every_name_of_the_machine_itself(client: FlaskClient, host: str) -> None:
    assert client.get("/en/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", [EVIL, "localhost.evil.example", "127.0.0.1.evil.example", "evillocalhost"])
def test_development_is_not_served_by_a_name_that_was_pointed_here(client: FlaskClient, host: str) -> None:
    assert client.get("/en/", headers={"Host": host}).status_code == 400


def test_no_mail_holds_the_host_of_a_request(app: Flask, settings: Settings) -> None:
    """Neither of this one, nor what a release before stored with a ticket or a subscription."""
    client, s = app.test_client(), app.extensions["signpost"]
    sent = {**TICKET, "email": "bo@example.org"}
    assert client.post("/api/v1/tickets", json=sent, headers={"Host": "strange.localhost:81"}).status_code == 201
    ticket = s.tickets.create(new_ticket(site_url=f"https://{EVIL}"), None, NOW)
    s.customer_actions.send_privacy_link(ticket, NOW)
    incident = incidents.open_incident(s.engine, {"en": "Down"}, {"en": "We look."}, NOW)
    incidents.subscribe(s.engine, incident.reference, "eve@example.org", "en", f"https://{EVIL}", NOW)
    OutboxProcessor(s.tickets, OutboxSender(settings, s.tickets.files.path)).deliver_due(s.now)
    mails = [path.read_text() for path in (settings.data_dir / "mail").glob("*.eml")]
    assert len(mails) >= 4
    for mail in mails:
        assert EVIL not in mail
        assert "strange.localhost" not in mail
    assert sum("http://localhost:8000/" in mail.replace("=\n", "") for mail in mails) == len(mails)


@pytest.mark.parametrize(
    ("netloc", "host"),
    [
        ("Help.Example:80", "help.example"), ("[::1]:80", "::1"), ("help。example", "help.example"), ("a@b", ""),
        ("a b", ""), ("", ""), ("faß.example", "xn--fa-hia.example"), ("a/b", ""), ("x?y", ""), ("a\\b", ""),
    ],
)  # fmt: skip
def test_hosts_are_compared_after_everything_that_changes_them(netloc: str, host: str) -> None:
    assert host_of(netloc) == host
