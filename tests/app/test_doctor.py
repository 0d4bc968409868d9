"""`flask doctor`: each bad day is named with what to do, and one that hangs hides no other."""

import json
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app import create_app, doctor
from app.backups import making
from app.cli.standalone import standalone_app
from app.doctor import Finding, Level, examine
from app.ops.serve import _say_where
from app.settings.schema import Settings
from core.database.connection import connect, writing
from support.tickets.models import Upload
from support.tickets.schema import message
from tests import articles
from tests.app.nodes.s3_server import S3Server
from tests.support.conftest import make_settings, new_ticket

__all__ = ["make_settings"]


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    """An installation with a ticket, a file, articles and a backup."""
    made = make_settings(rate_limits="off")
    articles.write_demo(made.kb_dir)
    s = create_app(made).extensions["signpost"]
    articles.publish(s)
    saved = s.tickets.files.save(Upload("note.txt", b"what I saw"))
    s.tickets.create(new_ticket(attachments=(saved,)), None, datetime.now(UTC))
    s.close()
    making.create(made, None, datetime.now(UTC), {}, lambda _text: None)
    return made


def levels(found: list[Finding]) -> dict[str, Level]:
    order = [Level.OK, Level.WARNING, Level.ERROR]
    worst: dict[str, Level] = {}
    for one in found:
        worst[one.check] = max(worst.get(one.check, Level.OK), one.level, key=order.index)
        assert (one.action == "") == (one.level is Level.OK), one
    return worst


def find(settings: Settings, check: str) -> Finding:
    return next(one for one in doctor.CHECKS[check](settings, datetime.now(UTC)) if one.level is not Level.OK)


def test_a_sound_installation_has_no_errors_but_what_the_tests_switch_off(settings: Settings) -> None:
    found = levels(examine(settings=settings))

    assert {name for name, level in found.items() if level is Level.ERROR} == {"settings"}
    assert {name for name, level in found.items() if level is Level.WARNING} == {"mail out", "backups"}
    assert set(found) >= set(doctor.CHECKS)


def damage_database(s: Settings) -> None:
    connect(s.database).dispose()
    with (s.data_dir / "signpost.db").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096 * 20))


def cut_a_key(s: Settings) -> None:
    (s.secrets_dir / "links").write_bytes(b"")


def lose_a_key(s: Settings) -> None:
    (s.secrets_dir / "links").unlink()


def bring_anothers_key(s: Settings) -> None:
    (s.secrets_dir / "links").write_bytes(b"0123456789abcdef" * 4)


def change_an_attachment(s: Settings) -> None:
    next((s.data_dir / "attachments").glob("??/*")).write_bytes(b"what I sax")


def lose_an_attachment(s: Settings) -> None:
    next((s.data_dir / "attachments").glob("??/*")).unlink()


def leave_a_half(s: Settings) -> None:
    half = s.data_dir / "attachments" / "ab" / "abc.part"
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"half")
    os.utime(half, (0, 0))


def open_a_folder(s: Settings) -> None:
    s.secrets_dir.chmod(0o755)


def write_in_the_future(s: Settings) -> None:
    engine = connect(s.database)
    with writing(engine) as connection:
        ahead = datetime.now(UTC) + timedelta(days=400)
        connection.execute(update(message).values(created_at=ahead.isoformat(timespec="milliseconds")))
    engine.dispose()


def damage_the_index(s: Settings) -> None:
    next((s.index_dir / "generations").glob("*/passages.faiss")).write_bytes(b"half")


def lose_the_articles(s: Settings) -> None:
    shutil.rmtree(s.kb_dir)


def lose_the_database(s: Settings) -> None:
    (s.data_dir / "signpost.db").unlink()


@pytest.mark.parametrize(
    ("spoil", "check", "level"),
    [
        (damage_database, "database", Level.ERROR),
        (lose_the_database, "database", Level.ERROR),
        (cut_a_key, "keys", Level.ERROR),
        (lose_a_key, "keys", Level.ERROR),
        (bring_anothers_key, "keys", Level.ERROR),
        (change_an_attachment, "files", Level.ERROR),
        (lose_an_attachment, "files", Level.ERROR),
        (leave_a_half, "data folder", Level.WARNING),
        (open_a_folder, "data folder", Level.WARNING),
        (write_in_the_future, "clock", Level.ERROR),
        (damage_the_index, "index", Level.ERROR),
        (lose_the_articles, "articles", Level.ERROR),
    ],
)
def test_a_bad_day_is_named(settings: Settings, spoil: Callable[[Settings], None], check: str, level: Level) -> None:
    spoil(settings)

    found = find(settings, check)
    assert found.level is level and found.action


def test_a_file_that_another_node_put_into_the_bucket_is_not_missing(settings: Settings) -> None:
    server = S3Server()
    shared = replace(settings, files_url=server.url)
    (file,) = (settings.data_dir / "attachments").glob("??/*")
    assert shared.bucket is not None
    shared.bucket.put(f"attachments/{file.name}", file.read_bytes())
    file.unlink()
    (found,) = doctor.CHECKS["files"](shared, datetime.now(UTC))
    shared.bucket.remove(f"attachments/{file.name}")
    (lost,) = doctor.CHECKS["files"](shared, datetime.now(UTC))
    server.close()
    assert (found.level, lost.level) == (Level.OK, Level.ERROR)


