"""MkDocs: mkdocs.yml, its `docs_dir` and `nav`; several of them side by side are languages."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from core.network.domain_names import split_url
from kb.source.nav_entries import of_mkdocs
from kb.source.paths import language_of
from kb.transfer.awesome_pages import pages_in_order
from kb.transfer.canonical import flat_variables
from kb.transfer.foreign_headers import ForeignHeader, load_yaml
from kb.transfer.models import Kind, Material, Reading, TransferError
from kb.transfer.navs import NavPage, page_name, pages_of
from kb.transfer.trees import Content, Tree, read_tree, title_of

_NAMES = ("mkdocs.yml", "mkdocs.yaml", "properdocs.yml", "zensical.yml")


def _configs(root: Path) -> list[Path]:
    """The settings nearest to the root: one, or one for each language."""
    for pattern in ("", "*/", "*/*/"):
        found = sorted(path for name in _NAMES for path in root.glob(f"{pattern}{name}"))
        if found:
            return found
    return []


def _read(reading: Reading) -> Material:
    root, contents = reading.root, list[Content]()
    nav: list[NavPage] = []
    bases: list[str] = []
    redirects: dict[str, str] = {}
    variables: dict[str, str] = {}
    findings: list[tuple[str, int]] = []
    configs = _configs(root)
    if not configs:
        raise TransferError(f"There is no mkdocs.yml in {root.name}. Try --from folder.")
    langs = {config: language_of(config.parent.name) if config.parent != root else "" for config in configs}
    default = next((c for c in configs if langs[c] == reading.default_lang), configs[0])
    for config in [default, *(c for c in configs if c != default)]:
        try:
            data = load_yaml(config.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as wrong:
            line = getattr(getattr(wrong, "problem_mark", None), "line", 0) + 1
            findings.append((config.relative_to(root).as_posix(), line))
            data = {}
        data = data if isinstance(data, dict) else {}
        docs = config.parent / str(data.get("docs_dir", "docs"))
        lang = langs[config] if len(configs) > 1 else ""
        if docs.is_dir() and docs.resolve().is_relative_to(root.resolve()):
            contents.append(Content(docs.relative_to(root).as_posix().removeprefix("."), lang))
        if not nav:
            nav = list(pages_of(of_mkdocs(data.get("nav")), title_of=partial(title_of, docs)))
        variables |= flat_variables(data.get("extra"))
        bases.append(str(data.get("site_url") or ""))
        redirects |= dict(_redirects(data.get("plugins"), lang, default == config))
    if len(configs) == 1 and configs[0].parent != root and language_of(configs[0].parent.name) and contents:
        contents = _siblings(root, configs[0], contents[0])
    for content in contents:
        if not nav:
            nav = pages_in_order(root / content.folder)
    langs_of = {content.folder: content.lang for content in contents}
    base = bases[0] if bases else ""
    prefix = split_url(base).path.rstrip("/") if base else ""

    def address(page: str, header: ForeignHeader) -> str:
        del header
        return f"/{page}/" if page else "/"

    tree = Tree("mkdocs", contents or [Content("")], nav=nav, address=address, base=base, prefix=prefix,
                redirects=redirects, keep_prefixes=True, variables=variables)  # fmt: skip
    material = read_tree(root, tree, reading.default_lang)
    for path, line in findings:
        material.dropped(
            path, line, "settings-broken", "These settings of MkDocs cannot be read; paths give the order."
        )
    return _with_language(material, langs_of, reading.default_lang)


def _siblings(root: Path, config: Path, content: Content) -> list[Content]:
    """The languages beside the one that has the settings: folders with the same pages folder in them."""
    inner = (root / content.folder).relative_to(config.parent)
    found = [Content(content.folder, language_of(config.parent.name))]
    for folder in sorted(path for path in config.parent.parent.iterdir() if path.is_dir() and path != config.parent):
        if language_of(folder.name) and (folder / inner).is_dir():
            found.append(Content((folder / inner).relative_to(root).as_posix(), language_of(folder.name)))
    return found


def _with_language(material: Material, langs: dict[str, str], default: str) -> Material:
    """Each language of several has its addresses below its folder's name, all but the default one."""
    made = []
    for draft in material.drafts:
        folder = max((f for f in langs if f and draft.path.startswith(f"{f}/")), key=len, default="")
        lang = langs.get(folder, "")
        written = folder.rsplit("/", 2)[-2] if folder.count("/") else ""
        prefixed = f"/{written}{draft.address}" if lang and lang != default and written else draft.address
        made.append(replace(draft, address=prefixed))
    material.drafts = made
    return material


def _redirects(plugins: Any, lang: str, default: bool) -> Iterator[tuple[str, str]]:
    for plugin in plugins if isinstance(plugins, list) and default else ():
        found = plugin.get("redirects") if isinstance(plugin, dict) else None
        maps = found.get("redirect_maps") if isinstance(found, dict) else None
        for old, new in maps.items() if isinstance(maps, dict) else ():
            if isinstance(old, str) and isinstance(new, str) and "://" not in new:
                yield _address(old), _address(new.partition("#")[0])


def _address(path: str) -> str:
    name = page_name(path)
    name = name.removesuffix("index").removesuffix("README").rstrip("/") if name.endswith(("index", "README")) else name
    return f"/{name}/" if name else "/"


KIND = Kind("mkdocs", "MkDocs", lambda root: bool(_configs(root)), _read)
