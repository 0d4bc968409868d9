"""GitHub Docs: content/ with `children:` for the order, data/reusables and data/variables, Liquid in the text."""

from pathlib import Path
from typing import Any

from kb.transfer.foreign_headers import ForeignHeader, read_header
from kb.transfer.models import Kind, Material, Reading
from kb.transfer.navs import NavPage
from kb.transfer.trees import Content, Tree, read_tree

_DEEPEST = 12


def _order(content: Path, folder: str, labels: tuple[str, ...], depth: int) -> list[NavPage]:
    index = content / folder / "index.md"
    if depth > _DEEPEST or not index.is_file():
        return []
    header = read_header(index.read_text(encoding="utf-8", errors="replace"))
    title: Any = header.raw.get("shortTitle") or header.title
    here = (*labels, str(title)) if folder and title else labels
    made = [NavPage(f"{folder}/index".strip("/"), here)]
    children = header.raw.get("children")
    for child in children if isinstance(children, list) else ():
        name = str(child).strip("/")
        path = f"{folder}/{name}".strip("/")
        if name and ".." not in name.split("/"):
            below = (content / path).is_dir()
            made += _order(content, path, here, depth + 1) if below else [NavPage(path, here)]
    return made


def _read(reading: Reading) -> Material:
    root = reading.root
    contents = [Content("content", "en")]
    for folder in sorted((root / "translations").glob("*/content")):
        contents.append(Content(folder.relative_to(root).as_posix(), folder.parent.name.partition("-")[0]))

    def address(page: str, header: ForeignHeader) -> str:
        del header
        return f"/{page}" if page else "/"

    tree = Tree("github-docs", contents, static=("", "assets"), address=address, keep_prefixes=True,
                nav=_order(root / "content", "", (), 0))  # fmt: skip
    return read_tree(root, tree, reading.default_lang)


def _is_github_docs(root: Path) -> bool:
    return (root / "content").is_dir() and ((root / "data/reusables").is_dir() or (root / "data/variables").is_dir())


KIND = Kind("github-docs", "GitHub Docs", _is_github_docs, _read)
