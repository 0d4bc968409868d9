"""Bringing a database up to date: first the named lists of SQL of the first releases, then Alembic's revisions.

The named migrations are closed: they bring a database of any earlier state, an empty one too, to Alembic's first
revision, which changes nothing. Their names and statements are stored facts, never to be changed. All that follows is
a revision in `app/migrations/versions`. Everything is applied and recorded in one transaction, so a crash leaves all
of it or none.

Expand and contract: a revision adds, and what it makes superfluous is taken away by a later release, in a revision that
says `contracts = True`. So code of the release before goes on working on a newer schema, and may be started on it while
an upgrade replaces one node after the other: the database holds whose code may (`schema_reader`).
"""

import io
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    Connection,
    Engine,
    column,
    delete,
    func,
    insert,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.schema import CreateSchema

from core.database.connection import schema_of, unpooled, writing
from core.database.personal_data import PersonalData
from core.database.schema import migration, schema_reader

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic makes this table and writes it; read here without loading Alembic.
_REVISION = table("alembic_version", column("version_num"))
PERSONAL_DATA = PersonalData(harmless={migration: "names of migrations", schema_reader: "names of migrations"})
_CONTRACTS = re.compile(r"^contracts = True$", re.MULTILINE)
_ADVISORY_LOCK = 7446773  # any fixed number; it names "migrations"


@dataclass(frozen=True)
class Migration:
    """One forward step. In `statements`, `{id}` is an auto-numbered primary key and `{blob}` the binary type."""

    name: str
    statements: tuple[str, ...]


class UnknownRevision(Exception):
    """The database was brought up to date by a newer release than this one."""

    def __init__(self, revision: str):
        super().__init__(
            f"The database is at revision {revision}, which this release does not know: it was used by a newer one;"
            " start that release, or go back to a backup from before it."
        )


def migrate(engine: Engine, legacy: Iterable[Migration], folder: Path) -> list[str]:
    """Apply what this database has not seen, in order; the names applied now. Two processes may call it at once.

    `folder` is Alembic's (`env.py`, `versions`). Raises UnknownRevision for a database of a newer release.
    """
    legacy = tuple(legacy)
    known = revisions(folder)
    with engine.connect() as connection:
        # The common case at every start: two small reads, no lock, and Alembic (0.15 s) is not imported.
        if _done(connection) >= {one.name for one in legacy} and _revision(connection, known) == known[-1]:
            return []
    # Alembic keeps what it works on in its module: two threads would each change the other's database.
    with _alembic(), _alone(engine) as connection:
        migration.create(connection, checkfirst=True)
        applied = _apply(connection, legacy)
        now_at = _revision(connection, known)
        if now_at != known[-1]:
            _upgrade(connection, folder)
            _note_who_may_run(connection, folder, known)
            applied += known[known.index(now_at) + 1 if now_at else 0 :]
    return applied


def revisions(folder: Path) -> list[str]:
    """The names of Alembic's revisions, oldest first: a file has its revision's name, which begins with a number."""
    return sorted(path.stem for path in (folder / "versions").glob("[0-9]*.py"))


def _done(connection: Connection) -> set[str]:
    if not inspect(connection).has_table(migration.name):
        return set()
    return set(connection.execute(select(migration.c.name)).scalars())


def _revision(connection: Connection, known: Sequence[str]) -> str | None:
    """The revision the database is at, None before the first; our last one also where a newer release has gone on and
    says that our code may run. Raises UnknownRevision."""
    if not inspect(connection).has_table(_REVISION.name):
        return None
    found = connection.execute(select(_REVISION.c.version_num)).scalar()
    if found is not None and found not in known and _may_run(connection, found, known[-1]):
        return known[-1]
    if found is not None and found not in known:
        raise UnknownRevision(found)
    return found


def _may_run(connection: Connection, revision: str, reader: str) -> bool:
    if not inspect(connection).has_table(schema_reader.name):
        return False
    wanted = (schema_reader.c.revision == revision) & (schema_reader.c.reader == reader)
    return connection.execute(select(schema_reader.c.reader).where(wanted)).first() is not None


def _note_who_may_run(connection: Connection, folder: Path, known: Sequence[str]) -> None:
    """Note which revisions' code works on the schema as it is now: those since the last that took something away."""
    texts = [(folder / "versions" / f"{name}.py").read_text(encoding="utf-8") for name in known]
    last = max((number for number, text in enumerate(texts) if _CONTRACTS.search(text)), default=0)
    if inspect(connection).has_table(schema_reader.name):
        connection.execute(delete(schema_reader))
        rows = [{"revision": known[-1], "reader": name} for name in known[last:]]
        connection.execute(insert(schema_reader), rows)


def revision_of(connection: Connection) -> str | None:
    """The revision a database is at, whichever release brought it there; None before the first."""
    if not inspect(connection).has_table(_REVISION.name):
        return None
    found: str | None = connection.execute(select(_REVISION.c.version_num)).scalar()
    return found


def _apply(connection: Connection, legacy: Sequence[Migration]) -> list[str]:
    id_type, blob_type = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "BYTEA"
    if connection.dialect.name == "sqlite":
        id_type, blob_type = "INTEGER PRIMARY KEY AUTOINCREMENT", "BLOB"
    done = _done(connection)
    applied = []
    for one in legacy:
        if one.name in done:
            continue
        for statement in one.statements:
            connection.execute(text(statement.replace("{id}", id_type).replace("{blob}", blob_type)))
        connection.execute(insert(migration).values(name=one.name))
        applied.append(one.name)
    return applied


def alembic_config(connection: Connection, folder: Path) -> "Config":
    """For Alembic's commands; `env.py` takes the connection from it. They print nothing."""
    from alembic.config import Config

    config = Config(stdout=io.StringIO(), attributes={"connection": connection})
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def _upgrade(connection: Connection, folder: Path) -> None:
    from alembic import command

    command.upgrade(alembic_config(connection, folder), "head")


@cache
def _alembic() -> threading.Lock:
    return threading.Lock()


def _make_schema(connection: Connection, schema: str) -> None:
    """Where it is there already, its owner need not be allowed to make others."""
    if not inspect(connection).has_schema(schema):
        connection.execute(CreateSchema(schema))


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction in which no other process migrates."""
    if engine.dialect.name == "postgresql":
        # Connections without a limit: an index on a large table takes its time, and so may another process's turn.
        with writing(unpooled(engine)) as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            if schema := schema_of(engine):
                _make_schema(connection, schema)
            yield connection
        return
    with engine.connect().execution_options(writing=True) as connection:
        # SQLite changes most of a table by making it anew (Alembic's batches), and dropping the old one would delete
        # what refers to it. Foreign keys are off for that time, which works outside of a transaction only, and looked
        # at before it is committed: https://www.sqlite.org/lang_altertable.html#otheralter
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - the connection was just opened
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                broken = _broken_references(connection)
                yield connection
                left = _broken_references(connection) - broken
                if left:
                    raise RuntimeError(f"the migration left rows that refer to nothing: {sorted(left)}")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def _broken_references(connection: Connection) -> set[tuple[str, int, str]]:
    found = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return {(row[0], row[1] or 0, row[2]) for row in found}
