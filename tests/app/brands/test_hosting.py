"""Which brand a request, a command and a turn of background work belong to; one brand's trouble is nobody else's."""

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import Client

from app import create_app
from app.cli.standalone import brand_of, command_of
from app.container import Services, Shared
from app.migrations import migrate
from app.ops.brands.containers import Containers
from app.ops.brands.hosting import Hosted, hosted
from app.ops.brands.registry import Brand, addresses_of, read_brands
from app.ops.brands.rounds import Rounds
from app.ops.embedded import embed_brands
from app.settings.live import LiveSettings
from app.settings.schema import BadSettings, Settings
from core import events
from core.database.connection import connect
from index.deadline import question_pool
from index.embed.hashing import HashingEmbedder
from index.embed.loader import EmbedderLoader
from tests import articles
from tests.app.brands.conftest import CANARY, HOST, World, brand_settings, overrides_of
from tests.databases import migrated_sqlite

JSON = {"Accept": "application/json"}


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("alpha.example", "/en/", "alpha"),
        ("ALPHA.example.", "/en/", "alpha"),
        ("alpha.example:8443", "/en/", "alpha"),
        ("alpha.example.evil.example", "/en/", ""),
        ("xalpha.example", "/en/", ""),
        ("beta.example", "/help/en/", "beta"),
        ("beta.example", "/help", "beta"),
        ("beta.example", "/helpful/en/", ""),
        ("beta.example", "/en/", ""),
        ("localhost", "/en/", "main"),
    ],
)
def test_a_host_is_exactly_one_of_a_brand_s(world: World, host: str, path: str, expected: str) -> None:
    answer = world.client().get(path, base_url=f"http://{host}", follow_redirects=True)
    found = [name for name, word in CANARY.items() if word in answer.text]
    assert found == ([expected] if expected else ["main"] if answer.status_code == 200 else found)
    assert expected == "" or answer.status_code == 200
    assert set(found) <= {expected or "main"}


def test_names_in_other_scripts_are_compared_as_the_dns_has_them() -> None:
    (address,) = addresses_of("https://büro.example/yardım/", ["BÜRO.example"])
    assert address.host == "xn--bro-hoa.example"
    assert address.path.encode("latin-1").decode() == "/yardım"


def test_what_is_nobody_s_gets_a_plain_404_where_there_is_no_default(tmp_path: Path) -> None:
    served, _ = only_brands(tmp_path)
    client = Client(served.wsgi)
    assert client.get("/en/", base_url="http://nobody.example").status_code == 404
    assert "alpha" not in client.get("/", base_url="http://nobody.example").text
    assert client.get("/healthz", base_url="http://10.0.0.7").json == {"status": "ok"}
    token = {"Authorization": "Bearer a-token-of-metrics"}
    ready = client.get("/readyz", base_url="http://10.0.0.7", headers=token)
    assert (ready.status_code, ready.json["brands"]) == (200, {"alpha": "closed", "beta": "closed"})
    assert client.get("/metrics", base_url="http://10.0.0.7").status_code == 401
    assert (
        'signpost_brand_up{brand="alpha"} 1.0' in client.get("/metrics", base_url="http://10.0.0.7", headers=token).text
    )
    served.draining = True
    assert client.get("/readyz", base_url="http://10.0.0.7").status_code == 503
    served.stop()


def only_brands(folder: Path, **more: object) -> tuple[Hosted, dict[str, object]]:
    """Without a help centre of the common settings, nothing opened."""
    for name in ("alpha", "beta"):
        articles.write_demo(folder / "kb" / name)
        migrated_sqlite(folder / "data" / "brands" / name / "signpost.db")
    overrides = overrides_of(folder, default_brand="", metrics_token="a-token-of-metrics", **more)
    served = hosted(Settings.load(overrides, environ={}), None, overrides)
    assert served is not None
    return served, overrides


def test_one_brand_s_wrong_settings_and_missing_database_leave_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {"base_url": "http://gamma.example", "kb_dir": str(tmp_path / "kb" / "gamma"), "smtp_url": "nonsense"}
    brands = {name: brand_settings(tmp_path, name) for name in ("alpha", "beta")}
    served, _ = only_brands(tmp_path, brands={**brands, "gamma": wrong})
    client = Client(served.wsgi)
    refused = client.get("/en/", base_url="http://gamma.example")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    assert "smtp" not in refused.text
    real = Services.build.__func__  # type: ignore[attr-defined]

    def build(cls: type[Services], settings: Settings, **more: object) -> Services:
        if settings.brand == "beta":
            raise OperationalError("select 1", {}, Exception("away"))
        found: Services = real(cls, settings, **more)
        return found

    monkeypatch.setattr(Services, "build", classmethod(build))
    assert client.get("/help/en/", base_url="http://beta.example").status_code == 503
    assert client.get("/en/", base_url="http://alpha.example").status_code == 200
    token = {"Authorization": "Bearer a-token-of-metrics"}
    states = client.get("/readyz", base_url="http://10.0.0.7", headers=token).json["brands"]
    assert states == {"alpha": "open", "beta": "failed", "gamma": "refused"}
    monkeypatch.undo()
    served.containers.every["beta"].failed_at = float("-inf")  # ten seconds later
    assert client.get("/help/en/", base_url="http://beta.example").status_code == 200
    served.stop()


