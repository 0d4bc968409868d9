"""A fault of the program met in one article is that article's finding, and no other article waits for it."""

import importlib
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app.api.health import content
from app.container import Services
from app.doctor import Level, check_articles
from app.ops.publishing import publish_and_index
from kb.findings import Severity
from kb.markup.markdown import Converter
from kb.models import ArticleRef
from kb.publish import OnError
from kb.source import frontmatter
from kb.source.folder_reader import ReadingCache, read_draft, read_folder
from kb.transfer.service import look
from tests.kb.conftest import WriteFile

BAD = "en/a/bad.md"
CODE = "not-converted"
MARK = "Stumbling block."


@pytest.fixture
def services(app: Flask) -> Services:
    found: Services = app.extensions["signpost"]
    return found


@pytest.fixture
def stumbling(monkeypatch: pytest.MonkeyPatch) -> None:
    """A converter that fails at one text, as it would with a fault nobody knows of."""
    whole = Converter.html

    def html(self: Converter, text: str, lang: str = "en") -> str:
        if MARK in text:
            raise IndexError("list index out of range")
        return whole(self, text, lang)

    monkeypatch.setattr(Converter, "html", html)


def fill(write: WriteFile, text: str) -> None:
    write("en/a/good.md", "# Good\n\nText.\n")
    write(BAD, text)


def test_it_is_an_error_with_file_line_and_exception(folder: Path, write: WriteFile, stumbling: None) -> None:
    fill(write, f"---\ntitle: Bad\n---\nFirst.\n\nSecond.\n\n\n{MARK}\nMore.\n\nLast.\n")
    for cache in (None, ReadingCache(), ReadingCache(compact=True)):
        reading = read_folder(folder, cache=cache)
        assert [a.slug for a in reading.articles] == ["good"] and reading.is_broken(BAD)
        (found,) = [one for one in reading.problems if one.severity is Severity.ERROR]
        assert (found.path, found.line, found.code) == (BAD, 9, CODE)
        assert "IndexError: list index out of range" in found.message and "tests/kb/test_failures.py" in found.message


def test_a_draft_at_the_desk_is_told_the_same(folder: Path, write: WriteFile, stumbling: None) -> None:
    fill(write, "# Bad\n\nText.\n")
    source, found = read_draft(folder, BAD, f"# Bad\n\n{MARK}\n", read_folder(folder), "en", Converter())
    assert source is None and [(one.line, one.code) for one in found] == [(3, CODE)]


def test_a_header_that_a_reader_fails_at_is_its_own(
    folder: Path, write: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(write, "---\ntitle: Bad\n---\nText.\n")
    whole = frontmatter.read

    def read(text: str, path: str) -> frontmatter.Header:
        return whole(text, path) if path != BAD else {}["title"]  # type: ignore[return-value]

    monkeypatch.setattr(frontmatter, "read", read)
    reading = read_folder(folder)
    assert [a.slug for a in reading.articles] == ["good"] and reading.is_broken(BAD)
    assert [(one.path, one.code) for one in reading.problems] == [(BAD, CODE)]


def test_the_others_are_published_and_what_was_published_of_it_stays(
    services: Services, runner: FlaskCliRunner, stumbling: None
) -> None:
    folder = services.settings.kb_dir / "en/a"
    folder.mkdir(parents=True)
    (folder / "bad.md").write_text("# Bad\n\nAs it was.\n", encoding="utf-8")
    assert runner.invoke(args=["kb", "publish"]).exit_code == 0
    (folder / "bad.md").write_text(f"# Bad\n\n{MARK}\n", encoding="utf-8")
    (folder / "good.md").write_text("# Good\n\nNew text.\n", encoding="utf-8")

    linted = runner.invoke(args=["kb", "lint", "--no-questions"])
    assert linted.exit_code == 1 and f"{BAD}:3: error: The program failed" in linted.output
    strict = runner.invoke(args=["kb", "publish", "--strict"])
    assert strict.exit_code == 1 and services.articles.get(ArticleRef("en", "good")) is None
    told = runner.invoke(args=["kb", "publish"])
    assert told.exit_code == 1 and f"{BAD}:3" in told.output, told.output

    good, bad = (services.articles.get(ArticleRef("en", slug)) for slug in ("good", "bad"))
    assert good is not None and bad is not None and "As it was." in bad.html
    assert content(services)["publishing"]["state"] == "ok"


def test_an_import_names_it_and_takes_the_others(tmp_path: Path, stumbling: None) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "good.md").write_text("# Good\n\nText.\n", encoding="utf-8")
    (source / "bad.md").write_text(f"# Bad\n\n{MARK}\n", encoding="utf-8")
    with look(source, tmp_path / "into") as found:
        assert found.report.plan.articles == 2
        assert [one.code for one in found.report.problems] == [CODE]


@pytest.mark.parametrize(
    ("reader", "suffix"), [("kb.transfer.records.to_markdown", "html"), ("kb.transfer.canonical.read_dialects", "md")]
)
def test_a_page_that_an_import_fails_at_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str, suffix: str
) -> None:
    def fails(text: str, *_others: object) -> object:
        raise KeyError("nothing") if MARK in text else OSError

    source = tmp_path / "source"
    source.mkdir()
    mark = {"html": "<h1>{}</h1><p>{}</p>", "md": "# {}\n\n{}\n"}[suffix]
    (source / f"bad.{suffix}").write_text(mark.format("Bad", MARK), encoding="utf-8")
    with look(write_good(source, mark, suffix), tmp_path / "before") as found:
        assert found.report.plan.articles == 2
    module, _, name = reader.rpartition(".")
    whole = getattr(importlib.import_module(module), name)
    monkeypatch.setattr(reader, lambda text, *others: (fails if MARK in text else whole)(text, *others))
    with look(source, tmp_path / "into") as found:
        assert found.report.plan.articles == 1
        (told,) = [one for one in found.report.plan.findings if one.code == CODE]
        assert told.path == f"bad.{suffix}" and "KeyError: 'nothing'" in told.message


def write_good(source: Path, mark: str, suffix: str) -> Path:
    (source / f"good.{suffix}").write_text(mark.format("Good", "Text that stays."), encoding="utf-8")
    return source


def test_a_publish_that_fails_is_told_until_one_ends_well(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    (services.settings.kb_dir / "en/a").mkdir(parents=True)
    (services.settings.kb_dir / "en/a/one.md").write_text("# One\n\nText.\n", encoding="utf-8")
    publish_and_index(services, on_error=OnError.KEEP)

    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("app.ops.publishing.publish", full)
        for _ in range(2):
            with pytest.raises(OSError, match="No space"):
                publish_and_index(services, on_error=OnError.KEEP)
    told = content(services)["publishing"]
    assert told["state"] == "failed" and "OSError" in told["message"] and "No space" in told["message"]
    (found,) = check_articles(services.settings, services.now())
    assert found.level is Level.ERROR and "No space left" in found.message

    with pytest.raises(OSError, match="No space"), monkeypatch.context() as patched:
        patched.setattr("app.ops.publishing.bring_index_up_to_date", full)
        publish_and_index(services, on_error=OnError.KEEP)
    assert content(services)["publishing"]["state"] == "failed"

    publish_and_index(services, on_error=OnError.KEEP)
    assert content(services)["publishing"] == {"state": "ok", "message": ""}
    (found,) = check_articles(services.settings, services.now())
    assert found.level is Level.OK
