"""Pictures of articles: what is kept of them, what is refused, and where they go."""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from dulwich import porcelain
from dulwich.repo import Repo
from PIL import Image, ImageCms
from sqlalchemy import Engine

from core.database.connection import connect
from kb.authoring.models import Author, Saved
from kb.authoring.pictures import LONGEST_SIDE, PictureRefused, markdown_of, prepared, stored
from kb.authoring.service import AuthoringService
from kb.lint import lint
from kb.source.folder_reader import read_folder
from tests.articles import write
from tests.support.conftest import NOW

SECRET = b"52.5200 N 13.4050 E"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


def picture(kind: str, size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    image = Image.new(mode, size, 200 if mode == "L" else None)
    if mode in {"RGB", "RGBA"}:
        image.paste((200, 30, 30), (0, 0, size[0] // 2, size[1]))
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def exif(orientation: int = 1) -> bytes:
    made = Image.Exif()
    made[0x0112], made[0x010E], made[0x9286] = orientation, SECRET.decode(), SECRET
    return made.tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_keeps_nothing_but_its_pixels_turned_as_it_was_shown(kind: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = picture(kind, exif=exif(6), icc_profile=profile)
    assert SECRET in data
    made = prepared(data)
    kept = opened(made.data)
    assert SECRET not in made.data and not kept.getexif() and "icc_profile" not in kept.info
    assert kept.size == (40, 60) and kept.format == kind
    red, plain = kept.convert("RGB").getpixel((20, 5)), kept.convert("RGB").getpixel((20, 55))
    assert red[0] > 150 > red[1] and max(plain) < 30  # what was at the left is above now


def test_a_large_picture_is_made_as_large_as_pages_show() -> None:
    assert max(opened(prepared(picture("JPEG", (4000, 3000))).data).size) == LONGEST_SIDE
    see_through = opened(prepared(picture("PNG", (3000, 20), "RGBA")).data)
    assert see_through.size[0] == LONGEST_SIDE and see_through.mode == "RGBA"
    palette = Image.new("P", (30, 30))
    palette.putpalette([255, 0, 0, 0, 255, 0])
    out = io.BytesIO()
    palette.save(out, "PNG", transparency=0)
    assert opened(prepared(out.getvalue()).data).convert("RGBA").getpixel((3, 3))[3] == 0


def test_colours_of_another_space_become_those_of_the_web() -> None:
    made = prepared(picture("JPEG", mode="CMYK"))
    assert opened(made.data).mode == "RGB" and made.ending == ".jpg"
    broken = prepared(picture("PNG", icc_profile=b"no profile at all"))
    assert opened(broken.data).size == (60, 40)


def test_an_animation_stays_one_within_its_limits() -> None:
    frames = [Image.new("RGB", (20, 20), (n, 0, 0)) for n in range(0, 250, 50)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=70, loop=0, comment=SECRET)
    made = prepared(out.getvalue())
    kept = opened(made.data)
    assert (made.ending, kept.n_frames, kept.info["duration"], kept.info["loop"]) == (".gif", 5, 70, 0)
    assert SECRET not in made.data
    many = io.BytesIO()
    still = [Image.new("1", (1, 1), n % 2) for n in range(600)]
    still[0].save(many, "GIF", save_all=True, append_images=still[1:])
    with pytest.raises(PictureRefused, match="frames"):
        prepared(many.getvalue())


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(999))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"x" * (15 * 1024 * 1024 + 1), "bytes"),
        (bomb(60_000, 60_000), "pixels"),
        (bomb(100, 100), "broken"),
        (picture("JPEG")[:300], "broken"),
        (b"%PDF-1.7 not a picture", "kind"),
        (picture("BMP"), "kind"),
        (b"", "kind"),
        (b"<html><svg></svg></html>", "kind"),
        (b"<svg", "kind"),
        (SVG.format("<script>alert(1)</script>").encode(), "active"),
        (SVG.format('<rect onclick="x()"/>').encode(), "active"),
        (SVG.format('<a href="java&#9;script:x()"><rect/></a>').encode(), "active"),
        (SVG.format('<use xlink:href="https://elsewhere.example/a.svg#b"/>').encode(), "active"),
        (SVG.format("<style>rect{fill:url(https://elsewhere.example/)}</style>").encode(), "active"),
        (SVG.format("<foreignObject/>").encode(), "active"),
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + SVG.format("&a;").encode(), "kind"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_picture_or_too_much_is_refused_before_the_work(data: bytes, code: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        prepared(data)
    assert refused.value.code == code


def test_a_drawing_loses_its_editors_notes() -> None:
    drawn = SVG.format(
        '<!-- by Ada --><metadata>Ada</metadata><title>A cable</title><rect width="3" height="4" fill="url(#a)"/>'
    )
    space = "http://www.inkscape.org/namespaces/inkscape"
    drawn = drawn.replace("<svg ", f'<svg xmlns:inkscape="{space}" inkscape:v="Ada" ')
    made = prepared(drawn.encode())
    assert made.ending == ".svg" and b"Ada" not in made.data and b"inkscape" not in made.data
    assert b"<title>A cable</title>" in made.data and b'fill="url(#a)"' in made.data and b"viewBox" in made.data


def test_a_description_stays_text_and_decoration_is_no_finding(tmp_path: Path) -> None:
    assert markdown_of("a.png", " The [red]\n*cable* ") == r"![The \[red\] \*cable\*](a.png)"
    assert markdown_of("a.png", " ") == '<img src="a.png" alt="">'
    (tmp_path / "en" / "setup").mkdir(parents=True)
    for name in ("a.png", "b.png"):
        (tmp_path / "en" / "setup" / name).write_bytes(picture("PNG"))
    write(tmp_path, "en", "cables", "Cables", f"{markdown_of('a.png', '')}\n\n![](b.png)", category="setup")
    found = [one for one in lint(read_folder(tmp_path), NOW.date()) if one.code == "no-alt"]
    assert [one.message.split()[0] for one in found] == ["b.png"]


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = connect(migrated_url)
    yield opened
    opened.dispose()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "kb"
    write(folder, "en", "cables", "Cables", "Text.", category="setup")
    porcelain.init(str(folder)).close()
    with Repo(str(folder)) as repo:
        porcelain.add(repo, paths=[str(folder / "en" / "setup" / "cables.md")])
        porcelain.commit(repo, message=b"First", author=b"A <a@b>", committer=b"A <a@b>")
    return folder


def test_a_picture_lies_beside_its_article_and_is_committed_with_it(repository: Path, engine: Engine) -> None:
    path, ada = "en/setup/cables.md", Author("ada@example.org", True, "Ada")
    service = AuthoringService(engine, repository)
    name = service.add_picture(path, picture("PNG"))
    assert name.startswith("cables-") and name.endswith(".png")
    assert service.add_picture(path, picture("PNG")) == name  # the same picture is the same file
    unused = service.add_picture(path, picture("JPEG"))
    before = service.open(path, NOW)
    text = before.text + f"\n![A cable]({name})\n"
    assert isinstance(service.save(path, text, before.version, ada, "Show it", NOW), Saved)
    with Repo(str(repository)) as repo:
        tree = {one.path.decode() for one in repo.object_store.iter_tree_contents(repo[repo.head()].tree)}
        changed = porcelain.status(repo)
    assert tree == {path, f"en/setup/{name}"}
    assert changed.unstaged == [] and not any(changed.staged.values())
    assert [Path(one if isinstance(one, str) else one.decode()).name for one in changed.untracked] == [unused]


def test_no_picture_goes_anywhere_but_beside_an_article(tmp_path: Path) -> None:
    write(tmp_path / "kb", "en", "cables", "Cables", "Text.", category="setup")
    for path in ("../kb/en/setup/cables.md", "en/setup/none.md", "en/setup", "/etc/passwd", "en/setup/cables.md\0"):
        with pytest.raises(Exception, match="no article"):
            stored(tmp_path / "kb", path, prepared(picture("PNG")))
