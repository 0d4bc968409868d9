"""Synonyms and pins are read again when their files change."""

import logging
import os
import shutil
from pathlib import Path

import pytest

from index.query.hints import LiveHints
from kb.source.search_hints import Synonym


def write(folder: Path, text: str, seconds: int) -> None:
    """A file whose time of change differs from every other of the test."""
    file = folder / "en" / "_synonyms.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    os.utime(file, (seconds, seconds))


def typed(live: LiveHints) -> list[str]:
    return [s.typed for s in live.current().synonyms.get("en", ())]


def test_a_change_counts_without_a_restart(tmp_path: Path) -> None:
    live = LiveHints(tmp_path, check_seconds=0)
    assert typed(live) == []
    write(tmp_path, "- {typed: cans, means: headphones}", 1000)
    assert typed(live) == ["cans"]
    write(tmp_path, "- {typed: buds, means: headphones}", 2000)
    assert typed(live) == ["buds"]
    (tmp_path / "en" / "_synonyms.yml").unlink()
    assert typed(live) == []


@pytest.mark.parametrize("leave", [False, True])
def test_a_folder_that_is_empty_or_gone_leaves_everything_as_it_was(tmp_path: Path, leave: bool) -> None:
    folder = tmp_path / "articles"
    write(folder, "- {typed: cans, means: headphones}", 1000)
    live = LiveHints(folder, check_seconds=0)
    assert typed(live) == ["cans"]
    shutil.rmtree(folder)
    if leave:
        folder.mkdir()
    assert typed(live) == ["cans"]
    write(folder, "- {typed: buds, means: headphones}", 2000)
    assert typed(live) == ["buds"]


def test_unchanged_files_are_read_once(tmp_path: Path) -> None:
    write(tmp_path, "- [cans, headphones]", 1000)
    live = LiveHints(tmp_path, check_seconds=0)
    assert live.current() is live.current()


def test_files_are_not_looked_at_for_every_question(tmp_path: Path) -> None:
    live = LiveHints(tmp_path, check_seconds=3600)
    assert typed(live) == []
    write(tmp_path, "- [cans, headphones]", 1000)
    assert typed(live) == []


def test_a_broken_change_leaves_everything_as_it_was(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, "- {typed: cans, means: headphones}", 1000)
    live = LiveHints(tmp_path, check_seconds=0)
    assert typed(live) == ["cans"]
    with caplog.at_level(logging.ERROR):
        write(tmp_path, "- {typed: cans, means: headphones}\n- [half", 2000)
        assert typed(live) == ["cans"]
    assert "en/_synonyms.yml:2" in caplog.text


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert LiveHints(tmp_path / "none").current().synonyms == {}


def test_the_words_of_authors_are_known() -> None:
    from kb.source.search_hints import Hints

    assert Hints(synonyms={"en": (Synonym("Tonny One", ("Tonfell",)),)}).words == {"tonny", "one", "tonfell"}


def test_what_is_wrong_in_the_files_is_told_until_it_is_put_right(tmp_path: Path) -> None:
    write(tmp_path, "- [cans, tins]\n- {typed: a: b}\n", 1000)
    live = LiveHints(tmp_path, check_seconds=0)
    assert typed(live) == ["cans", "tins"], "after a start what can be read counts"
    assert [(one.path, one.line) for one in live.errors] == [("en/_synonyms.yml", 2)]
    write(tmp_path, "- [cups, tins]\n- {typed: a: b}\n", 1001)
    assert typed(live) == ["cans", "tins"], "in a running process what was read before"
    assert live.errors
    write(tmp_path, "- [cups, tins]\n", 1002)
    assert typed(live) == ["cups", "tins"] and live.errors == ()
