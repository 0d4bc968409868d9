"""Attachments: what a file is is read from its contents; what is not recognised is kept all the same.

Files lie below one folder outside the web root, named by the SHA-256 of their contents, and are synced to disk
before the ticket that mentions them is committed. They are only ever served as downloads, so a page or a script in one
never runs here; its name is given an ending with which it does not run on the reader's machine either.

Refused are programs, endings the operator does not want, and pictures that claim more pixels than a camera makes. No
picture and no archive is ever decoded here. Where a picture was taken (EXIF, GPS) is removed, unless the operator
keeps it.
"""

import hashlib
import io
import re
import shutil
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from core import atomic_files
from core.image_size import HiddenSize, image_size
from core.object_store import Bucket, verified
from support.tickets.models import CheckedFile, FileRefused, Upload
from support.tickets.picture_metadata import Uncleanable, without_metadata


@dataclass(frozen=True)
class Kind:
    """A type of file: its MIME type and the name endings it may keep (the first is the default). `inert` ones do
    nothing when they are opened, so that under a misleading name they get their own ending and are taken."""

    mime: str
    endings: tuple[str, ...]
    inert: bool = True


PNG = Kind("image/png", ("png",))
JPEG = Kind("image/jpeg", ("jpg", "jpeg", "jpe", "jfif"))
GIF = Kind("image/gif", ("gif",))
WEBP = Kind("image/webp", ("webp",))
HEIC = Kind("image/heic", ("heic", "heif", "hif"))
AVIF = Kind("image/avif", ("avif",))
BMP = Kind("image/bmp", ("bmp", "dib"))
TIFF = Kind("image/tiff", ("tif", "tiff", "dng", "nef", "arw", "cr2"))
PDF = Kind("application/pdf", ("pdf",))
_MOVIES = ("mp4", "m4v", "mov", "3gp", "3g2", "3gpp", "qt")  # one container, whose varieties programs mix up
MP4 = Kind("video/mp4", _MOVIES)
MOV = Kind("video/quicktime", ("mov", *_MOVIES))
THREE_GP = Kind("video/3gpp", ("3gp", *_MOVIES))
WEBM = Kind("video/webm", ("webm", "mkv", "mka"))
AVI = Kind("video/x-msvideo", ("avi",))
WMV = Kind("video/x-ms-wmv", ("wmv", "asf", "wma"))
MPEG = Kind("video/mpeg", ("mpg", "mpeg", "vob"))
M4A = Kind("audio/mp4", ("m4a", "m4b", "mp4"))
MP3 = Kind("audio/mpeg", ("mp3",))
AAC = Kind("audio/aac", ("aac",))
OGG = Kind("audio/ogg", ("ogg", "oga", "opus", "ogv", "spx"))
WAV = Kind("audio/wav", ("wav",))
FLAC = Kind("audio/flac", ("flac",))
AMR = Kind("audio/amr", ("amr", "awb"))
AIFF = Kind("audio/aiff", ("aiff", "aif"))
RTF = Kind("application/rtf", ("rtf", "doc"))
_TEXT_ENDINGS = (
    "txt", "log", "csv", "tsv", "json", "jsonl", "yaml", "yml", "toml", "ini", "conf", "cfg", "properties", "md", "eml",
    "ics", "vcf", "srt", "vtt", "diff", "patch", "sql", "tex", "rst", "asc", "pem", "crt",
)  # fmt: skip
TEXT = Kind("text/plain", (*_TEXT_ENDINGS, "xml", "plist", "gpx", "kml"))
MARKUP = Kind("text/plain", _TEXT_ENDINGS)  # text that a browser would run, were it called .html, .svg or .xml
DOCX = Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx", "docm", "dotx"), False)
XLSX = Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx", "xlsm", "xltx"), False)
PPTX = Kind(
    "application/vnd.openxmlformats-officedocument.presentationml.presentation", ("pptx", "pptm", "ppsx"), False
)
ODT = Kind("application/vnd.oasis.opendocument.text", ("odt", "ott"), False)
ODS = Kind("application/vnd.oasis.opendocument.spreadsheet", ("ods", "ots"), False)
ODP = Kind("application/vnd.oasis.opendocument.presentation", ("odp", "otp"), False)
OFFICE = Kind("application/x-ole-storage", ("doc", "xls", "ppt", "msg", "vsd", "mpp", "pub", "pps", "dot"), False)
ZIP = Kind("application/zip", ("zip", "epub", "kmz", "pages", "numbers", "key", "xps", "vsdx", "cbz"), False)
GZIP = Kind("application/gzip", ("gz", "tgz"), False)
SEVEN_ZIP = Kind("application/x-7z-compressed", ("7z",), False)
RAR = Kind("application/vnd.rar", ("rar",), False)
BZIP2 = Kind("application/x-bzip2", ("bz2", "tbz2"), False)
XZ = Kind("application/x-xz", ("xz", "txz"), False)
ZSTD = Kind("application/zstd", ("zst",), False)
TAR = Kind("application/x-tar", ("tar",), False)
BINARY = Kind("application/octet-stream", (), False)

