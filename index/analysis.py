"""Tokenisation and stemming: one analyzer a language family, the same at index and query time, for any keyword engine.

Families are `en`, `tr`, `zh` and `und` (every other language). The analyzers are our own because those of keyword
engines fail for these languages: they lower-case `İade` into something `iade` does not match, and keep a run of Chinese
as one token.

- Turkish: suffixes after an apostrophe are cut (`İstanbul'daki` is `istanbul`), dotted and dotless i are unified,
  diacritics are folded after stemming, so text typed without Turkish letters finds text typed with them.
- Chinese: Traditional is converted to Simplified, then split into character bigrams. Single characters are indexed too,
  and used in a query only when it has nothing longer.
- Codes and part numbers (`ERR_2041`, `E-17`) are one token, whatever joins their parts, and each part is one too.
- In articles a number is also found apart from its unit or from the word it was written with (`100MB`, `Windows11`),
  and a unit by its short form (`watts`). What is asked has been put in that form before (index/query/units.py).
- Other scripts without spaces (Japanese, Thai…) are split into character bigrams as well.
"""

import re
import threading
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate, chain, repeat
from typing import Any

import opencc
import snowballstemmer

from index.measures import SIZE, UNITS, grouped, other_words
from index.traditional import to_traditional

FAMILIES = ("en", "tr", "zh", "und")

# Scripts written without spaces (and Korean, which joins words): character bigrams stand for words.
_CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17d3\U00020000-\U0003ffff"
)
# Combining marks (accents, vowel signs). Python's \w does not match them, which would split Hindi words.
_MARK = "".join(
    c for c in map(chr, range(0x300, 0x1D00)) if unicodedata.category(c)[0] == "M" and not re.match(f"[{_CJK}]", c)
)
_LETTERS = rf"[^\W_{_CJK}]+(?:[{_MARK}]+[^\W_{_CJK}]*)*"
_WORD = re.compile(rf"[{_CJK}]+|{_LETTERS}(?:['’ʼ\-\u2010\u2011_./+]{_LETTERS})*", re.UNICODE)
# What _WORD matches in a text without other characters.
_ASCII_WORD = re.compile(r"[A-Za-z0-9]++(?:['\-_./+][A-Za-z0-9]++)*+")
_PART = re.compile(r"[^\W_]+", re.UNICODE)
_DECIMAL_PART = re.compile(r"[^\W_]+(?:\.[0-9]+[^\W_]*)*", re.UNICODE)
_AFTER_NUMBER = re.compile(r"(?<=[0-9])(?=[¹²³⁰-ₜ])")
_APOSTROPHES = re.compile(r"['’ʼ]")
_IS_CJK = re.compile(rf"[{_CJK}]")
# Small letters, then two or more capitalised parts, or one longer: `getUserName`, `fileName`, but not `iPhone`.
_CAMEL = re.compile(r"[a-z]{2,}(?:[A-Z][a-z]+)+")
_CAMEL_PART = re.compile(r"[A-Z]?[a-z]+")
# A number and its unit, or what there are so many of; a word and its number. Two letters and a number are a model.
_NUMBER_FIRST = re.compile(r"(\d+(?:\.\d+)?)([^\W\d_]+)", re.UNICODE)
_NUMBER_LAST = re.compile(r"([^\W\d_]{3,})(\d+(?:\.\d+)*)", re.UNICODE)
_DIGITS = re.compile("[0-9]+")
_SHORTEST_GROUPED = 4
_MAX_TOKEN = 64
# Pieces of passages that were shown, kept with their tokens for each kind of analysis: about 200 bytes each.
_KEPT_PIECES = 20_000

