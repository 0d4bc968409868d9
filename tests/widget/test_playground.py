"""The playground: what it shows is what was chosen, and only operators see it in production."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.widget.asset_releases import Releases
from support.agents.models import Role
from tests.portal_site import Page
from tests.widget.conftest import SITES, settings_with
from tests.widget.test_asset_releases import NEW, build

URL = "/widget/playground"


@pytest.fixture
def client(shop: Flask, tmp_path: Path) -> FlaskClient:
    build(tmp_path / "dist", NEW)
    shop.extensions["signpost.widget"] = Releases(tmp_path / "kept", tmp_path / "dist")
    return shop.test_client()


def snippets(client: FlaskClient, query: str = "") -> str:
    return Page(client.get(f"{URL}?{query}&lang=en").text).text


def test_the_line_to_copy_has_what_was_chosen_and_nothing_else(client: FlaskClient) -> None:
    plain = snippets(client, "site=app")
    chosen = snippets(
        client,
        "site=shop&locale=tr&mode=dark&own_accent=yes&accent=%23ff0000&position=top-left&launcher_text=Soru%20sor"
        "&launcher_icon=chat",
    )

    assert '<script async src="http://localhost/widget.js" data-site="app" data-email=' in plain
    assert (
        'data-site="shop" data-locale="tr" data-mode="dark" data-accent="#ff0000" data-position="top-left"'
        ' data-launcher-text="Soru sor" data-launcher-icon="chat" data-email="help@tonfell.example"'
        ' data-contact-url="http://localhost/contact"></script>'
    ) in chosen
    assert "data-phone" not in chosen  # this site shows the address only


def test_the_pinned_line_has_the_hash_of_the_file(client: FlaskClient) -> None:
    file = client.application.extensions["signpost.widget"].hashed(NEW, "loader.js")

    assert f'src="http://localhost/widget/{NEW}/loader.js" integrity="{file.integrity}" crossorigin="anonymous"' in (
        snippets(client)
    )


@pytest.mark.parametrize(
    "query",
    [
        'launcher_text=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&own_accent=yes&accent="onload="x',
        "locale=xx&mode=sepia&position=middle&launcher_icon=evil&accent=%23ff0000",
        "site=nobody&endpoint=x&_external=1&_anchor=y&values=z",
    ],
)
def test_what_cannot_be_chosen_is_left_out_and_what_is_typed_is_only_text(client: FlaskClient, query: str) -> None:
    answer = client.get(f"{URL}?{query}")
    page = Page(answer.text)

    assert answer.status_code == 200
    assert not [tag for tag in page.all("script") if "src" not in tag]
    assert "sepia" not in page.text
    assert 'data-accent="' not in page.text
    preview = Page(client.get(str(page.all("iframe")[0]["src"])).text)
    assert len(preview.all("script")) == 1


def test_the_preview_is_a_page_with_the_widget_under_the_policy_of_all_pages(client: FlaskClient) -> None:
    page = client.get(f"{URL}?site=shop&mode=dark&lang=tr")
    source = str(Page(page.text).all("iframe")[0]["src"])
    preview = client.get(source)

    assert parse_qs(urlsplit(source).query) == {"site": ["shop"], "mode": ["dark"], "lang": ["tr"]}
    (script,) = Page(preview.text).all("script")
    assert (script["src"], script["data-site"], script["data-mode"]) == ("/widget.js", "shop", "dark")
    assert "style=" not in preview.text
    for answer, frames, ancestors in ((page, "'self'", "'none'"), (preview, "'none'", "'self'")):
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy
        assert f"frame-src {frames};" in policy
        assert f"frame-ancestors {ancestors}" in policy
        assert "unsafe" not in policy
    assert (page.headers["X-Frame-Options"], preview.headers["X-Frame-Options"]) == ("DENY", "SAMEORIGIN")


def production(folder: Path, **more: Any) -> Flask:
    return create_app(settings_with(folder, environment="production", base_url="https://localhost", **more))


def test_in_production_only_authors_and_administrators_see_it(tmp_path: Path) -> None:
    app = production(tmp_path)
    accounts, now = app.extensions["signpost"].desk.accounts, app.extensions["signpost"].now()
    expected = {"": 401, "agent": 403, "author": 200, "admin": 200}
    seen = {}
    for role in expected:
        client = app.test_client()
        if role:
            login = f"{role}@example.org"
            accounts.create(login, role, "a long enough password 17", [Role(role)], "test", now)
            form = {"login": login, "password": "a long enough password 17"}
            assert client.post("/desk/sign-in", data=form, base_url="https://localhost").status_code == 303
        seen[role] = client.get(URL, base_url="https://localhost").status_code
        assert client.get("/widget/preview", base_url="https://localhost").status_code == seen[role]

    assert seen == expected
    app.extensions["signpost"].close()


def test_without_any_site_it_says_how_to_make_one(tmp_path: Path) -> None:
    app = create_app(settings_with(tmp_path, sites=[{**SITES[0], "identity_secrets": [], "identity": "none"}]))
    app.extensions["signpost.sites"] = {}

    assert app.test_client().get(URL).status_code == 404
    app.extensions["signpost"].close()
