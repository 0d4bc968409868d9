"""`flask kb`, run as an author runs it."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app.settings.schema import Settings

GOOD = "---\ntitle: Return an item\nquestions: [How do I send it back to you?]\n---\nPut it in the box and post it.\n"


@pytest.fixture
def articles(settings: Settings) -> Path:
    file = settings.kb_dir / "en/returns/return-an-item.md"
    file.parent.mkdir(parents=True)
    file.write_text(GOOD, encoding="utf-8")
    return settings.kb_dir


def test_every_command_says_what_it_does_and_what_its_exit_code_means(runner: FlaskCliRunner) -> None:
    for command in ("new", "lint", "publish", "revisions", "rollback", "list", "preview"):
        told = runner.invoke(args=["kb", command, "--help"]).output
        assert "Exit code:" in told, command


def test_new_makes_a_draft_that_lints_and_refuses_to_overwrite_it(
    runner: FlaskCliRunner, settings: Settings, articles: Path
) -> None:
    made = runner.invoke(args=["kb", "new", "en/account/sign-in", "--title", "Sign in"])
    assert made.exit_code == 0
    assert "status: draft" in (articles / "en/account/sign-in.md").read_text(encoding="utf-8")
    again = runner.invoke(args=["kb", "new", "en/account/sign-in"])
    assert again.exit_code == 1 and "exists already" in again.output


def test_new_writes_nothing_on_a_dry_run(runner: FlaskCliRunner, articles: Path) -> None:
    told = runner.invoke(args=["kb", "new", "en/account/sign-in", "--dry-run"])
    assert told.exit_code == 0 and "title:" in told.output
    assert not (articles / "en/account").exists()


def test_lint_passes_a_good_folder(runner: FlaskCliRunner, articles: Path) -> None:
    told = runner.invoke(args=["kb", "lint", "--no-questions"])
    assert told.exit_code == 0
    assert told.stdout == "1 article: 0 errors, 0 warnings.\n"


def test_lint_fails_on_errors_with_file_and_line(runner: FlaskCliRunner, articles: Path) -> None:
    (articles / "en/returns/bad.md").write_text("---\ntitle: 3\n---\n[x](gone.md)\n", encoding="utf-8")
    told = runner.invoke(args=["kb", "lint", "--no-questions"])
    assert told.exit_code == 1
    assert "en/returns/bad.md:2: error: title must be text" in told.output


def test_lint_fails_on_warnings_only_when_strict(runner: FlaskCliRunner, articles: Path) -> None:
    (articles / "en/returns/odd.md").write_text("---\ntitle: Odd\nmood: calm\n---\nText.\n", encoding="utf-8")
    assert runner.invoke(args=["kb", "lint", "--no-questions"]).exit_code == 0
    assert runner.invoke(args=["kb", "lint", "--no-questions", "--strict"]).exit_code == 1


def test_lint_in_json_is_for_machines(runner: FlaskCliRunner, articles: Path) -> None:
    (articles / "en/returns/odd.md").write_text("---\ntitle: Odd\nmood: calm\n---\nText.\n", encoding="utf-8")
    told = json.loads(runner.invoke(args=["kb", "lint", "--no-questions", "--format", "json"]).stdout)
    assert (told["errors"], told["warnings"]) == (0, 1)
    (found,) = told["findings"]
    assert (found["path"], found["line"], found["severity"]) == ("en/returns/odd.md", 3, "warning")


def test_lint_of_a_missing_folder_is_one_sentence(runner: FlaskCliRunner, tmp_path: Path) -> None:
    told = runner.invoke(args=["kb", "lint", "--folder", str(tmp_path / "none")])
    assert told.exit_code == 1
    assert "There is no folder of articles" in told.output and "Traceback" not in told.output


def test_publish_puts_the_articles_on_the_site_and_into_search(
    runner: FlaskCliRunner, app: Flask, articles: Path
) -> None:
    told = runner.invoke(args=["kb", "publish"])
    assert told.exit_code == 0, told.output
    assert "Published: 1 added, 0 changed, 0 removed, 0 unchanged." in told.output
    services = app.extensions["signpost"]
    assert services.articles.count() == 1
    assert services.live.current() is not None


def test_publish_tells_what_it_reads_and_that_articles_are_readable_before_search_is_up_to_date(
    runner: FlaskCliRunner, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.progress._A_MOMENT", -1.0)
    told = runner.invoke(args=["kb", "publish"])

    steps = (
        "Reading articles: ",
        "(0 of 1 files)",
        "Published: 1 added",
        "This is revision 1.",
        "Visitors can",
        "Search:",
    )
    places = [told.output.index(step) for step in steps]
    assert places == sorted(places), told.output
    assert "Reading" in told.stderr and "Reading" not in told.stdout
    assert "Visitors can" not in runner.invoke(args=["kb", "publish", "--dry-run"]).output


def test_revisions_say_in_which_zone_their_time_is(runner: FlaskCliRunner, articles: Path) -> None:
    runner.invoke(args=["kb", "publish"])

    first = runner.invoke(args=["kb", "revisions"]).output.splitlines()[0]
    assert re.search(r"\d\d:\d\d (UTC|[+-]\d\d|[A-Z]{3,5})  command", first), first


def test_publish_publishes_all_but_what_cannot_be_read_and_says_so(
    runner: FlaskCliRunner, app: Flask, articles: Path
) -> None:
    (articles / "en/returns/bad.md").write_text("---\ntitle: [\n---\nText.\n", encoding="utf-8")
    told = runner.invoke(args=["kb", "publish"])
    assert told.exit_code == 1
    assert "en/returns/bad.md:2: error:" in told.output and "Published: 1 added" in told.output
    assert [article.slug for article in app.extensions["signpost"].articles.all()] == ["return-an-item"]


def test_publish_refuses_all_when_strict_and_one_article_cannot_be_read(
    runner: FlaskCliRunner, app: Flask, articles: Path
) -> None:
    (articles / "en/returns/bad.md").write_text("---\ntitle: [\n---\nText.\n", encoding="utf-8")
    told = runner.invoke(args=["kb", "publish", "--strict"])
    assert told.exit_code == 1
    assert "en/returns/bad.md:2: error:" in told.output and "Nothing was published" in told.output
    assert app.extensions["signpost"].articles.count() == 0


def test_publish_writes_nothing_on_a_dry_run(runner: FlaskCliRunner, app: Flask, articles: Path) -> None:
    told = runner.invoke(args=["kb", "publish", "--dry-run"])
    assert told.exit_code == 0
    assert "+ en/return-an-item" in told.output and "Would publish: 1 added" in told.output
    assert app.extensions["signpost"].articles.count() == 0


def test_list_says_what_readers_see_of_each_article(runner: FlaskCliRunner, articles: Path) -> None:
    for name, header in (
        ("draft", "draft: true"),
        ("later", "publishDate: 2999-01-01"),
        ("gone", "expiryDate: 2020-01-01"),
    ):
        (articles / f"en/returns/{name}.md").write_text(f"---\ntitle: T\n{header}\n---\nText.\n", encoding="utf-8")
    runner.invoke(args=["kb", "publish"])
    rows = json.loads(runner.invoke(args=["kb", "list", "--format", "json"]).stdout)
    assert {row["slug"]: row["state"] for row in rows} == {
        "return-an-item": "published", "draft": "draft", "later": "scheduled", "gone": "expired",
    }  # fmt: skip
    drafts = runner.invoke(args=["kb", "list", "--status", "draft"]).output
    assert "draft" in drafts and "1 article." in drafts


def test_revisions_are_listed_and_one_is_published_again(runner: FlaskCliRunner, app: Flask, articles: Path) -> None:
    article = articles / "en/returns/return-an-item.md"
    runner.invoke(args=["kb", "publish"])
    article.write_text(GOOD.replace("post it", "burn it"), encoding="utf-8")
    runner.invoke(args=["kb", "publish", "--reason", "A better way"])

    told = runner.invoke(args=["kb", "revisions"]).output
    assert "*     2" in told and "A better way" in told and told.endswith("2 revisions.\n")

    dry = runner.invoke(args=["kb", "rollback", "1", "--dry-run"])
    assert dry.exit_code == 0
    assert "~ en/return-an-item" in dry.output and "Would go back to revision 1: 0 added, 1 changed" in dry.output
    back = runner.invoke(args=["kb", "rollback", "1", "--reason", "It was not"])
    assert back.exit_code == 0
    assert "Went back to revision 1: 0 added, 1 changed, 0 removed, 0 unchanged." in back.output
    assert "This is revision 3." in back.output and "Search: " in back.output
    assert "1 article stays as at revision 1 until the file changes" in back.output

    rows = json.loads(runner.invoke(args=["kb", "revisions", "--format", "json"]).stdout)
    assert [(row["number"], row["how"], row["rollback_of"], row["current"]) for row in rows] == [
        (3, "rollback", 1, True), (2, "command", None, False), (1, "command", None, False),
    ]  # fmt: skip
    assert set(rows[0]) == {
        "number", "at", "how", "rollback_of", "reason", "articles", "added", "changed", "removed", "current",
    }  # fmt: skip
    assert "post it" in app.extensions["signpost"].articles.all()[0].html


def test_what_is_published_already_is_no_new_revision(runner: FlaskCliRunner, articles: Path) -> None:
    runner.invoke(args=["kb", "publish"])
    assert runner.invoke(args=["kb", "publish"]).exit_code == 0
    told = runner.invoke(args=["kb", "rollback", "1"])
    assert told.exit_code == 0 and "nothing changed" in told.output
    assert runner.invoke(args=["kb", "revisions"]).output.endswith("1 revision.\n")


@pytest.mark.parametrize("number", ["9", "999999999999999999"])
def test_an_unknown_revision_is_one_sentence(runner: FlaskCliRunner, articles: Path, number: str) -> None:
    runner.invoke(args=["kb", "publish"])
    told = runner.invoke(args=["kb", "rollback", number])
    assert told.exit_code == 1
    assert told.output == (
        f"Error: There is no revision {number}: those kept are 1 to 1. `flask kb revisions` lists them.\n"
    )


def test_an_unknown_revision_before_the_first_publish_is_one_sentence_too(runner: FlaskCliRunner) -> None:
    told = runner.invoke(args=["kb", "rollback", "1"])
    assert told.exit_code == 1 and "nothing has been published yet" in told.output


def test_the_publish_that_follows_a_rollback_ends_it(runner: FlaskCliRunner, app: Flask, articles: Path) -> None:
    article = articles / "en/returns/return-an-item.md"
    runner.invoke(args=["kb", "publish"])
    article.write_text(GOOD.replace("post it", "burn it"), encoding="utf-8")
    runner.invoke(args=["kb", "publish"])
    runner.invoke(args=["kb", "rollback", "1"])
    assert runner.invoke(args=["kb", "publish"]).exit_code == 0
    assert "burn it" in app.extensions["signpost"].articles.all()[0].html
    assert "stays as at revision" not in runner.invoke(args=["kb", "revisions"]).output
