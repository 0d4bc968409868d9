"""Pure: which of a site's languages a mail is written in, by its script and its small words.

A question is taken to be in its reader's language; who writes a mail has chosen none. Only languages that the site has
are told apart, so that few words are enough.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from core.texts.languages import UnknownLanguage, canonical, is_chinese, nearest
from index.analysis import is_stop_word, words
from index.query import other_languages
from index.query.language import detect
from index.query.plain_text import plain
from index.query.turkish import is_word

# So much of a text tells its language.
_READ = 2_300
# Of the words of a text, one in so many is a small one of its language.
_ONE_IN = 8
# A word so long that Turkish may have.
_LONG, _PASSES_FOR_TURKISH = 5, 0.5
# Marks that Turkish has not.
_OTHER_MARKS = re.compile("[^a-zçğıöşüâîû0-9'’-]")
_TURKISH_LETTERS = re.compile("[ğışŞİĞ]")
# The last Latin letter; and how many others are only a name, or a symbol.
_LATIN, _OTHER_LETTERS = 0x24F, 1
# Small words of English that are small words elsewhere, too.
_NOT_ONLY_ENGLISH = frozenset(
    ("a", "am", "an", "as", "at", "be", "come", "do", "he", "i", "in", "is", "man", "me", "no", "of", "on", "so", "to",
     "us", "was", "we", "while", "will")
)  # fmt: skip


def language_of_mail(text: str, declared: str, offered: Sequence[str], default: str) -> str:
    """The language to answer a mail in: the one it is written in, if the site has it, else the one it is `declared` to
    be in (`Content-Language`), else the default; of a script that the site has no language for, its own."""
    read = unicodedata.normalize("NFC", text[:_READ])  # some mail programs write letters and their marks apart
    if sum(char.isalpha() and ord(char) > _LATIN for char in read) > _OTHER_LETTERS:
        told = detect(read, default)
        return _offered(told, offered) or _declared(declared, offered) or told
    return _by_words(read, offered) or _declared(declared, offered) or default


def _by_words(text: str, offered: Sequence[str]) -> str | None:
    """The offered language in Latin letters that has most of the small words, where these are enough."""
    # In small letters `İ` is an `i` with a mark that no word of any language has.
    lowered = [word.lower() for word in words(text.replace("İ", "i"))]
    counts: dict[str, float] = {**other_languages.counts(lowered)}
    counts["en"] = sum(is_stop_word(word, "en") and word not in _NOT_ONLY_ENGLISH for word in lowered)
    counts["tr"] = sum(map(_turkish, lowered)) if _OTHER_MARKS.search("".join(lowered)) is None else 0
    there = {tag: counts.get(tag.split("-")[0], 0.0) for tag in offered if not is_chinese(tag)}
    best = max(there, key=there.__getitem__, default="")
    most = there.get(best, 0.0)
    alone = sum(count == most for count in there.values()) == 1
    return best if alone and most and most * _ONE_IN >= len(lowered) else None


def _turkish(word: str) -> float:
    """How much a word speaks for Turkish, which has few small words, and of which others have the letters: English
    words pass for a root with a suffix."""
    if other_languages.counts([word]) or is_stop_word(word, "en"):
        return 0
    if is_stop_word(word, "tr") or _TURKISH_LETTERS.search(word):
        return 1
    return _PASSES_FOR_TURKISH if len(word) >= _LONG and is_word(plain(word)) else 0


def _declared(declared: str, offered: Sequence[str]) -> str | None:
    """The first language of a header that the site has."""
    for part in declared.split(","):
        try:
            tag = canonical(part.partition(";")[0].strip())
        except UnknownLanguage:
            continue
        if found := _offered(tag, offered):
            return found
    return None


def _offered(tag: str, offered: Iterable[str]) -> str | None:
    """The offered language for who writes a language: itself, or in its other script or region."""
    known = tuple(offered)
    found = nearest(tag, known, ())
    return found if found is not None and found.split("-")[0] == tag.split("-")[0] else None
