"""Pure: phrases of danger in the sentences of a text, for index/query/urgent_words.py: which stand there, and what
stands around them.

All words of a phrase stand close together in any order. Time grows as the text does, whatever stands in it: a sentence
is indexed once by its tokens and forms, of near words only the nearest is looked at, and of the places of a phrase the
first few.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from index.analysis import family, fold, to_simplified, tokens, words

# Other words that may stand between those of a phrase.
_GAP = 3
# What stands around a phrase: so many words, or Chinese characters, on either side; and the most of these compared.
_AROUND, _MOST_AROUND = 4, 8
# Texts of a phrase that are further apart than this are looked around each for itself.
_TOGETHER = 12
CJK = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_CLAUSES = re.compile(r"[,;:、，：]+(?=\s|$)|[()（）]")
_LETTERS = re.compile(r"[^\W_]")
_TURKISH_LOWER = str.maketrans({"İ": "i", "I": "ı"})


@dataclass(frozen=True)
class Word:
    """One word as it is compared: its tokens, and its folded small letters for stars and for small words, which have no
    tokens. `place` is the number of words before it that say something; `whole` that a word is the same as written."""

    tokens: frozenset[str]
    folded: str
    place: int = 0
    whole: bool = False
    written: str = ""


@dataclass(frozen=True)
class Phrase:
    """Words that must stand together. `texts` are those of scripts without spaces."""

    written: str
    words: tuple[Word, ...]
    texts: tuple[str, ...]

    @staticmethod
    def of(text: str, lang: str) -> "Phrase":
        """A phrase as an author wrote it."""
        texts = tuple(_simple(word.rstrip("*")) for word in text.split() if CJK.search(word))
        found = []
        for word in (word for word in text.split() if not CJK.search(word)):
            folded = _folded(word.rstrip("*"), lang)
            star = word.endswith("*")
            found.append(Word(frozenset(), folded) if star else Word(frozenset(tokens(word, lang)), folded, whole=True))
        telling = tuple(one for one in found if one.tokens or not one.whole)
        # `on fire` is no `fire sale`: where one word says it all, the small ones beside it count as well, side by side.
        return Phrase(text, tuple(found) if len(telling) == 1 and not texts else telling, texts)


class Phrases:
    """The phrases of an entry, in its order, of which those that may stand in a sentence are found by its tokens."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self.all = tuple(phrases)
        self._by_token: dict[str, list[int]] = {}
        self._others: list[int] = []
        for number, phrase in enumerate(self.all):
            first = next((word.tokens for word in phrase.words if word.tokens), None)
            if first is None:
                self._others.append(number)
            for token in first or ():
                self._by_token.setdefault(token, []).append(number)

    def say(self, figure: Sequence[str]) -> bool:
        """Whether a phrase of several words says what a figure of speech does: an author knows better."""
        return any(len(one.words) > 1 and {word.folded for word in one.words} <= set(figure) for one in self.all)

    def in_sentence(self, sentence: "Sentence") -> Iterator[Phrase]:
        """Those that stand in a sentence."""
        may = set(self._others)
        if self._by_token:
            known = self._by_token.keys() & sentence.tokens
            may.update(number for token in known for number in self._by_token[token])
        for number in sorted(may):
            if next(places(self.all[number], sentence), None) is not None:
                yield self.all[number]


