"""Hugo: content/, `_index.md` for sections, static/, languages by folder or by suffix."""

import tomllib
from pathlib import Path
from typing import Any

import yaml

from kb.source.paths import language_of
from kb.transfer.foreign_headers import ForeignHeader, load_yaml, parse_json
from kb.transfer.models import Kind, Material, Reading
from kb.transfer.trees import Content, Tree, read_tree

_NAMES = tuple(f"{stem}.{suffix}" for stem in ("hugo", "config", "config/_default/hugo", "config/_default/config")
               for suffix in ("toml", "yaml", "yml", "json"))  # fmt: skip


def _config(root: Path) -> Path | None:
    return next((root / name for name in _NAMES if (root / name).is_file()), None)


def _is_hugo(root: Path) -> bool:
    content = root / "content"
    if not content.is_dir():
        return False
    config = _config(root)
    named = config is not None and (
        config.name.startswith("hugo") or "baseurl" in config.read_text("utf-8", "replace").lower()
    )
    return named or any(content.rglob("_index*.md")) or (root / "archetypes").is_dir()


def _settings(root: Path) -> dict[str, Any]:
    config = _config(root)
    if config is None:
        return {}
    try:
        text = config.read_text(encoding="utf-8")
        data = (
            tomllib.loads(text)
            if config.suffix == ".toml"
            else parse_json(text)
            if config.suffix == ".json"
            else load_yaml(text)
        )
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return {str(k).lower(): v for k, v in data.items()} if isinstance(data, dict) else {}


def _read(reading: Reading) -> Material:
    root, settings = reading.root, _settings(reading.root)
    content = root / str(settings.get("contentdir") or "content")
    contents = [Content(content.relative_to(root).as_posix())]
    languages = settings.get("languages")
    for name, one in languages.items() if isinstance(languages, dict) else ():
        folder = one.get("contentDir") or one.get("contentdir") if isinstance(one, dict) else None
        if isinstance(folder, str) and (root / folder).is_dir() and language_of(str(name)):
            contents.append(Content(folder.strip("/"), language_of(str(name))))
    default = language_of(str(settings.get("defaultcontentlanguage") or "")) or reading.default_lang

    def address(page: str, header: ForeignHeader) -> str:
        slug = header.raw.get("slug")
        if isinstance(slug, str) and slug and "/" not in slug:
            page = f"{page.rpartition('/')[0]}/{slug}".strip("/")
        return f"/{page.lower()}/" if page else "/"

    base = settings.get("baseurl")
    tree = Tree("hugo", contents, static=("static", "assets"), address=address, keep_prefixes=True,
                base=base if isinstance(base, str) and "://" in base else "")  # fmt: skip
    return read_tree(root, tree, default)


KIND = Kind("hugo", "Hugo", _is_hugo, _read)
