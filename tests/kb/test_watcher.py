"""Saving a file while the service runs."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.container import Services
from app.ops.watcher import ArticleWatcher
from app.settings.schema import Settings
from kb.models import ArticleRef

ONE, TWO = ArticleRef("en", "one"), ArticleRef("en", "two")


def save(settings: Settings, name: str, text: str) -> None:
    file = settings.kb_dir / "en" / "a" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    draft: Path = file.with_suffix(".tmp")
    draft.write_text(text, encoding="utf-8")
    draft.rename(file)  # as editors save


def soon(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it becomes true at all: how soon is measured by `bench/publishing.py`, on a machine that has the time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def watched(app: Flask, settings: Settings) -> Iterator[Services]:
    services: Services = app.extensions["signpost"]
    save(settings, "one.md", "# One\n\nOld text.\n")
    watcher = ArticleWatcher(services)
    watcher.start()
    assert soon(lambda: services.live.current() is not None)
    yield services
    watcher.stop()


def html(services: Services, ref: ArticleRef) -> str:
    article = services.articles.get(ref)
    return article.html if article else ""


def generation(services: Services) -> str:
    return str(services.live.current().folder.name)


def test_a_saved_article_is_published_and_indexed(watched: Services, settings: Settings) -> None:
    before = generation(watched)
    save(settings, "two.md", "# Two\n\nNew text.\n")
    assert soon(lambda: generation(watched) != before)
    assert "New text." in html(watched, TWO)


def test_a_removed_article_goes(watched: Services, settings: Settings) -> None:
    save(settings, "two.md", "# Two\n\nText.\n")
    assert soon(lambda: watched.articles.get(TWO) is not None)
    (settings.kb_dir / "en/a/one.md").unlink()
    assert soon(lambda: watched.articles.get(ONE) is None)


def test_a_broken_article_keeps_its_last_good_text_and_is_named_once_in_the_log(
    watched: Services, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="signpost")
    save(settings, "one.md", "---\ntitle: [\n---\nNew text.\n")
    save(settings, "two.md", "# Two\n\nFirst.\n")
    assert soon(lambda: "First." in html(watched, TWO))
    save(settings, "two.md", "# Two\n\nSecond.\n")
    assert soon(lambda: "Second." in html(watched, TWO))
    assert "Old text." in html(watched, ONE)
    refused = [r for r in caplog.records if r.getMessage() == "article_refused"]
    assert [r.__dict__["fields"]["path"] for r in refused] == ["en/a/one.md"]


def test_a_folder_that_cannot_be_watched_is_told(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    services: Services = app.extensions["signpost"]
    save(settings, "one.md", "# One\n\nText.\n")

    def limited(*_folders: object, **_options: object) -> Iterator[None]:
        raise OSError(28, "OS file watch limit reached")

    monkeypatch.setattr("app.ops.watcher.watch", limited)
    watcher = ArticleWatcher(services)
    watcher.start()
    assert soon(lambda: services.publish_state.failure() is not None)
    watcher.stop()
    failure = services.publish_state.failure()
    assert failure is not None and "OSError" in failure.error


def watchers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "articles"}


def test_stopping_ends_the_thread(watched: Services) -> None:
    others = watchers()
    watcher = ArticleWatcher(watched)
    watcher.start()
    assert watchers() > others
    watcher.stop()
    assert soon(lambda: watchers() == others)  # a publish that was under way may outlast the waiting of `stop`
