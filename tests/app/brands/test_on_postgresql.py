"""Brands that share one PostgreSQL: through PgBouncer, moved from SQLite, backed up one by one, and locked by roles."""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from app import create_app
from app.backups import checking, keys, making, restoring
from app.backups.stored import BackupFailed
from app.migrations import migrate
from app.ops.brands.registry import read_brands
from app.ops.moving import move_to
from app.settings.brands import database_of
from app.settings.schema import Settings
from core.database import snapshots
from core.database.connection import METADATA, connect, for_searches, writing
from core.database.schema import migration
from support.tickets.schema import ticket
from tests.app.brands.conftest import CANARY, World, close, make_world, overrides_of
from tests.app.test_backups import send
from tests.databases import PgBouncer, PostgresServer

NOW = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
SECRET, PUBLIC = keys.new_identity()
LOCK = keys.Lock(recipient=PUBLIC)
BRANDS = ("alpha", "beta")


@pytest.fixture(scope="module")
def bouncer(postgres: PostgresServer) -> Iterator[PgBouncer | None]:
    """None where PgBouncer is not installed: the tests then go to the server itself."""
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        yield None
        return
    running = PgBouncer(program, postgres, Path(tempfile.mkdtemp(prefix="signpost-bouncer-")))
    yield running
    running.close()


def tickets_of(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(ticket)).scalar_one()


def test_brands_are_schemas_of_one_database_and_never_see_one_another_also_through_pgbouncer(
    postgres: PostgresServer, bouncer: PgBouncer | None, tmp_path: Path
) -> None:
    with postgres.database(tables=False) as url:
        through = bouncer.through(url) if bouncer else url
        world = make_world(tmp_path, {"database_url": through, "secret_key": "k" * 40}, tables=False)
        wrong: list[str] = []
        until = 0.0

        def ask(name: str) -> None:
            others = [word for key, word in CANARY.items() if key != name]
            client, token = world.client(), world.ids[name]["token"]
            searches = for_searches(world.services(name).engine)  # another pool, with transactions of its own kind
            while time.monotonic() < until and not wrong:
                for path in (f"/api/v1/articles/en/only-{name}", f"/t/{token}"):
                    answer = world.ask(name, path, client)
                    if answer.status_code != 200 or any(word in answer.text for word in others):
                        wrong.append(f"{name} {path} {answer.status_code}")
                if tickets_of(searches) != 1:
                    wrong.append(f"{name} counts the tickets of others")
            searches.dispose()

        try:
            for name, word in CANARY.items():
                found = world.ask(name, "/api/v1/search?q=parcel").text
                assert word in found
                assert not any(other in found for key, other in CANARY.items() if key != name)
                for other in CANARY:
                    status = world.ask(name, f"/t/{world.ids[other]['token']}").status_code
                    assert status == (200 if other == name else 404), (name, other)
            with world.services("alpha").engine.connect() as connection:
                assert connection.exec_driver_sql("SHOW search_path").scalar() == "brand_alpha"
                assert connection.exec_driver_sql("SELECT count(*) FROM ticket").scalar() == 1
            until = time.monotonic() + 1.0
            asking = [threading.Thread(target=ask, args=(name,)) for name in (*CANARY, *CANARY)]
            for one in asking:
                one.start()
            for one in asking:
                one.join()
            assert wrong == []
            one_watch_is_for_all(world)
            backups_are_of_one_brand_each(world, tmp_path, postgres, bouncer)
            nothing_is_left_in_sessions(through)
        finally:
            close(world)


class SaysNothing:
    def __call__(self) -> None:
        raise TimeoutError

    def close(self) -> None:
        return None


def one_watch_is_for_all(world: World) -> None:
    """It looks once a second for every help centre in the database; when the database is silent, all of them know."""
    services = [world.services(name) for name in CANARY]
    (watch,) = {one.watch for one in services}
    world.hosted.containers.watches.start()
    assert [one.name for one in threading.enumerate()].count("database watch") == 1
    world.hosted.containers.close()
    assert not watch._stopped.is_set()  # main has it still
    for name in CANARY:
        world.ask(name, "/en/")
    assert {world.services(name).watch for name in CANARY} == {watch}
    asks, watch._probe = watch._probe, SaysNothing()
    while not watch.silent:
        watch.look()
    for name in CANARY:
        assert world.ask(name, f"/t/{world.ids[name]['token']}").status_code == 503
        assert world.ask(name, "/readyz").json["database"] == "silent"
    watch._probe = asks
    watch.look()
    assert world.ask("alpha", f"/t/{world.ids['alpha']['token']}").status_code == 200


def nothing_is_left_in_sessions(through: str) -> None:
    """Whoever gets a connection of the bouncer's next finds it as the server makes one."""
    engine = connect(through)
    with ExitStack() as held:
        for _ in range(4):  # each of them, since these transactions stay open
            connection = held.enter_context(engine.connect())
            for name, expected in {
                "default_transaction_isolation": "read committed", "search_path": '"$user", public',
                "default_transaction_read_only": "off", "jit": "on",
            }.items():  # fmt: skip
                assert connection.exec_driver_sql(f"SHOW {name}").scalar() == expected, name
    engine.dispose()


