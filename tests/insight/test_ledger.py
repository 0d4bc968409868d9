"""The ledger takes each event once, refuses what is none with its reason, and gives back what it took."""

import io
import json
import threading
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from core.database.connection import connect, writing
from insight import ledger
from insight.events import KINDS, BadEvent, Event, event_of, make
from insight.scrub import scrub
from insight.writer import LedgerWriter

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = connect(migrated_url)
    yield opened
    opened.dispose()


def line(**changes: Any) -> str:
    row = {
        "id": "e1", "at": "2026-11-03T12:00:00+03:00", "visit": "v1", "person": "", "site": "", "where": "portal",
        "lang": "tr", "name": "search",
        "data": {
            "query": "iade 12345", "verdict": "suggest", "confidence": 0.5, "degraded": False,
            "results": [["tr", "refund"]],
        },
    }  # fmt: skip
    return json.dumps({**row, **changes}, ensure_ascii=False)


def take(engine: Engine, *lines: str | bytes) -> ledger.ImportReport:
    raw = b"\n".join(one.encode() if isinstance(one, str) else one for one in lines)
    return ledger.import_file(engine, io.BytesIO(raw), scrub, lambda lang, slug: f"{lang}-topic" if slug else "")


def test_what_went_in_comes_out_once(engine: Engine) -> None:
    one, other = line(), line(id="e2", at="2026-11-02T00:00:00Z", name="rating", data={"score": 4})

    first, second = take(engine, one, other, one), take(engine, other, one)

    assert (first.added, first.known, first.refused_count) == (2, 1, 0)
    assert (second.added, second.known) == (0, 2)
    out = [event.as_json() for event in ledger.export(engine)]
    assert [row["id"] for row in out] == ["e2", "e1"]  # by their moments, not as they came
    assert out[1] == {
        **json.loads(line()),
        "at": "2026-11-03T09:00:00.000Z",
        "data": {
            "query": "iade [number]",
            "verdict": "suggest",
            "confidence": 0.5,
            "degraded": None,
            "results": [["tr", "refund"]],
        },
    }
    assert [event.category for event in ledger.export(engine)] == ["", "tr-topic"]
    again = take(engine, *(json.dumps(row) for row in out))
    assert again.known == 2


@pytest.mark.parametrize(
    ("hostile", "reason"),
    [
        ("{", "JSON"),
        ("[" * 20_000, "JSON"),
        ("[]", "object"),
        (b"\xff\xfe{}", "UTF-8"),
        ("x" * 200_000, "longer"),
        (line(id=""), "id"),
        (line(id="a b"), "id"),
        (line(id=7), "id"),
        (line(at="yesterday"), "at"),
        (line(at="2026-11-03T12:00:00"), "offset"),
        (line(at="9999-12-31T23:59:59-23:59"), "at"),
        (line(name="drop table"), "catalogue"),
        (line(where="moon"), "where"),
        (line(lang="<script>"), "language"),
        (line(person="ada@example.org"), "address"),
        (line(visit="v\u0000"), "visit"),
        (line(extra=1), "extra"),
        (line(data=[]), "data"),
        (line(data={"query": "a"}), "verdict"),
        (line(data={"query": 7, "verdict": "answer"}), "query"),
        (line(data={"query": "a", "verdict": "maybe"}), "verdict"),
        (line(data={"query": "a", "verdict": "answer", "confidence": 2}), "confidence"),
        (line(data={"query": "a", "verdict": "answer", "results": [["tr"]]}), "results"),
        (line(data={"query": "a", "verdict": "answer"}).replace('"a"', '"a\\ud800"'), "query"),
        (line(name="vote", data={"lang": "tr", "slug": "a", "helpful": "yes"}), "helpful"),
        (line(name="article_read", data={"lang": "tr", "slug": "a", "seconds": -1}), "seconds"),
        (line().replace("0.5", "NaN"), "JSON"),
        (line().replace("0.5", "1" * 5000), "JSON"),
        (line(data={"query": "a", "verdict": "answer", **{f"x{n}": 1 for n in range(40)}}), "20"),
    ],
)
def test_a_hostile_line_is_refused_with_its_number_and_reason_and_the_others_are_kept(
    engine: Engine, hostile: str | bytes, reason: str
) -> None:
    report = take(engine, line(id="before"), hostile, line(id="after"))

    assert report.added == 2
    ((number, why),) = report.refused
    assert number == 2
    assert reason in why


