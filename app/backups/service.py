"""Making, checking, restoring and keeping backups.

The database is copied first and files after it: a file is on disk before the row that names it, so every file the copy
names was there. A backup counts once it was read back; only then do older ones go. A restore prepares everything beside
its place and moves it there in one step, so that one that is interrupted leaves nothing.
"""

import hashlib
import io
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.backups import archive, keys
from app.backups.archive import KEYS, BadArchive, Entry, Manifest, Reader, Writer
from app.backups.keys import KeyBundle, KeysUnreadable, Lock
from app.settings.schema import PREFIX, Settings
from app.version import VERSION
from core.database import snapshots
from core.database.connection import connect
from core.database.migrations import revision_of
from core.database.snapshots import SnapshotFailed
from core.file_lock import locked
from core.private_files import private_folder
from kb.revisions import latest_number
from support.tickets.attachments import AttachmentFolder
from support.tickets.repository import kept_files

# Of the data folder: what is made again, what is only there for a moment, what is kept another way.
_NOT_KEPT = frozenset({"index", "model", "cache", "exports", "backups", "secrets", "metrics"})
_PASSING = re.compile(r"\.part$|^\.check-|\.lock$|^signpost\.db|^publish-reading|^reading")
_NAME = re.compile(r"signpost-(\d{8}T\d{6}Z)(?:-\d+)?\.zip")
_UNFINISHED = "RESTORE-NOT-FINISHED"
_STAGE = ".restoring-"
_ROOM = 64 * 1024 * 1024

Say = Callable[[str], object]


class BackupFailed(Exception):
    """No backup was made, or none restored; the message says why, and nothing was changed."""


@dataclass(frozen=True)
class Backup:
    """One archive in the folder of backups, by the moment in its name."""

    path: Path
    at: datetime
    bytes: int

    def age_seconds(self, now: datetime) -> float:
        return max(0.0, (now - self.at).total_seconds())


