"""Reads the categories of a folder: from `_category_.yml` (or Docusaurus's JSON), Hugo's `_index.md`, the navigation
of other tools, the page of the folder, or the name.

A category's slug is its path, `setup/network` for a folder in a folder. The innermost file that describes a category
is the one in its own folder: one in a subfolder describes the subfolder.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from core.texts.said import said
from kb.findings import Finding, error, warning
from kb.markup.emoji import with_signs
from kb.models import Category
from kb.slugs import slugify
from kb.source import frontmatter
from kb.source.inside import outside
from kb.source.navigation import Navigation
from kb.source.paths import GENERAL, Place, general_title, humanise, place_of, without_number
from kb.source.yaml_nesting import refuse_deep
from kb.source.yaml_nodes import repeated

CATEGORY_FILES = ("_category_.yml", "_category_.yaml", "_category_.json")
_NAMES = {
    "title": ("title", "label", "name"),
    "description": ("description",),
    "position": ("position", "weight", "sidebar_position"),
    "icon": ("icon",),
}
_PASSED_OVER = {"link", "collapsible", "collapsed", "className", "customProps", "key"}
_LAST = 1000
# Titles of a folder's page that say nothing about the folder.
_SAY_NOTHING_WORDS = """
    about basics begin contents general getting-started home index intro introduction main overview readme start summary
    table-of-contents toc welcome giris genel-bakis
"""
_SAY_NOTHING = frozenset(_SAY_NOTHING_WORDS.split())
_LONGEST_TITLE = 60


@dataclass(frozen=True)
class CategoryUse:
    """That an article of `lang` stands in the category `slug`, as its header calls it (`written`), at `place`.

    `page` is the article's slug if it is the page of its folder, with its title and summary as the author wrote them.
    """

    lang: str
    slug: str
    written: str
    place: Place
    page: str = ""
    title: str = ""
    summary: str = ""


def read_categories(
    folder: Path,
    used: Iterable[CategoryUse],
    described_in: Sequence[str] = (),
    navigation: Navigation | None = None,
    default_lang: str = "en",
) -> tuple[tuple[Category, ...], list[Finding]]:
    """A Category for each language and slug in use and for all that contain it, by language, position and title; and
    findings about the files. `described_in` are the paths of files that describe categories."""
    described, findings = _read_descriptions(folder, described_in)
    navigation = navigation or Navigation()
    first: dict[tuple[str, str], CategoryUse] = {}
    pages: dict[tuple[str, str], CategoryUse] = {}
    for use in used:
        if use.page and use.slug == use.place.category:
            pages.setdefault((use.lang, use.slug), use)
        slug, folders = use.slug, use.place.folders
        in_place = slug == use.place.category
        while slug:
            if (use.lang, slug) in first:
                break
            at = Place(use.place.lang, folders, "") if in_place else use.place
            first[use.lang, slug] = replace(use, slug=slug, place=at)
            slug, folders = slug.rpartition("/")[0], folders[:-1]
    positions = _positions_by_articles(navigation)
    made: dict[tuple[str, str], Category] = {}
    for (lang, slug), use in first.items():
        own = described.get((lang, slug)) or described.get(("", slug))
        page = pages.get((lang, slug))
        title = navigation.titles.get((lang, slug)) or (
            navigation.titles.get(("", slug)) if lang == default_lang else None
        )
        title = title or (page and says_something(page.title)) or _title(lang, slug, use)
        number = without_number(use.place.folders[-1])[1] if use.place.category == slug else None
        position = positions.get(slug, _LAST if number is None else number)
        made[lang, slug] = Category(
            lang,
            slug,
            (own and own.title) or title,
            (own and own.description) or (page.summary if page else ""),
            own.position if own and own.position is not None else position,
            own.icon if own else "",
            page.page if page else "",
        )
    return tuple(sorted(made.values(), key=lambda c: (c.lang, c.position, c.title))), findings


def _positions_by_articles(navigation: Navigation) -> Mapping[str, int]:
    """Where the first article of each category stands, or the category itself where the navigation names it."""
    positions: dict[str, int] = {}
    for key, number in navigation.positions.items():
        above = key.rpartition("/")[0]
        while above:
            positions[above] = min(number, positions.get(above, number))
            above = above.rpartition("/")[0]
    return positions | dict(navigation.positions)


def says_something(title: str) -> str:
    """The title of a folder's page, if it can be that of the folder: `Overview` cannot."""
    return title if len(title) <= _LONGEST_TITLE and slugify(title) not in _SAY_NOTHING else ""


