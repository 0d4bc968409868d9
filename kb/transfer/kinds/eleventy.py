"""Eleventy: an .eleventy.js or eleventy.config.js, Markdown with Nunjucks or Liquid, order in _data/navigation.yml."""

import re
from pathlib import Path

from kb.transfer.foreign_headers import ForeignHeader
from kb.transfer.kinds.jekyll import navigation
from kb.transfer.models import Kind, Material, Reading
from kb.transfer.trees import Content, Tree, read_tree

_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,190}")
_CHANNEL = re.compile(r"#?[a-z0-9][\w-]{0,79}")
_CONFIGS = (".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs", "eleventy.config.ts")


def _config(root: Path) -> Path | None:
    return next((root / name for name in _CONFIGS if (root / name).is_file()), None)


def _is_eleventy(root: Path) -> bool:
    package = root / "package.json"
    return _config(root) is not None or (
        package.is_file() and "@11ty/eleventy" in package.read_text("utf-8", "replace")
    )


def _contacts(header: ForeignHeader) -> str:
    """Whom to ask, where the header lists channels, addresses and links and the site shows them below the page."""
    listed = header.raw.get("questions")
    rows = []
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and isinstance(one.get("text"), str) and isinstance(one.get("url"), str):
            rows.append(f"- [{one['text']}]({one['url']})")
        elif isinstance(one, str) and _ADDRESS.fullmatch(one.strip()):
            rows.append(f"- <{one.strip()}>")
        elif isinstance(one, str) and _CHANNEL.fullmatch(one.strip()):
            rows.append(f"- \\#{one.strip().lstrip('#')}")
        else:
            return ""  # something else than contacts
    return "\n".join(["## Questions", "", *rows]) if rows else ""


def _read(reading: Reading) -> Material:
    root, config = reading.root, _config(reading.root)
    text = config.read_text(encoding="utf-8", errors="replace") if config else ""
    found = re.search(r"\binput\s*:\s*['\"]([^'\"]+)['\"]", text)
    folder = found[1].strip("./") if found and (root / found[1]).is_dir() else ""
    folder = folder or next(
        (name for name in ("pages", "src/pages", "content", "src/content", "docs", "src") if (root / name).is_dir()), ""
    )

    def address(page: str, header: ForeignHeader) -> str:
        del header
        return f"/{page}/" if page else "/"

    tree = Tree("eleventy", [Content(folder)], static=("", "public", "static", "src", "assets"), address=address,
                below=_contacts, has_raw_tags=True,
                nav=navigation(root, "_data") or navigation(root, "src/_data"))  # fmt: skip
    return read_tree(root, tree, reading.default_lang)


KIND = Kind("eleventy", "Eleventy", _is_eleventy, _read)