@dataclass(frozen=True)
class Report:
    """What is in an archive, what is wrong with it (`problems`), and what was wrong before it was made (`notes`)."""

    manifest: Manifest | None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def stored(folder: Path) -> list[Backup]:
    """The backups in a folder, oldest first; none where there is no folder."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            name = _NAME.fullmatch(path.name)
            with suppress(OSError, ValueError):
                if name and path.is_file():
                    at = datetime.strptime(name[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
                    found.append(Backup(path, at, path.stat().st_size))
    return sorted(found, key=lambda one: (one.at, one.path.name))


# Making one


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
    except (SnapshotFailed, KeysUnreadable) as error:
        raise BackupFailed(f"No backup was made: {error}.") from error
    except SQLAlchemyError as error:
        reason = " ".join(str(getattr(error, "orig", error)).split())[:300]
        raise BackupFailed(f"No backup was made: the database cannot be read ({reason}).") from error
    except OSError as error:
        raise BackupFailed(f"No backup was made: {error.filename or folder}: {error.strerror or error}.") from error


def _create(settings: Settings, lock: Lock | None, now: datetime, environ: Mapping[str, str], say: Say) -> Backup:
    folder = settings.backups
    for left in folder.glob(".making-*"):  # of one that was killed; we hold the lock
        shutil.rmtree(left, ignore_errors=True)
    _check_room(folder, settings)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as work:
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
        _sync(folder)
    for name in manifest.missing:
        say(f"Missing already: {name} is named by a ticket and was not on disk.")
    for name in manifest.damaged:
        say(f"Damaged already: {name} does not match its hash.")
    for old in stored(folder)[: -settings.backup_keep]:
        old.path.unlink(missing_ok=True)
    return Backup(path, now, path.stat().st_size)


def _write(
    writer: Writer, settings: Settings, lock: Lock | None, now: datetime, environ: Mapping[str, str], work: Path
) -> Manifest:
    facts, wanted = _add_database(writer, settings, work)
    skipped, damaged = _add_data_folder(writer, settings)
    _add_from_bucket(writer, settings, wanted)
    for part, folder in (("articles", settings.kb_dir), ("static", settings.kb_static_dir)):
        if folder is not None:
            skipped += _add_folder(writer, part, folder, settings.data_dir)
    missing = sorted(sha for sha in wanted if f"files/attachments/{sha[:2]}/{sha}" not in writer.files)
    manifest = replace(
        facts, created_at=now.isoformat(timespec="seconds"), keys=lock.kind if lock else "none", skipped=skipped,
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
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite":
        copy = work / "signpost.db"
        if not url.database or not Path(url.database).is_file():
            raise SnapshotFailed(f"there is no database at {url.database}")
        snapshots.copy_sqlite(Path(url.database), copy)
        with snapshots.opened(copy) as connection:
            facts, wanted = _facts(connection, "sqlite"), _kept_files(connection)
        with copy.open("rb") as file:
            writer.add("database/signpost.db", file)
        copy.unlink()
        return facts, wanted
    dump = work / "signpost.dump"
    engine = connect(settings.database)
    try:
        with snapshots.postgresql_snapshot(engine) as (connection, snapshot):
            facts, wanted = _facts(connection, "postgresql"), _kept_files(connection)
            snapshots.dump_postgresql(settings.database, dump, snapshot, settings.postgresql_tools)
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


def _kept_files(connection: Connection) -> dict[str, int]:
    return kept_files(connection) if inspect(connection).has_table("attachment") else {}


def _add_data_folder(writer: Writer, settings: Settings) -> tuple[int, list[str]]:
    """Everything of the data folder that cannot be made again; links skipped, and attachments that are damaged."""
    skipped, damaged = 0, []
    away = {settings.backups.resolve(), settings.kb_dir.resolve()}
    for path, name in _files(settings.data_dir, away, _NOT_KEPT):
        if _PASSING.search(path.name):
            continue
        entry = _add_file(writer, f"files/{name}", path)
        skipped += entry is None
        if entry and name.startswith("attachments/") and entry.sha256 != path.name:
            damaged.append(name)
    return skipped, damaged


def _add_from_bucket(writer: Writer, settings: Settings, wanted: Mapping[str, int]) -> None:
    """Attachments that other nodes put into the bucket of `files_url`, and this one has not fetched."""
    attachments = _attachments(settings, settings.data_dir)
    if attachments.bucket is None:
        return
    for sha in sorted(wanted):
        name = f"files/attachments/{sha[:2]}/{sha}"
        data = attachments.from_bucket(sha) if name not in writer.files else None
        if data is not None:
            writer.add(name, io.BytesIO(data), packed=False)


def _attachments(settings: Settings, data_dir: Path) -> AttachmentFolder:
    most = settings.attachment_max_mb * 1024 * 1024
    return AttachmentFolder(data_dir / "attachments", most, bucket=settings.bucket)


def _add_folder(writer: Writer, part: str, folder: Path, data_dir: Path) -> int:
    """A folder of articles as it lies there, without hidden folders such as `.git`."""
    return sum(
        _add_file(writer, f"{part}/{name}", path) is None
        for path, name in _files(folder, {data_dir.resolve()}, frozenset(), hidden=False)
    )


def _files(
    folder: Path, away: set[Path], without: frozenset[str], *, hidden: bool = True
) -> Iterator[tuple[Path, str]]:
    """(path, name below the folder) of its files and links, in order."""
    root = folder.resolve()
    for current, names, files in os.walk(root):
        here = Path(current)
        top = here == root
        names[:] = sorted(
            name for name in names
            if not (top and name in without) and here / name not in away
            and not (not hidden and name.startswith(".")) and not name.startswith((_STAGE, ".making-"))
            and not (here / name).is_symlink()
        )  # fmt: skip
        for name in sorted(files):
            yield here / name, (here / name).relative_to(root).as_posix()


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
    return KeyBundle(digest, secrets, text, given)


def _check_room(folder: Path, settings: Settings) -> None:
    """Twice the database, since it is copied before it is packed, and all files. Raises SnapshotFailed."""
    needed = _ROOM + sum(
        _size(path) for path, _ in _files(settings.data_dir, {settings.backups.resolve()}, _NOT_KEPT)
    )  # fmt: skip
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database:
        needed += _size(Path(url.database))
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SnapshotFailed(f"{folder} has {_mb(free)} MB free, and a backup may need {_mb(needed)} MB")


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


def _free_name(folder: Path, now: datetime) -> Path:
    stem, number = f"signpost-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}", 1
    path = folder / f"{stem}.zip"
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.zip"
    return path


# Checking one


def verify(path: Path, tools: Path | None, *, identity: str = "", passphrase: str = "") -> Report:
    """Read all of an archive: hashes, the database's own check, counts, the files it names; keys where they can be."""
    try:
        with archive.opened(path) as reader:
            manifest, problems = reader.manifest, []
            for name in manifest.files:
                try:
                    reader.check(name)
                except BadArchive as error:
                    problems.append(str(error))
            if not problems:
                with tempfile.TemporaryDirectory(dir=path.parent if os.access(path.parent, os.W_OK) else None) as work:
                    problems += _database_problems(reader, Path(work), tools)
            if KEYS in manifest.files and (identity or passphrase) and not problems:
                _open_keys(reader, identity, passphrase)
            notes = [f"missing when the backup was made: {name}" for name in manifest.missing]
            notes += [f"damaged when the backup was made: {name}" for name in manifest.damaged]
            return Report(manifest, tuple(problems), tuple(notes))
    except (BadArchive, KeysUnreadable) as error:
        return Report(None, (str(error),))
    except OSError as error:
        return Report(None, (f"{error.filename or path}: {error.strerror or error}",))


