"""Restoring a backup into an empty place.

Everything is prepared beside its place and moved there in one step, so that one that is interrupted leaves nothing.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from app.backups import archive
from app.backups.archive import KEYS, BadArchive, Manifest, Reader
from app.backups.checking import contents_problems, missing_files, open_keys
from app.backups.folders import RESTORING, ROOM, attachments_of, check_free, existing, files_below, files_named
from app.backups.keys import KeyBundle, KeysUnreadable
from app.backups.stored import BackupFailed
from app.settings.brands import MAIN
from app.settings.schema import Settings
from core.atomic_files import sync_folder
from core.cluster.owners import mark_database, mark_folder
from core.database import snapshots
from core.database.connection import connect, schema_of, sqlite_file
from core.database.failures import reason_of
from core.database.postgresql import is_postgresql, read_address
from core.database.snapshots import SnapshotFailed
from core.database.timestamps import iso
from core.private_files import private_folder

_UNFINISHED = "RESTORE-NOT-FINISHED"


@dataclass(frozen=True)
class Restored:
    """What was restored, and what the operator has to know."""

    manifest: Manifest
    notes: tuple[str, ...]


def restore(
    path: Path, settings: Settings, *, identity: str = "", passphrase: str = "", without_keys: bool = False,
    any_brand: bool = False,
) -> Restored:  # fmt: skip
    """Put a backup into the empty data folder and database of these settings. Raises BackupFailed, also for a backup of
    another brand unless `any_brand`.

    All of it is unpacked and checked beside its place first. Articles go to `kb_dir` if nothing is there; else they lie
    in `restored/articles` of the data folder.
    """
    try:
        with archive.opened(path) as reader:
            bundle = _keys_for(reader, identity, passphrase, without_keys)
            target = settings.data_dir.resolve()
            _check_whose(settings, reader.manifest, any_brand)
            _clear_unfinished(target)
            _check_empty(settings, reader.manifest, target)
            check_free(existing(target), reader.manifest.total_bytes + ROOM)
            with _stage(target) as stage:
                return _restore(reader, bundle, settings, target, stage)
    except (BadArchive, KeysUnreadable, SnapshotFailed) as error:
        raise BackupFailed(f"Nothing was restored: {error}.") from error
    except SQLAlchemyError as error:
        reason = reason_of(error)
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
    return open_keys(reader, identity, passphrase)


def _restore(reader: Reader, bundle: KeyBundle | None, settings: Settings, target: Path, stage: Path) -> Restored:
    manifest, notes = reader.manifest, []
    data, articles = stage / "data", stage / "articles"
    data.mkdir(mode=0o700)
    for name in manifest.files:
        part, _, rest = name.partition("/")
        if part == "files":
            reader.unpack(name, data / rest)
        elif part in {"articles", "static", "looks"}:
            reader.unpack(name, articles / part / rest)
    database = stage / Path(archive.database_name(manifest)).name
    reader.unpack(archive.database_name(manifest), database)
    if manifest.database == "sqlite":
        problems = snapshots.sqlite_problems(database) or contents_problems(manifest, database)
        if problems:
            raise BadArchive(problems[0])
        _hand_over(f"sqlite:///{database}", settings, manifest)
        database.replace(data / _sqlite_name(settings))
    if bundle is not None:
        _write_keys(bundle, data)
        if bundle.settings_file or bundle.environment:
            notes.append("The settings of the old machine are in restored/ of the data folder.")
    else:
        notes.append("Without keys: status links, form tokens and second factors of before do not work.")
    notes += _place_articles(articles, settings, data)
    if manifest.database == "postgresql":
        there = _schema_is_there(settings)
        snapshots.restore_postgresql(settings.database, database, settings.postgresql_tools, schema_is_there=there)
        problems = _postgresql_problems(settings.database, manifest)
        if problems:
            raise BackupFailed(f"The database was restored and differs: {problems[0]}. Drop it before trying again.")
        _hand_over(settings.database, settings, manifest)
    mark_folder(data, settings.brand or MAIN)
    _fill_bucket(settings, manifest, data)
    _sync_tree(data)
    with _folders_in_place(stage, settings):
        _move_into_place(data, target)
    return Restored(manifest, tuple(notes))


def _hand_over(url: str, settings: Settings, manifest: Manifest) -> None:
    """What was another brand's is this one's from now on."""
    own = settings.brand or MAIN
    if manifest.brand in {"", own}:
        return
    engine = connect(url)
    try:
        mark_database(engine, own, iso(datetime.now(UTC)))
    finally:
        engine.dispose()


def _fill_bucket(settings: Settings, manifest: Manifest, data: Path) -> None:
    """Where files are kept in a bucket, other nodes look for them there. Raises OSError."""
    attachments = attachments_of(settings, data)
    if attachments.bucket is None:
        return
    for name in manifest.files:
        if name.startswith("files/attachments/"):
            path = data / name.removeprefix("files/")
            attachments.keep(path.name, path.read_bytes())


def _sqlite_name(settings: Settings) -> str:
    file = sqlite_file(settings.database)
    return file.name if file else "signpost.db"


def _write_keys(bundle: KeyBundle, data: Path) -> None:
    folder = data / "secrets"
    folder.mkdir(mode=0o700)
    kept = {folder / name: content for name, content in bundle.secrets.items()}
    if bundle.settings_file:
        kept[data / "restored" / "settings.toml"] = bundle.settings_file.encode()
    if bundle.environment:
        lines = "".join(f"{name}={_quoted(value)}\n" for name, value in sorted(bundle.environment.items()))
        kept[data / "restored" / "environment"] = lines.encode()
    for name, text in (bundle.brand_files or {}).items():
        kept[data / "restored" / "brands" / name] = text.encode()
    for path, content in kept.items():
        private_folder(path.parent)
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
            own.replace(articles.parent / "to-articles")
            notes.append(f"The articles are in {settings.kb_dir}.")
        elif _same_files(own, settings.kb_dir):
            shutil.rmtree(own)
        else:
            notes.append(
                f"{settings.kb_dir} has other articles, and was left as it is; those of the backup are in"
                " restored/articles of the data folder. What is published is what was published."
            )
    for name, folder in _folders(settings)[1:]:
        if not (articles / name).is_dir():
            continue
        if folder is not None and _is_empty(folder):
            (articles / name).replace(articles.parent / f"to-{name}")
            notes.append(f"The files of {name} are in {folder}.")
        else:
            setting = {"static": "kb_static_dir", "looks": "looks_dir"}[name]
            notes.append(f"The files of the setting {setting} are in restored/{name} of the data folder.")
    for name, _folder in _folders(settings):
        if (articles / name).is_dir():
            (data / "restored").mkdir(mode=0o700, exist_ok=True)
            (articles / name).replace(data / "restored" / name)
    return notes


def _folders(settings: Settings) -> list[tuple[str, Path | None]]:
    """Folders beside the data folder, by their part of an archive."""
    return [("articles", settings.kb_dir), ("static", settings.kb_static_dir), ("looks", settings.looks_dir)]


def _same_files(one: Path, other: Path) -> bool:
    def listed(folder: Path) -> dict[str, str]:
        found = files_below(folder, set(), frozenset(), hidden=False)
        return {name: hashlib.sha256(path.read_bytes()).hexdigest() for path, name in found if not path.is_symlink()}

    return listed(one) == listed(other)


@contextmanager
def _folders_in_place(stage: Path, settings: Settings) -> Iterator[None]:
    """Moved there before the data folder, which makes all of it count; taken away again where that fails."""
    moved: list[Path] = []
    try:
        for name, folder in _folders(settings):
            if folder is not None and (stage / f"to-{name}").is_dir():
                moved.append(folder)
                _move_folder(stage / f"to-{name}", folder)
        yield
    except BaseException:
        for folder in moved:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _move_folder(folder: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.iterdir()):
        shutil.move(str(path), target / path.name)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)  # authors and their tools read them


def _postgresql_problems(url: str, manifest: Manifest) -> list[str]:
    engine = connect(url)
    try:
        with engine.connect() as connection:
            counts, wanted = snapshots.row_counts(connection), files_named(connection)
    finally:
        engine.dispose()
    differing = [name for name in manifest.tables if counts.get(name) != manifest.tables[name]]
    return [f"{name} has {counts.get(name)} rows" for name in differing] + missing_files(manifest, wanted)


def _schema_is_there(settings: Settings) -> bool:
    """Whether the schema of a brand was made beforehand: its role need not be allowed to."""
    engine = connect(settings.database)
    try:
        with engine.connect() as connection:
            schema = schema_of(engine)
            return bool(schema) and inspect(connection).has_schema(schema)
    finally:
        engine.dispose()


def _check_whose(settings: Settings, manifest: Manifest, any_brand: bool) -> None:
    """What one brand stores must not become another's by a mistyped name."""
    own = settings.brand or MAIN
    if not any_brand and manifest.brand and manifest.brand != own:
        raise BadArchive(
            f"the backup is of {manifest.brand}, and this would be {own}; name it with --brand {manifest.brand}, or"
            f" give --any-brand if it is to become {own}"
        )
    if manifest.database == "postgresql" and manifest.brand and is_postgresql(settings.database):
        schema = read_address(settings.database).schema
        if schema != manifest.namespace:
            wanted = f"…?schema={manifest.namespace}" if manifest.namespace else "no schema"
            raise BadArchive(
                f"its tables are in {manifest.namespace or 'the usual schema'}; set database_url to {wanted}"
            )