def test_a_disk_that_is_full_or_read_only_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.doctor.atomic_files.check", full)
    assert "No space left" in find(settings, "data folder").message
    tiny = os.statvfs_result((4096, 4096, 10, 10, 10, 10, 10, 10, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _path: tiny)
    assert find(settings, "disk").level is Level.ERROR


def test_old_backups_and_servers_that_do_not_answer_are_named(make_settings: Callable[..., Settings]) -> None:
    s = make_settings(
        smtp_url="smtp://127.0.0.1:1", imap_url="imap://a:b@127.0.0.1:1/INBOX", inbound_email="help@tonfell.example",
        base_url="https://help.example",
    )  # fmt: skip
    create_app(s).extensions["signpost"].close()
    making.create(s, None, datetime.now(UTC) - timedelta(days=3), {}, lambda _text: None)

    assert find(s, "mail out").level is Level.ERROR
    assert find(s, "mail in").level is Level.ERROR
    assert "72 hours" in find(s, "backups").message


def test_a_check_that_hangs_ends_and_one_that_breaks_is_a_finding(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    forever = threading.Event()

    def hangs(*_: object) -> list[Finding]:
        forever.wait(60)
        return []

    def breaks(*_: object) -> list[Finding]:
        raise RuntimeError("no\nroom")

    def lacks_its_database(*_: object) -> list[Finding]:
        raise OperationalError("select 1", {}, Exception("unable to open"))

    checks = {"one": hangs, "two": breaks, "disk": doctor.check_disk, "three": lacks_its_database}
    monkeypatch.setattr(doctor, "CHECKS", checks)
    found = examine(settings=settings, patience=0.2)
    forever.set()

    assert [one.level for one in found] == [Level.ERROR, Level.ERROR, Level.OK, Level.ERROR]
    assert "no answer" in found[0].message
    assert "no room (RuntimeError)" in found[1].message
    assert "database" in found[3].message and "`database`" in found[3].action


def test_whose_the_data_folder_is_not_is_told_to_be_another_user(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 54321)
        assert "and this is 54321" in find(settings, "data folder").message
        patch.setattr(doctor, "_owner", lambda _path: 54321)
        left_by_root = find(settings, "data folder")
    assert left_by_root.level is Level.ERROR and "chown -R 54321" in left_by_root.action

    def may_not(*_: object) -> list[Finding]:
        raise PermissionError(13, "Permission denied", "/srv/secrets")

    monkeypatch.setattr(doctor, "CHECKS", {"keys": may_not})
    (found,) = examine(settings=settings)
    assert "may not read /srv/secrets" in found.message and "sudo -u" in found.action


def test_a_model_that_is_not_unpacked_is_found_also_after_a_restore(make_settings: Callable[..., Settings]) -> None:
    found = find(make_settings(embedder="model"), "model")
    assert found.level is Level.ERROR and "signpost setup" in found.action


def test_the_command_ends_with_one_on_errors_and_speaks_json(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"DATA_DIR": settings.data_dir, "KB_DIR": settings.kb_dir, "EMBEDDER": "hashing"}.items():
        monkeypatch.setenv(f"SIGNPOST_{name}", str(value))
    app = standalone_app(["flask", "doctor"])
    assert app is not None
    sound = app.test_cli_runner().invoke(args=["doctor", "--json"])
    assert sound.exit_code == 0, sound.output
    assert json.loads(sound.output)["level"] == "warning"

    cut_a_key(settings)
    told = app.test_cli_runner().invoke(args=["doctor"])
    assert told.exit_code == 1
    assert "ERROR   keys: links: empty or cut off" in told.output and "->" in told.output

    monkeypatch.setenv("SIGNPOST_THREADS", "many")
    wrong = app.test_cli_runner().invoke(args=["doctor", "--json"])
    assert wrong.exit_code == 1 and "SIGNPOST_THREADS" in wrong.output


@pytest.mark.parametrize("environment", ["development", "production"])
def test_the_demos_numbers_beside_articles_of_ones_own_are_told(
    make_settings: Callable[..., Settings], environment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(**given: Any) -> list[Finding]:
        s = make_settings(environment=environment, base_url="https://help.example", **given)
        _say_where(SimpleNamespace(settings=s, model=SimpleNamespace(wait=lambda _: None), desk=_DESK), "127.0.0.1", 80)  # type: ignore[arg-type]
        said = "+31 10 555 0199" in capsys.readouterr().out
        found = [one for one in doctor.CHECKS["settings"](s, datetime.now(UTC)) if "the demo's" in one.message]
        assert said == bool(found)
        return found

    (left,) = told()
    assert "+31 10 555 0199" in left.message and "Set channels" in left.action
    assert left.level is (Level.ERROR if environment == "production" else Level.WARNING)
    copied = [{"kind": "form"}, {"kind": "urgent", "value": "+31 10 555 0199"}]
    assert told(channels=copied), "also where somebody copied it"
    assert told(channels=[{"kind": "form"}, {"kind": "urgent", "value": "+49 30 1234567"}]) == []
    folder = Path(__file__).parents[2] / "kb" / "articles"
    assert bool(told(kb_dir=folder)) == (environment == "production"), "the demo itself keeps its numbers"


_DESK = SimpleNamespace(accounts=SimpleNamespace(all=lambda: ["somebody"]))
