"""Docusaurus: docs/, sidebars, `_category_` files, static/, and translations in i18n/<language>/."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kb.source.nav_entries import of_data
from kb.source.paths import language_of
from kb.source.script_data import data_of_script
from kb.transfer.category_files import category_files
from kb.transfer.foreign_headers import ForeignHeader, parse_json
from kb.transfer.generated_sidebars import with_generated
from kb.transfer.models import Draft, Group, Kind, Material, Reading, TransferError
from kb.transfer.navs import NavPage, pages_of
from kb.transfer.trees import Content, Tree, read_tree, slugs_of

_CONFIGS = ("docusaurus.config.js", "docusaurus.config.ts", "docusaurus.config.mjs", "docusaurus.config.cjs")
_SIDEBARS = ("sidebars.js", "sidebars.ts", "sidebars.json", "sidebars.cjs", "sidebars.mjs")
_TRANSLATED = "docusaurus-plugin-content-docs"


def _root(root: Path) -> Path | None:
    """The settings nearest to the root: a site may lie in a folder of its repository (`website/`, `apps/docs/`)."""
    for pattern in ("", "*/", "*/*/"):
        found = sorted(path for name in _CONFIGS for path in root.glob(f"{pattern}{name}"))
        if mine := next((path for path in found if "node_modules" not in path.parts and path.is_file()), None):
            return mine
    return None


def _folder(config: Path, root: Path, text: str) -> Path:
    """The folder of the pages; it may lie beside that of the settings (`path: '../docs'`)."""
    own = re.search(r"\bdocs\s*:\s*\{[^{}]*?\bpath\s*:\s*(['\"])([^'\"\n]*)\1", text)
    for name in (own[2] if own else "", _setting(text, "path"), "docs", "../docs"):
        folder = (config.parent / name).resolve()
        if name and folder.is_dir() and folder.is_relative_to(root.resolve()):
            return folder
    return config.parent.resolve()


def _setting(text: str, name: str) -> str:
    found = re.search(rf"(?<![\w.]){name}\s*:\s*(?:require\.resolve\(\s*)?(['\"`])([^'\"`$]*)\1", text)
    return found[2] if found else ""


def _read(reading: Reading) -> Material:
    config = _root(reading.root)
    if config is None:
        raise TransferError(f"There is no docusaurus.config.js in {reading.root.name}. Try --from folder.")
    home = config.parent.relative_to(reading.root).as_posix().removeprefix(".")
    text = config.read_text(encoding="utf-8", errors="replace")
    docs = _folder(config, reading.root, text).relative_to(reading.root.resolve()).as_posix().removeprefix(".")
    base_url = "/" + _setting(text, "baseUrl").strip("/")
    route = "/" + re.sub(
        r"^/+|/+$",
        "",
        _setting(text, "routeBasePath") or ("" if re.search(r"routeBasePath\s*:\s*['\"]/?['\"]", text) else "docs"),
    )
    contents = [Content(docs)]
    for lang_folder in sorted((config.parent / "i18n").glob("*")):
        if language_of(lang_folder.name):
            for current in sorted(lang_folder.glob(f"{_TRANSLATED}*/current")):
                contents.append(Content(current.relative_to(reading.root).as_posix(), language_of(lang_folder.name)))
    findings: list[tuple[str, str]] = []
    nav = _sidebar(config.parent, _setting(text, "sidebarPath"), reading.root / docs, findings)
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

    described = category_files(reading.root, contents)
    tree = Tree("docusaurus", contents, static=(f"{home}/static".strip("/"),), nav=nav, address=address,
                own_addresses=True, groups=[*_in_languages(config.parent, nav, described), *described],
                base=_setting(text, "url") if re.match(r"https?://", _setting(text, "url")) else "",
                skip=lambda path: "versioned_docs/" in path)  # fmt: skip
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


def _sidebar(home: Path, named: str, docs: Path, findings: list[tuple[str, str]]) -> list[NavPage]:
    for name in (*_SIDEBARS, named.removeprefix("./")):
        file = home / name
        if not name or not file.is_file() or not file.resolve().is_relative_to(home.resolve()):
            continue
        try:
            text = file.read_text(encoding="utf-8")
            data = parse_json(text) if name.endswith(".json") else data_of_script(text)
        except (OSError, ValueError) as wrong:
            findings.append((name, str(wrong)))
            return []
        if isinstance(data, dict):
            sidebars = with_generated(data, docs)
            return [page for sidebar in sidebars for page in pages_of(of_data(sidebar))]
    return []


def _in_languages(home: Path, nav: Sequence[NavPage], described: Sequence[Group]) -> list[Group]:
    """The labels of categories in other languages, as `i18n/<language>/…/current.json` has them by the original."""
    groups: list[Group] = []
    places = {
        labels: slugs_of(labels) for page in nav for n in range(len(page.labels)) if (labels := page.labels[: n + 1])
    }
    for file in sorted((home / "i18n").glob(f"*/{_TRANSLATED}*/current.json")):
        lang = language_of(file.relative_to(home / "i18n").parts[0])
        words = _translations(file)
        if lang and words:
            groups += [Group(slugs, words[labels[-1]], lang) for labels, slugs in places.items() if labels[-1] in words]
            groups += [
                replace(g, title=words[g.title], lang=lang) for g in described if not g.lang and g.title in words
            ]
    return groups


def _translations(file: Path) -> Mapping[str, str]:
    try:
        data: Any = parse_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    made: dict[str, str] = {}
    for key, value in data.items() if isinstance(data, dict) else ():
        label = re.match(r"sidebar\.[^.]+\.category\.(.+)$", str(key))
        message = value.get("message") if isinstance(value, dict) else value
        if label and isinstance(message, str) and message.strip():
            made.setdefault(label[1], message.strip())
    return made


def _netlify(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    rows = [line.split() for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    return {row[0]: row[1] for row in rows if len(row) >= 2 and all(part.startswith("/") and "*" not in part
                                                                    for part in row[:2])}  # fmt: skip


KIND = Kind("docusaurus", "Docusaurus", lambda root: _root(root) is not None, _read)
