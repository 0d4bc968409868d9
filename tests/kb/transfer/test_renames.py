"""A page that has another name upstream is one article still, at its address, and its old addresses lead to it."""

from pathlib import Path

import pytest

from kb.source.folder_reader import read_folder
from tests.kb.transfer.sources import bring_in, tree_of, write_files

PAGE = "# Second\n\nTie the boat to the pier with two ropes, and then see [the first](one.md) again.\n"
FILES = {
    "SUMMARY.md": "* [One](one.md)\n* [Second](second.md)\n",
    "one.md": "# One\n\n[Next](second.md)\n",
    "second.md": PAGE,
}


def renamed(source: Path, new: str, text: str) -> None:
    (source / "second.md").unlink()
    write_files(source, {new: text, "SUMMARY.md": f"* [One](one.md)\n* [Second]({new})\n",
                         "one.md": f"# One\n\n[Next]({new})\n"})  # fmt: skip


@pytest.mark.parametrize("text", [PAGE, PAGE.replace("two", "three")], ids=["the same text", "nearly the same"])
def test_a_renamed_page_is_moved(tmp_path: Path, text: str) -> None:
    source, folder = write_files(tmp_path / "source", FILES), tmp_path / "articles"
    bring_in(source, folder)
    renamed(source, "zwei.md", text)

    report = bring_in(source, folder)

    articles = {a.title: a for a in read_folder(folder).articles}
    assert set(articles) == {"One", "Second"} and len(read_folder(folder).articles) == 2
    assert articles["Second"].slug == "second" and articles["Second"].aliases == ("/zwei", "/second")
    assert report["gone_upstream"] == [] and "new" not in report["changes"]
    assert [row["code"] for row in report["dropped"]].count("renamed") == 1

    before = tree_of(folder)
    assert set(bring_in(source, folder)["changes"]) == {"unchanged"} and tree_of(folder) == before


def test_another_page_in_its_place_is_another_article(tmp_path: Path) -> None:
    source, folder = write_files(tmp_path / "source", FILES), tmp_path / "articles"
    bring_in(source, folder)
    renamed(source, "zwei.md", "# Second\n\nSomething that was never said before in any of these pages here.\n")

    report = bring_in(source, folder)

    assert len(report["gone_upstream"]) == 1 and len(read_folder(folder).articles) == 3


def test_a_renamed_page_that_was_deleted_here_is_not_made_again(tmp_path: Path) -> None:
    source, folder = write_files(tmp_path / "source", FILES), tmp_path / "articles"
    bring_in(source, folder)
    next(folder.rglob("second.md")).unlink()
    renamed(source, "zwei.md", PAGE)

    assert len(bring_in(source, folder)["deleted_here"]) == 1
