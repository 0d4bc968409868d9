"""Tells short questions of ordinary words only (`battery`, `which charger`), which are no danger by their meaning.

A word or two out of an example are near it, whatever they say. Ordinary are the words of everyday sentences, things
that shops sell (`index/data/things/<language>.txt`), the words of authors' near misses, and what several articles speak
of; never a word of danger (`index/data/harm`: English words, beginnings of Turkish ones, Chinese characters), of
whichever language. Nor is a question for a property (`frame size`, index/data/properties) of whatever thing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from index.analysis import STOP, family, fold, to_simplified, tokens, words
from index.parts.lexicon import Lexicon
from index.query.harmless import harmless_sentences, harmless_things
from index.query.noise import says_nothing

_HARM = Path(__file__).parents[1] / "data" / "harm"
_PROPERTIES = _HARM.with_name("properties")
_FAMILIES = ("en", "tr", "zh")
# A question is short with so many words that say something; in Chinese, with so many characters.
_SHORT, _SHORT_CHINESE, _WORD_CHINESE = 2, 5, 3
# What so many articles have is ordinary in a help centre.
_ARTICLES = 2
# Who asks for a property of a thing (`frame size`, `where is the frame number`) says so many words that tell something
# at most; in Chinese so many characters.
_ASKED, _ASKED_CHINESE = 3, 8
_DIGIT = re.compile(r"\d")
_NOT_CHINESE = re.compile(r"[^\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True)
class AuthorsWords:
    """Tokens of authors' near misses in a language family, and those of each of their examples."""

    near_misses: frozenset[str] = frozenset()
    examples: tuple[frozenset[str], ...] = ()


_NONE = AuthorsWords()


def says_only_ordinary_things(
    text: str, lang: str, lexicons: Mapping[str, Lexicon] | None, authors: AuthorsWords = _NONE
) -> bool:
    """Whether a sentence is nothing but haste and feelings, a thing named alone, or short and of ordinary words only.
    Two words of one example are not, unless both are ordinary in any shop."""
    name = family(lang)
    if says_nothing(text, lang) or _plain(text) in _things():
        return True
    if name not in _FAMILIES:
        return False
    if _asks_for_a_property(text, name, lang, authors):
        return True
    if names_harm(text):
        return False
    telling = [some for word in words(text) if (some := tokens(word, lang, query=True))]
    said = frozenset(token for some in telling for token in some)
    if name == "zh":
        short = len(_NOT_CHINESE.sub("", text)) <= _SHORT_CHINESE
    else:
        together = len(telling) > 1 and any(said <= example for example in authors.examples)
        numbers = sum(all(_DIGIT.search(token) for token in some) for some in telling)
        short = len(telling) - numbers <= _SHORT and not (together and not said <= _ordinary(name))
    if not said or not short:
        return False
    known = lexicons.get(name) if lexicons else None

    def is_ordinary(token: str) -> bool:
        if token in _ordinary(name) or token in authors.near_misses or _DIGIT.search(token):
            return True
        number = known.ids.get(token) if known is not None else None
        return known is not None and number is not None and int(known.articles.frequency[number]) >= _ARTICLES

    return all(is_ordinary(token) for token in said)


def _asks_for_a_property(text: str, name: str, lang: str, authors: AuthorsWords) -> bool:
    """Whether a few words ask for what every thing has, whatever the thing is. None does that says what an example
    says, or something of a person."""
    properties, besides = _properties(name)
    if name == "zh":
        simple = _NOT_CHINESE.sub("", to_simplified(text))
        asked = next((one for one in properties if one in simple), "")
        return bool(asked) and len(simple) <= _ASKED_CHINESE and not names_harm(simple.replace(asked, ""))
    written = [fold(word.casefold()) for word in words(text)]
    if name == "tr":
        has = [any(word.startswith(one) for one in properties) for word in written]
    else:
        has = [word in properties for word in written]
    others = [word for word, is_one in zip(written, has, strict=True) if not is_one and word not in besides]
    if any(word in STOP[name] for word in others):
        return False
    # `size` is no harm, though it begins as a Turkish word of it does.
    if not any(has) or len(others) + sum(has) > _ASKED or names_harm(" ".join(others)):
        return False
    said = frozenset(tokens(text, lang, query=True))
    return not any(said <= example for example in authors.examples)


def is_one_harmless_word(text: str, lang: str) -> bool:
    """Whether one word says all of a text (in Chinese: three characters), and it is none of danger."""
    if family(lang) == "zh":
        alone = len(_NOT_CHINESE.sub("", text)) <= _WORD_CHINESE
    else:
        alone = sum(bool(tokens(word, lang, query=True)) for word in words(text)) == 1
    return alone and not names_harm(text)


def prepare() -> None:
    """Read the words, which the first search would wait for."""
    for name in _FAMILIES:
        _ordinary(name)
        _properties(name)
    names_harm("x")
    _things()


def tokens_of(texts: Iterable[tuple[str, str]]) -> frozenset[str]:
    """All tokens of texts with their languages."""
    return frozenset(token for lang, text in texts for token in tokens(text, lang))


def names_harm(text: str) -> bool:
    """Whether a text has a word of danger, in any language."""
    if any(char in _harm("zh") for char in to_simplified(text)):
        return True
    for word in words(text):
        if not _harm("en").isdisjoint(tokens(word, "en")):
            return True
        if fold(word.casefold()).startswith(tuple(_harm("tr"))):
            return True
    return False


def _plain(text: str) -> str:
    return fold(" ".join(words(to_simplified(text.casefold()))))


@lru_cache(maxsize=1)
def _things() -> frozenset[str]:
    return frozenset(_plain(text) for _, text in harmless_things())


@lru_cache(maxsize=4)
def _properties(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names of properties, and what may stand besides."""
    lines = (_PROPERTIES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    properties, _, besides = " ".join(line for line in lines if not line.startswith("#")).partition(" - ")
    return frozenset(map(fold, properties.split())), frozenset(map(fold, besides.split()))


@lru_cache(maxsize=4)
def _ordinary(name: str) -> frozenset[str]:
    return tokens_of((lang, text) for lang, text in (*harmless_sentences(), *harmless_things()) if family(lang) == name)


@lru_cache(maxsize=4)
def _harm(name: str) -> frozenset[str]:
    lines = (_HARM / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    found = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if name == "en":
        return tokens_of(("en", word) for word in found)
    return frozenset(found) if name == "zh" else frozenset(fold(word) for word in found)
