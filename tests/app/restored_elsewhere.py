"""What another user does with a backup: run by test_backups.py as that user, in a process of its own."""

import json
import os
import sys
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from app import create_app
from app.backups import restoring
from app.backups.keys import read_identity
from app.settings.schema import Settings
from tests import articles

INBOX = "help@tonfell.example"


def main(folder: Path, reference: str, token: str) -> dict[str, object]:
    values = {
        "data_dir": folder / "data", "kb_dir": folder / "articles", "embedder": "hashing", "watch": False,
        "rate_limits": "off", "inbound_email": INBOX, "mail_from": INBOX, "base_url": "https://help.example",
        **articles.UNHURRIED,
    }  # fmt: skip
    settings = Settings.load(values, environ={})
    identity = read_identity(folder / "identity")
    try:
        restoring.restore(folder / "backup.zip", Settings.load({**values, "kb_dir": "/proc/articles"}, environ={}),
                          identity=identity)  # fmt: skip
    except restoring.BackupFailed as refused:
        told = str(refused)
    assert not settings.data_dir.exists()
    restoring.restore(folder / "backup.zip", settings, identity=identity)
    app = create_app(settings)
    services = app.extensions["signpost"]
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@example.org", INBOX, f"Re: No sound [{reference}]"
    mail["Message-ID"] = "<late@example.org>"
    mail.set_content("It still happens.")
    arrived = services.ingester().ingest(mail.as_bytes(), datetime.now(UTC)).outcome.value
    page = app.test_client().get(f"/t/{token}").text
    services.close()
    paths = [settings.data_dir, *settings.data_dir.rglob("*")]
    private = [settings.data_dir, *settings.data_dir.glob("signpost.db*"), *settings.secrets_dir.iterdir()]
    return {
        "user": os.geteuid(), "refused": told, "arrived": arrived,
        "page": reference in page and "still happens" in page,
        "open": [str(path) for path in private if path.stat().st_mode & 0o077],
        "foreign": [str(path) for path in paths if path.stat().st_uid != os.geteuid()],
        "articles": sorted(path.name for path in settings.kb_dir.rglob("*.md")),
    }  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), *sys.argv[2:4])) + "\n")
