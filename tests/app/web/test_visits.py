"""What pages, the API and tickets write into the ledger, and what they must not."""

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.container import Services
from app.settings.schema import Settings
from insight import ledger
from insight.events import Event

VISIT = "visit-12345678"
SIGNALS = [{"Sec-GPC": "1"}, {"DNT": "1"}]


def ticket_body(**changes: str) -> dict[str, Any]:
    return {"message": "My parcel is late.", "email": "ada@example.org", "consent": True, **changes}


def services(client: FlaskClient) -> Services:
    found: Services = client.application.extensions["signpost"]
    return found


def written(client: FlaskClient) -> list[Event]:
    services(client).ledger.flush()
    return list(ledger.export(services(client).engine))


def test_a_search_on_the_portal_is_recorded_and_its_page_names_the_visit(help_centre: FlaskClient) -> None:
    page = help_centre.get("/en/search?q=late+parcel+12345").get_data(as_text=True)
    (ids,) = re.findall(r'data-recorded="([^"]*)"', page)
    assert f'data-search="{ids}"' in page
    help_centre.post("/api/v1/events", json={"visit": VISIT, "claim": [ids]})

    (event,) = written(help_centre)
    assert (event.id, event.visit, event.where, event.lang, event.name) == (ids, VISIT, "portal", "en", "search")
    assert event.query == "late parcel [number]"
    assert event.data["results"] and event.category


@pytest.mark.parametrize("signal", SIGNALS)
def test_nothing_at_all_is_stored_of_a_browser_that_says_so(help_centre: FlaskClient, signal: dict[str, str]) -> None:
    page = help_centre.get("/en/search?q=parcel", headers=signal).get_data(as_text=True)
    help_centre.get("/en/contact", headers=signal)
    help_centre.post("/api/v1/suggest", json={"message": "my parcel is late"}, headers=signal)
    article = {"slug": "late-parcel", "article_lang": "en"}
    events = {"visit": VISIT, "name": "article_read", "data": article}
    help_centre.post("/api/v1/events", json=events, headers=signal)
    help_centre.post("/api/v1/tickets", json=ticket_body(), headers=signal)

    assert "data-recorded" not in page
    assert written(help_centre) == []


def test_insight_off_stores_nothing(settings: Settings) -> None:
    app = create_app(replace(settings, insight="off"))
    client = app.test_client()
    client.get("/en/search?q=parcel")
    client.post("/api/v1/tickets", json=ticket_body())

    assert written(client) == []
    services(client).close()


def test_a_robot_is_not_counted_whatever_it_does_on_pages_and_in_the_widget(help_centre: FlaskClient) -> None:
    own = {"Sec-Fetch-Site": "same-origin"}
    for name in ("Mozilla/5.0 (compatible; Somebot/2.1)", "facebookexternalhit/1.1", "curl/8.5.0", "Scrapy/2.11"):
        robot = {"User-Agent": name}
        page = help_centre.get("/en/search?q=parcel", headers=robot).get_data(as_text=True)
        assert re.findall(r'data-recorded="([^"]*)"', page) == [""]
        help_centre.get("/en/contact", headers=robot)
        help_centre.post("/en/a/late-parcel/feedback", data={"helpful": "yes", "visit": VISIT}, headers=robot)
        read = {"name": "article_read", "lang": "en", "data": {"slug": "late-parcel", "article_lang": "en"}}
        help_centre.post("/api/v1/events", json={"visit": VISIT, **read}, headers={**robot, **own})
        help_centre.get("/api/v1/search?q=parcel", headers={**robot, **own})
        for path in ("search?q=parcel", "suggest?q=parcel"):
            help_centre.get(f"/api/v1/{path}&site=shop", headers={**robot, "Origin": "https://shop.example"})
    assert written(help_centre) == []

    # A program that asks the API for its own customers is none, whatever it is called.
    help_centre.get("/api/v1/search?q=parcel", headers={"User-Agent": "support-bot/1.0"})
    assert [(one.where, one.name) for one in written(help_centre)] == [("api", "search")]


def test_a_ticket_is_in_the_ledger_with_its_visit_and_a_hash_of_the_address(help_centre: FlaskClient) -> None:
    headers = {"X-Signpost-Visit": VISIT}
    help_centre.post("/api/v1/suggest", json={"message": "my parcel is late"}, headers=headers)
    answer = help_centre.post("/api/v1/tickets", json=ticket_body(email="Ada@Example.org"), headers=headers)
    assert answer.status_code == 201

    shown, sent = written(help_centre)
    assert (shown.name, sent.name) == ("suggestions_shown", "ticket_sent")
    assert shown.visit == sent.visit == VISIT
    assert sent.data == {"form": "contact", "via": "api"}
    assert re.fullmatch(r"[0-9a-f]{32}", sent.person)
    again = help_centre.post("/api/v1/tickets", json=ticket_body(email="ada@example.org", message="Another thing."))
    assert again.status_code == 201
    assert written(help_centre)[-1].person == sent.person


