"""Pure: Turkish typed without its letters, with the letters that the articles' words have (`sifremi`: şifremi).

Words meet without letters' marks in any case; the model does not read them so (figures: docs/search.md).
"""

import re
from bisect import bisect_left

from index.query.plain_text import CJK, plain
from index.query.spelling import Vocabulary

_LETTERS = re.compile("[çğışöüÇĞİŞÖÜ]")
_WORD = re.compile(rf"[^\W\d_{CJK}]+")
# Letters that a word must share with one of the articles, from its beginning: as many as a stem has.
_STEM = 5


def with_letters(text: str, vocabulary: Vocabulary) -> str:
    """A Turkish text as it is spelt in the articles, of whose words `vocabulary` is; as it is where it has one of the
    letters, so that its author can type them."""
    if _LETTERS.search(text):
        return text
    return _WORD.sub(lambda match: _spelt(match.group(), vocabulary), text)


def _spelt(word: str, vocabulary: Vocabulary) -> str:
    form = plain(word)
    if len(form) != len(word):
        return word
    number = vocabulary.by_plain.get(form)
    if number is not None:
        return vocabulary.words[number]
    forms = vocabulary.sorted_forms
    at = bisect_left(forms, form)
    shared, nearest = max(((_shared(form, other), other) for other in forms[max(0, at - 1) : at + 1]), default=(0, ""))
    if shared < min(_STEM, len(form)):
        return word
    known = vocabulary.words[vocabulary.by_plain[nearest]]
    return known[:shared] + word[shared:] if len(known) == len(nearest) else word


def _shared(one: str, other: str) -> int:
    """How many letters two words begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
