"""Jekyll: _config.yml, collections such as _docs/, _posts/, _data/navigation.yml, Liquid in the text."""

from pathlib import Path
from typing import Any

import yaml

from kb.transfer.canonical import flat_variables
from kb.transfer.foreign_headers import ForeignHeader, load_yaml
from kb.transfer.models import Kind, Material, Reading
from kb.transfer.navs import NavEntry, of_links
from kb.transfer.trees import Content, Tree, read_tree


def _settings(root: Path) -> dict[str, Any]:
    try:
        data = load_yaml((root / "_config.yml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return data if isinstance(data, dict) else {}


def navigation(root: Path, folder: str) -> list[NavEntry]:
    """The order in the data files of a site, from the first that names pages."""
    for name in ("navigation", "nav", "sidebar", "toc", "docs", "docs_nav", "sidebars", "menu"):
        for file in sorted((root / folder).glob(f"**/{name}.y*ml")):
            try:
                found = list(of_links(load_yaml(file.read_text(encoding="utf-8"))))
            except (OSError, UnicodeDecodeError, yaml.YAMLError):
                continue
            if found:
                return found
    return []


def _read(reading: Reading) -> Material:
    root, settings = reading.root, _settings(reading.root)
    collections = settings.get("collections")
    names = list(collections) if isinstance(collections, dict | list) else []
    below = str(settings.get("collections_dir") or "").strip("/")
    folders = [f"{below}/_{name}".strip("/") for name in [*names, "posts"] if isinstance(name, str)]
    contents = [Content(folder) for folder in dict.fromkeys(folders) if (root / folder).is_dir()]
    base_url = str(settings.get("baseurl") or "").rstrip("/")

    def address(page: str, header: ForeignHeader) -> str:
        del header
        return f"{base_url}/{page}/" if page else f"{base_url}/"

    url = str(settings.get("url") or "")
    tree = Tree("jekyll", [*contents, Content("")], static=("",), nav=navigation(root, "_data"), address=address,
                base=url if "://" in url else "",
                variables=flat_variables(settings, "site."),
                skip=lambda path: path.startswith("_drafts/"))  # fmt: skip
    return read_tree(root, tree, reading.default_lang)


KIND = Kind("jekyll", "Jekyll", lambda root: (root / "_config.yml").is_file(), _read)
