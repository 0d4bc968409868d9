"""The tables of docs/ that are made from code. `python -m tests.docs.tables` writes them; the tests compare them."""

import logging
import sys
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, UniqueConstraint

from app.settings.schema import SETTINGS, Setting
from app.web.errors import CODES
from core.events import EVENTS
from index.models import Degraded
from insight.events import KINDS, VERDICTS, WHERE
from insight.feedback import Reason
from insight.tickets import SURFACES
from support.intake.models import CHANNEL_KINDS
from support.spam.scoring import TABLE
from support.tickets.customer_actions import RATINGS
from support.tickets.journey import Rejection
from support.tickets.models import CONTACT_WAYS

DOCS = Path(__file__).parents[2] / "docs"
BEGIN, END = "<!-- table: made by python -m tests.docs.tables -->", "<!-- end of table -->"


def settings_table() -> str:
    rows = [f"| `{row.name}` | {row.kind} | {_default(row)} | {row.help} |" for row in SETTINGS]
    return "\n".join(["| Setting | Type | Default | What it does |", "| --- | --- | --- | --- |", *rows])


def _default(row: Setting) -> str:
    value: Any = row.default
    if isinstance(value, bool):
        return str(value).lower()
    if is_dataclass(value) or (isinstance(value, tuple) and value and is_dataclass(value[0])):
        return "the demo's" if value else "none"
    if isinstance(value, tuple):
        value = ",".join(value)
    return f"`{value}`" if value is not None and str(value) else "empty"


def events_table() -> str:
    rows = [
        f"| `{name}` | {logging.getLevelName(event.level).lower()} |"
        f" {', '.join(f'`{field}`' for field in event.fields)} | {event.description} |"
        for name, event in EVENTS.items()
    ]
    return "\n".join(["| Event | Level | Fields | What it means |", "| --- | --- | --- | --- |", *rows])


# What the types of values in events are; a test holds them to insight/events.py.
VALUE_TYPES = {
    "text": "at most 300 characters on one line; a `query` is scrubbed, and kept for `keep_queries_days`",
    "tag": "a language tag of BCP 47, such as `tr` or `zh-Hant`",
    "slug": "the last part of an article's address, at most 200 characters",
    "verdict": "what search made of it, one of the words below",
    "share": "a number from 0 to 1",
    "results": "a list of at most 50 pairs `[tag, slug]`, best first",
    "count": "a whole number from 0 to 1,000,000",
    "amount": "a number from 0 to 1,000,000",
    "flag": "`true` or `false`",
}


def insight_events_table() -> str:
    """The events, then the kinds of values in their data, then the values of those that are chosen from some."""
    rows = ["| Event | Written by | In `data` | What it means |", "| --- | --- | --- | --- |"]
    for name, kind in KINDS.items():
        data = ", ".join(
            f"`{key}` {value}{' (required)' if key in kind.required else ''}" for key, value in kind.data.items()
        )
        rows.append(f"| `{name}` | {kind.by} | {data} | {kind.about} |")
    rows += ["", "| Type | A value in JSON |", "| --- | --- |"]
    rows += [f"| {name} | {about} |" for name, about in VALUE_TYPES.items()]
    rows += ["", "| Value | One of |", "| --- | --- |"]
    rows += [
        f"| {where} | {', '.join(f'`{one}`' for one in values)}{more} |"
        for where, (values, more) in insight_values().items()
    ]
    return "\n".join(rows)


def insight_values() -> dict[str, tuple[list[str], str]]:
    """Where an event holds one of some words, which these are, and what else there may be."""
    reasons = [one.value for one in Reason if one.value]
    return {
        "`where`": (list(WHERE), ", or empty"),
        "`verdict`": (list(VERDICTS), ""),
        "`degraded` of a search": ([one.value for one in Degraded], ", or `null` for one that is not"),
        "`reason` of a vote": (reasons, ", or empty"),
        "`reason` of a rejected suggestion": ([one.value for one in Rejection], ""),
        "`form`": ([], "the `name` of a form of the settings; `contact` where there is only one"),
        "`via` of a ticket": (list(SURFACES), "; in imported events any text, and without it `where` is taken"),
        "`channel` that was chosen": (list(CHANNEL_KINDS), ": a kind of the setting `channels`"),
        "`channel` of a contact that was written down": ([one.value for one in CONTACT_WAYS], ""),
        "`score` of a rating": ([str(one) for one in RATINGS], ""),
    }


