"""What machines read of the portal: addresses of other languages, structured data, sitemap, feed, Markdown."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.settings.schema import Settings
from tests.portal_site import Page, ScriptedSearch, publish_site, use_search

_SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
_ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def portal(app: Flask) -> FlaskClient:
    publish_site(app)
    use_search(app, ScriptedSearch())
    return app.test_client()


def json_ld(html: str) -> dict[str, object]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found.group(1))  # type: ignore[no-any-return]


def test_an_article_names_its_canonical_address_and_its_translations(portal: FlaskClient) -> None:
    found = Page(portal.get("/en/a/return-a-parcel").text)
    assert found.all("link", rel="canonical")[0]["href"] == "http://localhost/en/a/return-a-parcel"
    alternates = {a["hreflang"]: a["href"] for a in found.all("link", rel="alternate") if "hreflang" in a}
    assert alternates == {
        "en": "http://localhost/en/a/return-a-parcel",
        "tr": "http://localhost/tr/a/urunu-iade-edin",
        "zh-Hant": "http://localhost/zh-Hant/a/return-a-parcel",
        "x-default": "http://localhost/a/return-a-parcel",
    }


def test_a_borrowed_article_is_canonical_where_it_is_at_home(portal: FlaskClient) -> None:
    found = Page(portal.get("/zh-Hans/a/return-a-parcel").text)
    assert found.all("link", rel="canonical")[0]["href"] == "http://localhost/zh-Hant/a/return-a-parcel"


def test_the_configured_public_address_is_used(settings: Settings) -> None:
    overrides = {
        "data_dir": settings.data_dir, "kb_dir": settings.kb_dir, "embedder": "hashing", "watch": False,
        "base_url": "https://help.example",
    }  # fmt: skip
    app = create_app(overrides)
    publish_site(app)
    use_search(app, ScriptedSearch())
    client = app.test_client()
    assert 'href="https://help.example/en/a/return-a-parcel"' in client.get("/en/a/return-a-parcel").text
    assert "https://help.example/sitemap.xml" in client.get("/robots.txt").text
    app.extensions["signpost"].engine.dispose()


def test_an_article_describes_itself_and_its_place(portal: FlaskClient) -> None:
    graph = json_ld(portal.get("/en/a/return-a-parcel").text)["@graph"]
    article, crumbs = graph  # type: ignore[misc]
    assert (article["@type"], article["headline"], article["dateModified"]) == (
        "TechArticle", "Return a parcel", "2026-10-02",
    )  # fmt: skip
    assert [item["position"] for item in crumbs["itemListElement"]] == [1, 2, 3]
    assert crumbs["itemListElement"][-1]["item"] == "http://localhost/en/a/return-a-parcel"


def test_previews_find_a_title_a_text_and_a_picture(portal: FlaskClient) -> None:
    found = Page(portal.get("/en/a/return-a-parcel").text)
    meta = {m.get("property"): m["content"] for m in found.all("meta") if m.get("property")}
    assert meta["og:type"] == "article"
    assert meta["og:title"] == "Return a parcel"
    assert meta["og:description"] == "You have 30 days, and the label is free."
    picture = str(meta["og:image"]).removeprefix("http://localhost")
    with portal.get(picture) as response:
        assert response.mimetype == "image/png"


def test_the_sitemap_lists_every_page_with_its_other_languages(portal: FlaskClient) -> None:
    root = ET.fromstring(portal.get("/sitemap.xml").data)
    pages = {str(u.findtext("s:loc", namespaces=_SITEMAP)): u for u in root.findall("s:url", _SITEMAP)}
    assert {"http://localhost/en/", "http://localhost/en/c/orders", "http://localhost/tr/a/urunu-iade-edin"} <= set(
        pages
    )
    assert "http://localhost/en/a/not-yet" not in pages
    article = pages["http://localhost/en/a/return-a-parcel"]
    assert article.findtext("s:lastmod", namespaces=_SITEMAP) == "2026-10-02"
    tags = {link.get("hreflang") for link in article.findall("x:link", _SITEMAP)}
    assert tags == {"en", "tr", "zh-Hant", "x-default"}


def test_every_address_of_the_sitemap_answers(portal: FlaskClient) -> None:
    root = ET.fromstring(portal.get("/sitemap.xml").data)
    for url in root.iterfind("s:url/s:loc", _SITEMAP):
        assert portal.get(str(url.text).removeprefix("http://localhost")).status_code == 200


def test_robots_stay_out_of_searches_and_tickets(portal: FlaskClient) -> None:
    text = portal.get("/robots.txt").text
    assert "Disallow: /*/search" in text
    assert "Disallow: /t/" in text
    assert "Sitemap: http://localhost/sitemap.xml" in text


def test_the_feed_tells_what_changed_newest_first(portal: FlaskClient) -> None:
    response = portal.get("/en/feed.atom")
    assert response.mimetype == "application/atom+xml"
    entries = ET.fromstring(response.data).findall("a:entry", _ATOM)
    titles = [entry.findtext("a:title", namespaces=_ATOM) for entry in entries]
    assert titles == ["Track a parcel", "Return a parcel", "Reset your password"]
    assert entries[0].findtext("a:updated", namespaces=_ATOM) == "2026-10-05T00:00:00Z"


@pytest.mark.parametrize("path", ["/a/return-a-parcel.md", "/en/a/return-a-parcel.md"])
def test_an_article_can_be_read_as_markdown(portal: FlaskClient, path: str) -> None:
    response = portal.get(path)
    assert response.mimetype == "text/markdown"
    assert response.text.startswith("# Return a parcel\n")
    assert "1. Open **My orders**." in response.text
    assert response.headers["Content-Language"] == "en"


def test_markdown_of_a_draft_is_not_found(portal: FlaskClient) -> None:
    assert portal.get("/en/a/not-yet.md").status_code == 404


def test_llms_txt_links_the_markdown_of_every_article_and_a_person(portal: FlaskClient) -> None:
    text = portal.get("/llms.txt").text
    assert "(http://localhost/tr/a/urunu-iade-edin.md)" in text
    assert "http://localhost/en/contact" in text
    for url in re.findall(r"\((http://localhost/[^)]+\.md)\)", text):
        assert portal.get(url.removeprefix("http://localhost")).status_code == 200
