"""Making a backup while the service runs.

The database is copied first and files after it: a file is on disk before the row that names it, so every file the copy
names was there. A backup counts once it was read back; only then do older ones go.
"""

import io
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app.backups import keys
from app.backups.archive import KEYS, Entry, Manifest, Writer
from app.backups.checking import verify
from app.backups.folders import MAKING, ROOM, attachments_of, files_below, files_named, megabytes, size_of
from app.backups.keys import KeyBundle, KeysUnreadable, Lock
from app.backups.stored import Backup, BackupFailed, backups_in
from app.settings.brands import MAIN
from app.settings.schema import PREFIX, Settings, brand_tables, common_values
from app.version import VERSION
from core.atomic_files import sync_folder
from core.cluster.owners import NotOurs, check_connection, check_folder
from core.database import snapshots
from core.database.connection import connect, schema_of, sqlite_file
from core.database.failures import reason_of
from core.database.migrations import revision_of
from core.database.snapshots import SnapshotFailed
from core.file_lock import locked
from core.private_files import private_folder
from kb.revisions import latest_number

# Of the data folder: what is made again, what is only there for a moment, what is kept another way. Brands have backups
# of their own.
_NOT_KEPT = frozenset({"brands", "index", "model", "cache", "exports", "backups", "secrets", "metrics"})
_PASSING = re.compile(r"\.part$|^\.check-|\.lock$|^signpost\.db|^publish-reading|^reading")

Say = Callable[[str], object]


def create(
    settings: Settings, lock: Lock | None, now: datetime, environ: Mapping[str, str], say: Say = print
) -> Backup:
    """Make a backup, read it back, and let those go that are too many. `lock` None leaves the keys out.

    The service may run meanwhile. Raises BackupFailed.
    """
    folder = settings.backups
    try:
        private_folder(folder)
        with locked(folder / "backup.lock", lambda _holder: say("Waiting for another backup to end.")):
            return _create(settings, lock, now, environ, say)
    except NotOurs as error:
        raise BackupFailed(f"No backup was made: {error}") from error
    except (SnapshotFailed, KeysUnreadable) as error:
        raise BackupFailed(f"No backup was made: {error}.") from error
    except SQLAlchemyError as error:
        reason = reason_of(error)
        raise BackupFailed(f"No backup was made: the database cannot be read ({reason}).") from error
    except OSError as error:
        raise BackupFailed(f"No backup was made: {error.filename or folder}: {error.strerror or error}.") from error


def _create(settings: Settings, lock: Lock | None, now: datetime, environ: Mapping[str, str], say: Say) -> Backup:
    folder = settings.backups
    check_folder(settings.data_dir, settings.brand or MAIN)
    for left in folder.glob(f"{MAKING}*"):  # of one that was killed; we hold the lock
        shutil.rmtree(left, ignore_errors=True)
    _check_room(folder, settings)
    with tempfile.TemporaryDirectory(prefix=MAKING, dir=folder) as work:
        part = Path(work) / "backup.zip"
        part.touch(mode=0o600)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=3) as file:
            manifest = _write(Writer(file), settings, lock, now, environ, Path(work))
        with part.open("rb") as written:
            os.fsync(written.fileno())
        report = verify(part, settings.postgresql_tools)
        if report.problems:
            raise SnapshotFailed(f"it did not read back well: {report.problems[0]}")
        path = _free_name(folder, now)
        part.replace(path)
        sync_folder(folder)
    for name in manifest.missing:
        say(f"Missing already: {name} is named by a ticket and was not on disk.")
    for name in manifest.damaged:
        say(f"Damaged already: {name} does not match its hash.")
    for old in backups_in(folder)[: -settings.backup_keep]:
        old.path.unlink(missing_ok=True)
    return Backup(path, now, path.stat().st_size)


def _write(
    writer: Writer, settings: Settings, lock: Lock | None, now: datetime, environ: Mapping[str, str], work: Path
) -> Manifest:
    facts, wanted = _add_database(writer, settings, work)
    skipped, damaged = _add_data_folder(writer, settings)
    _add_from_bucket(writer, settings, wanted)
    places = (("articles", settings.kb_dir), ("static", settings.kb_static_dir), ("looks", settings.looks_dir))
    for part, folder in places:
        if folder is not None:
            skipped += _add_folder(writer, part, folder, settings.data_dir)
    missing = sorted(sha for sha in wanted if f"files/attachments/{sha[:2]}/{sha}" not in writer.files)
    manifest = replace(
        facts, created_at=now.isoformat(timespec="seconds"), keys=lock.kind if lock else "none", skipped=skipped,
        brand=settings.brand or MAIN,
        files=writer.files, damaged=tuple(damaged), missing=tuple(f"attachments/{sha[:2]}/{sha}" for sha in missing),
    )  # fmt: skip
    if lock:
        sealed = keys.encrypt(_bundle(settings, manifest.digest(), environ), lock)
        with tempfile.TemporaryFile() as file:
            file.write(sealed)
            file.seek(0)
            writer.add(KEYS, file, packed=False)
    writer.finish(manifest)
    return manifest