def _database_problems(reader: Reader, work: Path, tools: Path | None) -> list[str]:
    name = archive.database_name(reader.manifest)
    copy = work / Path(name).name
    _check_free(work, reader.manifest.files[name].bytes)
    reader.unpack(name, copy)
    if reader.manifest.database == "postgresql":
        return snapshots.postgresql_dump_problems(copy, tools)
    problems = snapshots.sqlite_problems(copy)
    return problems or _contents_problems(reader.manifest, copy)


def _contents_problems(manifest: Manifest, database: Path) -> list[str]:
    """Whether a sound SQLite file is the one the manifest is about, and every file it names is beside it."""
    problems = []
    try:
        with snapshots.opened(database) as connection:
            counts, wanted = snapshots.row_counts(connection), _kept_files(connection)
    except SQLAlchemyError as error:
        return [f"the database cannot be read ({type(error).__name__})"]
    for table in sorted(counts.keys() | manifest.tables.keys()):
        if counts.get(table) != manifest.tables.get(table):
            problems.append(f"{table} has {counts.get(table)} rows, and the manifest says {manifest.tables.get(table)}")
    return problems + _missing_files(manifest, wanted)


def _missing_files(manifest: Manifest, wanted: Mapping[str, int]) -> list[str]:
    known = set(manifest.missing) | set(manifest.damaged)
    names = {f"attachments/{sha[:2]}/{sha}": sha for sha in wanted}
    found = ((name, manifest.files.get(f"files/{name}"), sha) for name, sha in names.items() if name not in known)
    return [f"{name} is named by a ticket and not in the backup" for name, entry, sha in found
            if entry is None or entry.sha256 != sha]  # fmt: skip


def _open_keys(reader: Reader, identity: str, passphrase: str) -> KeyBundle:
    bundle = keys.decrypt(reader.keys(), identity=identity, passphrase=passphrase)
    if bundle.digest != reader.manifest.digest():
        raise BadArchive("the keys belong to another backup: something in this archive was exchanged")
    return bundle


# Restoring one


@dataclass(frozen=True)
class Restored:
    """What was restored, and what the operator has to know."""

    manifest: Manifest
    notes: tuple[str, ...]


def restore(
    path: Path, settings: Settings, *, identity: str = "", passphrase: str = "", without_keys: bool = False
) -> Restored:
    """Put a backup into the empty data folder and database of these settings. Raises BackupFailed.

    All of it is unpacked and checked beside its place first. Articles go to `kb_dir` if nothing is there; else they lie
    in `restored/articles` of the data folder.
    """
    try:
        with archive.opened(path) as reader:
            bundle = _keys_for(reader, identity, passphrase, without_keys)
            target = settings.data_dir.resolve()
            _clear_unfinished(target)
            _check_empty(settings, reader.manifest, target)
            _check_free(_existing(target), reader.manifest.total_bytes + _ROOM)
            with _stage(target) as stage:
                return _restore(reader, bundle, settings, target, stage)
    except (BadArchive, KeysUnreadable, SnapshotFailed) as error:
        raise BackupFailed(f"Nothing was restored: {error}.") from error
    except SQLAlchemyError as error:
        reason = " ".join(str(getattr(error, "orig", error)).split())[:300]
        raise BackupFailed(f"Nothing was restored: the database cannot be used ({reason}).") from error
    except OSError as error:
        raise BackupFailed(f"Nothing was restored: {error.filename or path}: {error.strerror or error}.") from error


