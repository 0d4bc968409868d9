"""What the loader is told of the sites, and what it is not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.widget.asset_releases import Releases
from app.widget.launcher_config import sign
from tests.widget.conftest import PAGE, SITES, settings_with

VERSION = "0123456789ab"
LOADER = "(function(){})([]);\n"


def centre(folder: Path, **overrides: Any) -> FlaskClient:
    app = create_app(settings_with(folder, **overrides))
    dist = folder / "dist"
    (dist / VERSION).mkdir(parents=True, exist_ok=True)
    (dist / "widget.js").write_text(LOADER)
    (dist / VERSION / "loader.js").write_text(LOADER)
    (dist / "manifest.json").write_text(json.dumps({"version": VERSION}))
    app.extensions["signpost.widget"] = Releases(folder / "kept", dist)
    return app.test_client()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    yield centre(tmp_path)


def told(client: FlaskClient) -> list[dict[str, Any]]:
    text = client.get("/widget.js").text
    assert text.startswith("(function(){})([")
    found: list[dict[str, Any]] = json.loads(text.removeprefix("(function(){})(").removesuffix(");\n"))
    return found


@pytest.mark.parametrize(("text", "sum_"), [("", 0x811C9DC5), ("a", 0xE40C292C), ("foobar", 0xBF9CF968)])
def test_signs_are_those_of_the_draft(text: str, sum_: int) -> None:
    assert sign(text) == sum_


def test_a_site_brings_its_looks_and_the_ways_to_a_person(client: FlaskClient) -> None:
    shop = told(client)[0]
    assert shop["languages"] == ["tr", "en"]
    assert shop["default_language"] == "tr"
    assert shop["theme"] == SITES[0]["theme"]
    assert {one["kind"] for one in shop["channels"]} <= {"email"}
    assert shop["contact"] == {"tr": "tr/contact", "en": "en/contact"}


def test_its_places_are_signs_of_key_and_origin(client: FlaskClient) -> None:
    shop, webview = told(client)[:2]
    places = ("https://shop.example.com:443", "https://*shops.example:443", "http://xn--bcher-kva.example:8080")
    assert shop["at"] == [sign(f"shop {place}") for place in places]
    assert webview["at"] == [sign("app capacitor://localhost:0"), sign("app null")]


def test_it_is_no_list_of_sites(client: FlaskClient) -> None:
    text = client.get("/widget.js").text
    for word in (PAGE, "shop.example", "shops.example", '"shop"', '"app"', "secret"):
        assert word not in text


def test_what_ends_a_script_element_is_written_otherwise(tmp_path: Path) -> None:
    theme = {"launcher_text": "</script><script>alert(1)"}
    client = centre(tmp_path, sites=({"key": "shop", "origins": [PAGE], "theme": theme},))
    assert "</" not in client.get("/widget.js").text
    assert told(client)[0]["theme"] == theme


def test_too_many_sites_are_left_out_altogether(tmp_path: Path) -> None:
    many = tuple({"key": f"site-{number}", "origins": [PAGE]} for number in range(200))
    assert told(centre(tmp_path, sites=many)) == []


def test_a_pinned_loader_stays_as_it_was_built(client: FlaskClient) -> None:
    client.get("/widget.js")
    assert client.get(f"/widget/{VERSION}/loader.js").text == LOADER


def test_a_change_of_looks_is_a_change_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    before = centre(tmp_path / "one").get("/widget.js").headers["ETag"]
    site = {**SITES[0], "theme": {"accent": "#7a1f5c"}}
    after = centre(tmp_path / "two", sites=(site, SITES[1])).get("/widget.js", headers={"If-None-Match": before})
    assert after.status_code == 200 and after.headers["ETag"] != before


def test_ways_to_a_person_are_named_in_every_language_of_the_site(tmp_path: Path) -> None:
    channels = [
        {"kind": "phone", "value": "+90 212 555 01 42"},
        {"kind": "urgent", "value": "+90 212 555 01 99"},
    ]
    phone, urgent = told(centre(tmp_path, channels=channels, sites=({**SITES[0], "channels": []},)))[0]["channels"]
    assert phone["label"] == {"tr": "Telefon", "en": "Phone"}
    assert urgent["label"] == {"tr": "Acil hat", "en": "Urgent line"}
    assert urgent["href"] == "tel:+902125550199"


def test_it_is_the_same_whatever_name_the_help_centre_is_asked_by(tmp_path: Path) -> None:
    client = centre(tmp_path)
    one, two = (client.get("/widget.js", base_url=f"https://{host}") for host in ("one.localhost", "two.localhost"))
    assert one.data == two.data
    assert one.headers["ETag"] == two.headers["ETag"]


def test_the_launcher_says_what_the_configuration_will_say(tmp_path: Path) -> None:
    """Else it would change when a pointer comes near."""
    site = {
        **SITES[0],
        "languages": ["tr", "en", "zh-Hans"],
        "theme": {"launcher_text": {"tr": "Yardım", "en": "Help"}},
    }
    client = centre(tmp_path, sites=(site,))
    known = told(client)[0]["theme"]["launcher_text"]
    for lang in site["languages"]:
        asked = client.get(f"/api/v1/sites/shop?lang={lang}", headers={"Origin": PAGE}).get_json()
        assert known[lang] == asked["theme"]["launcher_text"]


def test_a_site_in_a_language_the_loader_has_no_words_of_brings_the_first_of_them(tmp_path: Path) -> None:
    client = centre(
        tmp_path, languages=["en", "nl"], sites=({"key": "shop", "origins": [PAGE], "languages": ["en", "nl"]},)
    )
    strings = tmp_path / "kept" / "strings"
    strings.mkdir(parents=True)
    (strings / "nl.json").write_text(
        '{"launcher": "Hulp", "close": "Sluiten", "greeting": "Waarmee kunnen we helpen?"}'
    )
    assert told(client)[0]["words"] == {"nl": {"launcher": "Hulp", "close": "Sluiten"}}
