"""Point-in-time recovery on PostgreSQL, rehearsed: a real server with an archive, a base backup, a disaster, and back.

    python -m bench.point_in_time [--json OUT]

Does what docs/operate/backup.md says, with a service that writes tickets all the while: some before the base backup,
some after it, then somebody overwrites every message, and customers go on writing. The server's data folder is thrown
away, the base is unpacked, the log of changes is replayed up to the moment before the mistake, and the service is
started on it. Ends with 1 unless exactly what was acknowledged by then is there, and a customer's old link still works.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from app import create_app
from app.settings.schema import Settings
from bench.postgres import Postgres, give, owner, run, tools
from bench.server import CannotMeasure
from core.database.connection import connect
from support.tickets.schema import message, ticket

_EACH = 20
_PATIENCE = 60.0


class _Service:
    """The application on the rehearsal's database."""

    def __init__(self, folder: Path, url: str) -> None:
        (folder / "articles").mkdir(parents=True, exist_ok=True)
        self._app = create_app(
            Settings.load(
                {
                    "data_dir": folder / "data", "kb_dir": folder / "articles", "embedder": "hashing", "watch": False,
                    "database_url": url, "secret_key": "r" * 40, "rate_limits": "off", "challenge": "off",
                },
                environ={},
            )
        )  # fmt: skip
        self.client = self._app.test_client()

    def write(self, name: str) -> tuple[str, str]:
        """A ticket, acknowledged: its reference and the path of its page."""
        words = f"The left earbud is silent ({name})."
        body = {"message": words, "email": "ada@example.org", "lang": "en", "consent": True}
        answer = self.client.post("/api/v1/tickets", json=body)
        if answer.status_code != 201:
            raise CannotMeasure(f"a ticket was not taken: {answer.get_data(as_text=True)[:300]}")
        stored: dict[str, str] = answer.get_json()
        return stored["reference"], "/t/" + stored["status_url"].split("/t/")[1]

    def close(self) -> None:
        self._app.extensions["signpost"].close()


def _references(url: str) -> set[str]:
    engine = connect(url)
    with engine.connect() as connection:
        found = set(connection.execute(select(ticket.c.reference)).scalars())
    engine.dispose()
    return found


def rehearse(folder: Path) -> dict[str, Any]:
    """The rehearsal's figures. Raises CannotMeasure where a step fails."""
    archive = folder / "wal"
    archive.mkdir()
    give(archive)
    server = Postgres(
        folder / "server", archive_mode="on", archive_command=f"test ! -f {archive}/%f && cp %p {archive}/%f",
        archive_timeout="60", wal_level="replica",
    )  # fmt: skip
    server.make()
    server.start()
    figures: dict[str, Any] = {}
    try:
        service = _Service(folder, server.url())
        before = [service.write(f"before {n}") for n in range(_EACH)]
        began = time.monotonic()
        base = folder / "base"
        base.mkdir()
        give(base)
        run([tools() / "pg_basebackup", "-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres", "-D", base, "-Ft",
             "-z", "-X", "none", "--checkpoint=fast"], folder / "server" / "base.log")  # fmt: skip
        figures["base_backup_seconds"] = round(time.monotonic() - began, 1)
        figures["base_backup_mb"] = round(sum(one.stat().st_size for one in base.iterdir()) / 1e6, 1)
        after = [service.write(f"after {n}") for n in range(_EACH)]
        time.sleep(1)  # recovery goes to a moment, and two transactions may share one
        moment = datetime.now(UTC)
        time.sleep(1)
        engine = connect(server.url())
        with engine.begin() as connection:  # somebody's mistake
            connection.execute(update(message).values(text="overwritten"))
        lost = [service.write(f"later {n}") for n in range(_EACH)]
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(select(func.pg_switch_wal()))
            last = connection.execute(select(func.pg_walfile_name(func.pg_current_wal_lsn()))).scalar_one()
        engine.dispose()
        service.close()
        _wait_for_archive(archive, last)
        server.stop()
        shutil.rmtree(server.data)

        began = time.monotonic()
        server.data.mkdir(mode=0o700)
        with tarfile.open(base / "base.tar.gz") as packed:
            packed.extractall(server.data, filter="fully_trusted")  # noqa: S202 - made by pg_basebackup
        (server.data / "recovery.signal").touch()
        server.configure(
            restore_command=f"cp {archive}/%f %p", recovery_target_time=moment.isoformat(),
            recovery_target_action="promote",
        )  # fmt: skip
        os.chmod(server.data, 0o700)  # noqa: PTH101
        give(server.data)
        server.start()
        _wait_until_promoted(server.url())
        figures["restore_seconds"] = round(time.monotonic() - began, 1)

        there = _references(server.url())
        engine = connect(server.url())
        with engine.connect() as connection:
            whole = message.c.text.contains("left earbud")
            messages = connection.execute(select(func.count()).select_from(message).where(whole)).scalar_one()
        engine.dispose()
        service = _Service(folder, server.url())
        answered = service.client.get(before[0][1])
        figures["tickets_acknowledged_by_then"] = 2 * _EACH
        figures["tickets_back"] = len(there & {reference for reference, _ in (*before, *after)})
        figures["tickets_of_afterwards_back"] = len(there & {reference for reference, _ in lost})
        figures["messages_back"] = int(messages)
        figures["old_link_works"] = answered.status_code == 200 and "left earbud" in answered.get_data(as_text=True)
        figures["new_ticket_taken"] = bool(service.write("again"))
        service.close()
    finally:
        server.remove()
    return figures


def _wait_for_archive(archive: Path, newest: str) -> None:
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE:
        names = sorted(one.name for one in archive.iterdir() if len(one.name) == 24)
        if names and names[-1] >= newest[:-1]:
            time.sleep(0.5)
            return
        time.sleep(0.2)
    raise CannotMeasure("the log of changes was not archived")


def _wait_until_promoted(url: str) -> None:
    engine = connect(url)
    began = time.monotonic()
    try:
        while time.monotonic() - began < _PATIENCE:
            try:
                with engine.connect() as connection:
                    if not connection.execute(select(func.pg_is_in_recovery())).scalar_one():
                        return
            except Exception:  # noqa: S110 - it is not up yet
                pass
            time.sleep(0.1)
    finally:
        engine.dispose()
    raise CannotMeasure("the server did not come out of recovery")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="signpost-rehearsal-"))
    if owner():
        folder.chmod(0o755)
    try:
        figures = rehearse(folder)
    except (CannotMeasure, subprocess.SubprocessError) as reason:
        print(reason, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    good = (
        figures["tickets_back"] == figures["tickets_acknowledged_by_then"] == figures["messages_back"]
        and figures["tickets_of_afterwards_back"] == 0
        and figures["old_link_works"]
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
