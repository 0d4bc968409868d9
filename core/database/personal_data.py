"""What each package holds about customers: which tables, and how it is erased, shown and purged.

A package says it in its `personal_data.py`; `app/container.py` collects the answers, and
`support/privacy/service.py` walks them without knowing a table. A test holds that no table is left out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, func, select, update

from core.database.connection import writing

# What follows once the rows are gone for good: taking files off the disk. A crash before it leaves files that no row
# names; the sweeps take them.
Cleanup = Callable[[], None]


@dataclass(frozen=True)
class Export:
    """`data` goes into `data.json`; `files` are a name in the archive and where the file lies.

    A value of `data` that is an iterator is written as a list while it is read, and `files` are asked for after that,
    so that neither need be in memory at once.
    """

    data: Mapping[str, Any]
    files: Iterable[tuple[str, Path]] = ()


@dataclass(frozen=True)
class RetentionRule:
    """Something that is removed after the days of one setting, which is also how it is counted and reported.

    `count` says how much is from before a moment. `remove` removes it in transactions of its own, given that moment and
    now, and says how much it was. What the rule of the setting `after` has removed before is not there any more.
    """

    setting: Literal["attachments", "events", "queries"]
    count: Callable[[Connection, datetime], int]
    remove: Callable[[Engine, datetime, datetime], int]
    after: Literal["", "events"] = ""


def old_rows(
    setting: Literal["attachments", "events", "queries"],
    table: Table,
    is_old: Callable[[datetime], ColumnElement[bool]],
    emptied: Mapping[str, str] | None = None,
) -> RetentionRule:
    """The plain rule: delete the rows of a table that are old at a moment, or put `emptied` into their columns."""

    def count(connection: Connection, before: datetime) -> int:
        return connection.execute(select(func.count()).select_from(table).where(is_old(before))).scalar_one()

    def remove(engine: Engine, before: datetime, _now: datetime) -> int:
        change = update(table).values(emptied) if emptied else delete(table)
        with writing(engine) as connection:
            return connection.execute(change.where(is_old(before))).rowcount

    return RetentionRule(setting, count, remove)


def _nothing(_connection: Connection, _what: object) -> None:
    return None


def _none(_connection: Connection, _address: str) -> int:
    return 0


def _no_address_export(_connection: Connection, _address: str) -> Export:
    return Export({})


def _no_export(_connection: Connection, _ids: Sequence[int], _with_notes: bool) -> Export:
    return Export({})


@dataclass(frozen=True)
class PersonalData:
    """One package's part.

    `tables` are those that may hold something of a customer; `harmless` are the others, each with the reason.
    `erase_tickets` removes what it has of these tickets, `erase_address` what stands under an address besides tickets;
    both in the caller's transaction. `count_address` is how much that would be, where it is asked about. `export` shows
    what it has of tickets, notes of staff only when asked for, and `export_address` what it has under an address
    besides. An address comes as persons are told apart by.
    """

    tables: tuple[Table, ...] = ()
    harmless: Mapping[Table, str] = field(default_factory=dict)
    erase_tickets: Callable[[Connection, Sequence[int]], Cleanup | None] = _nothing
    erase_address: Callable[[Connection, str], Cleanup | None] = _nothing
    count_address: Callable[[Connection, str], int] = _none
    export: Callable[[Connection, Sequence[int], bool], Export] = _no_export
    export_address: Callable[[Connection, str], Export] = _no_address_export
    rules: tuple[RetentionRule, ...] = ()