def _check_empty(settings: Settings, manifest: Manifest, target: Path) -> None:
    if ("postgresql" if is_postgresql(settings.database) else "sqlite") != manifest.database:
        wanted = "set database_url to an empty PostgreSQL database" if manifest.database == "postgresql" else (
            "restore it with SQLite (no database_url), then move it with `flask move sqlite-to-postgresql`"
        )  # fmt: skip
        raise BadArchive(f"the backup is of {manifest.database}; {wanted}")
    parts = {name.partition("/")[0] for name in manifest.files}
    for name, folder in _folders(settings):
        if folder is not None and name in parts and _is_empty(folder) and not os.access(existing(folder), os.W_OK):
            raise BadArchive(
                f"{folder} cannot be written by this user; make it and give it to them, or name another one"
            )
    if not _is_empty(target):
        raise BadArchive(f"{target} is not empty; name another folder with SIGNPOST_DATA_DIR, or move what is there")
    if manifest.database == "sqlite":
        place = sqlite_file(settings.database) or Path()
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
        path.name == "lost+found" or path.name.startswith(RESTORING) for path in folder.iterdir()
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
    for left in where.glob(f"{RESTORING}{target.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    stage = Path(tempfile.mkdtemp(prefix=f"{RESTORING}{target.name}-", dir=where))
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
        sync_folder(target.parent)
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
    sync_folder(target)
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


def _sync_tree(folder: Path) -> None:
    for current, _names, files in os.walk(folder):
        for name in files:
            descriptor = os.open(Path(current) / name, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync_folder(Path(current))
