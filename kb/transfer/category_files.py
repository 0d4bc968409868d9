"""Reads the files that describe the folder they lie in: `_category_.yml` and Docusaurus's `_category_.json`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from kb.source.categories import CATEGORY_FILES
from kb.source.paths import language_of
from kb.transfer.foreign_headers import load_yaml
from kb.transfer.models import Group
from kb.transfer.trees import Content, slugs_of, without_prefixes

_TITLES = ("label", "title", "name")
_PLACES = ("position", "weight", "sidebar_position")
_MOST = 64 * 1024


def category_files(root: Path, contents: Sequence[Content]) -> list[Group]:
    groups = []
    for content in contents:
        base = root / content.folder
        for file in sorted(path for name in CATEGORY_FILES for path in base.rglob(name)):
            data = described(file.parent)
            if not data:
                continue
            lang, inner = content.lang, file.parent.relative_to(base).as_posix()
            first, _, rest = inner.partition("/")
            if not lang and language_of(first):
                lang, inner = language_of(first), rest
            plain, order = without_prefixes(inner, keep=False)
            slugs = slugs_of(plain.split("/"))
            if slugs:
                place = place_of(data)
                groups.append(Group(slugs, label_of(data), lang, _description(data), order if place is None else place,
                                    str(data.get("icon") or "")))  # fmt: skip
    return groups


def described(folder: Path, names: Sequence[str] = CATEGORY_FILES) -> Mapping[str, Any]:
    """What the file of a folder says of it; nothing if there is none, or none that can be read."""
    for name in names:
        file = folder / name
        try:
            if file.is_file() and file.stat().st_size <= _MOST:
                data = load_yaml(file.read_text(encoding="utf-8-sig"))
                if isinstance(data, dict):
                    return data
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            continue
    return {}


def label_of(data: Mapping[str, Any]) -> str:
    return next((" ".join(str(data[name]).split()) for name in _TITLES if isinstance(data.get(name), str | int)), "")


def place_of(data: Mapping[str, Any]) -> float | None:
    value = next((data[name] for name in _PLACES if name in data), None)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _description(data: Mapping[str, Any]) -> str:
    link = data.get("link")
    return str(data.get("description") or (link.get("description") if isinstance(link, dict) else "") or "")
