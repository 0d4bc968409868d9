"""A fault of the program met while one article is read: that article's own finding, which stops no other.

Which exceptions a reader or a library may raise on some text is not known beforehand, so all are taken.
"""

import re
import traceback
from collections.abc import Callable
from pathlib import Path

from core.texts.said import said
from kb.findings import Finding, error

_ROOT = Path(__file__).resolve().parents[2]
_LONGEST = 200
_BLANK = re.compile(r"\n[ \t]*\n")


def failed(path: str, line: int, failure: Exception) -> Finding:
    """The finding: it names the exception and where in the program it came from."""
    message = said(
        "The program failed at what stands here (%(error)s). The text is not to blame: write it otherwise for now, and"
        " report the fault with this line.",
        error=described(failure),
    )
    return error(path, line, "not-converted", message)


def described(failure: Exception) -> str:
    """`IndexError: list index out of range, kb/markup/commonmark.py:182`."""
    words = " ".join(str(failure).split())[:_LONGEST]
    named = f"{type(failure).__name__}: {words}" if words else type(failure).__name__
    own = [
        (file.relative_to(_ROOT).as_posix(), frame.lineno)
        for frame in traceback.extract_tb(failure.__traceback__)
        if (file := Path(frame.filename)).is_relative_to(_ROOT) and ".venv" not in file.parts
    ]
    return f"{named}, {own[-1][0]}:{own[-1][1]}" if own else named


def line_that_fails(text: str, convert: Callable[[str], object]) -> int:
    """The first line of the block at whose end `convert` begins to fail; 1 where that cannot be told.

    Halving finds it in a few conversions.
    """
    ends = [found.start() for found in _BLANK.finditer(text)] + [len(text)]
    begins = [0, *(found.end() for found in _BLANK.finditer(text))]
    good, bad = -1, len(ends) - 1
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            convert(text[: ends[middle]])
        except Exception:
            bad = middle
        else:
            good = middle
    begin = begins[bad]
    while begin < len(text) and text[begin] == "\n":
        begin += 1
    return text.count("\n", 0, begin) + 1
