"""Words that nobody wrote, and the word of the articles that was probably meant.

Words are compared as `index.query.parser.plain` writes them, so that Turkish typed without its letters is no mistake.
One edit (a letter too many, too few, another, or two exchanged) is put right from three letters on, two from seven. A
word that is known is never touched: one of the articles, in whichever of their languages, an English one, a Turkish
root with its endings, or one that many people use in about 100 languages (index/data/words.txt.gz, turkish.txt.gz;
NOTICE says where they come from).
Neither are codes, Chinese, or a name in the middle of a sentence.
"""

import gzip
import heapq
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from index.analysis import family, tokens
from index.parts.lexicon import Lexicon
from index.query.parser import CJK, insisted, plain

_COMMON = Path(__file__).parents[1] / "data" / "words.txt.gz"
_ROOTS = Path(__file__).parents[1] / "data" / "turkish.txt.gz"
_VOWELS = "aeiou"
_LONG_ENDING = 5
_SHORTEST, _TWO_EDITS_FROM, _TWO_OTHERS_FROM = 3, 7, 9
# A word that short and its neighbours are often both right, unless they begin alike.
_SHORT = 4
# Turkish words are a stem and suffixes: the stem alone is looked for when the whole is not there.
_STEM_SHORTEST = 6
# Beyond this it is a letter, in which a wrong letter matters little.
_MOST_WORDS = 16
_MOST_UNKNOWN = 4

_LETTER = rf"[^\W\d_{CJK}]"
_TYPED = re.compile(rf"{_LETTER}+(?:['’ʼ]{_LETTER}+)*")
_APOSTROPHE = re.compile(r"['’ʼ]")
# Whole words; what follows an apostrophe (a suffix) and parts of codes are none.
_WRITTEN = re.compile(rf"(?<![\d_'’ʼ])(?<!{_LETTER}){_LETTER}{{3,}}+(?![\d_])")
_TURKISH = str.maketrans({"İ": "i", "I": "ı"})
_TURKISH_UPPER = str.maketrans({"i": "İ", "ı": "I"})


@dataclass(frozen=True)
class Vocabulary:
    """The words of one language family as they stand in its articles, in small letters, and how often."""

    words: tuple[str, ...]
    counts: tuple[int, ...]

    @staticmethod
    def of(texts: Iterable[tuple[str, str]]) -> "Vocabulary":
        """From (language, text) pairs."""
        counts: Counter[str] = Counter()
        for lang, text in texts:
            counts.update(written(text, lang))
        kept = sorted(counts)
        return Vocabulary(tuple(kept), tuple(counts[w] for w in kept))

    def save(self, path: Path) -> None:
        """Write `path`.words: a word and its count a line."""
        lines = [f"{word} {count}" for word, count in zip(self.words, self.counts, strict=True)]
        path.with_suffix(".words").write_text("\n".join(lines), encoding="utf-8")

    @staticmethod
    def load(path: Path) -> "Vocabulary":
        text = path.with_suffix(".words").read_text(encoding="utf-8")
        # No word holds white space, so that words and counts take turns.
        flat = text.split()
        return Vocabulary(tuple(flat[::2]), tuple(map(int, flat[1::2])))

    @cached_property
    def by_plain(self) -> Mapping[str, int]:
        """The number of the commonest word of each plain form."""
        found: dict[str, int] = {}
        for number, word in enumerate(self.words):
            form = plain(word)
            if form not in found or self.counts[number] > self.counts[found[form]]:
                found[form] = number
        return found

    @cached_property
    def _by_length(self) -> Mapping[int, list[str]]:
        found: dict[int, list[str]] = {}
        for form in self.by_plain:
            found.setdefault(len(form), []).append(form)
        return found

    @cached_property
    def _in_order(self) -> list[str]:
        return sorted(self.by_plain)

    def beginning(self, form: str, most: int) -> list[str]:
        """The words that begin with a plain form and go on, the commonest first, at most so many."""
        first, last = bisect_left(self._in_order, form), bisect_left(self._in_order, form + "\U0010ffff")
        numbers = (self.by_plain[other] for other in self._in_order[first:last] if other != form)
        return [self.words[n] for n in heapq.nsmallest(most, numbers, key=lambda n: (-self.counts[n], n))]

    def nearest(self, form: str, edits: int) -> str | None:
        """The word fewest edits away from a plain form, of several the commonest; None when all are further."""
        best: tuple[tuple[float, ...], str] | None = None
        for length in range(len(form) - edits, len(form) + edits + 1):
            bucket = self._by_length.get(length, [])
            for other, distance, _ in process.extract_iter(form, bucket, scorer=OSA.distance, score_cutoff=edits):
                if not _likely(form, other, int(distance)):
                    continue
                number = self.by_plain[other]
                rank = (distance, other[0] != form[0], -self.counts[number])
                if best is None or rank < best[0]:
                    best = (rank, self.words[number])
        return best[1] if best else None


def written(text: str, lang: str) -> list[str]:
    """The words of a text as they stand there, in small letters, without codes."""
    small = text.translate(_TURKISH).lower() if family(lang) == "tr" else text.lower()
    return _WRITTEN.findall(unicodedata.normalize("NFKC", small))


