"""What an operator reads of brands: why one fails, where its data lies, whose mail this is; and how one is renamed."""

import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import Client

from app import create_app
from app.cli.brands import brands_cli
from app.container import Services
from app.ops.brands.hosting import hosted
from app.settings.schema import Settings
from core import events
from core.cluster.key_fingerprints import KeysRefused
from core.cluster.owners import NotOurs
from core.network.url_secrets import place_of
from support.email.mail_threads import plus_address
from tests import articles
from tests.databases import migrated_sqlite

TOKEN = "abcdefghijkmnpqrstuvwxyz"
MAIL = "From: Jo <jo@customer.example>\nTo: {}\nSubject: Late\nMessage-ID: <1@customer.example>\n\nIt is late.\n"
BRANDS = """
[brands.loud]
base_url = "http://help.example/loud"
kb_dir = "{folder}/kb/loud"
[brands.radio]
base_url = "http://radio.example"
kb_dir = "{folder}/kb/radio"
inbound_email = "Radio <in@radio.example>"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "signpost.toml"
    common = f'data_dir = "{tmp_path}/data"\nembedder = "hashing"\nbase_url = "http://help.example"\n'
    common += 'inbound_email = "help@help.example"\n'
    file.write_text(common + BRANDS.format(folder=tmp_path))
    monkeypatch.setenv("SIGNPOST_CONFIG", str(file))
    for name in ("loud", "radio"):
        articles.write_demo(tmp_path / "kb" / name)
        migrated_sqlite(tmp_path / "data" / "brands" / name / "signpost.db")
    migrated_sqlite(tmp_path / "data" / "signpost.db")
    return file


@pytest.fixture
def told() -> Iterator[list[tuple[str, Mapping[str, object]]]]:
    found: list[tuple[str, Mapping[str, object]]] = []

    def listener(name: str, fields: Mapping[str, object]) -> None:
        if name in {"brand_failed", "brand_recovered"}:
            found.append((name, fields))

    events.listen(listener)
    yield found
    events.unlisten(listener)


def app_of(brand: str) -> Flask:
    return create_app(Settings.load(environ={**os.environ, "SIGNPOST_BRAND": brand}))


def run(brand: str, *arguments: str, given: str = "") -> Result:
    app = app_of(brand)
    try:
        return app.test_cli_runner().invoke(args=arguments, input=io.BytesIO(given.encode()))
    finally:
        app.extensions["signpost"].close()


def test_why_a_brand_fails_is_told_in_a_sentence_and_once_until_it_changes(
    config: Path, monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, Mapping[str, object]]]
) -> None:
    served = hosted(Settings.load(), None)
    assert served is not None
    loud = served.containers.every["loud"]
    real = Services.build.__func__  # type: ignore[attr-defined]
    errors: list[Exception] = []

    def build(cls: type[Services], settings: Settings, **more: object) -> Services:
        if errors:
            raise errors[0]
        found: Services = real(cls, settings, **more)
        return found

    monkeypatch.setattr(Services, "build", classmethod(build))

    def ask() -> int:
        loud.failed_at = float("-inf")  # ten seconds later
        return Client(served.wsgi).get("/loud/en/", base_url="http://help.example").status_code

    away = OperationalError("select 1", {}, Exception("connection refused:\n\tis the server running?"))
    closed = OperationalError("select 1", {}, Exception("password authentication failed"))
    for errors[:] in ([away], [away], [closed], [closed], [ValueError("odd")], [ValueError("odd")]):
        assert ask() == 503
        assert loud.state == "failed"
    errors.clear()
    assert [ask(), ask(), loud.state] == [200, 200, "open"]
    served.stop()

    assert [name for name, _ in told] == ["brand_failed"] * 3 + ["brand_recovered"]
    first, second, third, _ = [fields for _, fields in told]
    assert "(connection refused: is the server running?)" in str(first["reason"])
    assert first["trace"] == second["trace"] == ""
    assert "password authentication failed" in str(second["reason"])
    assert third["reason"] == ""
    assert "ValueError: odd" in str(third["trace"])


def test_the_list_says_where_the_data_of_each_lies_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "signpost.toml"
    common = (
        f'data_dir = "{tmp_path}/data"\ndatabase_url = "postgresql://me:hunter2@db.example:5433/signpost"\n'
        'files_url = "s3://key:hunter3@s3.example/bucket/all?region=eu"\n'
    )
    radio = 'database_url = "postgresql://r:hunter4@other.example/radio?schema=mine&sslpassword=hunter5"\n'
    file.write_text(common + BRANDS.format(folder=tmp_path) + radio)
    monkeypatch.setenv("SIGNPOST_CONFIG", str(file))
    runner = Flask("app").test_cli_runner()

    listed = runner.invoke(brands_cli, ["list", "--json"]).stdout
    places = {row["name"]: (row["database"], row["files"]) for row in json.loads(listed)}
    assert places == {
        "main": ("postgresql://db.example:5433/signpost", "s3://s3.example/bucket/all?region=eu"),
        "loud": (
            "postgresql://db.example:5433/signpost?schema=brand_loud",
            "s3://s3.example/bucket/all/brands/loud?region=eu",
        ),
        "radio": (
            "postgresql://other.example/radio?schema=mine", "s3://s3.example/bucket/all/brands/radio?region=eu",
        ),
    }  # fmt: skip
    text = runner.invoke(brands_cli, ["list"]).stdout
    assert f"{tmp_path}/data/brands/loud  postgresql://db.example:5433/signpost?schema=brand_loud" in text
    assert "hunter" not in text + listed
    assert place_of("") == ""


def test_a_new_account_is_told_the_whole_address_of_its_desk(config: Path) -> None:
    made = run("loud", "desk", "create-user", "ada@loud.example")
    assert "Sign in at http://help.example/loud/desk/\n" in made.output
    assert "Sign in at http://help.example/desk/\n" in run("main", "desk", "create-user", "ada@help.example").output


@pytest.mark.parametrize("brand", ["main", "loud"])
def test_a_mail_of_another_brand_is_not_taken_in_by_a_wrong_pipe(config: Path, brand: str) -> None:
    answer = MAIL.format(plus_address("in@radio.example", TOKEN))
    refused = run(brand, "tickets", "ingest", given=answer)
    assert refused.exit_code == 75
    assert "it answers a ticket of the brand radio" in refused.output
    assert "`flask tickets ingest --brand radio`" in refused.output
    bare = run(brand, "tickets", "ingest", given=MAIL.format("IN@radio.example"))
    assert bare.exit_code == 0
    assert "the address of the brand radio" in bare.output
    assert "ticket SP-" in bare.output or "held" in bare.output


def test_a_mail_of_its_own_is_taken_in_without_a_word(config: Path) -> None:
    for brand, to in (
        ("radio", plus_address("in@radio.example", TOKEN)),
        ("main", f"help@help.example, {plus_address('in@radio.example', TOKEN)}"),
        ("loud", "anybody@loud.example"),
    ):
        done = run(brand, "tickets", "ingest", given=MAIL.format(to))
        assert done.exit_code == 0
        assert "brand" not in done.output


def test_a_brand_is_renamed_as_the_page_says(config: Path, tmp_path: Path) -> None:
    config.write_text(f'secret_key = "{"k" * 40}"\n' + config.read_text())
    made = run("radio", "tickets", "ingest", given=MAIL.format("in@radio.example"))
    reference = made.output.split()[-1]
    old = Settings.load(brand="radio")

    (tmp_path / "radio.key").write_text(old.keys.bundle())
    (tmp_path / "data" / "brands" / "radio").rename(tmp_path / "data" / "brands" / "wave")
    named = config.read_text().replace("[brands.radio]", "[brands.wave]")
    config.write_text(named)
    with pytest.raises(NotOurs, match="flask brands hand-over radio wave"):
        run("wave", "tickets", "show", reference)
    handed_over = CliRunner().invoke(brands_cli, ["hand-over", "radio", "wave"])
    assert "What was radio's is wave's now." in handed_over.output and "secret_key = " in handed_over.output
    with pytest.raises(KeysRefused):
        run("wave", "tickets", "show", reference)
    config.write_text(f'{named}secret_key_file = "{tmp_path}/radio.key"\n')
    assert reference in run("wave", "tickets", "show", reference).output
