"""Metadata of pictures and videos taken out: EXIF with its GPS position, XMP, IPTC, comments, the camera's own notes.

No pixel is decoded or encoded again. JPEG, TIFF, HEIC, AVIF and MP4 are full of offsets, so what goes is overwritten
where it stands and the file keeps its length; in PNG, GIF and WebP its chunks are left out. What the picture needs to
look right stays: orientation, colour profile, animation. Reads and writes each byte a bounded number of times, whatever
a file claims of itself.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator

_MOST_PARTS = 100_000  # chunks, boxes, segments or entries: no real file has as many


class Uncleanable(ValueError):
    """The file is broken or of a variety nobody here can read: its metadata could not be taken out."""


def without_metadata(data: bytes, mime: str) -> bytes:
    """The same picture or video without metadata; of other types the same bytes. Raises Uncleanable."""
    clean = _CLEANERS.get(mime)
    if clean is None:
        return data
    try:
        return clean(data)
    except (struct.error, IndexError) as error:
        raise Uncleanable(str(error)) from None


def _jpeg(data: bytes) -> bytes:
    out = bytearray(data)
    end = _jpeg_image(data, out, 0)
    # Further pictures follow in one file (depth, HDR, preview), and other things: a film, notes of the camera.
    for _ in range(64):
        begin = data.find(b"\xff\xd8\xff", end)
        if begin < 0:
            break
        try:
            after = _jpeg_image(data, out, begin)
        except (Uncleanable, IndexError, struct.error):
            break
        out[end:begin] = bytes(begin - end)
        end = after
    return bytes(out[:end])


_FILL = re.compile(rb"\xff+")
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # a byte FF within a scan is followed by 00 or a restart


def _jpeg_image(data: bytes, out: bytearray, begin: int) -> int:
    """Blank the metadata of the picture that begins here; where it ends."""
    at = begin + 2
    for _ in range(_MOST_PARTS):
        found = _FILL.search(data, at)
        if found is None:
            return len(data)
        at = found.end()
        if at >= len(data):
            return len(data)
        marker = data[at]
        at += 1
        if marker == 0xD9:
            return at
        if marker in (0x00, 0x01, 0xD8) or 0xD0 <= marker <= 0xD7:
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        content, after = at + 2, at + length
        if length < 2 or after > len(data):
            raise Uncleanable("a segment that is longer than the file")
        if _is_jpeg_metadata(marker, data[content : content + 30]):
            _blank_segment(data, out, marker, content, after)
        at = after
        if marker == 0xDA:
            scan = _AFTER_SCAN.search(data, after)
            if scan is None:
                return len(data)
            at = scan.start()
    raise Uncleanable("too many segments")


def _is_jpeg_metadata(marker: int, head: bytes) -> bool:
    if marker == 0xE0:
        return not head.startswith((b"JFIF\0", b"AVI1"))  # JFXX holds a whole picture, with metadata of its own
    if marker == 0xE2:
        return not head.startswith((b"ICC_PROFILE\0", b"MPF\0", b"urn:iso:std:iso:ts:21496"))
    return marker == 0xFE or (0xE1 <= marker <= 0xEF and marker != 0xEE)  # not JFIF, nor Adobe's note on colours


def _blank_segment(data: bytes, out: bytearray, marker: int, content: int, after: int) -> None:
    kept = b""
    if marker == 0xE1 and data[content : content + 6] == b"Exif\0\0":
        orientation = _orientation(data[content + 6 : after])
        if orientation != 1:
            kept = b"Exif\0\0" + _tiny_exif(orientation)
    if not kept:
        out[content - 3] = 0xFE  # an empty comment
    out[content:after] = kept.ljust(after - content, b"\0")[: after - content]


def _orientation(tiff: bytes) -> int:
    """How the picture is to be turned, by its EXIF data; 1 is not at all."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return 1
    at = struct.unpack(order + "I", tiff[4:8])[0]
    if at + 2 > len(tiff):
        return 1
    count = struct.unpack(order + "H", tiff[at : at + 2])[0]
    for entry in range(at + 2, min(at + 2 + 12 * count, len(tiff) - 11), 12):
        tag, kind = struct.unpack(order + "HH", tiff[entry : entry + 4])
        if tag == 0x0112 and kind == 3:
            value = struct.unpack(order + "H", tiff[entry + 8 : entry + 10])[0]
            return int(value) if 1 <= value <= 8 else 1
    return 1


