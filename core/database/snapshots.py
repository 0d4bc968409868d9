"""A consistent copy of a database that is being written to, and whether a copy is sound.

SQLite by its online backup, in one step: in WAL mode it reads one state, and writers go on meanwhile. PostgreSQL by
`pg_dump` of an exported snapshot, so that what is counted beside it is counted in the very same state.
"""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, column, create_engine, func, inspect, select, table

from core.database.connection import unpooled
from core.database.postgresql import libpq_environment, read_address

_LONGEST_SECONDS = 6 * 3600
_GET_TOOLS = (
    "install PostgreSQL's client of the server's version (Debian: postgresql-client) or name its folder in the setting"
    " postgresql_tools"
)
_MOST_PROBLEMS = 20


class SnapshotFailed(Exception):
    """The copy could not be made, or read back; the message says why, without passwords."""


def copy_sqlite(source: Path, target: Path) -> None:
    """The database as one file without a log of changes. Raises SnapshotFailed, also for one that is damaged."""
    target.touch(mode=0o600)
    try:
        # immutable is not set: the source is in use, and its log of changes belongs to it.
        used = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
        with closing(used), closing(sqlite3.connect(target)) as copy:
            used.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise SnapshotFailed(f"the database could not be copied ({error})") from error
    problems = sqlite_problems(target)
    if problems:
        raise SnapshotFailed(f"the database is damaged: {problems[0]}")


def sqlite_problems(path: Path) -> list[str]:
    """What SQLite's own check finds wrong with a file; nothing for a sound one. The file is not changed."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
            problems = [] if found == ["ok"] else found
            for table_name, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
                problems.append(f"row {row} of {table_name} refers to nothing in {parent}")
                if len(problems) >= _MOST_PROBLEMS:
                    break
            return problems
    except sqlite3.Error as error:
        return [str(error)]


# Tables of search (index/database/schema.py): made anew by the next publish, and as large as all vectors.
_MADE_ANEW = "search_"


def row_counts(connection: Connection) -> dict[str, int]:
    """How many rows each table has; SQLite's own, its full-text index and what is made anew aside."""
    names = inspect(connection).get_table_names()
    return {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in sorted(names)
        if not name.startswith(("sqlite_", "desk_words", _MADE_ANEW))
    }


@contextmanager
def opened(path: Path) -> Iterator[Connection]:
    """A connection that reads a SQLite file as it lies there, changing nothing of it."""
    uri = f"{path.resolve().as_uri()}?mode=ro"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def postgresql_snapshot(engine: Engine) -> Iterator[tuple[Connection, str]]:
    """A reading transaction and the name under which `pg_dump` reads the same state."""
    with unpooled(engine, one_moment=True).connect() as connection, connection.begin():
        yield connection, str(connection.execute(select(func.pg_export_snapshot())).scalar_one())


# Where a table is, in PostgreSQL's own catalogue.
_TABLE = table("pg_class", column("relname"), column("relnamespace"))
_SCHEMA = table("pg_namespace", column("oid"), column("nspname"))


def schemas_of_others(connection: Connection) -> list[str]:
    """The schemas of other help centres in the same database, which have backups of their own."""
    found = select(_SCHEMA.c.nspname).join_from(_TABLE, _SCHEMA, _SCHEMA.c.oid == _TABLE.c.relnamespace)
    others = (_TABLE.c.relname == "alembic_version") & (_SCHEMA.c.nspname != func.current_schema())
    return [str(name) for name in connection.execute(found.where(others)).scalars()]


def check_direct(url: str) -> None:
    """Raises SnapshotFailed where programs of PostgreSQL would have to go through PgBouncer: in transaction mode what
    they set for their session is left behind in other people's, and may be missing in their own."""
    address = read_address(url)
    if address.bouncer and not address.direct:
        raise SnapshotFailed(
            "pg_dump and pg_restore need a session of their own, which PgBouncer in transaction mode has not; name the"
            " server itself in database_url: …?pgbouncer=true&direct=HOST:PORT"
        )


