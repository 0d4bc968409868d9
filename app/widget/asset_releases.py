"""Archive of all served widget releases, so that no embedding page breaks by an upgrade.

`widget/build.py` writes the newest to `widget/dist`: the loader under its plain name, everything else under a content
hash. A page caches an old loader for minutes and pins one (subresource integrity) for years; both request files of
their own release, which the checkout no longer has. So each release is copied once into the data folder.
"""

import base64
import gzip
import hashlib
import json
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.events import emit

DIST = Path(__file__).parents[2] / "widget" / "dist"
KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".ts": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".css": "text/css; charset=utf-8",
    ".map": "application/json",
}
_NO_SITES = b"([]);\n"
_VERSION = re.compile(r"[0-9a-f]{8,64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


@dataclass(frozen=True)
class File:
    """A file, plain and gzipped. `integrity` is its subresource integrity hash."""

    data: bytes
    packed: bytes
    kind: str
    integrity: str

    @property
    def etag(self) -> str:
        return self.integrity.removeprefix("sha384-")[:32]


class Releases:
    """`kept` is the archive folder of releases, `dist` the newest build."""

    def __init__(self, kept: Path, dist: Path = DIST) -> None:
        self._kept = kept
        self._dist = dist

    def newest(self) -> str:
        """The version of the release in `dist`; '' when the widget was not built."""
        try:
            version = json.loads((self._dist / "manifest.json").read_text(encoding="utf-8"))["version"]
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        return version if isinstance(version, str) and _VERSION.fullmatch(version) else ""

    def plain(self, name: str) -> File | None:
        """A file of the newest release under an unversioned name, like `widget.js`."""
        return self._file(self._dist / name) if _NAME.fullmatch(name) else None

    def strings(self, tag: str) -> File | None:
        """The interface texts of a language: the operator's own, in `strings` of the folder, override ours."""
        name = f"{tag}.json"
        if not _NAME.fullmatch(name):
            return None
        return self._file(self._kept / "strings" / name) or self._file(self._dist / "strings" / name)

    def hashed(self, version: str, name: str) -> File | None:
        """An immutable file of this or an earlier release, by content hash."""
        if not (_VERSION.fullmatch(version) and _NAME.fullmatch(name)):
            return None
        return self._file(self._dist / version / name) or self._file(self._kept / version / name)

    def keep(self) -> None:
        """Archive the newest release atomically, if it is not yet archived. A full disk is logged, and pages then get
        the release from `dist`."""
        version = self.newest()
        source = self._dist / version
        if not version or not source.is_dir() or (self._kept / version).is_dir():
            return
        draft = self._kept / f".{version}.{os.getpid()}.{secrets.token_hex(4)}"
        try:
            shutil.copytree(source, draft)
            draft.rename(self._kept / version)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            if not (self._kept / version).is_dir():  # else another process was faster
                emit("widget_not_kept", error=type(error).__name__)

    def _file(self, path: Path) -> File | None:
        kind = KINDS.get(path.suffix)
        try:
            return _read(path, path.stat().st_mtime_ns, kind) if kind else None
        except OSError:
            return None


@lru_cache(maxsize=8)
def with_looks(loader: File, looks: str) -> File:
    """The loader with the sites' launcher configuration (a JSON list) in place of the empty list at its end."""
    if not loader.data.endswith(_NO_SITES):
        return loader
    return _file(loader.data.removesuffix(_NO_SITES) + f"({looks});\n".encode(), loader.kind)


@lru_cache(maxsize=128)
def _read(path: Path, _changed: int, kind: str) -> File:
    return _file(path.read_bytes(), kind)


def _file(data: bytes, kind: str) -> File:
    digest = base64.b64encode(hashlib.sha384(data).digest()).decode()
    return File(data, gzip.compress(data, 9, mtime=0), kind, f"sha384-{digest}")
