"""What a tool does not show to everybody is never public after an import, however it says so."""

from pathlib import Path

import pytest

from kb.models import Status
from kb.source.folder_reader import read_folder
from kb.transfer.foreign_headers import read_header
from tests.kb.transfer.sources import bring_in, write_files


@pytest.mark.parametrize(
    "fields",
    [
        "draft: true",
        "Draft: 'yes'",
        "headless: true",
        "build:\n  render: never",
        "build: {render: link}",
        "build: {list: never}",
        "_build: {render: false}",
        "published: 'no'",
        "publish: off",
        "permalink: false",
        "visibility: private",
        "status: pending",
        "title: Broken: header\nhidden: true",
        "title: Broken: header\nbuild:\n  render: never",
    ],
)
def test_every_way_to_withhold_a_page_makes_a_draft(fields: str) -> None:
    assert read_header(f"---\n{fields}\n---\n\nText\n").fields.get("status") == "draft"


@pytest.mark.parametrize(
    "fields", ["status: new", "build: {render: always, list: local}", "published: true", "draft: no"]
)
def test_other_values_do_not(fields: str) -> None:
    assert "status" not in read_header(f"---\n{fields}\n---\n\nText\n").fields


def test_hugo_pages_without_an_address_and_what_sections_hand_down_are_drafts(tmp_path: Path) -> None:
    source = write_files(
        tmp_path / "source",
        {
            "hugo.toml": "baseURL = 'https://kites.example/'\n",
            "content/open.md": "---\ntitle: Open\n---\n\nFly.\n",
            "content/never.md": "---\ntitle: Never\nbuild: {render: never}\n---\n\nSecret.\n",
            "content/parts/index.md": "---\ntitle: Parts\nheadless: true\n---\n\nPieces.\n",
            "content/parts/string.md": "---\ntitle: String\n---\n\nLong.\n",
            "content/inner/_index.md": "---\ntitle: Inner\ncascade:\n  build:\n    render: never\n---\n",
            "content/inner/deep/notes.md": "---\ntitle: Notes\n---\n\nOnly for us.\n",
            "content/inner/shown.md": "---\ntitle: Shown\nbuild: {render: always}\n---\n\nFor all.\n",
        },
    )

    bring_in(source, tmp_path / "articles")

    public = {a.slug for a in read_folder(tmp_path / "articles").articles if a.status is not Status.DRAFT}
    assert public == {"open", "shown"}
