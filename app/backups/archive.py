"""The archive of a backup: a ZIP with a manifest of names, sizes and hashes, and how one is read without trusting it.

    manifest.json          what is in it, written last
    database/…             signpost.db (SQLite) or signpost.dump (pg_dump)
    files/…                the data folder, without what can be made again and without keys
    articles/…, static/…   the folders of articles, as they lay there; looks/… that of `looks_dir`
    keys.age               keys and settings, encrypted to the operator

An archive may come from anywhere. Names, sizes and kinds of entries are checked before anything is unpacked, nothing
is written outside of the folder it is unpacked to, and never more than the manifest says.
"""

import hashlib
import json
import re
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

FORMAT = 1
MANIFEST, KEYS = "manifest.json", "keys.age"
PARTS = ("database", "files", "articles", "static", "looks")
_CHUNK = 1024 * 1024
_LARGEST_MANIFEST = 256 * _CHUNK
_LARGEST_KEYS = 16 * _CHUNK
_HASH = re.compile(r"[0-9a-f]{64}")


class BadArchive(Exception):
    """The archive cannot be used, or is damaged; the message says where."""


@dataclass(frozen=True)
class Entry:
    """One file of the archive."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """What an archive holds: `tables` counts rows, `missing` and `damaged` are files that were so when it was made.
    `brand` is whose it is and `namespace` PostgreSQL's schema of its tables; '' in backups of before."""

    version: str
    created_at: str
    database: str  # "sqlite" or "postgresql"
    schema: str
    tables: Mapping[str, int]
    revision: int
    keys: str  # "recipient", "passphrase" or "none"
    files: Mapping[str, Entry]
    missing: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    skipped: int = 0
    format: int = field(default=FORMAT)
    brand: str = ""
    namespace: str = ""

    @property
    def total_bytes(self) -> int:
        return sum(entry.bytes for entry in self.files.values())

    def digest(self) -> str:
        """Of everything but the keys, which carry it: what was exchanged beside them does not go unnoticed."""
        rest = {**asdict(self), "files": {n: asdict(e) for n, e in self.files.items() if n != KEYS}}
        if not self.brand:  # of a release that did not know of it
            del rest["brand"], rest["namespace"]
        return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


