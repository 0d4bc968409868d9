"""`flask index calibrate`: what it says, and what it leaves alone."""

from pathlib import Path

from flask import Flask

from app.settings.schema import Settings
from kb.publish import publish
from tests import articles


def test_with_too_few_questions_it_says_how_many_are_needed_and_writes_nothing(app: Flask, settings: Settings) -> None:
    articles.write_demo(settings.kb_dir)
    services = app.extensions["signpost"]
    assert publish(settings.kb_dir, services.articles, services.now()).errors == ()

    result = app.test_cli_runner().invoke(args=["index", "calibrate"])

    assert result.exit_code == 1
    assert "at least 40 questions that find their article" in result.output
    assert not settings.calibration_file.exists()


def test_with_enough_it_shows_both_and_keeps_what_it_is_told_to(app: Flask, settings: Settings) -> None:
    for number in range(80):
        _write(settings.kb_dir, number)
    services = app.extensions["signpost"]
    assert publish(settings.kb_dir, services.articles, services.now()).errors == ()

    result = app.test_cli_runner().invoke(args=["index", "calibrate", "--dry-run"])

    assert result.exit_code == 0, result.output
    assert "160 questions" in result.output and "fitted" in result.output
    assert not settings.calibration_file.exists()
    wrote = "written to" in app.test_cli_runner().invoke(args=["index", "calibrate"]).output
    assert settings.calibration_file.exists() is wrote


def _write(folder: Path, number: int) -> None:
    word = f"gadget{number}"
    path = folder / "en" / "help" / f"{word}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"---\ntitle: The {word} guide\nstatus: published\n"
        f"questions:\n  - where is my {word}\n  - {word} is broken\n---\n"
        f"The {word} stands in room{number}. When it is broken, call line{number}.\n",
        encoding="utf-8",
    )
