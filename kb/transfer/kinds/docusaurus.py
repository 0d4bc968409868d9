"""Docusaurus: docs/, sidebars, `_category_` files, static/, and translations in i18n/<language>/."""

import re
from dataclasses import replace
from pathlib import Path

import yaml

from kb.source.nav_entries import of_data
from kb.source.paths import language_of
from kb.source.script_data import data_of_script
from kb.transfer.foreign_headers import ForeignHeader, load_yaml, parse_json
from kb.transfer.models import Draft, Group, Kind, Material, Reading, TransferError
from kb.transfer.navs import NavPage, pages_of
from kb.transfer.trees import Content, Tree, read_tree, slugs_of, without_prefixes

_CONFIGS = ("docusaurus.config.js", "docusaurus.config.ts", "docusaurus.config.mjs", "docusaurus.config.cjs")
_SIDEBARS = ("sidebars.js", "sidebars.ts", "sidebars.json", "sidebars.cjs", "sidebars.mjs")
_TRANSLATED = "docusaurus-plugin-content-docs"


def _root(root: Path) -> Path | None:
    return next((path for base in (root, *sorted(p for p in root.iterdir() if p.is_dir()))
                 for name in _CONFIGS if (path := base / name).is_file()), None)  # fmt: skip


def _setting(text: str, name: str) -> str:
    found = re.search(rf"(?<![\w.]){name}\s*:\s*(['\"`])([^'\"`$]*)\1", text)
    return found[2] if found else ""


def _read(reading: Reading) -> Material:
    config = _root(reading.root)
    if config is None:
        raise TransferError(f"There is no docusaurus.config.js in {reading.root.name}. Try --from folder.")
    home = config.parent.relative_to(reading.root).as_posix().removeprefix(".")
    text = config.read_text(encoding="utf-8", errors="replace")
    folder = _setting(text, "path") or "docs"
    if not (config.parent / folder).is_dir():
        folder = "docs" if (config.parent / "docs").is_dir() else "."
    docs = f"{home}/{folder}".strip("/").removesuffix("/.")
    base_url = "/" + _setting(text, "baseUrl").strip("/")
    route = "/" + re.sub(
        r"^/+|/+$",
        "",
        _setting(text, "routeBasePath") or ("" if re.search(r"routeBasePath\s*:\s*['\"]/?['\"]", text) else "docs"),
    )
    contents = [Content("" if docs == "." else docs)]
    for lang_folder in sorted((config.parent / "i18n").glob("*")):
        if language_of(lang_folder.name):
            for current in sorted(lang_folder.glob(f"{_TRANSLATED}*/current")):
                contents.append(Content(current.relative_to(reading.root).as_posix(), language_of(lang_folder.name)))
    findings: list[tuple[str, str]] = []
    nav = _sidebar(config.parent, findings)
    prefix = (base_url.rstrip("/") + route.rstrip("/")) or ""

    def address(page: str, header: ForeignHeader) -> str:
        slug = header.raw.get("slug")
        if isinstance(slug, str) and slug.startswith("/"):
            page = slug.strip("/")
        elif isinstance(slug, str) and slug:
            page = f"{page.rpartition('/')[0]}/{slug}".strip("/")
        elif isinstance(header.raw.get("id"), str) and "/" not in header.raw["id"]:
            page = f"{page.rpartition('/')[0]}/{header.raw['id']}".strip("/")
        parts = page.split("/")
        if len(parts) > 1 and parts[-1] == parts[-2]:
            page = "/".join(parts[:-1])
        return f"{prefix}/{page}" if page else prefix or "/"

    tree = Tree("docusaurus", contents, static=(f"{home}/static".strip("/"),), nav=nav, address=address,
                own_addresses=True,
                base=_setting(text, "url") if re.match(r"https?://", _setting(text, "url")) else "",
                groups=category_files(reading.root, contents), skip=lambda path: "versioned_docs/" in path)  # fmt: skip
    tree.redirects = _netlify(config.parent / "static/_redirects")
    material = read_tree(reading.root, tree, reading.default_lang)
    translated = {
        c.folder: c.folder.split("/i18n/")[-1].removeprefix("i18n/").partition("/")[0] for c in contents if c.lang
    }
    material.drafts = [_below_language(draft, translated) for draft in material.drafts]
    for name, why in findings:
        material.dropped(name, 1, "sidebar-not-read", f"The sidebar is not plain data ({why}); paths give the order.")
    return material


def _below_language(draft: Draft, translated: dict[str, str]) -> Draft:
    """A translation's pages stood below the name of its language."""
    locale = next((name for folder, name in translated.items() if draft.path.startswith(f"{folder}/")), "")
    return replace(draft, address=f"/{locale}{draft.address}") if locale else draft


def _sidebar(home: Path, findings: list[tuple[str, str]]) -> list[NavPage]:
    for name in _SIDEBARS:
        file = home / name
        if not file.is_file():
            continue
        try:
            text = file.read_text(encoding="utf-8")
            data = parse_json(text) if name.endswith(".json") else data_of_script(text)
        except (OSError, ValueError) as wrong:
            findings.append((name, str(wrong)))
            return []
        if isinstance(data, dict):
            return [page for sidebar in data.values() for page in pages_of(of_data(sidebar))]
    return []


def category_files(root: Path, contents: list[Content]) -> list[Group]:
    groups = []
    for content in contents:
        base = root / content.folder
        for name in ("_category_.json", "_category_.yml", "_category_.yaml"):
            for file in sorted(base.rglob(name)):
                try:
                    data = load_yaml(file.read_text(encoding="utf-8"))
                except (OSError, UnicodeDecodeError, yaml.YAMLError):
                    continue
                if not isinstance(data, dict):
                    continue
                plain, order = without_prefixes(file.parent.relative_to(base).as_posix(), keep=False)
                place = data.get("position")
                link = data.get("link")
                description = data.get("description") or (link.get("description") if isinstance(link, dict) else "")
                if data.get("label") or place is not None:
                    groups.append(Group(slugs_of(plain.split("/")), str(data.get("label") or plain.rsplit("/", 1)[-1]),
                                        content.lang, str(description or ""),
                                        float(place) if isinstance(place, int | float) else order))  # fmt: skip
    return groups


def _netlify(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    rows = [line.split() for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    return {row[0]: row[1] for row in rows if len(row) >= 2 and all(part.startswith("/") and "*" not in part
                                                                    for part in row[:2])}  # fmt: skip


KIND = Kind("docusaurus", "Docusaurus", lambda root: _root(root) is not None, _read)
