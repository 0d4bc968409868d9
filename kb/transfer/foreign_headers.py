"""Reads the header of another tool's article (YAML, TOML or JSON), and says it in the fields of ours."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import yaml

from core.texts.languages import UnknownLanguage, canonical
from kb.source.yaml_nesting import refuse_deep

_MAX_HEADER = 64 * 1024
_TITLE = ("title", "name")
_SUMMARY = ("summary", "description", "excerpt", "intro", "abstract")
_TAGS = ("tags", "tag", "keywords", "labels")
_ORDER = ("sidebar_position", "weight", "nav_order", "order", "position", "navigation_weight")
_UPDATED = (
    "updated",
    "lastmod",
    "last_update",
    "last_updated",
    "lastUpdated",
    "last_modified_at",
    "modified",
    "update",
)
_BEGINS = ("publish_date", "publishDate", "pubDate", "date", "created")
_EXPIRES = ("expiry_date", "expiryDate")
_OLD = ("aliases", "alias", "redirect_from", "redirects", "redirectFrom", "old_paths")
_ADDRESS = ("permalink", "url", "slug")
# Jekyll's names for patterns of addresses.
_PATTERNS = frozenset({"date", "pretty", "ordinal", "weekdate", "none"})
_AUTHOR = ("author", "authors")
# Fields that withhold a page where they are true, and those that do where they are false.
_NOT_PUBLIC = ("draft", "unlisted", "hidden", "private", "unpublished", "headless")
_PUBLIC = ("published", "publish", "public")
_WITHHELD = frozenset({"draft", "private", "unpublished", "pending", "hidden", "internal", "unlisted"})
_OWN = ("questions", "synonyms", "review_by", "owner", "audience", "search", "handoff", "status", "translation_of",
        "category")  # fmt: skip
# Keys that say how another tool shows the page; they are passed over without a word.
_LOOKS = frozenset(
    [
        "id",
        "layout",
        "template",
        "icon",
        "image",
        "images",
        "cover",
        "cssclass",
        "cssclasses",
        "hide",
        "hide_title",
        "hide_table_of_contents",
        "toc",
        "theme",
        "sidebar_label",
        "sidebarTitle",
        "linkTitle",
        "sidebar",
        "sidebar_class_name",
        "sidebar_custom_props",
        "sidebar_key",
        "displayed_sidebar",
        "pagination_label",
        "pagination_next",
        "pagination_prev",
        "pagination",
        "custom_edit_url",
        "mode",
        "openapi",
        "api",
        "og:title",
        "og:image",
        "og:description",
        "twitter:title",
        "twitter:image",
        "type",
        "menu",
        "outputs",
        "params",
        "cascade",
        "resources",
        "parent",
        "has_children",
        "nav_exclude",
        "eleventyNavigation",
        "eleventyExcludeFromCollections",
        "eleventyComputed",
        "cSpell",
        "shortTitle",
        "short_title",
        "versions",
        "topics",
        "children",
        "featuredLinks",
        "miniTocMaxHeadingLevel",
        "allowTitleToDifferFromFilename",
        "contentType",
        "changelog",
        "lang",
        "language",
        "locale",
        "translationKey",
        "translation_key",
        "key",
        "lastmod",
        "search_exclude",
        "noindex",
        "robots",
        "robotsTag",
        "sitemap",
        "toc_max_heading_level",
        "toc_min_heading_level",
        "markup",
        "series",
        "isCJKLanguage",
        "categories",
        "publish",
        "published",
        "public",
        "visibility",
        "build",
        "_build",
        "ogImage",
        "meta",
        "hero",
        "title_meta",
        "parse_number_prefixes",
        "collection",
        "path",
        "redirect_to",
        "body_class",
        "className",
    ]
)


@dataclass(frozen=True)
class ForeignHeader:
    """`fields` are in the names of our front matter. `raw` is all that was written; `dropped` keys nobody asked for.

    `problem` says why a header could not be read ('' if it could), and `problem_line` where.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1
    title: str = ""
    lang: str = ""
    key: str = ""
    order: float | None = None
    address: str = ""
    old: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    problem: str = ""
    problem_line: int = 1


