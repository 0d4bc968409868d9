"""Links in the README and in docs/ lead somewhere, and the commands they show exist."""

import re
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
# Where revisions of Alembic will lie. Remove this when they do.
NOT_YET = {"app/migrations/versions"}
PATH = re.compile(r"`((?:app|bench|core|docs|index|insight|kb|support|tests|widget)/[\w/.-]+)(?::[\w.]+)?`")


def names(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = [link.partition("#")[0] for link in LINK.findall(_without_code(page))]
    broken = [link for link in links if link and "://" not in link and not (page.parent / link).exists()]

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_link_to_a_heading_leads_to_one(page: Path) -> None:
    links = [link.partition("#") for link in LINK.findall(_without_code(page)) if "#" in link and "://" not in link]
    targets = [(page.parent / name if name else page, heading) for name, _, heading in links]

    assert [f"{path}#{heading}" for path, heading in targets if heading not in _anchors(path)] == []


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_path_of_the_repository_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if "superseded by" in text[:300].lower():
        return  # a decision of the past names what there was
    missing = {path for path in PATH.findall(text) if not (ROOT / path).exists()}

    assert missing - NOT_YET == set()


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_make_target_a_page_names_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8")))

    assert [target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_flask_command_a_page_names_exists(page: Path, app: Flask) -> None:
    named = re.findall(r"flask (kb|index|tickets) ([a-z-]+)", page.read_text(encoding="utf-8"))
    groups = {name: set(getattr(app.cli.commands[name], "commands", {})) for name in ("kb", "index", "tickets")}

    assert [f"{group} {command}" for group, command in named if command not in groups[group]] == []


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_setting_a_page_names_exists(page: Path) -> None:
    from app.settings.schema import SETTINGS

    known = {row.variable for row in SETTINGS} | {"SIGNPOST_CONFIG", "SIGNPOST_BRAND", "SIGNPOST_"}
    named = set(re.findall(r"SIGNPOST_[A-Z_]*", page.read_text(encoding="utf-8")))

    assert named - known == set()


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_import_of_ours_a_page_shows_works(page: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    imports = [
        line for block in blocks for line in block.splitlines() if re.match(r"from (app|core|index|kb|support)\b", line)
    ]

    for line in imports:
        exec(line, {})  # raises ImportError for a name that is not there


def _anchors(page: Path) -> set[str]:
    """The anchors GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def _without_code(page: Path) -> str:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)
