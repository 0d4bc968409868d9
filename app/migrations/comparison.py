"""How a database is compared with METADATA: by `app/migrations/new.py`, and by the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Inspector, Table, event
from sqlalchemy.dialects import sqlite

# SQLite's full-text index and the tables it keeps for itself; what PostgreSQL has in its place.
_FULL_TEXT = "desk_words"
_ELSEWHERE = frozenset({"desk_text_words"})


def options(dialect: str) -> dict[str, Any]:
    """Options of Alembic's context.

    On SQLite foreign keys are left out: SQLAlchemy does not read the ON DELETE of a column's own REFERENCES there, and
    each would look changed. PostgreSQL has the same keys, and the tests read SQLite's themselves.
    """
    chosen: dict[str, Any] = {"compare_type": True, "compare_server_default": True}
    if dialect == "sqlite":
        chosen["include_object"] = lambda _object, name, kind, *_: (
            kind != "foreign_key_constraint" and name not in _ELSEWHERE
        )
        chosen["include_name"] = lambda name, kind, _parents: kind != "table" or not (name or "").startswith(_FULL_TEXT)
    return chosen


@contextmanager
def sqlite_read_exactly() -> Iterator[None]:
    """While this lasts, what SQLite does not say of a primary key is added to what is read from it.

    It numbers every INTEGER one by itself, and lets others be NULL unless told otherwise: nothing here stores such a
    row, no reason to make eight tables anew.
    """

    def listener(_inspector: Inspector, _table: Table, column: Any) -> None:
        if column.get("primary_key"):
            column["nullable"] = False
            if isinstance(column["type"], sqlite.INTEGER):
                column["identity"] = {}

    event.listen(Table, "column_reflect", listener)
    try:
        yield
    finally:
        event.remove(Table, "column_reflect", listener)
