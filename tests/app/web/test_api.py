"""The JSON API on a small help centre: shapes, languages, and what is wrong comes back as a clear 4xx."""

import json
from html import escape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.api.reports import EVENT_NAMES
from app.container import Services
from insight import ledger
from kb.models import ArticleRef
from tests.articles import publish, write

API = "/api/v1"
KEYS = [
    "query", "lang", "verdict", "confidence", "first_confidence", "degraded", "did_you_mean", "corrected", "unmatched",
    "plausible", "urgent",
    "results", "took_ms",
]  # fmt: skip
HIT_KEYS = [
    "slug", "lang", "title", "url", "anchor", "heading", "passage", "highlights", "highlight", "answer_html", "cut",
    "score", "category", "pinned",
]  # fmt: skip


def services(client: FlaskClient) -> Services:
    found: Services = client.application.extensions["signpost"]
    return found


def error_of(response: TestResponse) -> dict[str, Any]:
    body = response.get_json()
    assert set(body) == {"error"}
    assert {"code", "message", "next", "docs", "request_id"} <= set(body["error"])
    error: dict[str, Any] = body["error"]
    return error


def test_a_search_has_the_promised_shape(shared_help_centre: FlaskClient) -> None:
    body = shared_help_centre.get(f"{API}/search?q=my+parcel+is+late&lang=en").get_json()

    assert list(body) == KEYS
    assert body["query"] == "my parcel is late"
    assert body["lang"] == "en"
    assert body["degraded"] is None
    first = body["results"][0]
    assert list(first) == HIT_KEYS
    assert first["slug"] == "late-parcel"
    assert first["category"] == "orders"
    assert first["url"] == "http://localhost/en/a/late-parcel"
    for start, end in first["highlights"]:
        assert 0 <= start < end <= len(first["passage"])
    start, end = first["highlight"]
    assert f"<mark>{escape(first['passage'][start:end], quote=False)}</mark>" in first["answer_html"]
    assert 1 <= body["plausible"] <= len(body["results"])


def test_the_address_of_an_article_in_a_language_without_an_interface_leads_to_it(help_centre: FlaskClient) -> None:
    own = services(help_centre)
    write(own.settings.kb_dir, "de", "zollgebuehren", "Zollgebühren", "Zollgebühren zahlen Sie an der Tür.")
    publish(own)

    first = help_centre.get(f"{API}/search?q=Zollgebühren+zahlen&lang=de").get_json()["results"][0]

    assert (first["lang"], first["slug"]) == ("de", "zollgebuehren")
    page = help_centre.get(first["url"].removeprefix("http://localhost"))
    assert page.status_code == 200
    assert "Zollgebühren zahlen" in page.get_data(as_text=True)


def test_results_can_be_kept_to_one_language(shared_help_centre: FlaskClient) -> None:
    found = shared_help_centre.get(f"{API}/search?q=my+parcel+is+late&lang=en&language=tr").get_json()["results"]

    assert found
    assert {hit["lang"] for hit in found} == {"tr"}


def test_a_misspelt_word_is_put_right_unless_it_is_asked_for_as_typed(shared_help_centre: FlaskClient) -> None:
    put_right = shared_help_centre.get(f"{API}/search?q=my+parcle+is+late&lang=en").get_json()
    as_typed = shared_help_centre.get(f"{API}/search?q=my+parcle+is+late&lang=en&as_typed=true").get_json()

    assert put_right["did_you_mean"] == "my parcel is late"
    assert (as_typed["did_you_mean"], as_typed["corrected"]) == (None, False)


def test_a_code_nobody_wrote_about_is_named(shared_help_centre: FlaskClient) -> None:
    assert shared_help_centre.get(f"{API}/search?q=ERR_9999&lang=en").get_json()["unmatched"] == ["ERR_9999"]


def test_a_flag_is_true_or_false(shared_help_centre: FlaskClient) -> None:
    response = shared_help_centre.get(f"{API}/search?q=parcel&as_typed=perhaps")

    assert (response.status_code, error_of(response)["code"]) == (400, "bad_value")


def test_confidence_is_a_probability_or_null_without_a_calibration(shared_help_centre: FlaskClient) -> None:
    confidence = shared_help_centre.get(f"{API}/search?q=refund").get_json()["confidence"]

    assert confidence is None or 0 <= confidence <= 1


def test_results_are_filled_even_when_a_person_is_offered_first(shared_help_centre: FlaskClient) -> None:
    body = shared_help_centre.get(f"{API}/search?q=late+zebra+quartz+umbrella&lang=en").get_json()

    assert body["results"]


