"""The tables of docs/ that are made from code. `python -m tests.docs.tables` writes them; the tests compare them."""

import logging
import sys
from collections.abc import Callable
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from app.settings.schema import SETTINGS, Setting
from app.web.errors import CODES
from core.events import EVENTS
from support.spam.scoring import TABLE

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
    return f"`{value}`" if str(value) else "empty"


def events_table() -> str:
    rows = [
        f"| `{name}` | {logging.getLevelName(event.level).lower()} |"
        f" {', '.join(f'`{field}`' for field in event.fields)} | {event.meaning} |"
        for name, event in EVENTS.items()
    ]
    return "\n".join(["| Event | Level | Fields | What it means |", "| --- | --- | --- | --- |", *rows])


def codes_table() -> str:
    rows = [f"| `{code}` | {meaning} |" for code, meaning in CODES.items()]
    return "\n".join(["| Code | What it means |", "| --- | --- |", *rows])


def points_table() -> str:
    rows = [f"| `{name}` | {points} | {meaning} |" for name, points, meaning in TABLE]
    return "\n".join(["| Reason | Points | What it means |", "| --- | --- | --- |", *rows])


TABLES: dict[str, Callable[[], str]] = {
    "operate/settings.md": settings_table,
    "operate/events.md": events_table,
    "api.md": codes_table,
    "operate/abuse.md": points_table,
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
