"""Backups: made under load, read back, restored on a clean machine; damaged and hostile ones are refused."""

import hashlib
import io
import json
import os
import pwd
import re
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app, doctor
from app.backups import archive, checking, keys, making, restoring
from app.backups.archive import BadArchive
from app.backups.folders import files_named
from app.backups.keys import Lock
from app.backups.stored import BackupFailed, backups_in
from app.cli.standalone import command_of, standalone_app
from app.ops.publishing import bring_index_up_to_date
from app.settings.schema import Settings
from bench.restore_elsewhere import USER, as_user, interpreter
from bench.server import ROOT, CannotMeasure
from core.cluster.owners import mark_database, mark_folder
from core.database import snapshots
from core.database.connection import connect
from support.tickets.models import Upload
from tests import articles
from tests.app.nodes.s3_server import S3Server
from tests.databases import PostgresServer, with_tables
from tests.support.conftest import new_ticket

NOW = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
SECRET, PUBLIC = keys.new_identity()
LOCK = Lock(recipient=PUBLIC)
INBOX = "help@tonfell.example"
Make = Callable[..., Settings]


def quiet(_text: str) -> None:
    return None


def make(settings: Settings, now: datetime = NOW, lock: Lock | None = LOCK) -> Path:
    return making.create(settings, lock, now, {}, quiet).path


@pytest.fixture
def make_settings(tmp_path: Path) -> Make:
    def made(name: str, tables: bool = True, **overrides: object) -> Settings:
        values = {
            "data_dir": tmp_path / name / "data", "kb_dir": tmp_path / name / "articles", "embedder": "hashing",
            "watch": False, "rate_limits": "off", "backup_dir": tmp_path / "backups",
            "inbound_email": INBOX, "mail_from": INBOX, "base_url": "https://help.example",
        }  # fmt: skip
        settings = Settings.load({**values, **articles.UNHURRIED, **overrides}, environ={})
        return with_tables(settings) if tables else settings

    return made


@pytest.fixture
def old(make_settings: Make) -> Settings:
    settings = make_settings("old")
    articles.write_demo(settings.kb_dir)
    return settings


def send(services: object, text: str) -> tuple[str, str]:
    """A ticket with a file: its reference and its status link."""
    files = services.tickets.files  # type: ignore[attr-defined]
    saved = files.save(Upload("note.txt", f"what I saw: {text}".encode()))
    created = services.tickets.create(new_ticket(message=text, attachments=(saved,)), None, NOW)  # type: ignore[attr-defined]
    return created.reference, created.token