def read_header(
    text: str, *, own_fields: bool = False, defaults: Mapping[str, Any] | None = None
) -> ForeignHeader:  # fmt: skip
    """Never raises. `own_fields` keeps the fields that only our front matter has, for folders of nobody's tool.

    `defaults` are fields that the tool gives to pages that do not set them, by folder for instance.
    """
    read = _read_header(text, own_fields)
    if not defaults:
        return read
    if read.problem:
        withheld = {"status": "draft"} if is_withheld(defaults) else {}
        return replace(read, fields={**read.fields, **withheld})
    both = _translated({**defaults, **read.raw}, read.body, read.body_line, own_fields)
    return replace(both, dropped=read.dropped)


def _read_header(text: str, own_fields: bool) -> ForeignHeader:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    found = re.match(r"\s*\n?(---|\+\+\+)[ \t]*\n", text)
    if found is None:
        return ForeignHeader(body=text)
    fence, start = found[1], found.end()
    end = re.compile(rf"^(?:{re.escape(fence)}|\.\.\.)[ \t]*$", re.M).search(text, start)
    if end is None or end.start() - start > _MAX_HEADER:
        return ForeignHeader(body=text)
    header, body = text[start : end.start()], text[end.end() :].removeprefix("\n")
    body_line = text[: end.end()].count("\n") + 2
    try:
        raw = tomllib.loads(header) if fence == "+++" else _yaml(header)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError) as wrong:
        line = getattr(getattr(wrong, "problem_mark", None), "line", 0) + 2
        reason = str(getattr(wrong, "problem", None) or wrong).split("\n")[0]
        return ForeignHeader(body=body, body_line=body_line, problem=reason, problem_line=line, **_salvaged(header))
    if not isinstance(raw, dict):
        return ForeignHeader(body=text)  # two rules with text between them, and no header
    return _translated({str(k): v for k, v in raw.items()}, body, body_line, own_fields)


def translate(raw: Mapping[str, Any], body: str = "", body_line: int = 1, *, own_fields: bool = False) -> ForeignHeader:
    return _translated(dict(raw), body, body_line, own_fields)


def _yaml(text: str) -> Any:
    refuse_deep(text)
    try:
        return yaml.load(text, _Lenient)  # noqa: S506 - a SafeLoader
    except ValueError as wrong:  # a date that is none
        raise yaml.YAMLError(str(wrong)) from None


class _Lenient(yaml.SafeLoader):
    """A SafeLoader that reads values with other tools' tags as text or nothing."""


