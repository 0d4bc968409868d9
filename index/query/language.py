"""Pure: language detection by script, language-specific letters, stop words and the articles' own words.

The reader's own language decides where the text does not: `wifi` is taken to be in the reader's language.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from core.texts.languages import is_chinese
from index.analysis import TURKISH_PREFIX, family, is_stop_word, to_simplified, tokens, words
from index.parts.lexicon import Lexicon
from index.query.other_languages import counts, language_of, listed_languages, listed_words
from index.query.plain_text import plain
from index.query.turkish import is_word, turkish
from index.query.written_out import contraction
from index.traditional import to_traditional

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_TURKISH_ONLY = re.compile("[ğĞışŞİ]")
_SCRIPTS = {
    "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "hi": re.compile("[\u0900-\u097f]"),
}
# Languages other than Turkish that are written with letters of _TURKISH_ONLY.
_SHARED_LETTERS = {"az", "tt", "ro", "ku", "crh", "kk"}


def detect(text: str, reader: str | None, lexicons: Mapping[str, Lexicon] | None = None) -> str:
    """The canonical tag of the query's language; `reader` (the reader's own) when the text does not tell. `lexicons`
    are the words of the articles, by which Turkish is known that is typed without Turkish letters."""
    reader_lang = reader or "en"
    if _KANA.search(text):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    if _HAN.search(text):
        return "ja" if reader_lang == "ja" else _chinese(text, reader_lang)
    latin = len(_LATIN.findall(text))
    for tag, script in _SCRIPTS.items():
        # A product's Latin name does not make an Arabic or Russian query English.
        if len(script.findall(text)) > latin:
            return reader_lang if script.search(_SAMPLE.get(reader_lang.split("-")[0], "")) else tag
    if reader_lang.split("-")[0] not in _SHARED_LETTERS and _TURKISH_ONLY.search(text):
        return "tr"
    return _latin(text, reader_lang, lexicons or {})


def shows(text: str, lang: str) -> bool:
    """Whether a text of some words shows that it is in `lang`, English or Turkish, and is not merely taken for it since
    its reader reads that. True in any other language, of which nothing else is known."""
    name, typed = family(lang), [word.lower() for word in words(text)]
    if name == "en":
        known = sum(is_stop_word(word, "en") or contraction(word) is not None for word in typed)
        return known * _ONE_SMALL_WORD_IN >= len(typed)
    if name == "tr" and not _TURKISH_ONLY.search(text):
        return 2 * sum(is_stop_word(word, "tr") or is_word(plain(word)) for word in typed) >= len(typed)
    return True


_LOANS = Path(__file__).parents[1] / "data" / "turkish_loans.txt"
_SHORTEST_LOAN = 4
# So many more of its commonest words than of the reader's language say that a question is in another. Neighbours share
# words.
_CLEARLY = 2

# Of so many English words one is small at least.
_ONE_SMALL_WORD_IN = 6

# Small words of English that Turkish readers mean as Turkish (`be` is an exclamation, `on` ten, `her` every).
_TURKISH_TOO = frozenset(("a", "an", "at", "be", "can", "has", "her", "in", "it", "on"))

# One letter of each non-Latin script that more than one language is written in, for readers of those languages.
_SAMPLE = {
    "fa": "\u0627", "ur": "\u0627", "ps": "\u0627", "ar": "\u0627", "uk": "\u0430", "bg": "\u0430", "sr": "\u0430",
    "be": "\u0430", "ru": "\u0430", "mr": "\u0905", "ne": "\u0905", "hi": "\u0905", "yi": "\u05d0", "he": "\u05d0",
    "el": "\u03b1", "th": "\u0e01",
}  # fmt: skip


def _chinese(text: str, reader_lang: str) -> str:
    simplified = to_simplified(text)
    if simplified != text.replace("帐", "账"):  # both are Simplified, of which one is folded into the other
        return "zh-Hant"
    if reader_lang == "zh-Hant" and to_traditional(text) == text:
        return "zh-Hant"  # only characters that both scripts share: the reader's own
    return "zh-Hans"


def _latin(text: str, reader_lang: str, lexicons: Mapping[str, Lexicon]) -> str:
    typed = list(words(text))
    lowered = [w.lower() for w in typed]
    both = _TURKISH_TOO if reader_lang == "tr" else frozenset()
    english = sum((is_stop_word(w, "en") and w not in both) or contraction(w) is not None for w in lowered)
    small_turkish = sum(is_stop_word(w, "tr") and not is_stop_word(w, "en") for w in lowered)
    decided_by_words = reader_lang in ("en", "tr") or is_chinese(reader_lang)
    if lexicons and decided_by_words and (other := _other(typed, lowered, lexicons)):
        return other
    if not decided_by_words and (other := _by_common_words(lowered, reader_lang)):
        return other
    if (
        small_turkish >= english
        and reader_lang not in ("tr", *_SHARED_LETTERS)
        and _is_turkish(typed, reader_lang, lexicons)
    ):
        return "tr"
    if reader_lang == "tr" and english >= small_turkish and _is_english(typed, lexicons):
        return "en"
    if decided_by_words:
        if english > small_turkish:
            return "en"
        if small_turkish > english:
            return "tr"
        return "en" if is_chinese(reader_lang) else reader_lang
    return "en" if english >= 2 and english >= len(lowered) / 3 else reader_lang


def _other(typed: Sequence[str], lowered: Sequence[str], lexicons: Mapping[str, Lexicon]) -> str | None:
    """The language other than English and Turkish that the words are of."""
    own = [(tag, lexicons[tag]) for tag in ("en", "tr") if tag in lexicons]
    as_typed = dict(zip(lowered, typed, strict=True))

    def is_small(word: str) -> bool:
        return is_stop_word(word, "en") or is_stop_word(word, "tr") or contraction(word) is not None

    def is_known(word: str) -> bool:
        return any(_has(as_typed[word], *lexicon) for lexicon in own)

    return language_of(lowered, is_small, is_known)


def _by_common_words(lowered: Sequence[str], reader_lang: str) -> str | None:
    """The language that most of the commonest words of a question are of, the reader's own where it has about as many;
    None where they do not tell. Of a language without a list nothing is known, nor that its neighbours are another."""
    own = reader_lang.split("-")[0]
    if own not in listed_languages():
        return None
    small = sum(
        word not in listed_words() and (is_stop_word(word, "en") or is_stop_word(word, "tr")) for word in lowered
    )
    found = counts(lowered)
    best = max(found, key=found.__getitem__, default=own)
    most, readers = found.get(best, 0), found.get(own, 0)
    if most <= small or most * 3 < len(lowered):
        return None
    if most >= readers + _CLEARLY:
        return best
    return reader_lang if readers else None


def _is_turkish(typed: Sequence[str], reader_lang: str, lexicons: Mapping[str, Lexicon]) -> bool:
    """Whether most words are Turkish ones that no article in English or the reader's language has, and one of them is
    in a Turkish article. Short English words pass for a Turkish root with a suffix, so the articles decide; and the
    beginning of a word, by which Turkish is found, is that of others too (`Garantie`)."""
    if "tr" not in lexicons:
        return False
    others = [(tag, lexicons[family(tag)]) for tag in {"en", reader_lang} if family(tag) in lexicons]
    reads_another = reader_lang != "en" and not is_chinese(reader_lang)
    found, supported, rest = 0, False, 0
    for word in typed:
        is_turkish = is_stop_word(word.lower(), "tr") or is_word(plain(word))
        in_turkish = (is_turkish or len(word) <= TURKISH_PREFIX) and _has(word, "tr", lexicons["tr"])
        in_others = any(_has(word, *other) for other in others)
        if (in_turkish and in_others) or (reads_another and _is_of_others(word.lower())):  # a name, or a word of both
            continue
        if not in_others and (in_turkish or is_turkish):
            found, supported = found + 1, supported or in_turkish
        else:
            rest += 1
    return supported and found > rest


def _is_of_others(word: str) -> bool:
    """Whether a word may as well be another language's than Turkish or English: one of its commonest, or one that
    Turkish has of it, with an ending of at most two letters."""
    if word in listed_words() or word in _loans():
        return True
    if word in turkish()[0]:
        return False
    return any(len(word) - end >= _SHORTEST_LOAN and word[:-end] in _loans() for end in (1, 2))


@lru_cache(maxsize=1)
def _loans() -> frozenset[str]:
    rows = _LOANS.read_text(encoding="utf-8").splitlines()
    return frozenset(word for row in rows if not row.startswith("#") for word in row.split())


def _is_english(typed: Sequence[str], lexicons: Mapping[str, Lexicon]) -> bool:
    """Whether most words are in English articles, in no Turkish one, and no Turkish words: `track order`."""
    if "en" not in lexicons:
        return False
    found = rest = 0
    for word in typed:
        in_turkish = is_word(plain(word)) or ("tr" in lexicons and _has(word, "tr", lexicons["tr"]))
        if not _has(word, "en", lexicons["en"]):
            rest += 1
        elif not in_turkish:
            found += 1
    return found > rest


def _has(word: str, lang: str, lexicon: Lexicon) -> bool:
    own = tokens(word, lang, query=True)
    return bool(own) and all(token in lexicon.ids for token in own)