def _keys_for(reader: Reader, identity: str, passphrase: str, without_keys: bool) -> KeyBundle | None:
    if KEYS not in reader.manifest.files:
        if not without_keys:
            raise BadArchive("the backup was made without keys; --without-keys restores it all the same, and links in"
                             " mails sent before will not work")  # fmt: skip
        return None
    if without_keys:
        return None
    if not (identity or passphrase):
        raise KeysUnreadable("its keys are encrypted; give --identity or --passphrase-file, or --without-keys")
    return _open_keys(reader, identity, passphrase)


def _restore(reader: Reader, bundle: KeyBundle | None, settings: Settings, target: Path, stage: Path) -> Restored:
    manifest, notes = reader.manifest, []
    data, articles = stage / "data", stage / "articles"
    data.mkdir(mode=0o700)
    for name in manifest.files:
        part, _, rest = name.partition("/")
        if part == "files":
            reader.unpack(name, data / rest)
        elif part in {"articles", "static"}:
            reader.unpack(name, articles / part / rest)
    database = stage / Path(archive.database_name(manifest)).name
    reader.unpack(archive.database_name(manifest), database)
    if manifest.database == "sqlite":
        problems = snapshots.sqlite_problems(database) or _contents_problems(manifest, database)
        if problems:
            raise BadArchive(problems[0])
        database.replace(data / _sqlite_name(settings))
    if bundle is not None:
        _write_keys(bundle, data)
        if bundle.settings_file or bundle.environment:
            notes.append("The settings of the old machine are in restored/ of the data folder.")
    else:
        notes.append("Without keys: status links, form tokens and second factors of before do not work.")
    notes += _place_articles(articles, settings, data)
    if manifest.database == "postgresql":
        snapshots.restore_postgresql(settings.database, database, settings.postgresql_tools)
        problems = _postgresql_problems(settings.database, manifest)
        if problems:
            raise BackupFailed(f"The database was restored and differs: {problems[0]}. Drop it before trying again.")
    _fill_bucket(settings, manifest, data)
    _sync_tree(data)
    _move_into_place(data, target)
    _move_articles(stage / "to-kb", settings.kb_dir)
    return Restored(manifest, tuple(notes))


def _fill_bucket(settings: Settings, manifest: Manifest, data: Path) -> None:
    """Where files are kept in a bucket, other nodes look for them there. Raises OSError."""
    attachments = _attachments(settings, data)
    if attachments.bucket is None:
        return
    for name in manifest.files:
        if name.startswith("files/attachments/"):
            path = data / name.removeprefix("files/")
            attachments.keep(path.name, path.read_bytes())


def _sqlite_name(settings: Settings) -> str:
    return Path(make_url(settings.database).database or "signpost.db").name


def _write_keys(bundle: KeyBundle, data: Path) -> None:
    folder = data / "secrets"
    folder.mkdir(mode=0o700)
    kept = {folder / name: content for name, content in bundle.secrets.items()}
    if bundle.settings_file:
        kept[data / "restored" / "settings.toml"] = bundle.settings_file.encode()
    if bundle.environment:
        lines = "".join(f"{name}={_quoted(value)}\n" for name, value in sorted(bundle.environment.items()))
        kept[data / "restored" / "environment"] = lines.encode()
    for path, content in kept.items():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(content)


def _quoted(value: str) -> str:
    """For a shell, and for systemd's EnvironmentFile."""
    return "'" + value.replace("'", "'\\''") + "'"


def _place_articles(articles: Path, settings: Settings, data: Path) -> list[str]:
    """To `kb_dir` when nothing is there, else into the data folder, where somebody can compare."""
    if not articles.is_dir():
        return []
    notes = []
    own = articles / "articles"
    if own.is_dir():
        if _is_empty(settings.kb_dir):
            own.replace(articles.parent / "to-kb")
            notes.append(f"The articles are in {settings.kb_dir}.")
        elif _same_files(own, settings.kb_dir):
            shutil.rmtree(own)
        else:
            notes.append(
                f"{settings.kb_dir} has other articles, and was left as it is; those of the backup are in"
                " restored/articles of the data folder. What is published is what was published."
            )
    for left in ("articles", "static"):
        if (articles / left).is_dir():
            (data / "restored").mkdir(mode=0o700, exist_ok=True)
            (articles / left).replace(data / "restored" / left)
    return notes


def _same_files(one: Path, other: Path) -> bool:
    def listed(folder: Path) -> dict[str, str]:
        found = _files(folder, set(), frozenset(), hidden=False)
        return {name: hashlib.sha256(path.read_bytes()).hexdigest() for path, name in found if not path.is_symlink()}

    return listed(one) == listed(other)