KINDS = (
    PNG, JPEG, GIF, WEBP, HEIC, AVIF, BMP, TIFF, PDF, MP4, MOV, THREE_GP, WEBM, AVI, WMV, MPEG, M4A, MP3, AAC, OGG, WAV,
    FLAC, AMR, AIFF, RTF, TEXT, DOCX, XLSX, PPTX, ODT, ODS, ODP, OFFICE, ZIP, GZIP, SEVEN_ZIP, RAR, BZIP2, XZ, ZSTD,
    TAR,
)  # fmt: skip
# The usual ones, for the browser's dialog: others are taken, too.
ENDINGS = tuple(dict.fromkeys(ending for kind in KINDS for ending in kind.endings))
REFUSED_ENDINGS = (
    "exe", "com", "scr", "pif", "msi", "msp", "msix", "appx", "cpl", "dll", "sys", "jar", "apk", "lnk", "chm", "iso",
    "img", "vhd", "vhdx", "xll",
)  # fmt: skip

_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevx", b"mif1", b"msf1"}
_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"%PDF-", PDF),
    (b"\x1a\x45\xdf\xa3", WEBM),
    (b"0&\xb2u\x8ef\xcf\x11", WMV),
    (b"\0\0\1\xba", MPEG),
    (b"\0\0\1\xb3", MPEG),
    (b"ID3", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xf3", MP3),
    (b"\xff\xf2", MP3),
    (b"\xff\xfa", MP3),
    (b"\xff\xf1", AAC),
    (b"\xff\xf9", AAC),
    (b"OggS", OGG),
    (b"fLaC", FLAC),
    (b"#!AMR", AMR),
    (b"{\\rtf", RTF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OFFICE),
    (b"\x1f\x8b\x08", GZIP),
    (b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (b"Rar!\x1a\x07", RAR),
    (b"BZh", BZIP2),
    (b"\xfd7zXZ\0", XZ),
    (b"\x28\xb5\x2f\xfd", ZSTD),
)
_PROGRAMS = (
    b"MZ", b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe", b"dex\n03", b"L\0\0\0\x01\x14\x02\0", b"\0asm", b"ITSF", b"FWS", b"CWS", b"ZWS",
    b"\xed\xab\xee\xdb", b"!<arch>\ndebian", b"xar!",
)  # fmt: skip
_SCRIPTABLE = re.compile(
    r"<\s*(?:script|svg|html|iframe|!doctype)\b|http://www\.w3\.org/(?:1999/xhtml|2000/svg|1999/XSL)", re.IGNORECASE
)
_RUN_BY_NAME = frozenset(
    [
        "html",
        "htm",
        "xhtml",
        "xht",
        "shtml",
        "svg",
        "svgz",
        "xml",
        "xsl",
        "xslt",
        "mht",
        "mhtml",
        "hta",
        "js",
        "jse",
        "mjs",
        "vbs",
        "vbe",
        "wsf",
        "wsh",
        "ps1",
        "psm1",
        "bat",
        "cmd",
        "sh",
        "bash",
        "command",
        "py",
        "pyw",
        "rb",
        "pl",
        "php",
        "reg",
        "scf",
        "url",
        "webloc",
        "desktop",
        "inf",
        "application",
        "gadget",
        "jnlp",
    ]
)
_MAX_NAME = 100
_MAX_NAME_BYTES = 200  # of 255 that file systems have, with room for “ (2)”
_MOST_PIXELS = 250_000_000  # a phone's camera has 200 million
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
METADATA_KEPT = "metadata_kept"


def identify(data: bytes) -> Kind:
    """The kind of file these contents are; BINARY for what is not recognised."""
    head = data[:64]
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return PNG
    if head.startswith(b"RIFF"):
        return {b"WEBP": WEBP, b"WAVE": WAV, b"AVI ": AVI}.get(head[8:12], BINARY)
    if head.startswith(b"FORM") and head[8:12] in {b"AIFF", b"AIFC"}:
        return AIFF
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12], data[16 : 16 + 64])
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_zip(data)
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if re.match(rb"(?:\xef\xbb\xbf)?\s*%PDF-", data[:1024]):
        return PDF
    text = _plain_text(data)
    if text is not None:
        return MARKUP if _SCRIPTABLE.search(text) else TEXT
    if head.startswith(b"BM"):
        return BMP
    if data[257:262] == b"ustar":
        return TAR
    return PDF if b"%PDF-" in data[:1024] else BINARY


