"""Statements to PostgreSQL: each in one round trip, and what fails leaves a connection that can be used."""

import struct
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from pg8000.dbapi import DatabaseError
from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    cast,
    func,
    literal,
    null,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.exc import DBAPIError

from core.database.connection import connect, for_searches
from core.database.packed import (
    PackedStatement,
    array,
    bigint,
    copy_in,
    integer,
    number_array,
    packed_rows,
    parameter,
    row_of_bytes,
)
from tests.databases import PostgresServer


@pytest.fixture(scope="module")
def engine(postgres: PostgresServer) -> Iterator[Engine]:
    with postgres.database(tables=False) as url:
        opened = connect(url)
        yield opened
        opened.dispose()


def test_a_statement_with_parameters_takes_one_round_trip(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        driver: Any = connection.connection.driver_connection
        waited, plain = [], driver.handle_messages

        def counted(context: Any) -> None:
            waited.append(1)
            plain(context)

        driver.handle_messages = counted
        found = connection.execute(text("SELECT CAST(:a AS integer) + 1, :b"), {"a": 41, "b": "% ' $1 \\ ü"}).one()
        assert (tuple(found), waited) == ((42, "% ' $1 \\ ü"), [1])


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "text"), (True, "boolean"), (2**40, "bigint"), (1.5, "double precision"), (b"\0\xff", "bytea"),
        ("ç" * 100_000, "text"), (Decimal("1.10"), "numeric"), (date(2026, 11, 29), "date"), ([1, 2], "integer[]"),
        (datetime(2026, 11, 29, tzinfo=UTC), "timestamptz"),
    ],
)  # fmt: skip
def test_values_come_back_as_they_were_sent(engine: Engine, value: object, kind: str) -> None:
    with engine.connect() as connection:
        for _ in range(2):  # a statement is known the second time
            assert connection.execute(text(f"SELECT CAST(:value AS {kind})"), {"value": value}).scalar_one() == value


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("SELECT nothing_of_that_name + :value", 1),
        ("SELECT 1 / CAST(:value AS integer)", 0),
        ("SELECT CAST(:value AS integer)", "twelve"),
        ("SELEKT :value", 1),
    ],
)
def test_after_a_statement_that_failed_the_next_one_works(engine: Engine, statement: str, value: object) -> None:
    with engine.connect() as connection:
        with pytest.raises(DBAPIError) as failure:
            connection.execute(text(statement), {"value": value})
        assert isinstance(failure.value.orig, DatabaseError)
        connection.rollback()
        assert connection.execute(text("SELECT CAST(:value AS integer)"), {"value": 7}).scalar_one() == 7


def test_a_search_sees_one_moment_and_writes_nothing(engine: Engine) -> None:
    searches = for_searches(engine)
    with searches.connect() as connection:
        shown = connection.execute(
            text("SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')")
        ).one()
        assert tuple(shown) == ("repeatable read", "on")
        with pytest.raises(DBAPIError, match="read-only transaction"):
            connection.execute(text("CREATE TABLE t (a integer)"))
    searches.dispose()


def test_behind_pgbouncer_each_transaction_of_a_search_says_so_itself(engine: Engine) -> None:
    url = engine.url.update_query_dict({"pgbouncer": "true"}).set(drivername="postgresql")
    bouncer = connect(url.render_as_string(hide_password=False))
    searches = for_searches(bouncer)
    for _ in range(2):
        with searches.connect() as connection:
            shown = connection.execute(
                text("SELECT current_setting('transaction_isolation'), current_setting('jit'), :a"), {"a": "x"}
            ).one()
            assert tuple(shown) == ("repeatable read", "off", "x")
    with bouncer.connect() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"
    searches.dispose()
    bouncer.dispose()


def test_the_first_statement_of_a_transaction_brings_its_begin_along(engine: Engine) -> None:
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        waited: list[str] = []
        assert not driver._in_transaction

        class Counted:
            def __getattr__(self, name: str) -> Any:
                if name == "flush":
                    waited.append(name)
                return getattr(wire, name)

        wire, driver._sock = driver._sock, Counted()
        try:
            assert connection.execute(text("SELECT CAST(:a AS integer)"), {"a": 1}).scalar_one() == 1
        finally:
            driver._sock = wire
        assert (waited, driver._in_transaction) == (["flush"], True)


def test_outside_of_a_transaction_a_pooled_connection_is_outside(engine: Engine) -> None:
    for _ in range(2):  # the second time the connection was asked whether it is one
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM pg_description"))


def _statement(dividend: int = 1) -> PackedStatement:
    """Some numbers over another one, and nothing."""
    numbers = func.unnest(array("numbers", BIGINT())).column_valued("number")
    halves = func.string_agg(
        func.int8send(cast(literal(dividend) * numbers / parameter("by", Integer()), BIGINT)),
        cast(literal(""), LargeBinary),
    )
    return PackedStatement.of(select(halves, cast(null(), LargeBinary)), kept=True)


def test_a_packed_statement_gives_bytes_and_is_read_by_the_server_once(engine: Engine) -> None:
    statement = _statement()
    with engine.connect() as connection:
        for by in (1, 2, 3):
            values = {"numbers": number_array([6, 12, -6], "bigint"), "by": integer(by)}
            assert statement.row(connection, values) == (struct.pack("!qqq", 6 // by, 12 // by, -6 // by), b"")
            assert statement.row(connection, {**values, "numbers": number_array([], "bigint")}) == (b"", b"")
        driver: Any = connection.connection.driver_connection
        assert driver._prepared == 1
        with pytest.raises(DBAPIError, match="division by zero"):
            statement.row(connection, {**values, "by": integer(0)})
        connection.rollback()
        assert statement.row(connection, values)[0] == struct.pack("!qqq", 2, 4, -2)
        assert driver._prepared == 1


def test_rows_are_copied_as_they_are(engine: Engine) -> None:
    with engine.connect() as connection:
        kept = Table("kept", MetaData(), Column("id", BigInteger), Column("text", LargeBinary), prefixes=["TEMPORARY"])
        kept.create(connection)
        copy_in(connection, kept, ("id", "text"), row_of_bytes(bigint(1), b"\\N\t\n\0") + row_of_bytes(bigint(-2), b""))
        numbered = packed_rows(2, id=(">i8", np.array([3, 4])))
        copy_in(connection, kept, ("id",), numbered)
        found = connection.execute(select(kept).order_by(kept.c.id)).all()
        assert [tuple(row) for row in found] == [(-2, b""), (1, b"\\N\t\n\0"), (3, None), (4, None)]
        with pytest.raises(DBAPIError):
            copy_in(connection, kept, ("id",), b"\0\1")
        connection.rollback()
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
