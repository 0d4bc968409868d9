"""Files that belong to what is published: pictures and downloads of articles, synonyms, pins and urgent messages.

Where nodes have no disk in common (PostgreSQL) the publisher keeps them in the database, each content once, and every
other node serves them from there, out of a cache in its data folder. A content that is not what its hash says is never
served. On one box they are served from the articles folder, and nothing is kept here.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, delete, insert, select

from core import atomic_files
from core.database.connection import writing
from kb.publish_state import fact, set_fact
from kb.schema import published_file, published_file_content
from kb.source.inside import is_hidden, may_be_read
from kb.source.search_hints import hint_files

# What pages show, and what is only ever downloaded.
SHOWN_FILES = frozenset({"png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "mp4", "webm", "mp3", "vtt"})
DOWNLOADS = frozenset({"pdf", "txt", "csv", "zip", "docx", "xlsx", "odt", "ods"})
ARTICLES, STATIC = "articles", "static"
MOST_BYTES = 64 * 1024 * 1024  # a longer film belongs on a server of films
_FACT = "files"


@dataclass(frozen=True)
class SharedFile:
    """A file of the articles folder (`articles`) or of the static folder (`static`), by its path below it."""

    root: str
    path: str
    hash: str
    size: int


@dataclass(frozen=True)
class FilesReport:
    """`too_large` were left out."""

    changed: int = 0
    too_large: tuple[str, ...] = ()


class PublishedFiles:
    """Writes them as the publisher, and reads them as any other node. `cache` is a folder of its own."""

    def __init__(self, engine: Engine, cache: Path) -> None:
        self._engine = engine
        self._cache = cache
        self._hashes: dict[Path, tuple[tuple[int, int], str]] = {}

    @property
    def hints_folder(self) -> Path:
        """Where `bring_hints` puts synonyms, pins and urgent messages, laid out as in the articles folder."""
        return self._cache / "hints"

    def digest(self) -> str:
        """Of the set as a whole; '' where none is kept."""
        with self._engine.connect() as connection:
            return fact(connection, _FACT)

    def publish(self, folder: Path, static: Path | None, default_lang: str) -> FilesReport:
        """Keep the files of these folders, in the place of those kept before. Raises OSError.

        What lies where this user may not read stays as it was kept.
        """
        unread: list[tuple[str, str]] = []
        places = dict(_served(folder, ARTICLES, unread))
        places |= {} if static is None else dict(_served(static, STATIC, unread))
        for _lang, file in hint_files(folder, default_lang):
            places[ARTICLES, file.relative_to(folder).as_posix()] = file
        wanted, too_large = {}, []
        for (root, path), file in places.items():
            try:
                size = file.stat().st_size
                if size > MOST_BYTES:
                    too_large.append(path)
                    continue
                wanted[root, path] = SharedFile(root, path, self._hash(file), size)
            except PermissionError:
                unread.append((root, path))
        with self._engine.connect() as connection:
            kept = [SharedFile(**row) for row in connection.execute(select(published_file)).mappings()]
            stored = {(one.root, one.path): one.hash for one in kept}
            wanted |= {(one.root, one.path): one for one in kept if _lies_in(one, unread)}
            known = set(connection.execute(select(published_file_content.c.hash)).scalars())
        if stored == {key: one.hash for key, one in wanted.items()}:
            return FilesReport(0, tuple(too_large))
        for key, one in wanted.items():
            if one.hash not in known:
                self._keep(one.hash, places[key].read_bytes())
                known.add(one.hash)
        with writing(self._engine) as connection:
            connection.execute(delete(published_file))
            if wanted:
                connection.execute(insert(published_file), [vars(one) for one in wanted.values()])
            unused = published_file_content.c.hash.not_in(select(published_file.c.hash))
            connection.execute(delete(published_file_content).where(unused))
            digest = hashlib.sha256("\n".join(sorted(map(repr, wanted.values()))).encode()).hexdigest()[:16]
            set_fact(connection, _FACT, digest)
        changed = {key for key in stored.keys() | wanted.keys() if stored.get(key) != _hash_of(wanted, key)}
        return FilesReport(len(changed), tuple(too_large))

    def bring_hints(self) -> None:
        """Write the hints that are kept into `hints_folder`, and remove others there. Raises OSError."""
        with self._engine.connect() as connection:
            named = select(published_file.c.path, published_file.c.hash).where(
                published_file.c.root == ARTICLES, published_file.c.path.endswith(".yml")
            )
            rows = {row.path: row.hash for row in connection.execute(named)}
        for path, digest in rows.items():
            source, place = self._content(digest), self.hints_folder / path
            if source is None:
                raise FileNotFoundError(f"the content of {path} is gone; it is looked for again")
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.is_file() or place.read_bytes() != source.read_bytes():
                beside = place.with_name(f".{place.name}.part")
                shutil.copyfile(source, beside)
                beside.replace(place)
        for left in [path for path in self.hints_folder.rglob("*.yml") if path.is_file()]:
            if left.relative_to(self.hints_folder).as_posix() not in rows:
                left.unlink(missing_ok=True)

    def find(self, root: str, path: str) -> Path | None:
        """A copy of the file at this path, whose name is its hash; None when none is kept. Raises OSError."""
        with self._engine.connect() as connection:
            wanted = select(published_file.c.hash).where(published_file.c.root == root, published_file.c.path == path)
            digest = connection.execute(wanted).scalar()
        return None if digest is None else self._content(digest)

    def _content(self, digest: str) -> Path | None:
        path = self._cache / digest[:2] / digest
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            return path
        with self._engine.connect() as connection:
            body = connection.execute(
                select(published_file_content.c.body).where(published_file_content.c.hash == digest)
            ).scalar()
        if body is None or hashlib.sha256(body).hexdigest() != digest:
            return None
        path.unlink(missing_ok=True)
        atomic_files.keep(path, body)
        return path

    def _keep(self, digest: str, body: bytes) -> None:
        if hashlib.sha256(body).hexdigest() != digest:
            raise OSError("a file was changed while it was read; it is published again")
        with writing(self._engine) as connection:
            connection.execute(insert(published_file_content), {"hash": digest, "body": body})

    def _hash(self, file: Path) -> str:
        stat = file.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        known = self._hashes.get(file)
        if known is None or known[0] != stamp:
            self._hashes[file] = known = (stamp, hashlib.sha256(file.read_bytes()).hexdigest())
        return known[1]


def _hash_of(files: Mapping[tuple[str, str], SharedFile], key: tuple[str, str]) -> str | None:
    return files[key].hash if key in files else None


def _lies_in(file: SharedFile, unread: Sequence[tuple[str, str]]) -> bool:
    return any(file.root == root and (file.path == path or file.path.startswith(f"{path}/")) for root, path in unread)


def _served(folder: Path, root: str, unread: list[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], Path]]:
    """What may be served of a folder, by root and path; `unread` gets the folders in it that cannot be read."""

    def note(failure: OSError) -> None:
        if not isinstance(failure, FileNotFoundError):
            unread.append((root, Path(failure.filename).relative_to(folder).as_posix()))

    for place, folders, files in os.walk(folder, onerror=note):
        below = Path(place).relative_to(folder)
        folders[:] = [name for name in folders if not name.startswith(".") or name == ".gitbook"]
        for name in files:
            path = (below / name).as_posix()
            if may_be_served(folder, path):
                yield (root, path), folder / path


def may_be_served(folder: Path, path: str) -> bool:
    """Whether the file at this path below the folder is one that visitors may have."""
    return has_served_name(path) and may_be_read(folder, path)


def has_served_name(path: str) -> bool:
    return not is_hidden(path) and path.rsplit(".", 1)[-1].lower() in SHOWN_FILES | DOWNLOADS