def test_a_brand_takes_over_nothing_that_says_whose_it_is(tmp_path: Path) -> None:
    overrides = overrides_of(
        tmp_path, team_email="team@main.example", webhook_url="https://hooks.main.example/x",
        mail_from="m@main.example",
        secret_key="k" * 40, keep_tickets_days=7, servers=[], default_lang="tr",
    )  # fmt: skip
    del overrides["brands"]["beta"]["team_email"]  # type: ignore[index]
    main, alpha, beta = (Settings.load(overrides, environ={}, brand=name) for name in ("main", "alpha", "beta"))
    assert (main.brand, alpha.brand) == ("", "alpha")
    assert beta.team_email == "team@localhost"
    assert (beta.webhook_url, beta.metrics_token) == ("", "")
    assert (beta.keep_tickets_days, beta.default_lang) == (7, "tr")  # what is shared, is
    assert len({one.secret_key for one in (main, alpha, beta)}) == 3
    assert alpha.model_dir == main.model_dir
    shared = {**overrides, "brands": {"alpha": {**brand_settings(tmp_path, "alpha"), "shares": ["webhook_url"]}}}
    assert Settings.load(shared, environ={}, brand="alpha").webhook_url == "https://hooks.main.example/x"
    with pytest.raises(BadSettings, match="roles is of the whole process"):
        Settings.load({"brands": {"alpha": {**brand_settings(tmp_path, "alpha"), "roles": "web"}}}, {}, "alpha")
    with pytest.raises(BadSettings, match="default_brand is gamma, which is no brand"):
        Settings.load({**overrides, "default_brand": "gamma"}, environ={})
    with pytest.raises(BadSettings, match="there is no brand 'gamma'"):
        Settings.load(overrides, environ={}, brand="gamma")


def test_a_brand_may_be_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "brands").mkdir()
    (tmp_path / "signpost.toml").write_text(f'data_dir = "{tmp_path}/data"\nembedder = "hashing"\n')
    (tmp_path / "brands" / "shop.toml").write_text(f'base_url = "https://shop.example"\nkb_dir = "{tmp_path}/kb"\n')
    environ = {"SIGNPOST_CONFIG": str(tmp_path / "signpost.toml")}
    (shop,) = read_brands(Settings.load(environ=environ), environ=environ)
    assert (shop.name, shop.problems) == ("shop", ())
    named = Settings.load(environ={**environ, "SIGNPOST_BRAND": "shop"})
    assert (named.brand, named.site_name, named.data_dir) == ("shop", "Shop", tmp_path / "data" / "brands" / "shop")
    (tmp_path / "brands" / "shop.toml").write_text("not toml")
    (shop,) = read_brands(Settings.load(environ=environ), environ=environ)
    assert "shop.toml, which is not TOML" in shop.problems[0]


@pytest.mark.parametrize("own_file", [True, False])
def test_what_changes_in_the_settings_is_taken_whether_anybody_asks_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_file: bool
) -> None:
    articles.write_demo(tmp_path / "kb")
    migrated_sqlite(tmp_path / "data" / "brands" / "shop" / "signpost.db")
    common, own = tmp_path / "signpost.toml", tmp_path / "brands" / "shop.toml"
    own.parent.mkdir()

    def write(name: str) -> None:
        table = f'base_url = "http://shop.example"\nkb_dir = "{tmp_path}/kb"\nsite_name = "{name}"\n'
        plain = f'data_dir = "{tmp_path}/data"\nembedder = "hashing"\ndefault_brand = ""\n'
        common.write_text(plain if own_file else f"{plain}[brands.shop]\n{table}")
        if own_file:
            own.write_text(table)

    write("One")
    monkeypatch.setenv("SIGNPOST_CONFIG", str(common))
    served = hosted(Settings.load(), None)
    assert served is not None
    shop = served.containers.every["shop"]
    rounds = Rounds(served.containers, ("worker",), f"sqlite:///{tmp_path}/x.db", tmp_path)
    rounds.stand()
    rounds.turn("shop")
    with served.containers.using(shop) as services:
        assert services.settings.site_name == "One"
        write("Another")
        assert shop.live is not None
        shop.live._next_look = 0.0
        rounds.turn("shop")  # mails of the background carry it
        assert services.settings.site_name == "Another"
        write("And another")
        shop.live._next_look = 0.0
        page = Client(served.wsgi).get("/en/", base_url="http://shop.example").text  # the first that is asked for
        assert "And another" in page
    rounds.stop()
    served.stop()


