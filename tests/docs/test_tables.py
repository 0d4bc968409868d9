"""What docs/ says about settings, log events and error codes is what the code does."""

import ast
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.settings.schema import SETTINGS, Settings
from app.web.errors import CODES
from core.events import EVENTS
from insight.events import KINDS, BadEvent, make
from support.intake.models import CHANNEL_KINDS
from tests.docs import tables

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", list(tables.TABLES))
def test_a_table_in_the_docs_is_the_table_in_the_code(name: str) -> None:
    text = (tables.DOCS / name).read_text(encoding="utf-8")

    assert tables.between_marks(text) == tables.TABLES[name](), "run: python -m tests.docs.tables"


# A value of each type that is just right, and one that is refused.
VALUES: dict[str, tuple[Any, Any]] = {
    "text": ("a" * 300, "a" * 301), "tag": ("zh-Hant", "no tag"), "slug": ("a" * 200, "a" * 201),
    "verdict": ("suggest", "maybe"), "share": (1, 1.01), "results": ([["en", "a"]] * 50, [["en"]]),
    "count": (1_000_000, 1.5), "amount": (0.5, -1), "flag": (True, 1),
}  # fmt: skip


def test_the_types_of_insight_events_are_what_the_docs_say() -> None:
    used = {kind for event in KINDS.values() for kind in event.data.values()}
    assert set(tables.VALUE_TYPES) == set(VALUES) == used
    for name, event in KINDS.items():
        whole = {key: VALUES[kind][0] for key, kind in event.data.items()}
        make(name, datetime.now(UTC), whole)
        for key, kind in event.data.items():
            if key != "query":  # cut, since what was typed may be long
                with pytest.raises(BadEvent, match=rf"data\.{key}"):
                    make(name, datetime.now(UTC), {**whole, key: VALUES[kind][1]})
            with nullcontext() if key not in event.required else pytest.raises(BadEvent, match="missing"):
                make(name, datetime.now(UTC), {other: value for other, value in whole.items() if other != key})


def test_the_example_in_the_settings_page_is_accepted(tmp_path: Path) -> None:
    page = (tables.DOCS / "operate/settings.md").read_text(encoding="utf-8")
    file = tmp_path / "signpost.toml"
    file.write_text(page.split("```toml\n", 1)[1].split("```", 1)[0], encoding="utf-8")

    settings = Settings.load(environ={"SIGNPOST_CONFIG": str(file)})

    assert [channel.kind for channel in settings.channels] == ["form", "phone", "whatsapp"]
    assert [str(span) for span in settings.opening_hours.fri] == ["09:00-12:00", "13:30-17:00"]


def test_the_settings_page_names_every_kind_of_channel() -> None:
    page = (tables.DOCS / "operate/settings.md").read_text(encoding="utf-8")

    assert [kind for kind in CHANNEL_KINDS if f"`{kind}`" not in page] == []


def test_every_setting_has_help_and_a_default_its_own_reader_accepts() -> None:
    for row in SETTINGS:
        assert row.help.endswith((".", ";")), row.name
        row.read(row.default)


def _calls(name: str) -> list[tuple[Path, ast.Call]]:
    found = []
    packages = ("app", "core", "index", "insight", "kb", "support")
    for path in sorted(path for package in packages for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if called == name:
                    found.append((path, node))
    return found


def test_every_event_written_is_in_the_catalogue_with_its_fields() -> None:
    for path, call in _calls("emit"):
        name = call.args[0]
        assert isinstance(name, ast.Constant), f"{path}:{call.lineno}: the name of an event is written out"
        assert name.value in EVENTS, f"{path}:{call.lineno}: {name.value} is not in the catalogue"
        unknown = {keyword.arg for keyword in call.keywords} - set(EVENTS[name.value].fields)
        assert not unknown, f"{path}:{call.lineno}: {name.value} has no {unknown}"


def test_every_event_in_the_catalogue_is_written_somewhere() -> None:
    written = {call.args[0].value for _, call in _calls("emit") if isinstance(call.args[0], ast.Constant)}

    assert set(EVENTS) - written == set()


def test_every_error_code_used_is_listed_and_every_code_listed_is_used() -> None:
    used = set()
    for path, call in _calls("Problem"):
        code = call.args[1] if len(call.args) > 1 else None
        if isinstance(code, ast.Constant):
            used.add(code.value)
            assert code.value in CODES, f"{path}:{call.lineno}: {code.value} is not listed in app/web/errors.py"

    assert set(CODES) - used == set()
