"""Slugs, pictures, videos and new files."""

import struct
from pathlib import Path

import pytest

from kb.errors import ArticleExists
from kb.frontmatter import read
from kb.images import size_of
from kb.media import Video, video_of
from kb.new import BadArticleName, new_article
from kb.slugs import slugify, unique
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
        "a.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480),
        "a.gif": b"GIF89a" + struct.pack("<HH", 640, 480),
        "a.jpg": b"\xff\xd8\xff\xe0\0\4xx\xff\xc0\0\x11\x08" + struct.pack(">HH", 480, 640) + b"\0" * 9,
        "a.webp": b"RIFF\0\0\0\0WEBPVP8X" + b"\0" * 8 + (639).to_bytes(3, "little") + (479).to_bytes(3, "little"),
        "a.svg": b'<?xml version="1.0"?><svg xmlns="x" viewBox="0 0 640 480">',
        "b.svg": b'<svg width="640" height="480px" viewBox="0 0 1 1">',
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        assert size_of(tmp_path / name) == (640, 480), name


def test_a_picture_that_does_not_say_its_size_has_none(tmp_path: Path) -> None:
    for name, content in {
        "a.png": b"\x89PNG\r\n\x1a\n",
        "b.svg": b"<svg>",
        "c.jpg": b"\xff\xd8\xff",
        "d.gif": b"",
    }.items():
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