# Stop words: frequent words that say nothing about a topic.
# ruff: noqa: SIM905 - a list of quoted words is hard to read
STOP = {
    "en": frozenset(
        "a an and are as at be been but by can could did do does for from had has have he her his how i if in into is"
        " it its just me my no not of on or our she should so some such than that the their them then there these they"
        " this to was we were what when where which who why will with would you your am im ive".split()
    ),
    "tr": frozenset(
        "ve veya ile bir bu şu o da de ki mi mı mu mü için gibi daha çok en ama fakat ancak ben sen biz siz onlar benim"
        " bana beni ne nasıl neden niye hangi kadar sonra önce olarak olan oldu olur var yok her şey".split()
    ),
    "zh": frozenset(),
    "und": frozenset(),
}

# The Turkish question particle with endings: who asks, when, whether it is said or sure (`mısınız`, `miydi`, `muymuş`,
# `midir`). It says nothing about a topic. Articles' own are indexed; no question looks for them.
_PERSONS = (
    ("ı", "yım sın yız sınız ydı ydım ydın ydık ydınız ydılar ymış ymışım ymışsın ymışız ymışsınız ymışlar dır dırlar"),
    ("i", "yim sin yiz siniz ydi ydim ydin ydik ydiniz ydiler ymiş ymişim ymişsin ymişiz ymişsiniz ymişler dir dirler"),
    ("u", "yum sun yuz sunuz ydu ydum ydun yduk ydunuz ydular ymuş ymuşum ymuşsun ymuşuz ymuşsunuz ymuşlar dur durlar"),
    ("ü", "yüm sün yüz sünüz ydü ydüm ydün ydük ydünüz ydüler ymüş ymüşüm ymüşsün ymüşüz ymüşsünüz ymüşler dür dürler"),
)
# A manager, and managers, are written the same.
_NO_PARTICLES = frozenset({"müdür", "müdürler"})
QUESTION_PARTICLES = frozenset(f"m{v}{e}" for v, endings in _PERSONS for e in ("", *endings.split())) - _NO_PARTICLES

_TURKISH_LOWER = str.maketrans({"İ": "i", "I": "ı"})
# Letters that Unicode does not take apart, and those of Arabic script that are typed for one another.
_FOLD_EXTRA = str.maketrans({
    "ı": "i", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ə": "e", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th",
    "ґ": "г", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه",
})  # fmt: skip
# Stemmers that come with snowballstemmer, by language tag. A neighbour stands in for some: Czech for Slovak.
_SNOWBALL = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "nb": "norwegian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sv": "swedish", "id": "indonesian", "ga": "irish", "lt": "lithuanian",
    "hi": "hindi", "ca": "catalan", "eu": "basque", "hy": "armenian", "ne": "nepali", "sr": "serbian", "ta": "tamil",
    "hr": "serbian", "bs": "serbian", "nn": "norwegian", "cs": "czech", "sk": "czech", "pl": "polish", "et": "estonian",
    "fa": "persian", "eo": "esperanto", "yi": "yiddish", "st": "sesotho",
}  # fmt: skip
# Plurals that these stemmers leave: Videos, Apps, video's; conexões, mensagens, papéis.
_WITH_S = frozenset(("de", "nl"))
_S_PLURAL = re.compile("(?<=..[aiouyäöüépw])s$")
_PLURALS = (("ões", "ão"), ("ães", "ão"), ("ens", "em"), ("ais", "al"), ("éis", "el"), ("óis", "ol"), ("uns", "um"),
            ("ins", "im"), ("ons", "om"))  # fmt: skip
_SHORTEST_PLURAL = 5


def family(lang: str) -> str:
    """The analyzer family of a language tag: en, tr, zh, or und for all others."""
    head = lang.split("-")[0]
    return head if head in ("en", "tr", "zh") else "und"


def tokens(text: str, lang: str, *, query: bool = False) -> list[str]:
    """The tokens of a text in a language, in order. With `query`, Chinese gives bigrams only, or one character, and the
    Turkish question particle gives none in any form."""
    group = family(lang)
    typed = words(text) if query else article_words(text, lang)
    return [t for word in typed for t in _word_tokens(word, lang if group == "und" else group, query)]


def article_words(text: str, lang: str) -> Iterator[str]:
    """The words of an article as written, and what else its numbers are called (`1,400`: 1400; `10 min`: minutes)."""
    yield from words(text)
    yield from other_words(text, lang)