def test_limit_and_category_are_obeyed(shared_help_centre: FlaskClient) -> None:
    one = shared_help_centre.get(f"{API}/search?q=headphones&lang=en&limit=1").get_json()
    setup = shared_help_centre.get(f"{API}/search?q=headphones&lang=en&category=setup").get_json()

    assert len(one["results"]) == 1
    assert {hit["category"] for hit in setup["results"]} == {"setup"}


@pytest.mark.parametrize(("tag", "shown"), [("zh-TW", "zh-Hant"), ("zh_HK", "zh-Hant"), ("tr-TR", "tr"), ("EN", "en")])
def test_other_spellings_of_a_language_are_mapped(shared_help_centre: FlaskClient, tag: str, shown: str) -> None:
    article = shared_help_centre.get(f"{API}/articles/{tag}/late-parcel").get_json()

    assert article["lang"] == shown


def test_a_simplified_reader_gets_the_traditional_article(shared_help_centre: FlaskClient) -> None:
    article = shared_help_centre.get(f"{API}/articles/zh-CN/late-parcel").get_json()
    found = shared_help_centre.get(f"{API}/search", query_string={"q": "包裹延迟了", "lang": "zh-CN"}).get_json()

    assert article["lang"] == "zh-Hant"
    assert (found["results"][0]["lang"], found["results"][0]["slug"]) == ("zh-Hant", "late-parcel")


def test_a_language_nobody_wrote_in_is_answered_with_what_there_is(shared_help_centre: FlaskClient) -> None:
    response = shared_help_centre.get(f"{API}/search?q=my+parcel+is+late&lang=fi")

    assert response.status_code == 200
    assert response.get_json()["results"]


def test_an_article_lists_its_translations(shared_help_centre: FlaskClient) -> None:
    article = shared_help_centre.get(f"{API}/articles/en/late-parcel").get_json()

    assert {other["lang"] for other in article["translations"]} == {"tr", "zh-Hant"}
    assert article["sections"][0]["heading"] == "Look at the tracking page"
    assert "<h2" in article["html"]


def test_suggest_answers_what_is_being_written(shared_help_centre: FlaskClient) -> None:
    body = shared_help_centre.post(
        f"{API}/suggest",
        json={
            "subject": "",
            "message": "my parcel is late, what now?",
            "lang": "en",
            "page_url": "https://shop.example/",
        },
    ).get_json()

    assert list(body) == [*KEYS, "raised_by"]
    assert body["results"][0]["slug"] == "late-parcel"


def test_feedback_is_stored(help_centre: FlaskClient) -> None:
    sent = {"lang": "en", "slug": "refund", "helpful": False, "reason": "unclear", "comment": "five days from when?"}

    response = help_centre.post(f"{API}/feedback", json=sent)

    assert response.status_code == 201
    assert services(help_centre).feedback.tally(ArticleRef("en", "refund")).unhelpful == 1


def test_feedback_on_what_is_not_there_is_refused(shared_help_centre: FlaskClient) -> None:
    response = shared_help_centre.post(f"{API}/feedback", json={"lang": "en", "slug": "nothing", "helpful": True})

    assert (response.status_code, error_of(response)["code"]) == (404, "article_not_found")


def test_events_are_stored_all_or_none(help_centre: FlaskClient) -> None:
    good = {"name": EVENT_NAMES[0], "lang": "en", "data": {"lang": "en", "slug": "refund", "rank": 1}}

    taken = help_centre.post(f"{API}/events", json={"events": [good, good]})
    refused = help_centre.post(f"{API}/events", json={"events": [good, {"name": "made_up"}]})

    assert (taken.status_code, taken.get_json()) == (202, {"accepted": 2})
    assert refused.status_code == 400
    services(help_centre).ledger.flush()
    assert [one.name for one in ledger.export(services(help_centre).engine)] == [EVENT_NAMES[0]] * 2


BAD_QUERIES = [
    ("", 400, "missing_value"),
    ("q=", 400, "missing_value"),
    ("q=%20%20", 400, "missing_value"),
    ("q=%ff", 400, "bad_encoding"),
    ("q=a%00b", 400, "bad_encoding"),
    ("q=%ed%a0%80", 400, "bad_encoding"),
    ("q=a&limit=-1", 400, "bad_value"),
    ("q=a&limit=0", 400, "bad_value"),
    ("q=a&limit=51", 400, "bad_value"),
    ("q=a&limit=ten", 400, "bad_value"),
    ("q=a&limit=1.5", 400, "bad_value"),
    ("q=a&limit=99999999999999999999", 400, "bad_value"),
    ("q=a&limit=%D9%A1", 400, "bad_value"),
    ("q=a&lang=english-please!", 400, "unknown_language"),
    ("q=a&lang=e", 400, "unknown_language"),
    ("q=a&lang=" + "x" * 200, 414, "too_large"),
    ("q=" + "a" * 2001, 414, "too_large"),
    ("q=" + "a" * 1_000_000, 414, "too_large"),
    ("q=a&category=" + "c" * 200, 414, "too_large"),
]


