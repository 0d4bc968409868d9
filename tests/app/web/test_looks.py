"""Colours, logo, icon and fonts of an operator's own."""

from pathlib import Path

import pytest

from app import create_app
from app.settings.schema import BadSettings, Settings
from app.web.looks import stylesheet
from tests.databases import with_tables


def test_pages_have_the_operator_s_looks_and_serve_nothing_else_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "looks"
    folder.mkdir()
    (folder / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    (folder / "favicon.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "text.woff2").write_bytes(b"wOF2")
    (folder / "looks.css").write_text(".site-header { border: 0 }", encoding="utf-8")
    (folder / "secret.txt").write_text("secret", encoding="utf-8")
    values = {
        "data_dir": tmp_path / "data", "kb_dir": tmp_path, "embedder": "hashing", "looks_dir": folder,
        "colours": {"brand": "#123456", "dark-brand": "#abcdef"}, "base_url": "http://localhost/help",
    }  # fmt: skip
    app = create_app(with_tables(Settings.load(values, environ={})))
    client = app.test_client()
    page = client.get("/help/en/").text
    for address in ("/help/looks/logo.svg?v=", "/help/looks/favicon.png?v=", "/help/looks/generated.css?v="):
        assert address in page
    assert 'type="image/png"' in page
    assert "/help/looks/logo.svg" in client.get("/help/desk/sign-in").text
    css = client.get("/help/looks/generated.css").text
    assert ":root { --brand: #123456;" in css
    assert ':root[data-theme="dark"] { --brand: #abcdef; }' in css
    assert 'url("/help/looks/text.woff2?v=' in css
    assert css.endswith(".site-header { border: 0 }")
    with client.get("/help/looks/logo.svg") as logo:
        assert "sandbox" in logo.headers["Content-Security-Policy"]
    for name in ("secret.txt", "looks.css", "heading.woff2", "..%2fdata%2fsignpost.db"):
        assert client.get(f"/help/looks/{name}").status_code == 404
    app.extensions["signpost"].close()


def test_without_any_setting_there_is_no_style_sheet() -> None:
    assert stylesheet({}, {}, str) == ""


def test_a_colour_is_one() -> None:
    with pytest.raises(BadSettings, match="must have a colour such as #0c5a52 for brand"):
        Settings.load({"colours": {"brand": "red; } body { display: none"}}, environ={})
    with pytest.raises(BadSettings, match="has a colour that is none of"):
        Settings.load({"colours": {"body": "#000"}}, environ={})
