"""CSV export of tickets. Against CSV injection, a cell that would be a formula begins with an apostrophe."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine

from core.database.timestamps import iso
from support.agents.queue import Filters, rows

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PAGE = 500
COLUMNS = (
    "reference", "created_at", "updated_at", "stage", "priority", "team", "assignee", "language", "channel",
    "due_at", "name", "email", "phone", "subject", "messages",
)  # fmt: skip


def cell(value: object) -> str:
    """The cell, safe from formula injection."""
    text = str(value)
    return f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def export_lines(engine: Engine, filters: Filters, now: datetime) -> Iterator[str]:
    """The lines of the file, the header first. It begins with a BOM, by which Excel recognises UTF-8."""
    yield "\ufeff" + _line(COLUMNS)
    page, more = 1, True
    while more:
        found, more = rows(engine, replace(filters, page=page), now, per_page=_PAGE)
        for row in found:
            values: tuple[object, ...] = (
                row.reference, iso(row.created_at), iso(row.updated_at), row.stage.value, row.priority.value,
                row.team, row.assignee, row.lang, row.channel.value, iso(row.due_at) if row.due_at else "",
                row.name, row.email, row.phone, row.subject, row.messages,
            )  # fmt: skip
            yield _line(values)
        page += 1


def _line(values: tuple[object, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([cell(value) for value in values])
    return out.getvalue()
