"""The authors' pages say what the code does."""

import ast
import re
from pathlib import Path

from app.cli.kb import kb_cli
from kb.source.frontmatter import FIELDS

ROOT = Path(__file__).parents[2]
AUTHORS = ROOT / "docs" / "authors"
_MAKERS = {"error", "warning", "severity", "_finding"}


def test_every_field_of_the_header_is_in_the_table_and_no_other() -> None:
    page = (AUTHORS / "front-matter.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", page, re.MULTILINE)
    told = {(name, tuple(re.findall(r"`(\w+)`", also)), kind, help) for name, also, kind, help in rows}
    assert told == {(row.name, row.names[1:], row.kind, row.help) for row in FIELDS}


def codes_in(source: str) -> set[str]:
    """The third argument of each call that makes a finding, and the code in each (error, code, …) tuple."""
    found: list[ast.expr] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _MAKERS and len(node.args) == 4:
            found.append(node.args[2])
        if isinstance(node, ast.Tuple) and len(node.elts) == 3 and getattr(node.elts[0], "id", "") in _MAKERS:
            found.append(node.elts[1])
    return {str(part.value) for part in found if isinstance(part, ast.Constant)}


def test_every_code_of_lint_is_explained_and_no_other() -> None:
    tools = ROOT / "index" / "tools"
    modules = [*(ROOT / "kb").rglob("*.py"), *tools.glob("*.py")]
    codes = set().union(*(codes_in(module.read_text(encoding="utf-8")) for module in modules))
    page = (AUTHORS / "lint.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)
    assert {code for cell in cells for code in re.findall(r"`([\w-]+)`", cell)} == codes


def test_every_command_of_flask_kb_is_mentioned() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in AUTHORS.glob("*.md"))
    for name in kb_cli.commands:
        assert f"flask kb {name}" in pages, name


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in AUTHORS.glob("*.md"):
        for target in re.findall(r"\]\(([\w-]+\.md)\)", page.read_text(encoding="utf-8")):
            assert (AUTHORS / target).exists(), f"{page.name}: {target}"
