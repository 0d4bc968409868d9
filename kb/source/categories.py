"""Reads the categories of a folder: from `_category_.yml` (or Docusaurus's JSON), Hugo's `_index.md`, or the name."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from kb.findings import Finding, error, warning
from kb.models import Category
from kb.slugs import slugify
from kb.source import frontmatter
from kb.source.paths import GENERAL, Place, general_title, humanise, place_of

_FILES = ("_category_.yml", "_category_.yaml", "_category_.json")
_NAMES = {
    "title": ("title", "label", "name"),
    "description": ("description",),
    "position": ("position", "weight", "sidebar_position"),
    "icon": ("icon",),
}
_PASSED_OVER = {"link", "collapsible", "collapsed", "className", "customProps", "key"}
_LAST = 1000

# lang, category's slug, category as an article's header calls it, where that article's file is
Used = tuple[str, str, str, Place]


def read_categories(folder: Path, used: Iterable[Used]) -> tuple[tuple[Category, ...], list[Finding]]:
    """A Category for each language and slug in use, by language, position and title; and findings about the files."""
    described, findings = _read_descriptions(folder)
    made: dict[tuple[str, str], Category] = {}
    for lang, slug, written, place in used:
        if (lang, slug) in made:
            continue
        made[lang, slug] = described.get((lang, slug)) or Category(lang, slug, _title(lang, slug, written, place))
    return tuple(sorted(made.values(), key=lambda c: (c.lang, c.position, c.title))), findings


def _title(lang: str, slug: str, written: str, place: Place) -> str:
    if written and slugify(written) == slug:
        return humanise(written) if written == slug else written
    return general_title(lang) if slug == GENERAL and not place.folder else humanise(place.folder or slug)


def _read_descriptions(folder: Path) -> tuple[dict[tuple[str, str], Category], list[Finding]]:
    found: dict[tuple[str, str], Category] = {}
    findings: list[Finding] = []
    files = [path for name in ("_index.md", *_FILES) for path in sorted(folder.rglob(name))]  # the last one counts
    for file in files:
        path = file.relative_to(folder).as_posix()
        place = place_of(path)
        if not place.folder:
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            findings.append(error(path, 1, "unreadable", "The file cannot be read as UTF-8 text."))
            continue
        lang, slug = place.lang or "en", slugify(place.folder)
        if file.name == "_index.md":
            fields = frontmatter.read(text, path).fields
            if fields.title:
                position = _LAST if fields.position is None else fields.position
                found[lang, slug] = Category(lang, slug, fields.title, fields.summary, position)
            continue
        category, wrong = _from_yaml(text, path, lang, slug, humanise(place.folder))
        findings += wrong
        if category:
            found[lang, slug] = category
    return found, findings


def _from_yaml(text: str, path: str, lang: str, slug: str, name: str) -> tuple[Category | None, list[Finding]]:
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as problem:
        mark = getattr(problem, "problem_mark", None)
        message = f"Not valid YAML here: {getattr(problem, 'problem', None) or problem}."
        return None, [error(path, (mark.line if mark else 0) + 1, "category-yaml", message)]
    if data is None:
        return None, []
    if not isinstance(data, dict):
        return None, [
            error(path, 1, "category-yaml", "The file must hold `key: value` lines, such as `title: Returns`.")
        ]
    findings = []
    values: dict[str, Any] = {}
    for field, names in _NAMES.items():
        value = next((data[n] for n in names if data.get(n) is not None), None)
        wanted: type | tuple[type, ...] = (int, float) if field == "position" else str
        if value is not None and (isinstance(value, bool) or not isinstance(value, wanted)):
            kind = "a number" if field == "position" else "text; put it in quotes"
            findings.append(error(path, 1, "category-type", f"{field} must be {kind}."))
        elif value is not None:
            values[field] = value
    link = data.get("link")
    if "description" not in values and isinstance(link, dict) and isinstance(link.get("description"), str):
        values["description"] = link["description"]
    known = {name for names in _NAMES.values() for name in names} | _PASSED_OVER
    findings += [
        warning(path, 1, "category-unknown", f"{key} is not a field of a category and was passed over.")
        for key in data
        if key not in known
    ]
    category = Category(
        lang,
        slug,
        values.get("title", name),
        values.get("description", ""),
        int(values.get("position", _LAST)),
        values.get("icon", ""),
    )
    return category, findings
