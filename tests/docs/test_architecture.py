"""docs/architecture.md is the map: every path and function on it exists, and every module is on it."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.docs import tables

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGE = (DOCS / "architecture.md").read_text(encoding="utf-8")
MODEL = (DOCS / "data-model.md").read_text(encoding="utf-8")

PACKAGES = ("app", "core", "index", "insight", "kb", "support", "widget", "bench", "tests", "docs")
PATH = re.compile(rf"`((?:{'|'.join(PACKAGES)})/[\w/.-]*)(?::([\w.]+))?`")
# Steps of the database's history are found by their names, not by concern.
WITHOUT_A_CONCERN = re.compile(r"(^|/)(__init__|legacy_migrations|migrations/.*)\.py$")


def rows_by_concern() -> str:
    """The rows of every table `Concern | Module` of the docs."""
    rows = []
    for page in DOCS.rglob("*.md"):
        for table in page.read_text(encoding="utf-8").split("| Concern | Module |\n")[1:]:
            rows += table.partition("\n\n")[0].splitlines()
    return "\n".join(rows)


def defined_in(path: Path) -> set[str]:
    """The functions and classes of a module, and `Class.method`."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
    return names


def test_every_path_on_the_map_exists() -> None:
    assert [path for path, _ in PATH.findall(PAGE + MODEL) if not (ROOT / path).exists()] == []


def test_every_function_on_the_map_exists() -> None:
    named = [(path, name) for path, name in PATH.findall(PAGE) if name and (ROOT / path).exists()]

    assert named
    assert [f"{path}:{name}" for path, name in named if name not in defined_in(ROOT / path)] == []


@pytest.mark.parametrize("package", ["app", "core", "index", "insight", "kb", "support"])
def test_every_module_has_a_concern(package: str) -> None:
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / package).rglob("*.py")}
    modules = {module for module in modules if not WITHOUT_A_CONCERN.search(module)}
    on_the_map = {path for path, _ in PATH.findall(rows_by_concern())}

    assert sorted(modules - on_the_map) == [], "add a row to a table `Concern | Module`, in docs/architecture.md"


def test_every_layer_and_surface_that_import_linter_holds_is_on_the_map() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    modules = [
        f"{container}.{name}".removeprefix(".")
        for contract in contracts
        if contract["type"] == "layers"
        for container in contract.get("containers", [""])
        for line in contract["layers"]
        for name in re.split(r"\s*[|:]\s*", line)
    ]

    missing = [name for name in modules if not re.search(rf"`{name.replace('.', '/')}(/|\.py)`", PAGE)]

    assert missing == []


def test_every_room_is_on_the_map() -> None:
    rooms = [path.parent for package in ("app", "support") for path in (ROOT / package).glob("*/__init__.py")]
    rooms = [room for room in rooms if room.name != "migrations"]

    assert [room.name for room in rooms if f"`{room.relative_to(ROOT).as_posix()}/`" not in PAGE] == []


def test_every_thread_the_code_names_is_in_the_table_of_what_runs() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for package in ("app", "core", "index", "support")
        for path in (ROOT / package).rglob("*.py")
    )
    named = re.findall(r'Thread\(.*name=f?"([\w-]+)', sources) + re.findall(r'thread_name_prefix="(\w+)"', sources)
    named += re.findall(r'super\(\)\.__init__\("([\w ]+)", \w', sources)  # of app/ops/periodic.py
    started = set(named) - {"preview"}  # the authors' preview is a process of its own

    assert started
    assert [name for name in started if f"| `{name}" not in PAGE] == []


def test_every_table_of_the_database_says_what_it_holds_and_whether_it_is_about_a_person() -> None:
    tables_of_all = tables.every_table()

    assert [table.name for table in tables_of_all if not table.info.get("about", "").endswith((".", "..."))] == []
    assert [table.name for table in tables_of_all if "personal" not in table.info] == []


def test_the_data_model_draws_every_table_of_every_package() -> None:
    from core.database.connection import METADATA
    from index.database.schema import SEARCH_TABLES

    assert {table.name for table in tables.every_table()} == set(METADATA.tables) | set(SEARCH_TABLES.tables)


def test_a_reference_the_data_model_calls_loose_has_no_foreign_key() -> None:
    columns = {f"{table.name}.{column.name}": column for table in tables.every_table() for column in table.columns}
    paragraph = MODEL[MODEL.index("**References without") : MODEL.index("**Not in the database")]
    loose = re.findall(r"`(\w+\.\w+)`", paragraph)

    assert loose
    assert [name for name in loose if name not in columns or columns[name].foreign_keys] == []