def test_a_name_of_the_catalogue_needs_what_it_says_of_an_article() -> None:
    with pytest.raises(BadEvent, match="slug is missing"):
        make("article_read", NOW, {"lang": "en"})
    assert event_of(line(name="contact_opened", data={"form": "contact", "why": "call me at 5551234567"})).data == {
        "form": "contact",
        "why": "call me at [number]",
    }


def test_no_slug_holds_a_control_character_or_half_a_surrogate_pair() -> None:
    signs = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cc", "Cs"}]
    assert len(signs) == 65 + 2048
    for sign in signs:
        with pytest.raises(BadEvent):
            make("article_read", NOW, {"lang": "en", "slug": f"a{sign}é", "seconds": 1})
    for kept in ("a b", "iade\u3000退款", "\u200fעזרה", "a\u00adb"):
        assert make("article_read", NOW, {"lang": "en", "slug": kept, "seconds": 1}).data["slug"] == kept


def test_every_kind_of_event_survives_the_round_trip(engine: Engine) -> None:
    values = {
        "text": "word", "slug": "an-article", "tag": "en", "count": 3, "amount": 21.5, "share": 0.5, "flag": True,
        "verdict": "answer", "results": [["en", "a"]],
    }  # fmt: skip
    events = [
        make(name, NOW, {key: values[kind_of] for key, kind_of in kind.data.items()}, id=name)
        for name, kind in KINDS.items()
    ]

    with writing(engine) as connection:
        assert ledger.add(connection, events) == len(KINDS)

    assert {one.id: one for one in ledger.export(engine)} == {one.id: one for one in events}


def test_the_visit_of_an_event_is_named_once_and_soon(engine: Engine) -> None:
    fresh, taken = Event("a", NOW, "contact_opened"), Event("b", NOW, "contact_opened", visit="mine")
    old = Event("c", NOW - timedelta(hours=1), "contact_opened")
    with writing(engine) as connection:
        ledger.add(connection, [fresh, taken, old])
        assert ledger.claim(connection, ["a", "b", "c"], "visit-1234", NOW) == 1
        assert ledger.claim(connection, ["a"], "visit-5678", NOW) == 0

    assert {one.id: one.visit for one in ledger.export(engine)} == {"a": "visit-1234", "b": "mine", "c": ""}


def test_the_writer_stores_in_the_background_and_ends(engine: Engine) -> None:
    writer = LedgerWriter(engine, every_seconds=0.01)

    writer.record([Event("a", NOW, "contact_opened")])
    for thread in [one for one in threading.enumerate() if one.name == "ledger"]:
        thread.join(60)

    assert ledger.size(engine) == 1
    assert writer.waiting == 0


def test_a_full_queue_counts_what_it_drops(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    writer = LedgerWriter(engine, most=3, every_seconds=600)

    writer.record([Event(f"e{number}", NOW, "contact_opened") for number in range(5)])
    writer.record([Event("e9", NOW, "contact_opened")])

    assert (writer.waiting, writer.dropped) == (3, 3)
    assert [record.getMessage() for record in caplog.records] == ["ledger_full"]
    writer.close()
    assert ledger.size(engine) == 3


def test_a_visit_is_named_before_and_after_its_event_is_stored(engine: Engine) -> None:
    writer = LedgerWriter(engine, every_seconds=600)
    now = datetime.now(UTC)
    writer.record([Event("a", now, "contact_opened"), Event("b", now, "contact_opened")])
    writer.claim(["a"], "visit-1234")
    writer.flush()
    writer.claim(["b"], "visit-1234")
    writer.flush()

    assert {one.id: one.visit for one in ledger.export(engine)} == {"a": "visit-1234", "b": "visit-1234"}
    writer.close()
