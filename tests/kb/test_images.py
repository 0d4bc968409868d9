"""Sizes of pictures, SVG too."""

import struct
from pathlib import Path

from kb.source.images import size_of


def test_sizes_of_pictures_are_read_from_their_beginning(tmp_path: Path) -> None:
    files = {
        "a.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480) + b"\x08\2\0\0\0",
        "a.gif": b"GIF89a" + struct.pack("<HH", 640, 480),
        "a.jpg": b"\xff\xd8\xff\xe0\0\4xx\xff\xc0\0\x11\x08" + struct.pack(">HH", 480, 640) + b"\0" * 9,
        "a.webp": b"RIFF\0\0\0\0WEBPVP8X" + b"\0" * 8 + (639).to_bytes(3, "little") + (479).to_bytes(3, "little"),
        "a.svg": b'<?xml version="1.0"?><svg xmlns="x" viewBox="0 0 640 480">',
        "b.svg": b'<svg width="640" height="480px" viewBox="0 0 1 1">',
        "c.svg": b'<svg width="100%" height="4cm" viewBox="-1,-1.5 640,480"><rect width="5" height="6"/></svg>',
        "d.svg": b'<!-- <svg width="1" height="2"> --><s:svg xmlns:s="x" viewBox="0 0 640 480"/>',
        "e.svg": '<?xml version="1.0" encoding="utf-16"?><svg viewBox="0 0 640 480"/>'.encode("utf-16"),
        "f.svg": b'<!DOCTYPE svg [<!ENTITY w "640">]><svg width="&w;" height="480"/>',
        "turned.jpg": b"\xff\xd8\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6" + b"\0" * 6
        + b"\xff\xc0\0\x11\x08" + struct.pack(">HH", 640, 480) + b"\0" * 9,
        "late.jpg": b"\xff\xd8" + (b"\xff\xe2\xff\xff" + b"a" * 65_533) * 9
        + b"\xff\xc0\0\x11\x08" + struct.pack(">HH", 480, 640) + b"\0" * 9,
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        assert size_of(tmp_path / name) == (640, 480), name


def test_a_picture_that_does_not_say_its_size_has_none(tmp_path: Path) -> None:
    for name, content in {
        "a.png": b"\x89PNG\r\n\x1a\n",
        "b.svg": b"<svg>",
        "c.jpg": b"\xff\xd8\xff",
        "d.gif": b"",
        "e.svg": b'<html><svg width="1" height="1"/></html>',
        "f.svg": b'<svg><rect width="5" height="6"/></svg>',
        "g.svg": b'<svg width="-5" height="6"/>',
        "h.svg": b'<svg width="999999" height="6"/>',
        "i.svg": b'<!DOCTYPE svg SYSTEM "/etc/passwd" [<!ENTITY f SYSTEM "/etc/passwd">]><svg width="&f;" height="6"/>',
        "j.svg": b"<svg " * 12_000,  # seconds, when each beginning was read on to the end
        "k.svg": b"<svg viewBox='" + b"1 " * 30_000 + b"'>",
        "l.svg": b"<!DOCTYPE s [<!ENTITY a0 '1'>" + b"".join(
            b"<!ENTITY a%d '%s'>" % (n + 1, b"&a%d;" % n * 10) for n in range(9)
        ) + b"]><svg width='&a9;' height='1'/>",
        "m.jpg": b"\xff\xd8" + b"\xff" * 60_000,
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
        assert size_of(tmp_path / name) is None
    assert size_of(tmp_path / "none.png") is None
