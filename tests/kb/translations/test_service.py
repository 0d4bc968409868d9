"""What is known of translations, on a database of each kind, whoever changes the files."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from core.database.connection import connect, watch_of
from core.database.remembered import Remembered
from kb.publish import publish
from kb.repository import ArticleRepository
from kb.source.folder_reader import read_folder
from kb.translations.coverage import board, content_of_text, counts
from kb.translations.models import State, Weight
from kb.translations.service import TranslationService
from tests.articles import write

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = connect(migrated_url)
    yield opened
    opened.dispose()


def test_what_is_known_follows_the_files(engine: Engine, tmp_path: Path) -> None:
    service = TranslationService(engine, "en", engine, Remembered(watch_of(engine)))
    source = write(tmp_path, "en", "a", "Ä", "## One\n\nFirst 等待.\n\n## Two\n\nSecond.", head="updated: 2026-01-01")
    write(tmp_path, "en", "b", "B", "B.")
    own = write(tmp_path, "tr", "a", "A", "## Bir\n\nBir.", head="updated: 2026-01-01")
    known = service.notice(read_folder(tmp_path), NOW)
    assert list(known) == ["tr/orders/a.md"] and service.is_source("en/orders/a.md")
    was = service.made_from("tr/orders/a.md")
    assert was and was.title == "Ä" and "等待" in was.body

    text = source.read_text("utf-8").replace("Second.", "Wait 3 days.")
    source.write_text(text, "utf-8")
    (one,) = service.notice(read_folder(tmp_path), NOW + timedelta(days=1)).values()
    assert (one.weight, one.changed) == (Weight.MAJOR, ("Two",)) and service.for_readers(one.path) == one
    assert service.weigh(one.path, Weight.MINOR) and service.for_readers(one.path) is None
    rows = board(read_folder(tmp_path).sources, {one.path: one}, ["en", "tr"], "en", NOW + timedelta(days=5, hours=23))
    assert [(row.standings["tr"].state, row.standings["tr"].days) for row in rows] == [
        (State.MISSING, 0), (State.OUTDATED, 4),
    ]  # fmt: skip
    assert [vars(one) for one in counts(rows, ["tr"])] == [
        {"lang": "tr", "current": 0, "outdated": 1, "drafts": 0, "missing": 1}
    ]
    assert [basis.path for basis in service.outdated()] == [one.path]

    more = content_of_text(text.replace("First", "Fist"))
    assert [basis.weight for basis in service.edited("en/orders/a.md", more, Weight.TYPO, NOW)] == [Weight.MINOR]
    source.write_text(text.replace("First", "Fist"), "utf-8")
    service.confirm(one.path, content_of_text(own.read_text("utf-8")), "en/orders/a.md", more, "ada", NOW)
    basis = service.basis(one.path)
    assert basis and not basis.outdated and basis.login == "ada" and not service.weigh(one.path, Weight.MAJOR)
    write(tmp_path, "de", "a", "A", "Eins.", head="updated: 2026-01-01")
    service.notice(read_folder(tmp_path), NOW)
    source.write_text("---\ntitle: [broken\n---\n\nText.\n", "utf-8")
    assert service.notice(read_folder(tmp_path), NOW)[one.path] == basis
    (tmp_path / "de/orders/a.md").unlink()
    own.unlink()
    assert service.notice(read_folder(tmp_path), NOW) == {} and service.basis(one.path) is None


def test_what_a_translation_was_made_from_is_known_once_it_is_published(engine: Engine, tmp_path: Path) -> None:
    service = TranslationService(engine, "en", engine, Remembered(watch_of(engine)))
    source = write(tmp_path, "en", "a", "A", "One. Two. Three.")
    write(tmp_path, "tr", "a", "A", "Bir.")
    store = ArticleRepository(engine)
    publish(tmp_path, store, NOW, dry_run=True, followed=lambda reading: service.lay(reading, NOW))
    assert not service.is_source("en/orders/a.md")
    publish(tmp_path, store, NOW, followed=lambda reading: service.lay(reading, NOW))
    first = service.basis("tr/orders/a.md")
    assert first and first.how == "seen"

    # The first edit of the source, which nobody has looked at on any page.
    text = source.read_text("utf-8") + "\n## New\n\nIt costs 9 euros.\n"
    (one,) = service.edited("en/orders/a.md", content_of_text(text), None, NOW)
    assert (one.weight, one.changed) == (Weight.MAJOR, ("New",))
    source.write_text(text, "utf-8")
    publish(tmp_path, store, NOW, followed=lambda reading: service.lay(reading, NOW))
    assert service.basis(one.path) == one
