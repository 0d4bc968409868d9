"""Pure: words typed without the letters of their language, as the articles spell them (`loeschen`, `contrasena`,
`haslo`, `κωδικος`, `الغاء`), in languages other than English, Turkish and Chinese.

Stemmers and the model read such words badly. A word that an article has as it was typed is never changed. Turkish is
read by index/query/turkish_letters.py.
"""

import re
from bisect import bisect_left
from functools import lru_cache

from index.query import other_languages
from index.query.plain_text import CJK
from index.query.spelling import Vocabulary, digraphs

_LETTER = rf"[^\W\d_{CJK}]"
# Not within codes, addresses and file names.
_WORD = re.compile(rf"(?<![\w@/\\])(?<![.\-]){_LETTER}{{3,}}+(?![\d_@/\\])(?![.\-]\w)")
# Where a mark makes another word (`wurde`, `würde`) nobody leaves it out: two letters are typed for it.
_DIGRAPHS_ONLY = frozenset(("de",))
_GERMAN = re.compile("[äöüßÄÖÜẞ]")
# Letters that a word must share with one of the articles, from its beginning and with a letter that is two.
_STEM = 5


def with_own_letters(text: str, lang: str, vocabulary: Vocabulary) -> str:
    """A text as it is spelt in the articles, of whose words `vocabulary` is."""
    head = lang.split("-")[0]
    if head in _DIGRAPHS_ONLY and _GERMAN.search(text):
        return text  # whoever types one of these letters can type them all
    return _WORD.sub(lambda match: _spelt(match.group(), head, vocabulary), text)


def _spelt(word: str, lang: str, vocabulary: Vocabulary) -> str:
    small = word.lower()
    known = None if vocabulary.has(small) else vocabulary.spelt(small, digraphs_only=lang in _DIGRAPHS_ONLY)
    if known is None and not vocabulary.has(small):
        known = _common(lang).get(small) or _with_beginning(small, vocabulary)
    if known is None or known == small:
        return word
    if len(word) > 1 and word.isupper():
        return known.upper()
    return known[0].upper() + known[1:] if word[0].isupper() else known


def _with_beginning(small: str, vocabulary: Vocabulary) -> str | None:
    """A word with the beginning that an article's word has, where that has a letter which was typed as two."""
    forms = vocabulary.digraph_forms
    at = bisect_left(forms, (small, 0))
    best, number = max(((_shared(small, form), n) for form, n in forms[max(0, at - 1) : at + 1]), default=(0, 0))
    if best < _STEM:
        return None
    begins, typed = "", 0
    for letter in vocabulary.words[number]:
        size = len(digraphs(letter))
        if typed + size > best:
            break
        begins, typed = begins + letter, typed + size
    return None if typed == len(begins) else begins + small[typed:]


def _shared(one: str, other: str) -> int:
    """How many letters two words begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@lru_cache(maxsize=32)
def _common(lang: str) -> dict[str, str]:
    """The commonest words of a language with two letters for one, by how they are typed so."""
    words = other_languages.words_of(lang)
    return {form: word for word in words if (form := digraphs(word)) != word and form not in words}
