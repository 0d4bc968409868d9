"""Headers of pictures are read, in bounded work whatever they hold."""

import io
import struct

import pytest

from core import image_size as module
from core.image_size import HiddenSize, image_size

SOF = b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", 200, 300) + b"\x03" + b"\0" * 10
EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"  # turned by a quarter


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def webp(chunk: bytes) -> bytes:
    return b"RIFF\x24\x00\x00\x00WEBP" + chunk


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def heif(brand: bytes) -> bytes:
    size = box(b"ispe", b"\0" * 4 + struct.pack(">II", 300, 200))
    return box(b"ftyp", brand + b"\0" * 4 + brand) + box(b"meta", b"\0" * 4 + box(b"iprp", box(b"ipco", size)))


PICTURES = {
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 300, 200) + b"\x08\x02\0\0\0",
    "gif": b"GIF89a" + struct.pack("<HH", 300, 200) + b"\0\0\0",
    "jpeg": b"\xff\xd8" + segment(0xE0, b"JFIF\0" + b"\0" * 9) + SOF,
    "jpeg with a depth map": b"\xff\xd8" + segment(0xE2, b"a" * 65_000) * 300 + SOF,
    "webp": webp(b"VP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 300, 200)),
    "lossless webp": webp(b"VP8L\x0a\x00\x00\x00\x2f" + struct.pack("<I", 299 | 199 << 14)),
    "extended webp": webp(b"VP8X\x0a\x00\x00\x00\0\0\0\0\x2b\x01\x00\xc7\x00\x00"),
    "heic": heif(b"heic"),
    "avif": heif(b"avif"),
}


@pytest.mark.parametrize("data", PICTURES.values(), ids=PICTURES.keys())
def test_every_format_says_its_size(data: bytes) -> None:
    assert image_size(io.BytesIO(data)) == (300, 200)


@pytest.mark.parametrize("data", PICTURES.values(), ids=PICTURES.keys())
def test_a_picture_cut_off_anywhere_says_its_size_or_none(data: bytes) -> None:
    for end in range(min(len(data), 200)):
        assert image_size(io.BytesIO(data[:end])) in {None, (300, 200)}


def test_a_photograph_is_turned_only_when_asked() -> None:
    photograph = b"\xff\xd8" + segment(0xE1, EXIF) + SOF

    assert image_size(io.BytesIO(photograph)) == (300, 200)
    assert image_size(io.BytesIO(photograph), as_shown=True) == (200, 300)


def test_the_largest_sizes_are_not_negative() -> None:
    for side in (32_768, 65_535):
        assert image_size(io.BytesIO(b"GIF89a" + struct.pack("<HH", side, side) + b"\0" * 3)) == (side, side)
    side = 2**32 - 1
    largest = PICTURES["png"][:16] + struct.pack(">II", side, side) + PICTURES["png"][24:]
    assert image_size(io.BytesIO(largest)) == (side, side)


def test_other_formats_are_not_even_looked_at() -> None:
    for data in (
        b"",
        b"P1 " + b"9" * 100_000,
        b"II*\0" + b"\0" * 100,
        b"BM" + b"\0" * 100,
        b"<svg width='1' height='1'>",
    ):
        assert image_size(io.BytesIO(data)) is None


HOSTILE = {
    "filling": lambda n: b"\xff\xd8" + b"\xff" * n,
    "empty segments": lambda n: b"\xff\xd8" + b"\xff\xe1\0\x02" * (n // 4),
    "no marker": lambda n: b"\xff\xd8\xff\xe0\0\x02" + b"a" * n,
    "restarts": lambda n: b"\xff\xd8" + b"\xff\xd0" * (n // 2),
    "boxes": lambda n: box(b"ftyp", b"heic\0\0\0\0mif1") + box(b"free") * (n // 8),
    "brands": lambda n: box(b"ftyp", b"mif1" + b"\0" * n),
    "properties": lambda n: (
        box(b"ftyp", b"heic\0\0\0\0heic") + box(b"meta", b"\0" * 4 + box(b"iprp", box(b"ipma", b"\0" * n)))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_twice_the_file_is_not_twice_the_work(name: str) -> None:
    def work(size: int) -> tuple[int, int]:
        file = module._BoundedFile(io.BytesIO(HOSTILE[name](size)))
        try:
            assert module._read(file, as_shown=True) is None
        except HiddenSize:
            pass
        return file.reads, file.bytes

    once, twice = work(200_000), work(400_000)

    assert max(once[0], twice[0]) <= 4_097
    assert max(once[1], twice[1]) <= 1_200_000
    assert twice[0] <= once[0] + 8


def test_a_size_that_hides_is_no_missing_size() -> None:
    with pytest.raises(HiddenSize):
        image_size(io.BytesIO(b"\xff\xd8" + b"\xff" * 50_000 + SOF))
