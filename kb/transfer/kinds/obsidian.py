"""Obsidian: a vault of notes that link to each other by name; `publish: false` is a draft."""

from kb.transfer.foreign_headers import ForeignHeader
from kb.transfer.models import Kind, Material, Reading
from kb.transfer.trees import Content, Tree, read_tree


def _read(reading: Reading) -> Material:
    def address(page: str, header: ForeignHeader) -> str:
        del header
        return "/" + page

    tree = Tree("obsidian", [Content("")], address=address, own_fields=True, path_leads_on=True,
                skip=lambda path: path.startswith(("Templates/", "templates/")))  # fmt: skip
    return read_tree(reading.root, tree, reading.default_lang)


KIND = Kind("obsidian", "Obsidian", lambda root: (root / ".obsidian").is_dir(), _read)
