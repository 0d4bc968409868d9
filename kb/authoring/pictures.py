"""Pictures for articles, as an author pastes or drops them: known by what is in them, turned and made smaller as pages
show them, without what a camera or a program wrote into them, and kept beside the article.

Limits stand before the work: bytes, then the pixels the file claims, then those of all frames of an animation. What is
written is encoded anew from pixels, so that nothing but the picture can be in it: no position (EXIF, GPS), no comments,
no thumbnail of what was cut away. Colours of another space become sRGB. A drawing (SVG) is a document: one that has
scripts, or loads something, is refused, and the others lose their editors' notes.
"""

import hashlib
import io
import posixpath
import re
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from core import atomic_files
from core.image_size import HiddenSize, image_size
from kb.authoring.article_files import CannotEdit, NoSuchArticle, alone, exists
from kb.authoring.snippets import is_snippet
from kb.errors import KbError
from kb.markup.links import IMAGE_SUFFIXES
from kb.slugs import slugify

if TYPE_CHECKING:
    from PIL.Image import Image

# The longest side a page shows, on a screen with two dots a pixel; larger pictures are made smaller.
LONGEST_SIDE = 2_000
MOST_BYTES = 15 * 1024 * 1024
# Of a picture, and of all frames of an animation together.
MOST_PIXELS, MOST_MOVING_PIXELS = 60_000_000, 200_000_000
MOST_FRAMES = 500
MOST_SVG_BYTES = 512 * 1024
ALT_MOST = 500
_ENDINGS = {"PNG": ".png", "JPEG": ".jpg", "MPO": ".jpg", "WEBP": ".webp", "GIF": ".gif", "AVIF": ".avif"}
_READ = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
# Whose size may stand farther in than the first bytes tell.
_AVIF = frozenset({b"ftypavif", b"ftypavis"})
_SVG = "{http://www.w3.org/2000/svg}"
_NOTES = ("metadata", "inkscape", "sodipodi", "adobe", "sketch")
_ELSEWHERE = re.compile(r"(?i)\s{0,9}(?!#|data:image/(?:png|jpeg|gif|webp);)\S")
_LOADS = re.compile(r"(?i)url\(\s{0,9}['\"]?\s{0,9}(?!#)\S|@import|expression\(")
_MARKS, _ESCAPED = re.compile(r"([\\`*_{}\[\]<>!|])"), r"\\\1"
_MENTIONED = re.compile(r"(?<![\w.-])[\w.-]{1,150}\.(?:png|jpe?g|gif|webp|avif|svg)\b", re.IGNORECASE)
# Decoding takes memory: 240 MB for the largest.
_one_at_a_time = threading.BoundedSemaphore(1)


class PictureRefused(KbError):
    """`code` says why: bytes, kind, broken, pixels, frames, active, disk, folder."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept."""

    data: bytes
    ending: str


def prepared(data: bytes) -> Picture:
    """The picture as articles have it. Raises PictureRefused."""
    if len(data) > MOST_BYTES:
        raise PictureRefused("bytes")
    if data[:256].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return Picture(_drawing(data), ".svg")
    try:
        size = image_size(io.BytesIO(data))
    except HiddenSize:
        raise PictureRefused("pixels") from None
    if size is None and data[4:12] not in _AVIF:
        raise PictureRefused("kind")
    if size is not None and size[0] * size[1] > MOST_PIXELS:
        raise PictureRefused("pixels")
    with _one_at_a_time:
        return _encoded(data)


def stored(folder: Path, article: str, picture: Picture) -> str:
    """Keep a picture beside an article; its name, made of the article's. The same picture again is the same file.

    Raises NoSuchArticle, or PictureRefused."""
    if is_snippet(article) or not exists(folder, article):  # what a snippet shows lies beside no article
        raise NoSuchArticle(article)
    stem = posixpath.splitext(posixpath.basename(article))[0]
    if stem.lower() in {"index", "_index", "readme"}:
        stem = posixpath.basename(posixpath.dirname(article))
    digest = hashlib.sha256(picture.data).hexdigest()[:8]
    name = f"{slugify(stem)[:80] or 'picture'}-{digest}{picture.ending}"
    place = (folder / article).parent
    try:
        with alone(folder):
            if not (place / name).exists():
                atomic_files.replace(place / name, picture.data)
    except (OSError, CannotEdit):
        raise PictureRefused("disk") from None
    return name


def markdown_of(name: str, alt: str) -> str:
    """The picture in a text. Without a description it is one that says so: decoration, which nobody reads out."""
    words = " ".join(alt.split())[:ALT_MOST]
    if not words:
        return f'<img src="{name}" alt="">'
    return f"![{_MARKS.sub(_ESCAPED, words)}]({name})"


def mentioned(folder: Path, article: str, text: str) -> Iterator[Path]:
    """The pictures beside an article that its text names."""
    place = (folder / article).parent
    for name in dict.fromkeys(_MENTIONED.findall(text)):
        file = place / name
        if file.suffix.lower() in IMAGE_SUFFIXES and file.is_file() and not file.is_symlink():
            yield file


