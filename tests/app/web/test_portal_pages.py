"""The pages of the portal as a browser without JavaScript gets them."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.settings.schema import Settings
from app.web.channels import opening_hours
from app.web.i18n import decimal, format_date
from index.models import Degraded, Verdict
from tests.portal_site import BrokenSearch, Page, ScriptedSearch, hit, publish_site, use_search


@pytest.fixture
def search() -> ScriptedSearch:
    return ScriptedSearch(hits=(hit(),))


@pytest.fixture
def portal(app: Flask, search: ScriptedSearch) -> FlaskClient:
    publish_site(app)
    use_search(app, search)
    return app.test_client()


def page(client: FlaskClient, url: str, status: int = 200) -> Page:
    response = client.get(url)
    assert response.status_code == status, response.text
    return Page(response.text)


# Languages


def test_the_start_page_is_in_the_language_the_browser_asks_for(portal: FlaskClient) -> None:
    response = portal.get("/", headers={"Accept-Language": "zh-TW,zh;q=0.9,en;q=0.5"})
    assert response.headers["Location"] == "/zh-Hant/"
    assert "Accept-Language" in response.headers["Vary"]


def test_a_browser_that_asks_for_no_language_of_the_site_gets_the_default(portal: FlaskClient) -> None:
    assert portal.get("/", headers={"Accept-Language": "fi"}).headers["Location"] == "/en/"


@pytest.mark.parametrize(
    ("written", "canonical"), [("zh-TW", "zh-Hant"), ("zh_cn", "zh-Hans"), ("tr-TR", "tr"), ("EN", "en")]
)
def test_other_spellings_of_a_language_move_to_the_canonical_one(
    portal: FlaskClient, written: str, canonical: str
) -> None:
    response = portal.get(f"/{written}/search?q=a+b")
    assert response.status_code == 301
    assert response.headers["Location"] == f"/{canonical}/search?q=a+b"


def test_a_language_the_site_does_not_have_is_not_found(portal: FlaskClient) -> None:
    page(portal, "/fi/", 404)


def test_the_language_switch_keeps_the_search(portal: FlaskClient) -> None:
    links = page(portal, "/en/search?q=my+parcel&category=orders").links()
    assert "/tr/search?q=my+parcel&category=orders" in links


def test_the_language_switch_leads_to_the_translation_with_its_own_slug(portal: FlaskClient) -> None:
    assert "/tr/a/urunu-iade-edin" in page(portal, "/en/a/return-a-parcel").links()


def test_hostile_query_names_do_not_break_the_language_switch(portal: FlaskClient) -> None:
    found = page(portal, "/en/?endpoint=x&_external=1&_scheme=javascript&lang=tr&values=1")
    assert found.all("html")[0]["lang"] == "en"
    assert not [url for url in found.links() if url.startswith("javascript")]


def test_a_simplified_reader_gets_the_traditional_article_before_another_language(portal: FlaskClient) -> None:
    found = page(portal, "/zh-Hans/a/return-a-parcel")
    assert "退回商品" in found.text
    assert found.all("html")[0]["lang"] == "zh-Hans"
    assert found.all("article")[0]["lang"] == "zh-Hant"
    assert "/zh-Hans/a/track-a-parcel" in found.links()
    assert "/zh-Hant/a/track-a-parcel" not in found.links()
    assert "/zh-Hans/a/return-a-parcel" in page(portal, "/zh-Hans/c/orders").links()


def test_an_article_in_another_language_only_is_shown_and_labelled(portal: FlaskClient) -> None:
    found = page(portal, "/en/a/taksitli-odeme")
    assert "Altı taksite" in found.text
    assert found.all("article")[0]["lang"] == "tr"
    assert "Türkçe" in found.text


def test_right_to_left_languages_turn_the_page(settings: Settings) -> None:
    overrides = {
        "data_dir": settings.data_dir, "kb_dir": settings.kb_dir, "embedder": "hashing", "watch": False,
        "languages": ["en", "ar"],
    }  # fmt: skip
    app = create_app(overrides)
    publish_site(app)
    use_search(app, ScriptedSearch())
    found = page(app.test_client(), "/ar/a/return-a-parcel")
    assert found.all("html")[0]["dir"] == "rtl"
    app.extensions["signpost"].engine.dispose()


# Home and categories


def test_home_has_one_search_box_and_every_category(portal: FlaskClient) -> None:
    found = page(portal, "/en/")
    assert len(found.all("input", name="q")) == 1
    assert {"/en/c/orders", "/en/c/account"} <= set(found.links())


def test_drafts_are_nowhere(portal: FlaskClient) -> None:
    assert "Not yet" not in page(portal, "/en/c/account").text
    page(portal, "/en/a/not-yet", 404)


def test_articles_that_helped_come_first_on_home_and_no_others_are_called_useful(portal: FlaskClient) -> None:
    for _ in range(2):
        portal.post("/en/a/track-a-parcel/feedback", data={"helpful": "yes"})
    portal.post("/en/a/return-a-parcel/feedback", data={"helpful": "no"})
    portal.post("/en/a/reset-your-password/feedback", data={"helpful": "yes"})
    html = portal.get("/en/").text
    useful, latest = html.index("Most useful articles"), html.index("Recently updated articles")
    assert useful < html.index("/a/track-a-parcel") < latest < html.index("/a/return-a-parcel")
    rows = page(portal, "/en/").all("a", **{"class": "article-row"})
    assert [row["href"] for row in rows] == [
        "/en/a/track-a-parcel",
        "/en/a/reset-your-password",
        "/en/a/return-a-parcel",
    ]


def test_a_site_without_articles_still_offers_a_person(app: Flask) -> None:
    assert page(app.test_client(), "/en/").people()


def test_a_category_lists_its_articles_and_an_unknown_one_is_not_found(portal: FlaskClient) -> None:
    assert {"/en/a/return-a-parcel", "/en/a/track-a-parcel"} <= set(page(portal, "/en/c/orders").links())
    page(portal, "/en/c/nothing", 404)


def test_a_category_without_articles_in_this_language_offers_a_person(portal: FlaskClient) -> None:
    found = page(portal, "/tr/c/account")
    assert "/tr/contact" in found.links()
    assert "Burada henüz makale yok." in found.text
    assert "/en/c/account" in found.links()


def test_without_votes_home_shows_what_changed_last_and_calls_nothing_useful(portal: FlaskClient) -> None:
    rows = page(portal, "/en/").all("a", **{"class": "article-row"})
    assert [row["href"] for row in rows] == [
        "/en/a/track-a-parcel",
        "/en/a/return-a-parcel",
        "/en/a/reset-your-password",
    ]
    assert "Most useful" not in portal.get("/en/").text


# Results


def test_an_answer_stands_first_with_its_passage_marked_and_linked_to_its_heading(
    portal: FlaskClient, search: ScriptedSearch
) -> None:
    search.verdict = Verdict.ANSWER
    search.hits = (hit(), hit(slug="track-a-parcel", title="Track a parcel"))
    html = portal.get("/en/search?q=send+it+back").text
    assert '<li><mark data-before="Best match:">Open <strong>My orders</strong>.</mark></li>' in html
    assert "Choose &lt;the&gt; order" in html
    assert html.index("Best answer") < html.index("Other articles")
    assert "/en/a/return-a-parcel#start" in Page(html).links()


def test_without_a_sure_answer_there_is_a_list(portal: FlaskClient) -> None:
    html = portal.get("/en/search?q=send+it+back").text
    assert "Best answer" not in html
    assert html.count("<mark ") == 1


def test_likely_results_are_shown_and_counted_and_others_offered(portal: FlaskClient, search: ScriptedSearch) -> None:
    slugs = ("return-a-parcel", "track-a-parcel", "reset-your-password")
    search.hits = tuple(hit(slug=slug, title=slug) for slug in slugs)
    search.plausible = 2
    html = portal.get("/en/search?q=send+it+back&typed=1").text
    assert "2 articles that may help" in html
    assert "/en/a/reset-your-password" not in html
    more = next(link for link in Page(html).links() if "more=1" in link)
    assert "q=send+it+back" in more
    assert "typed=1" in more
    assert search.asked[-1].limit < 30
    html = portal.get(more.partition("#")[0]).text
    assert "The 3 closest articles" in html
    assert html.index('<li id="more">') < html.index("/en/a/reset-your-password")
    assert "Show more results" not in html
    assert search.asked[-1].limit == 30


def test_a_passage_that_is_cut_leads_to_the_rest(portal: FlaskClient, search: ScriptedSearch) -> None:
    steps = "".join(f"<li><sentence>Do number {n}, and look whether it worked.</sentence></li>" for n in range(1, 20))
    search.hits = (hit(html=f"<ol>{steps}</ol>", sentence=17), hit(slug="track-a-parcel"))
    html = portal.get("/en/search?q=send+it+back").text
    assert html.count("More in the article") == 1
    assert '<p>…</p><ol start="' in html.replace("\n", "")
    search.verdict = Verdict.ANSWER
    html = portal.get("/en/search?q=send+it+back").text
    assert "Do number 1," in html
    assert "Do number 19," in html


def test_links_of_a_passage_lead_where_the_articles_do(portal: FlaskClient, search: ScriptedSearch) -> None:
    search.hits = (hit(html='<p><sentence>See <a href="#money">below</a>.</sentence></p>'),)
    assert "/en/a/return-a-parcel#money" in page(portal, "/en/search?q=send+it+back").links()


def test_a_question_for_a_person_puts_the_person_before_the_closest_articles(
    portal: FlaskClient, search: ScriptedSearch
) -> None:
    search.verdict = Verdict.ASK_HUMAN
    html = portal.get("/en/search?q=may+I+sue").text
    assert html.index("/en/contact?q=may+I+sue") < html.index("The closest articles") < html.index("a/return-a-parcel")


def test_no_results_lead_to_a_person_and_the_topics(portal: FlaskClient, search: ScriptedSearch) -> None:
    search.hits = ()
    found = page(portal, "/en/search?q=xyzzy")
    assert "/en/contact?q=xyzzy" in found.links()
    assert "/en/c/orders" in found.links()


def test_none_of_these_helped_carries_the_question_over(portal: FlaskClient) -> None:
    assert "/en/contact?q=send+it+back&reason=none_helped" in page(portal, "/en/search?q=send+it+back").links()


def test_a_result_in_another_language_says_which(portal: FlaskClient, search: ScriptedSearch) -> None:
    search.hits = (hit("tr", "urunu-iade-edin", title="Ürünü iade edin", passage="30 gün içinde", highlights=()),)
    found = page(portal, "/en/search?q=iade")
    assert found.all("span", **{"class": "badge"})[0]["lang"] == "tr"
    assert "/tr/a/urunu-iade-edin#start" in found.links()


def test_a_spelling_suggestion_can_be_followed(portal: FlaskClient, search: ScriptedSearch) -> None:
    search.did_you_mean = "return parcel??"
    found = page(portal, "/en/search?q=retrun+parcel??")
    assert "/en/search?q=return+parcel??" in found.links()
    assert (
        "Did you mean return parcel?" in (words := " ".join(found.text.split())) and "??" not in words.split("mean")[1]
    )


def test_results_for_another_spelling_say_so_and_lead_to_those_as_typed(
    portal: FlaskClient, search: ScriptedSearch
) -> None:
    search.did_you_mean, search.corrected = "return parcel", True
    found = page(portal, "/en/search?q=retrun+parcel")
    assert "Showing results for return parcel" in " ".join(found.text.split())
    assert "/en/search?q=retrun+parcel&typed=1" in found.links()
    page(portal, "/en/search?q=retrun+parcel&typed=1")
    assert search.asked[-1].as_typed


def test_what_no_article_contains_is_named(portal: FlaskClient, search: ScriptedSearch) -> None:
    search.hits, search.unmatched = (hit(),), ("E-99", "<b>")
    html = portal.get("/en/search?q=E-99").text
    assert "No article contains <strong>E-99</strong>, <strong>&lt;b&gt;</strong>." in html


def test_a_pinned_result_is_labelled(portal: FlaskClient, search: ScriptedSearch) -> None:
    search.hits, search.verdict = (hit(pinned=True), hit(slug="other")), Verdict.ANSWER
    assert portal.get("/en/search?q=parcel").text.count("Chosen by our team") == 1
    search.verdict = Verdict.SUGGEST
    assert portal.get("/en/search?q=parcel").text.count("Chosen by our team") == 1


def test_results_in_several_languages_can_be_narrowed_to_one(portal: FlaskClient, search: ScriptedSearch) -> None:
    search.hits = (hit(), hit("tr", "urunu-iade-edin"))
    assert "/en/search?q=parcel&language=tr" in page(portal, "/en/search?q=parcel").links()
    links = page(portal, "/en/search?q=parcel&language=tr&category=orders").links()
    assert (search.asked[-1].language, search.asked[-1].category) == ("tr", "orders")
    assert "/en/search?q=parcel&category=orders" in links


def test_an_unknown_language_filters_nothing(portal: FlaskClient, search: ScriptedSearch) -> None:
    page(portal, "/en/search?q=parcel&language=xx-nobody")
    assert search.asked[-1].language is None


def test_the_category_filter_reaches_search_and_can_be_taken_off(portal: FlaskClient, search: ScriptedSearch) -> None:
    links = page(portal, "/en/search?q=parcel&category=orders").links()
    assert search.asked[-1].category == "orders"
    assert "/en/search?q=parcel" in links


def test_an_unknown_category_filters_nothing(portal: FlaskClient, search: ScriptedSearch) -> None:
    page(portal, "/en/search?q=parcel&category=<script>")
    assert search.asked[-1].category is None


@pytest.mark.parametrize("degraded", [Degraded.KEYWORD_ONLY, Degraded.DEADLINE, Degraded.NO_INDEX])
def test_a_degraded_search_says_so(portal: FlaskClient, search: ScriptedSearch, degraded: Degraded) -> None:
    search.degraded = degraded
    assert page(portal, "/en/search?q=parcel").all("div", role="status")


def test_a_broken_search_leaves_topics_and_a_person(app: Flask) -> None:
    publish_site(app)
    use_search(app, BrokenSearch())
    found = page(app.test_client(), "/en/search?q=parcel")
    assert "/en/contact?q=parcel" in found.links()
    assert "/en/c/orders" in found.links()


@pytest.mark.parametrize("q", ["%00", "%ff%fe", "a" * 5000, "<script>alert(1)</script>", "%E2%80%AE", "   "])
def test_any_text_can_be_searched_for(portal: FlaskClient, q: str) -> None:
    html = portal.get(f"/en/search?q={q}").text
    assert "<script>alert" not in html


def test_results_are_not_for_search_engines(portal: FlaskClient) -> None:
    assert page(portal, "/en/search?q=parcel").all("meta", name="robots", content="noindex")


# Articles


def test_an_article_has_contents_links_to_headings_and_facts(portal: FlaskClient) -> None:
    html = portal.get("/en/a/return-a-parcel").text
    found = Page(html)
    assert {"#start", "#money", "#banks"} <= set(found.links())
    assert found.all("a", **{"class": "heading-link", "href": "#start"})
    assert "2 October 2026" in found.text
    assert "minute to read" in found.text
    assert found.all("div", **{"class": "table-wrap"})[0]["tabindex"] == "0"


def test_an_old_address_leads_to_its_article(portal: FlaskClient) -> None:
    response = portal.get("/old/returns.html")
    assert (response.status_code, response.headers["Location"]) == (301, "/en/a/return-a-parcel")


def test_an_address_without_a_language_leads_to_the_readers_own(portal: FlaskClient) -> None:
    response = portal.get("/a/return-a-parcel", headers={"Accept-Language": "tr"})
    assert response.headers["Location"] == "/tr/a/return-a-parcel"
    assert "Ürünü iade edin" in portal.get("/tr/a/return-a-parcel").text


def test_related_articles_do_not_repeat_the_article(portal: FlaskClient) -> None:
    rows = page(portal, "/en/a/return-a-parcel").all("a", **{"class": "article-row"})
    assert [row["href"] for row in rows] == ["/en/a/track-a-parcel"]


@pytest.mark.parametrize(("vote", "helpful"), [("yes", 1), ("no", 0)])
def test_feedback_works_as_a_plain_form(app: Flask, portal: FlaskClient, vote: str, helpful: int) -> None:
    data = {"helpful": vote, "reason": "unclear", "comment": "Which order?"}
    response = portal.post("/en/a/return-a-parcel/feedback", data=data)
    assert response.status_code == 303
    found = page(portal, response.headers["Location"])
    assert "Thank you" in found.text
    with app.extensions["signpost"].engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT helpful, reason, comment FROM feedback").one()
    assert tuple(row) == ((1, "", "") if helpful else (0, "unclear", "Which order?"))


def test_feedback_with_an_unknown_reason_is_kept_without_it(app: Flask, portal: FlaskClient) -> None:
    portal.post("/en/a/return-a-parcel/feedback", data={"helpful": "no", "reason": "<b>"})
    with app.extensions["signpost"].engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT reason FROM feedback").scalar_one() == ""


def test_feedback_on_an_article_that_is_not_there_is_not_found(portal: FlaskClient) -> None:
    assert portal.post("/en/a/nothing/feedback", data={"helpful": "yes"}).status_code == 404


# Files beside articles


def test_pictures_are_served_so_that_nothing_in_them_runs(portal: FlaskClient) -> None:
    with portal.get("/kb-files/en/orders/box.svg") as response:
        assert response.status_code == 200
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert "script-src" not in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_data_files_are_downloads(portal: FlaskClient) -> None:
    with portal.get("/kb-files/en/orders/sizes.csv") as response:
        assert "attachment" in response.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "path",
    [
        "en/orders/return-a-parcel.md",
        "../signpost.db",
        "..%2fdata%2fsignpost.db",
        ".hidden.png",
        "en/none.png",
        "en/orders",
    ],
)
def test_nothing_else_is_served_from_the_articles_folder(portal: FlaskClient, path: str) -> None:
    assert portal.get(f"/kb-files/{path}").status_code == 404


# Errors and caching


def test_a_missing_page_searches_for_the_words_of_its_address(portal: FlaskClient, search: ScriptedSearch) -> None:
    found = page(portal, "/en/help/return_my-parcel.html?x=1", 404)
    assert search.asked[-1].text == "help return my parcel"
    assert found.all("input", name="q")[-1]["value"] == "help return my parcel"
    assert "/en/a/return-a-parcel" in found.links()


def test_an_error_page_shows_a_reference_and_a_person(app: Flask, portal: FlaskClient) -> None:
    @app.get("/boom")
    def boom() -> str:
        raise ValueError("nobody planned for this")

    response = portal.get("/boom")
    assert response.status_code == 500
    assert response.headers["X-Request-Id"] in response.text
    assert Page(response.text).people()
    assert "nobody planned" not in response.text


def test_too_many_searches_are_answered_with_a_page_that_has_a_person(
    portal: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The clock stands still, or a slow machine would earn new searches while it asks.
    monkeypatch.setattr("app.web.ratelimit.time", SimpleNamespace(monotonic=lambda: 1000.0))
    statuses = [portal.get("/en/search?q=a").status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    response = portal.get("/en/search?q=a")
    assert int(response.headers["Retry-After"]) > 0
    assert Page(response.text).people()


def test_an_unchanged_page_is_not_sent_twice(portal: FlaskClient) -> None:
    first = portal.get("/en/a/return-a-parcel")
    again = portal.get("/en/a/return-a-parcel", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_static_files_have_a_version_and_are_kept_by_the_browser(portal: FlaskClient) -> None:
    sheet = page(portal, "/en/").all("link", rel="stylesheet")[0]["href"]
    assert sheet and "v=" in sheet
    with portal.get(sheet) as response:
        assert "immutable" in response.headers["Cache-Control"]


@pytest.fixture(params=["/en/", "/en/search?q=parcel", "/en/c/orders", "/en/a/return-a-parcel", "/nowhere"])
def any_page(request: pytest.FixtureRequest, portal: FlaskClient) -> Iterator[Page]:
    yield Page(portal.get(request.param).text)


def test_no_page_has_inline_script_or_style(any_page: Page) -> None:
    for script in any_page.all("script"):
        assert "src" in script or script.get("type") == "application/ld+json"
    assert not any_page.all("style")
    for _, attributes in any_page.tags:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_every_page_has_one_heading_of_the_first_level_and_a_skip_link(any_page: Page) -> None:
    assert len(any_page.all("h1")) == 1
    assert any_page.all("a", href="#main")
    assert any_page.all("main", id="main")


def test_a_date_is_in_the_language_of_the_words_around_it(settings: Settings) -> None:
    overrides = {
        "data_dir": settings.data_dir, "kb_dir": settings.kb_dir, "embedder": "hashing", "watch": False,
        "languages": ["en", "de", "ja", "tr"], "opening_hours": {"mon": "09:00-12:00, 13:00-17:00"},
    }  # fmt: skip
    app = create_app(overrides)
    with app.test_request_context("/en/"):
        english = opening_hours(), format_date("2026-12-01"), decimal(1.5)
    for lang in ("de", "ja"):
        with app.test_request_context(f"/{lang}/"):
            assert (opening_hours(), format_date("2026-12-01"), decimal(1.5)) == english
    with app.test_request_context("/tr/"):
        assert (format_date("2026-12-01"), decimal(1.5)) == ("1 Aralık 2026", "1,5")
    app.extensions["signpost"].engine.dispose()
