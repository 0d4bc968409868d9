"""Attack: an articles folder that is empty, gone, another one or half there must not take the articles off the site."""

import contextlib
import errno
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app.container import Services
from app.ops.publishing import publish_and_index
from app.ops.setup import publish_articles
from app.ops.watcher import ArticleWatcher
from app.settings.schema import Settings
from kb.errors import FolderNotFound
from kb.models import ArticleRef
from kb.publish import OnError, Refusal
from kb.repository import ArticleRepository
from kb.revisions import How, Origin
from tests import articles

Empty = Callable[[Path], None]
COUNT = 12


def write_many(folder: Path) -> None:
    """Eight articles in English, three in Turkish, one in Chinese."""
    for number in range(8):
        articles.write(folder, "en", f"one-{number}", f"Title {number}", f"Text {number}.", category=f"c{number % 2}")
    for number in range(3):
        articles.write(folder, "tr", f"bir-{number}", f"Başlık {number}", f"Metin {number}.")
    articles.write(folder, "zh-Hant", "yi", "標題", "內容。")


def everything_removed(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def folder_removed(folder: Path) -> None:
    shutil.rmtree(folder)


def folder_replaced_by_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder")


def another_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    for number in range(20):
        articles.write(folder, "en", f"notes-{number}", f"Minutes {number}", f"What was said {number}.")


def files_of_another_kind(folder: Path) -> None:
    for file in folder.rglob("*.md"):
        file.rename(file.with_suffix(".txt"))


def hidden_below_an_underscore(folder: Path) -> None:
    for child in list(folder.iterdir()):
        child.rename(folder / f"_{child.name}")


def half_removed(folder: Path) -> None:
    for file in sorted((folder / "en").rglob("*.md"))[:5]:
        file.unlink()


def language_removed(folder: Path) -> None:
    shutil.rmtree(folder / "zh-Hant")


def language_folder_misnamed(folder: Path) -> None:
    (folder / "tr").rename(folder / "turkish-new")


def all_made_drafts(folder: Path) -> None:
    for file in folder.rglob("*.md"):
        file.write_text(file.read_text().replace("---\n", "---\nstatus: draft\n", 1))


def all_expired(folder: Path) -> None:
    for file in folder.rglob("*.md"):
        file.write_text(file.read_text().replace("---\n", "---\nexpiry_date: 2020-01-01\n", 1))


def all_later(folder: Path) -> None:
    for file in folder.rglob("*.md"):
        file.write_text(file.read_text().replace("---\n", "---\npublish_date: 2999-01-01\n", 1))


def links_into_nowhere(folder: Path) -> None:
    for file in folder.rglob("*.md"):
        file.unlink()
        file.symlink_to("/nowhere/at-all.md")


def files_emptied(folder: Path) -> None:
    for file in folder.rglob("*.md"):
        os.truncate(file, 0)


def texts_cut_below_their_headers(folder: Path) -> None:
    for file in folder.rglob("*.md"):
        file.write_text(file.read_text().rpartition("---\n")[0] + "---\n")


WAYS = [
    everything_removed, folder_removed, folder_replaced_by_a_file, another_folder, files_of_another_kind,
    hidden_below_an_underscore, half_removed, language_removed, language_folder_misnamed, all_made_drafts, all_expired,
    all_later, links_into_nowhere, files_emptied, texts_cut_below_their_headers,
]  # fmt: skip
every_way = pytest.mark.parametrize("empty", WAYS, ids=[way.__name__ for way in WAYS])


@pytest.fixture
def site(app: Flask, settings: Settings) -> Services:
    services: Services = app.extensions["signpost"]
    write_many(settings.kb_dir)
    publish_and_index(services, index=False)
    assert services.articles.visible_count(services.today()) == COUNT
    return services


def shown(services: Services) -> int:
    return services.articles.visible_count(services.today())


def state(services: Services) -> str:
    held, _ = services.publish_state.read()
    return held.because.value if held else ""


@every_way
def test_the_command_refuses_names_what_would_go_and_changes_nothing(
    site: Services, runner: FlaskCliRunner, empty: Empty
) -> None:
    before = site.articles.revision()
    empty(site.settings.kb_dir)

    told = runner.invoke(args=["kb", "publish"])

    assert told.exit_code == 1 and "Traceback" not in told.output, told.output
    assert shown(site) == COUNT and site.articles.revision() == before
    assert len(site.revisions.list()) == 1
    if state(site) == "removals":
        assert "--allow-removals" in told.output and "of 12 articles" in told.output
    else:
        assert "stays on the site" in told.output


@every_way
def test_a_dry_run_says_so_too_and_leaves_no_notice(site: Services, runner: FlaskCliRunner, empty: Empty) -> None:
    empty(site.settings.kb_dir)

    told = runner.invoke(args=["kb", "publish", "--dry-run"])

    assert told.exit_code == 1
    assert "--allow-removals" in told.output or "no folder" in told.output
    assert state(site) == ""


@every_way
def test_a_person_may_allow_it(site: Services, runner: FlaskCliRunner, empty: Empty) -> None:
    empty(site.settings.kb_dir)
    runner.invoke(args=["kb", "publish"])
    if state(site) == "folder_missing":
        return  # nobody means that

    told = runner.invoke(args=["kb", "publish", "--allow-removals", "--reason", "A new start"])

    assert "Published:" in told.output, told.output
    assert state(site) == ""
    latest = site.revisions.latest()
    assert latest is not None and (latest.number, latest.reason) == (2, "A new start")


@every_way
def test_a_start_goes_on_with_what_was_published(
    site: Services, empty: Empty, capsys: pytest.CaptureFixture[str]
) -> None:
    empty(site.settings.kb_dir)

    publish_articles(site)

    assert shown(site) == COUNT
    told = capsys.readouterr().out
    assert "The site goes on as it is" in told or "what was published before" in told


def change_each(change: Callable[[str], str]) -> Empty:
    def change_all(folder: Path) -> None:
        for file in folder.rglob("*.md"):
            file.write_text(change(file.read_text()))

    return change_all


def with_line(line: str) -> Empty:
    return change_each(lambda text: text.replace("---\n", f"---\n{line}\n", 1))


def renamed(name: str, to: str) -> Empty:
    def rename(folder: Path) -> None:
        (folder / name).rename(folder / "between").rename(folder / to)

    return rename


def linked_to(target: str, inside: str = "") -> Empty:
    def link(folder: Path) -> None:
        shutil.rmtree(folder / inside)
        (folder / inside).symlink_to(target or folder / inside)

    return link


def a_level_deeper(folder: Path) -> None:
    between = folder.rename(folder.with_name("between"))
    folder.mkdir()
    between.rename(folder / "content")


def a_language_is_a_file(folder: Path) -> None:
    shutil.rmtree(folder / "en")
    (folder / "en").write_text("A file.")


def renamed_to_mdx(folder: Path) -> None:
    for file in list(folder.rglob("*.md")):
        file.rename(file.with_suffix(".mdx"))


def files_made_folders(folder: Path) -> None:
    for file in list(folder.rglob("*.md")):
        text = file.read_text()
        file.unlink()
        file.mkdir()
        (file / "index.md").write_text(text)


LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"
# What happens to a folder, and what holds then: it is published with all articles, errors keep them, or it is refused.
ACCIDENTS: dict[str, tuple[Empty, str]] = {
    "a link into nowhere": (linked_to("/nowhere/at-all"), "folder_missing"),
    "a link to itself": (linked_to(""), "folder_missing"),
    "a language linked into nowhere": (linked_to("/nowhere/at-all", "en"), "removals"),
    "a language is a file": (a_language_is_a_file, "removals"),
    "a level deeper": (a_level_deeper, "removals"),
    "another language": (renamed("en", "de"), "removals"),
    "capitals": (renamed("en", "EN"), "published"),
    "another name of the language": (renamed("zh-Hant", "zh_TW"), "published"),
    "all .mdx": (renamed_to_mdx, "published"),
    "files are folders": (files_made_folders, "published"),
    "draft: yes": (with_line("draft: yes"), "removals"),
    "unlisted": (with_line("unlisted: true"), "removals"),
    "one language for all": (with_line("lang: tr"), "removals"),
    "an unknown status": (with_line("status: archived"), "errors"),
    "all lead elsewhere": (with_line("redirect_to: https://other.example/"), "removals"),
    "one slug for all": (with_line("slug: same"), "published"),
    "no end of the header": (change_each(lambda text: text.replace("\n---\n", "\n", 1)), "errors"),
    "conflicts of a merge": (change_each(lambda text: f"<<<<<<< a\n{text}=======\n{text}>>>>>>> b\n"), "errors"),
    "pointers of Git LFS": (change_each(lambda text: LFS), "errors"),
    "an indented header": (change_each(lambda text: f" {text}"), "errors"),
    "dashes of a word processor": (change_each(lambda text: text.replace("---", "\u2014")), "errors"),
    "NULs": (change_each(lambda text: "\0" * len(text)), "errors"),
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_no_accident_unpublishes_anything_silently(site: Services, runner: FlaskCliRunner, accident: str) -> None:
    happens, outcome = ACCIDENTS[accident]
    before = {(one.lang, one.title, one.markdown) for one in site.articles.all()}
    happens(site.settings.kb_dir)

    with contextlib.suppress(FolderNotFound):
        publish_and_index(site, index=False, origin=Origin(How.WATCHER), on_error=OnError.KEEP)
    told = runner.invoke(args=["kb", "publish"])

    assert {(one.lang, one.title, one.markdown) for one in site.articles.all()} == before
    assert shown(site) == COUNT
    assert "Traceback" not in told.output and told.exit_code == (outcome != "published"), told.output
    assert state(site) == (outcome if outcome in {"removals", "folder_missing"} else "")


@pytest.mark.parametrize(("inside", "outcome"), [("", "folder_missing"), ("en", "")])
def test_a_folder_that_may_not_be_read_keeps_what_is_published_of_it(
    site: Services, runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch, inside: str, outcome: str
) -> None:
    """Tests may run as root, whom permissions do not stop; a disk that does not answer looks the same."""
    articles.write(site.settings.kb_dir, "tr", "yeni", "Yeni", "Metin.")
    lost, scandir, stat = site.settings.kb_dir / inside, os.scandir, os.stat
    refusal = PermissionError(errno.EACCES, "Permission denied")

    def list_(path: str | Path = ".") -> object:
        if not isinstance(path, int) and lost in (Path(path), *Path(path).parents):
            refusal.filename = str(path)
            raise refusal
        return scandir(path)

    def look(path: str | Path, **options: object) -> object:
        if not isinstance(path, int) and lost in Path(path).parents:
            raise refusal
        return stat(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "scandir", list_)
    monkeypatch.setattr(os, "stat", look)
    told = runner.invoke(args=["kb", "publish"])

    assert told.exit_code == 1 and "cannot be read: Permission denied" in told.output, told.output
    assert shown(site) == COUNT + bool(inside), "others are published"
    assert state(site) == outcome


def test_up_to_twenty_are_named_with_the_count(site: Services, runner: FlaskCliRunner) -> None:
    for number in range(30):
        articles.write(site.settings.kb_dir, "en", f"more-{number}", f"More {number}", f"Words {number}.")
    runner.invoke(args=["kb", "publish"])
    everything_removed(site.settings.kb_dir)

    told = runner.invoke(args=["kb", "publish"]).output

    assert told.count("\n- ") + told.startswith("- ") == 20
    assert "… and 22 more." in told
    assert "it would remove 42 of 42 articles, all there are in en and tr and zh-Hant." in told


def test_moving_every_file_is_no_removal(site: Services, runner: FlaskCliRunner) -> None:
    for number in range(8):
        (found,) = site.settings.kb_dir.glob(f"en/*/one-{number}.md")
        target = site.settings.kb_dir / "en" / "moved" / f"another-{number}.md"
        target.parent.mkdir(exist_ok=True)
        found.rename(target)

    told = runner.invoke(args=["kb", "publish"])

    assert told.exit_code == 0, told.output
    assert shown(site) == COUNT


def test_a_few_articles_of_a_small_site_may_go(app: Flask, settings: Settings, runner: FlaskCliRunner) -> None:
    for name in ("one", "two", "three", "four"):
        articles.write(settings.kb_dir, "en", name, name, f"Text of {name}.")
    assert runner.invoke(args=["kb", "publish"]).exit_code == 0
    for name in ("one", "two", "three"):
        (settings.kb_dir / "en" / "orders" / f"{name}.md").unlink()

    assert runner.invoke(args=["kb", "publish"]).exit_code == 0
    assert shown(app.extensions["signpost"]) == 1


def test_many_small_steps_within_an_hour_are_one_removal(site: Services) -> None:
    """As when a folder is deleted file by file over a slow connection, and each moment is published."""
    for file in sorted((site.settings.kb_dir / "en").rglob("*.md")):
        file.unlink()
        publish_and_index(site, index=False, origin=Origin(How.WATCHER), on_error=OnError.KEEP)

    assert shown(site) == COUNT - 3
    assert state(site) == "removals"


def by_the_watcher(site: Services) -> None:
    publish_and_index(site, index=False, origin=Origin(How.WATCHER), on_error=OnError.KEEP)
    assert state(site) == ""


def test_many_files_emptied_within_an_hour_are_one_removal(site: Services) -> None:
    for file in sorted((site.settings.kb_dir / "en").rglob("*.md")):
        os.truncate(file, 0)
        publish_and_index(site, index=False, origin=Origin(How.WATCHER), on_error=OnError.KEEP)

    empty = [one.slug for one in site.articles.all() if not one.markdown.strip()]
    assert len(empty) == 3 and state(site) == "removals"


def rename_each_twice(files: list[Path], published: Callable[[], None]) -> None:
    for name in ("first", "second"):
        for number, file in enumerate(files):
            files[number] = file.rename(file.with_name(f"{name}-{number}.md"))
            published()


def rename_and_rewrite_each(files: list[Path], published: Callable[[], None]) -> None:
    for number, file in enumerate(files):
        file = file.rename(file.with_name(f"new-{number}.md"))
        published()
        file.write_text(f"---\ntitle: Quite another one {number}\n---\nNothing is as it was ({number}).\n")
        published()


def copy_and_remove_each(files: list[Path], published: Callable[[], None]) -> None:
    for file in files:
        shutil.copy(file, file.with_stem(f"{file.stem}-copy"))
        published()
        file.unlink()
        published()


@pytest.mark.parametrize("work", [rename_each_twice, rename_and_rewrite_each, copy_and_remove_each])
def test_moving_files_one_after_the_other_is_no_removal(
    site: Services, work: Callable[[list[Path], Callable[[], None]], None]
) -> None:
    """Each step published, as the watcher does while somebody tidies up."""
    work(sorted((site.settings.kb_dir / "en").rglob("*.md")), lambda: by_the_watcher(site))

    assert shown(site) == COUNT


def test_articles_renamed_before_they_are_removed_are_removed_all_the_same(site: Services) -> None:
    files = sorted((site.settings.kb_dir / "en").rglob("*.md"))
    rename_each_twice(files, lambda: by_the_watcher(site))
    for file in files:
        file.unlink()
        publish_and_index(site, index=False, origin=Origin(How.WATCHER), on_error=OnError.KEEP)

    assert shown(site) == COUNT - 3
    assert state(site) == "removals"


def test_a_folder_that_is_missing_at_the_first_start_is_still_one_sentence(app: Flask, runner: FlaskCliRunner) -> None:
    shutil.rmtree(app.extensions["signpost"].settings.kb_dir)

    told = runner.invoke(args=["kb", "publish"])

    assert told.exit_code == 1 and "There is no folder of articles" in told.output
    assert "stays on the site" not in told.output


def test_strict_refuses_for_an_error_before_anything_else(site: Services, runner: FlaskCliRunner) -> None:
    articles.write(site.settings.kb_dir, "en", "bad", "[", "Text.")

    told = runner.invoke(args=["kb", "publish", "--strict"])

    assert told.exit_code == 1 and "Nothing was published; correct the lines above" in told.output
    assert len(site.revisions.list()) == 1


# One bad header


BAD = {
    "broken YAML": b"---\ntitle: [\n---\nText.\n",
    "a tab": b"---\ntitle: One\n\tstatus: draft\n---\nText.\n",
    "another type": b"---\ntitle: 3\ntags: {a: 1}\n---\nText.\n",
    "a list": b"---\n- one\n- two\n---\nText.\n",
    "a wrong date": b"---\ntitle: One\npublish_date: 2026-13-45\n---\nText.\n",
    "reversed dates": b"---\ntitle: One\npublish_date: 2026-02-02\nexpiry_date: 2026-01-01\n---\nText.\n",
    "an alias bomb": b"---\na: &a [x, x]\nb: &b [*a, *a]\ntitle: [*b, *b]\n---\nText.\n",
    "a Python tag": b"---\ntitle: !!python/object/apply:os.system [true]\n---\nText.\n",
    "deep nesting": b"---\ntitle: " + b"[" * 5000 + b"\n---\nText.\n",
    "no UTF-8": b"---\ntitle: Caf\xe9\n---\nText.\n",
    "binary": b"\x89PNG\r\n\x1a\n\x00\x00\x00",
    "UTF-16": "---\ntitle: One\n---\nText.\n".encode("utf-16"),
    "too large": b"x" * (2 * 1024 * 1024 + 1),
}


@pytest.mark.parametrize("kind", list(BAD))
def test_a_bad_file_stops_no_other_and_keeps_what_was_published_of_it(
    site: Services, runner: FlaskCliRunner, kind: str
) -> None:
    folder = site.settings.kb_dir
    (found,) = folder.glob("en/*/one-3.md")
    found.write_bytes(BAD[kind])
    (folder / "en" / "new-and-bad.md").write_bytes(BAD[kind])
    articles.write(folder, "en", "new-and-good", "New", "Text.")

    told = runner.invoke(args=["kb", "publish"])

    assert told.exit_code == 1 and "one-3.md:" in told.output and "Published: 1 added" in told.output, told.output
    kept = site.articles.get(ArticleRef("en", "one-3"))
    assert kept is not None and kept.title == "Title 3"
    assert shown(site) == COUNT + 1


@pytest.mark.parametrize("kind", list(BAD))
def test_the_first_start_publishes_all_but_a_bad_file(app: Flask, settings: Settings, kind: str) -> None:
    articles.write_demo(settings.kb_dir)
    (settings.kb_dir / "en" / "bad.md").write_bytes(BAD[kind])

    publish_articles(app.extensions["signpost"])

    assert shown(app.extensions["signpost"]) == len(articles.DEMO)


# While the service runs


def soon(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Watchers look ten times as often."""
    monkeypatch.setattr("app.ops.watcher._TICK_MS", 100)
    monkeypatch.setattr("app.ops.watcher._FOLDER_SECONDS", 0.1)


@pytest.fixture
def watched(site: Services, hasty: None) -> Iterator[SimpleNamespace]:
    """The site with its watcher running, and a copy of its folder."""
    copy = site.settings.kb_dir.with_name("copy")
    shutil.copytree(site.settings.kb_dir, copy)
    watcher = ArticleWatcher(site)
    watcher.start()
    assert soon(lambda: site.live.current() is not None)
    yield SimpleNamespace(site=site, folder=site.settings.kb_dir, copy=copy)
    watcher.stop()


def restore(place: SimpleNamespace) -> None:
    if place.folder.is_dir():
        shutil.rmtree(place.folder)
    elif place.folder.exists():
        place.folder.unlink()
    shutil.copytree(place.copy, place.folder)


@every_way
def test_the_watcher_keeps_the_old_articles_says_so_and_stops_saying_it_when_the_folder_is_whole(
    watched: SimpleNamespace, empty: Empty
) -> None:
    site = watched.site
    empty(watched.folder)
    assert soon(lambda: state(site) != "")
    assert shown(site) == COUNT

    restore(watched)
    assert soon(lambda: state(site) == "")
    assert shown(site) == COUNT

    articles.write(watched.folder, "en", "later", "Later", "Watched still.")
    assert soon(lambda: site.articles.get(ArticleRef("en", "later")) is not None)


def test_a_folder_that_is_not_there_when_the_service_starts_is_published_when_it_comes(
    site: Services, hasty: None
) -> None:
    away = site.settings.kb_dir.with_name("away")
    site.settings.kb_dir.rename(away)
    watcher = ArticleWatcher(site)
    watcher.start()
    try:
        assert soon(lambda: state(site) == "folder_missing")
        articles.write(away, "en", "later", "Later", "Text.")
        away.rename(site.settings.kb_dir)
        assert soon(lambda: shown(site) == COUNT + 1)
        assert state(site) == ""
    finally:
        watcher.stop()


def test_a_folder_behind_a_link_that_is_switched_is_watched_on(site: Services, settings: Settings, hasty: None) -> None:
    """As deployments do: a new folder beside the old one, then one link to it."""
    first, second = settings.kb_dir.with_name("release-1"), settings.kb_dir.with_name("release-2")
    settings.kb_dir.rename(first)
    shutil.copytree(first, second)
    articles.write(second, "en", "later", "Later", "Text.")
    settings.kb_dir.symlink_to(first)
    watcher = ArticleWatcher(site)
    watcher.start()
    try:
        assert soon(lambda: site.live.current() is not None)
        link = settings.kb_dir.with_name("link")
        link.symlink_to(second)
        os.replace(link, settings.kb_dir)  # noqa: PTH105
        assert soon(lambda: shown(site) == COUNT + 1)
    finally:
        watcher.stop()


def test_what_is_held_is_one_line_in_the_log_and_one_when_it_is_over(
    site: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="signpost")
    kept = site.settings.kb_dir.with_name("kept")
    site.settings.kb_dir.rename(kept)
    site.settings.kb_dir.mkdir()
    for _ in range(3):
        report = publish_and_index(site, index=False, origin=Origin(How.WATCHER)).publish
        assert report.refused is Refusal.REMOVALS
    site.settings.kb_dir.rmdir()
    kept.rename(site.settings.kb_dir)
    publish_and_index(site, index=False, origin=Origin(How.WATCHER))

    lines = [(r.getMessage(), getattr(r, "fields", {})) for r in caplog.records if r.getMessage().startswith("publish")]
    assert lines == [
        ("publish_held", {"would_remove": 12, "articles": 12, "languages": ["en", "tr", "zh-Hant"]}),
        ("publish_resumed", {}),
    ]


def test_a_refused_publish_leaves_no_trace_but_the_notice(site: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    before = site.articles.all(), site.articles.categories("en")
    monkeypatch.setattr(ArticleRepository, "_hash", lambda _self, article: article.slug)  # every article changed
    half_removed(site.settings.kb_dir)

    publish_and_index(site, index=False)

    assert (site.articles.all(), site.articles.categories("en")) == before
