"""Files that belong to what is published: pictures and downloads of articles, synonyms, pins and urgent messages.

Where nodes have no disk in common (PostgreSQL) the publisher keeps them in the database, each content once, and every
other node serves them from there, out of a cache in its data folder. A content that is not what its hash says is never
served. On one box they are served from the articles folder, and nothing is kept here.

What belonged to each revision is remembered as long as revisions are, so that a rollback brings it back.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, or_, select, update

from core import atomic_files
from core.database.connection import writing
from core.database.remembered import Remembered
from kb.publish_state import fact, set_fact
from kb.revisions import latest_number
from kb.schema import published_file, published_file_content, revision_file
from kb.source.inside import is_hidden, may_be_read
from kb.source.search_hints import hint_files

# What pages show, and what is only ever downloaded.
SHOWN_FILES = frozenset({"png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "mp4", "webm", "mp3", "vtt"})
DOWNLOADS = frozenset({"pdf", "txt", "csv", "zip", "docx", "xlsx", "odt", "ods"})
ARTICLES, STATIC = "articles", "static"
MOST_BYTES = 64 * 1024 * 1024  # a longer film belongs on a server of films
_FACT, _HELD = "files", "files_held"
_Key = tuple[str, str]  # root and path
_FILE = revision_file.c


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

    def __init__(
        self, engine: Engine, cache: Path, readers: Engine | None = None, remembered: Remembered | None = None
    ) -> None:
        """`readers` and `remembered` as in ArticleRepository."""
        self._engine = engine
        self._readers = readers or engine
        self._remembered = remembered
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

    def held(self) -> bool:
        """Whether a rollback holds files that the folder has otherwise: then no node serves them from its folder."""
        with self._readers.connect() as connection:
            return bool(fact(connection, _HELD))

    def roll_back(self, number: int) -> int:
        """Keep the files that belonged to this revision, in the place of those kept now, until the folder's own are
        changed; how many differ. Those of a revision from before files were remembered stay as they are."""
        with writing(self._engine) as connection:
            now, wanted = _current(connection), _at(connection, number)
            if not wanted and not connection.execute(select(revision_file.c.path).where(_FILE.since <= number)).first():
                return 0
            there = set(connection.execute(select(published_file_content.c.hash)).scalars())
            wanted = {key: one for key, one in wanted.items() if one.hash in there}
            changed = {key for key in now.keys() | wanted.keys() if _hash_of(now, key) != _hash_of(wanted, key)}
            if changed:
                held = _read_held(connection)
                # What the folder said when it was rolled back: of files that were held before, that is known already.
                held = {key: held.get(key, _hash_of(now, key) or "") for key in changed | held.keys()}
                set_fact(connection, _HELD, json.dumps([[*key, digest] for key, digest in sorted(held.items())]))
                _replace(connection, wanted)
        return len(changed)

    def publish(
        self, folder: Path, static: Path | None, default_lang: str, *, keep_rolled_back: bool = False
    ) -> FilesReport:
        """Keep the files of these folders, in the place of those kept before; with `keep_rolled_back`, those that a
        rollback brought back stay until the folder's are changed. Raises OSError.

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
            stored, opened = _current(connection), _open(connection)
            wanted |= {key: one for key, one in stored.items() if _lies_in(one, unread)}
            known = set(connection.execute(select(published_file_content.c.hash)).scalars())
            held_before = _read_held(connection)
        held = {key: digest for key, digest in held_before.items() if (_hash_of(wanted, key) or "") == digest}
        held = held if keep_rolled_back else {}
        for key in held:
            wanted.pop(key, None)
            if key in stored:
                wanted[key] = stored[key]
        hashes = {key: one.hash for key, one in wanted.items()}
        if {key: one.hash for key, one in stored.items()} == hashes == opened and held == held_before:
            return FilesReport(0, tuple(too_large))
        for key, one in wanted.items():
            if one.hash not in known:
                self._keep(one.hash, places[key].read_bytes())
                known.add(one.hash)
        with writing(self._engine) as connection:
            set_fact(connection, _HELD, json.dumps([[*k, h] for k, h in sorted(held.items())]) if held else "")
            _replace(connection, wanted)
        changed = {key for key in stored.keys() | wanted.keys() if _hash_of(stored, key) != _hash_of(wanted, key)}
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

        def read() -> str | None:
            wanted = select(published_file.c.hash).where(published_file.c.root == root, published_file.c.path == path)
            with self._readers.connect() as connection:
                found: str | None = connection.execute(wanted).scalar()
                return found

        digest = self._remembered.ask(("file", root, path), read) if self._remembered else read()
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


def _hash_of(files: Mapping[_Key, SharedFile], key: _Key) -> str | None:
    return files[key].hash if key in files else None


def _current(connection: Connection) -> dict[_Key, SharedFile]:
    return {(row.root, row.path): SharedFile(*row) for row in connection.execute(select(*published_file.c))}


def _open(connection: Connection) -> dict[_Key, str]:
    rows = connection.execute(select(_FILE.root, _FILE.path, _FILE.hash).where(_FILE.until.is_(None)))
    return {(row.root, row.path): row.hash for row in rows}


def _at(connection: Connection, number: int) -> dict[_Key, SharedFile]:
    """The files of a revision, as they were when the next one was published."""
    rows = connection.execute(
        select(_FILE.root, _FILE.path, _FILE.hash, _FILE.size).where(
            _FILE.since <= number, or_(_FILE.until.is_(None), _FILE.until > number)
        )
    )
    return {(row.root, row.path): SharedFile(*row) for row in rows}


def _read_held(connection: Connection) -> dict[_Key, str]:
    """What the folder said of each file that a rollback holds, '' for nothing."""
    return {(root, path): digest for root, path, digest in json.loads(fact(connection, _HELD) or "[]")}


def _replace(connection: Connection, wanted: Mapping[_Key, SharedFile]) -> None:
    """Make these the files that are published, as part of the latest revision."""
    connection.execute(delete(published_file))
    if wanted:
        connection.execute(insert(published_file), [vars(one) for one in wanted.values()])
    number, opened = latest_number(connection), _open(connection)
    for key, digest in opened.items():
        if _hash_of(wanted, key) != digest:
            this = (_FILE.root == key[0], _FILE.path == key[1], _FILE.until.is_(None))
            connection.execute(delete(revision_file).where(*this, _FILE.since == number))
            connection.execute(update(revision_file).where(*this).values(until=number))
    new = [{**vars(one), "since": number} for key, one in wanted.items() if opened.get(key) != one.hash]
    if new:
        connection.execute(insert(revision_file), new)
    used = (published_file_content.c.hash.not_in(select(table.c.hash)) for table in (published_file, revision_file))
    connection.execute(delete(published_file_content).where(*used))
    digest = hashlib.sha256("\n".join(sorted(map(repr, wanted.values()))).encode()).hexdigest()[:16]
    set_fact(connection, _FACT, digest if wanted else "")


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
