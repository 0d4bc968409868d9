"""Statements to PostgreSQL: each in one round trip, and what fails leaves a connection that can be used."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pg8000.dbapi import DatabaseError
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from core.database.connection import connect, for_searches
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