def _tiny_exif(orientation: int) -> bytes:
    """EXIF data that hold the orientation and nothing else."""
    return b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) + bytes(4)


_PNG_KEPT = frozenset(
    b"tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV mDCv cLLI cLLi bKGD hIST pHYs sPLT acTL fcTL fdAT".split()
)


def _png(data: bytes) -> bytes:
    kept = [data[:8]]
    at = 8
    for _ in range(_MOST_PARTS):
        if at >= len(data):
            break
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        after = at + 12 + length
        critical = 65 <= kind[0] <= 90
        if after > len(data) and not critical:
            raise Uncleanable("a chunk that is longer than the file")
        if critical or kind in _PNG_KEPT:
            kept.append(data[at:after])
        elif kind == b"eXIf":
            orientation = _orientation(data[at + 8 : after - 4])
            if orientation != 1:
                tiny = b"eXIf" + _tiny_exif(orientation)
                kept.append(struct.pack(">I", len(tiny) - 4) + tiny + struct.pack(">I", zlib.crc32(tiny)))
        at = after
        if kind == b"IEND":
            break
    else:
        raise Uncleanable("too many chunks")
    return b"".join(kept)


_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"})


def _webp(data: bytes) -> bytes:
    kept: list[bytes] = []
    at, exif = 12, b""
    stop = 8 + struct.unpack("<I", data[4:8])[0]  # what stands after it is none of the picture
    for _ in range(_MOST_PARTS):
        if at + 8 > min(len(data), stop):
            break
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        after = at + 8 + length + length % 2
        if at + 8 + length > len(data) and kind not in {b"VP8 ", b"VP8L"}:
            raise Uncleanable("a chunk that is longer than the file")
        if kind in _WEBP_KEPT:
            kept.append(data[at:after])
        elif kind == b"EXIF":
            orientation = _orientation(data[at + 8 : after].removeprefix(b"Exif\0\0"))
            if orientation != 1:
                tiny = _tiny_exif(orientation)
                exif = struct.pack("<4sI", b"EXIF", len(tiny)) + tiny
        at = after
    else:
        raise Uncleanable("too many chunks")
    if not any(part.startswith((b"VP8 ", b"VP8L", b"ANMF")) for part in kept):
        raise Uncleanable("no picture in it")
    if kept[0].startswith(b"VP8X") and len(kept[0]) > 8:
        flags = kept[0][8] & ~0x0C | (0x08 if exif else 0)
        kept[0] = kept[0][:8] + bytes((flags,)) + kept[0][9:]
    body = b"WEBP" + b"".join(kept) + exif
    return b"RIFF" + struct.pack("<I", len(body)) + body


_GIF_KEPT = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"})  # how often it repeats, and its colours


def _gif(data: bytes) -> bytes:
    at = 13 + _gif_colours(data[10])
    kept = [data[:at]]
    for _ in range(_MOST_PARTS):
        kind = data[at : at + 1]
        if kind in {b";", b""}:
            kept.append(kind)
            return b"".join(kept)
        if kind == b"!":
            after = _gif_blocks(data, at + 2)
            comment = data[at + 1] == 0xFE
            if not comment and (data[at + 1] != 0xFF or data[at + 3 : at + 14] in _GIF_KEPT):
                kept.append(data[at:after])
        elif kind == b",":
            after = _gif_blocks(data, at + 11 + _gif_colours(data[at + 9]))
            kept.append(data[at:after])
        else:
            raise Uncleanable("a block of no known kind")
        at = after
    raise Uncleanable("too many blocks")


