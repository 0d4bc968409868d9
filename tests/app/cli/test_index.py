"""`flask index`: build, status, verify, rollback."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app import create_app
from app.settings.schema import Settings
from index.embed.model import choose
from index.ranking.confidence import SIGNALS, Calibration, source_of
from index.storage.build import generations, serving_generation
from index.storage.generation import Generation, Manifest
from index.tools.calibrate import write
from kb.publish import publish
from tests import articles


@pytest.fixture
def published(app: Flask, settings: Settings) -> FlaskCliRunner:
    """A command runner of a help centre whose articles are published and not indexed."""
    articles.write_demo(settings.kb_dir)
    publish_only(app, settings)
    return app.test_cli_runner()


def publish_only(app: Flask, settings: Settings) -> None:
    services = app.extensions["signpost"]
    assert publish(settings.kb_dir, services.articles, services.now()).errors == ()


@pytest.fixture
def two_generations(published: FlaskCliRunner, app: Flask, settings: Settings) -> FlaskCliRunner:
    """The same after two builds."""
    run(published, "build")
    articles.write(
        settings.kb_dir, "en", "invoice", "Print an invoice", "## Steps\n\nOpen the order and choose Invoice."
    )
    publish_only(app, settings)
    run(published, "build")
    return published


def run(runner: FlaskCliRunner, *args: str, code: int = 0) -> str:
    result = runner.invoke(args=["index", *args])
    assert result.exit_code == code, result.output
    return result.output


def serving(settings: Settings) -> str:
    found = serving_generation(settings.index_dir)
    assert found is not None
    return found.name


def manifest(settings: Settings, name: str) -> Manifest:
    return Generation(settings.index_dir / "generations" / name).manifest


def damage(settings: Settings, name: str) -> None:
    (settings.index_dir / "generations" / name / "passages.faiss").write_bytes(b"\0")


def test_a_build_says_what_serves_and_what_was_done(published: FlaskCliRunner, settings: Settings) -> None:
    output = run(published, "build")
    held = manifest(settings, serving(settings))
    count = held.passages
    assert f"{serving(settings)} serves: {held.articles} articles, {count} passages, {count} embedded now" in output
    assert "Embedding: done in" in output


def test_a_second_build_says_that_nothing_changed(published: FlaskCliRunner, settings: Settings) -> None:
    run(published, "build")
    assert "Nothing changed" in run(published, "build")
    assert len(generations(settings.index_dir)) == 1


def test_a_dry_build_says_what_it_would_do_and_writes_nothing(published: FlaskCliRunner, settings: Settings) -> None:
    assert f"a new generation of {len(articles.DEMO)} articles" in run(published, "build", "--dry-run")
    assert generations(settings.index_dir) == []


def test_a_dry_build_says_that_nothing_changed(published: FlaskCliRunner) -> None:
    run(published, "build")
    assert "Nothing changed" in run(published, "build", "--dry-run")


def test_status_without_an_index_fails_and_says_what_to_do(published: FlaskCliRunner) -> None:
    assert "Run `flask index build`" in run(published, "status", code=1)


def test_status_shows_the_serving_generation_and_the_one_before(
    two_generations: FlaskCliRunner, settings: Settings
) -> None:
    older, newer = generations(settings.index_dir)
    before, now, verdicts = run(two_generations, "status").splitlines()
    assert before.startswith(f"kept    {older}: {manifest(settings, older).articles} articles")
    assert now.startswith(f"serves  {newer}: {manifest(settings, newer).articles} articles")
    assert manifest(settings, newer).articles == manifest(settings, older).articles + 1
    assert "en, tr, zh-Hant, model hashing-1" in now
    assert verdicts.startswith("No calibration for this model")


def test_status_says_whose_calibration_is_in_use(published: FlaskCliRunner, settings: Settings) -> None:
    run(published, "build")
    own = Calibration(dict.fromkeys(SIGNALS, 0.0), 0.0, 0.3, 0.8)
    write(settings.calibration_file, "hashing-1", own, {})
    assert "Calibrated on your own articles" in run(published, "status")


def test_a_model_that_is_calibrated_by_the_product_is_told_from_ones_own(tmp_path: Path) -> None:
    assert source_of(choose("", "int8", tmp_path).fingerprint, tmp_path / "none.json") == "shipped"


def test_status_shows_a_damaged_generation_and_the_others(two_generations: FlaskCliRunner, settings: Settings) -> None:
    damage(settings, generations(settings.index_dir)[0])
    before, now, _ = run(two_generations, "status").splitlines()
    assert "cannot be read" in before
    assert now.startswith("serves  ")


def test_verify_says_that_the_serving_generation_is_sound(published: FlaskCliRunner, settings: Settings) -> None:
    run(published, "build")
    assert run(published, "verify") == f"{serving(settings)} is sound.\n"


def test_verify_fails_on_damage_and_says_what_to_do(published: FlaskCliRunner, settings: Settings) -> None:
    run(published, "build")
    damage(settings, serving(settings))
    output = run(published, "verify", code=1)
    assert "cannot be read" in output and "flask index build" in output


def test_verify_looks_at_the_generation_to_go_back_to_as_well(
    two_generations: FlaskCliRunner, settings: Settings
) -> None:
    older, newer = generations(settings.index_dir)
    damage(settings, older)
    output = run(two_generations, "verify", code=1)
    assert f"{older} cannot be read (passages.faiss has 1 bytes" in output
    assert f"{newer} is sound." in output


def test_verify_without_an_index_fails_and_says_what_to_do(published: FlaskCliRunner) -> None:
    assert "Run `flask index build`" in run(published, "verify", code=1)


def test_what_verify_recommends_repairs_the_damage(published: FlaskCliRunner, settings: Settings) -> None:
    run(published, "build")
    damage(settings, serving(settings))
    run(published, "build")
    assert "is sound" in run(published, "verify")


def test_a_rollback_serves_the_generation_before(two_generations: FlaskCliRunner, settings: Settings) -> None:
    older, _ = generations(settings.index_dir)
    assert run(two_generations, "rollback") == f"{older} serves.\n"
    assert serving(settings) == older


def test_a_dry_rollback_changes_nothing(two_generations: FlaskCliRunner, settings: Settings) -> None:
    older, newer = generations(settings.index_dir)
    assert run(two_generations, "rollback", "--dry-run") == f"{older} would serve.\n"
    assert serving(settings) == newer


def test_a_second_rollback_does_not_go_forward(two_generations: FlaskCliRunner, settings: Settings) -> None:
    run(two_generations, "rollback")
    assert "no earlier generation" in run(two_generations, "rollback", code=1)
    assert serving(settings) == generations(settings.index_dir)[0]


def test_a_rollback_to_a_damaged_generation_is_refused(two_generations: FlaskCliRunner, settings: Settings) -> None:
    older, newer = generations(settings.index_dir)
    damage(settings, older)
    assert "Nothing was changed" in run(two_generations, "rollback", code=1)
    assert serving(settings) == newer


@pytest.mark.parametrize("command", ["build", "status", "verify", "rollback"])
def test_each_command_explains_itself(command: str, runner: FlaskCliRunner) -> None:
    assert "Usage:" in run(runner, command, "--help")


@pytest.mark.parametrize("command", [["index", "build"], ["kb", "publish"]])
def test_a_model_that_is_not_there_is_one_sentence(command: list[str], settings: Settings, tmp_path: Path) -> None:
    articles.write_demo(settings.kb_dir)
    away = replace(settings, embedder="model", model=str(tmp_path / "no-model"))
    done = create_app(away).test_cli_runner().invoke(args=command)
    assert done.exit_code == 1
    assert "could not be loaded" in done.output and "SIGNPOST_MODEL" in done.output
