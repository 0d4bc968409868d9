"""Many rows at a time, on both databases: what goes in comes out, whatever it holds."""

from collections.abc import Iterator

import pytest
from sqlalchemy import BigInteger, Column, Engine, LargeBinary, MetaData, Table, Text, select

from core.database.bulk import insert_many, text_rows
from core.database.connection import connect, writing

METADATA = MetaData()
ROWS = Table(
    "rows", METADATA, Column("key", Text, primary_key=True), Column("where", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
)  # fmt: skip
BYTES = Table("bytes", METADATA, Column("body", LargeBinary))
HOSTILE = (
    "",
    "'",
    '"',
    "\\",
    "\\u0041",
    "%s",
    ":rows",
    "{}",
    "[]",
    "null",
    "\x1e",
    "\x1f",
    "𠀀",
    "e\u0301",
    "\r\n",
    "ş退",
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = connect(database_url)
    METADATA.create_all(opened)
    yield opened
    opened.dispose()


def test_what_goes_in_comes_out(engine: Engine) -> None:
    given = [{"key": f"{number:05}", "where": HOSTILE[number % len(HOSTILE)], "count": 2**40 + number}
             for number in range(5_100)]  # fmt: skip
    with writing(engine) as connection:
        insert_many(connection, ROWS, given)
        insert_many(connection, ROWS, [])

    ordered = select(ROWS.c.key, ROWS.c.where).order_by(ROWS.c.key)
    with engine.connect() as connection:
        assert [dict(row) for row in connection.execute(select(ROWS).order_by(ROWS.c.key)).mappings()] == given
        assert [tuple(row) for row in text_rows(connection, ordered)] == [(row["key"], row["where"]) for row in given]


def test_rows_that_are_there_stay(engine: Engine) -> None:
    with writing(engine) as connection:
        insert_many(connection, ROWS, [{"key": "a", "where": "first", "count": 1}])
        again = [{"key": key, "where": "second", "count": 2} for key in ("a", "b")]
        insert_many(connection, ROWS, again, skip_existing=True)
        assert [tuple(row) for row in connection.execute(select(ROWS).order_by(ROWS.c.key))] == [
            ("a", "first", 1), ("b", "second", 2),
        ]  # fmt: skip


def test_what_json_has_no_word_for_is_refused(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        with writing(engine) as connection, pytest.raises(TypeError):
            insert_many(connection, BYTES, [{"body": b"x"}])