def reply_to(reference: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@example.org", INBOX, f"Re: No sound [{reference}]"
    mail["Message-ID"] = "<late@example.org>"
    mail.set_content("It still happens.")
    return mail.as_bytes()


def test_a_backup_made_under_load_is_restored_on_a_clean_machine_and_goes_on(
    old: Settings, make_settings: Make
) -> None:
    app = create_app(old)
    services = app.extensions["signpost"]
    articles.publish(services)
    sent = [send(services, f"before {n}") for n in range(3)]
    stop, written = threading.Event(), []

    def write() -> None:
        while not stop.is_set() and len(written) < 400:
            written.append(send(services, f"meanwhile {len(written)}"))

    writer = threading.Thread(target=write)
    writer.start()
    while len(written) < 3 and writer.is_alive():
        stop.wait(0.01)
    path = make(old)
    after = len(written)
    stop.set()
    writer.join()
    revision = services.revisions.latest().number
    services.close()

    assert after >= 3
    new = make_settings("new", tables=False)
    done = restoring.restore(path, new, identity=SECRET)

    restored = create_app(new)
    again = restored.extensions["signpost"]
    client = restored.test_client()
    assert done.manifest.tables["ticket"] >= 6 and again.revisions.latest().number == revision
    with again.engine.connect() as connection:
        assert snapshots.row_counts(connection)["ticket"] == done.manifest.tables["ticket"]
    with snapshots.opened(new.data_dir / "signpost.db") as connection:
        wanted = files_named(connection)
    assert len(wanted) == done.manifest.tables["attachment"]
    for sha in wanted:
        content = (new.data_dir / "attachments" / sha[:2] / sha).read_bytes()
        assert hashlib.sha256(content).hexdigest() == sha
    reference, token = sent[0]
    page = client.get(f"/t/{token}")
    assert page.status_code == 200 and reference in page.text
    assert again.ingester().ingest(reply_to(reference), NOW + timedelta(hours=1)).outcome.value == "message"
    assert sorted(p.name for p in new.kb_dir.rglob("*.md")) == sorted(p.name for p in old.kb_dir.rglob("*.md"))
    for secret in old.secrets_dir.iterdir():
        kept = new.secrets_dir / secret.name
        assert kept.read_bytes() == secret.read_bytes() and stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again.close()


def test_another_user_with_nothing_but_the_archive_and_the_key_goes_on(path: Path, old: Settings) -> None:
    """The short form of `python -m bench.restore_elsewhere`."""
    user = USER if os.geteuid() == 0 else None
    services = create_app(old).extensions["signpost"]
    reference, token = send(services, "Nobody else has seen this.")
    services.close()
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(make(old, NOW + timedelta(hours=1)), Path(name, "backup.zip"))
        Path(name, "identity").write_text(SECRET)
        for one in (Path(name), *Path(name).iterdir()):
            one.chmod(0o700)
            if user:
                os.chown(one, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        old.data_dir.parent.chmod(0)
        try:
            program, packages = interpreter(user)
            done = subprocess.run(
                [program, "-m", "tests.app.restored_elsewhere", name, reference, token], cwd=ROOT, umask=0o022,
                env={"PYTHONPATH": packages, "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}, text=True,
                capture_output=True, check=False, **as_user(user),
            )  # fmt: skip
        except CannotMeasure as reason:
            pytest.skip(str(reason))
        finally:
            old.data_dir.parent.chmod(0o700)
        if "No module named 'tests'" in done.stderr:
            pytest.skip(f"{user} cannot read this checkout")
        assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert "/proc/articles cannot be written" in told["refused"]
    assert (told["arrived"], told["page"], told["open"], told["foreign"]) == ("message", True, [], [])
    assert told["articles"] == sorted(one.name for one in old.kb_dir.rglob("*.md"))
    assert told["user"] == (pwd.getpwnam(user).pw_uid if user else os.geteuid())


def test_files_in_a_bucket_are_in_the_backup_and_go_into_the_new_one(make_settings: Make) -> None:
    server = S3Server()
    old = make_settings("old", files_url=server.url)
    app = create_app(old)
    send(app.extensions["signpost"], "The left earbud is silent.")
    app.extensions["signpost"].close()
    (fetched_by_others,) = (old.data_dir / "attachments").glob("??/*")
    fetched_by_others.unlink()
    path = make(old)
    server.objects.clear()

    new = make_settings("new", tables=False, files_url=server.url)
    done = restoring.restore(path, new, identity=SECRET)

    assert done.manifest.missing == ()
    assert any(name.endswith(f"attachments/{fetched_by_others.name}") for name in server.objects)
    server.close()


def test_a_passphrase_too_costly_for_this_moment_is_tried_again_and_then_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_BUSY_SECONDS", 0.0)
    sealed = keys.encrypt(keys.KeyBundle("digest", {"links": b"k"}), Lock(passphrase="correct horse battery"))
    head, stanza, rest = sealed.split(b"\n", 2)
    costly = b"\n".join([head, stanza.rpartition(b" ")[0] + b" 40", rest])
    with pytest.raises(keys.KeysUnreadable, match="too slow, or too busy"):
        keys.decrypt(costly, passphrase="correct horse battery")
    with pytest.raises(keys.KeysUnreadable, match="cannot be read with this key"):
        keys.decrypt(sealed, passphrase="wrong horse battery")


def test_a_key_that_is_mounted_as_a_secret_is_among_the_keys(make_settings: Make, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("k" * 40)
    settings = make_settings("old", secret_key_file=tmp_path / "secret")
    environ = {"SIGNPOST_SECRET_KEY_FILE": str(tmp_path / "secret")}
    path = making.create(settings, LOCK, NOW, environ, quiet).path

    restoring.restore(path, make_settings("new", tables=False), identity=SECRET)

    kept = (tmp_path / "new" / "data" / "restored" / "environment").read_text()
    assert kept == f"SIGNPOST_SECRET_KEY='{'k' * 40}'\n"


@pytest.fixture
def path(old: Settings) -> Path:
    """A backup of a small installation."""
    app = create_app(old)
    send(app.extensions["signpost"], "The left earbud is silent.")
    app.extensions["signpost"].close()
    return make(old)


def test_what_is_damaged_is_named(path: Path) -> None:
    assert checking.verify(path, None, identity=SECRET).problems == ()

    with zipfile.ZipFile(path) as file:
        name = next(n for n in file.namelist() if "/attachments/" in n)
        at = file.getinfo(name).header_offset + 30 + len(name.encode()) + 20 + 3
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)

    (problem,) = checking.verify(path, None).problems
    assert problem.startswith(name)


def test_an_archive_that_was_cut_off_is_none(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])

    assert checking.verify(path, None).problems


def test_a_restore_wants_an_empty_place_and_the_right_key(path: Path, make_settings: Make) -> None:
    new = make_settings("new", tables=False)
    for wrong in ({}, {"identity": keys.new_identity()[0]}, {"passphrase": "correct horse battery"}):
        with pytest.raises(BackupFailed, match="keys"):
            restoring.restore(path, new, **wrong)
    assert not new.data_dir.exists()

    new.data_dir.mkdir(parents=True)
    (new.data_dir / "mine").write_text("kept")
    with pytest.raises(BackupFailed, match="not empty"):
        restoring.restore(path, new, identity=SECRET)
    assert [p.name for p in new.data_dir.iterdir()] == ["mine"]
    assert list(new.data_dir.parent.iterdir()) == [new.data_dir]


@pytest.mark.parametrize("where", ["_sync_tree", "_move_into_place"])
def test_an_interrupted_restore_leaves_nothing_and_is_done_again(
    path: Path, make_settings: Make, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    new = make_settings("new", tables=False)

    def ends(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(restoring, where, ends)
        with pytest.raises(KeyboardInterrupt):
            restoring.restore(path, new, identity=SECRET)
    assert list(new.data_dir.parent.iterdir()) == []

    (new.data_dir.parent / f".restoring-{new.data_dir.name}-killed").mkdir()
    restoring.restore(path, new, identity=SECRET)
    assert (new.data_dir / "signpost.db").is_file()
    assert {p.name for p in new.data_dir.parent.iterdir()} == {"data", "articles"}


def test_a_mounted_folder_is_filled_with_the_database_last(
    path: Path, make_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = make_settings("new", tables=False)
    new.data_dir.mkdir(parents=True)
    (new.data_dir / "lost+found").mkdir()
    monkeypatch.setattr(Path, "is_mount", lambda _self: True)
    move, moved = Path.replace, []

    def dies(self: Path, target: Path) -> Path:
        moved.append(target.name)
        if target.name == "signpost.db" and moved.count("signpost.db") == 2:  # the first is within the stage
            raise KeyboardInterrupt
        return move(self, target)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", dies)
        with pytest.raises(KeyboardInterrupt):
            restoring.restore(path, new, identity=SECRET)
    assert restoring.unfinished(new.data_dir) and not (new.data_dir / "signpost.db").exists()

    restoring.restore(path, new, identity=SECRET)
    assert not restoring.unfinished(new.data_dir) and (new.data_dir / "signpost.db").is_file()


def test_looks_and_settings_of_brands_come_along_and_a_brand_s_backup_stays_the_brand_s(
    old: Settings, make_settings: Make, tmp_path: Path
) -> None:
    (tmp_path / "looks").mkdir()
    (tmp_path / "looks" / "logo.svg").write_text("<svg/>", "ascii")
    (tmp_path / "etc" / "brands").mkdir(parents=True)
    (tmp_path / "etc" / "brands" / "radio.toml").write_text("site_name = 'Radio'\n", "utf-8")
    (tmp_path / "etc" / "settings.toml").write_text("", "utf-8")
    create_app(old).extensions["signpost"].close()
    environ = {"SIGNPOST_CONFIG": str(tmp_path / "etc" / "settings.toml")}
    path = making.create(replace(old, looks_dir=tmp_path / "looks"), LOCK, NOW, environ, quiet).path
    engine = connect(old.database)
    mark_database(engine, "radio", NOW.isoformat())
    mark_folder(old.data_dir, "radio")
    of_brand = make(replace(old, brand="radio"), NOW + timedelta(hours=1))
    engine.dispose()

    new = make_settings("new", tables=False)
    done = restoring.restore(path, new, identity=SECRET)
    assert any("restored/looks" in note for note in done.notes)
    assert (new.data_dir / "restored" / "looks" / "logo.svg").read_text("ascii") == "<svg/>"
    assert (new.data_dir / "restored" / "brands" / "radio.toml").is_file()
    placed = replace(make_settings("placed", tables=False), looks_dir=tmp_path / "placed" / "looks")
    restoring.restore(path, placed, identity=SECRET)
    assert (tmp_path / "placed" / "looks" / "logo.svg").is_file()

    other = replace(make_settings("other", tables=False), brand="loud")
    with pytest.raises(BackupFailed, match="backup is of radio, and this would be loud"):
        restoring.restore(of_brand, other, identity=SECRET)
    restoring.restore(of_brand, other, identity=SECRET, any_brand=True)
    assert (other.data_dir / "signpost.db").is_file()
    create_app(other).extensions["signpost"].close()  # it is loud's now


def test_a_backup_of_a_release_that_knew_of_no_brands_is_still_whole(path: Path, make_settings: Make) -> None:
    with archive.opened(path) as reader:
        manifest, bundle = reader.manifest, keys.decrypt(reader.keys(), identity=SECRET)
    before = replace(manifest, brand="", namespace="")
    sealed = keys.encrypt(replace(bundle, digest=before.digest()), LOCK)

    def forget(entries: dict[str, bytes]) -> None:
        stored = json.loads(entries["manifest.json"])
        entries["keys.age"] = sealed
        entries["manifest.json"] = json.dumps(
            {k: v for k, v in stored.items() if k not in {"brand", "namespace"}}
        ).encode()

    restoring.restore(rewritten(path, forget), make_settings("new", tables=False), identity=SECRET)


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None], mode: int = stat.S_IFREG) -> Path:
    """The archive with its entries changed, and a manifest that agrees where it can."""
    with zipfile.ZipFile(path) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    before = dict(entries)
    change(entries)
    manifest = json.loads(entries["manifest.json"])
    for name, content in entries.items():
        if name != "manifest.json" and before.get(name) != content:
            manifest["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    entries["manifest.json"] = json.dumps(manifest).encode()
    out = path.with_name("hostile.zip")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = ((mode if before.get(name) != content else stat.S_IFREG) | 0o777) << 16
            file.writestr(info, content)
    return out


@pytest.mark.parametrize(
    "name",
    ["../evil", "files/../../evil", "/etc/evil", "files//evil", "files/./evil", "files\\..\\evil", "files/a\nb",
     "secrets/guard", "files", "elsewhere/evil", "C:/evil"],
)  # fmt: skip
def test_no_entry_leaves_the_folder(path: Path, make_settings: Make, name: str) -> None:
    hostile = rewritten(path, lambda entries: entries.update({name: b"evil"}))
    new = make_settings("new", tables=False)

    with pytest.raises(BackupFailed):
        restoring.restore(hostile, new, identity=SECRET)
    assert not new.data_dir.parent.exists() or list(new.data_dir.parent.iterdir()) == []
    assert checking.verify(hostile, None).problems


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR])
def test_links_and_devices_are_refused(path: Path, mode: int) -> None:
    hostile = rewritten(path, lambda entries: entries.update({"files/link": b"/etc/passwd"}), mode)

    with pytest.raises(BadArchive, match="no plain file"), archive.opened(hostile):
        pass


def test_what_is_larger_than_it_says_is_not_unpacked(path: Path, tmp_path: Path) -> None:
    def bomb(entries: dict[str, bytes]) -> None:
        entries["files/bomb"] = bytes(50_000_000)

    hostile = rewritten(path, bomb)
    raw = hostile.read_bytes()
    assert len(raw) < 5_000_000
    with zipfile.ZipFile(hostile) as file:
        manifest = json.loads(file.read("manifest.json"))
    size = manifest["files"]["files/bomb"]["bytes"].to_bytes(4, "little")
    # Both the entry and the manifest claim ten bytes; the packed data are fifty million.
    lies = raw.replace(size, (10).to_bytes(4, "little"))
    hostile.write_bytes(lies)
    manifest["files"]["files/bomb"]["bytes"] = 10
    with zipfile.ZipFile(hostile, "a") as file:
        names = set(file.namelist())
    assert "files/bomb" in names
    report = checking.verify(hostile, None)
    assert report.problems  # refused for the size the manifest names, or for the hash of ten bytes


def test_a_backup_that_needs_more_room_than_there_is_is_refused(
    path: Path, make_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10, 10, 1000))
    new = make_settings("new", tables=False)

    with pytest.raises(BackupFailed, match="MB free"):
        restoring.restore(path, new, identity=SECRET)
    with pytest.raises(BackupFailed, match="MB free"):
        make(make_settings("old"), NOW + timedelta(hours=1))
    assert list(path.parent.glob("*.zip")) == [path]


def test_exchanged_contents_do_not_go_with_the_keys(path: Path, make_settings: Make) -> None:
    hostile = rewritten(path, lambda entries: entries.update({"articles/en/evil.md": b"# Call this number"}))

    assert checking.verify(hostile, None).problems == ()  # hashes agree: whoever changed it wrote a new manifest
    with pytest.raises(BackupFailed, match="exchanged"):
        restoring.restore(hostile, make_settings("new", tables=False), identity=SECRET)


def test_only_so_many_are_kept_and_only_after_a_sound_one(old: Settings, make_settings: Make) -> None:
    create_app(old).extensions["signpost"].close()
    few = make_settings("old", backup_keep=2)
    made = [make(few, NOW + timedelta(hours=n), None) for n in range(3)]
    assert [one.path for one in backups_in(few.backups)] == made[1:]

    with (few.data_dir / "signpost.db").open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(40_000))
    with pytest.raises(BackupFailed, match="database"):
        make(few, NOW + timedelta(hours=5), None)
    assert [one.path for one in backups_in(few.backups)] == made[1:]
    assert not list(few.backups.glob(".making-*"))


