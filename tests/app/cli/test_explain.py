"""`flask kb explain` on a small help centre."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app.settings.schema import Settings
from tests import articles
from tests.articles import publish


@pytest.fixture
def runner(app: Flask, settings: Settings) -> FlaskCliRunner:
    articles.write_demo(settings.kb_dir)
    publish(app.extensions["signpost"])
    return app.test_cli_runner()


def explained(runner: FlaskCliRunner, *args: str, code: int = 0) -> str:
    result = runner.invoke(args=["kb", "explain", *args])
    assert result.exit_code == code, result.output
    return str(result.stdout)


def test_it_tells_people_the_verdict_the_places_and_the_reasons(runner: FlaskCliRunner) -> None:
    printed = explained(runner, "my parcel is late", "--lang", "en", "--slug", "late-parcel")
    assert "Verdict    suggest: this model has no calibration" in printed
    assert "en/late-parcel" in printed
    assert "of which meaning" in printed
    assert "It is the first." in printed


def test_an_article_that_is_not_there_is_said_to_be_missing(runner: FlaskCliRunner) -> None:
    printed = explained(runner, "my parcel is late", "--slug", "nobody-wrote-this")
    assert "Search does not have it" in printed


def test_machines_get_every_figure(runner: FlaskCliRunner) -> None:
    found = json.loads(explained(runner, "my parcel is late", "--lang", "en", "--json"))
    first = found["candidates"][0]
    assert first["ref"] == {"lang": "en", "slug": "late-parcel"}
    assert {"name", "value", "weight", "contribution"} == set(first["parts"][0])


def test_names_in_the_json_stay_as_they_were_released(runner: FlaskCliRunner) -> None:
    found = json.loads(explained(runner, "my parcel is late", "--lang", "en", "--json"))
    assert list(found) == [
        "query", "asked", "reader", "result", "tokens", "synonyms", "phrases", "excluded", "codes", "pinned", "legs",
        "candidates", "weighed", "signals", "bias", "suggest_from", "answer_from", "expected",
        "first_signals", "first_bias", "first_answer_from", "urgent", "is_guessed", "is_mostly_unknown", "passages",
        "chosen_by", "embedded", "missing_quantity",
    ]  # fmt: skip
    assert list(found["candidates"][0]) == [
        "place", "ref", "title", "score", "boost", "lift", "legs", "parts", "missing", "heading", "anchor", "passage",
        "shown",
    ]  # fmt: skip


def write_sound(settings: Settings, summary: str, body: str) -> None:
    header = f"---\ntitle: Echo\nsummary: {summary}\nlang: en\nstatus: published\n---\n"
    (settings.kb_dir / "en" / "sound.md").write_text(f"{header}{body}", "utf-8")


def test_the_passages_of_the_first_article_are_told_and_why_one_is_shown(
    runner: FlaskCliRunner, settings: Settings
) -> None:
    body = "## Enable it\n1. Press the echo.\n\n## Disable it\nHold the echo, echo.\n"
    write_sound(settings, "The echo, disabled or enabled.", body)
    publish(runner.app.extensions["signpost"])
    found = json.loads(explained(runner, "turn off echo", "--lang", "en", "--json"))
    assert found["candidates"][0]["ref"]["slug"] == "sound"
    headings = [one["heading"] for one in found["passages"]]
    assert headings == ["", "Enable it", "Disable it"]
    assert [one["heading"] for one in found["passages"] if one["shown"]] == ["Disable it"]
    assert found["passages"][2]["text"] == "Hold the echo, echo."
    assert list(found["passages"][0]) == [
        "heading", "anchor", "text", "score", "meaning", "piece", "coverage", "words", "shown",
    ]  # fmt: skip
    assert found["chosen_by"] == "heading"
    printed = explained(runner, "turn off echo", "--lang", "en")
    assert "Shown      since the question says what its heading says. Its passages (of 3), * the one shown:" in printed
    assert "(introduction): The echo, disabled or enabled." in printed


def test_a_question_that_the_article_asks_itself_is_told(runner: FlaskCliRunner, settings: Settings) -> None:
    body = "## Use it\nPress the echo.\n\n## Questions\n**Can echo hear two rooms?** No, one.\n"
    write_sound(settings, "Why the echo.", body)
    publish(runner.app.extensions["signpost"])
    found = json.loads(explained(runner, "can echo hear two rooms", "--lang", "en", "--json"))
    assert found["chosen_by"] == "question"
    printed = explained(runner, "can echo hear two rooms", "--lang", "en")
    assert "Shown      since it asks the question itself, as an FAQ does." in printed


def test_an_urgent_message_is_told_with_what_raised_it_and_what_it_changes(
    runner: FlaskCliRunner, settings: Settings
) -> None:
    assert json.loads(explained(runner, "how do I get a refund", "--lang", "en", "--json"))["urgent"] is None
    (settings.kb_dir / "en" / "_urgent.yml").write_text(
        "- name: battery\n  title: Move away\n  text: Call us.\n  article: late-parcel\n  words: [caught fire]\n",
        "utf-8",
    )
    question = "how do I get a refund. it caught fire"
    printed = explained(runner, question, "--lang", "en")
    assert "Urgent     the message battery (en: “Move away”) is shown above everything else\n" in printed
    assert "by words “caught fire”, in: it caught fire\n" in printed
    assert "Its article en/late-parcel takes the first place; without it the verdict is suggest." in printed
    told = json.loads(explained(runner, question, "--lang", "en", "--json"))["urgent"]
    assert told == {
        "kind": "battery", "lang": "en", "title": "Move away", "why": "words “caught fire”",
        "sentence": "it caught fire", "article": "en/late-parcel", "article_first": True, "verdict": "suggest",
    }  # fmt: skip


def test_a_language_that_is_none_is_refused(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["kb", "explain", "parcel", "--lang", "!!"])
    assert result.exit_code == 1
    assert "is not a language tag" in result.output
