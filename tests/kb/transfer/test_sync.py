"""Importing again: changes upstream arrive, what was edited here is never undone, nothing is deleted silently."""

import errno
from pathlib import Path
from typing import Any

import pytest

from kb.transfer import sync, trees
from kb.transfer.models import TransferError
from kb.transfer.plan import positions
from kb.transfer.service import look
from kb.transfer.sync import STATE
from tests.kb.transfer import sources
from tests.kb.transfer.sources import bring_in, text_of, tree_of, write_files

LAUNCH = "en/flying-a-kite/launch.md"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_files(tmp_path / "source", sources.DOCUSAURUS)


@pytest.fixture
def folder(tmp_path: Path, source: Path) -> Path:
    bring_in(source, tmp_path / "articles")
    return tmp_path / "articles"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_dry_run_writes_nothing(tmp_path: Path, source: Path) -> None:
    with look(source, tmp_path / "articles") as found:
        assert found.report.to_json()["changes"] == {"new": 7}

    assert not (tmp_path / "articles").exists()


def test_a_change_upstream_brings_that_file_only(folder: Path, source: Path) -> None:
    before = tree_of(folder)
    change(source / "docs/flying/01-launch.mdx", "From behind.", "From behind, always.")

    report = bring_in(source, folder)

    after = tree_of(folder)
    assert [path for path in after if after[path] != before.get(path)] == [LAUNCH]
    assert report["changes"]["updated"] == 1 and report["written"] == [LAUNCH]


def test_what_was_edited_here_stays_while_upstream_is_the_same(folder: Path, source: Path) -> None:
    change(folder / LAUNCH, "From behind.", "From the back.")

    report = bring_in(source, folder)

    assert "From the back." in text_of(folder, LAUNCH) and report["both_changed"] == []


def test_an_article_changed_on_both_sides_stays_and_both_texts_are_there(folder: Path, source: Path) -> None:
    change(folder / LAUNCH, "From behind.", "From the back.")
    change(source / "docs/flying/01-launch.mdx", "From behind.", "From behind, always.")

    report = bring_in(source, folder)
    again = bring_in(source, folder)

    beside = f"_import/upstream/{LAUNCH}"
    assert report["both_changed"] == again["both_changed"] == [{"here": LAUNCH, "upstream": beside}]
    assert "From the back." in text_of(folder, LAUNCH) and "always" in text_of(folder, beside)


def test_a_conflict_is_settled_when_the_other_text_is_deleted(folder: Path, source: Path) -> None:
    change(folder / LAUNCH, "From behind.", "From the back.")
    change(source / "docs/flying/01-launch.mdx", "From behind.", "From behind, always.")
    bring_in(source, folder)
    (folder / "_import/upstream" / LAUNCH).unlink()

    settled = bring_in(source, folder)
    change(source / "docs/flying/01-launch.mdx", "always", "mostly")
    later = bring_in(source, folder)

    assert settled["both_changed"] == [] and len(later["both_changed"]) == 1
    assert "From the back." in text_of(folder, LAUNCH)


def test_what_is_gone_upstream_is_listed_and_stays(folder: Path, source: Path) -> None:
    (source / "docs/flying/02-land.md").unlink()

    report = bring_in(source, folder)
    again = bring_in(source, folder)

    assert report["gone_upstream"] == again["gone_upstream"] == ["en/flying-a-kite/land.md"]
    assert (folder / "en/flying-a-kite/land.md").is_file()


def test_what_was_deleted_here_is_not_made_again(folder: Path, source: Path) -> None:
    (folder / "en/flying-a-kite/land.md").unlink()

    report = bring_in(source, folder)
    bring_in(source, folder)

    assert report["deleted_here"] == ["en/flying-a-kite/land.md"]
    assert not (folder / "en/flying-a-kite/land.md").exists()


def test_an_article_that_moves_to_another_category_upstream_keeps_its_address(folder: Path, source: Path) -> None:
    change(source / "sidebars.js", "Flying a kite", "In the air")

    report = bring_in(source, folder)

    assert report["changes"]["moved"] >= 2 and not (folder / "en/flying-a-kite").exists()
    assert (folder / "en/in-the-air/launch.md").is_file()
    assert "in-the-air/launch.md#wind" in text_of(folder, "en/intro.md")


