"""Mintlify: docs.json or mint.json says the order; pages are .mdx beside it."""

from pathlib import Path
from typing import Any

from kb.source.nav_entries import of_data
from kb.source.paths import language_of
from kb.transfer.canonical import flat_variables
from kb.transfer.foreign_headers import ForeignHeader, parse_json
from kb.transfer.models import Kind, Material, Reading, TransferError
from kb.transfer.navs import pages_of
from kb.transfer.trees import Content, Tree, read_tree


def _settings(root: Path) -> Path | None:
    for base in (root, root / "docs"):
        for name in ("docs.json", "mint.json"):
            file = base / name
            if file.is_file() and (
                "mintlify" in (text := file.read_text("utf-8", "replace")) or '"navigation"' in text
            ):
                return file
    return None


def _read(reading: Reading) -> Material:
    file = _settings(reading.root)
    if file is None:
        raise TransferError(f"There is no docs.json or mint.json in {reading.root.name}. Try --from folder.")
    home = file.parent.relative_to(reading.root).as_posix().removeprefix(".")
    try:
        data: Any = parse_json(file.read_text(encoding="utf-8"))
    except ValueError as wrong:
        raise TransferError(f"{file.name}: {wrong}. Correct it, or import with --from folder.") from None
    data = data if isinstance(data, dict) else {}
    navigation = data.get("navigation")
    languages = navigation.get("languages") if isinstance(navigation, dict) else None
    contents = [Content(home)]
    if isinstance(languages, list):
        for one in languages:
            name = one.get("language", "") if isinstance(one, dict) else ""
            if (file.parent / str(name)).is_dir() and language_of(str(name)):
                contents.append(Content(f"{home}/{name}".strip("/"), language_of(str(name))))
    nav = list(pages_of(of_data(navigation)))
    redirects = {
        str(row["source"]): str(row["destination"])
        for row in data.get("redirects") or ()
        if isinstance(row, dict) and row.get("source") and row.get("destination") and ":" not in str(row["source"])
    }

    def address(page: str, header: ForeignHeader) -> str:
        del header
        return f"/{page}" if page else "/"

    return read_tree(
        reading.root,
        Tree("mintlify", contents, static=(home,), nav=nav, address=address, redirects=redirects,
             variables=flat_variables(data.get("variables")),
             skip=lambda path: "snippets/" in path, keep_prefixes=True),
        reading.default_lang,
    )  # fmt: skip


KIND = Kind("mintlify", "Mintlify", lambda root: _settings(root) is not None, _read)