def test_what_follows_a_ticket_in_its_visit_is_of_its_sender_and_erased_with_it(help_centre: FlaskClient) -> None:
    headers = {"X-Signpost-Visit": VISIT}
    help_centre.get("/api/v1/search?q=parcel&lang=en", headers=headers)
    written(help_centre)
    assert help_centre.post("/api/v1/tickets", json=ticket_body(), headers=headers).status_code == 201
    help_centre.get("/api/v1/search?q=refund&lang=en", headers=headers)
    help_centre.get("/api/v1/search?q=refund&lang=en", headers={"X-Signpost-Visit": "somebody-else"})

    persons = {one.query or one.name: one.person for one in written(help_centre) if one.visit == VISIT}
    assert persons["parcel"] == "" and persons["refund"] == persons["ticket_sent"] != ""
    (other,) = [one for one in written(help_centre) if one.visit != VISIT]
    assert other.person == ""
    runner = help_centre.application.test_cli_runner()
    runner.invoke(args=["privacy", "erase", "ada@example.org", "--yes"])
    assert [one.visit for one in written(help_centre)] == ["somebody-else"]


def test_the_event_of_a_ticket_is_there_exactly_when_the_ticket_is(
    help_centre: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_about: Any, **_more: Any) -> None:
        raise OSError

    monkeypatch.setattr(services(help_centre).tickets.response_targets, "give", fails)
    assert help_centre.post("/api/v1/tickets", json=ticket_body()).status_code == 503

    assert written(help_centre) == []
    assert services(help_centre).tickets.newest() == ()


def test_pages_report_what_only_they_know(help_centre: FlaskClient) -> None:
    article = {"slug": "late-parcel", "article_lang": "en"}
    rows = [
        {"name": "result_opened", "lang": "en", "data": {**article, "rank": 2, "search": "x"}},
        {"name": "article_read", "lang": "en", "data": {**article, "seconds": 30, "depth": 0.7}},
        # Nothing is counted of an article that there is not.
        {"name": "article_read", "lang": "en", "data": {"slug": "made-up", "article_lang": "en", "seconds": 30}},
        {"name": "article_read", "lang": "en", "data": {"slug": "late-parcel", "article_lang": "fr", "seconds": 30}},
        {"name": "channel_chosen", "data": {"channel": "phone"}},
    ]
    answer = help_centre.post("/api/v1/events", json={"visit": VISIT, "events": rows})
    assert answer.status_code == 202

    found = written(help_centre)
    assert [one.name for one in found] == ["result_opened", "article_read", "channel_chosen"]
    assert dict(found[1].data) == {"slug": "late-parcel", "lang": "en", "seconds": 30, "depth": 0.7}
    for bad in ({"visit": "<b>"}, {"claim": "x"}, {"claim": [1]}, {"claim": []}):
        assert help_centre.post("/api/v1/events", json={"events": [], **bad}).status_code == 400
    for bad in ({"name": "ticket_sent"}, {"name": "search", "data": {"query": "x", "verdict": "answer"}}):
        assert help_centre.post("/api/v1/events", json=bad).status_code == 400


def test_a_channel_form_or_reason_that_there_is_not_is_refused_by_name(help_centre: FlaskClient) -> None:
    good = {"name": "channel_chosen", "data": {"channel": "phone"}}
    for name, data in (
        ("channel_chosen", {"channel": "carrier_pigeon"}), ("channel_chosen", {"channel": "<b>phone</b>"}),
        ("channel_chosen", {"channel": 1}), ("channel_chosen", {}), ("contact_opened", {"form": "made-up"}),
        ("suggestion_rejected", {"reason": "made up", "slug": "late-parcel"}),
    ):  # fmt: skip
        bad = {"name": name, "data": data}
        alone = help_centre.post("/api/v1/events", json={"visit": VISIT, **bad})
        among = help_centre.post("/api/v1/events", json={"events": [good, bad]})

        assert alone.status_code == among.status_code == 400, bad
        assert alone.get_json()["error"]["message"].startswith("data."), bad
        told = among.get_json()["error"]
        assert told["message"].startswith("events[1].data.") and "must be one of" in told["message"]
        assert told["details"]["field"].startswith("events[1].data.")
    assert written(help_centre) == []


