"""Image dimensions, so that pages reserve the space (no layout shift). Reads only the beginning of the file."""

import re
from pathlib import Path
from xml.parsers import expat

from core.image_size import HiddenSize, image_size

_SVG_HEAD = 64 * 1024
_MOST_SIDE = 100_000  # more is no picture in an article
_PIXELS = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)(?:px)?\s*")
_NUMBER = r"-?\d{0,9}(?:\.\d{1,9})?"
_VIEW_BOX = re.compile(
    rf"\s*{_NUMBER}[\s,]+{_NUMBER}[\s,]+(\d{{1,6}}(?:\.\d{{1,9}})?)[\s,]+(\d{{1,6}}(?:\.\d{{1,9}})?)\s*"
)


def size_of(path: Path) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, JPEG, GIF, WebP, AVIF or SVG, turned as browsers show it; None when the file
    does not say."""
    try:
        with path.open("rb") as file:
            found = (
                _svg_size(file.read(_SVG_HEAD)) if path.suffix.lower() == ".svg" else image_size(file, as_shown=True)
            )
    except (OSError, HiddenSize):
        return None
    return found if found and min(found) > 0 and max(found) <= _MOST_SIDE else None


class _Stop(Exception):
    """The first element was seen; nothing after it matters."""


def _svg_size(head: bytes) -> tuple[int, int] | None:
    """imagesize looks for the first `width` anywhere and knows no viewBox; so the outermost element is read here."""
    root_attributes: dict[str, str] = {}

    def first_element(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "svg":
            root_attributes.update(attributes)
        raise _Stop

    parser = expat.ParserCreate()
    parser.StartElementHandler = first_element
    try:
        parser.Parse(head, False)
    except (_Stop, expat.ExpatError, ValueError, LookupError):
        pass  # ExpatError: no XML, entities that grow, or the end of the head
    sides = [_PIXELS.fullmatch(root_attributes.get(name, "")) for name in ("width", "height")]
    if sides[0] and sides[1]:
        return round(float(sides[0][1])), round(float(sides[1][1]))
    box = _VIEW_BOX.fullmatch(root_attributes.get("viewBox", "")[:200])
    return (round(float(box[1])), round(float(box[2]))) if box else None
