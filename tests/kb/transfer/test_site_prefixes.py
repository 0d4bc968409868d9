"""Links that begin with the folder a site lay in, or leave the numbers of files off, lead to their pages."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.kb.transfer.sources import PNG, bring_in, text_of, write_files

PAGES: dict[str, Any] = {
    "01-start/01-install.md": "# Install\n\nReady.\n",
    "02-use/03-sail.md": "# Sail\n\nAfter [installing](/{prefix}/start/install#now) or "
    "[this](/{prefix}/start/install.md).\n"
    "\n![Boat](/{prefix}/img/boat.png)\n",
    "img/boat.png": PNG,
}


@pytest.mark.parametrize(
    ("folder", "prefix", "base"),
    [("handbook", "handbook", ""), ("x", "guide/v2", ""), ("y", "site", "https://boats.example/site/")],
)
def test_links_with_the_prefix_of_the_site(tmp_path: Path, folder: str, prefix: str, base: str) -> None:
    files = {p: t.replace("{prefix}", prefix) if isinstance(t, str) else t for p, t in PAGES.items()}
    files["02-use/04-row.md"] = f"# Row\n\nOr [sail](/{prefix}/use/sail), [gone](/{prefix}/use/gone).\n"
    if base:
        files = {"mkdocs.yml": f"site_name: B\nsite_url: {base}\n", **{f"docs/{p}": t for p, t in files.items()}}
    source = write_files(tmp_path / folder, files)

    report = bring_in(source, tmp_path / "articles")

    articles = tmp_path / "articles"
    sail = text_of(articles, next(p.relative_to(articles).as_posix() for p in articles.rglob("*sail.md")))
    assert re.search(r"\[installing\]\(\S*install\.md#now\) or \[this\]\(\S*install\.md\)", sail)
    assert re.search(r"!\[Boat\]\(\S*files/img/boat\.png\)", sail)
    assert len(report["links"]) == 1 and "use/gone" in report["links"][0]["message"]


def test_numbers_may_be_left_off_in_links_to_files(tmp_path: Path) -> None:
    source = write_files(
        tmp_path / "source",
        {"a/02-two.md": "# Two\n\n[One](../b/one.md)\n", "01-b/01-one.md": "# One\n\n[Two](../a/two.md)\n"},
    )

    assert bring_in(source, tmp_path / "articles")["links"] == []
