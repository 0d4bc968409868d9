"""/metrics: closed unless a setting opens it, true to what happened, and complete for the board and the alerts."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from app import create_app
from app.backups import making
from app.settings.schema import BadSettings, Settings
from core.events import emit
from tests import articles
from tests.support.conftest import make_settings

__all__ = ["make_settings"]

ROOT = Path(__file__).parents[2]
TOKEN = "a token of sixteen and more"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def site(make_settings: Callable[..., Settings]) -> FlaskClient:
    settings = make_settings(metrics_token=TOKEN)
    articles.write_demo(settings.kb_dir)
    app = create_app(settings)
    articles.publish(app.extensions["signpost"])
    return app.test_client()


def figures(client: FlaskClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    response = client.get("/metrics", headers=HEADERS)
    assert response.status_code == 200 and response.headers["Cache-Control"] == "no-store"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_it_is_closed_unless_a_setting_opens_it(make_settings: Callable[..., Settings], site: FlaskClient) -> None:
    assert site.get("/metrics").status_code == 401
    assert site.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert site.get("/metrics", headers={**HEADERS, "Host": "10.0.0.1:8000"}).status_code == 200

    closed = create_app(make_settings()).test_client()
    assert closed.get("/metrics", headers=HEADERS).status_code == 404
    near = create_app(make_settings(metrics_networks="10.1.0.0/16, ::1")).test_client()
    assert near.get("/metrics", environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code == 200
    assert near.get("/metrics", environ_base={"REMOTE_ADDR": "10.2.2.3"}).status_code == 401
    for wrong in ({"metrics_token": "short"}, {"metrics_networks": "everybody"}):
        with pytest.raises(BadSettings):
            make_settings(**wrong)


def test_it_tells_what_happened(site: FlaskClient) -> None:
    before = figures(site)
    site.get("/api/v1/search?q=battery&lang=en")
    site.open("/en/", method="PROPFIND")
    emit("delivered", id=1, channel="email", attempts=1, ms=3)
    after = figures(site)

    def grown(name: str, **labels: str) -> float:
        wanted = set(labels.items())
        return sum(
            value - before.get(key, 0) for key, value in after.items() if key[0] == name and wanted <= set(key[1])
        )

    assert grown("signpost_searches_total", where="api.search") == 1
    assert grown("signpost_search_seconds_count", where="api.search") == 1
    assert grown("signpost_request_seconds_count", status="2xx", method="GET") == 1
    assert grown("signpost_request_seconds_count", method="other") == 1
    assert grown("signpost_deliveries_total", channel="email", outcome="delivered") == 1
    assert after["signpost_database_up", ()] == 1
    assert after["signpost_revision", ()] == 1 and after["signpost_articles", ()] > 0
    assert not any("battery" in str(key) for key in after)


def test_a_database_that_hangs_does_not_hold_a_scrape(site: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    forever = threading.Event()
    monkeypatch.setattr("app.api.metrics._PATIENCE", 0.05)
    monkeypatch.setattr("app.api.metrics._of_database", lambda _s: forever.wait(30) and {})

    assert [figures(site)["signpost_database_up", ()] for _ in range(2)] == [0, 0]
    forever.set()


def named() -> set[str]:
    board = json.loads((ROOT / "deploy" / "monitoring" / "grafana.json").read_text(encoding="utf-8"))
    rules = yaml.safe_load((ROOT / "deploy" / "monitoring" / "alerts.yml").read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    queries += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    assert all(rule["annotations"]["action"] for group in rules["groups"] for rule in group["rules"])
    return {name for query in queries for name in re.findall(r"\b(?:signpost|process|python)_\w+", query)}


def test_every_metric_of_the_board_the_alerts_and_the_page_exists(site: FlaskClient) -> None:
    s = site.application.extensions["signpost"]
    making.create(s.settings, None, datetime.now(UTC), {}, lambda _text: None)
    emit("searched", where="portal", lang="en", verdict="answer", confidence=1, hits=1, degraded=None, ms=3)
    emit("ticket_created", reference="A", lang="en", channel="form", attachments=0)
    emit("mail_taken_in", outcome="ticket", reference="A", size=1)
    emit("rate_limited", action="search", wait_seconds=1)
    site.get("/en/")
    there = {name for name, _labels in figures(site)}
    page = (ROOT / "docs" / "operate" / "monitoring.md").read_text(encoding="utf-8")
    on_the_page = set(re.findall(r"`(signpost_\w+)`", page))

    assert named() - there == set()
    assert {name for name in on_the_page if not {name, f"{name}_count"} & there} == set()
    told = {re.sub(r"_(count|sum|bucket|created)$", "", name) for name in there if name.startswith("signpost_")}
    assert {name for name in told if name not in on_the_page and not name.endswith("_created")} == {
        name for name in told if f"{name}_total" in on_the_page
    }


def test_several_processes_are_told_as_one(tmp_path: Path) -> None:
    program = (
        "from app.figures import State, exposition, figures; from core.events import emit; import sys;"
        "figures(); emit('mailbox_read', count=1); sys.stdout.buffer.write(exposition(State({})))"
    )
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "made" / "anew")}
    told = [
        subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, check=True, cwd=ROOT).stdout
        for _ in range(2)
    ]

    assert b'signpost_events_total{event="mailbox_read"} 2.0' in told[1]