def _unknown_tag(loader: Any, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    return loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else loader.construct_mapping(node)


_Lenient.add_multi_constructor("!", _unknown_tag)
_Lenient.add_multi_constructor("tag:yaml.org,2002:python/", _unknown_tag)


def load_yaml(text: str) -> Any:
    """A tool's YAML file. Raises yaml.YAMLError; tags of the tool are read as plain values."""
    return _yaml(text)


def _salvaged(header: str) -> dict[str, Any]:
    """The title of a header that is not valid YAML, as `title: Colons: a story` is not, and whether it is withheld."""
    lines = re.findall(r"(?m)^[ \t]*([\w-]+)[ \t]*[:=][ \t]*(.+)$", header)
    plain = {key.lower(): value.strip().strip("\"'") for key, value in reversed(lines)}
    title = {"title": plain["title"]} if plain.get("title") else {}
    withheld = is_withheld({**plain, "build": {key: plain.get(key) for key in ("render", "list")}})
    return {**title, "fields": {"status": "draft"}} if withheld else title


def is_withheld(raw: Mapping[str, Any]) -> bool:
    """Whether the tool does not show the page to everybody: a draft, not listed, or never made into a page."""
    lower = {key.lower(): value for key, value in raw.items()}
    if any(_true(lower.get(name)) for name in _NOT_PUBLIC) or any(_false(lower.get(name)) for name in _PUBLIC):
        return True
    if lower.get("permalink") is False:  # Eleventy writes no page
        return True
    if any(str(lower.get(name, "")).lower() in _WITHHELD for name in ("status", "state", "visibility")):
        return True
    for build in (lower.get("build"), lower.get("_build")):  # Hugo
        values = [build.get(name) for name in ("render", "list")] if isinstance(build, dict) else []
        for value in values:
            if _false(value) or str(value).lower() in {"never", "link"}:
                return True
    return False


def _translated(raw: dict[str, Any], body: str, body_line: int, own_fields: bool) -> ForeignHeader:
    fields: dict[str, Any] = {}
    summary = _text(_first(raw, _SUMMARY))
    if summary:
        fields["summary"] = summary
    tags = [tag for name in _TAGS for tag in texts(raw.get(name))]
    if tags:
        fields["tags"] = list(dict.fromkeys(tags))
    if is_withheld(raw):
        fields["status"] = "draft"
    for name, keys in (("publish_date", _BEGINS), ("expiry_date", _EXPIRES), ("updated", _UPDATED)):
        if day := next((found for key in keys if (found := day_of(raw.get(key)))), None):
            fields[name] = day
    authors = [name for key in _AUTHOR for name in _people(raw.get(key))]
    if authors:
        fields["author"] = authors[0] if len(authors) == 1 else authors
    search = raw.get("search")
    if (
        _true(raw.get("search_exclude"))
        or search is False
        or (isinstance(search, dict) and _true(search.get("exclude")))
    ):
        fields["search"] = {"exclude": True}
    if own_fields:
        fields |= {name: raw[name] for name in _OWN if name in raw and name not in fields and _of_ours(name, raw[name])}
    addresses = [text for name in _ADDRESS if (text := _address(name, raw.get(name)))]
    known = {*_TITLE, *_SUMMARY, *_TAGS, *_ORDER, *_UPDATED, *_BEGINS, *_EXPIRES, *_OLD, *_ADDRESS, *_AUTHOR,
             *_NOT_PUBLIC, "search"} | _LOOKS | (set(_OWN) if own_fields else set())  # fmt: skip
    order = _first(raw, _ORDER)
    return ForeignHeader(
        fields=fields, raw=raw, body=body, body_line=body_line, title=_text(_first(raw, _TITLE)),
        lang=_lang(_first(raw, ("lang", "language", "locale"))),
        key=_text(_first(raw, ("translationKey", "translation_key", "translation_of", "key"))),
        order=float(order) if isinstance(order, int | float) and not isinstance(order, bool) else None,
        address=addresses[0] if addresses else "",
        old=tuple(dict.fromkeys(text for name in _OLD for text in texts(raw.get(name)) if text.strip("/"))),
        dropped=tuple(key for key in raw if key not in known),
    )  # fmt: skip


def _address(name: str, value: Any) -> str:
    """What a page is told to be reachable at; '' for a word that names a pattern, or the end of an address."""
    text = _text(value)
    if not text or "{" in text or (name == "slug" and "/" not in text):
        return ""
    return "" if text.lower() in _PATTERNS else text


def _of_ours(name: str, value: Any) -> bool:
    """Whether the value is of the kind this field of ours has; other tools have keys of the same names."""
    if name == "status":
        return value in {"draft", "published"}
    if name in {"questions", "synonyms"}:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, dict) if name == "search" else isinstance(value, str | date)


def _first(raw: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((raw[name] for name in names if raw.get(name) not in (None, "", [])), None)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    return "" if value is None or isinstance(value, bool | list | dict) else str(value)


def texts(value: Any) -> list[str]:
    """The texts of a list, or of a line of words with commas; labels as {name: …} too."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    if isinstance(value, list):
        named = [item.get("name", "") if isinstance(item, dict) else item for item in value]
        return [text for item in named if (text := _text(item))]
    return []


def _people(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text] if (text := _text(value.get("name"))) else [_text(key) for key in value if _text(key)]
    return texts(value)


def _true(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() in {"true", "yes", "on", "1"})


def _false(value: Any) -> bool:
    return value is False or (isinstance(value, str) and value.lower() in {"false", "no", "off", "0"})


def day_of(value: Any) -> date | None:
    """The day of a date, a time in ISO 8601, seconds since 1970, `{date: …}` or `{created: …}`; None for others."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, dict):
        return day_of(value.get("date") or value.get("created"))
    if isinstance(value, int | float) and not isinstance(value, bool) and 10**8 < value < 10**11:
        return datetime.utcfromtimestamp(value).date()  # noqa: DTZ004 - only its day
    if isinstance(value, str) and (found := re.match(r"(\d{4})[-/](\d{2})[-/](\d{2})", value.strip())):
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return None
    return None


def _lang(value: Any) -> str:
    try:
        return canonical(value) if isinstance(value, str) else ""
    except UnknownLanguage:
        return ""


def parse_json(text: str) -> Any:
    """JSON, or JSON with comments and trailing commas as some tools' settings have them. Raises ValueError."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
