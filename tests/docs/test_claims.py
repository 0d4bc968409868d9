"""Every promise of SECURITY.md names the tests that hold it, and these are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def claims() -> list[tuple[str, list[tuple[str, str]]]]:
    """(promise, its tests), in the order of the table."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    table = text.partition("## What is promised")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")]
    return [(row[0].strip(), _TEST.findall(row[1])) for row in rows[2:]]


@cache
def _tests_of(path: str) -> frozenset[str]:
    file = ROOT / path
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.is_file() else ast.Module([], [])
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_there_is_a_table() -> None:
    assert len(claims()) > 20


@pytest.mark.parametrize(("promise", "tests"), claims(), ids=[promise[:60] for promise, _ in claims()])
def test_a_promise_is_held_by_tests_that_are_there(promise: str, tests: list[tuple[str, str]]) -> None:
    assert tests, f"nothing holds: {promise}"
    assert [f"{path}::{name}" for path, name in tests if name not in _tests_of(path)] == []


def test_each_attack_is_named_by_a_promise() -> None:
    named = {path for _promise, tests in claims() for path, _name in tests}
    attacks = {f"tests/attacks/{file.name}" for file in (ROOT / "tests" / "attacks").glob("test_*.py")}

    assert attacks - named == set()
