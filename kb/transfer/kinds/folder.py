"""A folder of Markdown that no tool is known by: paths are categories, `_category_` files and weights the order.

Languages may lie at the top or in a conventional folder such as `docs`.
"""

from pathlib import Path

from kb.transfer.category_files import category_files
from kb.transfer.foreign_headers import ForeignHeader
from kb.transfer.models import Kind, Material, Reading
from kb.transfer.trees import PAGE_SUFFIXES, Content, Tree, language_roots, read_tree


def _read(reading: Reading) -> Material:
    def address(page: str, header: ForeignHeader) -> str:
        del header
        return f"/{page}" if page else "/"

    contents = [Content(""), *(Content(folder) for folder in language_roots(reading.root, PAGE_SUFFIXES))]
    tree = Tree("folder", contents, static=("static", "public", "assets", ""), address=address, own_fields=True,
                groups=category_files(reading.root, contents))  # fmt: skip
    return read_tree(reading.root, tree, reading.default_lang)


def _has_pages(root: Path) -> bool:
    return any(path.suffix.lower() in PAGE_SUFFIXES for path in root.rglob("*") if path.is_file())


KIND = Kind("folder", "A folder of Markdown", _has_pages, _read)
