"""Many rows at a time, past what costs most in PostgreSQL's driver; SQLite's has neither.

It sends the rows of an `executemany` one by one and waits for each, and a statement with thousands of parameters takes
longer to put together than to run: so rows go as one parameter of JSON, which the server takes apart. It reads each
value of a row by itself, in Python: so rows of texts come as one text.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, BigInteger, Connection, Integer, Select, Table, Text, bindparam, column, func, select
from sqlalchemy.types import TypeEngine

from core.database.upsert import insert_for

_AT_A_TIME = 5_000
_BETWEEN = "\x1f"


def insert_many(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, skip_existing: bool = False
) -> None:
    """Insert these rows, which all have the same columns, of text or whole numbers only.

    With `skip_existing`, a row whose key is there already is left out.
    """
    if not rows:
        return
    names = tuple(rows[0])
    if connection.dialect.name != "postgresql":
        into = insert_for(connection, table)
        connection.execute(into.on_conflict_do_nothing() if skip_existing else into, list(rows))
        return
    taken_apart = func.json_to_recordset(bindparam("rows", type_=JSON)).table_valued(
        *(column(name, _plain(table.c[name].type)) for name in names)
    )
    sent = taken_apart.render_derived(name="sent", with_types=True)
    found = select(*(sent.c[name] for name in names))
    into = insert_for(connection, table).from_select(names, found, include_defaults=False)
    statement = into.on_conflict_do_nothing() if skip_existing else into
    for start in range(0, len(rows), _AT_A_TIME):
        connection.execute(statement, {"rows": [dict(row) for row in rows[start : start + _AT_A_TIME]]})


def text_rows(connection: Connection, wanted: Select[Any]) -> Iterator[Sequence[str]]:
    """The rows of this SELECT of text columns that are never NULL, read piece by piece. None but the last column may
    hold the control character U+001F."""
    reading = connection.execution_options(yield_per=_AT_A_TIME)
    if connection.dialect.name != "postgresql":
        yield from reading.execute(wanted)
        return
    columns = list(wanted.selected_columns)
    joined = wanted.with_only_columns(func.concat_ws(_BETWEEN, *columns), maintain_column_froms=True)
    for row in reading.execute(joined).scalars():
        yield row.split(_BETWEEN, len(columns) - 1)


def _plain(of: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(of, BigInteger):
        return BigInteger()
    if isinstance(of, Integer):
        return Integer()
    if isinstance(of, Text):
        return Text()
    raise TypeError(f"{of!r} cannot be sent as JSON")