def words(text: str) -> Iterator[str]:
    """Words as typed, after NFKC (full-width letters become ordinary ones); a run of Chinese is one word."""
    for match in _WORD.finditer(_normal(text)):
        yield match.group()


def _normal(text: str) -> str:
    """A text after NFKC, in which a raised digit is none of the number before it: 25¹ is no 251, m² is m2."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _AFTER_NUMBER.sub(" ", text))


def spans(text: str, lang: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Highlight offsets: (start, end) of the words in `text` whose tokens are among `wanted`, merged, in order."""
    group = family(lang)
    key = lang if group == "und" else group
    if not text.isascii() and _IS_CJK.search(text):
        return _merged(sorted(_spans_of_words(text, key, wanted) + _spans_of_numbers(text, wanted)))
    # What stands between two spaces is split off much faster than a word: only where one of these has a wanted word is
    # it looked at more closely.
    found: list[tuple[int, int]] = []
    for piece in _pieces_seen(key).with_tokens(set(text.split()), wanted):
        is_word = piece.isascii() and piece.isalnum()
        inside = [(0, len(piece))] if is_word else _spans_of_words(piece, key, wanted)
        found += [(at + first, at + last) for at in _places(piece, text) for first, last in inside]
    return _merged(sorted(found + _spans_of_numbers(text, wanted)))