def test_a_new_title_or_file_elsewhere_changes_no_other_address(tmp_path: Path) -> None:
    source = write_files(tmp_path / "source", {"b/start.md": "# One\n\nText.\n", "c/start.md": "# Two\n\nText.\n"})
    bring_in(source, tmp_path / "articles")
    before = tree_of(tmp_path / "articles")
    write_files(source, {"a/start.md": "# Zero\n\nText.\n"})

    bring_in(source, tmp_path / "articles")

    after = tree_of(tmp_path / "articles")
    assert {path: after[path] for path in before} == before
    assert len(after) > len(before)


def test_a_new_article_in_the_middle_changes_no_other_one(folder: Path, source: Path) -> None:
    before = tree_of(folder)
    write_files(source, {"docs/flying/03-steer.md": "---\ntitle: Steer\n---\n\nPull.\n"})
    change(source / "sidebars.js", "'flying/launch', ", "'flying/launch', 'flying/steer', ")

    bring_in(source, folder)

    after = tree_of(folder)
    assert {path: after[path] for path in before} == before
    assert "position: 15" in text_of(folder, "en/flying-a-kite/steer.md")


def test_positions_rise_in_order_and_stay_where_they_can() -> None:
    assert positions(["a", "b", "c"], {}) == {"a": 10, "b": 20, "c": 30}
    assert positions(["a", "x", "b"], {"a": 10, "b": 20}) == {"a": 10, "x": 15, "b": 20}
    assert positions(["b", "a"], {"a": 10, "b": 20}) in ({"b": 20, "a": 30}, {"b": 5, "a": 10})
    tight = positions(["a", "x", "b"], {"a": 1, "b": 2})
    assert tight["a"] < tight["x"] < tight["b"]


def test_a_file_that_was_there_before_is_not_overwritten(tmp_path: Path, source: Path) -> None:
    write_files(tmp_path / "articles", {LAUNCH: "---\ntitle: Mine\n---\n\nMine.\n"})

    report = bring_in(source, tmp_path / "articles")

    assert "Mine." in text_of(tmp_path / "articles", LAUNCH)
    assert report["in_the_way"] == [{"here": LAUNCH, "upstream": f"_import/upstream/{LAUNCH}"}]


def test_a_folder_that_was_filled_from_another_tool_is_refused(tmp_path: Path, folder: Path) -> None:
    other = write_files(tmp_path / "other", sources.MKDOCS)

    with pytest.raises(TransferError, match="filled from docusaurus"), look(other, folder):
        pass


def test_a_broken_state_is_refused_rather_than_forgotten(folder: Path, source: Path) -> None:
    (folder / "_import/state.json").write_text("{", encoding="utf-8")

    with pytest.raises(TransferError, match="cannot be read"), look(source, folder):
        pass


def test_what_is_imported_beside_is_no_article(folder: Path) -> None:
    from kb.source.folder_reader import read_folder

    write_files(folder, {f"_import/upstream/{LAUNCH}": "---\ntitle: Other\n---\n\nText.\n"})

    assert not any(a.source.startswith("_import") for a in read_folder(folder).articles)


def test_a_full_disk_is_said_and_the_same_command_goes_on_later(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "articles"
    real, written = sync._put, 0

    def full(target: Path, data: bytes) -> None:
        nonlocal written
        written += 1
        if written > 3:
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        real(target, data)

    monkeypatch.setattr(sync, "_put", full)
    with pytest.raises(TransferError, match="disk is full"):
        bring_in(source, folder)
    monkeypatch.setattr(sync, "_put", real)
    bring_in(source, folder)

    whole = tmp_path / "whole"
    bring_in(source, whole)
    assert tree_of(folder) == tree_of(whole)


def test_a_link_in_the_folder_is_not_written_through(tmp_path: Path, source: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "articles/en").mkdir(parents=True)
    (tmp_path / "articles/en/flying-a-kite").symlink_to(tmp_path / "outside")

    with pytest.raises(TransferError, match="outside of the articles folder"):
        bring_in(source, tmp_path / "articles")
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_page_that_cannot_be_read_this_time_is_not_called_gone(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(root: Path, path: str, *rest: Any) -> Any:
        if path.startswith("docs/flying/"):
            raise RecursionError
        return real(root, path, *rest)

    real = trees._page
    before = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*") if STATE not in str(path)}
    monkeypatch.setattr(trees, "_page", fails)
    first = bring_in(source, folder)
    again = bring_in(source, folder)
    monkeypatch.setattr(trees, "_page", real)
    after = bring_in(source, folder)

    assert first["gone_upstream"] == again["gone_upstream"] == after["gone_upstream"] == after["not_read"] == []
    assert LAUNCH in first["not_read"] == again["not_read"]
    assert before == {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*") if STATE not in str(path)
    }