def _gif_colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_blocks(data: bytes, at: int) -> int:
    """Where the blocks that begin here end; a file that breaks off ends them too."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return min(at + 1, len(data))


_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TIFF_FOLDERS = frozenset({0x8769, 0x8825, 0xA005})  # EXIF, GPS, interoperability: folders of metadata
_TIFF_DROPPED = _TIFF_FOLDERS | {
    0x010D, 0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x02BC, 0x83BB, 0x8649, 0x8298, 0x927C,
    0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F, 0xC614, 0xC62F, 0xC634, 0xC68B,
}  # fmt: skip
# Tags of EXIF that stand among those of the picture, as in TIFF/EP and raw files of cameras.
_TIFF_DROPPED_FROM = ((0x829A, 0x829D), (0x8822, 0x8835), (0x9000, 0x92FF), (0xA000, 0xA4FF))


def _tiff_drops(tag: int) -> bool:
    return tag in _TIFF_DROPPED or any(first <= tag <= last for first, last in _TIFF_DROPPED_FROM)


class _Tiff:
    """A TIFF whose metadata are overwritten in place."""

    def __init__(self, data: bytes):
        self.order = "<" if data[:2] == b"II" else ">"
        if struct.unpack(self.order + "H", data[2:4])[0] != 42:
            raise Uncleanable("BigTIFF")
        self.data = data
        self.out = bytearray(data)
        self._blanked = 0
        self._entries = 0
        self._seen: set[int] = set()

    def clean(self) -> bytes:
        waiting = [(self._long(self.data, 4), False)]
        while waiting:
            at, metadata = waiting.pop()
            if at and at not in self._seen:
                self._seen.add(at)
                waiting += self._folder(at, metadata)
        return bytes(self.out)

    def _folder(self, at: int, metadata: bool) -> list[tuple[int, bool]]:
        """Clean one folder of entries; the folders it leads to, and whether they are metadata throughout."""
        count = struct.unpack(self.order + "H", self.data[at : at + 2])[0]
        self._entries += count
        if self._entries > _MOST_PARTS or at + 6 + 12 * count > len(self.data):
            raise Uncleanable("a folder that is longer than the file")
        further: list[tuple[int, bool]] = []
        kept = []
        for start in range(at + 2, at + 2 + 12 * count, 12):
            entry = self.data[start : start + 12]
            tag, kind, many = struct.unpack(self.order + "HHI", entry[:8])
            place = self._long(entry, 8)
            if tag in _TIFF_FOLDERS:
                further.append((place, True))
            elif metadata or _tiff_drops(tag):
                size = many * _TIFF_SIZES.get(kind, 1)
                if size > 4:
                    self._blank(place, size)
            elif tag == 0x014A and kind in (4, 13):
                further += [(folder, False) for folder in self._longs(place, many)]
            if not metadata and not _tiff_drops(tag):
                kept.append(entry)
        next_folder = self.data[at + 2 + 12 * count : at + 6 + 12 * count]
        table = b"" if metadata else struct.pack(self.order + "H", len(kept)) + b"".join(kept) + next_folder
        self.out[at : at + 6 + 12 * count] = table.ljust(6 + 12 * count, b"\0")
        return [*further, (self._long(next_folder, 0), metadata)]

    def _blank(self, place: int, size: int) -> None:
        self._blanked += size
        if place + size > len(self.data) or self._blanked > len(self.data):
            raise Uncleanable("an entry that is longer than the file")
        self.out[place : place + size] = bytes(size)

    def _long(self, data: bytes, at: int) -> int:
        return int(struct.unpack(self.order + "I", data[at : at + 4])[0])

    def _longs(self, place: int, many: int) -> list[int]:
        if many == 1:
            return [place]
        if many > 64:
            raise Uncleanable("too many folders")
        return [self._long(self.data, place + 4 * index) for index in range(many)]


def _tiff(data: bytes) -> bytes:
    return _Tiff(data).clean()


_Box = tuple[bytes, int, int, int]  # type, where it begins, where its content begins, where it ends


def _boxes(data: bytes, at: int, end: int, *, strict: bool) -> Iterator[_Box]:
    """Boxes of an ISO base media file (MP4, MOV, HEIC, AVIF)."""
    for _ in range(_MOST_PARTS):
        if at + 8 > end:
            return
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        content = at + 8
        if size == 1:
            size, content = struct.unpack(">Q", data[at + 8 : at + 16])[0], at + 16
        after = end if size == 0 else at + size
        if after < content or (strict and after > end):
            raise Uncleanable("a box that is longer than the file")
        yield kind, at, content, min(after, end)
        at = after
    raise Uncleanable("too many boxes")


# What programs take away they often only rename `free`, with its words in it.
_VIDEO_METADATA = frozenset({b"udta", b"meta", b"uuid", b"free", b"skip"})


def _video(data: bytes) -> bytes:
    out = bytearray(data)

    def free(begin: int, content: int, end: int) -> None:
        out[begin + 4 : begin + 8] = b"free"
        out[content:end] = bytes(end - content)

    for kind, begin, content, end in _boxes(data, 0, len(data), strict=False):
        if kind in {b"uuid", b"meta", b"free", b"skip"}:
            free(begin, content, end)
        if kind != b"moov":
            continue
        for inner, at, inside, after in _boxes(data, content, end, strict=True):
            if inner in _VIDEO_METADATA:
                free(at, inside, after)
            if inner == b"trak":
                for part, start, within, stop in _boxes(data, inside, after, strict=True):
                    if part in _VIDEO_METADATA:
                        free(start, within, stop)
    return bytes(out)


def _heif(data: bytes) -> bytes:
    out = bytearray(data)
    blanked = 0
    for kind, _begin, content, end in _boxes(data, 0, len(data), strict=True):
        if kind != b"meta":
            continue
        inside = {k: (c, e) for k, _b, c, e in _boxes(data, content + 4, end, strict=True)}
        items = _heif_metadata_items(data, *inside[b"iinf"]) if b"iinf" in inside else {}
        if not items:
            continue
        if b"iloc" not in inside:
            raise Uncleanable("no word of where its metadata are")
        for item, extents in _heif_places(data, *inside[b"iloc"], inside.get(b"idat", (0, 0))[0]):
            if item not in items:
                continue
            for number, (at, length) in enumerate(extents):
                stop = at + (length or len(data) - at)
                blanked += stop - at
                if stop > len(data) or blanked > len(data):
                    raise Uncleanable("metadata that are longer than the file")
                kept = _heif_exif(data[at:stop]) if items[item] == b"Exif" and number == 0 else b""
                out[at:stop] = kept.ljust(stop - at, b"\0")[: stop - at]
    return bytes(out)


def _heif_exif(content: bytes) -> bytes:
    start = 4 + int.from_bytes(content[:4], "big")
    return bytes(4) + _tiny_exif(_orientation(content[start:]))


def _heif_metadata_items(data: bytes, at: int, end: int) -> dict[int, bytes]:
    """Items that are EXIF (`Exif`) or XMP and the like (`mime`), by their number."""
    found = {}
    start = at + (6 if data[at] == 0 else 8)
    for kind, _begin, content, _after in _boxes(data, start, end, strict=True):
        if kind == b"infe" and data[content] in (2, 3):
            wide = data[content] == 3
            number = int.from_bytes(data[content + 4 : content + (8 if wide else 6)], "big")
            name = data[content + (10 if wide else 8) : content + (14 if wide else 12)]
            if name in {b"Exif", b"mime", b"uri "}:
                found[number] = name
    return found


def _heif_places(data: bytes, at: int, end: int, idat: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """(item, [(where, how long)]) of each item."""
    version = data[at]
    offset_size, length_size = data[at + 4] >> 4, data[at + 4] & 15
    base_size, index_size = data[at + 5] >> 4, data[at + 5] & 15 if version in (1, 2) else 0
    at += 6

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > end:
            raise Uncleanable("a table that is longer than its box")
        return int.from_bytes(data[at - size : at], "big")

    total = 0
    for _ in range(number(4 if version == 2 else 2)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version in (1, 2) else 0
        number(2)
        base = number(base_size) + (idat if method == 1 else 0)
        extents = []
        for _ in range(number(2)):
            total += 1
            if total > _MOST_PARTS:
                raise Uncleanable("too many pieces")
            number(index_size)
            extents.append((base + number(offset_size), number(length_size)))
        if method in (0, 1):
            yield item, extents


_CLEANERS: dict[str, Callable[[bytes], bytes]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/gif": _gif,
    "image/webp": _webp,
    "image/tiff": _tiff,
    "image/heic": _heif,
    "image/avif": _heif,
    "video/mp4": _video,
    "video/quicktime": _video,
    "video/3gpp": _video,
    "audio/mp4": _video,
}