class WordReader:
    """Reads the words of a language, each form of a text once."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._known: dict[str, tuple[frozenset[str], str]] = {}

    def words(self, sentence: str) -> list[Word]:
        """The words of a sentence; between clauses one that is nothing, so that none stand side by side over a comma
        (`the sound leaks, my neighbours`)."""
        found: list[Word] = []
        place = 0
        for clause in _CLAUSES.split(sentence):
            if found:
                found.append(Word(frozenset(), "", place))
            for word in words(clause):
                known = self._known.get(word)
                if known is None:
                    known = self._known[word] = frozenset(tokens(word, self._lang)), _folded(word, self._lang)
                found.append(Word(*known, place, written=word))
                place += bool(known[0])
        return found


class Sentence:
    """A sentence as phrases of one language are looked for in it; read when the first of them asks. Words that are
    hidden stand nowhere."""

    def __init__(self, text: str, reader: WordReader) -> None:
        self.text = text
        self._reader = reader
        self._hidden: set[int] = set()
        self._hidden_texts: list[str] = []

    @cached_property
    def words(self) -> Sequence[Word]:
        return self._reader.words(self.text)

    @cached_property
    def whole_text(self) -> str:
        """Without spaces, in one script."""
        return _simple(self.text)

    @property
    def left_text(self) -> str:
        """The same without what is hidden."""
        text = self.whole_text
        for hidden in self._hidden_texts:
            text = text.replace(hidden, "\n")
        return text

    @cached_property
    def tokens(self) -> Collection[str]:
        return self._by_token.keys()

    @cached_property
    def _by_token(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, word in enumerate(self.words):
            for token in word.tokens:
                found.setdefault(token, []).append(number)
        return found

    @cached_property
    def _by_form(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, word in enumerate(self.words):
            found.setdefault(word.folded, []).append(number)
        return found

    @cached_property
    def _telling(self) -> dict[str, list[int]]:
        """The same of words that say something."""
        found: dict[str, list[int]] = {}
        for number, word in enumerate(self.words):
            if word.tokens:
                found.setdefault(word.folded, []).append(number)
        return found

    @cached_property
    def _forms(self) -> Sequence[str]:
        return sorted(self._telling)

    def hide(self, phrase: Phrase) -> None:
        """A near miss hides its own words, where it stands first."""
        hidden = next(places(phrase, self), None)
        if hidden is not None:
            self._hidden |= hidden
            self._hidden_texts += phrase.texts

    def hide_side_by_side(self, figures: Iterable[Sequence[str]]) -> None:
        """The words of figures of speech are hidden wherever they stand as written."""
        for figure in figures:
            for first in self._by_form.get(figure[0], ()):
                told = range(first, first + len(figure))
                if [word.folded for word in self.words[first : first + len(figure)]] == list(figure):
                    self._hidden |= set(told)

    def at(self, wanted: Word) -> Sequence[int]:
        """Where a word of a phrase stands, in order."""
        if wanted.tokens:
            lists = [some for token in wanted.tokens if (some := self._by_token.get(token))]
        elif wanted.whole:
            lists = [some] if (some := self._by_form.get(wanted.folded)) else []
        else:
            lists = [self._telling[form] for form in _with_prefix(self._forms, wanted.folded)]
        found = lists[0] if len(lists) == 1 else sorted({number for some in lists for number in some})
        return [number for number in found if number not in self._hidden] if self._hidden else found

    def is_all(self, phrase: Phrase) -> bool:
        """Whether the sentence has no other word than those of a phrase that stands in it; particles are none."""
        if phrase.texts:
            others = self.whole_text
            for text in phrase.texts:
                others = others.replace(text, "")
            return len(_LETTERS.findall(others)) <= 1
        telling = sum(bool(one.tokens) or not one.whole for one in phrase.words)
        return sum(bool(word.tokens) for word in self.words) <= telling

    def around(self, phrase: Phrase) -> Iterator[str]:
        """What stands around the first places of a phrase: the sentence itself where it is no longer."""
        if phrase.texts:
            left = self.left_text
            for near in islice(_around_texts(phrase, left), _MOST_AROUND):
                yield near if len(near) < len(left) else self.text
            return
        for numbers in islice(places(phrase, self), _MOST_AROUND):
            first, end = max(0, min(numbers) - _AROUND), min(len(self.words), max(numbers) + _AROUND + 1)
            if end - first == len(self.words):
                yield self.text
            else:
                shown = (number for number in range(first, end) if number not in self._hidden)
                yield " ".join(filter(None, (self.words[number].written for number in shown)))


def places(phrase: Phrase, sentence: Sentence) -> Iterator[frozenset[int]]:
    """Where the words of a phrase stand together, each in one place only; nowhere in particular for texts alone."""
    if phrase.texts:
        left = sentence.left_text
        if not all(text in left for text in phrase.texts):
            return
    at: list[Sequence[int]] = []
    for wanted in phrase.words:
        found = sentence.at(wanted)
        if not found:
            return
        at.append(found)
    if not at:
        if phrase.texts:
            yield frozenset()
        return
    side_by_side = any(word.whole and not word.tokens for word in phrase.words)
    within = sum(bool(word.tokens or not word.whole) for word in phrase.words) + _GAP
    used: set[int] = set()
    for first in at[0]:
        if first in used:
            continue
        chosen: Sequence[int]
        if side_by_side:
            chosen = range(first, first + len(at))
            if not all(_stands_at(some, number) for some, number in zip(at, chosen, strict=True)):
                continue
        else:
            near = [_nearest(some, first, used) for some in at[1:]]
            chosen = [first, *(number for number in near if number is not None)]
            order = [sentence.words[number].place for number in chosen]
            if len(chosen) < len(at) or max(order) - min(order) >= within:
                continue
        if used.isdisjoint(chosen):
            used.update(chosen)
            yield frozenset(chosen)


def _stands_at(sorted_numbers: Sequence[int], number: int) -> bool:
    at = bisect_left(sorted_numbers, number)
    return at < len(sorted_numbers) and sorted_numbers[at] == number


def _nearest(sorted_numbers: Sequence[int], first: int, used: Collection[int]) -> int | None:
    """The nearest to `first` that is not used; of two as near the one before it."""
    after = bisect_left(sorted_numbers, first)
    before = after - 1
    while before >= 0 and sorted_numbers[before] in used:
        before -= 1
    while after < len(sorted_numbers) and sorted_numbers[after] in used:
        after += 1
    sides = [sorted_numbers[at] for at in (before, after) if 0 <= at < len(sorted_numbers)]
    return min(sides, key=lambda number: abs(number - first), default=None)


def _with_prefix(sorted_forms: Sequence[str], prefix: str) -> Iterator[str]:
    for number in range(bisect_left(sorted_forms, prefix), len(sorted_forms)):
        if not sorted_forms[number].startswith(prefix):
            return
        yield sorted_forms[number]


def _around_texts(phrase: Phrase, simple: str) -> Iterator[str]:
    """In a script without spaces: around all texts of a phrase, or each of them where they are far apart."""
    for first in _starts(phrase.texts[0], simple):
        nearest = [min(_starts(text, simple), key=lambda at: abs(at - first)) for text in phrase.texts[1:]]
        spans = [(at, at + len(text)) for at, text in zip((first, *nearest), phrase.texts, strict=True)]
        together = min(spans)[0], max(end for _, end in spans)
        for begin, end in [together] if together[1] - together[0] <= _TOGETHER else spans:
            yield simple[max(0, begin - _AROUND) : end + _AROUND]


def _starts(text: str, simple: str) -> list[int]:
    """Where a text stands; the first so many of the places that are compared."""
    return [found.start() for found in islice(re.finditer(re.escape(text), simple), _MOST_AROUND)]


def _folded(word: str, lang: str) -> str:
    lower = word.translate(_TURKISH_LOWER).lower() if family(lang) == "tr" else word.casefold()
    return fold(lower)


def _simple(text: str) -> str:
    return re.sub(r"\s+", "", to_simplified(unicodedata.normalize("NFKC", text)))