def _encoded(data: bytes) -> Picture:
    from PIL import Image, UnidentifiedImageError  # a library of megabytes, which most processes never need

    try:
        with Image.open(io.BytesIO(data), formats=_READ) as image:
            kind = image.format or ""
            if image.width * image.height > MOST_PIXELS:  # nothing is decoded yet
                raise PictureRefused("pixels")
            frames = 1 if kind in {"JPEG", "MPO"} else int(getattr(image, "n_frames", 1))
            if frames > MOST_FRAMES or (frames > 1 and image.width * image.height * frames > MOST_MOVING_PIXELS):
                raise PictureRefused("frames")
            if frames > 1:
                return Picture(_moving(image, kind), _ENDINGS[kind])
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded at about the size that is wanted
            return Picture(_saved(_clean(image), kind), _ENDINGS[kind])
    except PictureRefused:
        raise
    except UnidentifiedImageError:
        raise PictureRefused("kind") from None
    except Exception as failure:  # decoders of broken files raise what they like
        raise PictureRefused("broken") from failure


def _clean(image: "Image") -> "Image":
    """Turned, in sRGB, not larger than is shown, and with nothing but its pixels."""
    from PIL import ImageOps

    image = _in_srgb(ImageOps.exif_transpose(image))
    if max(image.size) > LONGEST_SIDE:
        if image.mode not in {"RGB", "RGBA", "L", "LA"}:
            image = image.convert("RGBA" if "transparency" in image.info or image.mode in {"PA", "RGBa"} else "RGB")
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    image.info = {name: value for name, value in image.info.items() if name == "transparency"}
    return image


def _in_srgb(image: "Image") -> "Image":
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if image.mode == "CMYK" and not profile:
        return image.convert("RGB")
    if not profile or image.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return image
    wanted = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        known = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(image, known, ImageCms.createProfile("sRGB"), outputMode=wanted)
    except (ImageCms.PyCMSError, OSError, ValueError):  # a profile that is none
        made = None
    return made if made is not None else image.convert(wanted)


def _saved(image: "Image", kind: str) -> bytes:
    out = io.BytesIO()
    options: dict[str, dict[str, Any]] = {
        "PNG": {"optimize": True}, "WEBP": {"quality": 85, "method": 4}, "AVIF": {"quality": 75}, "GIF": {},
    }  # fmt: skip
    if _ENDINGS[kind] == ".jpg":
        if image.mode not in {"RGB", "L"}:
            image = image.convert("RGB")
        image.save(out, "JPEG", quality=85, optimize=True, progressive=True)
    else:
        image.save(out, kind, **options[kind])
    return out.getvalue()


def _moving(image: "Image", kind: str) -> bytes:
    from PIL import ImageSequence

    frames, times = [], []
    for frame in ImageSequence.Iterator(image):
        times.append(int(frame.info.get("duration", 100)))
        made = frame.convert("RGBA")
        made.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        made.info = {}
        frames.append(made)
    out = io.BytesIO()
    loop = int(image.info.get("loop", 0 if kind != "GIF" else 1)) if "loop" in image.info or kind == "GIF" else 0
    options: dict[str, Any] = {"loop": loop, "duration": times}
    if kind == "GIF":
        options |= {"disposal": 2}
        if "loop" not in image.info:
            del options["loop"]  # it plays once
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], **options)
    return out.getvalue()


def _drawing(data: bytes) -> bytes:
    """An SVG without its editor's notes."""
    if len(data) > MOST_SVG_BYTES:
        raise PictureRefused("bytes")
    try:
        root = defusedxml.ElementTree.fromstring(data, forbid_dtd=False)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError):
        raise PictureRefused("kind") from None
    if root.tag != f"{_SVG}svg":
        raise PictureRefused("kind")
    for above in list(root.iter()):
        for one in list(above):
            if _is_note(str(one.tag)):
                above.remove(one)
    for one in root.iter():
        _check_drawn(one)
    ElementTree.register_namespace("", _SVG[1:-1])
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _is_note(tag: str) -> bool:
    space, _, name = tag.rpartition("}")
    return name == "metadata" or any(word in space.lower() for word in _NOTES)


def _check_drawn(one: ElementTree.Element) -> None:
    tag = str(one.tag).rpartition("}")[2].lower()
    if tag in {"script", "foreignobject", "iframe", "object", "embed", "handler", "set"}:
        raise PictureRefused("active")
    if tag == "style" and _LOADS.search(one.text or ""):
        raise PictureRefused("active")
    for name in list(one.attrib):
        if _is_note(name):
            del one.attrib[name]
        elif _is_active(tag, name.rpartition("}")[2].lower(), one.attrib[name]):
            raise PictureRefused("active")


def _is_active(tag: str, name: str, value: str) -> bool:
    if name.startswith("on") or _LOADS.search(value):
        return True
    if name not in {"href", "src"}:
        return False
    return "javascript:" in "".join(value.split()).lower() if tag == "a" else bool(_ELSEWHERE.match(value))