def _move_articles(folder: Path, kb_dir: Path) -> None:
    if not folder.is_dir():
        return
    kb_dir.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.iterdir()):
        shutil.move(str(path), kb_dir / path.name)
    for path in (kb_dir, *kb_dir.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)  # authors and their tools read them


def _postgresql_problems(url: str, manifest: Manifest) -> list[str]:
    engine = connect(url)
    try:
        with engine.connect() as connection:
            counts, wanted = snapshots.row_counts(connection), _kept_files(connection)
    finally:
        engine.dispose()
    differing = [name for name in manifest.tables if counts.get(name) != manifest.tables[name]]
    return [f"{name} has {counts.get(name)} rows" for name in differing] + _missing_files(manifest, wanted)


def _check_empty(settings: Settings, manifest: Manifest, target: Path) -> None:
    url = make_url(settings.database)
    if url.get_backend_name() != manifest.database:
        wanted = "set database_url to an empty PostgreSQL database" if manifest.database == "postgresql" else (
            "restore it with SQLite (no database_url), then move it with `flask move sqlite-to-postgresql`"
        )  # fmt: skip
        raise BadArchive(f"the backup is of {manifest.database}; {wanted}")
    if not _is_empty(target):
        raise BadArchive(f"{target} is not empty; name another folder with SIGNPOST_DATA_DIR, or move what is there")
    if manifest.database == "sqlite":
        place = Path(url.database or "")
        if place.exists() or place.resolve().parent != target:
            raise BadArchive(f"{place} is there already, or not in the data folder")
        return
    engine = connect(settings.database)
    try:
        with engine.connect() as connection:
            if inspect(connection).get_table_names():
                raise BadArchive("the database is not empty; make a new one (createdb) and name it in database_url")
    finally:
        engine.dispose()


def _is_empty(folder: Path) -> bool:
    """No folder, or one with nothing in it but what a file system or a restore that was killed leaves."""
    if folder.is_symlink() and not folder.exists():
        return False
    if not folder.exists():
        return True
    return folder.is_dir() and all(
        path.name == "lost+found" or path.name.startswith(_STAGE) for path in folder.iterdir()
    )


@contextmanager
def _stage(target: Path) -> Iterator[Path]:
    """A folder on the target's own file system that is removed whatever happens; of a killed restore as well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    on_its_own = target.is_mount() or (target.exists() and target.stat().st_dev != target.parent.stat().st_dev)
    beside = not on_its_own and os.access(target.parent, os.W_OK)
    if not beside:
        target.mkdir(exist_ok=True, mode=0o700)
    where = target.parent if beside else target
    for left in where.glob(f"{_STAGE}{target.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    stage = Path(tempfile.mkdtemp(prefix=f"{_STAGE}{target.name}-", dir=where))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _move_into_place(data: Path, target: Path) -> None:
    """One step where the folder can be exchanged whole. Where it cannot (a mounted volume), the database comes last,
    and a file says that it is not finished until it is."""
    if data.parent.parent != target:
        if target.exists():
            target.rmdir()
        data.replace(target)
        _sync(target.parent)
        return
    marker = target / _UNFINISHED
    names = sorted((path.name for path in data.iterdir()), key=lambda name: (name.endswith(".db"), name))
    marker.write_text("\n".join(names) + "\n", encoding="utf-8")
    try:
        for name in names:
            (data / name).replace(target / name)
    except OSError:
        _clear_unfinished(target)
        raise
    _sync(target)
    marker.unlink()


def _clear_unfinished(target: Path) -> None:
    """Take away what a restore that was killed has left in a folder of its own."""
    marker = target / _UNFINISHED
    if not marker.is_file():
        return
    for name in marker.read_text(encoding="utf-8").splitlines():
        path = target / name
        if not name or "/" in name or name in {".", ".."}:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    marker.unlink()


def unfinished(data_dir: Path) -> bool:
    """Whether a restore into this folder was killed before it was finished."""
    return (data_dir / _UNFINISHED).exists()


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def _check_free(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BadArchive(f"{folder} has {_mb(free)} MB free, and {_mb(needed)} MB are needed")


def _mb(count: int) -> int:
    return count // 1_000_000


def _sync_tree(folder: Path) -> None:
    for current, _names, files in os.walk(folder):
        for name in files:
            descriptor = os.open(Path(current) / name, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        _sync(Path(current))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
