"""Jekyll: _config.yml, collections such as _docs/, _posts/, _data/navigation.yml, Liquid in the text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from kb.slugs import slugify
from kb.source.nav_entries import of_data
from kb.transfer.canonical import flat_variables
from kb.transfer.foreign_headers import ForeignHeader, day_of, load_yaml, read_header, texts
from kb.transfer.models import Kind, Material, Reading
from kb.transfer.navs import NavPage, pages_of
from kb.transfer.template_pages import HTML_SUFFIXES
from kb.transfer.trees import INDEX_NAMES, PAGE_SUFFIXES, Content, Tree, read_tree

_PAGE_MOST = 2 * 1024 * 1024


def _settings(root: Path) -> dict[str, Any]:
    try:
        data = load_yaml((root / "_config.yml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return data if isinstance(data, dict) else {}


def navigation(root: Path, folder: str) -> list[NavPage]:
    """The order in the data files of a site, from the first that names pages."""
    for name in ("navigation", "nav", "sidebar", "toc", "docs", "docs_nav", "sidebars", "menu"):
        for file in sorted((root / folder).glob(f"**/{name}.y*ml")):
            try:
                data = load_yaml(file.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError, yaml.YAMLError):
                continue
            # A table at the top holds several navigations, whose names are no titles.
            is_tables = isinstance(data, dict) and all(isinstance(below, list | dict) for below in data.values())
            if found := list(pages_of(of_data(list(data.values()) if is_tables else data))):
                return found
    return []


@dataclass(frozen=True)
class _Site:
    """What the settings say. `collections` are the folders of the collections, with the name of each."""

    settings: Mapping[str, Any]
    collections: Mapping[str, str]

    def collection_of(self, path: str) -> tuple[str, str]:
        """(name, path inside of it) of a page; ("", path) for a page of no collection."""
        for folder, name in self.collections.items():
            if path.startswith(f"{folder}/"):
                return name, path[len(folder) + 1 :]
        for part, name in (("_posts/", "posts"), ("_drafts/", "drafts")):  # also in folders, which are categories
            if f"/{part}" in f"/{path}":
                return name, f"/{path}".partition(f"/{part}")[2]
        return "", path

    def defaults(self, path: str) -> dict[str, Any]:
        """The values of `defaults:` for a page; what lies in _drafts is a draft."""
        name, _ = self.collection_of(path)
        kind = {"": "pages", "drafts": "posts"}.get(name, name)
        made: dict[str, Any] = {}
        rows = self.settings.get("defaults")
        for row in rows if isinstance(rows, list) else ():
            scope, values = (row.get("scope"), row.get("values")) if isinstance(row, dict) else (None, None)
            if not isinstance(scope, dict) or not isinstance(values, dict):
                continue
            below = str(scope.get("path") or "").strip("/")
            inside = not below or path == below or path.startswith(f"{below}/") or fnmatch(path, below)
            if inside and scope.get("type", kind) == kind:
                made |= values
        return made | {"draft": True} if name == "drafts" else made

    def address(self, path: str, public: str, header: ForeignHeader) -> str:
        name, inner = self.collection_of(path)
        own = header.raw.get("permalink")
        style = str(self.settings.get("permalink") or "date")
        if isinstance(own, str) and own:
            pattern = _STYLES.get(own, own)
        elif name in {"posts", "drafts"}:
            pattern = _STYLES.get(style, style)
        elif name:
            named = self.settings.get("collections")
            settings = named.get(name) if isinstance(named, dict) else None
            written = settings.get("permalink") if isinstance(settings, dict) else None
            pattern = str(written or "/:collection/:path" + _ending(style))
        else:
            is_index = PurePosixPath(path).stem.lower() in INDEX_NAMES
            pattern = "/:pages" + ("/" if is_index else _ending(style))
        if not pattern.startswith("/"):
            pattern = f"/{pattern}"
        return _filled(pattern, self._values(path, public, header, name, inner))

    def _values(self, path: str, public: str, header: ForeignHeader, name: str, inner: str) -> dict[str, str]:
        plain = PurePosixPath(inner).with_suffix("").as_posix()
        dated = re.match(r"(\d{4}-\d{2}-\d{2})-(.+)", plain.rsplit("/", 1)[-1])
        base = dated[2] if dated else plain.rsplit("/", 1)[-1]
        day = day_of(header.raw.get("date")) or (day_of(dated[1]) if dated else None)
        values = {
            "pages": public, "path": plain, "collection": name, "output_ext": ".html", "name": slugify(base),
            "basename": base, "title": str(header.raw.get("slug") or base),
            "slug": slugify(str(header.raw.get("slug") or base)),
            "categories": "/".join(slugify(label) for label in self.labels(path, header)),
        }  # fmt: skip
        if day:
            values |= {"year": f"{day:%Y}", "month": f"{day:%m}", "day": f"{day:%d}", "i_month": str(day.month),
                       "i_day": str(day.day), "short_year": f"{day:%y}", "y_day": f"{day:%j}"}  # fmt: skip
        return values

    def labels(self, path: str, header: ForeignHeader) -> tuple[str, ...]:
        """The categories of a post: of its header, and the folders above _posts."""
        if self.collection_of(path)[0] not in {"posts", "drafts"}:
            return ()
        above = f"/{path}".partition("/_")[0].strip("/")
        found = [part for part in above.split("/") if part and not path.startswith("_")]
        for key in ("category", "categories"):
            value = header.raw.get(key)
            found += value.split() if isinstance(value, str) and key == "categories" else texts(value)
        return tuple(dict.fromkeys(found))


# Names of patterns that Jekyll has.
_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/:month/:day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}


def _ending(style: str) -> str:
    """How the addresses of pages end, which follow the pattern of posts in this."""
    pattern = _STYLES.get(style, style)
    return "/" if pattern.endswith("/") else ".html" if pattern.endswith(":output_ext") else ""


def _filled(pattern: str, values: Mapping[str, str]) -> str:
    made = re.sub(r":([a-z_]+?)(?=$|[^a-z_]|(?<=[a-z]):)", lambda found: values.get(found[1], ""), pattern)
    made = re.sub(r"/{2,}", "/", made)
    return re.sub(r"(?:^|/)(?:index)?\.html$", "/", made) or "/"


def _family_tree(root: Path, contents: list[Content], site: _Site) -> list[NavPage]:
    """The order where pages name their parents (`parent`, `grand_parent`, `nav_order`); [] if none does."""
    rows: list[tuple[float, str, str, str, str, bool]] = []
    for content in contents:
        for file in sorted((root / content.folder).rglob("*")) if content.folder else sorted(root.rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix.lower() not in PAGE_SUFFIXES | HTML_SUFFIXES or path.count("/_") > 1 or not file.is_file():
                continue
            if not content.folder and path.startswith(("_", "vendor/", "node_modules/")):
                continue
            if file.is_symlink() or file.stat().st_size > _PAGE_MOST:
                continue
            header = read_header(file.read_text(encoding="utf-8", errors="replace"), defaults=site.defaults(path))
            if header.title:
                inner = path[len(content.folder) :].lstrip("/")
                order = header.order if header.order is not None else 1e6
                rows.append((order, header.title, PurePosixPath(inner).with_suffix("").as_posix(),
                             str(header.raw.get("parent") or ""), str(header.raw.get("grand_parent") or ""),
                             header.raw.get("nav_exclude") is True))  # fmt: skip
    if not any(row[3] for row in rows):
        return []
    parents = {row[3] for row in rows}
    made: list[NavPage] = []

    def add(parent: str, above: str, labels: tuple[str, ...]) -> None:
        for _, title, page, own, grand, excluded in sorted(rows):
            if own != parent or (grand and above and grand != above) or excluded or len(labels) > 6:
                continue
            inner = (*labels, title) if title in parents and title not in labels else labels
            made.append(NavPage(page, inner, title))
            if inner != labels:
                add(title, parent, inner)

    add("", "", ())
    return list({entry.page: entry for entry in reversed(made)}.values())[::-1]


def _read(reading: Reading) -> Material:
    root, settings = reading.root, _settings(reading.root)
    collections = settings.get("collections")
    names = list(collections) if isinstance(collections, dict | list) else []
    below = str(settings.get("collections_dir") or "").strip("/")
    folders = {f"{below}/_{name}".strip("/"): name for name in [*names, "posts", "drafts"] if isinstance(name, str)}
    folders = {folder: name for folder, name in folders.items() if (root / folder).is_dir()}
    contents = [*(Content(folder) for folder in folders), Content("")]
    site = _Site(settings, folders)
    url, base = str(settings.get("url") or ""), str(settings.get("baseurl") or "").strip("/")
    tree = Tree("jekyll", contents, has_raw_tags=True, static=("",),
                nav=navigation(root, "_data") or _family_tree(root, contents, site),
                address_at=site.address, labels_at=site.labels, defaults=site.defaults,
                base=url if "://" in url else "", prefix=f"/{base}" if base else "",
                variables=flat_variables(settings, "site."))  # fmt: skip
    return read_tree(root, tree, reading.default_lang)


KIND = Kind("jekyll", "Jekyll", lambda root: (root / "_config.yml").is_file(), _read)