def _add_database(writer: Writer, settings: Settings, work: Path) -> tuple[Manifest, dict[str, int]]:
    """The database's copy in the archive; what the manifest says of it, and the files it names."""
    used = sqlite_file(settings.database)
    if used is not None:
        copy = work / "signpost.db"
        if not used.is_file():
            raise SnapshotFailed(f"there is no database at {used}")
        snapshots.copy_sqlite(used, copy)
        with snapshots.opened(copy) as connection:
            check_connection(connection, settings.brand or MAIN)
            facts, wanted = _facts(connection, "sqlite"), files_named(connection)
        with copy.open("rb") as file:
            writer.add("database/signpost.db", file)
        copy.unlink()
        return facts, wanted
    dump = work / "signpost.dump"
    engine = connect(settings.database)
    try:
        with snapshots.postgresql_snapshot(engine) as (connection, snapshot):
            check_connection(connection, settings.brand or MAIN)
            facts, wanted = _facts(connection, "postgresql"), files_named(connection)
            facts = replace(facts, namespace=schema_of(engine))
            others = snapshots.schemas_of_others(connection)
            snapshots.dump_postgresql(settings.database, dump, snapshot, settings.postgresql_tools, others)
    finally:
        engine.dispose()
    with dump.open("rb") as file:
        writer.add("database/signpost.dump", file, packed=False)
    dump.unlink()
    return facts, wanted


def _facts(connection: Connection, kind: str) -> Manifest:
    counts = snapshots.row_counts(connection)
    revision = latest_number(connection) if "publish_revision" in counts else 0
    schema = revision_of(connection) or ""
    return Manifest(VERSION, "", kind, schema, counts, revision, "none", {})


def _add_data_folder(writer: Writer, settings: Settings) -> tuple[int, list[str]]:
    """Everything of the data folder that cannot be made again; links skipped, and attachments that are damaged."""
    skipped, damaged = 0, []
    away = {settings.backups.resolve(), settings.kb_dir.resolve()}
    for path, name in files_below(settings.data_dir, away, _NOT_KEPT):
        if _PASSING.search(path.name):
            continue
        entry = _add_file(writer, f"files/{name}", path)
        skipped += entry is None
        if entry and name.startswith("attachments/") and entry.sha256 != path.name:
            damaged.append(name)
    return skipped, damaged


def _add_from_bucket(writer: Writer, settings: Settings, wanted: Mapping[str, int]) -> None:
    """Attachments that other nodes put into the bucket of `files_url`, and this one has not fetched."""
    attachments = attachments_of(settings, settings.data_dir)
    if attachments.bucket is None:
        return
    for sha in sorted(wanted):
        name = f"files/attachments/{sha[:2]}/{sha}"
        data = attachments.from_bucket(sha) if name not in writer.files else None
        if data is not None:
            writer.add(name, io.BytesIO(data), packed=False)


def _add_folder(writer: Writer, part: str, folder: Path, data_dir: Path) -> int:
    """A folder of articles as it lies there, without hidden folders such as `.git`."""
    return sum(
        _add_file(writer, f"{part}/{name}", path) is None
        for path, name in files_below(folder, {data_dir.resolve()}, frozenset(), hidden=False)
    )


def _add_file(writer: Writer, name: str, path: Path) -> Entry | None:
    """None for what is no plain file, has gone meanwhile, or has a name archives do not take."""
    if re.search(r"[\\\x00-\x1f]", name) or (not name.isprintable() and not name.encode("utf-8", "ignore")):
        return None
    try:
        name.encode()
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, UnicodeEncodeError):
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not path.is_file():
            return None
        return writer.add(name, file, packed="/attachments/" not in name)


def _bundle(settings: Settings, digest: str, environ: Mapping[str, str]) -> KeyBundle:
    secrets = {}
    for path in sorted(settings.secrets_dir.glob("[!.]*")):
        if path.is_file():
            secrets[path.name] = path.read_bytes()
    config = environ.get(PREFIX + "CONFIG", "")
    text = Path(config).read_text(encoding="utf-8") if config else ""
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    if settings.secret_key_file is not None:  # a secret mounted into a container lies in no folder that is kept
        given.pop(f"{PREFIX}SECRET_KEY_FILE", None)
        given[f"{PREFIX}SECRET_KEY"] = " ".join(settings.secret_key)
    if settings.brand:  # the file and the environment hold the secrets of all brands; they go with a backup of main
        text, given = "", {f"{PREFIX}SECRET_KEY": " ".join(settings.secret_key)} if settings.secret_key else {}
    return KeyBundle(digest, secrets, text, given, {} if settings.brand else _brand_files(config, environ))


def _brand_files(config: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The settings of brands that have a file of their own, by its name."""
    _, folder = brand_tables(common_values({}, environ), config)
    files = sorted(folder.glob("*.toml")) if folder is not None and folder.is_dir() else []
    return {path.name: path.read_text(encoding="utf-8") for path in files if path.is_file()}


def _check_room(folder: Path, settings: Settings) -> None:
    """Twice the database, since it is copied before it is packed, and all files. Raises SnapshotFailed."""
    needed = ROOM + sum(
        size_of(path) for path, _ in files_below(settings.data_dir, {settings.backups.resolve()}, _NOT_KEPT)
    )  # fmt: skip
    if (file := sqlite_file(settings.database)) is not None:
        needed += size_of(file)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SnapshotFailed(f"{folder} has {megabytes(free)} MB free, and a backup may need {megabytes(needed)} MB")


def _free_name(folder: Path, now: datetime) -> Path:
    stem, number = f"signpost-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}", 1
    path = folder / f"{stem}.zip"
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.zip"
    return path