def _title(lang: str, slug: str, use: CategoryUse) -> str:
    written = use.written
    if written and slugify(written) == slug:
        return humanise(written) if written == slug else written
    if slug == GENERAL and not use.place.folders:
        return general_title(lang)
    return humanise(use.place.folder if use.place.category == slug else slug.rpartition("/")[2])


@dataclass(frozen=True)
class _Description:
    """What the files of a folder say of its category; empty or None where they say nothing."""

    title: str = ""
    description: str = ""
    position: int | None = None
    icon: str = ""


def _read_descriptions(folder: Path, paths: Sequence[str]) -> tuple[dict[tuple[str, str], _Description], list[Finding]]:
    """Descriptions by language ('' where no folder names one) and slug."""
    found: dict[tuple[str, str], _Description] = {}
    findings: list[Finding] = []
    order = {name: number for number, name in enumerate(("_index.md", *CATEGORY_FILES))}  # the last one counts
    for path in sorted(paths, key=lambda path: (order.get(path.rsplit("/", 1)[-1], 0), path)):
        place = place_of(path)
        if not place.category:
            continue
        refused = outside(folder, path)
        findings += refused
        if refused:
            continue
        file = folder / path
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            if file.suffix != ".md":  # an article's errors are found where articles are read
                findings.append(error(path, 1, "unreadable", said("The file cannot be read as UTF-8 text.")))
            continue
        if file.suffix == ".md":
            fields = frontmatter.read(text, path).fields
            if fields.title:
                found[place.lang, place.category] = _Description(fields.title, fields.summary, fields.position)
            continue
        described, wrong = _from_yaml(text, path)
        findings += wrong
        if described:
            found[place.lang, place.category] = described
    return found, findings


def _from_yaml(text: str, path: str) -> tuple[_Description | None, list[Finding]]:
    try:
        refuse_deep(text)
        twice = [
            error(path, line, "category-repeated", message)
            for line, message in repeated(yaml.compose(text, yaml.SafeLoader))
        ]
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as problem:
        mark = getattr(problem, "problem_mark", None)
        message = said("Not valid YAML here: %(reason)s.", reason=getattr(problem, "problem", None) or problem)
        return None, [error(path, (mark.line if mark else 0) + 1, "category-yaml", message)]
    if data is None:
        return None, []
    if not isinstance(data, dict):
        return None, [
            error(path, 1, "category-yaml", said("The file must hold `key: value` lines, such as `title: Returns`."))
        ]
    findings = twice
    values: dict[str, Any] = {}
    for field, names in _NAMES.items():
        value = next((data[n] for n in names if data.get(n) is not None), None)
        wanted: type | tuple[type, ...] = (int, float) if field == "position" else str
        if value is not None and (isinstance(value, bool) or not isinstance(value, wanted)):
            message = said("%(field)s must be text; put it in quotes.", field=field)
            if field == "position":
                message = said("%(field)s must be a number.", field=field)
            findings.append(error(path, 1, "category-type", message))
        elif value is not None:
            values[field] = value
    link = data.get("link")
    if "description" not in values and isinstance(link, dict) and isinstance(link.get("description"), str):
        values["description"] = link["description"]
    known = {name for names in _NAMES.values() for name in names} | _PASSED_OVER
    findings += [
        warning(
            path, 1, "category-unknown", said("%(field)s is not a field of a category and was passed over.", field=key)
        )
        for key in data
        if key not in known
    ]
    position = values.get("position")
    described = _Description(
        with_signs(values.get("title", ""))[0],
        with_signs(values.get("description", ""))[0],
        None if position is None else int(position),
        values.get("icon", ""),
    )
    return described, findings
