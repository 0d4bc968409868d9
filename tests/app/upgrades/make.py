"""Writes a small data folder as the code is now: `python -m tests.app.upgrades.make`. Once for each release, and kept.

`facts.json` says what a later release has to find.
"""

import json
import sqlite3
import sys
import tempfile
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from app import create_app
from app.settings.schema import Settings
from app.version import VERSION
from core.database import snapshots
from core.database.migrations import revision_of
from support.agents.models import Role
from support.tickets.models import Upload
from tests import articles
from tests.support.conftest import new_ticket

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
PASSWORD = "seven lanterns over the quay"
_MADE_AGAIN = ("index", "widget", "model")


def values(folder: Path) -> dict[str, object]:
    """The settings of the folder, for the code that made it and for the code that opens it."""
    return {
        "data_dir": folder / "data", "kb_dir": folder / "articles", "embedder": "hashing", "watch": False,
        "rate_limits": "off", "inbound_email": "help@tonfell.example", "mail_from": "help@tonfell.example",
        "base_url": "https://help.example", "environment": "development", **articles.UNHURRIED,
    }  # fmt: skip


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings.load(values(folder), environ={})
        articles.write_demo(settings.kb_dir)
        s = create_app(settings).extensions["signpost"]
        articles.publish(s)
        saved = s.tickets.files.save(Upload("note.txt", b"what I saw"))
        ticket = s.tickets.create(new_ticket(attachments=(saved,)), None, NOW)
        s.desk.accounts.create("ada@example.org", "Ada", PASSWORD, (Role.ADMIN,), "command line", NOW)
        with s.engine.connect() as connection:
            revision = revision_of(connection)
        facts = {
            "version": VERSION, "schema": revision, "reference": ticket.reference, "token": ticket.token,
            "login": "ada@example.org", "password": PASSWORD, "sha256": saved.sha256,
            "articles": s.articles.visible_count(NOW.date()), "revision": s.revisions.latest().number,
        }  # fmt: skip
        s.close()
        target = HERE / f"{VERSION}-{revision}.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("facts.json", json.dumps(facts, indent=1))
            snapshots.copy_sqlite(folder / "data" / "signpost.db", folder / "copy.db")
            with closing(sqlite3.connect(folder / "copy.db")) as connection:
                connection.execute("VACUUM")
            archive.write(folder / "copy.db", "data/signpost.db")
            (folder / "copy.db").unlink()
            for path in sorted(folder.rglob("*")):
                inside = path.relative_to(folder)
                if path.is_file() and inside.parts[1] not in _MADE_AGAIN and ".db" not in path.name:
                    archive.write(path, inside.as_posix())
    print(target, target.stat().st_size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
