"""Whether a backup can be relied on: all of it is read back."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from app.backups import archive, keys
from app.backups.archive import KEYS, BadArchive, Manifest, Reader
from app.backups.folders import check_free, files_named
from app.backups.keys import KeyBundle, KeysUnreadable
from core.database import snapshots


@dataclass(frozen=True)
class Report:
    """What is in an archive, what is wrong with it (`problems`), and what was wrong before it was made (`notes`)."""

    manifest: Manifest | None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


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
                open_keys(reader, identity, passphrase)
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
    check_free(work, reader.manifest.files[name].bytes)
    reader.unpack(name, copy)
    if reader.manifest.database == "postgresql":
        return snapshots.postgresql_dump_problems(copy, tools)
    problems = snapshots.sqlite_problems(copy)
    return problems or contents_problems(reader.manifest, copy)


def contents_problems(manifest: Manifest, database: Path) -> list[str]:
    """Whether a sound SQLite file is the one the manifest is about, and every file it names is beside it."""
    problems = []
    try:
        with snapshots.opened(database) as connection:
            counts, wanted = snapshots.row_counts(connection), files_named(connection)
    except SQLAlchemyError as error:
        return [f"the database cannot be read ({type(error).__name__})"]
    for table in sorted(counts.keys() | manifest.tables.keys()):
        if counts.get(table) != manifest.tables.get(table):
            problems.append(f"{table} has {counts.get(table)} rows, and the manifest says {manifest.tables.get(table)}")
    return problems + missing_files(manifest, wanted)


def missing_files(manifest: Manifest, wanted: Mapping[str, int]) -> list[str]:
    """What a ticket names and the archive lacks, but for what was lost or damaged before it was made."""
    known = set(manifest.missing) | set(manifest.damaged)
    names = {f"attachments/{sha[:2]}/{sha}": sha for sha in wanted}
    found = ((name, manifest.files.get(f"files/{name}"), sha) for name, sha in names.items() if name not in known)
    return [f"{name} is named by a ticket and not in the backup" for name, entry, sha in found
            if entry is None or entry.sha256 != sha]  # fmt: skip


def open_keys(reader: Reader, identity: str, passphrase: str) -> KeyBundle:
    """The keys of this very archive. Raises KeysUnreadable or BadArchive."""
    bundle = keys.decrypt(reader.keys(), identity=identity, passphrase=passphrase)
    if bundle.digest != reader.manifest.digest():
        raise BadArchive("the keys belong to another backup: something in this archive was exchanged")
    return bundle