@pytest.mark.parametrize(("query", "status", "code"), BAD_QUERIES, ids=[q[:40] for q, _, _ in BAD_QUERIES])
def test_a_wrong_query_is_a_clear_refusal(shared_help_centre: FlaskClient, query: str, status: int, code: str) -> None:
    response = shared_help_centre.get(f"{API}/search?{query}")

    assert (response.status_code, error_of(response)["code"]) == (status, code)
    assert error_of(response)["message"]
    assert error_of(response)["next"]


STRANGE = [
    "?",
    "'\"; DROP TABLE article; --",
    "a" * 2000,
    "🦓" * 50,
    "\u202e\u0000"[:1],
    "(((",
    "AND OR NOT *",
    "\\",
    "<script>",
]


@pytest.mark.parametrize("text", STRANGE, ids=[ascii(t[:20]) for t in STRANGE])
def test_strange_questions_are_answered_all_the_same(shared_help_centre: FlaskClient, text: str) -> None:
    response = shared_help_centre.get(f"{API}/search", query_string={"q": text})

    assert response.status_code == 200
    assert response.get_json()["query"] == text


BAD_BODIES: list[tuple[Any, int, str]] = [
    (b"", 400, "bad_json"),
    (b"{", 400, "bad_json"),
    (b"[1, 2]", 400, "bad_value"),
    (b"null", 400, "bad_value"),
    (b'"text"', 400, "bad_value"),
    (b'{"subject": NaN}', 400, "bad_json"),
    (b'{"subject": "\xff"}', 400, "bad_encoding"),
    (b'{"subject": "a\\u0000b"}', 400, "bad_encoding"),
    (b'{"subject": "\\ud800"}', 400, "bad_encoding"),
    (b'{"subject": 7}', 400, "bad_value"),
    (b'{"subject": ["a"]}', 400, "bad_value"),
    (b'{"subject": "a", "lang": 3}', 400, "bad_value"),
    (b'{"subject": "a", "lang": "not a tag"}', 400, "unknown_language"),
    (b'{"subject": "a", "page_url": {}}', 400, "bad_value"),
    (b'{"subject": null}', 400, "missing_value"),
    (b"{}", 400, "missing_value"),
    (b"[" * 100_000, 400, "bad_json"),
    (b'{"subject": "' + b"a" * 3000 + b'"}', 413, "too_large"),
    (b'{"message": "' + b"a" * 1_000_000 + b'"}', 413, "too_large"),
    (b'{"subject": ' + b"9" * 5000 + b"}", 400, "bad_json"),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD_BODIES, ids=[repr(b[:30]) for b, _, _ in BAD_BODIES])
def test_a_wrong_body_is_a_clear_refusal(shared_help_centre: FlaskClient, body: bytes, status: int, code: str) -> None:
    response = shared_help_centre.post(f"{API}/suggest", data=body, content_type="application/json")

    assert (response.status_code, error_of(response)["code"]) == (status, code)


BAD_REPORTS: list[tuple[str, Any, str]] = [
    ("feedback", {"lang": "en", "slug": "refund"}, "missing_value"),
    ("feedback", {"lang": "en", "slug": "refund", "helpful": "yes"}, "bad_value"),
    ("feedback", {"lang": "en", "slug": "refund", "helpful": 1}, "bad_value"),
    ("feedback", {"lang": "en", "slug": "refund", "helpful": True, "reason": "bored"}, "bad_value"),
    ("feedback", {"lang": "??", "slug": "refund", "helpful": True}, "unknown_language"),
    ("feedback", {"slug": "refund", "helpful": True}, "missing_value"),
    ("events", {}, "missing_value"),
    ("events", {"events": []}, "bad_value"),
    ("events", {"events": "no"}, "bad_value"),
    ("events", {"events": [1]}, "bad_value"),
    ("events", {"events": [{"name": "search_shown"}] * 51}, "bad_value"),
    ("events", {"name": "search_shown", "data": []}, "bad_value"),
    ("events", {"name": "search_shown", "data": {"a": {"b": 1}}}, "bad_value"),
    ("events", {"name": "search_shown", "data": {"a": [1]}}, "bad_value"),
    ("events", {"name": "search_shown", "data": {"a": 10**30}}, "bad_value"),
]


