"""/healthz and /readyz: what they promise to whoever watches the service."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import create_app
from app.api import health
from app.container import Services
from app.doctor import Level, check_articles
from app.ops.publishing import publish_and_index
from app.settings.schema import Settings
from core.database.connection import writing
from kb.publish import OnError
from kb.unpublished_files import UnpublishedFiles
from tests import articles
from tests.support.conftest import make_settings
from tests.support.solved_challenges import solved

__all__ = ["make_settings"]


def services(client: FlaskClient) -> Services:
    found: Services = client.application.extensions["signpost"]
    return found


def ready(client: FlaskClient) -> tuple[int, dict[str, object]]:
    """The answer of /readyz once the model has had its moment to load."""
    for _ in range(100):
        response = client.get("/readyz")
        if response.get_json()["search"] != "loading":
            break
        time.sleep(0.02)
    return response.status_code, response.get_json()


def test_the_process_answers_even_without_index_or_articles(client: FlaskClient) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})
    assert response.headers["Cache-Control"] == "no-store"


def test_it_is_ready_when_search_and_storing_work(help_centre: FlaskClient) -> None:
    status, body = ready(help_centre)

    assert status == 200
    assert (body["status"], body["search"], body["index"], body["storing"]) == ("ok", "ok", "ok", "ok")
    assert (body["backlog"], body["dead_letters"], body["degraded"]) == (0, 0, [])


def test_it_is_ready_only_when_danger_is_looked_for_by_meaning(
    help_centre: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, s = threading.Event(), services(help_centre)
    ready(help_centre)
    s.prepared.clear()
    monkeypatch.setattr(s.search, "prepare", lambda: go_on.wait(30))
    monkeypatch.setattr(health, "_PREPARING_SECONDS", 0.01)

    meanwhile = help_centre.get("/readyz")
    reading = help_centre.get("/readyz?for=reading")
    go_on.set()
    status, body = ready(help_centre)

    assert (meanwhile.status_code, meanwhile.get_json()["search"]) == (503, "loading")
    assert reading.status_code == 200, "articles can be read and words of danger are heard"
    assert (status, body["search"]) == (200, "ok")


def test_it_counts_the_articles_and_names_the_revision(help_centre: FlaskClient) -> None:
    _, body = ready(help_centre)

    assert (body["articles"], body["revision"]) == (6, 1)
    assert body["publishing"] == {"state": "ok", "message": ""}


def test_a_site_without_articles_is_not_ready_and_says_why(client: FlaskClient) -> None:
    publish_and_index(services(client))

    status, body = ready(client)

    assert (status, body["status"], body["index"], body["articles"]) == (503, "not_ready", "ok", 0)
    assert body["publishing"] == {"state": "no_articles", "message": "No articles published."}
    assert body["degraded"] == ["no_articles"]


def test_how_far_the_first_publish_has_read_is_told_while_it_reads(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.reading_status._EVERY", 0.0)
    s = services(client)
    articles.write_demo(s.settings.kb_dir)
    told = []

    publish_and_index(s, index=False, reading=lambda *_: told.append(ready(client)))

    files = len(articles.DEMO)
    assert told[0][1]["publishing"]["state"] == "no_articles"
    status, body = told[-1]
    assert (status, body["degraded"]) == (503, ["index", "no_articles"])
    assert body["publishing"] == {
        "state": "reading",
        "message": f"Nothing is published yet: reading {files - 2} of {files} files.",
        "reading": {"read": files - 2, "total": files},
    }
    assert ready(client)[1]["publishing"] == {"state": "ok", "message": ""}

    told.clear()
    publish_and_index(s, index=False, reading=lambda *_: told.append(ready(client)))
    assert told[-1][1]["publishing"] == {
        "state": "ok", "message": "", "reading": {"read": files - 2, "total": files},
    }  # fmt: skip


def test_a_large_library_is_found_in_part_while_the_rest_is_read(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.growing._LARGE", 2)
    monkeypatch.setattr("kb.growing._FIRST", 2)
    s = services(client)
    articles.write_demo(s.settings.kb_dir)

    report = publish_and_index(s, on_error=OnError.KEEP, first_part_only=True)

    status, body = ready(client)
    assert report.publish.partial and (status, body["articles"]) == (200, 2)
    assert body["publishing"] == {
        "state": "reading", "message": "2 articles are published and found; the others are still read.",
    }  # fmt: skip
    assert "reading" in body["degraded"] and s.live.current().manifest.articles == 2
    publish_and_index(s, on_error=OnError.KEEP)
    assert ready(client)[1]["publishing"] == {"state": "ok", "message": ""}


def test_what_a_killed_process_read_is_told_no_longer(
    help_centre: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = services(help_centre).settings.data_dir / "reading.json"
    for left in (
        '{"read": 1, "total": 2, "at": 1000.0}',
        "[",
        '{"read": 1}',
        '"x"',
        '{"read": 1, "total": 2, "at": "x"}',
    ):
        file.write_text(left, encoding="utf-8")
        assert "reading" not in ready(help_centre)[1]["publishing"], left


def test_files_that_nobody_publishes_are_told(make_settings: Callable[..., Settings]) -> None:
    app = create_app(make_settings(watch=True))
    client, s = app.test_client(), app.extensions["signpost"]
    articles.write_demo(s.settings.kb_dir)

    def later(**after: float) -> tuple[int, dict[str, object]]:
        """What is told so long from now: when a file was changed cannot be set."""
        s.unpublished = UnpublishedFiles(
            s.settings.kb_dir, s.publish_state.folder_followed, lambda: s.now() + timedelta(**after)
        )  # fmt: skip
        s.unpublished.look()
        return ready(client)

    assert later(seconds=90)[1]["publishing"] == {"state": "no_articles", "message": "No articles published."}
    status, body = later(minutes=3)
    told = body["publishing"]
    assert isinstance(told, dict) and (status, told["state"], told["waiting"]) == (503, "behind", 6)
    assert body["degraded"] == ["index", "no_articles", "publishing"]

    publish_and_index(s)
    assert later(minutes=3)[1]["publishing"] == {"state": "ok", "message": ""}
    articles.write(s.settings.kb_dir, "en", "new", "New", "New.")
    (s.settings.kb_dir / "en/orders/.new.md.tmp.md").write_text("no article", "utf-8")
    status, body = later(minutes=3)
    told = body["publishing"]
    assert isinstance(told, dict) and (status, told["state"], told["waiting"]) == (200, "behind", 1)
    assert check_articles(s.settings, s.now() + timedelta(minutes=3))[0].level is Level.WARNING
    assert check_articles(s.settings, s.now())[0].level is Level.OK
    s.settings = replace(s.settings, watch=False)  # then somebody publishes by hand
    assert later(minutes=3)[1]["publishing"] == {"state": "ok", "message": ""}
    s.close()


def test_a_publish_that_is_held_is_told_and_visitors_are_served_in_full(help_centre: FlaskClient) -> None:
    s = services(help_centre)
    shutil.rmtree(s.settings.kb_dir / "tr")
    publish_and_index(s)

    status, body = ready(help_centre)

    assert (status, body["status"], body["articles"], body["degraded"]) == (200, "ok", 6, ["publishing"])
    told = body["publishing"]
    assert isinstance(told, dict)
    assert (told["state"], told["would_remove"], told["of"], told["languages"]) == ("held", 1, 6, ["tr"])


def test_it_is_not_ready_without_an_index(client: FlaskClient) -> None:
    status, body = ready(client)

    assert (status, body["index"]) == (503, "missing")


def test_it_is_not_ready_while_the_model_does_not_answer(
    help_centre: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(services(help_centre).embedder(), "encode_queries", broken)

    status, body = ready(help_centre)

    assert (status, body["search"]) == (503, "failed")


def test_it_is_not_ready_when_a_ticket_could_not_be_stored(help_centre: FlaskClient) -> None:
    with writing(services(help_centre).engine) as connection:
        connection.execute(text("ALTER TABLE idempotency RENAME TO elsewhere"))

    status, body = ready(help_centre)

    assert (status, body["storing"]) == (503, "failed")


def test_asking_often_leaves_no_more_than_one_mark(help_centre: FlaskClient) -> None:
    for _ in range(3):
        ready(help_centre)

    with services(help_centre).engine.connect() as connection:
        assert connection.execute(text("SELECT key FROM idempotency")).scalars().all() == ["check"]
    assert list(services(help_centre).tickets.files._folder.iterdir()) == []


def test_it_is_not_ready_when_attachments_could_not_be_stored(help_centre: FlaskClient) -> None:
    folder = services(help_centre).tickets.files._folder
    folder.parent.mkdir(exist_ok=True)
    if folder.exists():
        folder.rmdir()
    folder.write_text("not a folder")

    status, body = ready(help_centre)

    assert (status, body["files"], body["storing"]) == (503, "failed", "ok")
    assert "files" in body["degraded"]  # type: ignore[operator]


def test_a_backlog_and_dead_letters_are_told_and_do_not_fail_it(help_centre: FlaskClient) -> None:
    help_centre.post(
        "/api/v1/tickets",
        json={
            "email": "ada@example.com", "message": "The left side is silent", "consent": True,
            "altcha": solved(help_centre.application),
        },
    )  # fmt: skip
    with writing(services(help_centre).engine) as connection:
        connection.execute(text("UPDATE outbox SET state = 'dead' WHERE id = (SELECT MIN(id) FROM outbox)"))

    status, body = ready(help_centre)

    assert status == 200
    assert body["backlog"] == 1
    assert body["dead_letters"] == 1
    assert "delivery" in body["degraded"]  # type: ignore[operator]


def test_a_failed_model_leaves_keyword_search(app: Flask, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    articles.write_demo(services(client).settings.kb_dir)
    articles.publish(services(client))

    def broken() -> None:
        raise OSError("the model file is damaged")

    monkeypatch.setattr(services(client).model, "_embedder", None)
    monkeypatch.setattr(services(client).model, "_load", broken)

    body = client.get("/api/v1/search?q=parcel+late&lang=en").get_json()

    assert body["degraded"] == "keyword_only"
    assert body["results"][0]["slug"] == "late-parcel"
    assert ready(client)[0] == 503


_DANGER = "- name: battery\n  title: {}\n  text: Call us.\n  words: [smoking]\n"


@pytest.mark.parametrize(
    "wrong",
    [_DANGER.format("Danger: move away"), _DANGER.format("Move away") + "  words: [sparks]\n", "- name: battery\n",
     _DANGER.format("Move away").replace("smoking", "'*'"), "name: battery\n"],
)  # fmt: skip
def test_urgent_messages_that_cannot_be_used_are_told_with_file_and_line(help_centre: FlaskClient, wrong: str) -> None:
    s = services(help_centre)
    file = s.settings.kb_dir / "en" / "_urgent.yml"

    def later(text: str) -> tuple[int, dict[str, object]]:
        file.write_text(text, "utf-8")
        s.hints._checked_at = -1e9
        return ready(help_centre)

    status, body = later(wrong)
    told = body["urgent_messages"]
    assert (status, body["degraded"]) == (200, ["urgent_messages"])
    assert isinstance(told, dict) and told["state"] == "broken" and told["message"].startswith("en/_urgent.yml, line ")
    assert "Correct that line" in told["message"]
    found = check_articles(s.settings, s.now())
    assert (found[0].level, found[0].check) == (Level.ERROR, "articles")
    assert found[0].message.startswith("en/_urgent.yml, line ") and "flask kb lint" in found[0].action

    status, body = later(_DANGER.format("Move away"))
    assert (status, body["degraded"], body["urgent_messages"]) == (200, [], {"state": "ok", "message": ""})
    assert all(one.level is not Level.ERROR for one in check_articles(s.settings, s.now()))


def test_synonyms_that_cannot_be_used_are_a_warning_and_nobody_is_paged_for_them(help_centre: FlaskClient) -> None:
    s = services(help_centre)
    (s.settings.kb_dir / "en" / "_synonyms.yml").write_text("- one\n", "utf-8")
    s.hints._checked_at = -1e9
    assert ready(help_centre)[1]["degraded"] == []
    assert check_articles(s.settings, s.now())[0].level is Level.WARNING
