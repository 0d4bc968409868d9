"""Pure: how hard a text is to read, by a formula made for its language. A figure is a hint and no judgement: it knows
how long words and sentences are, and nothing of what they say.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from core.texts.languages import is_chinese
from core.texts.sentences import sentence_ends
from kb.models import Section

_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+")
_ENGLISH_VOWELS = re.compile(r"[aeiouy]+")
_TURKISH_VOWELS = re.compile(r"[aeıioöuüâîû]")
# A silent e, and endings that add no syllable: take, takes, files, saved; not table, packages, boxes, wanted.
_SILENT = re.compile(r"(?:[^aeiouyl]e|[aeiouy]le|[^aeiouylsxzgch]es|[aeiouy]les|[^aeiouytd]ed)$")
# Vowels that stand together and belong to two syllables: idea, video, science, create, previous, material, variable.
_APART = re.compile(
    r"(?<=[aeiouy][^aeiouy])ea\b|scie|crea(?=t[eio])|[aei]o\b|[^ctxgs]iou|[^ct]ial|ia[bt]|[^qg]ua|iet|uou|[aeouy]ing\b"
)
_AS_SPOKEN = {"business": 2, "businesses": 3, "every": 2, "everything": 3, "everyone": 3, "different": 2}


class Scale(StrEnum):
    FLESCH = "flesch"
    ATESMAN = "atesman"
    CHARACTERS = "characters"
    WORDS = "words"


class Ease(StrEnum):
    EASY = "easy"
    FAIR = "fair"
    HARD = "hard"


@dataclass(frozen=True)
class Reading:
    """`score` is of the scale: higher is easier with FLESCH and ATESMAN, the mean length of a sentence with the others.
    `sentence` is that mean in words, in characters for Chinese; `longest` the longest sentence."""

    scale: Scale
    score: float
    ease: Ease
    words: int
    sentences: int
    sentence: float
    longest: int


@dataclass(frozen=True)
class _Measures:
    words: int = 0
    sentences: int = 0
    longest: int = 0
    syllables: int = 0


def reading_of(sections: Iterable[Section], lang: str) -> Reading | None:
    """How the text of an article reads; None where there is too little of it to say."""
    return _reading([_measures(section.text, lang) for section in sections], lang)


def read_text(text: str, lang: str) -> Reading | None:
    """The same of any plain text, whose lines are paragraphs, items of lists or rows of tables."""
    return _reading([_measures(text, lang)], lang)


def _reading(parts: Sequence[_Measures], lang: str) -> Reading | None:
    total, sentences = sum(one.words for one in parts), sum(one.sentences for one in parts)
    if total < (10 if is_chinese(lang) else 5):
        return None
    mean, longest = total / sentences, max(one.longest for one in parts)
    syllables = sum(one.syllables for one in parts)
    base = lang.split("-")[0]
    if is_chinese(lang):
        scale, score, ease = Scale.CHARACTERS, mean, _shorter(mean, 25, 40)
    elif base == "en":
        score = flesch(total, sentences, syllables)
        scale, ease = Scale.FLESCH, _higher(score, 60, 45)
    elif base == "tr":
        score = atesman(total, sentences, syllables)
        scale, ease = Scale.ATESMAN, _higher(score, 70, 50)
    else:
        scale, score, ease = Scale.WORDS, mean, _shorter(mean, 17, 25)
    return Reading(scale, score, ease, total, sentences, mean, longest)


# While somebody writes, all sections but one are those of the preview before.
@lru_cache(maxsize=256)
def _measures(text: str, lang: str) -> _Measures:
    count = _characters if is_chinese(lang) else _words
    lengths = [length for sentence in _sentences(text) if (length := count(sentence))]
    if not lengths:
        return _Measures()
    known: dict[str, Callable[[str], int]] = {"en": english_syllables, "tr": turkish_syllables}
    syllables_of = known.get(lang.split("-")[0])
    syllables = sum(syllables_of(word[:60]) for word in _WORD.findall(text)) if syllables_of else 0
    return _Measures(sum(lengths), len(lengths), max(lengths), syllables)


def flesch(words: int, sentences: int, syllables: int) -> float:
    """Flesch Reading Ease: 206.835 - 1.015 x (words / sentences) - 84.6 x (syllables / words).

    Rudolf Flesch, "A new readability yardstick", Journal of Applied Psychology 32 (1948), 221-233. 60 to 70 is plain
    English, below 50 is difficult.
    """
    return 206.835 - 1.015 * words / sentences - 84.6 * syllables / words


def atesman(words: int, sentences: int, syllables: int) -> float:
    """Atesman's readability: 198.825 - 40.175 x (syllables / words) - 2.610 x (words / sentences).

    Ender Atesman, "Türkçede okunabilirliğin ölçülmesi", Dil Dergisi 58 (1997), 71-74. 70 to 89 is easy, 50 to 69 of
    medium difficulty, below 50 difficult.
    """
    return 198.825 - 40.175 * syllables / words - 2.610 * words / sentences


@lru_cache(maxsize=4096)
def english_syllables(word: str) -> int:
    """Groups of vowels, less those that are not spoken: right for nearly all words of a help centre."""
    word = word.lower()[:60]
    if word in _AS_SPOKEN:
        return _AS_SPOKEN[word]
    found = len(_ENGLISH_VOWELS.findall(word)) + len(_APART.findall(word))
    if found > 1 and _SILENT.search(word):
        found -= 1
    return max(found, 1)


def turkish_syllables(word: str) -> int:
    """Every syllable has one vowel."""
    return max(len(_TURKISH_VOWELS.findall(word.replace("I", "ı").replace("İ", "i").lower())), 1)


def _sentences(text: str) -> Iterable[str]:
    for line in text.splitlines():
        begin = 0
        for end in sentence_ends(line):
            yield line[begin:end]
            begin = end


def _words(text: str) -> int:
    return sum(1 for _ in _WORD.finditer(text))


def _characters(text: str) -> int:
    """Characters of Chinese, and words or numbers of other scripts among them."""
    return len(_HAN.findall(text)) + sum(1 for _ in _WORD.finditer(_HAN.sub(" ", text)))


def _higher(score: float, easy: float, fair: float) -> Ease:
    return Ease.EASY if score >= easy else Ease.FAIR if score >= fair else Ease.HARD


def _shorter(length: float, easy: float, fair: float) -> Ease:
    return Ease.EASY if length <= easy else Ease.FAIR if length <= fair else Ease.HARD
