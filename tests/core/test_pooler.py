"""A pool in transaction mode that the address does not name is found out, and nothing else is taken for one."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from core.database import pooler
from core.database.connection import connect, for_searches
from core.database.pooler import PoolerUntold, check_pooler, pools_transactions
from tests.databases import PgBouncer, PostgresServer

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database(tables=False) as own:
        yield own


@contextmanager
def through(postgres: PostgresServer, url: str, mode: str, **options: str) -> Iterator[str]:
    """The address by way of PgBouncer; where it is not installed, there is none."""
    if PROGRAM is None:
        yield ""
        return
    running = PgBouncer(PROGRAM, postgres, Path(tempfile.mkdtemp(prefix="signpost-bouncer-")), mode=mode)
    try:
        plain = make_url(running.through(url)).set(query=options)
        yield plain.render_as_string(hide_password=False)
    finally:
        running.close()


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def test_the_server_itself_is_no_pool(url: str) -> None:
    with opened(url) as engine:
        check_pooler(engine)
        assert not pools_transactions(engine)


def test_pgbouncer_in_transaction_mode_has_to_be_named(postgres: PostgresServer, url: str) -> None:
    with through(postgres, url, "transaction") as way, opened(way or url) as engine:
        if not way:
            return
        for _ in range(2):  # it is not remembered: the address or the pool may be changed
            with pytest.raises(PoolerUntold, match="pgbouncer=true"):
                check_pooler(engine)
        for options in ({"pgbouncer": "true"}, {"pgbouncer": "true", "schema": "public"}):
            with opened(make_url(way).set(query=options).render_as_string(hide_password=False)) as named:
                check_pooler(named)
        with opened(f"{way}?schema=public") as brand, pytest.raises(PoolerUntold):
            check_pooler(brand)


def test_pgbouncer_in_session_mode_keeps_what_is_set(postgres: PostgresServer, url: str) -> None:
    with through(postgres, url, "session") as way, opened(way or url) as engine:
        check_pooler(engine)


@pytest.mark.parametrize(
    ("backends", "shared"),
    [
        ([1, 1, 1], True),  # two sessions, one process
        ([1, 2, 3], True),  # one session, two processes
        ([1, 2, 1], False),
    ],
)
def test_what_proves_it(url: str, monkeypatch: pytest.MonkeyPatch, backends: list[int], shared: bool) -> None:
    answers = iter([0, *(backend for _ in range(3) for backend in backends)])
    monkeypatch.setattr(pooler, "_backend", lambda _: (next(answers),))
    with opened(url) as engine:
        assert pools_transactions(engine) is shared


def test_a_search_sets_nothing_for_its_session_that_would_harm_others(url: str) -> None:
    with opened(url) as engine:
        searches = for_searches(engine)
        with searches.connect() as connection:
            shown = connection.execute(
                text(
                    "SELECT current_setting('transaction_read_only'), current_setting('default_transaction_read_only'),"
                    " current_setting('transaction_isolation'), current_setting('default_transaction_isolation')"
                )
            ).one()
        searches.dispose()
    assert tuple(shown) == ("on", "off", "repeatable read", "read committed")
