"""A person is at most one action away, from every page, every error page and every degraded state."""

from collections import deque
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.ops.publishing import publish_and_index
from app.settings.schema import Settings
from tests.portal_site import BrokenSearch, Page, publish_site, use_search

_DEMO = Path(__file__).parents[3] / "kb" / "articles"
_SMALL_SITE = ("/en/", "/en/search?q=parcel", "/en/c/orders", "/en/a/return-a-parcel", "/en/contact", "/none")
_NOT_PAGES = ("/api/", "/static/", "/kb-files/")


def crawl(client: FlaskClient, start: str, limit: int = 3000) -> dict[str, Page]:
    """Every page that can be reached from `start` by links within the site."""
    found: dict[str, Page] = {}
    waiting = deque([start])
    seen = {start}
    while waiting and len(found) < limit:
        url = waiting.popleft()
        with client.get(url, follow_redirects=True) as response:
            if response.mimetype != "text/html":
                continue
            assert response.status_code < 400, f"{url} is linked and answers {response.status_code}"
            found[url] = Page(response.text)
        for link in found[url].links():
            path = link.split("#")[0]
            if path.startswith("/") and not path.startswith(_NOT_PAGES) and path not in seen:
                seen.add(path)
                waiting.append(path)
    return found


def assert_a_person_is_one_action_away(page: Page, where: str) -> None:
    contact = [url for url in page.people() if "/contact" in url]
    form = [f for f in page.all("form", method="post") if "/contact" in str(f.get("action", ""))]
    assert contact or form, f"no way to a person on {where}"


def test_from_every_page_of_the_demo(settings: Settings) -> None:
    app = create_app({"data_dir": settings.data_dir, "kb_dir": _DEMO, "embedder": "hashing", "watch": False})
    publish_and_index(app.extensions["signpost"])
    pages = crawl(app.test_client(), "/en/")
    for lang in ("en", "tr", "zh-Hant", "zh-Hans"):
        assert len([url for url in pages if url.startswith(f"/{lang}/a/")]) >= 30
    for url, page in pages.items():
        assert_a_person_is_one_action_away(page, url)
    app.extensions["signpost"].engine.dispose()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 413, 415, 429, 500, 502, 503])
def test_from_every_error_page(app: Flask, status: int) -> None:
    from flask import abort
    from werkzeug.exceptions import default_exceptions

    @app.get("/fails")
    def fails() -> str:
        if status in default_exceptions:
            abort(status)
        raise RuntimeError

    response = app.test_client().get("/fails")
    assert response.status_code == status
    assert_a_person_is_one_action_away(Page(response.text), f"the page for {status}")


@pytest.mark.parametrize("url", _SMALL_SITE)
def test_with_search_down(app: Flask, url: str) -> None:
    publish_site(app)
    use_search(app, BrokenSearch())
    assert_a_person_is_one_action_away(Page(app.test_client().get(url).text), url)


@pytest.mark.parametrize("url", _SMALL_SITE)
def test_with_the_index_missing_which_the_pages_say(app: Flask, url: str) -> None:
    publish_site(app, index=False)
    html = app.test_client().get(url).text
    assert_a_person_is_one_action_away(Page(html), url)
    assert ("Search is not available" in html) is (url in {"/en/", "/en/search?q=parcel"})


def test_with_the_mail_server_down_a_message_is_still_taken(settings: Settings) -> None:
    app = create_app({
        "data_dir": settings.data_dir, "kb_dir": settings.kb_dir, "embedder": "hashing", "watch": False,
        "smtp_url": "smtp://127.0.0.1:9", "rate_limits": "off", "challenge": "off",
    })  # fmt: skip
    client = app.test_client()
    for url in ("/en/", "/en/contact"):
        assert_a_person_is_one_action_away(Page(client.get(url).text), url)
    data = {"name": "Mia", "email": "mia@customer.example", "message": "My parcel is late.", "consent": "yes"}
    response = client.post("/api/v1/tickets", json={**data, "consent": True})
    assert response.status_code == 201
    status = client.get(response.get_json()["status_url"].removeprefix("http://localhost"))
    assert response.get_json()["reference"] in status.text
    assert_a_person_is_one_action_away(Page(status.text), "the status page")
    app.extensions["signpost"].engine.dispose()


def test_the_contact_page_shows_every_configured_channel(app: Flask) -> None:
    html = app.test_client().get("/en/contact").text
    links = Page(html).links()
    for channel in app.extensions["signpost"].settings.channels:
        if channel.kind == "email":
            assert f"mailto:{channel.value}" in links
        elif channel.kind == "phone":
            assert f"tel:{channel.value.replace(' ', '')}" in links
        elif channel.url:
            assert channel.url in links
        elif channel.value:
            assert channel.value in html


def test_requests_that_come_too_fast_do_not_block_the_contact_page(app: Flask) -> None:
    client = app.test_client()
    while client.get("/en/search?q=a").status_code != 429:
        pass
    assert client.get("/en/contact").status_code == 200
