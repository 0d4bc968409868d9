"""The backups there are: archives in the folder of backups, each with its moment in its name."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_NAME = re.compile(r"signpost-(\d{8}T\d{6}Z)(?:-\d+)?\.zip")


class BackupFailed(Exception):
    """No backup was made, or none restored; the message says why, and nothing was changed."""


@dataclass(frozen=True)
class Backup:
    """One archive in the folder of backups, by the moment in its name."""

    path: Path
    at: datetime
    bytes: int

    def age_seconds(self, now: datetime) -> float:
        return max(0.0, (now - self.at).total_seconds())


def backups_in(folder: Path) -> list[Backup]:
    """The backups in a folder, oldest first; none where there is no folder."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            name = _NAME.fullmatch(path.name)
            with suppress(OSError, ValueError):
                if name and path.is_file():
                    at = datetime.strptime(name[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
                    found.append(Backup(path, at, path.stat().st_size))
    return sorted(found, key=lambda one: (one.at, one.path.name))