def codes_table() -> str:
    rows = [f"| `{code}` | {meaning} |" for code, meaning in CODES.items()]
    return "\n".join(["| Code | What it means |", "| --- | --- |", *rows])


def points_table() -> str:
    rows = [f"| `{name}` | {points} | {meaning} |" for name, points, meaning in TABLE]
    return "\n".join(["| Reason | Points | What it means |", "| --- | --- | --- |", *rows])


def data_model() -> str:
    """An overview of all tables, then those of each package: a drawing with columns, and what each table holds."""
    parts = ["## All tables and their foreign keys", "", _drawing(every_table(), columns=False)]
    for package, tables in tables_by_package().items():
        rows = [f"| `{t.name}` | {t.info['about']} | {t.info['personal'] or 'none'} |" for t in tables]
        parts += ["", f"## `{package}/`", "", "| Table | What it holds | Personal data |", "| --- | --- | --- |", *rows]
        parts += ["", _drawing(tables, columns=True)]
    return "\n".join(parts)


@cache
def tables_by_package() -> dict[str, list[Table]]:
    """The tables of each package that has a `schema.py`, by the package's folder, in the order they are written."""
    found = {}
    for name in ("core", "index", "insight", "kb", "support"):
        for path in sorted((DOCS.parent / name).rglob("schema.py")):
            package = path.parent.relative_to(DOCS.parent)
            module = import_module(".".join([*package.parts, "schema"]))
            found[package.as_posix()] = [one for one in vars(module).values() if isinstance(one, Table)]
    return found


def every_table() -> list[Table]:
    return [table for tables in tables_by_package().values() for table in tables]


def _drawing(tables: list[Table], *, columns: bool) -> str:
    """An entity-relationship diagram in Mermaid. A table of another package that one refers to is a bare name."""
    lines = ["```mermaid", "erDiagram"]
    for table in tables:
        if columns:
            lines += [f"  {table.name} {{", *(f"    {_column(column)}" for column in table.columns), "  }"]
        elif not table.foreign_keys and not _is_referred_to(table):
            lines.append(f"  {table.name}")
    for table in tables:
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            one = "|o" if key.parent.nullable else "||"
            many = "o|" if _is_unique(key.parent) else "o{"
            lines.append(f"  {key.column.table.name} {one}--{many} {table.name} : {key.parent.name}")
    return "\n".join([*lines, "```"])


def _column(column: Column[Any]) -> str:
    kinds: tuple[tuple[type, str], ...] = ((BigInteger, "bigint"), (Integer, "integer"), (LargeBinary, "binary"))
    kind = next((name for type_, name in kinds if isinstance(column.type, type_)), "text")
    signs = [
        ("PK", column.primary_key),
        ("FK", bool(column.foreign_keys)),
        ("UK", _is_unique(column, besides_key=True)),
    ]
    keys = ", ".join(sign for sign, holds in signs if holds)
    null = '"or NULL"' if column.nullable else ""
    return " ".join(part for part in (kind, column.name, keys, null) if part)


def _is_unique(column: Column[Any], *, besides_key: bool = False) -> bool:
    """Whether no two rows have the same value; not counting that it is the primary key with `besides_key`."""
    table = column.table
    alone = [c for c in table.constraints if isinstance(c, UniqueConstraint) and list(c.columns) == [column]]
    indexed = [i for i in table.indexes if i.unique and list(i.columns) == [column]]
    is_key = not besides_key and list(table.primary_key.columns) == [column]
    return bool(column.unique or alone or indexed or is_key)


def _is_referred_to(table: Table) -> bool:
    return any(key.column.table is table for other in every_table() for key in other.foreign_keys)


TABLES: dict[str, Callable[[], str]] = {
    "operate/settings.md": settings_table,
    "operate/events.md": events_table,
    "api.md": codes_table,
    "operate/abuse.md": points_table,
    "data-model.md": data_model,
    "operate/insight.md": insight_events_table,
}


def between_marks(text: str) -> str:
    return text.split(BEGIN, 1)[1].split(END, 1)[0].strip()


def write() -> None:
    for name, table in TABLES.items():
        path = DOCS / name
        text = path.read_text(encoding="utf-8")
        before, after = text.split(BEGIN, 1)[0], text.split(END, 1)[1]
        path.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    write()
    sys.exit(0)
