"""Which files of a source are pages, and that none is left out without a word."""

from pathlib import Path
from typing import Any

import pytest

from kb.models import Status
from kb.source.folder_reader import read_folder
from tests.kb.transfer.sources import bring_in, write_files


def brought(tmp_path: Path, files: dict[str, Any]) -> tuple[dict[str, Status], dict[str, Any]]:
    source = write_files(tmp_path / "source", files)
    report = bring_in(source, tmp_path / "articles")
    return {a.title: a.status for a in read_folder(tmp_path / "articles").articles}, report


NAV = "site_name: Boats\nnav:\n  - Home: index.md\n  - Help us: contributing.md\n"


def test_pages_named_as_files_about_a_project_are_read_where_nav_or_a_page_leads_to_them(tmp_path: Path) -> None:
    files = {
        "mkdocs.yml": NAV,
        "docs/index.md": "# Home\n\nWritten by [these](authors.md#all), see [safety](/security/).\n",
        "docs/contributing.md": "# How to help\n\nRow.\n",
        "docs/authors.md": "# Who wrote this\n\nAda.\n",
        "docs/security.md": "# Safe at sea\n\nWear a vest.\n",
        "docs/guides/license.md": "# Your licence\n\nFor boats.\n",
        "docs/changelog.md": "# Changes\n\nNone.\n",
    }

    articles, report = brought(tmp_path, files)

    assert set(articles) == {"Home", "How to help", "Who wrote this", "Safe at sea", "Your licence"}
    assert [row["path"] for row in report["dropped"] if row["code"] == "not-read"] == ["docs/changelog.md"]
