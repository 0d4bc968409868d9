"""Pure: a guess at how much a change weighs, for the person who saves to correct."""

import re
from collections import Counter

from rapidfuzz.distance import Levenshtein

from kb.authoring.differences import Kind, compared
from kb.translations.models import Weight

_FEW = 3
# Of the words of the shorter text, the share from which a change is taken for a major one.
_MUCH = 0.2
_LETTERS = 2
# What a reader does or relies on: numbers, code, where links lead, how many headings of which level.
_TELLING = re.compile(r"\d{1,30}|`[^`\n]{1,300}`|\]\([^()\s]{1,500}|(?m:^#{1,6} )")
_WORD = re.compile(r"\w+")


def guessed(old: str, new: str) -> Weight:
    """TYPO where a few words changed by a letter or two, MAJOR where much changed or something to act on, else
    MINOR."""
    if len(old) + len(new) > 400_000:
        return Weight.MAJOR
    pieces = [piece for piece in compared(old, new) if piece.kind is not Kind.SAME]
    if not any(_WORD.search(piece.text) for piece in pieces):
        return Weight.TYPO
    if Counter(_TELLING.findall(old)) != Counter(_TELLING.findall(new)):
        return Weight.MAJOR
    went = [word for piece in pieces if piece.kind is Kind.OUT for word in _WORD.findall(piece.text)]
    came = [word for piece in pieces if piece.kind is Kind.IN for word in _WORD.findall(piece.text)]
    if len(went) == len(came) <= _FEW and all(_near(a, b) for a, b in zip(went, came, strict=True)):
        return Weight.TYPO
    words = len(_WORD.findall(old))
    return Weight.MAJOR if max(len(went), len(came)) > max(_MUCH * words, 2 * _FEW) else Weight.MINOR


def _near(a: str, b: str) -> bool:
    """Whether one may be the other with a letter mistyped. Short words and single characters are other words."""
    return min(len(a), len(b)) > _FEW and Levenshtein.distance(a, b, score_cutoff=_LETTERS) <= _LETTERS
