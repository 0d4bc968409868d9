"""Suggestions while typing never contradict the results page for the same text."""

import pytest
from flask.testing import FlaskClient

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