def is_program(data: bytes) -> bool:
    """Whether an operating system would run these contents."""
    return data.startswith(_PROGRAMS) and _plain_text(data) is None


def _of_brand(brand: bytes, others: bytes) -> Kind:
    if brand in {b"avif", b"avis"} or (brand in {b"mif1", b"msf1"} and b"avif" in others):
        return AVIF
    if brand in _HEIC_BRANDS:
        return HEIC
    if brand == b"qt  ":
        return MOV
    if brand[:3] in {b"3gp", b"3g2", b"3ge", b"3gg"}:
        return THREE_GP
    return M4A if brand in {b"M4A ", b"M4B ", b"M4P "} else MP4


def _of_zip(data: bytes) -> Kind:
    """Office documents are archives that say early what they are. Nothing is unpacked."""
    if data[30:38] == b"mimetype":
        for kind in (ODT, ODS, ODP):
            if data[38:].startswith(kind.mime.encode()):
                return kind
    names = data[:65_536] + data[-65_536:]
    if b"[Content_Types].xml" in names:
        for folder, kind in ((b"word/", DOCX), (b"xl/", XLSX), (b"ppt/", PPTX)):
            if folder in names:
                return kind
    return ZIP


def _plain_text(data: bytes) -> str | None:
    # Old editors still write cp1254 or Big5. Read as Latin-1 such text has no control characters; a program does.
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    encodings: tuple[str, ...] = ("utf-16",) if utf16 else ("utf-8-sig", "latin-1")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if any(ch < " " and ch not in "\t\n\r\f\b\x1a\x1b" for ch in set(text)) else text
    return None


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
    import puremagic  # a megabyte of tables, for files that are refused

    try:
        return str(puremagic.from_string(data[:8192]))
    except (puremagic.PureError, ValueError):
        return ""


