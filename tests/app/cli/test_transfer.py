"""`flask kb import` and `flask kb export`, run as somebody who moves in runs them."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from app.settings.schema import Settings
from tests.kb.transfer.sources import MKDOCS, tree_of, write_files


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_files(tmp_path / "source", MKDOCS)


def test_both_commands_say_what_they_do_and_what_their_exit_code_means(runner: FlaskCliRunner) -> None:
    for command in ("import", "export"):
        assert "Exit code:" in runner.invoke(args=["kb", command, "--help"]).output


def test_a_dry_run_reports_and_writes_nothing(runner: FlaskCliRunner, tmp_path: Path, source: Path) -> None:
    told = runner.invoke(args=["kb", "import", str(source), "--into", str(tmp_path / "into"), "--dry-run"])

    assert told.exit_code == 0, told.output
    assert "From MkDocs: 4 files in, 3 articles out." in told.output and "Nothing was written." in told.output
    assert "3 of 3 titles find their own article (search by words, first five)." in told.output
    assert not (tmp_path / "into").exists()


def test_an_import_writes_and_its_report_is_there_for_machines(
    runner: FlaskCliRunner, tmp_path: Path, source: Path
) -> None:
    told = runner.invoke(args=["kb", "import", str(source), "--into", str(tmp_path / "into"), "--json"])

    report = json.loads(told.stdout)
    assert (report["kind"], report["articles"], report["changes"]) == ("mkdocs", 3, {"new": 5})
    assert report["titles"]["found"] == 3 and report["dry_run"] is False
    assert (tmp_path / "into/en/baking/knead.md").is_file()


def test_what_cannot_be_imported_is_said_with_exit_code_one(runner: FlaskCliRunner, tmp_path: Path) -> None:
    told = runner.invoke(args=["kb", "import", str(tmp_path / "nothing"), "--into", str(tmp_path / "into")])
    wrong = runner.invoke(args=["kb", "import", str(tmp_path), "--into", str(tmp_path / "x"), "--from", "wiki"])

    assert told.exit_code == 1 and "There is nothing at" in told.output
    assert wrong.exit_code == 2


_TURKISH = (
    "# İade\n\nSatın aldığınız ürünü otuz gün içinde iade edebilirsiniz. Kutusu ve faturası ile birlikte"
    " mağazalarımızdan birine getirin ya da paketin içinden çıkan etiketle bize geri gönderin.\n"
)


def test_articles_that_read_as_another_language_are_named_with_what_to_do(
    runner: FlaskCliRunner, tmp_path: Path
) -> None:
    pages = write_files(tmp_path / "pages", {"iade.md": _TURKISH, "kargo.md": "---\nlang: tr\n---\n" + _TURKISH})
    command = ["kb", "import", str(pages), "--into", str(tmp_path / "into"), "--dry-run"]

    told = runner.invoke(args=command).output
    assert "Filed under en, but reads as tr: 1 of 2 articles\n" in told and "--lang tr" in told
    report = json.loads(runner.invoke(args=[*command, "--json"]).stdout)
    assert [(d["filed"], d["reads_as"], len(d["paths"])) for d in report["languages_doubtful"]] == [("en", "tr", 1)]

    said = runner.invoke(args=[*command, "--lang", "TR"]).output
    assert "Languages: tr." in said and "reads as" not in said
    wrong = runner.invoke(args=[*command, "--lang", "no language"])
    assert wrong.exit_code == 2 and "--lang" in wrong.output


def test_an_export_of_the_settings_folder_imports_again(
    runner: FlaskCliRunner, tmp_path: Path, settings: Settings
) -> None:
    write_files(settings.kb_dir, {"en/a/x.md": "---\ntitle: X\n---\n\nText.\n", "en/_pins.yml": "[]\n"})
    zip_file, back = tmp_path / "all.zip", tmp_path / "back"

    dry = runner.invoke(args=["kb", "export", "--out", str(zip_file), "--dry-run"])
    assert dry.exit_code == 0 and not zip_file.exists()
    made = runner.invoke(args=["kb", "export", "--out", str(zip_file)])
    told = runner.invoke(args=["kb", "import", str(zip_file), "--into", str(back)])

    assert made.exit_code == told.exit_code == 0 and "1 articles, 2 files" in made.output
    assert tree_of(back) == tree_of(settings.kb_dir)
