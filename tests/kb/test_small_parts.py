"""Slugs, pictures, videos and new files."""

import struct
from pathlib import Path

import pytest

from kb.errors import ArticleExists
from kb.markup.media import Video, video_of
from kb.slugs import slugify, unique
from kb.source.frontmatter import read
from kb.source.images import size_of
from kb.source.new_article import BadArticleName, new_article
from tests.kb.conftest import TODAY


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Return an item", "return-an-item"), ("ÇĞİÖŞÜ çğıöşü", "cgiosu-cgiosu"), ("Straße", "strasse"),
     ("退貨 政策", "退貨-政策"),     ("한국어 질문", "한국어-질문"), ("a__b -- c", "a-b-c"), ("?!", "")],
)  # fmt: skip
def test_slugs_are_readable_in_every_script(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_a_taken_name_is_numbered_from_two() -> None:
    assert unique("a", {"a", "a-2"}) == "a-3"


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


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://youtu.be/dQw4w9WgXcQ?t=3",
        "https://m.youtube.com/watch?app=x&v=dQw4w9WgXcQ",
        "https://www.youtube.com/embed/dQw4w9WgXcQ",
    ],
)
def test_every_spelling_of_a_youtube_address_is_the_frame_without_cookies(url: str) -> None:
    found = video_of(url)
    assert isinstance(found, Video)
    assert found.frame == "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "https://evil.example/watch?v=dQw4w9WgXcQ", "https://youtu.be/short",
     "//youtu.be/dQw4w9WgXcQ", "https://vimeo.com/about", "https://[bad", ""],
)  # fmt: skip
def test_anything_else_is_no_video(url: str) -> None:
    assert video_of(url) is None


def test_a_new_article_is_a_draft_without_findings(tmp_path: Path) -> None:
    path, text = new_article(tmp_path, "tr/returns/iade", 'Ürün "iadesi"', "return-an-item", TODAY)
    header = read(text, "x.md")
    assert path == tmp_path / "tr/returns/iade.md"
    assert not header.findings
    assert (header.fields.title, header.fields.status.value) == ('Ürün "iadesi"', "draft")


@pytest.mark.parametrize("name", ["iade", "tr/iade", "not a tag/a/b", "tr/../x", "tr/a/?"])
def test_a_name_that_makes_no_address_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadArticleName):
        new_article(tmp_path, name, "", "", TODAY)


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "en/a").mkdir(parents=True)
    (tmp_path / "en/a/b.md").write_text("mine")
    with pytest.raises(ArticleExists):
        new_article(tmp_path, "en/a/b", "", "", TODAY)
