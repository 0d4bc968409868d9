"""What went wrong with a database is told in the server's words, everywhere."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pg8000.dbapi import DatabaseError
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from core.database.connection import connect
from core.database.failures import reason_of
from tests.databases import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = ("app", "core", "index", "insight", "kb", "support")
# The one reads codes of errors, the other makes words of them.
ALLOWED = {"core/database/connection.py", "core/database/failures.py"}


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def _looks_into(source: str) -> bool:
    return any(
        (isinstance(node, ast.Attribute) and node.attr == "orig")
        or (isinstance(node, ast.Constant) and node.value == "orig")
        for node in ast.walk(ast.parse(source))
    )


def test_nobody_else_spells_out_what_the_driver_raised() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for package in PRODUCTION
        for path in (ROOT / package).rglob("*.py")
        if _looks_into(path.read_text(encoding="utf-8"))
    }
    assert found == ALLOWED, "tell it by `reason_of`: the driver's error is a dictionary of the protocol"


def test_a_reason_is_the_server_s_message_and_no_dictionary(postgres: PostgresServer) -> None:
    with postgres.database(tables=False) as url, opened(url) as engine, pytest.raises(DBAPIError) as failed:
        run(engine, "SELECT no_such_function(1)")
    told = reason_of(failed.value)
    assert told.startswith("function no_such_function(integer) does not exist. No function matches")
    assert "{" not in told


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DatabaseError({"M": "the disk\nis full", "H": ""}), "the disk is full"),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_reason_is_one_line(error: Exception, told: str) -> None:
    assert reason_of(error) == told
