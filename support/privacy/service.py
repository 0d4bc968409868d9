"""Data retention, and export and erasure of one person's data.

Which tables and files that are, each package says itself (core/database/personal_data.py). A ticket is removed whole,
in one transaction with everything any package has of it; files go after that.
"""

import json
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine

from core.database.connection import empty_write_ahead_log, writing
from core.database.personal_data import Cleanup, PersonalData
from core.email_addresses import email_key
from support.tickets import repository

_AT_A_TIME = 200


@dataclass(frozen=True)
class PurgeReport:
    """Numbers of what was deleted, or would be."""

    tickets: int = 0
    attachments: int = 0
    events: int = 0
    queries: int = 0


@dataclass(frozen=True)
class Retention:
    """Retention periods in days; 0 keeps for ever."""

    tickets: int
    attachments: int
    events: int
    held: int = 0  # what was never released; 0: as long as other tickets
    queries: int = 0


class PrivacyService:
    """Purging, exporting, erasing. `parts` are in the order in which they erase: what refers to a ticket before it."""

    def __init__(self, engine: Engine, parts: Sequence[PersonalData], retention: Retention):
        self._engine = engine
        self._parts = parts
        self._retention = retention

    def purge(self, now: datetime, *, dry_run: bool = False, only: Collection[str] = ()) -> PurgeReport:
        """Delete what is past its retention period. Tickets and files count from when they were closed, held ones
        from when somebody last did something with them; open ones stay. With `only`, the rules of these settings."""
        old: tuple[int, ...] = ()
        if not only:
            with self._engine.connect() as connection:
                old = self._expired(connection, now)
        removed = {"attachments": 0, "events": 0, "queries": 0}
        kept: dict[str, int] = {one: getattr(self._retention, one) for one in removed if not only or one in only}
        ends = {setting: now - timedelta(days=days) for setting, days in kept.items() if days}
        for rule in (rule for part in self._parts for rule in part.rules):
            before = ends.get(rule.setting)
            if before is None:
                continue
            if dry_run:
                with self._engine.connect() as connection:
                    removed[rule.setting] += rule.count(connection, before)
                    if rule.after in ends:  # by then it has gone with what the other rule removes
                        removed[rule.setting] -= rule.count(connection, min(before, ends[rule.after]))
            else:
                removed[rule.setting] += rule.remove(self._engine, before, now)
        if not dry_run:
            for start in range(0, len(old), _AT_A_TIME):
                self._erase(old[start : start + _AT_A_TIME])
        return PurgeReport(tickets=len(old), **removed)

    def find(self, who: str) -> tuple[int, ...]:
        """The ids of all tickets under an address, a phone number or one reference."""
        with self._engine.connect() as connection:
            if "@" in who:
                return repository.ids_under_address(connection, email_key(who))
            found = repository.ticket_id_of(connection, reference=who.strip().upper())
            if found is not None:
                return (found,)
            return repository.ids_under_phone(connection, who)

    def export(self, ids: Iterable[int], to: BinaryIO, *, with_notes: bool = False, address: str = "") -> None:
        """Write a ZIP with `data.json` and the files of these tickets, none of which is in memory as a whole. Notes of
        staff only when asked for; with an address, also what stands under it besides tickets."""
        wanted = tuple(ids)
        with self._engine.connect() as connection, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
            exports = [part.export(connection, wanted, with_notes) for part in self._parts]
            if address:
                exports += [part.export_address(connection, email_key(address)) for part in self._parts]
            with archive.open("data.json", "w", force_zip64=True) as file:
                for piece in _json({name: value for one in exports for name, value in one.data.items()}):
                    file.write(piece.encode())
            for name, path in (file for one in exports for file in one.files):
                archive.write(path, name)

    def erase(self, ids: Sequence[int], address: str = "") -> int:
        """Remove these tickets with everything about them; how many there were. There is no way back.

        With an address, what it left besides tickets goes too: mails from it that became no ticket, subscriptions to
        incidents, words of others' reports it stands in.
        """
        with self._engine.connect() as connection:
            present = repository.existing_ids(connection, ids)
        self._erase(present, email_key(address))
        empty_write_ahead_log(self._engine)
        return len(present)

    def left_by(self, address: str) -> int:
        """Number of mails and subscriptions of an address besides tickets."""
        key = email_key(address)
        with self._engine.connect() as connection:
            return sum(part.count_address(connection, key) for part in self._parts)

    def _erase(self, ids: Sequence[int], address: str = "") -> None:
        cleanups: list[Cleanup | None] = []
        with writing(self._engine) as connection:
            for part in self._parts:
                if ids:
                    cleanups.append(part.erase_tickets(connection, ids))
                if address:
                    cleanups.append(part.erase_address(connection, address))
        for cleanup in cleanups:
            if cleanup is not None:
                cleanup()

    def _expired(self, connection: Connection, now: datetime) -> tuple[int, ...]:
        days, held = self._retention.tickets, self._retention.held or self._retention.tickets
        return repository.expired_ids(
            connection,
            finished_before=now - timedelta(days=days) if days else None,
            held_before=now - timedelta(days=held) if held else None,
        )


def _json(data: Mapping[str, Any]) -> Iterator[str]:
    """The object as JSON, piece by piece; a value that is an iterator becomes a list."""
    yield "{"
    for number, (name, value) in enumerate(data.items()):
        yield f"{',' if number else ''}\n  {json.dumps(name)}: "
        if isinstance(value, Iterator):
            yield "["
            for place, one in enumerate(value):
                yield f"{',' if place else ''}\n{json.dumps(one, ensure_ascii=False, indent=2)}"
            yield "\n  ]"
        else:
            yield json.dumps(value, ensure_ascii=False, indent=2)
    yield "\n}\n"
