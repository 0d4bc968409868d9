"""The header of an article as a form, with everything the form does not know left as its author wrote it.

A file is its header, exactly as it stands, and its body. What is changed in the form is changed in those lines of the
header only, and the result is read again: if anything else came out otherwise, nothing is changed. YAML has more ways
to write a list than are worth knowing here.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kb.errors import KbError
from kb.models import Status
from kb.source.frontmatter import Fields, read
from kb.source.paths import is_slug, language_of, topic_path

# What the form has, and how each is written in one line of text.
TEXTS = ("title", "category", "summary", "owner")
LISTS = ("tags", "questions")
# What most articles leave out: empty, a field is not in the header.
MORE_TEXTS = ("slug", "lang", "translation_of", "audience", "handoff")
MORE_LISTS = ("synonyms", "aliases")
DAYS = ("publish_date", "expiry_date", "updated", "review_by")
MORE = (*MORE_TEXTS, *MORE_LISTS, *DAYS, "position")
NAMES = (*TEXTS, *LISTS, "status", *MORE)
# Names under which other tools have the same, to be changed where they stand.
_ALSO = {
    "summary": ("description",), "category": ("categories",), "tags": ("keywords",), "slug": ("url", "id"),
    "updated": ("lastmod", "last_update", "last_updated", "lastUpdated"), "publish_date": ("publishDate", "date"),
    "expiry_date": ("expiryDate",), "lang": ("language", "locale"), "position": ("weight", "sidebar_position"),
    "translation_of": ("translation_key", "translationKey", "key"),
}  # fmt: skip
_POSITION = re.compile(r"-?[0-9]{1,6}")


class HeaderKept(KbError):
    """A field is written in a way that is not changed here; `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is written in a way that the form cannot change; change it in the header's text.")
        self.name = name


class FieldsWrong(HeaderKept):
    """What was typed into fields of the form is nothing they can hold; `fields` says why, by name: date, slug,
    topic, language, number, order or title."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(next(iter(fields)))
        self.fields = dict(fields)


@dataclass(frozen=True)
class Parts:
    """`head` with its line ends and what encloses it, '' without one; `head + body` is the file."""

    head: str
    body: str

    @property
    def head_lines(self) -> int:
        """Lines before the body, by which findings of the file are counted in the body."""
        return self.head.count("\n")


def split(text: str) -> Parts:
    """The header and the body of a file with line feeds."""
    found = read(text, "")
    lines = text.split("\n")
    head = "".join(f"{line}\n" for line in lines[: found.body_line - 1])
    if found.body_line > 1 and text.startswith(head) and text[len(head) :] == found.body:
        return Parts(head, found.body)
    return Parts("", text)


def joined(head: str, body: str) -> str:
    """A file of a header, as somebody may have changed it, and a body."""
    head = head.rstrip("\n")
    return f"{head}\n{body}" if head.strip() else body


def form_of(text: str) -> dict[str, str]:
    """The values of the form's fields: lists have an item a line, `status` is draft or published."""
    return _values(read(text, "").fields)


def with_form(text: str, was: Mapping[str, str], typed: Mapping[str, str]) -> str:
    """The text with what was changed in the form. `was` is what the form showed. Raises HeaderKept, or FieldsWrong."""
    wanted = {name: _plain(name, typed.get(name, was.get(name, ""))) for name in NAMES}
    changed = {name: value for name, value in wanted.items() if value != _plain(name, was.get(name, ""))}
    if wrong := _wrong(changed, wanted):
        raise FieldsWrong(wrong)
    for name, value in changed.items():
        text = _with(text, name, value)
    return text


def _wrong(changed: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, value in changed.items():
        if name == "title" and not value:
            found[name] = "title"
        if not value:
            continue
        if name in DAYS and _day(value) is None:
            found[name] = "date"
        elif name == "slug" and not is_slug(value):
            found[name] = "slug"
        elif name == "category" and not topic_path(value):
            found[name] = "topic"
        elif name == "lang" and not language_of(value):
            found[name] = "language"
        elif name == "position" and not _POSITION.fullmatch(value):
            found[name] = "number"
    begin, end = _day(wanted["publish_date"]), _day(wanted["expiry_date"])
    if begin and end and end <= begin and not found and {"publish_date", "expiry_date"} & set(changed):
        found["expiry_date"] = "order"
    return found


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def with_values(text: str, values: Mapping[str, object]) -> str:
    """The text with fields of its header set: texts, tuples of texts, days, or a Status. Raises HeaderKept for one that
    is written in a way that is not changed here."""
    for name, value in values.items():
        if isinstance(value, tuple):
            written = "[" + ", ".join(_quoted(str(item)) for item in value) + "]"
        elif isinstance(value, Status | date):
            written = str(value)
        else:
            written = _quoted(str(value))
        text = with_value(text, name, written, value)
    return text


def without(text: str, name: str) -> str:
    """The text without a field of its header, where it has that on a line of its own."""
    parts = split(text)
    lines = parts.head.split("\n")
    kept = [line for line in lines if not re.match(rf"{re.escape(name)}[ \t]*:", line)]
    return "\n".join(kept) + parts.body


def with_field(text: str, name: str, wanted: str) -> str:
    """The text with one field of the form, or `review_by`, as a day. Raises HeaderKept."""
    return _with(text, name, _plain(name, wanted))


def _values(found: Fields) -> dict[str, str]:
    values = {name: str(getattr(found, name)) for name in (*TEXTS, *MORE_TEXTS)}
    lists = {name: "\n".join(getattr(found, name)) for name in (*LISTS, *MORE_LISTS)}
    days = {name: day.isoformat() if (day := getattr(found, name)) else "" for name in DAYS}
    position = "" if found.position is None else str(found.position)
    return {**values, **lists, **days, "status": found.status.value, "position": position}


def _plain(name: str, value: str) -> str:
    lines = [" ".join(line.split()) for line in value.splitlines()]
    if name not in {*LISTS, *MORE_LISTS}:
        return " ".join(line for line in lines if line)
    if name == "tags":
        lines = [" ".join(tag.split()) for tag in value.replace("，", ",").replace("、", ",").replace("،", ",")
                 .replace("\n", ",").split(",")]  # fmt: skip
    return "\n".join(dict.fromkeys(line for line in lines if line))


def _with(text: str, name: str, wanted: str) -> str:
    if name in MORE and not wanted:
        empty: object = "" if name in MORE_TEXTS else () if name in MORE_LISTS else None
        return with_value(text, name, None, empty)
    written, value = _written(name, wanted)
    if value is None:
        raise HeaderKept(name)
    return with_value(text, name, written, value)


def with_value(text: str, name: str, written: str | None, value: object) -> str:
    """The text with `written`, as YAML, for a field, which is read as `value` then; None takes the field's line out.
    Raises HeaderKept."""
    before = read(text, "")
    if getattr(before.fields, name) == value:
        return text
    parts = split(text)
    lines = parts.head.split("\n")[:-1]
    if not lines:
        if before.findings:
            raise HeaderKept(name)
        lines = ["---", "---"]
    if lines[0].rstrip() != "---" or len(lines) < 2:
        raise HeaderKept(name)
    key = next((one for one in (name, *_ALSO.get(name, ())) if one in before.lines), name)
    changed = "\n".join(_replaced(lines, key, written)) + "\n" + parts.body
    after = read(changed, "")
    change: dict[str, Any] = {name: value}
    if after.body != before.body or after.fields != replace(before.fields, **change):
        raise HeaderKept(name)
    return changed


def with_line(text: str, key: str, written: str | None) -> str:
    """The text with this value, as YAML, for a key of the header, or without the key for None; whatever that means.
    Raises HeaderKept."""
    parts = split(text)
    lines = parts.head.split("\n")[:-1]
    if len(lines) < 2 or lines[0].rstrip() != "---":
        raise HeaderKept(key)
    return "\n".join(_replaced(lines, key, written)) + "\n" + parts.body


def _written(name: str, wanted: str) -> tuple[str, object]:
    """The value as YAML, and as it must be read again."""
    if name in {*LISTS, *MORE_LISTS}:
        items = tuple(wanted.split("\n")) if wanted else ()
        return "[" + ", ".join(_quoted(item) for item in items) + "]", items
    if name in DAYS:
        return wanted, _day(wanted)
    if name == "position":
        return wanted, int(wanted) if _POSITION.fullmatch(wanted) else None
    if name == "lang":
        return wanted, language_of(wanted) or None
    if name == "status":
        return wanted, Status(wanted) if wanted in set(Status) else None
    return _quoted(wanted), wanted


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _replaced(lines: list[str], key: str, written: str | None) -> list[str]:
    """The header's lines with this value for a key of the first level, or with the key at the end; without the key for
    None."""
    line = [] if written is None else [f"{key}: {written}"]
    at = next((n for n in range(1, len(lines) - 1) if re.match(rf"{re.escape(key)}[ \t]*:", lines[n])), None)
    if at is None:
        return [*lines[:-1], *line, lines[-1]]
    end = at + 1
    while end < len(lines) - 1 and (lines[end].startswith((" ", "\t", "-")) or not lines[end].strip()):
        end += 1
    while end > at + 1 and not lines[end - 1].strip():
        end -= 1
    return [*lines[:at], *line, *lines[end:]]
