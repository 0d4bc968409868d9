"""/desk/system: for whoever manages the desk; every setting with source and effect, secrets hidden; settings in force
without a restart."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.ops.helpers import Helpers, _SettingsFollower
from app.settings.live import AT_ONCE, LiveSettings, Source, sources
from app.settings.schema import SETTINGS, Settings
from support.agents.models import Role
from tests import articles
from tests.app.desk.conftest import PASSWORD, Member, sign_in
from tests.databases import with_tables

ROOT = Path(__file__).parents[3]
SECRET = "smtp://user:hunter2hunter2@127.0.0.1:1"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(
        f'site_name = "Before"\nsmtp_url = "{SECRET}"\nthreads = 4\nrate_limits = "off"\nembedder = "hashing"\n'
        f'data_dir = "{tmp_path / "data"}"\nkb_dir = "{tmp_path / "articles"}"\n'
    )
    monkeypatch.setenv("SIGNPOST_CONFIG", str(path))
    monkeypatch.setenv("SIGNPOST_SECURITY_POLICY", "https://help.example/security")
    return path


@pytest.fixture
def running(file: Path, tmp_path: Path) -> Iterator[Flask]:
    settings = with_tables(Settings.load())
    articles.write_demo(tmp_path / "articles")
    app = create_app(settings)
    articles.publish(app.extensions["signpost"])
    yield app
    app.extensions["signpost"].close()


def browser(app: Flask, role: Role) -> Member:
    login, services = f"{role.value}@example.org", app.extensions["signpost"]
    user = services.desk.accounts.create(login, "Ada", PASSWORD, (role,), "a test", services.now())
    client = app.test_client()
    assert sign_in(client, login).status_code == 303
    return Member(client, user)


def test_every_setting_is_shown_and_no_secret(running: Flask) -> None:
    page = browser(running, Role.ADMIN).get("/desk/system").text

    assert all(f">{setting.name}</code>" in page for setting in SETTINGS)
    assert "hunter2" not in page and "Secret, not shown" in page
    assert "Settings file" in page and "Environment" in page and "Default" in page
    assert "There is no recent backup" in page


def test_it_is_for_those_who_manage_the_desk(running: Flask) -> None:
    assert browser(running, Role.AGENT).get("/desk/system").status_code == 403
    assert running.test_client().get("/desk/system").status_code == 302


def test_it_runs_the_doctor_when_asked(running: Flask) -> None:
    told = browser(running, Role.ADMIN).post("/desk/system", "/desk/system")

    assert told.status_code == 200
    assert "mail out" in told.text and "hunter2" not in told.text


def test_settings_that_need_no_restart_are_in_force_at_once(running: Flask, file: Path) -> None:
    live: LiveSettings = running.extensions["signpost.settings"]
    client = running.test_client()
    assert "Before" in client.get("/en/").text

    file.write_text(file.read_text().replace("Before", "After now").replace("threads = 4", "threads = 5"))
    live.refresh(now=True)
    page = client.get("/en/").text
    assert "After now" in page and "Before" not in page
    assert live.waiting == ("threads",)
    assert running.extensions["signpost"].settings.threads == 4
    assert "waits for a restart" in browser(running, Role.ADMIN).get("/desk/system").text

    good = file.read_text()
    file.write_text('site_name = "Broken"\nthreads = "many"\n')
    live.refresh(now=True)
    assert live.problems and "After now" in client.get("/en/").text
    file.write_text(good)
    live.refresh(now=True)
    assert live.problems == ()


def test_where_a_setting_comes_from(file: Path) -> None:
    found = sources({"languages": "en"}, os.environ)

    assert found["site_name"] is Source.FILE
    assert found["security_policy"] is Source.ENVIRONMENT
    assert found["languages"] is Source.PROGRAM
    assert found["sites"] is Source.DEFAULT


def test_the_page_lists_what_is_in_force_at_once() -> None:
    text = (ROOT / "docs" / "operate" / "settings.md").read_text(encoding="utf-8")
    listed = text.partition("**Without a restart.**")[2].partition("are in force")[0]

    assert {name for name in AT_ONCE if f"`{name}`" not in listed} == set()
    assert {setting.name for setting in SETTINGS} >= AT_ONCE


def test_a_process_that_nobody_asks_takes_them_too(running: Flask, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ops.helpers._LOOK_SECONDS", 0.01)
    live: LiveSettings = running.extensions["signpost.settings"]
    file.write_text(file.read_text().replace("Before", "After now"))
    follower = _SettingsFollower(live)
    assert live.settings.site_name == "Before"
    follower.start()
    deadline = time.monotonic() + 5
    while live.settings.site_name != "After now":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    follower.stop()
    assert running.extensions["signpost"].settings.site_name == "After now"
    assert [type(one) for one in Helpers(running.extensions["signpost"], live)._workers].count(_SettingsFollower) == 1