def backups_are_of_one_brand_each(
    world: World, tmp_path: Path, postgres: PostgresServer, bouncer: PgBouncer | None
) -> None:
    """Back up all brands, and restore one after the other into one new database."""
    own = {"main": world.common, **{one.name: one.settings for one in world.hosted.brands if one.settings}}
    made = {}
    for name, settings in own.items():
        settings = replace(settings, postgresql_tools=postgres.tools, backup_dir=tmp_path / "backups" / name)
        made[name] = making.create(settings, LOCK, NOW, {}, lambda _text: None).path
        report = checking.verify(made[name], postgres.tools, identity=SECRET)
        assert report.problems == () and report.manifest is not None
        assert (report.manifest.brand, report.manifest.tables["ticket"]) == (name, 1)
    with postgres.database(tables=False) as empty:
        address = bouncer.through(empty) if bouncer else empty
        admin = connect(empty)
        with admin.begin() as connection:
            connection.execute(text("CREATE SCHEMA brand_beta"))  # as for a role that may make none
        for name in ("alpha", "main", "beta"):
            new = replace(
                own[name], database_url=address if name == "main" else database_of(address, name),
                data_dir=tmp_path / "new" / name, kb_dir=tmp_path / "new-kb" / name, postgresql_tools=postgres.tools,
            )  # fmt: skip
            if name == "beta":
                with pytest.raises(BackupFailed, match="its tables are in brand_beta"):
                    restoring.restore(
                        made[name], replace(new, database_url=database_of(address, "alpha")), identity=SECRET
                    )
            restoring.restore(made[name], new, identity=SECRET)
            engine = connect(new.database)
            with engine.connect() as connection:
                assert snapshots.row_counts(connection)["ticket"] == 1
            engine.dispose()
        with admin.connect() as connection:
            every = "SELECT reference FROM ticket UNION SELECT reference FROM brand_alpha.ticket UNION SELECT reference"
            assert len(connection.execute(text(f"{every} FROM brand_beta.ticket")).all()) == 3
        admin.dispose()


def test_brands_move_from_sqlite_into_schemas_of_one_database(
    postgres: PostgresServer, bouncer: PgBouncer | None, tmp_path: Path
) -> None:
    overrides = overrides_of(tmp_path)
    common = Settings.load(overrides, environ={})
    brands = {one.name: one.settings for one in read_brands(common, overrides, {}) if one.settings}
    brands["main"] = common
    for number, settings in enumerate(brands.values(), 1):
        services = create_app(settings).extensions["signpost"]
        for n in range(number):
            send(services, f"ticket {n}")
        services.close()
    with postgres.database(tables=False) as url:
        address = bouncer.through(url) if bouncer else url
        for number, (name, settings) in enumerate(brands.items(), 1):
            there = address if name == "main" else database_of(address, name)
            move_to(settings, there)
            moved = Settings.load(
                {**overrides, "database_url": address}, environ={}, brand="" if name == "main" else name
            )
            assert moved.database == there
            services = create_app(moved).extensions["signpost"]
            assert tickets_of(services.engine) == number
            send(services, "goes on there")
            assert tickets_of(services.engine) == number + 1
            services.close()


def test_a_role_of_a_brand_s_own_sees_nothing_of_others_whatever_is_asked(postgres: PostgresServer) -> None:
    """The second lock: the schema that the application names is taken away here, and nothing is seen all the same."""
    with postgres.database(tables=False) as url:
        admin = connect(url)
        with admin.begin() as connection:
            for name in BRANDS:
                connection.execute(text(f"DROP ROLE IF EXISTS {name}_role"))
                connection.execute(text(f"CREATE ROLE {name}_role LOGIN"))
                connection.execute(text(f"CREATE SCHEMA brand_{name} AUTHORIZATION {name}_role"))
        engines = {}
        for name in BRANDS:
            as_role = url.replace("postgres@", f"{name}_role@").replace("postgres:@", f"{name}_role@")
            assert f"{name}_role" in as_role
            engines[name] = connect(database_of(as_role, name))
            migrate(engines[name])
        with writing(engines["beta"]) as connection:
            connection.execute(insert(migration).values(name="of beta"))
        with engines["alpha"].connect() as connection:
            assert connection.execute(select(migration.c.name).where(migration.c.name == "of beta")).all() == []
            for one in METADATA.sorted_tables:
                for wide in (f"SELECT count(*) FROM brand_beta.{one.name}", f"DELETE FROM brand_beta.{one.name}"):
                    with pytest.raises(DBAPIError, match="permission denied"):
                        connection.execute(text(wide))
                    connection.rollback()
            connection.execute(text("SET LOCAL search_path = brand_beta, public"))
            with pytest.raises(DBAPIError, match="does not exist"):
                connection.execute(select(func.count()).select_from(ticket))
            connection.rollback()
        for one in (*engines.values(), admin):
            one.dispose()
        cleanup = connect(url)
        with cleanup.begin() as connection:
            for name in BRANDS:
                connection.execute(text(f"DROP OWNED BY {name}_role"))
                connection.execute(text(f"DROP ROLE {name}_role"))
        cleanup.dispose()
