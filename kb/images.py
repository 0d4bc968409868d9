"""Image dimensions, so that pages reserve the space (no layout shift). Reads only the beginning of the file."""

import re
import struct
from pathlib import Path

_SVG_BOX = re.compile(rb"<svg[^>]*\bviewBox\s*=\s*[\"']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)", re.S)
_SVG_SIDES = re.compile(
    rb"<svg(?=[^>]*\bwidth\s*=\s*[\"']([\d.]+)(?:px)?[\"'])"
    rb"(?=[^>]*\bheight\s*=\s*[\"']([\d.]+)(?:px)?[\"'])",
    re.S,
)


def size_of(path: Path) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, JPEG, GIF, WebP or SVG; None when the file does not say."""
    try:
        with path.open("rb") as file:
            head = file.read(64 * 1024)
    except OSError:
        return None
    try:
        return _size(head)
    except (struct.error, ValueError, IndexError):
        return None


def _size(head: bytes) -> tuple[int, int] | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    if head[:6] in {b"GIF87a", b"GIF89a"}:
        width, height = struct.unpack("<HH", head[6:10])
        return width, height
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp(head)
    if head.startswith(b"\xff\xd8"):
        return _jpeg(head)
    found = _SVG_SIDES.search(head) or _SVG_BOX.search(head)
    return (round(float(found[1])), round(float(found[2]))) if found else None


def _webp(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(head):
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
