"""Moving an installation from SQLite to PostgreSQL: every row, in one transaction, compared before it is committed.

Nothing may write to SQLite meanwhile, so its write lock is held; what is derived there (the desk's search words) is
made anew by the service. Files, keys and the search index stay in the data folder, where both look for them.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, column, func, insert, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError

from core.database.connection import METADATA, writing
from core.database.failures import reason_of
from core.database.migrations import revision_of

_BATCH = 500
# Filled by the service, by the migrations and by every node at work.
_DERIVED = frozenset({"desk_text", "migration", "schema_reader", "node", "rate_bucket"})
_SEQUENCES = table("sqlite_sequence", column("name"), column("seq"))


class MoveFailed(Exception):
    """Nothing was moved; the message says why."""


@dataclass
class Contents:
    """How many rows a table has, and a digest of them that does not depend on their order."""

    rows: int = 0
    digest: int = 0

    def add(self, row: Row[Any]) -> None:
        self.rows += 1
        text = repr([bytes(value) if isinstance(value, memoryview | bytearray) else value for value in row])
        whole = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), "big")
        self.digest = (self.digest + whole) % 2**256


@dataclass(frozen=True)
class Moved:
    """How many rows of each table were moved."""

    tables: dict[str, int] = field(default_factory=dict)


def tables() -> list[Table]:
    """What is moved, so that whatever a row refers to is there before it."""
    return [one for one in METADATA.sorted_tables if one.name not in _DERIVED]


def count(source: Engine, wanted: str) -> Moved:
    """What would be moved. Raises MoveFailed."""
    with source.connect() as connection:
        _check_source(connection, wanted)
        return Moved({one.name: _rows(connection, one) for one in tables()})


def move(
    source: Engine, target: Engine, wanted: str, migrate: Callable[[Engine], object],
    say: Callable[[str, int], object] = lambda _name, _rows: None,
) -> Moved:  # fmt: skip
    """All rows of the SQLite database `source`, into the empty PostgreSQL database `target`. Raises MoveFailed.

    `wanted` is the revision of this release, to which `migrate` brings the target.
    """
    try:
        with writing(source) as old:  # the write lock: nobody adds a row that would be left behind
            _check_source(old, wanted)
            _check_target(target)
            migrate(target)
            with writing(target) as new:
                contents = {one.name: _copy(old, new, one, say) for one in tables()}
                for one in tables():
                    _set_sequence(old, new, one)
                _compare(new, contents)
    except SQLAlchemyError as error:
        raise MoveFailed(f"nothing was moved: {type(error).__name__}: {reason_of(error)}") from error
    return Moved({name: one.rows for name, one in contents.items()})


def _check_source(connection: Connection, wanted: str) -> None:
    if connection.dialect.name != "sqlite":
        raise MoveFailed("database_url is set to PostgreSQL already; there is nothing to move")
    found = revision_of(connection)
    if found != wanted:
        raise MoveFailed(
            f"the SQLite database is at {found or 'no revision'}, this release at {wanted}: start the service of this"
            " release on it once, and stop it again"
        )


def _check_target(target: Engine) -> None:
    if target.dialect.name != "postgresql":
        raise MoveFailed("the target must be a PostgreSQL database")
    with target.connect() as connection:
        there = set(inspect(connection).get_table_names())
        unknown = there - {one.name for one in METADATA.sorted_tables} - {"alembic_version"}
        full = [one.name for one in tables() if one.name in there and _rows(connection, one)]
    if unknown or full:
        raise MoveFailed(f"the target is not empty ({', '.join(sorted(unknown) + full)}); make a new database")


def _rows(connection: Connection, one: Table) -> int:
    return connection.execute(select(func.count()).select_from(one)).scalar_one()


def _copy(old: Connection, new: Connection, one: Table, say: Callable[[str, int], object]) -> Contents:
    contents = Contents()
    for batch in _batches(old, one):
        for row in batch:
            contents.add(row)
            if any(isinstance(value, str) and "\0" in value for value in row):
                keys = ", ".join(str(getattr(row, key.name)) for key in one.primary_key)
                raise MoveFailed(f"nothing was moved: {one.name} {keys} has a NUL sign, which PostgreSQL does not take")
        try:
            new.execute(insert(one), [dict(row._mapping) for row in batch])
        except SQLAlchemyError as error:
            reason = reason_of(error)
            keys = ", ".join(str(getattr(batch[0], key.name)) for key in one.primary_key)
            message = f"nothing was moved: of {one.name}, a row from {keys} on is not taken ({reason})"
            raise MoveFailed(message) from error
    say(one.name, contents.rows)
    return contents


def _batches(connection: Connection, one: Table) -> Iterator[list[Row[Any]]]:
    with connection.execution_options(yield_per=_BATCH).execute(select(one)) as found:
        for batch in found.partitions(_BATCH):
            yield list(batch)


def _set_sequence(old: Connection, new: Connection, one: Table) -> None:
    """Numbers go on after the highest ever given, also where its row was deleted: references are never used twice."""
    for key in one.primary_key:
        if key.identity is None:
            continue
        highest = old.execute(select(func.coalesce(func.max(key), 0))).scalar_one()
        given = old.execute(select(_SEQUENCES.c.seq).where(_SEQUENCES.c.name == one.name)).scalar() or 0
        if max(highest, given):
            sequence = func.pg_get_serial_sequence(one.name, key.name)
            new.execute(select(func.setval(sequence, max(highest, given))))


def _compare(new: Connection, contents: dict[str, Contents]) -> None:
    for one in tables():
        found = Contents()
        for batch in _batches(new, one):
            for row in batch:
                found.add(row)
        if found != contents[one.name]:
            raise MoveFailed(f"nothing was moved: {one.name} read back differently")
