"""Compiles interface translations: `.po` files, which people edit, to the `.mo` files that gettext reads."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from core.texts.gettext import FOLDER


def compile_all(folder: Path = FOLDER) -> int:
    """Compile changed files; returns their number."""
    compiled = 0
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.is_file() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file)
        # Written to a temporary file and renamed: atomic for readers.
        draft = target.with_suffix(".mo.new")
        with draft.open("wb") as file:
            write_mo(file, catalogue)
        draft.replace(target)
        compiled += 1
    return compiled
