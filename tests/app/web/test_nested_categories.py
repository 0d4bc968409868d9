"""Categories in categories, on pages, in search, in the API and in the sitemap; and addresses that moved."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.ops.publishing import publish_and_index
from tests.portal_site import Page, ScriptedSearch, hit, use_search

ARTICLES = {
    "en/setup/_category_.yml": "title: Setting up\n",
    "en/setup/index.md": "# All about setting up\n\nText.\n",
    "en/setup/first.md": "# First steps\n\nText.\n",
    "en/setup/network/_category_.yml": "title: Network\ndescription: Cables and radio.\n",
    "en/setup/network/wifi/_category_.yml": "title: Wireless\n",
    "en/setup/network/wifi/join.md": "# Join a network\n\nChoose it in the list of networks and type its password.\n",
    "en/orders/late.md": "# Late\n\nText.\n",
}


@pytest.fixture
def site(app: Flask) -> FlaskClient:
    folder = app.extensions["signpost"].settings.kb_dir
    for path, text in ARTICLES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    publish_and_index(app.extensions["signpost"])
    return app.test_client()


def page(client: FlaskClient, url: str, status: int = 200) -> Page:
    response = client.get(url)
    assert response.status_code == status, response.text
    return Page(response.text)


def test_home_shows_the_categories_at_the_top_with_all_their_articles(site: FlaskClient) -> None:
    found = page(site, "/en/")
    assert {"/en/c/setup", "/en/c/orders"} <= set(found.links())
    assert "/en/c/setup/network" not in found.links()
    assert "3 articles" in found.text


def test_a_category_lists_those_in_it_and_its_own_page_first(site: FlaskClient) -> None:
    found = page(site, "/en/c/setup")
    assert "/en/c/setup/network" in found.links() and "Cables and radio." in found.text
    rows = [row["href"] for row in found.all("a", **{"class": "article-row"})]
    assert rows == ["/en/a/setup", "/en/a/first"]


def test_a_category_without_articles_of_its_own_shows_those_in_it(site: FlaskClient) -> None:
    found = page(site, "/en/c/setup/network")
    assert "/en/c/setup/network/wifi" in found.links()
    assert "noindex" not in found.text and not found.all("meta", name="robots")


def test_breadcrumbs_lead_through_every_level(site: FlaskClient) -> None:
    for url in ("/en/c/setup/network/wifi", "/en/a/join"):
        links = page(site, url).links()
        assert [x for x in links if x in ("/en/c/setup", "/en/c/setup/network")][:2] == [
            "/en/c/setup",
            "/en/c/setup/network",
        ]
    assert "/en/c/setup/network/wifi" in page(site, "/en/a/join").links()


def test_a_level_nobody_has_is_not_found(site: FlaskClient) -> None:
    page(site, "/en/c/setup/nothing", 404)
    page(site, "/en/c/network", 404)


def test_search_narrows_to_a_category_with_those_in_it(app: Flask, site: FlaskClient) -> None:
    results = site.get("/api/v1/search?q=network+password&lang=en&category=setup").get_json()["results"]
    assert [r["slug"] for r in results if r["category"] == "setup/network/wifi"] == ["join"]
    results = site.get("/api/v1/search?q=network+password&lang=en&category=set").get_json()["results"]
    assert results == []
    use_search(app, ScriptedSearch(hits=(hit(slug="join", category="setup/network/wifi"), hit(slug="late"))))
    links = page(site, "/en/search?q=join").links()
    assert "/en/search?q=join&category=setup" in links
    links = page(site, "/en/search?q=join&category=setup").links()
    assert "/en/search?q=join&category=setup/network" in links


def test_the_api_names_every_level(site: FlaskClient) -> None:
    told = site.get("/api/v1/articles/en/join").get_json()
    assert told["category"] == "setup/network/wifi"
    assert told["categories"] == [
        {"slug": "setup", "title": "Setting up"},
        {"slug": "setup/network", "title": "Network"},
        {"slug": "setup/network/wifi", "title": "Wireless"},
    ]


def test_the_sitemap_has_every_level(site: FlaskClient) -> None:
    text = site.get("/sitemap.xml").text
    for slug in ("setup", "setup/network", "setup/network/wifi"):
        assert f"/en/c/{slug}</loc>" in text


def test_the_address_of_a_renamed_article_redirects(app: Flask, site: FlaskClient) -> None:
    folder = app.extensions["signpost"].settings.kb_dir
    (folder / "en/setup/network/wifi/join.md").rename(folder / "en/setup/network/join-a-network.md")
    (folder / "tr/setup/network/wifi").mkdir(parents=True)
    (folder / "tr/setup/network/wifi/join.md").write_text("# Bir ağa katılın\n\nMetin.\n", encoding="utf-8")
    publish_and_index(app.extensions["signpost"])
    response = site.get("/en/a/join")
    assert (response.status_code, response.headers["Location"]) == (301, "/en/a/join-a-network")
    assert site.get("/api/v1/articles/en/join").get_json()["slug"] == "join-a-network"
    assert site.get("/tr/a/join").status_code == 200


def test_files_of_the_static_folder_are_served_and_nothing_else_of_it(
    app: Flask, site: FlaskClient, tmp_path: Path
) -> None:
    services = app.extensions["signpost"]
    assert site.get("/kb-static/a.png").status_code == 404
    (tmp_path / "static/.secret").mkdir(parents=True)
    for name in ("a.png", "a.html", ".secret/b.png"):
        (tmp_path / "static" / name).write_bytes(b"x")
    (tmp_path / "static/out.png").symlink_to("/etc/hostname")
    services.settings = replace(services.settings, kb_static_dir=tmp_path / "static")
    with site.get("/kb-static/a.png") as response:
        assert response.status_code == 200
    for name in ("a.html", ".secret/b.png", "out.png", "../secret.png"):
        assert site.get(f"/kb-static/{name}").status_code == 404, name


def test_the_address_of_a_renamed_category_leads_to_the_new_one(app: Flask, site: FlaskClient) -> None:
    folder = app.extensions["signpost"].settings.kb_dir
    (folder / "en/setup").rename(folder / "en/start")
    publish_and_index(app.extensions["signpost"], index=False)

    for old, new in (("setup", "start"), ("setup/network/wifi", "start/network/wifi")):
        for reader in ("en", "tr"):  # who is shown what there is in the default language
            moved = site.get(f"/{reader}/c/{old}")
            assert (moved.status_code, moved.headers["Location"]) == (301, f"/{reader}/c/{new}")
            page(site, moved.headers["Location"])
    page(site, "/en/c/never", 404)
