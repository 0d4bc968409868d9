"""The widget's files: the loader soon anew, the rest for ever, every release kept, and open to every page."""

import base64
import gzip
import hashlib
import json
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.widget.asset_releases import Releases
from tests.process.server import Server

OLD, NEW = "0123456789ab", "ba9876543210"


def build(dist: Path, version: str) -> None:
    """What widget/build.py leaves, in small."""
    for name, text in {
        "widget.js": f"/* loader of {version} */",
        "widget.mjs": f"/* module of {version} */",
        "widget.d.ts": "export {};",
        "strings/en.json": '{"open": "Help"}',
        "strings/tr.json": '{"open": "Yardım"}',
        f"{version}/body.js": f"/* body of {version} */",
        f"{version}/loader.js": f"/* loader of {version} */",
        "manifest.json": json.dumps({"version": version}),
    }.items():
        (dist / name).parent.mkdir(parents=True, exist_ok=True)
        (dist / name).write_text(text, encoding="utf-8")


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    return tmp_path / "dist"


@pytest.fixture
def client(shop: Flask, dist: Path, tmp_path: Path) -> FlaskClient:
    shop.extensions["signpost.widget"] = Releases(tmp_path / "kept", dist)
    return shop.test_client()


def test_the_loader_is_asked_for_again_soon_and_only_sent_when_it_changed(client: FlaskClient, dist: Path) -> None:
    build(dist, OLD)
    answer = client.get("/widget.js")

    assert (answer.status_code, answer.text) == (200, f"/* loader of {OLD} */")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    again = client.get("/widget.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    build(dist, NEW)
    upgraded = client.get("/widget.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (upgraded.status_code, upgraded.text) == (200, f"/* loader of {NEW} */")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/widget.js", "text/javascript; charset=utf-8"),
        ("/widget.mjs", "text/javascript; charset=utf-8"),
        (f"/widget/{OLD}/body.js", "text/javascript; charset=utf-8"),
        ("/widget/widget.d.ts", "text/plain; charset=utf-8"),
        ("/widget/strings/tr.json", "application/json"),
    ],
)
def test_every_file_is_what_it_says_and_open_to_every_page(
    client: FlaskClient, dist: Path, path: str, kind: str
) -> None:
    build(dist, OLD)
    answer = client.get(path, headers={"Origin": "https://anywhere.example"})

    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers


def test_a_file_of_a_release_is_kept_for_ever_and_never_changes(client: FlaskClient, dist: Path) -> None:
    build(dist, OLD)
    client.get("/widget.js")
    pinned = client.get(f"/widget/{OLD}/loader.js")
    for file in (dist / OLD).iterdir():  # the next build takes the old one's place
        file.unlink()
    (dist / OLD).rmdir()
    build(dist, NEW)
    client.get("/widget.js")

    assert pinned.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(f"/widget/{OLD}/loader.js").data == pinned.data
    assert client.get(f"/widget/{OLD}/body.js").status_code == 200
    assert client.get(f"/widget/{NEW}/body.js").status_code == 200


def test_the_integrity_we_give_is_that_of_the_file(dist: Path, tmp_path: Path) -> None:
    build(dist, OLD)
    file = Releases(tmp_path / "kept", dist).hashed(OLD, "loader.js")

    assert file is not None
    digest = base64.b64encode(hashlib.sha384(file.data).digest()).decode()
    assert file.integrity == f"sha384-{digest}"


def test_a_widget_that_was_not_built_is_a_script_that_does_nothing(client: FlaskClient) -> None:
    for path, status in (("/widget.js", 503), ("/widget.mjs", 503), (f"/widget/{OLD}/body.js", 404)):
        answer = client.get(path)
        assert answer.status_code == status
        assert answer.content_type == "text/javascript; charset=utf-8"
        assert answer.text.startswith("/*")
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/widget/../signpost.db",
        f"/widget/{OLD}/..%2f..%2fsignpost.db",
        f"/widget/{OLD}/.hidden.js",
        "/widget/strings/..%2fmanifest.json",
        "/widget/strings/%2e%2e.json",
        "/widget/kept/body.js",
        f"/widget/{OLD.upper()}/body.js",
        f"/widget/{OLD}/body.exe",
    ],
)
def test_nothing_else_can_be_fetched_through_it(client: FlaskClient, dist: Path, path: str) -> None:
    build(dist, OLD)

    assert client.get(path).status_code in {301, 404}


def test_an_operators_own_words_go_before_ours_and_add_languages(
    client: FlaskClient, dist: Path, tmp_path: Path
) -> None:
    build(dist, OLD)
    own = tmp_path / "kept" / "strings"
    own.mkdir(parents=True)
    (own / "en.json").write_text('{"open": "Ask us"}', encoding="utf-8")
    (own / "nl.json").write_text('{"open": "Hulp"}', encoding="utf-8")

    assert client.get("/widget/strings/en.json").get_json() == {"open": "Ask us"}
    assert client.get("/widget/strings/nl.json").get_json() == {"open": "Hulp"}
    assert client.get("/widget/strings/tr.json").get_json() == {"open": "Yardım"}
    assert client.get("/widget/strings/xx.json").status_code == 404


def test_a_full_disk_leaves_the_loader_working(dist: Path, tmp_path: Path) -> None:
    build(dist, OLD)
    (tmp_path / "kept").write_text("a file where the folder should be", encoding="utf-8")
    releases = Releases(tmp_path / "kept", dist)
    releases.keep()

    assert releases.plain("widget.js") is not None
    assert releases.hashed(OLD, "body.js") is not None


def get(port: int, path: str, **headers: str) -> tuple[int, Message]:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers


def test_a_real_server_answers_pages_and_keeps_what_it_served(tmp_path: Path) -> None:
    version = "feedfacecafe"
    build(tmp_path / "data" / "widget", version)  # as if served by an earlier release
    page = "http://shop.localhost:8001"
    with Server(tmp_path) as server:
        server.wait(seconds=120)
        status, headers = get(server.port, f"/widget/{version}/body.js", Origin=page)
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*")
        assert headers["Cache-Control"].endswith("immutable")
        status, headers = get(server.port, "/api/v1/sites/demo", Origin=page)
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, page)
        assert "Origin" in headers["Vary"]
        status, headers = get(server.port, "/api/v1/sites/demo", Origin="https://shop.localhost.evil.example")
        assert (status, headers["Access-Control-Allow-Origin"]) == (403, None)


def test_files_are_sent_packed_to_who_takes_them_so(client: FlaskClient, dist: Path) -> None:
    build(dist, OLD)
    plain = client.get(f"/widget/{OLD}/body.js")
    packed = client.get(f"/widget/{OLD}/body.js", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    refused = client.get(f"/widget/{OLD}/body.js", headers={"Accept-Encoding": "gzip;q=0"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data == refused.data
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in plain.vary
    again = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert client.get(f"/widget/{OLD}/body.js", headers=again).status_code == 304