def test_a_vote_and_the_buttons_of_the_form_are_events(help_centre: FlaskClient) -> None:
    help_centre.post("/en/a/late-parcel/feedback", data={"helpful": "no", "reason": "wrong", "visit": VISIT})
    help_centre.post("/en/contact", data={"action": "reject:en/late-parcel", "visit": VISIT, "message": "late parcel"})
    help_centre.post("/en/contact", data={"action": "solved:en/late-parcel", "visit": VISIT})

    found = written(help_centre)
    assert [(one.name, one.visit) for one in found] == [
        ("vote", VISIT), ("suggestion_rejected", VISIT), ("suggestion_solved", VISIT),
    ]  # fmt: skip
    assert found[0].data == {"lang": "en", "slug": "late-parcel", "helpful": False, "reason": "wrong"}
    assert found[1].data["reason"] == "not_related"


def test_import_report_and_check_from_the_command_line(help_centre: FlaskClient) -> None:
    runner = help_centre.application.test_cli_runner()
    lines = [
        {"id": "1", "at": "2026-01-05T10:00:00Z", "visit": "v", "where": "portal", "lang": "en", "name": "search",
         "data": {"query": "refund", "verdict": "answer", "results": [["en", "late-parcel"]]}},
        {"id": "2", "at": "2026-01-05T10:01:00Z", "visit": "v", "where": "portal", "lang": "en",
         "name": "suggestion_solved", "data": {"lang": "en", "slug": "late-parcel"}},
    ]  # fmt: skip
    file = services(help_centre).settings.data_dir / "events.jsonl"
    file.write_text("\n".join([json.dumps(lines[0]), "nonsense", json.dumps(lines[1])]), encoding="utf-8")

    done = runner.invoke(args=["insight", "import", str(file)])
    assert done.exit_code == 1
    assert "2 events added" in done.output and "line 2" in done.output
    shown = runner.invoke(args=["insight", "report", "--from", "2026-01-05", "--to", "2026-01-05", "--json"])
    figures = json.loads(shown.output)
    assert list(figures) == ["visits", "outcomes", "false_deflection", "searches", "tickets", "articles"]
    assert figures["visits"] == figures["outcomes"]["confirmed"] == 1
    assert "1 of 1" in runner.invoke(args=["insight", "report", "--from", "2026-01-05", "--to", "2026-01-05"]).output
    assert runner.invoke(args=["insight", "recompute", "--check"]).exit_code == 0
    assert runner.invoke(args=["insight", "recompute"]).exit_code == 0
    out = runner.invoke(args=["insight", "export", "--from", "2026-01-05"]).output
    assert [json.loads(row)["id"] for row in out.splitlines()] == ["1", "2"]
    again = ledger.import_file(
        services(help_centre).engine, io.BytesIO(out.encode()), services(help_centre).scrub, lambda *_: ""
    )
    assert (again.added, again.known) == (0, 2)
    assert "0 events" in runner.invoke(args=["insight", "purge", "--dry-run"]).output


def test_what_is_yet_to_come_is_not_imported_and_small_differences_of_clocks_are(help_centre: FlaskClient) -> None:
    now = datetime.now(UTC)
    moments = {"late": -60, "skewed": 240, "hours": 6 * 3600, "years": 3 * 365 * 86_400}
    rows = [{"id": id, "at": (now + timedelta(seconds=seconds)).isoformat(), "name": "widget_opened"}
            for id, seconds in moments.items()]  # fmt: skip
    file = "\n".join(map(json.dumps, rows))
    runner = help_centre.application.test_cli_runner()

    done = runner.invoke(args=["insight", "import", "-"], input=file)

    assert done.exit_code == 1
    assert "2 events added" in done.output
    assert "2 lines refused, 2 of them for a time that is yet to come" in done.output
    assert "line 3: at is" in done.output and "line 4: at is" in done.output
    assert [one.id for one in written(help_centre)] == ["late", "skewed"]


def test_erasing_and_showing_a_person_reaches_the_ledger(help_centre: FlaskClient) -> None:
    headers = {"X-Signpost-Visit": VISIT}
    help_centre.get("/api/v1/search?q=parcel", headers=headers)
    help_centre.post("/api/v1/tickets", json=ticket_body(email="ada@example.org"), headers=headers)
    help_centre.get("/api/v1/search?q=other", headers={"X-Signpost-Visit": "another-visit"})
    assert len(written(help_centre)) == 3
    own = services(help_centre)
    to = io.BytesIO()
    own.privacy.export(own.privacy.find("ada@example.org"), to, address="ada@example.org")
    shown = json.loads(zipfile.ZipFile(to).read("data.json"))
    assert [row["name"] for row in shown["insight"]] == ["search", "ticket_sent"]
    assert [row["name"] for row in shown["visits"]] == ["search", "ticket_sent"]

    own.privacy.erase(own.privacy.find("ada@example.org"), "ada@example.org")

    assert [one.query for one in written(help_centre)] == ["other"]
