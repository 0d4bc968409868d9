"""Snippets: texts that several articles show, each a file `_snippets/NAME.md`, which an article includes by
`--8<-- "_snippets/NAME.md"` on a line of its own (kb/markup/dialects/includes.py). A snippet is no article; all
articles that include one change with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.slugs import slugify
from kb.source.inside import may_be_read

FOLDER = "_snippets"
_MOST = 2_000
_SHOWN = 64 * 1024


@dataclass(frozen=True)
class Snippet:
    """`users` are the paths of the articles that include it, as the folder was read last."""

    path: str
    text: str
    users: Sequence[str] = ()

    @property
    def name(self) -> str:
        return self.path.removeprefix(f"{FOLDER}/").removesuffix(".md")

    @property
    def include(self) -> str:
        """The line that stands for it in an article."""
        return f'--8<-- "{self.path}"'


def is_snippet(path: str) -> bool:
    """Whether a path is one of a snippet, be it there or not."""
    parts = path.split("/")
    return (
        parts[0] == FOLDER
        and len(parts) > 1
        and path.endswith(".md")
        and not any(not part or part.startswith(".") for part in parts)
    )


def path_of(name: str) -> str:
    """The path of a new snippet that somebody calls so; '' where no file name can be made of it."""
    slug = slugify(name)[:80]
    return f"{FOLDER}/{slug}.md" if slug else ""


def snippets_in(folder: Path, users: Mapping[str, Sequence[str]]) -> list[Snippet]:
    """All snippets by name, with the beginning of their texts."""
    found = []
    for file in sorted((folder / FOLDER).rglob("*.md"))[:_MOST]:
        path = file.relative_to(folder).as_posix()
        if not is_snippet(path) or not file.is_file() or not may_be_read(folder, path):
            continue
        try:
            with file.open("rb") as opened:
                text = opened.read(_SHOWN).decode("utf-8", "replace")
        except OSError:
            continue
        found.append(Snippet(path, text, users.get(path, ())))
    return found
