"""Simplified Chinese to Traditional, exactly as OpenCC's `s2t` converts it, from a table of 1 MB.

OpenCC expands its 49,800 phrases into 28 MB of each process. Here they are one trie in flat arrays
(index/data/traditional.npz), made from OpenCC's own dictionaries by `python -m bench.traditional`; its nodes are
numbered breadth first, so that the children of one stand side by side, in order.

At each place the longest phrase wins, else the character. Most phrases convert character by character and only say
where the next one begins (头发 and 发 differ); the others carry their own text, of the same length.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

PATH = Path(__file__).with_name("data") / "traditional.npz"
# Of a node of the trie: no phrase ends here; one that converts character by character; one with a text of its own.
NOTHING, PLAIN, OWN = range(3)

# Ideographic description operators and how many parts follow: what they describe is no text, and is left as it is.
_PARTS_OF = dict.fromkeys(range(0x2FF0, 0x2FFE), 2) | {0x2FF2: 3, 0x2FF3: 3, 0x2FFE: 1, 0x2FFF: 1}
_DESCRIPTION = re.compile("[\u2ff0-\u2fff]")
# Characters that stand for others; their composed form (NFC) is the other one.
COMPATIBLE = re.compile("[\uf900-\ufaff\U0002f800-\U0002fa1f]")
_MAX_DEPTH, _MAX_PARTS = 16, 64


class _Table:
    """The phrases and characters of the file."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as stored:
            letters, self.texts = (stored[name].tobytes().decode("utf-32-le") for name in ("letters", "texts"))
            # Numpy's own items are slower to read one at a time.
            self.children, self.codes, self.kinds, self.own, self.starts = (
                memoryview(stored[name]) for name in ("children", "codes", "kinds", "own", "starts")
            )
        size = len(letters) // 2
        self.letters = dict(zip(map(ord, letters[:size]), map(ord, letters[size:]), strict=True))
        self.roots = self.children[0]

    def convert(self, text: str) -> str:
        """A text without descriptions."""
        text = COMPATIBLE.sub(_composed, text)
        codes, children, kinds, letters = self.codes, self.children, self.kinds, array("I")
        letters.frombytes(text.encode("utf-32-le", "surrogatepass"))
        converted = text.translate(self.letters)
        own: list[tuple[int, int, int]] = []
        place, size = 0, len(letters)
        while place < size:
            low, high, at, end, phrase = 0, self.roots, place, place + 1, -1
            while at < size and low < high:
                letter = letters[at]
                node = bisect_left(codes, letter, low, high)
                if node == high or codes[node] != letter:
                    break
                at += 1
                if kinds[node]:
                    end, phrase = at, node
                low, high = children[node], children[node + 1]
            if phrase >= 0 and kinds[phrase] == OWN:
                own.append((place, end, phrase))
            place = end
        return self._with_own(converted, own) if own else converted

    def _with_own(self, converted: str, phrases: list[tuple[int, int, int]]) -> str:
        pieces: list[str] = []
        at = 0
        for start, end, node in phrases:
            place = self.starts[bisect_left(self.own, node)]
            pieces += converted[at:start], self.texts[place : place + end - start]
            at = end
        return "".join(pieces) + converted[at:]


@cache
def _table() -> _Table:
    return _Table(PATH)


@lru_cache(maxsize=64)  # one search asks for the same text again
def to_traditional(text: str) -> str:
    """Simplified Chinese converted to Traditional (same length); anything else unchanged."""
    if text.isascii():
        return text
    if _DESCRIPTION.search(text) is None:
        return _table().convert(text)
    pieces: list[str] = []
    done = at = 0
    while match := _DESCRIPTION.search(text, at):
        start, at = match.start(), match.end()
        end = _description_end(text, start)
        if end:
            pieces += _table().convert(text[done:start]), text[start:end]
            done = at = end
    return "".join(pieces) + _table().convert(text[done:])


def _composed(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", match[0])


def _description_end(text: str, start: int) -> int:
    """Where the description that begins at `start` ends; 0 when it is not whole, or too large."""
    missing, at = [1], start
    while missing:
        if at == len(text) or at - start == _MAX_PARTS or len(missing) > _MAX_DEPTH:
            return 0
        missing[-1] -= 1
        missing.append(_PARTS_OF.get(ord(text[at]), 0))
        at += 1
        while missing and not missing[-1]:
            missing.pop()
    return at
