"""The journey's schema is strict for programs and forgiving for people."""

import json
from typing import Any

import pytest

from support.tickets.journey import BadJourney, Journey, Rejection, parse, parse_leniently

FULL: dict[str, Any] = {
    "version": 1,
    "page": "https://shop.example/checkout",
    "product": "Earbuds 2",
    "lang": "zh-Hant",
    "device": "phone",
    "reason": "none_helped",
    "queries": [{"text": "退貨", "verdict": "suggest", "at": "2026-11-23T10:00:00Z"}],
    "suggestions": [
        {
            "slug": "return-an-item",
            "lang": "zh-Hant",
            "title": "退貨",
            "opened": True,
            "seconds_read": 12,
            "rejected": "did_not_answer",
            "comment": "不是我的問題",
            "solved": False,
        }
    ],
}


def test_a_full_journey_survives_the_way_there_and_back() -> None:
    journey = parse(FULL)
    assert journey.as_dict() == FULL
    assert parse_leniently(journey.to_json()) == journey


def test_everything_in_it_is_optional() -> None:
    assert parse({}) == Journey()


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "text",
        {"version": 2},
        {"version": True},
        {"surprise": 1},
        {"page": 1},
        {"page": "x\x00"},
        {"page": "\ud800"},
        {"device": "fridge"},
        {"queries": {}},
        {"queries": ["text"]},
        {"queries": [{"text": ""}]},
        {"queries": [{"text": "x", "verdict": "maybe"}]},
        {"queries": [{"text": "x"}] * 21},
        {"suggestions": [{"slug": "x"}]},
        {"suggestions": [{"slug": "x", "lang": "en", "opened": "yes"}]},
        {"suggestions": [{"slug": "x", "lang": "en", "seconds_read": -1}]},
        {"suggestions": [{"slug": "x", "lang": "en", "seconds_read": True}]},
        {"suggestions": [{"slug": "x", "lang": "en", "rejected": "boring"}]},
        {"page": "x" * 2001},
        {"queries": [{"text": "x" * 501}]},
    ],
)
def test_what_the_schema_does_not_have_is_refused_and_named(value: Any) -> None:
    with pytest.raises(BadJourney, match="journey"):
        parse(value)


@pytest.mark.parametrize("raw", ["", "{", "[]", '{"surprise": 1}', "[" * 5000, "x" * 200_000, '{"page": "\\ud800"}'])
def test_a_broken_journey_in_a_form_is_an_empty_one(raw: str) -> None:
    assert parse_leniently(raw) == Journey()


def test_asking_the_same_again_replaces_and_the_list_stays_short() -> None:
    journey = Journey().with_query("a", "suggest").with_query("b", "suggest").with_query("a", "answer")
    assert [(q.text, q.verdict) for q in journey.queries] == [("b", "suggest"), ("a", "answer")]
    for number in range(60):
        journey = journey.with_query(f"q{number}", "suggest").with_suggestion(f"s{number}", "en")
    parse(json.loads(journey.to_json()))


def test_what_was_rejected_is_remembered_with_what_was_known_before() -> None:
    journey = Journey().with_suggestion("a", "en", title="A").with_suggestion("a", "en", rejected=Rejection.NOT_RELATED)
    assert journey.suggestions[0].title == "A"
    assert journey.rejected() == {("en", "a")}
