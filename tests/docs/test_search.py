"""The page on search names the modules there are, and the commands that measure."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "search.md").read_text(encoding="utf-8")


def test_every_file_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:index|kb|bench|app|docs)/[\w/.-]+)`", PAGE))
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_every_module_of_search_has_its_concern() -> None:
    modules = {p.relative_to(ROOT).as_posix() for p in (ROOT / "index").rglob("*.py") if p.name != "__init__.py"}
    assert {module for module in modules if f"`{module}`" not in PAGE} == set()


@pytest.mark.parametrize("module", sorted(set(re.findall(r"python -m (bench[\w.]*)", PAGE))))
def test_every_measurement_it_names_can_be_run(module: str) -> None:
    if module == "bench":
        module = "bench.__main__"
    assert callable(import_module(module).main)
