"""Hugo: content/, `_index.md` for sections, static/, languages by folder or by suffix."""

import re
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from kb.source.paths import language_of
from kb.transfer.canonical import flat_variables
from kb.transfer.foreign_headers import ForeignHeader, is_withheld, load_yaml, parse_json, read_header
from kb.transfer.models import Kind, Material, Reading
from kb.transfer.trees import Content, Tree, read_tree

_INDEX_MOST = 256 * 1024
_SHORTCODES_MOST, _SHORTCODE_MOST = 200, 2_000
_TEMPLATE_COMMENT = re.compile(r"\{\{-?\s*/\*[^{}]*\*/\s*-?\}\}|<!--[^<>]*-->")
_PRINTS_PARAM = re.compile(r"\{\{-?\s*(?:\$?\.)?(?:Page\.)?[Ss]ite\.Params\.([\w.-]+)[^{}\n]*\}\}")
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
    return {} if config is None else {key.lower(): value for key, value in _data_of(config).items()}


def _data_of(config: Path) -> dict[str, Any]:
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
    return {str(k): v for k, v in data.items()} if isinstance(data, dict) else {}


def _variables(root: Path, settings: dict[str, Any]) -> dict[str, str]:
    """`[params]` by their names, and the shortcodes of the site that print one of them, or a text of their own."""
    found = flat_variables(settings.get("params"))
    for file in sorted((root / "config/_default").glob("params.*")):
        found |= flat_variables(_data_of(file))
    found |= {name.lower(): value for name, value in found.items() if name.lower() not in found}
    for name in ("title", "copyright"):
        if isinstance(settings.get(name), str):
            found[f".Site.{name.capitalize()}"] = found[f"site.{name.capitalize()}"] = str(settings[name])
    for folder in (root / "layouts/shortcodes", root / "layouts/_shortcodes"):
        for file in sorted(folder.glob("*.html"))[:_SHORTCODES_MOST]:
            if file.is_file() and file.stat().st_size <= _SHORTCODE_MOST:
                text = _TEMPLATE_COMMENT.sub("", file.read_text(encoding="utf-8", errors="replace")).strip()
                printed = _PRINTS_PARAM.fullmatch(text)
                value = found.get(printed[1].lower()) if printed else None if "{{" in text or "<" in text else text
                if value is not None:
                    found[f"shortcode.{file.stem.lower()}"] = value
    return found


def _path_of(base: object) -> str:
    """The folder that the site lay in, from its address."""
    path = base.partition("://")[2].partition("/")[2].strip("/") if isinstance(base, str) else ""
    return f"/{path}" if path else ""


_INHERITED = ("draft", "build", "_build", "headless")


def _inheritance(root: Path, contents: list[str]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """What sections hand down to their pages (`cascade`), and the folders that belong to one page, with its path."""
    cascades: dict[str, dict[str, Any]] = {}
    bundles: dict[str, str] = {}
    for folder in contents:
        for file in sorted((root / folder).rglob("*index*.md")):
            path, name = file.relative_to(root).as_posix(), file.name.split(".")[0]
            home = path.rpartition("/")[0]
            if name == "index" and home != folder and len(file.name.split(".")) == 2:
                bundles[home] = path
            if name != "_index" or file.stat().st_size > _INDEX_MOST:
                continue
            cascade = read_header(file.read_text(encoding="utf-8", errors="replace")).raw.get("cascade")
            for one in cascade if isinstance(cascade, list) else [cascade]:
                if isinstance(one, dict):
                    given = {**one, **(params if isinstance(params := one.get("params"), dict) else {})}
                    kept = {key: given[key] for key in _INHERITED if key in given}
                    # For some of the pages only: which ones is not told, so all are held.
                    cascades.setdefault(home, {}).update(kept if is_withheld(kept) or "target" not in one else {})
    return cascades, bundles


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

    names = {language_of(str(name)): str(name).lower() for name in languages} if isinstance(languages, dict) else {}
    in_subfolder = settings.get("defaultcontentlanguageinsubdir") is True

    def language_prefix(lang: str) -> str:
        """Pages of the default language have none, unless the settings say so; translations lie below theirs."""
        return f"/{names.get(lang, lang.lower())}" if lang != default or in_subfolder else ""

    cascades, bundles = _inheritance(root, [c.folder for c in contents])

    def defaults(path: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for folder in reversed(list(PurePosixPath(path).parents)):
            made |= cascades.get(folder.as_posix(), {})
        owner = next((p for f in PurePosixPath(path).parents if (p := bundles.get(f.as_posix())) and p != path), "")
        # Texts in the folder of a page are its resources: Hugo makes no pages of them.
        return made | {"build": {"render": "never"}} if owner else made

    base = settings.get("baseurl")
    tree = Tree("hugo", contents, static=("static", "assets"), address=address, keep_prefixes=True,
                index_is_leaf=True,
                defaults=defaults, language_prefix=language_prefix,
                base=base if isinstance(base, str) and "://" in base else "",
                prefix=_path_of(base), variables=_variables(root, settings))  # fmt: skip
    return read_tree(root, tree, default)


KIND = Kind("hugo", "Hugo", _is_hugo, _read)