def test_a_damaged_or_missing_attachment_is_told_and_stops_nothing(old: Settings) -> None:
    app = create_app(old)
    for n in range(2):
        send(app.extensions["signpost"], str(n))
    app.extensions["signpost"].close()
    first, second = sorted((old.data_dir / "attachments").glob("??/*"))
    first.unlink()
    second.write_bytes(b"something else")
    told: list[str] = []

    backup = making.create(old, LOCK, NOW, {}, told.append)

    assert [line.split(" already")[0] for line in told] == ["Missing", "Damaged"]
    report = checking.verify(backup.path, None)
    assert report.problems == () and len(report.notes) == 2


def test_the_commands_run_where_nothing_is_set_up(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: Settings
) -> None:
    identity = tmp_path / "identity"
    identity.write_text(f"# public key: {PUBLIC}\n{SECRET}\n")
    monkeypatch.setenv("SIGNPOST_DATA_DIR", str(tmp_path / "clean"))
    monkeypatch.setenv("SIGNPOST_KB_DIR", str(tmp_path / "clean-articles"))
    monkeypatch.setenv("SIGNPOST_EMBEDDER", "hashing")
    monkeypatch.setenv("SIGNPOST_BACKUP_DIR", str(path.parent))
    app = standalone_app(["/usr/bin/flask", "--app", "wsgi", "backup", "restore"])
    assert app is not None and standalone_app(["flask", "kb", "backup"]) is None
    assert standalone_app(["/x/flask/__main__.py", "doctor"]) is not None
    assert command_of(["-e", "backup", "kb"]) == "kb"
    runner = app.test_cli_runner()

    assert runner.invoke(args=["backup", "verify"]).exit_code == 0
    assert "hours old" in runner.invoke(args=["backup", "list"]).output
    assert runner.invoke(args=["backup", "create"]).exit_code == 2
    assert not (tmp_path / "clean").exists()
    done = runner.invoke(args=["backup", "restore", str(path), "--identity", str(identity)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "clean" / "signpost.db").is_file()
    again = runner.invoke(args=["backup", "restore", str(path), "--identity", str(identity)])
    assert again.exit_code == 1 and "not empty" in again.output
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse battery staple\n")
    made = runner.invoke(args=["backup", "create", "--passphrase-file", str(secret)])
    assert made.exit_code == 0, made.output
    checked = runner.invoke(args=["backup", "verify", "--passphrase-file", str(secret)])
    assert checked.exit_code == 0, checked.output
    key = runner.invoke(args=["backup", "new-key", str(tmp_path / "fresh")])
    assert re.fullmatch(r"age1[a-z0-9]+", key.output.strip())


def test_a_backup_of_postgresql_goes_the_same_way(
    postgres: PostgresServer, make_settings: Make, tmp_path: Path
) -> None:
    tools = postgres.tools
    with postgres.database(tables=True) as url, postgres.database(tables=False) as empty:
        old = make_settings("old", database_url=url, postgresql_tools=tools, search_store="database")
        articles.write_demo(old.kb_dir)
        app = create_app(old)
        articles.publish(app.extensions["signpost"])
        assert app.extensions["signpost"].live.available
        reference, token = send(app.extensions["signpost"], "On another database.")
        path = make(old)
        app.extensions["signpost"].close()
        assert checking.verify(path, tools).problems == ()
        (pg_dump := tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n", "ascii")
        pg_dump.chmod(0o755)
        too_old = doctor.check_backup_tools(replace(old, postgresql_tools=tmp_path), datetime.now(UTC))
        assert "pg_dump is of 9 and refuses it" in too_old[0].action
        assert doctor.check_backup_tools(old, datetime.now(UTC))[0].level is doctor.Level.OK

        with pytest.raises(BackupFailed, match="not empty"):
            restoring.restore(path, make_settings("full", tables=False, database_url=url), identity=SECRET)
        with pytest.raises(BackupFailed, match="backup is of postgresql"):
            restoring.restore(path, make_settings("other", tables=False), identity=SECRET)
        new = make_settings("new", tables=False, database_url=empty, postgresql_tools=tools, search_store="database")
        restoring.restore(path, new, identity=SECRET)

        restored = create_app(new)
        assert not restored.extensions["signpost"].live.available  # search is not in a backup: it is made anew
        bring_index_up_to_date(restored.extensions["signpost"])
        assert restored.extensions["signpost"].live.available
        client: FlaskClient = restored.test_client()
        assert reference in client.get(f"/t/{token}").text
        send(restored.extensions["signpost"], "Numbers go on.")
        restored.extensions["signpost"].close()


def test_a_snapshot_holds_one_state(tmp_path: Path) -> None:
    source = tmp_path / "source.db"
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE pair (a, b)")
        connection.commit()
        snapshots.copy_sqlite(source, tmp_path / "copy.db")
    assert snapshots.sqlite_problems(tmp_path / "copy.db") == []
    assert snapshots.sqlite_problems(tmp_path / "none.db")
    (tmp_path / "half.db").write_bytes(io.BytesIO(source.read_bytes()).read(3000))
    assert snapshots.sqlite_problems(tmp_path / "half.db")