class Writer:
    """Puts files into an archive and takes their hashes on the way."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.files: dict[str, Entry] = {}

    def add(self, name: str, source: IO[bytes], *, packed: bool = True) -> Entry:
        info = zipfile.ZipInfo(name)
        info.external_attr = (stat.S_IFREG | 0o600) << 16
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=True) as target:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
        self.files[name] = Entry(digest.hexdigest(), size)
        return self.files[name]

    def finish(self, manifest: Manifest) -> None:
        self._archive.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))


class Reader:
    """An archive whose entries are those its manifest names, and nothing else. See `opened`."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest, entries: Mapping[str, zipfile.ZipInfo]) -> None:
        self._archive = archive
        self.manifest = manifest
        self._entries = entries

    def check(self, name: str) -> None:
        """Read one file to its end. Raises BadArchive when it is not what the manifest says."""
        self._copy(name, None)

    def unpack(self, name: str, target: Path) -> None:
        """Write one file, which must not be there yet, and flush it to disk. Raises BadArchive or OSError."""
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with target.open("xb") as file:
            target.chmod(0o600)
            self._copy(name, file)

    def keys(self) -> bytes:
        """The encrypted keys. Raises BadArchive."""
        if self.manifest.files[KEYS].bytes > _LARGEST_KEYS:
            raise BadArchive(f"{KEYS} is larger than keys can be")
        self.check(KEYS)
        with self._archive.open(self._entries[KEYS]) as file:
            return file.read(_LARGEST_KEYS)

    def _copy(self, name: str, target: IO[bytes] | None) -> None:
        wanted, digest, size = self.manifest.files[name], hashlib.sha256(), 0
        try:
            with self._archive.open(self._entries[name]) as source:
                while chunk := source.read(_CHUNK):
                    size += len(chunk)
                    if size > wanted.bytes:
                        break
                    digest.update(chunk)
                    if target is not None:
                        target.write(chunk)
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
            raise BadArchive(f"{name} is damaged ({error})") from error
        except Exception as error:
            if type(error).__module__ in {"zlib", "lzma", "bz2"}:
                raise BadArchive(f"{name} is damaged ({error})") from error
            raise
        if size != wanted.bytes or digest.hexdigest() != wanted.sha256:
            raise BadArchive(f"{name} is damaged: it is not what the manifest says")


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """The archive, after all that can be checked without unpacking. Raises BadArchive or OSError."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise BadArchive(f"{path.name} is no archive, or was cut off ({error})") from error
    with archive:
        yield _reader(path, archive)


def _reader(path: Path, archive: zipfile.ZipFile) -> Reader:
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        _check_entry(info)
        if info.filename in entries:
            raise BadArchive(f"{info.filename!r} is in the archive twice")
        entries[info.filename] = info
    if MANIFEST not in entries:
        raise BadArchive(f"{path.name} has no {MANIFEST}: it is no backup, or was never finished")
    manifest = _read_manifest(archive, entries.pop(MANIFEST))
    for name in manifest.files.keys() ^ entries.keys():
        what = "is missing in the archive" if name in manifest.files else "is not named in the manifest"
        raise BadArchive(f"{name!r} {what}")
    for name, info in entries.items():
        if info.file_size != manifest.files[name].bytes:
            raise BadArchive(f"{name!r} has another size than the manifest says")
    return Reader(archive, manifest, entries)


def _check_entry(info: zipfile.ZipInfo) -> None:
    name = info.filename
    parts = PurePosixPath(name).parts
    plain = (
        name == "/".join(parts)
        and not name.startswith("/")
        and ".." not in parts
        and not re.search(r"[\\\x00-\x1f]", name)
        and len(name.encode("utf-8", "surrogatepass")) <= 4096
    )
    if not plain or not (name in {MANIFEST, KEYS} or (parts[0] in PARTS and len(parts) > 1)):
        raise BadArchive(f"{name[:200]!r} is no name of a file of a backup")
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG} or info.is_dir():
        raise BadArchive(f"{name!r} is no plain file")
    if info.flag_bits & 0x1 or info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise BadArchive(f"{name!r} is packed in a way backups are not")


def _read_manifest(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Manifest:
    if info.file_size > _LARGEST_MANIFEST:
        raise BadArchive("the manifest is larger than one can be")
    try:
        with archive.open(info) as file:
            raw = file.read(_LARGEST_MANIFEST)
        stored: Any = json.loads(raw)
        if stored["format"] != FORMAT:
            raise BadArchive(f"the backup has format {stored['format']!r}; this release reads {FORMAT}")
        files = {str(name): Entry(str(one["sha256"]), int(one["bytes"])) for name, one in stored["files"].items()}
        manifest = Manifest(
            version=str(stored["version"]),
            created_at=str(stored["created_at"]),
            database=str(stored["database"]),
            schema=str(stored["schema"]),
            tables={str(name): int(count) for name, count in stored["tables"].items()},
            revision=int(stored["revision"]),
            keys=str(stored["keys"]),
            files=files,
            missing=tuple(str(name) for name in stored.get("missing", ())),
            damaged=tuple(str(name) for name in stored.get("damaged", ())),
            skipped=int(stored.get("skipped", 0)),
            brand=str(stored.get("brand", "")),
            namespace=str(stored.get("namespace", "")),
        )
    except BadArchive:
        raise
    except Exception as error:  # whatever is wrong with it, it cannot be read
        raise BadArchive(f"the manifest cannot be read ({type(error).__name__})") from error
    if manifest.database not in {"sqlite", "postgresql"} or manifest.keys not in {"recipient", "passphrase", "none"}:
        raise BadArchive("the manifest says nothing this release knows")
    if (manifest.keys == "none") != (KEYS not in files):
        raise BadArchive("the manifest and the archive differ about keys")
    if database_name(manifest) not in files:
        raise BadArchive("there is no database in the archive")
    if any(not _HASH.fullmatch(entry.sha256) or entry.bytes < 0 for entry in files.values()):
        raise BadArchive("the manifest has a hash that is none")
    return manifest


def database_name(manifest: Manifest) -> str:
    """Where the database lies in the archive."""
    return "database/signpost.db" if manifest.database == "sqlite" else "database/signpost.dump"
