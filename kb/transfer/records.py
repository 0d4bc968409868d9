"""What the kinds that come as JSON share: reading the files, finding a record's files, and making drafts of HTML."""

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from core import ended_process
from core.texts.languages import UnknownLanguage, canonical
from kb.markup.links import SERVED_SUFFIXES
from kb.slugs import slugify
from kb.transfer.foreign_headers import parse_json
from kb.transfer.fragments import fragments_below
from kb.transfer.html_markdown import to_markdown
from kb.transfer.models import Draft, Material, TransferError, digest_of
from kb.transfer.trees import without_title

_FILE_MOST = 512 * 1024 * 1024
_DROPPED = {
    "script": "a script", "style": "a style sheet", "object": "an embedded object", "embed": "an embedded object",
    "applet": "an applet", "form": "a form (its text was kept)", "iframe": "a frame (kept as a link)",
    "hidden": "what browsers hide",
    "too-long": "the end of a text of more than 4 MB",
    "nested-too-deeply": "the markup of a text that is nested too deeply",
}  # fmt: skip


@dataclass(frozen=True)
class JsonFile:
    path: str
    data: Any


def sound_json_files(root: Path) -> list[JsonFile]:
    """Like `json_files`, without those that are broken: what a folder is may be asked of any folder."""
    return json_files(root, sound_only=True)


def json_files(root: Path, *, sound_only: bool = False) -> list[JsonFile]:
    """Every JSON file (and JSON Lines) below the folder, in order. Raises TransferError for one that is broken."""
    found: list[JsonFile] = []
    for file in sorted(path for path in root.rglob("*") if path.suffix.lower() in {".json", ".jsonl", ".ndjson"}):
        path = file.relative_to(root).as_posix()
        if not file.is_file() or file.is_symlink() or "__MACOSX" in path or "node_modules" in path:
            continue
        try:
            found.append(JsonFile(path, _data_of(file, path)))
        except TransferError:
            if not sound_only:
                raise
    return found


def _data_of(file: Path, path: str) -> Any:
    if file.stat().st_size > _FILE_MOST:
        raise TransferError(f"{path} is larger than 512 MB. Export it in several files.")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise TransferError(f"{path} is not UTF-8. Export it again, or save it as UTF-8.") from None
    if file.suffix.lower() == ".json":
        return _parsed(text, path, 1)
    return [_parsed(line, path, number) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _parsed(text: str, path: str, line: int) -> Any:
    try:
        return parse_json(text)
    except json.JSONDecodeError as wrong:
        at = line + wrong.lineno - 1
        raise TransferError(
            f"{path}:{at}: this is not JSON ({wrong.msg}, column {wrong.colno}). Export it again."
        ) from None
    except ValueError as wrong:
        raise TransferError(f"{path}: this is not JSON that can be read ({wrong}).") from None


def rows_of(files: Iterable[JsonFile], *names: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path, object) of each object in a list (or alone) below one of these keys."""
    for file in files:
        for page in file.data if isinstance(file.data, list) else [file.data]:
            if not isinstance(page, dict):
                continue
            for name in names:
                value = page.get(name)
                if isinstance(value, dict) and isinstance(value.get("items"), list):
                    value = value["items"]
                for row in value if isinstance(value, list) else [value]:
                    if isinstance(row, dict):
                        yield file.path, row


def once(rows: Iterable[tuple[str, dict[str, Any]]], key: str = "id") -> dict[str, tuple[str, dict[str, Any]]]:
    """The rows by their id; of several with one id (pages of an export overlap) the fullest counts."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for path, row in rows:
        name = str(row.get(key, ""))
        if name and (name not in found or len(json.dumps(row)) > len(json.dumps(found[name][1]))):
            found[name] = (path, row)
    return found


def language(tag: Any, default: str) -> str:
    try:
        return canonical(tag) if isinstance(tag, str) and tag else default
    except UnknownLanguage:
        return default


def served_files(root: Path, material: Material) -> None:
    """Note every file of a kind that is served, and count what was read; and which fragments links lead to."""
    material.fragments = fragments_below(root)
    for file in sorted(root.rglob("*")):
        if not file.is_file() or file.is_symlink():
            continue
        material.files_read += 1
        if file.suffix.lower() in SERVED_SUFFIXES and "__MACOSX" not in file.parts:
            material.files[file.relative_to(root).as_posix()] = file


def path_of(url: Any) -> str:
    """The path of an address, as people would write it; '' if there is none."""
    if not isinstance(url, str) or not url:
        return ""
    try:
        return unquote(urlsplit(url).path)
    except ValueError:
        return ""


def host_of(url: Any) -> str:
    try:
        return (urlsplit(url).hostname or "").lower() if isinstance(url, str) else ""
    except ValueError:
        return ""


def slug_of(title: str, url: Any = "", written: Any = "") -> str:
    """The slug a record has, else the words at the end of its address (without a number), else its title's."""
    last = re.sub(r"^\d+-", "", posixpath.splitext(path_of(url).rstrip("/").rsplit("/", 1)[-1])[0])
    return slugify(str(written or "")) or (slugify(last) if not last.isdigit() else "") or slugify(title) or "article"


def add_html_draft(
    material: Material, *, id: str, path: str, lang: str, slug: str, title: str, html: Any, key: str,
    folders: tuple[str, ...] = (), header: Mapping[str, Any] | None = None, address: str = "",
    old: tuple[str, ...] = (),
    order: float | None = None, upstream: Iterable[object] = (), base_url: str = "",
) -> None:  # fmt: skip
    """Add a draft of a record with an HTML body; what was dropped is noted, and a body that takes too long refused."""
    try:
        made = to_markdown(html if isinstance(html, str) else "", material.fragments)
    except ended_process.TookTooLong:
        message = f"{title} was not imported: its HTML takes too long to read. Mend or shorten it there."
        material.dropped(path, 1, "took-too-long", message)
        material.unread.add(id)
        return
    except Exception as failure:
        material.failed(path, failure, id)
        return
    for name, count in made.dropped.items():
        times = f" ({count} times)" if count > 1 else ""
        material.dropped(path, 1, f"dropped-{name}", f"{title}: {_DROPPED.get(name, name)} was left out{times}.")
    body, _ = without_title(made.markdown, title)
    if not made.markdown.strip():
        material.dropped(path, 1, "empty", f"{title} has no text.")
    fields = {name: value for name, value in (header or {}).items() if value not in (None, "", [], ())}
    material.drafts.append(Draft(
        id=id, path=path, lang=lang, slug=slug, title=" ".join(title.split()) or "Untitled", body=body, key=key,
        folders=tuple(f for f in folders if f), header=fields, address=address, old=old, order=order,
        upstream=digest_of([title, html, sorted(fields.items(), key=str), folders, *upstream]),
    ))  # fmt: skip