def test_settings_that_changed_while_the_service_started_are_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading the file and looking at it for the first time lies all of the start."""
    file = tmp_path / "signpost.toml"
    file.write_text(f'data_dir = "{tmp_path}/data"\nsite_name = "One"\n')
    monkeypatch.setenv("SIGNPOST_CONFIG", str(file))
    settings = Settings.load()
    file.write_text(f'data_dir = "{tmp_path}/data"\nsite_name = "Another"\n')
    LiveSettings(settings, {}).refresh(now=True)
    assert settings.site_name == "Another"


def test_brands_nobody_asks_for_are_closed_and_opened_again(tmp_path: Path) -> None:
    served, overrides = only_brands(tmp_path, brands_open=1)
    client = Client(served.wsgi)
    for _ in range(2):
        for name in ("alpha", "beta"):
            path = "/help/en/" if name == "beta" else "/en/"
            assert client.get(path, base_url=f"http://{HOST[name]}", buffered=True).status_code == 200
            assert [one.brand.name for one in served.containers.every.values() if one.services] == [name]
    alpha, beta = served.containers.every.values()
    with served.containers.using(alpha), served.containers.using(beta):
        assert alpha.services and beta.services  # what is in use stays
    # Background work on one that is closed closes it again, and not the one that visitors ask.
    assert alpha.services is None
    assert beta.app is not None
    served.stop()
    assert overrides["brands_open"] == 1


def test_a_turn_delivers_publishes_and_says_for_whom(world: World) -> None:
    rounds = Rounds(
        world.hosted.containers, ("worker", "publisher"), world.common.database, Path(world.common.data_dir)
    )
    told: list[tuple[str, str]] = []

    def listener(name: str, _fields: object) -> None:
        told.append((events.brand.get(), name))

    events.listen(listener)
    try:
        rounds.stand()
        assert rounds.turn("alpha")  # the first of these rounds looks at the folder
        articles.write(world.services("alpha").settings.kb_dir, "en", "fresh", "Fresh", "Quite new.")
        rounds._changed("alpha")
        assert rounds.turn("alpha")
        assert "Fresh" in world.ask("alpha", "/en/a/fresh").text
        assert world.ask("beta", "/en/a/fresh").status_code == 404
        s = world.services("beta")
        made = world.ask("beta", "/api/v1/tickets", method="POST", json={
            "subject": "Late", "message": "It is late again.", "email": "jo@x.example", "consent": True})  # fmt: skip
        assert made.status_code == 201
        assert s.backlog(datetime.now(UTC))["pending"]
        assert rounds.turn("beta")
        assert not s.backlog(datetime.now(UTC))["pending"]
        assert not rounds.turn("beta")
        assert ("alpha", "published") in told and ("beta", "delivered") in told
        assert not {("alpha", "delivered"), ("", "published")} & set(told)
    finally:
        events.unlisten(listener)
        rounds.stop()


def test_a_brand_whose_turn_takes_long_does_not_keep_the_others_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[str] = []
    slow = threading.Event()
    brands = [Brand(f"b{number}", (), "", Settings.load({"data_dir": tmp_path}, {})) for number in range(6)]
    containers = Containers(brands, Shared(EmbedderLoader(HashingEmbedder), question_pool()), 8)
    rounds = Rounds(containers, ("worker",), f"sqlite:///{tmp_path}/x.db", tmp_path)

    def turn(name: str) -> bool:
        turns.append(name)
        if name == "b0":
            slow.wait(10)
        return False

    monkeypatch.setattr(rounds, "turn", turn)
    rounds.start()
    deadline = time.monotonic() + 5
    while len(set(turns)) < 6 and time.monotonic() < deadline:
        time.sleep(0.01)
    rounds.wake("b5")
    while turns.count("b5") < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert set(turns) == {brand.name for brand in brands}
    assert turns.count("b5") >= 2
    assert turns.count("b0") == 1
    slow.set()
    rounds.stop()


def test_commands_say_which_brand_they_are_about(world: World, tmp_path: Path) -> None:
    assert brand_of(["kb", "list", "--brand", "alpha"]) == "alpha"
    assert brand_of(["kb", "list", "--brand=alpha"]) == "alpha"
    assert brand_of(["kb", "list"]) == ""
    assert command_of(["--brand", "alpha", "doctor"]) == "doctor"
    runner = app_of_main(world).test_cli_runner()
    assert "Only here zebrafinch" in runner.invoke(args=["kb", "list"]).output
    other = runner.invoke(args=["kb", "list", "--brand", "alpha"])
    assert (other.exit_code, "zebrafinch" in other.output) == (2, False)
    assert "is of the brand main, not of alpha" in other.output


def app_of_main(world: World) -> Flask:
    return world.main


def test_brands_that_are_opened_at_once_are_each_migrated(tmp_path: Path) -> None:
    """Alembic keeps what it works on in its module, so without a lock one thread changes the other's database."""
    engines = [connect(f"sqlite:///{tmp_path}/{number}.db") for number in range(3)]
    threads = [threading.Thread(target=migrate, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    schemas = []
    for engine in engines:
        with engine.connect() as connection:
            schemas.append(connection.exec_driver_sql("SELECT name, sql FROM sqlite_master ORDER BY name").all())
        assert migrate(engine) == []
        engine.dispose()
    assert schemas[0] == schemas[1] == schemas[2]
    assert len(schemas[0]) > 50


def test_flask_brands_lists_and_checks_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "signpost.toml"
    file.write_text(
        f'data_dir = "{tmp_path}/data"\nembedder = "hashing"\n[brands.shop]\nbase_url = "https://shop.example"\n'
        f'kb_dir = "{tmp_path}/kb"\n[brands.bad]\nkb_dir = "{tmp_path}/kb2"\n'
    )
    monkeypatch.setenv("SIGNPOST_CONFIG", str(file))
    (tmp_path / "kb").mkdir()
    app = create_app({"data_dir": tmp_path / "data", "embedder": "hashing"})
    runner = app.test_cli_runner()
    listed = {row["name"]: row["state"] for row in json.loads(runner.invoke(args=["brands", "list", "--json"]).stdout)}
    assert listed == {"main": "ok", "shop": "ok", "bad": "refused"}
    checked = runner.invoke(args=["brands", "check"])
    assert (checked.exit_code, "brands.bad needs base_url of its own" in checked.output) == (1, True)
    assert "1 of 2 brands can be served." in checked.output
    app.extensions["signpost"].close()


def test_another_server_runs_all_brands_by_wsgi_py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    articles.write_demo(tmp_path / "kb")
    migrated_sqlite(tmp_path / "data" / "signpost.db")
    migrated_sqlite(tmp_path / "data" / "brands" / "shop" / "signpost.db")
    (tmp_path / "signpost.toml").write_text(
        f'data_dir = "{tmp_path}/data"\nkb_dir = "{tmp_path}/none"\nembedder = "hashing"\n'
        f'[brands.shop]\nbase_url = "http://shop.example"\nkb_dir = "{tmp_path}/kb"\n'
    )
    monkeypatch.setenv("SIGNPOST_CONFIG", str(tmp_path / "signpost.toml"))
    app = create_app()
    assert embed_brands(app)
    client = app.test_client()
    try:
        assert client.get("/en/", base_url="http://localhost").status_code == 200
        deadline = time.monotonic() + 10
        while "My parcel is late" not in client.get("/en/", base_url="http://shop.example").text:
            assert time.monotonic() < deadline, "the rounds have not published it"
            time.sleep(0.05)
        assert "My parcel is late" not in client.get("/en/", base_url="http://localhost").text
    finally:
        app.wsgi_app.stop()  # type: ignore[attr-defined]
        app.extensions["signpost"].close()


def test_the_first_request_of_a_brand_has_its_urgent_examples_embedded_before_anybody_searches(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("alpha", "beta"):
        folder = tmp_path / "kb" / name
        articles.write(folder, "en", "late-parcel", "Late parcel", "It comes.")
        (folder / "en" / "_urgent.yml").write_text(
            f"- name: fire\n  title: Away\n  text: Call\n  examples: [it smokes like a {CANARY[name]}]\n"
        )
    served, _ = only_brands(tmp_path)
    embedded: list[str] = []
    embedder: Any = served.model.get()
    encode = embedder.encode_queries
    embedder.encode_queries = lambda texts: embedded.extend(texts) or encode(texts)

    def visit(name: str) -> None:
        path = "/help/en/" if name == "beta" else "/en/"
        assert Client(served.wsgi).get(path, base_url=f"http://{HOST[name]}", buffered=True).status_code == 200

    def wait_for(name: str) -> None:
        patience = time.monotonic() + 60
        while f"it smokes like a {CANARY[name]}" not in embedded:
            assert time.monotonic() < patience
            time.sleep(0.01)

    visit("alpha")
    wait_for("alpha")
    assert f"it smokes like a {CANARY['beta']}" not in embedded, "nobody has asked it"
    visit("beta")
    wait_for("beta")
    visit("alpha")
    time.sleep(0.1)
    assert all(embedded.count(f"it smokes like a {CANARY[name]}") == 1 for name in ("alpha", "beta"))
    served.stop()
    assert "search_failed" not in caplog.text
