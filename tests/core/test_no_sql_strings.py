"""SQL is built with SQLAlchemy Core over the tables of `schema.py`: no statement is put together from strings."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = ("app", "core", "index", "insight", "kb", "support", "bench")
# What takes SQL as text. `text` and `literal_column` are known by where they are imported from.
_FUNCTIONS = frozenset({"text", "literal_column", "exec_driver_sql"})

# Who may use text() at all, with a constant but for COMPILED, and why.
ALLOWED = {
    "support/agents/schema.py": "a number as the default of a column",
    "support/agents/ticket_search.py": "a command of the full-text index, which SQLite takes as an INSERT",
    "support/tickets/schema.py": "a number as the default of a column",
    "core/database/connection.py": "BEGIN IMMEDIATE, SET TRANSACTION, and an empty text as a default",
    "core/database/migrations.py": "the named migrations, which stay as they were released, and a PRAGMA",
    "core/database/packed.py": "statements that SQLAlchemy Core built and compiled once",
}
# Who hands over what is no constant. Those of migrations are frozen by a digest: tests/app/test_migrations.py.
COMPILED = {"core/database/migrations.py", "core/database/packed.py"}
# Who puts a statement together for a driver's own `execute`, and why. Parameters cannot stand in these.
MADE = {
    "bench/many_brands.py": "VACUUM with a table of ours",
    "core/database/connection.py": "PRAGMA and SET with a number of ours",
}
_STATEMENT = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|MERGE|CREATE|ALTER|DROP|TRUNCATE|WITH|PRAGMA|SET|BEGIN|VACUUM|ATTACH)\s"
)


def _uses(source: str) -> Iterator[tuple[int, bool]]:
    """(line, whether the SQL is a constant) of every place that hands SQL over as text."""
    tree = ast.parse(source)
    names, modules = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
            names |= {alias.asname or alias.name for alias in node.names if alias.name in _FUNCTIONS}
        if isinstance(node, ast.Import):
            modules |= {
                (alias.asname or alias.name).split(".")[0]
                for alias in node.names
                if alias.name.split(".")[0] == "sqlalchemy"
            }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name):
            found = called.id in names
        elif isinstance(called, ast.Attribute):
            of_module = isinstance(called.value, ast.Name) and called.value.id in modules
            found = called.attr == "exec_driver_sql" or (of_module and called.attr in _FUNCTIONS)
        else:
            found = False
        if found:
            yield node.lineno, bool(node.args) and isinstance(node.args[0], ast.Constant)


def _made(source: str) -> Iterator[int]:
    """Lines on which a statement is put together from strings, whatever gets it. SQL's verbs are in capitals."""
    for node in ast.walk(ast.parse(source)):
        first: ast.expr | None = None
        if isinstance(node, ast.JoinedStr) and any(isinstance(part, ast.FormattedValue) for part in node.values):
            first = node.values[0]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            first = node.left
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            first = node.func.value if node.func.attr in {"format", "format_map", "replace", "join"} else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and _STATEMENT.match(first.value):
            yield node.lineno


def _files() -> list[str]:
    found = (path for package in PRODUCTION for path in (ROOT / package).rglob("*.py"))
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def test_no_sql_is_put_together_from_strings() -> None:
    made = [
        f"{name}:{line}"
        for name in _files()
        if name not in COMPILED
        for line, constant in _uses((ROOT / name).read_text(encoding="utf-8"))
        if not constant
    ]
    assert not made, f"build these with SQLAlchemy Core: {', '.join(made)}"


def test_sql_as_text_stands_only_where_core_has_no_words_for_it() -> None:
    used = {name for name in _files() if any(_uses((ROOT / name).read_text(encoding="utf-8")))}
    assert used <= ALLOWED.keys(), "build it with SQLAlchemy Core, or enter the file with its reason"
    assert ALLOWED.keys() <= used, "a file in ALLOWED does not need it any more"


def test_no_driver_is_handed_sql_made_of_strings() -> None:
    made = {name for name in _files() if any(_made((ROOT / name).read_text(encoding="utf-8")))}
    assert made <= MADE.keys(), "give the values as parameters"
    assert MADE.keys() <= made, "a file in MADE does not need it any more"


def test_nothing_asks_the_linter_to_overlook_sql_made_of_strings() -> None:
    assert [name for name in _files() if "S608" in (ROOT / name).read_text(encoding="utf-8")] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from sqlalchemy import text\ntext('SELECT 1')", [(2, True)]),
        ("from sqlalchemy import text as sql\nsql(f'SELECT {x}')", [(2, False)]),
        ("from sqlalchemy.sql import text\ntext('SELECT ' + x)", [(2, False)]),
        ("import sqlalchemy as sa\nsa.text(statement)", [(2, False)]),
        ("import sqlalchemy\nsqlalchemy.literal_column('a'.format(b))", [(2, False)]),
        ("connection.exec_driver_sql(f'BEGIN {mode}')", [(1, False)]),
        ("from elsewhere import text\ntext(f'{x}')\nmessage.text(lang)", []),
    ],
)
def test_sql_as_text_is_recognised(source: str, found: list[tuple[int, bool]]) -> None:
    assert list(_uses(source)) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('marks = ","\nquery = f"SELECT hash FROM vector WHERE hash IN ({marks})"\ndb.execute(query, some)', [2]),
        ('db.execute("DELETE FROM vector WHERE hash IN (" + marks + ")")', [1]),
        ('db.execute("UPDATE vector SET used = %d" % now)', [1]),
        ('db.execute("INSERT INTO vector VALUES ({})".format(marks))', [1]),
        ('db.executemany("INSERT INTO vector VALUES (?, ?)", rows)', []),
        ('emit(f"selected {count}")\nlog.info(f"Delete {name}")', []),
    ],
)
def test_a_statement_put_together_is_recognised(source: str, found: list[int]) -> None:
    assert list(_made(source)) == found
