"""Pure: whether a word of a question is a form of a word in a list (authors' synonyms, everyday words).

Most languages compare tokens. Turkish tokens are the first five letters, which is enough for a search that weighs all
words, but not for a list: `kargom` is no form of `kargocu`. There a form begins with the whole listed word, or with the
root of a listed form (`siparişler`: `sipariş`) or of an infinitive (`göndermek`); its last letter may be softened.
"""

from dataclasses import dataclass
from functools import lru_cache

from index.analysis import family, tokens, words
from index.query.plain_text import plain
from index.query.turkish import turkish
from index.query.written_out import written_out

_APOSTROPHES = "'’ʼ"
_INFINITIVES = ("mak", "mek")
# Suffixes that make another word: who does it, what is with or without it, the quality, the manner.
_DERIVING = ("ci", "cu", "lik", "luk", "lig", "lug", "li", "lu", "siz", "suz", "ca", "ce", "das")
_SOFTENED = str.maketrans("ptk", "bdg")
# Below this a listed word is compared as it stands; below _OPEN what follows it must be a suffix.
_SHORTEST, _OPEN, _SHORTEST_ROOT = 4, 5, 2


@dataclass(frozen=True)
class Word:
    """A token of a text, and the plain form of the English or Turkish word it came from, '' where that has several
    tokens."""

    token: str
    form: str = ""


@lru_cache(maxsize=8192)
def listed_words(text: str, lang: str) -> tuple[Word, ...]:
    """The words of a text in a list, or of a question: read alike, with short forms written out."""
    found = []
    for word in words(written_out(text, lang)):
        own = tokens(word, lang, query=True)
        form = plain(word) if family(lang) in ("en", "tr") else ""
        for mark in _APOSTROPHES:
            form = form.partition(mark)[0]
        found += [Word(token, form if len(own) == 1 else "") for token in own]
    return tuple(found)


def places(listed: tuple[Word, ...], asked: tuple[Word, ...], lang: str) -> list[int]:
    """Where listed words stand in a question, one after another, in any of their forms."""
    size, is_turkish = len(listed), family(lang) == "tr"
    return [
        i for i in range(len(asked) - size + 1)
        if all(_is_form(one, other, is_turkish) for one, other in zip(listed, asked[i : i + size], strict=True))
    ]  # fmt: skip


def _is_form(listed: Word, asked: Word, is_turkish: bool) -> bool:
    if not is_turkish or not listed.form or not asked.form:
        return listed.token == asked.token
    return listed.form == asked.form or any(
        _begins(asked.form, start, is_open) for start, is_open in _starts(listed.form)
    )


def _begins(form: str, start: str, is_open: bool) -> bool:
    for begin in (start, start[:-1] + start[-1].translate(_SOFTENED)):
        if form.startswith(begin) and (form == start or is_open or form[len(begin) :] in turkish()[1]):
            return True
    return False


@lru_cache(maxsize=4096)
def _starts(form: str) -> tuple[tuple[str, bool], ...]:
    """What the forms of a listed word begin with, and whether anything may follow it, or a suffix only."""
    if len(form) < _SHORTEST:
        return ()
    found = {form: len(form) >= _OPEN}
    if form.endswith(_INFINITIVES) and len(form) - 3 >= _SHORTEST_ROOT:
        root = form[:-3]
        found[root] = len(root) >= _OPEN
    roots, endings = turkish()
    if form not in roots:
        for end in range(len(form) - 1, _OPEN - 1, -1):
            root, ending = form[:end], form[end:]
            if root in roots and ending in endings and not ending.startswith(_DERIVING):
                found[root] = True
                break
    return tuple(found.items())
