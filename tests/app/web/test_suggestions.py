"""Suggestions while typing never contradict the results page for the same text."""

import pytest
from flask.testing import FlaskClient

from index.query.autocomplete import matches_title

TITLES = ["My parcel is late", "When the refund comes", "Kargom gecikti", "包裹沒有送到"]


def slugs(client: FlaskClient, address: str, text: str, lang: str) -> list[tuple[str, str]]:
    body = client.get(f"/api/v1/{address}", query_string={"q": text, "lang": lang}).get_json()
    return [(hit["lang"], hit["slug"]) for hit in body["results"]]


@pytest.mark.parametrize("lang", ["en", "tr", "zh-Hant"])
def test_every_suggestion_for_every_beginning_is_on_the_results_page(
    lang: str, shared_help_centre: FlaskClient
) -> None:
    for title in TITLES:
        for end in range(1, len(title) + 1):
            if not title[:end].strip():
                continue
            on_page = slugs(shared_help_centre, "search", title[:end], lang)
            suggested = slugs(shared_help_centre, "suggest", title[:end], lang)
            places = [on_page.index(one) for one in suggested]
            assert places == sorted(places), title[:end]


def test_for_a_full_question_the_first_suggestion_is_the_first_result(shared_help_centre: FlaskClient) -> None:
    text = "my parcel is late"
    first = slugs(shared_help_centre, "search", text, "en")[0]
    assert slugs(shared_help_centre, "suggest", text, "en")[0] == first


def test_at_most_five_are_suggested(shared_help_centre: FlaskClient) -> None:
    assert 0 < len(slugs(shared_help_centre, "suggest", "parcel", "en")) <= 5


def test_without_a_question_nothing_can_be_suggested(shared_help_centre: FlaskClient) -> None:
    assert shared_help_centre.get("/api/v1/suggest?q=+").status_code == 400


MESSAGES = [
    ("en", "My parcel did not arrive, it is late"), ("en", "When do I get my money back"),
    ("en", "the left earbud is silent"), ("en", "battery"), ("tr", "Kargom gelmedi"), ("tr", "iade"),
    ("zh-Hant", "包裹沒有送到"), ("zh-Hant", "退款"),
]  # fmt: skip


@pytest.mark.parametrize(("lang", "message"), MESSAGES)
def test_beside_a_message_stands_what_the_page_shows_without_being_asked(
    lang: str, message: str, shared_help_centre: FlaskClient
) -> None:
    body = shared_help_centre.post("/api/v1/suggest", json={"message": message, "lang": lang}).get_json()
    assert len(body["results"]) == body["plausible"] or body["plausible"] == 0
    typed = shared_help_centre.get("/api/v1/suggest", query_string={"q": message, "lang": lang}).get_json()
    page = shared_help_centre.get("/api/v1/search", query_string={"q": message, "lang": lang}).get_json()
    shown = {(hit["lang"], hit["slug"]) for hit in page["results"][: page["plausible"] or None]}
    others = [hit for hit in typed["results"] if (hit["lang"], hit["slug"]) not in shown]
    assert all(matches_title(message, hit["title"], hit["lang"]) for hit in others)


def test_a_result_names_the_heading_its_passage_stands_below(shared_help_centre: FlaskClient) -> None:
    body = shared_help_centre.get("/api/v1/search?q=parcel&lang=en").get_json()
    assert all(isinstance(hit["heading"], str) for hit in body["results"])
    assert any(hit["heading"] and hit["anchor"] for hit in body["results"])
