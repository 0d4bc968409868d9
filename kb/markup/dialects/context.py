"""What a page's reader may ask about the folder, and what it notes on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def _nothing(_name: str) -> None:
    return None


@dataclass(frozen=True)
class Context:
    """The page at `path` below the articles folder, and the folder as far as it may be seen.

    `read` returns the text of a file below the folder, `find` the path of the file a wiki link names; both None when
    there is none, or none that may be read. Both get paths and names strangers wrote, and must not leave the folder.
    `keeps_missing` leaves links to notes that are not there as they are written, for whoever has the notes later.
    """

    path: str = ""
    lang: str = "en"
    variables: Mapping[str, str] = field(default_factory=dict)
    read: Callable[[str], str | None] = _nothing
    find: Callable[[str], str | None] = _nothing
    keeps_missing: bool = False


PLAIN = Context()


NO_SUCH_FILE = "[[…]] that names no file here"
NO_SUCH_PICTURE = "![[…]] that names no picture here"
# What MkDocs fills from source code: an article without it has none of the headings that were made so.
FROM_SOURCE_CODE = "::: with the name of something in source code"


@dataclass
class Notes:
    """What was taken out or not understood: by code and kind its first line, how often, and how it was called."""

    seen: dict[tuple[str, str], tuple[int, int, str]] = field(default_factory=dict)

    def removed(self, kind: str, line: int, name: str = "") -> None:
        self._note("removed-markup", kind, line, name)

    def foreign(self, kind: str, line: int, name: str = "") -> None:
        self._note("foreign-markup", kind, line, name)

    def unclosed(self, kind: str, line: int) -> None:
        self._note("unclosed-box", kind, line, "")

    def _note(self, code: str, kind: str, line: int, name: str) -> None:
        first, count, called = self.seen.get((code, kind), (line, 0, name))
        if line < first:
            first, called = line, name
        self.seen[code, kind] = (first, count + 1, called)