def shown_name(name: str) -> str:
    """The name somebody gave, safe to be shown: one line, without path and without what turns the order of letters."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    return " ".join("".join(map(_visible, name)).split())


def _visible(ch: str) -> str:
    # Joiners stay: Persian, Indic scripts and many emoji need them. Letters newer than this Python's tables, too.
    if ch in "\u200c\u200d":
        return ch
    category = unicodedata.category(ch)
    return " " if category in {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"} or ch in "\ufffe\uffff" else ch


def ending_of(name: str) -> str:
    """The ending of this name in small letters, without the dot; '' for none."""
    return shown_name(name).strip(". ").rpartition(".")[2].strip().lower() if "." in name.strip(". ") else ""


def clean_name(name: str, kind: Kind) -> str:
    """A name in any script that is safe on any system and in any header, ending in what the file really is."""
    name = re.sub(r'[<>:"|?*%;]', "_", shown_name(name)).strip(". ")
    stem, dot, ending = name.rpartition(".")
    ending = ending.lower()
    allowed = ending in kind.endings
    if kind is BINARY:
        allowed = re.fullmatch(r"[a-z0-9_-]{1,12}", ending) is not None and ending not in _RUN_BY_NAME
    if not dot or not allowed:
        stem, ending = name, kind.endings[0] if kind.endings else "bin"
    stem = _cut(stem.strip(". "), len(ending) + 1) or "file"
    if _DEVICES.fullmatch(stem):
        stem = f"_{stem}"
    return f"{stem}.{ending}"


def _cut(stem: str, room: int) -> str:
    """As much of a name as fits, never ending between a letter and its accents."""
    short = stem[: _MAX_NAME - room].encode()[: _MAX_NAME_BYTES - room].decode("utf-8", "ignore")
    at = len(short)
    if at < len(stem):
        while at and (unicodedata.combining(stem[at]) or stem[at] in "\u200c\u200d" or stem[at - 1] in "\u200c\u200d"):
            at -= 1
    return short[:at].rstrip(". ")


def told_apart(files: Iterable[CheckedFile], already: Iterable[CheckedFile] = ()) -> tuple[CheckedFile, ...]:
    """The files with names of their own: the second `photo.jpg` becomes `photo (2).jpg`. The same file twice is one."""
    kept = list(already)
    seen = {(file.name, file.sha256) for file in kept}
    names = {file.name.casefold() for file in kept}
    for file in files:
        if (file.name, file.sha256) in seen:
            continue
        seen.add((file.name, file.sha256))
        stem, _dot, ending = file.name.rpartition(".")
        number, name = 2, file.name
        while name.casefold() in names:
            name = f"{stem} ({number}).{ending}"
            number += 1
        names.add(name.casefold())
        if not any(file.sha256 == one.sha256 and _same(file.name, one.name) for one in kept):
            kept.append(replace(file, name=name))
    return tuple(kept)


def _same(name: str, numbered: str) -> bool:
    """Whether the second is the first, perhaps with a number that tells it apart."""
    stem, _dot, ending = name.rpartition(".")
    return name == numbered or re.fullmatch(rf"{re.escape(stem)} \([0-9]+\)\.{re.escape(ending)}", numbered) is not None


class AttachmentFolder:
    """The folder attachments lie in, and the bucket behind it, if there is one. Safe to use from several threads and
    processes at once."""

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        *,
        refused: Collection[str] = REFUSED_ENDINGS,
        keep_metadata: bool = False,
        bucket: Bucket | None = None,
    ):
        self._folder = folder
        self.bucket = bucket
        self.max_bytes = max_bytes
        self._refused = frozenset(ending.strip().lstrip(".").lower() for ending in refused)
        self._keep_metadata = keep_metadata

    def inspect(self, upload: Upload) -> tuple[CheckedFile, bytes]:
        """Check the contents without storing them: what may be stored, and its bytes. Raises FileRefused."""
        shown = shown_name(upload.name)[:_MAX_NAME] or "file"
        if not upload.data:
            raise FileRefused("empty", shown)
        if len(upload.data) > self.max_bytes:
            raise FileRefused("too_big", shown)
        if is_program(upload.data):
            raise FileRefused("type", shown, guess_name(upload.data) or ".exe")
        kind = identify(upload.data)
        name = clean_name(upload.name, kind)
        given = ending_of(upload.name)
        if ending_of(name) in self._refused or (given in self._refused and not kind.inert):
            raise FileRefused("type", shown, f".{given}" if given in self._refused else f".{ending_of(name)}")
        if unpacks(upload.data):
            raise FileRefused("unpacks", shown)
        data, note = upload.data, ""
        if not self._keep_metadata:
            try:
                data = without_metadata(data, kind.mime)
            except Uncleanable:  # a broken picture is better than none; the desk is told
                note = METADATA_KEPT
        return CheckedFile(name, kind.mime, len(data), hashlib.sha256(data).hexdigest(), note), data

    def save(self, upload: Upload) -> CheckedFile:
        """Check the contents, write them durably and return what may be stored. Raises FileRefused or OSError."""
        file, data = self.inspect(upload)
        self.keep(file.sha256, data)
        return file

    def keep(self, sha256: str, data: bytes) -> None:
        """Write durably, wherever other nodes read it. Raises OSError."""
        atomic_files.keep(self.path(sha256), data)
        if self.bucket is not None:
            self.bucket.put(_name(sha256), data)

    def verified(self, sha256: str) -> Path:
        """Where the file can be read, once its content was compared with its hash. Raises OSError: there is none, or it
        is damaged."""
        return verified(self.path(sha256), sha256, self.bucket, _name(sha256))

    def from_bucket(self, sha256: str) -> bytes | None:
        """The content as the bucket has it; None where there is none or it is damaged. Raises OSError."""
        data = self.bucket.get(_name(sha256)) if self.bucket is not None else None
        return data if data is not None and hashlib.sha256(data).hexdigest() == sha256 else None

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file() or (self.bucket is not None and self.bucket.has(_name(sha256)))

    def remove(self, sha256: str) -> None:
        """For good. Copies that other nodes fetched go with their next sweep. Raises OSError."""
        self.path(sha256).unlink(missing_ok=True)
        if self.bucket is not None:
            self.bucket.remove(_name(sha256))

    def check(self) -> None:
        """Health check: writes a file and deletes it. Raises OSError, as on a full disk."""
        atomic_files.check(self._folder)
        if self.bucket is not None:
            self.bucket.check()

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


def _name(sha256: str) -> str:
    return f"attachments/{sha256}"
