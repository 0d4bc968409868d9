"""No connection to PostgreSQL is left to the garbage collector, however it ends: its socket would stay open until then,
and the server counts it among those it allows."""

import gc
import socket
import sqlite3
import threading
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.database.connection import connect, watch_of
from core.database.driver import DriverConnection
from tests.databases import PostgresServer

LOGGED_IN = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I"


@contextmanager
def nothing_left_open() -> Iterator[None]:
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert not [str(one.message) for one in caught]


def hangs_up(path: Path, answer: bytes) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()

    def accept() -> None:
        with suppress(OSError):
            client, _ = listening.accept()
            client.recv(1000)
            client.sendall(answer)
            client.close()

    threading.Thread(target=accept, daemon=True).start()
    return listening


@pytest.mark.parametrize("answer", [b"", LOGGED_IN], ids=["while logging in", "afterwards"])
def test_where_the_server_hangs_up_first(tmp_path: Path, answer: bytes) -> None:
    listening = hangs_up(tmp_path / "server", answer)
    with nothing_left_open():
        with pytest.raises(Exception) as failure:
            opened = DriverConnection("somebody", unix_sock=str(tmp_path / "server"), timeout=5)
            opened.close()  # the server is gone: that is no failure
            opened.close()
        refers_to_itself = [failure]  # as what logs and keeps a failure may: only the collector finds it
        refers_to_itself.append(refers_to_itself)  # type: ignore[arg-type]
        del failure, refers_to_itself
    listening.close()


def test_what_comes_back_after_the_engine_was_closed(postgres: PostgresServer) -> None:
    with postgres.database(tables=False) as url, nothing_left_open():
        engine = connect(url)
        connection = engine.connect()
        assert connection.execute(text("SELECT 1")).scalar() == 1
        engine.dispose()
        connection.close()
        del engine, connection


def test_what_the_watch_asked_over(postgres: PostgresServer) -> None:
    with postgres.database(tables=False) as url, nothing_left_open():
        engine = connect(url)
        watch = watch_of(engine)
        assert watch.look()
        watch.stop()
        engine.dispose()
        del engine, watch


def test_what_the_watch_asked_over_when_the_server_has_hung_up(postgres: PostgresServer) -> None:
    """The thread that watches must not end in an error: no other would be begun."""
    with postgres.database(tables=False) as url, nothing_left_open():
        engine = connect(url)
        watch = watch_of(engine)
        assert watch.look() and watch._probe is not None
        with engine.begin() as connection:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
        watch._probe.close()
        assert watch.look(), "it is opened again"
        watch.stop()
        engine.dispose()
        del engine, watch, connection


def test_a_database_at_rest_on_a_read_only_disk_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written beside it, which SQLite would try to do in its usual mode."""
    folder = tmp_path / "a b#ü"
    folder.mkdir()
    url = f"sqlite:///{folder}/help.db"
    with closing(sqlite3.connect(folder / "help.db")) as made, made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE word (text TEXT)")
        made.execute("INSERT INTO word VALUES ('parcel')")
    monkeypatch.setattr("core.database.connection.os.access", lambda *_: False)  # root may write whatever its mode

    engine = connect(url)
    try:
        with engine.connect() as connection:
            assert connection.execute(text("SELECT text FROM word")).scalar() == "parcel"
        with pytest.raises(DBAPIError, match="readonly"), engine.begin() as connection:
            connection.execute(text("INSERT INTO word VALUES ('late')"))
    finally:
        engine.dispose()
    assert [one.name for one in folder.iterdir()] == ["help.db"]
