"""How large a picture says it is, out of its first bytes. Nothing here decodes a picture.

The package imagesize reads the headers. What stands around it: only the formats named here come to it (it knows more,
and reads some of them in time that grows with the square of the file), and whatever a file claims, it gets no more than
a fixed number of small pieces of it.
"""

import io
from typing import BinaryIO

import imagesize

# A photograph has some tens of segments before its size, a depth map or a colour profile in pieces some hundred.
_MOST_READS = 4_096
_MOST_AT_ONCE = 64 * 1024  # a segment of a JPEG has no more
_MOST_BYTES = 1024 * 1024
# Of the container they share with videos: an .mp4 in ten thousand fragments is no picture that hides something.
_HEIF = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"})


class HiddenSize(ValueError):
    """The file may well say its size, but farther in than any real picture does."""


class _BoundedFile(io.BufferedIOBase):
    """Lets through reads of `file` until there were too many. Counts them, so that tests need no clock."""

    def __init__(self, file: BinaryIO):
        self._file = file
        self.reads = 0
        self.bytes = 0
        self.exhausted = False

    def read(self, size: int | None = -1, /) -> bytes:
        asked = _MOST_AT_ONCE if size is None or size < 0 else size
        self.reads += 1
        if self.reads > _MOST_READS or asked > _MOST_AT_ONCE or self.bytes > _MOST_BYTES:
            self.exhausted = True
            raise HiddenSize("too much to read")
        data = self._file.read(asked)
        self.bytes += len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)


def image_size(file: BinaryIO, *, as_shown: bool = False) -> tuple[int, int] | None:
    """Width and height of a PNG, JPEG, GIF, WebP, HEIC or AVIF that can be read and sought in; None for anything else
    and for a broken one. `as_shown` turns it the way its EXIF data say, as browsers do.

    Raises HiddenSize. Who refuses pictures that are too large refuses such a one too: decoders read on.
    """
    return _read(_BoundedFile(file), as_shown=as_shown)


def _read(file: _BoundedFile, *, as_shown: bool) -> tuple[int, int] | None:
    head = file.read(12)
    gif = head.startswith((b"GIF87a", b"GIF89a"))
    heif = head[4:8] == b"ftyp" and head[8:] in _HEIF
    webp = head.startswith(b"RIFF") and head[8:] == b"WEBP"
    if not (gif or heif or webp or head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"))):
        return None
    width, height = imagesize.get(file, exif_rotation=as_shown)
    if file.exhausted:
        raise HiddenSize("its size does not stand where pictures have it")
    if gif and len(head) >= 10:
        # It reads both sides as signed numbers, and says -1 for a file it cannot read: here it always can.
        width, height = width & 0xFFFF, height & 0xFFFF
    return (width, height) if width > 0 and height > 0 else None