def _spans_of_numbers(text: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Where numbers in groups of digits stand that are looked for as one, and sizes whose numbers are glued."""
    numbers = {token for token in wanted if token.isdigit()}
    if not numbers:
        return []
    found = [(m.start(), m.end()) for m in SIZE.finditer(text) if numbers.issuperset(_DIGITS.findall(m[0]))]
    if any(len(number) >= _SHORTEST_GROUPED for number in numbers):
        found += [(start, end) for start, end, number in grouped(text, spaced=True) if number in numbers]
    return found


def _places(piece: str, text: str) -> Iterator[int]:
    """Where a piece without spaces stands in a text with spaces, or nothing, around it."""
    size, at = len(piece), text.find(piece)
    while at >= 0:
        end = at + size
        if (at == 0 or text[at - 1].isspace()) and (end == len(text) or text[end].isspace()):
            yield at
        at = text.find(piece, end)


def _spans_of_words(text: str, key: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Where wanted words stand, and in runs of Chinese wanted pairs of characters, or single ones where no pair is."""
    found: list[tuple[int, int]] = []
    wanted_chinese = [w for w in wanted if _IS_CJK.match(w)]
    pairs = [w for w in wanted_chinese if len(w) == 2]
    starts: list[int] = []
    runs: list[str] = []
    for match in _WORD.finditer(text):
        word, start = match.group(), match.start()
        if not _IS_CJK.match(word):
            if not wanted.isdisjoint(_normal_tokens(word, key)):
                found.append(match.span())
            continue
        if not wanted_chinese:
            continue
        simple = to_simplified(unicodedata.normalize("NFKC", word))
        if len(simple) != len(word):
            continue
        if len(simple) == 1 or not pairs:
            found += [(start + i, start + i + 1) for i, c in enumerate(simple) if c in wanted]
        else:
            starts.append(start)
            runs.append(simple)
    if not runs:
        return found
    # All runs at once: each pair is looked for in one text, where a space stands between two runs.
    joined, begins = " ".join(runs), list(accumulate((len(run) + 1 for run in runs), initial=0))
    for pair in pairs:
        at = joined.find(pair)
        while at >= 0:
            run = bisect_right(begins, at) - 1
            begin = starts[run] + at - begins[run]
            found.append((begin, begin + 2))
            at = joined.find(pair, at + 1)
    return found


def _normal_tokens(word: str, key: str) -> Sequence[str]:
    if word.isascii():
        return _article_tokens(word, key)
    normal = _normal(word)
    if " " in normal:
        return [token for one in words(word) for token in _word_tokens(one, key, False)]
    return _word_tokens(normal, key, False)


class _PiecesSeen:
    """Pieces of passages that were shown, by their tokens, so that each is analysed once and not for each question."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._seen: set[str] = set()
        self._pieces: dict[str, tuple[str, ...]] = {}

    def with_tokens(self, some: set[str], wanted: frozenset[str]) -> set[str]:
        """Those of some pieces that have any of the wanted tokens."""
        new = some.difference(self._seen)
        for piece in new:
            for token in {token for word in _WORD.findall(piece) for token in _normal_tokens(word, self._key)}:
                self._pieces[token] = (*self._pieces.get(token, ()), piece)
        # Afterwards: another thread takes what is seen for analysed. What both analysed stands there twice.
        self._seen |= new
        return some.intersection(chain.from_iterable(map(self._pieces.get, wanted, repeat(()))))

    def __len__(self) -> int:
        return len(self._seen)


_seen: dict[str, _PiecesSeen] = {}


def _pieces_seen(key: str) -> _PiecesSeen:
    words = _seen.get(key)
    if words is None or len(words) > _KEPT_PIECES:
        words = _seen[key] = _PiecesSeen(key)
    return words


def forget_words() -> None:
    """Empty the caches of words: after a large build they hold tens of thousands, scattered over memory that could
    go."""
    _spaced_tokens.cache_clear()
    _article_tokens.cache_clear()
    _seen.clear()


def _merged(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _word_tokens(word: str, key: str, query: bool) -> Sequence[str]:
    if _IS_CJK.match(word):
        return _pairs(to_simplified(word), query)
    if query:
        return () if key == "tr" and is_question_particle(word) else _spaced_tokens(word, key)
    return _article_tokens(word, key)


def _tokens_in_articles(word: str, key: str) -> tuple[str, ...]:
    """The tokens of one word of an article: those of a question, the short form of a unit, and of what is glued to a
    number those of both."""
    own = _spaced_tokens(word, key)
    head = _APOSTROPHES.split(word[: _MAX_TOKEN * 2])[0]
    if head.isalpha():
        unit = UNITS.get(head.lower(), "").lower() if len(head) > 1 else ""
        return (*own, unit) if unit and unit not in own else own
    parts = dict.fromkeys((*_DECIMAL_PART.findall(head), *_PART.findall(head)))
    return tuple(dict.fromkeys(chain(own, *(_apart(part, key) for part in parts))))


def _apart(part: str, key: str) -> list[str]:
    """The tokens of a number and of the word it is written together with, or the short form of a unit."""
    if (found := _NUMBER_FIRST.fullmatch(part)) and (found[2].lower() in UNITS or len(found[2]) > 2):
        number, word = found.groups()
    elif found := _NUMBER_LAST.fullmatch(part):
        word, number = found.groups()
    else:
        return [UNITS[part.lower()].lower()] if len(part) > 1 and part.lower() in UNITS else []
    return [*_spaced_tokens(number, key), *_article_tokens(word, key)]


def _tokens_of(word: str, key: str) -> tuple[str, ...]:
    """The tokens of one word of a space-separated script."""
    word = word[: _MAX_TOKEN * 2]
    if any(c.isdigit() for c in word) and _PART.fullmatch(word) is None:
        head = _APOSTROPHES.split(word)[0]  # E-17'yi is E-17
        parts = _PART.findall(head)
        whole = fold("".join(parts).casefold())
        return (whole, *(fold(p.casefold()) for p in parts)) if len(parts) > 1 else (whole,)
    pieces = [piece for piece in re.split(r"[-\u2010\u2011_./+]", word) if piece]
    # An identifier (getUserName) is found by its parts as well.
    pieces += [part for piece in pieces if _CAMEL.fullmatch(piece) for part in _CAMEL_PART.findall(piece)]
    return tuple(token for piece in pieces if (token := _stem(piece, key)))


_spaced_tokens = lru_cache(maxsize=100_000)(_tokens_of)
_article_tokens = lru_cache(maxsize=100_000)(_tokens_in_articles)


def _pairs(run: str, query: bool) -> list[str]:
    pairs = [run[i : i + 2] for i in range(len(run) - 1)]
    if query:
        return pairs or [run]
    return pairs + list(run)


def _stem(word: str, key: str) -> str:
    """The stem of one Latin, Cyrillic, Arabic… word; '' for a stop word."""
    if key == "tr":
        lower = word.translate(_TURKISH_LOWER).lower()
        lower = _APOSTROPHES.split(lower)[0]
        if lower in STOP["tr"] or fold(lower) in _FOLDED_STOP_TR:
            return ""
        return fold(lower)[:TURKISH_PREFIX]
    lower = word.casefold()
    lower = re.sub(r"['’ʼ]s$", "", lower)
    lower = _APOSTROPHES.sub("", lower)
    if key == "en":
        if lower in STOP["en"]:
            return ""
        return fold(_stemmer("english").stemWord(lower))[:_MAX_TOKEN]
    tag = key.split("-")[0]
    name = _SNOWBALL.get(tag)
    if tag == "pt":
        lower = _singular(lower)
    stem = _stemmer(name).stemWord(lower) if name else lower
    return fold(_S_PLURAL.sub("", stem) if tag in _WITH_S else stem)[:_MAX_TOKEN]


def _singular(word: str) -> str:
    """A Portuguese word without an ending of the plural that changes the singular's."""
    if len(word) >= _SHORTEST_PLURAL:
        for plural, singular in _PLURALS:
            if word.endswith(plural):
                return word.removesuffix(plural) + singular
    return word


# Truncation to a fixed prefix is as good a Turkish stemmer as a morphological one for retrieval
# (Can et al., "Information retrieval on Turkish texts", JASIST 2008, find five characters best), and unlike one it
# gives the same token for text typed without Turkish letters.
TURKISH_PREFIX = 5


_own = threading.local()


def _stemmer(name: str) -> Any:
    # One per thread: a Snowball stemmer keeps the current word in itself and is not thread-safe.
    stemmers = _own.__dict__.setdefault("stemmers", {})
    if name not in stemmers:
        stemmers[name] = snowballstemmer.stemmer(name)
    return stemmers[name]


def fold(text: str) -> str:
    """Diacritics folding: `şğüöçıé` is `sguocie`. Arabic, Hebrew and Indic vowel signs are removed as well."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text.translate(_FOLD_EXTRA))
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))


@cache
def _simplifier() -> Any:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=20_000)
def to_simplified(text: str) -> str:
    """Traditional Chinese converted to Simplified, character by character (same length); anything else unchanged.

    帳 and 帐 become 账, as accounts are written in mainland China: OpenCC keeps 帐 (`帳戶` would not find `账户`).
    """
    return str(_simplifier().convert(text)).replace("帐", "账")


def in_script(text: str, lang: str) -> str:
    """A Chinese text in the script of `lang` (zh-Hant or zh-Hans)."""
    return to_traditional(text) if lang == "zh-Hant" else to_simplified(text)


_FOLDED_STOP_TR = frozenset(fold(w) for w in STOP["tr"])
_FOLDED_PARTICLES = frozenset(fold(w) for w in QUESTION_PARTICLES)


def is_question_particle(word: str) -> bool:
    """Whether a word is the Turkish question particle in any of its forms, with or without Turkish letters."""
    lower = word.translate(_TURKISH_LOWER).lower()
    return lower in QUESTION_PARTICLES or (fold(lower) in _FOLDED_PARTICLES and lower not in _NO_PARTICLES)


def is_stop_word(word: str, name: str) -> bool:
    """Whether a word of a question, in small letters, says nothing about a topic in English or Turkish (`name`); with
    or without Turkish letters."""
    if name == "tr":
        return word in STOP["tr"] or fold(word) in _FOLDED_STOP_TR or is_question_particle(word)
    return word in STOP[name]
