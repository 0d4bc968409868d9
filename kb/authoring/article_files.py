"""Article files as an editor sees them: which of them it may open, their exact text, and writing them.

An editor opens what the reader of the folder reads (`kb/source/listing.py`), snippets (`kb/authoring/snippets.py`), and
nothing else: no file outside of the folder, none behind a link that leads out, no other that begins with `_` or `.`.
Texts have line feeds; a file that was written with Windows' line ends, or a byte order mark, keeps them.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core import atomic_files
from kb.authoring.snippets import is_snippet
from kb.errors import KbError
from kb.source.inside import may_be_read
from kb.source.listing import list_folder

# Of a text, in bytes. The reader takes files of 2 MB; the longest article known has 94 kB.
MOST_BYTES = 512 * 1024
_MARK = "\ufeff"


class NoSuchArticle(KbError):
    """There is no article file of this path, or none that may be opened."""

    def __init__(self, path: str) -> None:
        super().__init__(f"There is no article {path[:200]}.")


class CannotEdit(KbError):
    """The file, or the text for it, is one that no editor here can take; `code` says why: size, text, bytes, disk."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class ArticleText:
    """The text of a file with line feeds. `version` is its hash; `line_ends` and `mark` are how it was written."""

    path: str
    text: str
    version: str
    line_ends: str = "\n"
    mark: bool = False


def version_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def plain(text: str) -> str:
    """A text as it is kept. Raises CannotEdit for what is no text of an article, or too much."""
    if len(text) > MOST_BYTES:
        raise CannotEdit("size")
    text = text.removeprefix(_MARK).replace("\r\n", "\n").replace("\r", "\n")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise CannotEdit("text") from None
    if "\0" in text:
        raise CannotEdit("text")
    if size > MOST_BYTES:
        raise CannotEdit("size")
    return text


def exists(folder: Path, path: str) -> bool:
    """Whether this is an article of the folder."""
    try:
        _file(folder, path)
    except NoSuchArticle:
        return False
    return True


def read_article(folder: Path, path: str) -> ArticleText:
    """The file at `path` below the folder. Raises NoSuchArticle or CannotEdit."""
    file = _file(folder, path)
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError:
        raise NoSuchArticle(path) from None
    if len(data) > MOST_BYTES:
        raise CannotEdit("size")
    try:
        written = data.decode("utf-8")
    except UnicodeDecodeError:
        raise CannotEdit("bytes") from None
    text = plain(written)
    windows = "\r\n" in written and written.count("\r\n") == written.count("\n")
    return ArticleText(path, text, version_of(text), "\r\n" if windows else "\n", written.startswith(_MARK))


def write_article(folder: Path, before: ArticleText, text: str) -> ArticleText:
    """Write another text to the file `before` was read from. Raises NoSuchArticle, or CannotEdit("disk")."""
    file = _file(folder, before.path)
    _write(file, (_MARK if before.mark else "") + text.replace("\n", before.line_ends))
    return ArticleText(before.path, text, version_of(text), before.line_ends, before.mark)


def create_article(folder: Path, path: str, text: str) -> ArticleText:
    """Write a new file, whose path `new_article` has given. Raises CannotEdit("disk") or NoSuchArticle: the path is
    none that would be read, or there is such a file meanwhile."""
    file = folder / path
    if not may_be_read(folder, file.parent.relative_to(folder).as_posix()) or file.exists() or file.is_symlink():
        raise NoSuchArticle(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise CannotEdit("disk") from None
    _write(file, text)
    return ArticleText(path, text, version_of(text))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """No other process of this machine that asks writes to the folder meanwhile."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        raise CannotEdit("disk") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError:  # a file system without locks
            raise CannotEdit("disk") from None
        yield
    finally:
        os.close(descriptor)


def _file(folder: Path, path: str) -> Path:
    """The file itself, links followed. Raises NoSuchArticle."""
    if is_snippet(path) and (folder / path).is_file() and may_be_read(folder, path):
        return (folder / path).resolve()
    # Asked of what is there, not worked out from the name: what is no article of the reader is none here.
    if "\0" in path or path not in list_folder(folder).articles or not may_be_read(folder, path):
        raise NoSuchArticle(path)
    return (folder / path).resolve()


def _write(file: Path, text: str) -> None:
    try:
        atomic_files.replace(file, text.encode())
    except OSError:
        raise CannotEdit("disk") from None
