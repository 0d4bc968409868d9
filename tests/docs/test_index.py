"""docs/index.md leads to every page, and to every page by its reader."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
INDEX = ROOT / "docs" / "index.md"
LINK = re.compile(r"\]\(([^)#\s]+)")


def links_of(page: Path) -> set[Path]:
    """The Markdown files of this repository a page links to."""
    targets = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    return {path for link in targets if (path := (page.parent / link).resolve()).suffix == ".md" and path.is_file()}


def test_every_page_can_be_reached_from_the_index() -> None:
    reached, waiting = set(), [INDEX]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += links_of(page)

    pages = set((ROOT / "docs").rglob("*.md"))

    assert {page.relative_to(ROOT).as_posix() for page in pages - reached} == set()


def test_every_decision_stands_in_the_index_in_order() -> None:
    records = [path.name for path in sorted((ROOT / "docs" / "adr").glob("*.md"))]
    listed = re.findall(r"^(\d+)\. \[.*\]\(adr/(\d+)(-.*\.md)\)", INDEX.read_text(encoding="utf-8"), re.MULTILINE)

    assert [f"{number}{rest}" for _, number, rest in listed] == records
    assert [int(place) for place, _, _ in listed] == [int(number) for _, number, _ in listed]


def test_the_readme_leads_to_the_index() -> None:
    assert INDEX in links_of(ROOT / "README.md")


def test_contributing_leads_to_the_map_the_data_model_and_the_glossary() -> None:
    wanted = {(ROOT / "docs" / name).resolve() for name in ("architecture.md", "data-model.md", "glossary.md")}

    assert wanted - links_of(ROOT / "CONTRIBUTING.md") == set()
