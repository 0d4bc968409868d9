"""What a page learns about its site, the suggestions for it, and the form as data."""

import pytest
from flask.testing import FlaskClient

from app.web.addresses import with_base
from app.widget.page_query import page_question
from tests.widget.conftest import PAGE

SITE = "/api/v1/sites/shop"
FROM_PAGE = {"Origin": PAGE}


def test_a_site_is_described_in_the_language_asked_for(shop_centre: FlaskClient) -> None:
    answer = shop_centre.get(f"{SITE}?lang=en", headers=FROM_PAGE)
    body = answer.get_json()

    assert (body["site"], body["name"], body["lang"], body["languages"]) == ("shop", "The shop", "en", ["tr", "en"])
    assert body["theme"] == {"accent": "#0a6b5d", "launcher_text": "Help"}
    assert [channel["kind"] for channel in body["channels"]] == ["email"]
    assert body["channels"][0]["href"].startswith("mailto:")
    assert body["contact_url"] == "http://localhost/en/contact"
    assert body["strings_url"] == "http://localhost/widget/strings/en.json"
    assert (body["identity"], body["incidents"], body["challenge"]) == ("optional", [], False)
    assert answer.headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("asked", ["", "?lang=zh-Hant", "?lang=xx"])
def test_a_language_the_site_does_not_have_becomes_its_own_whatever_the_browser_says(
    shop_centre: FlaskClient, asked: str
) -> None:
    answer = shop_centre.get(f"{SITE}{asked}", headers={**FROM_PAGE, "Accept-Language": "zh-TW"})

    assert answer.get_json()["name"] == "Mağaza"


def test_no_secret_of_a_site_is_in_what_a_page_learns(shop_centre: FlaskClient) -> None:
    served = shop_centre.get(SITE, headers=FROM_PAGE).text + shop_centre.get("/api/v1/openapi.json").text

    assert "secret of the shop" not in served
    assert "origins" not in shop_centre.get(SITE, headers=FROM_PAGE).get_json()


def test_suggestions_are_for_what_the_page_says_it_is_about(shop_centre: FlaskClient) -> None:
    url = f"{SITE}/suggestions?lang=en&url={PAGE}/orders/4711&title=Late+parcel+%7C+Shop&heading=My+parcel+is+late"
    body = shop_centre.get(url, headers=FROM_PAGE).get_json()

    assert body["results"][0]["slug"] == "late-parcel"
    assert len(body["results"]) <= 4
    assert body["query"] == "My parcel is late\nLate parcel"


def test_a_page_that_says_nothing_gets_nothing(shop_centre: FlaskClient) -> None:
    body = shop_centre.get(f"{SITE}/suggestions?url={PAGE}/", headers=FROM_PAGE).get_json()

    assert (body["results"], body["verdict"], body["query"]) == ([], "suggest", "")


@pytest.mark.parametrize(
    ("context", "heading", "title", "url", "question"),
    [
        ("", "", "", "", ""),
        ("refunds", "", "", "", "refunds"),
        ("", "Returns", "Returns – Tonfell", "https://x.example/a", "Returns"),
        ("", "Your basket", "Checkout | Tonfell", "", "Your basket\nCheckout"),
        ("", "", "", "https://x.example/account/reset-password?email=ada@example.org#top", "account reset password"),
        ("", "", "", "https://x.example/index.html", ""),
        ("", "", "", "https://x.example/u/8f3e21/4711", ""),
        ("", "", "", "https://x.example/%E9%80%80%E8%B2%A8%E6%B5%81%E7%A8%8B", "退貨流程"),
        ("", "", "退貨｜商店", "", "退貨"),
        ("", "", "", "https://[bad", ""),
        ("a\0b", "", "", "", "a b"),
    ],
)
def test_a_page_becomes_a_question(context: str, heading: str, title: str, url: str, question: str) -> None:
    assert page_question(context, heading, title, url) == question


def test_the_form_as_data_has_the_fields_of_the_page(shop_centre: FlaskClient) -> None:
    body = shop_centre.get("/api/v1/forms/contact?site=shop&lang=tr", headers=FROM_PAGE).get_json()

    names = [field["name"] for field in body["fields"]]
    assert names == ["subject", "message", "fields.order_number", "preferred_channel", "email", "phone", "name"]
    assert body["lang"] == "tr"
    assert next(f for f in body["fields"] if f["name"] == "fields.order_number")["label"] == "Sipariş numarası"
    assert [consent["required"] for consent in body["consents"]] == [True]
    assert body["consents"][0]["text"]
    assert body["promise"]
    assert shop_centre.get("/api/v1/forms/", headers=FROM_PAGE).get_json()["id"] == "contact"
    assert shop_centre.get("/api/v1/forms/nothing").status_code == 404


def test_pictures_of_articles_may_be_shown_on_other_sites(shop_centre: FlaskClient) -> None:
    folder = shop_centre.application.extensions["signpost"].settings.kb_dir
    (folder / "dot.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")

    answer = shop_centre.get("/kb-files/dot.svg")

    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    answer.close()


def test_addresses_in_an_article_lead_to_the_help_centre_from_any_page() -> None:
    html = (
        '<p><a href="/en/a/x">x</a> <a href="#y">y</a> <img alt="a" src="/kb-files/a.png"/>'
        ' <a href="//cdn.example/z">z</a> <a href="https://x.example/">w</a> <code>&lt;img src="/b.png"&gt;</code></p>'
    )
    written = with_base(html, "https://help.example")

    assert 'href="https://help.example/en/a/x"' in written
    assert 'src="https://help.example/kb-files/a.png"' in written
    for unchanged in ('href="#y"', 'href="//cdn.example/z"', 'href="https://x.example/"', '&lt;img src="/b.png"&gt;'):
        assert unchanged in written


def test_only_pages_of_sites_get_them(shop_centre: FlaskClient) -> None:
    plain = shop_centre.get("/api/v1/articles/en/with-link").get_json()["html"]
    for_page = shop_centre.get("/api/v1/articles/en/with-link?site=shop", headers=FROM_PAGE).get_json()["html"]

    assert 'href="/' in plain
    assert 'href="/' not in for_page
    assert 'href="http://localhost/' in for_page


def test_what_is_the_same_for_everybody_may_be_kept_for_a_moment(shop_centre: FlaskClient) -> None:
    answer = shop_centre.get("/api/v1/incidents?site=shop&lang=en", headers=FROM_PAGE)

    assert answer.headers["Cache-Control"] == "public, max-age=30"
    assert {"Origin", "Accept-Language"} <= set(answer.vary)
