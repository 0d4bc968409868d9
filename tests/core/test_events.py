"""Log lines: from the catalogue, readable or JSON, with the request's reference and nothing else of the visitor."""

import json
import logging

import pytest

from core import events


@pytest.fixture
def record() -> logging.LogRecord:
    made = logging.LogRecord("signpost", logging.WARNING, "", 0, "rate_limited", None, None)
    made.fields = {"action": "search", "wait_seconds": 3}
    return made


def test_an_event_outside_the_catalogue_is_refused() -> None:
    with pytest.raises(KeyError):
        events.emit("made_up")


def test_a_field_outside_the_catalogue_is_refused() -> None:
    with pytest.raises(KeyError, match="query"):
        events.emit("searched", query="my secret question")


def test_a_json_line_is_one_object_with_the_request_id(record: logging.LogRecord) -> None:
    token = events.request_id.set("abc123")
    try:
        line = json.loads(events._JsonLines().format(record))
    finally:
        events.request_id.reset(token)

    assert line["event"] == "rate_limited"
    assert line["action"] == "search"
    assert line["level"] == "warning"
    assert line["request_id"] == "abc123"


def test_a_readable_line_names_event_and_fields(record: logging.LogRecord) -> None:
    assert "WARNING rate_limited action=search wait_seconds=3" in events._ReadableLines().format(record)


def test_a_librarys_warning_keeps_its_trace_in_both_forms() -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        told = logging.LogRecord(
            "lib", logging.ERROR, "", 0, "it failed", None, (ValueError, error, error.__traceback__)
        )

    assert "ValueError: broken" in json.loads(events._JsonLines().format(told))["trace"]
    assert "ValueError: broken" in events._ReadableLines().format(told)
