"""Every release of the widget that was ever served from here, kept so that no page breaks by an upgrade.

`widget/build.py` leaves the newest in `widget/dist`: the loader under its plain name, everything else below a name that
is a hash of its contents. A page holds an old loader for minutes and a pinned one (subresource integrity) for years;
both ask for files of their own release, which the checkout no longer has. So each is copied once into the data folder.
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
    """A file to send, as it is and packed. `integrity` is what a page may pin it to."""

    data: bytes
    packed: bytes
    kind: str
    integrity: str

    @property
    def etag(self) -> str:
        return self.integrity.removeprefix("sha384-")[:32]


class Releases:
    """`kept` is the folder for releases of old, `dist` where the newest is built."""

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
        """A file of the newest release under a name that stays the same, like `widget.js`."""
        return self._file(self._dist / name) if _NAME.fullmatch(name) else None

    def strings(self, tag: str) -> File | None:
        """The interface's words in a language: the operator's own, in `strings` of the folder, before ours."""
        name = f"{tag}.json"
        if not _NAME.fullmatch(name):
            return None
        return self._file(self._kept / "strings" / name) or self._file(self._dist / "strings" / name)

    def hashed(self, version: str, name: str) -> File | None:
        """A file that never changes, of this or of an earlier release."""
        if not (_VERSION.fullmatch(version) and _NAME.fullmatch(name)):
            return None
        return self._file(self._dist / version / name) or self._file(self._kept / version / name)

    def keep(self) -> None:
        """Copy the newest release to those kept, if it is not among them. Whole or not at all; a full disk is told
        of in the log, and pages get the release from where it was built as long as it is there."""
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
    """The loader with what it is to know of the sites, a JSON list; `widget/build.py` left an empty one at its end."""
    if not loader.data.endswith(_NO_SITES):
        return loader
    return _file(loader.data.removesuffix(_NO_SITES) + f"({looks});\n".encode(), loader.kind)


@lru_cache(maxsize=128)
def _read(path: Path, _changed: int, kind: str) -> File:
    return _file(path.read_bytes(), kind)


def _file(data: bytes, kind: str) -> File:
    digest = base64.b64encode(hashlib.sha384(data).digest()).decode()
    return File(data, gzip.compress(data, 9, mtime=0), kind, f"sha384-{digest}")