@pytest.mark.parametrize(
    ("where", "body", "code"), BAD_REPORTS, ids=[f"{w} {ascii(b)[:40]}" for w, b, _ in BAD_REPORTS]
)
def test_a_wrong_report_is_refused(shared_help_centre: FlaskClient, where: str, body: Any, code: str) -> None:
    response = shared_help_centre.post(f"{API}/{where}", json=body)

    assert (response.status_code, error_of(response)["code"]) in {(400, code), (413, code)}


def test_a_body_of_another_type_is_refused(shared_help_centre: FlaskClient) -> None:
    response = shared_help_centre.post(
        f"{API}/suggest", data="subject=a", content_type="application/x-www-form-urlencoded"
    )

    assert (response.status_code, error_of(response)["code"]) == (415, "unsupported_type")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("POST", "/search", 405, "method_not_allowed"),
        ("GET", "/feedback", 405, "method_not_allowed"),
        ("GET", "/articles/en/nothing", 404, "article_not_found"),
        ("GET", "/articles/n0t-a-tag!/refund", 400, "unknown_language"),
        ("GET", "/articles/fi/refund", 404, "article_not_found"),
    ],
)
def test_a_wrong_address_or_method_has_the_same_shape(
    shared_help_centre: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    response = shared_help_centre.open(f"{API}{path}", method=method)

    assert (response.status_code, error_of(response)["code"]) == (status, code)
    assert status != 405 or response.headers["Allow"]


def test_errors_are_in_the_readers_language_and_their_code_is_not(shared_help_centre: FlaskClient) -> None:
    english = error_of(shared_help_centre.get(f"{API}/nothing"))
    turkish = error_of(shared_help_centre.get(f"{API}/nothing", headers={"Accept-Language": "tr"}))

    assert english["code"] == turkish["code"] == "not_found"


def test_an_error_links_to_a_page_that_explains_it(shared_help_centre: FlaskClient) -> None:
    link = error_of(shared_help_centre.get(f"{API}/search"))["docs"]
    page, _, anchor = link.removeprefix("http://localhost").partition("#")

    assert f'id="{anchor}"' in shared_help_centre.get(page).get_data(as_text=True)


def test_too_many_requests_are_told_when_to_come_back(help_centre: FlaskClient) -> None:
    sent = {"lang": "en", "slug": "refund", "helpful": True}
    answers = [help_centre.post(f"{API}/feedback", json=sent) for _ in range(40)]

    refused = [a for a in answers if a.status_code == 429]
    assert refused
    assert error_of(refused[0])["code"] == "too_many_requests"
    assert int(refused[0].headers["Retry-After"]) >= 1


def test_links_begin_with_the_public_address_when_one_is_set(help_centre: FlaskClient) -> None:
    asked = help_centre.get(f"{API}/search?q=refund&lang=en", headers={"Host": "other.localhost:81"}).get_json()

    assert asked["results"][0]["url"].startswith("http://other.localhost:81/en/a/")


def test_a_broken_search_is_an_empty_answer_that_offers_a_person(
    help_centre: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise OSError("index gone")

    monkeypatch.setattr(services(help_centre).search._engine, "search", broken)

    body = help_centre.get(f"{API}/search?q=refund").get_json()

    assert (body["verdict"], body["degraded"], body["results"]) == ("ask_human", "no_index", [])


def test_without_an_index_search_says_so(client: FlaskClient) -> None:
    body = client.get(f"{API}/search?q=refund").get_json()

    assert (body["verdict"], body["degraded"], body["results"]) == ("ask_human", "no_index", [])


def test_the_answer_is_text_a_person_can_read(shared_help_centre: FlaskClient) -> None:
    raw = shared_help_centre.get(f"{API}/articles/zh-Hant/late-parcel").get_data(as_text=True)

    assert "包裹" in raw
    json.loads(raw)


@pytest.mark.parametrize(("given", "answered_in"), [("zh-TW", "zh-Hant"), ("tr-TR", "tr"), ("en", "en")])
def test_a_search_answers_in_the_language_it_was_asked_for(
    help_centre: FlaskClient, given: str, answered_in: str
) -> None:
    assert help_centre.get(f"/api/v1/search?q=return&lang={given}").get_json()["lang"] == answered_in