def correct(
    text: str,
    lang: str,
    vocabularies: Mapping[str, Vocabulary],
    lexicons: Mapping[str, Lexicon],
    authors: Collection[str] = (),
) -> str | None:
    """A question with its misspelt words put right, or None when there is nothing to put right.

    `authors` are words, in small letters, that are right because authors' synonyms and pins have them.
    Only for languages whose words are known beyond the articles: elsewhere a rare word would pass for a mistake.
    """
    typed = list(_TYPED.finditer(text))
    if len(typed) > _MOST_WORDS or family(lang) == "und":
        return None
    fixed = insisted(text)
    changed, unknown = text, 0
    shouted = text.upper() == text
    for match in reversed(typed):
        if any(start <= match.start() < end for start, end in fixed) or _in_a_code(text, match):
            continue
        word = _APOSTROPHE.split(match.group())[0]
        if _is_name(text, match, shouted) or word.lower() in authors:
            continue
        if _known(word, lang, vocabularies, lexicons):
            continue
        unknown += 1
        meant = _meant(word, lang, vocabularies)
        if meant and unknown <= _MOST_UNKNOWN:
            start = match.start()
            changed = changed[:start] + _in_the_case_of(word, meant, lang) + changed[start + len(word) :]
    return changed if changed != text else None


def _meant(word: str, lang: str, vocabularies: Mapping[str, Vocabulary]) -> str | None:
    form, own = plain(word), family(lang)
    edits = 2 if len(form) >= _TWO_EDITS_FROM else 1
    # The question's own language first; what Chinese and others write in Latin letters is mostly English.
    for name in sorted(vocabularies, key=lambda n: (n != own, n)):
        vocabulary = vocabularies[name]
        meant = vocabulary.nearest(form, edits)
        if meant is None and name == "tr":
            meant = _stem_meant(word, form, vocabularies)
        if meant is not None:
            return meant
    return None


def _stem_meant(word: str, form: str, vocabularies: Mapping[str, Vocabulary]) -> str | None:
    """A Turkish word whose beginning is one edit from a word of the articles, with its own endings after it."""
    if len(form) != len(word):
        return None
    for end in range(len(form) - 1, _STEM_SHORTEST - 1, -1):
        stem = vocabularies["tr"].nearest(form[:end], 1)
        meant = stem + word[end:].translate(_TURKISH).lower() if stem else ""
        if _is_turkish(plain(meant), vocabularies):
            return meant
    return None


def _likely(form: str, other: str, distance: int) -> bool:
    if distance == 0 or len(other) < _SHORTEST:
        return False
    # Two letters exchanged for others make another word more often than a mistake: `leaking`, `looking`.
    if distance == 2 and len(form) == len(other) and len(form) < _TWO_OTHERS_FROM and sorted(form) != sorted(other):
        return False
    alike = form[0] == other[0] or sorted(form[:2]) == sorted(other[:2])
    return alike or (distance == 1 and len(form) > _SHORT)


def _known(word: str, lang: str, vocabularies: Mapping[str, Vocabulary], lexicons: Mapping[str, Lexicon]) -> bool:
    form = plain(word)
    if len(form) < _SHORTEST or not form.isascii():
        return True
    if form in common_words() or any(form in v.by_plain for v in vocabularies.values()):
        return True
    name = family(lang)
    if name == "tr":
        return _is_turkish(form, vocabularies)
    asked = tokens(word, lang, query=True)
    return not asked or (name in lexicons and all(t in lexicons[name].ids for t in asked))


def _is_turkish(form: str, vocabularies: Mapping[str, Vocabulary]) -> bool:
    """Whether a word is a root, or a word of the articles, with endings behind it."""
    roots, endings = turkish()
    own = vocabularies["tr"].by_plain if "tr" in vocabularies else {}
    if form in roots:
        return True
    for end in range(2, len(form)):
        stem, ending = form[:end], form[end:]
        if stem[-1] in _VOWELS and ending[0] in _VOWELS:  # a letter would stand between them
            continue
        if (stem in roots or (end > _SHORT and stem in own)) and _is_ending(ending, endings):
            return True
    return False


def _is_ending(ending: str, endings: frozenset[str]) -> bool:
    """One of the list, or two, of some length, behind each other: `-lerimdeki-ler`."""
    return ending in endings or any(
        ending[:cut] in endings and ending[cut:] in endings
        for cut in range(_LONG_ENDING, len(ending) - 2)
        if ending[cut - 1] not in _VOWELS or ending[cut] not in _VOWELS
    )


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Plain forms of words that people use: of English, and the commonest of all languages in Latin letters."""
    return frozenset(gzip.decompress(_COMMON.read_bytes()).decode().split("\n"))


@lru_cache(maxsize=1)
def turkish() -> tuple[frozenset[str], frozenset[str]]:
    """Plain forms of Turkish roots (also as they soften before an ending), and of what may stand behind them."""
    roots, endings = gzip.decompress(_ROOTS.read_bytes()).decode().split("\n\n")
    return frozenset(roots.split("\n")), frozenset(endings.split("\n"))


def _in_a_code(text: str, match: re.Match[str]) -> bool:
    """Whether a digit, an underscore or the like stands at the word: part of a code, an address or a file name."""
    before, after = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 2]
    return bool(re.search(r"[\d_@/\\.\-]$", before) or re.match(r"[\d_@/\\]|[.\-]\w", after))


def _is_name(text: str, match: re.Match[str], shouted: bool) -> bool:
    """A capital in the middle of a sentence: a name, which may well be unknown here."""
    before = text[: match.start()].rstrip()
    return bool(before) and not shouted and match.group()[0].isupper() and before[-1] not in '.!?:"“„«'


def _in_the_case_of(typed: str, meant: str, lang: str) -> str:
    upper = str.maketrans({}) if family(lang) != "tr" else _TURKISH_UPPER
    if len(typed) > 1 and typed.isupper():
        return meant.translate(upper).upper()
    return meant[0].translate(upper).upper() + meant[1:] if typed[0].isupper() else meant
