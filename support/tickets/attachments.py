"""Attachments: the file type is detected from the contents, never from the name.

Files lie below one folder outside the web root, named by the SHA-256 of their contents, and are synced to disk
before the ticket that mentions them is committed. They are only ever served as downloads.

Archives are not accepted: what is inside cannot be shown to the team safely, and a small one can unpack to
gigabytes. So can a picture: one that says it has more pixels than a camera makes is refused, and none is ever
decoded here. Nor is HTML or SVG accepted, whatever it is called: a browser would run it.
"""

import hashlib
import io
import re
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import puremagic

from core import atomic_files
from core.image_size import HiddenSize, image_size
from support.tickets.models import CheckedFile, FileRefused, Upload


@dataclass(frozen=True)
class Kind:
    """A type of file that is accepted: its MIME type and the name endings it may keep (the first is the default)."""

    mime: str
    endings: tuple[str, ...]


PNG = Kind("image/png", ("png",))
JPEG = Kind("image/jpeg", ("jpg", "jpeg"))
GIF = Kind("image/gif", ("gif",))
WEBP = Kind("image/webp", ("webp",))
HEIC = Kind("image/heic", ("heic", "heif"))
PDF = Kind("application/pdf", ("pdf",))
MP4 = Kind("video/mp4", ("mp4", "m4v"))
MOV = Kind("video/quicktime", ("mov",))
TEXT = Kind("text/plain", ("txt", "log", "csv"))

KINDS = (PNG, JPEG, GIF, WEBP, HEIC, PDF, MP4, MOV, TEXT)
ENDINGS = tuple(ending for kind in KINDS for ending in kind.endings)

_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"}
_MP4_BRANDS = {
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"MSNV",
    b"dash",
    b"3gp4",
    b"3gp5",
}
_MARKUP = re.compile(r"\A\s*<(?:!doctype|html|head|body|svg|script|\?xml|iframe|math|x[ms]l)", re.IGNORECASE)
_SCRIPTABLE = re.compile(r"<\s*(?:script|svg|html|iframe)\b", re.IGNORECASE)
_MAX_NAME = 100
_MOST_PIXELS = 250_000_000  # a phone's camera has 200 million


def identify(data: bytes) -> Kind | None:
    """The kind of file these contents are, or None when it is not one we accept."""
    head = data[:32]
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"%PDF-"):
        return PDF
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in _HEIC_BRANDS:
            return HEIC
        if brand == b"qt  ":
            return MOV
        return MP4 if brand in _MP4_BRANDS else None
    return TEXT if _is_plain_text(data) else None


def _is_plain_text(data: bytes) -> bool:
    # Old editors still write cp1254 or Big5. Read as Latin-1 such text has no control characters; a program does.
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    encodings: tuple[str, ...] = ("utf-16",) if utf16 else ("utf-8-sig", "latin-1")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(ch < " " and ch not in "\t\n\r\f\x1b" for ch in set(text)):
            return False
        return not _MARKUP.match(text) and not _SCRIPTABLE.search(text[:4096])
    return False


def unpacks(data: bytes) -> bool:
    """Decompression bomb check: a picture with more pixels than a camera makes, or one that hides how many it has. One
    that does not say at all cannot be opened by any program."""
    try:
        size = image_size(io.BytesIO(data))
    except HiddenSize:
        return True
    return size is not None and size[0] * size[1] > _MOST_PIXELS


def guess_name(data: bytes) -> str:
    """What a refused file looks like, for the message to the customer (`.exe`), or '' when nobody knows."""
    try:
        return str(puremagic.from_string(data[:8192]))
    except (puremagic.PureError, ValueError):
        return ""


def clean_name(name: str, kind: Kind) -> str:
    """A name that is safe on any system and in any header, ending in what the file really is."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    name = "".join(" " if unicodedata.category(ch)[0] in "CZ" else ch for ch in name)
    name = re.sub(r'[<>:"|?*%;]', "_", " ".join(name.split())).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if not dot or ending.lower() not in kind.endings:
        stem, ending = name, kind.endings[0]
    stem = stem.strip(". ")[: _MAX_NAME - len(ending) - 1] or "file"
    return f"{stem}.{ending.lower()}"


class AttachmentFolder:
    """The folder attachments lie in. Safe to use from several threads and processes at once."""

    def __init__(self, folder: Path, max_bytes: int):
        self._folder = folder
        self.max_bytes = max_bytes

    def save(self, upload: Upload) -> CheckedFile:
        """Check the contents, write them durably and return what may be stored. Raises FileRefused or OSError."""
        shown = " ".join(upload.name.split())[:_MAX_NAME] or "file"
        if not upload.data:
            raise FileRefused("empty", shown)
        if len(upload.data) > self.max_bytes:
            raise FileRefused("too_big", shown)
        kind = identify(upload.data)
        if kind is None:
            raise FileRefused("type", shown, guess_name(upload.data))
        if unpacks(upload.data):
            raise FileRefused("unpacks", shown)
        digest = hashlib.sha256(upload.data).hexdigest()
        atomic_files.keep(self.path(digest), upload.data)
        return CheckedFile(clean_name(upload.name, kind), kind.mime, len(upload.data), digest)

    def check(self) -> None:
        """Health check: writes a file and deletes it. Raises OSError, as on a full disk."""
        atomic_files.check(self._folder)

    def free_bytes(self) -> int:
        """Free disk space of the folder. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return shutil.disk_usage(self._folder).free

    def path(self, sha256: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise ValueError("not a SHA-256")
        return self._folder / sha256[:2] / sha256

    def unclaimed(self, older_than: float) -> list[Path]:
        """Files last used before this POSIX time. The caller checks that no ticket mentions them."""
        found = []
        for path in self._folder.glob("??/*"):
            try:
                if path.is_file() and path.stat().st_mtime < older_than:
                    found.append(path)
            except FileNotFoundError:
                continue
        return found