def dump_postgresql(url: str, target: Path, snapshot: str, tools: Path | None, others: Sequence[str] = ()) -> None:
    """`pg_dump` in its own compressed format, without the schemas of others. Raises SnapshotFailed."""
    check_direct(url)
    target.touch(mode=0o600)
    schema = read_address(url).schema
    only = [f"--schema={schema}"] if schema else []  # a brand's, and nobody else's
    only.append(f"--exclude-table={f'{schema}.' if only else ''}{_MADE_ANEW}*")
    only += [f'--exclude-schema="{name}"' for name in others if not schema]
    _run(_tool("pg_dump", tools), url, "--format=custom", "--no-owner", "--no-privileges", "--no-password",
         f"--snapshot={snapshot}", f"--file={target}", *only)  # fmt: skip


# Of a dump's contents: what the role of a service may often not make, and what search makes for itself.
_NOT_OURS = re.compile(r"^\d+; \d+ \d+ (EXTENSION - |COMMENT - EXTENSION |COMMENT - SCHEMA )")
_A_SCHEMA = re.compile(r"^\d+; \d+ \d+ SCHEMA - ")


def restore_postgresql(url: str, dump: Path, tools: Path | None, *, schema_is_there: bool = False) -> None:
    """All of the dump, or nothing of it, into the database of this address. Raises SnapshotFailed."""
    check_direct(url)
    program = _tool("pg_restore", tools)
    listed = _run(program, "", "--list", str(dump)).splitlines(keepends=True)
    wanted = dump.with_suffix(".list")
    wanted.write_text(
        "".join(
            line for line in listed if not _NOT_OURS.match(line) and not (schema_is_there and _A_SCHEMA.match(line))
        ),
        encoding="utf-8",
    )
    _run(program, url, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password",
         f"--use-list={wanted}", f"--dbname={read_address(url).url.database}", str(dump))  # fmt: skip


def postgresql_dump_problems(dump: Path, tools: Path | None) -> list[str]:
    """What is wrong with a dump when all of it is read. Raises SnapshotFailed when there is no tool to read it."""
    try:
        _run(_tool("pg_restore", tools), "", "--file=/dev/null", str(dump))
    except SnapshotFailed as error:
        return [str(error)]
    return []


def _tool(name: str, folder: Path | None) -> str:
    found = shutil.which(name, path=str(folder) if folder else None)
    if found is None:
        where = f"in {folder}" if folder else "on the PATH"
        raise SnapshotFailed(f"there is no {name} {where}; {_GET_TOOLS}")
    return found


def check_tools(connection: Connection, tools: Path | None) -> None:
    """Raises SnapshotFailed when there is no `pg_dump`, or one that is older than the server, which it refuses."""
    server = str(connection.execute(select(func.current_setting("server_version"))).scalar_one())
    said = _run(_tool("pg_dump", tools), "", "--version").split()
    versions = [re.match(r"\d+", text) for text in (server, said[2] if len(said) > 2 else "")]
    needed, there = (int(found[0]) if found else 0 for found in versions)
    if there < needed:
        raise SnapshotFailed(f"the server is PostgreSQL {needed}, pg_dump is of {there} and refuses it; {_GET_TOOLS}")


def _run(program: str, url: str, *options: str) -> str:
    """What it printed. The password goes by the environment: arguments can be read by everybody on the machine."""
    try:
        done = subprocess.run(  # noqa: S603 - a program of PostgreSQL, arguments of ours
            [program, *options], env={**os.environ, **libpq_environment(url)} if url else None,
            timeout=_LONGEST_SECONDS, capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SnapshotFailed(f"{Path(program).name} could not be run ({type(error).__name__})") from error
    if done.returncode:
        reason = " ".join(done.stderr.split())[:500]
        hint = f" {_GET_TOOLS[0].upper()}{_GET_TOOLS[1:]}" if "version mismatch" in reason else ""
        raise SnapshotFailed(f"{Path(program).name} failed: {reason}{hint}")
    return done.stdout
