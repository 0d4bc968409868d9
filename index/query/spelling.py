"""Spelling correction against the collection's vocabulary; never touches a known word.

Words are compared after `index.query.parser.plain`, so that Turkish typed without its letters is no mistake. Optimal
string alignment distance (insertion, deletion, substitution, transposition): one edit is corrected from three letters
on, two from seven. In a word of less than seven the edit must be one that fingers and ears make: `sonos` is a name,
and not `songs`. Known words are those of the articles in any of their languages, English ones, Turkish roots with
suffixes, frequent words of about 100 languages (index/data/words.txt.gz, turkish.txt.gz; NOTICE gives their sources),
and what everybody writes in chats (index/data/chat_words.txt, index/data/noise/). Codes, Chinese, and capitalised names
within a sentence are not corrected either.

Other languages written in Latin, Cyrillic, Greek, Arabic or Hebrew letters are corrected where articles are in them,
and more carefully, having no dictionary: longer words only, and none that is a compound, or an article's word with
another ending. What may be a word of the language all the same is only offered (index/data/words_other.txt.gz has
frequent words in these scripts).
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

from index.analysis import family, fold, tokens
from index.parts.lexicon import Lexicon
from index.parts.word_table import KnownWords, lines
from index.query import other_languages
from index.query.noise import words_around
from index.query.parser import operator_spans
from index.query.plain_text import CJK, plain
from index.query.turkish import is_word
from index.query.written_out import NEGATED, is_short_form

_COMMON = Path(__file__).parents[1] / "data" / "words.txt.gz"
_COMMON_OTHER = _COMMON.with_name("words_other.txt.gz")
_CHAT = _COMMON.with_name("chat_words.txt")
_MIN_LENGTH, _TWO_EDITS_FROM, _TWO_OTHERS_FROM = 3, 7, 9
# The same without a dictionary, and for what may be a German name.
_MIN_UNLISTED, _TWO_UNLISTED_FROM, _MIN_NOUN = 5, 10, 8
# Letters of a part of a compound at least, and of an ending at most.
_PART, _LONGEST_ENDING = 4, 2
_CAPITALISES_NOUNS = frozenset(("de", "lb"))
_SPELT_SCRIPTS = re.compile("[a-z\u00df-\u024f\u1e00-\u1eff\u0370-\u04ff\u1f00-\u1fff\u05d0-\u05ea\u0620-\u06d3]+")
# A word this short is corrected only to one with the same beginning: other neighbours are often both right.
_SHORT = 4
# Turkish is agglutinative: when the whole word is unknown, a stem of at least this length is corrected instead.
_MIN_STEM_LENGTH = 6
# Beyond this the query is a message, in which one misspelling matters little.
_MAX_WORDS = 16
_MAX_UNKNOWN = 4

_LETTER = rf"[^\W\d_{CJK}]"
_TYPED = re.compile(rf"{_LETTER}+(?:['’ʼ]{_LETTER}+)*")
_APOSTROPHE = re.compile(r"['’ʼ]")
# Letters that sound the same in English, in this order; a vowel stays, but for a silent one at the end.
_SOUNDS = [(re.compile(pattern), letters) for pattern, letters in (
    ("^wh", "w"), ("^kn", "n"), ("^wr", "r"), ("^ps", "s"), ("ph", "f"), ("tch", "ch"), ("ck", "k"), ("qu", "kw"),
    ("x", "ks"), ("c(?=[eiy])", "s"), ("c(?!h)", "k"), ("dg(?=e)", "j"), ("z", "s"), (r"(.)\1", r"\1"),
    ("(?<=..)e$", ""),
)]  # fmt: skip
_SOUND_EDITS = 2
# Letters that are typed for each other: neighbours on the keyboard, and those that sound alike. Any vowel for another.
_VOWELS = frozenset("aeiouy")
# The last two are neighbours on a Turkish keyboard, `ş` and `ö`.
_PAIRS = """
    qw we er rt ty yu ui io op as sd df fg gh hj jk kl zx xc cv vb bn nm
    qa wa ws es ed rd rf tf tg yg yh uh uj ij ik ok ol pl az sz sx dx dc fc fv gv gb hb hn jn jm km
    ck cs td kg pb lr gj vw jy ls mo
"""
_CONFUSED = frozenset(map(frozenset, _PAIRS.split()))
# Whole words; suffixes after an apostrophe and parts of codes are excluded.
_SURFACE_WORD = re.compile(rf"(?<![\d_'’ʼ])(?<!{_LETTER}){_LETTER}{{3,}}+(?![\d_])")
_NEGATIVE = re.compile(r"[a-z]+['’ʼ]n?t|[a-z]{3,}nt")
_CONTRACTIONS = [letters for letters in NEGATED if letters.endswith("nt")]
_TURKISH = str.maketrans({"İ": "i", "I": "ı"})
_TURKISH_UPPER = str.maketrans({"i": "İ", "ı": "I"})
_DIGRAPHS = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae", "đ": "dj", "þ": "th",
})  # fmt: skip

# Letters that an ending has, and that are left of a word at least.
_ENDING, _ROOT = 2, 4


@dataclass(frozen=True)
class Vocabulary:
    """The unstemmed, lower-case words of one language family's articles, with their counts."""

    words: tuple[str, ...]
    counts: tuple[int, ...]

    @staticmethod
    def of(texts: Iterable[tuple[str, str]]) -> "Vocabulary":
        """From (language, text) pairs."""
        counts: Counter[str] = Counter()
        for lang, text in texts:
            counts.update(surface_words(text, lang))
        kept = sorted(counts)
        return Vocabulary(tuple(kept), tuple(counts[w] for w in kept))

    def save(self, path: Path) -> None:
        """Write `path`.words: one word and its count per line."""
        lines = [f"{word} {count}" for word, count in zip(self.words, self.counts, strict=True)]
        path.with_suffix(".words").write_text("\n".join(lines), encoding="utf-8")

    @staticmethod
    def load(path: Path) -> "Vocabulary":
        text = path.with_suffix(".words").read_text(encoding="utf-8")
        # No word contains white space, so words and counts alternate.
        flat = text.split()
        return Vocabulary(tuple(flat[::2]), tuple(map(int, flat[1::2])))

    @cached_property
    def by_plain(self) -> Mapping[str, int]:
        """The index of the most frequent word of each plain form."""
        found: dict[str, int] = {}
        for number, word in enumerate(self.words):
            form = plain(word)
            if form not in found or self.counts[number] > self.counts[found[form]]:
                found[form] = number
        return found

    def has(self, small: str) -> bool:
        """Whether the articles have a word, in small letters, as it is."""
        at = bisect_left(self.words, small)
        return at < len(self.words) and self.words[at] == small

    def spelt(self, small: str, *, digraphs_only: bool) -> str | None:
        """The most frequent word that is typed so without its letters; None without one."""
        number = self._by_digraphs.get(small)
        if number is None and not digraphs_only:
            number = self._by_folded.get(fold(small))
        return None if number is None else self.words[number]

    @cached_property
    def digraph_forms(self) -> list[tuple[str, int]]:
        """The words with letters that are typed as two, as they are typed so, with their numbers; sorted."""
        forms = ((digraphs(word), number) for number, word in enumerate(self.words) if not word.isascii())
        return sorted((form, number) for form, number in forms if form != self.words[number])

    @cached_property
    def _by_digraphs(self) -> Mapping[str, int]:
        return self._most_frequent(self.digraph_forms)

    @cached_property
    def _by_folded(self) -> Mapping[str, int]:
        return self._most_frequent((fold(word), number) for number, word in enumerate(self.words))

    def _most_frequent(self, forms: Iterable[tuple[str, int]]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for form, number in forms:
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
    def sorted_forms(self) -> list[str]:
        return sorted(self.by_plain)

    def with_prefix(self, form: str, limit: int) -> list[str]:
        """The longer words that begin with a plain form, the most frequent first, at most `limit`."""
        first, last = bisect_left(self.sorted_forms, form), bisect_left(self.sorted_forms, form + "\U0010ffff")
        numbers = (self.by_plain[other] for other in self.sorted_forms[first:last] if other != form)
        return [self.words[n] for n in heapq.nsmallest(limit, numbers, key=lambda n: (-self.counts[n], n))]

    def has_form_of(self, form: str) -> bool:
        """Whether a word is this plain form but for an ending: it begins so, or is how this one begins."""
        start = form[:-_ENDING] if len(form) - _ENDING >= _ROOT else form
        place = bisect_left(self.sorted_forms, start)
        if place < len(self.sorted_forms) and self.sorted_forms[place].startswith(start):
            return True
        return any(form[:size] in self.by_plain for size in range(max(_ROOT, len(form) // 2), len(form)))

    @cached_property
    def unlisted(self) -> "Vocabulary":
        """The words by their folded forms, for languages without a dictionary."""
        numbers = sorted(self._by_folded.items())
        return Vocabulary(tuple(form for form, _ in numbers), tuple(self.counts[number] for _, number in numbers))

    def nearest(self, form: str, edits: int, by_sound: bool = False, only_likely: bool = False) -> str | None:
        """The word nearest to a plain form within `edits`, of several the most frequent; None when there is none.

        With `by_sound`, a word that sounds the same in English goes before all others (`fone`: phone, not fine).
        With `only_likely`, one that is near by accident is none (`sonos`: songs).
        """
        best: tuple[tuple[float, ...], str] | None = None
        reach = max(edits, _SOUND_EDITS) if by_sound else edits
        for length in range(len(form) - reach, len(form) + reach + 1):
            bucket = self._by_length.get(length, [])
            for other, distance, _ in process.extract_iter(form, bucket, scorer=OSA.distance, score_cutoff=reach):
                alike = by_sound and distance > 0 and len(other) >= _MIN_LENGTH and sound(other) == sound(form)
                if not alike and (distance > edits or not _is_plausible(form, other, int(distance))):
                    continue
                if only_likely and not alike and distance == 1 and not _is_likely(form, other):
                    continue
                number = self.by_plain[other]
                rank = (not alike, distance, other[0] != form[0], -self.counts[number])
                if best is None or rank < best[0]:
                    best = (rank, self.words[number])
        return best[1] if best else None


@dataclass(frozen=True)
class Correction:
    """A query with its misspelt words corrected. Unless it `is_sure` that these are no words, it is only offered."""

    text: str
    is_sure: bool = True


def digraphs(small: str) -> str:
    """A word with two letters for each of those that are typed so on another keyboard: `löschen`, `loeschen`."""
    return small.translate(_DIGRAPHS)


@lru_cache(maxsize=4096)
def sound(form: str) -> str:
    """How a plain form sounds in English, so far that letters which are confused are the same: `phone`, `fone`."""
    for pattern, letters in _SOUNDS:
        form = pattern.sub(letters, form)
    return form


def surface_words(text: str, lang: str) -> list[str]:
    """The surface words of a text: unstemmed, in lower case, without codes."""
    small = text.translate(_TURKISH).lower() if family(lang) == "tr" else text.lower()
    return _SURFACE_WORD.findall(unicodedata.normalize("NFKC", small))


def correct(
    text: str,
    lang: str,
    vocabularies: Mapping[str, Vocabulary],
    lexicons: Mapping[str, Lexicon],
    authors: Collection[str] = (),
    written: Collection[str] = (),
) -> Correction | None:
    """A query with its misspelt words corrected, or None when there is nothing to correct.

    `authors` are lower-case words of authors' synonyms and pins, which count as known; `written` are the languages of
    the articles. A language without a dictionary is corrected only if it is one of these.
    """
    typed = list(_TYPED.finditer(text))
    is_unlisted = family(lang) == "und"
    if len(typed) > _MAX_WORDS or (is_unlisted and lang.split("-")[0] not in {tag.split("-")[0] for tag in written}):
        return None
    protected = operator_spans(text)
    corrected, unknown, is_sure = text, 0, True
    all_capitals = text.upper() == text
    for match in reversed(typed):
        if any(start <= match.start() < end for start, end in protected) or _in_a_code(text, match):
            continue
        word = _APOSTROPHE.split(match.group())[0]
        if is_unlisted and lang.split("-")[0] in _CAPITALISES_NOUNS and word[1:] == word[1:].lower():
            is_name = word[0].isupper() and len(word) < _MIN_NOUN
        else:
            is_name = _is_name(text, match, all_capitals)
        if is_name or word.lower() in authors or is_short_form(match.group(), lang):
            continue
        if is_unlisted:
            correction = _unlisted_correction(word, lang, vocabularies, lexicons)
            if correction and unknown < _MAX_UNKNOWN:
                unknown += 1
                is_sure = is_sure and _is_surely_a_slip(fold(word.lower()), fold(correction))
                start = match.start()
                corrected = corrected[:start] + _match_case(word, correction, lang) + corrected[start + len(word) :]
            continue
        has_apostrophe = word != match.group()
        if not (has_apostrophe and _NEGATIVE.fullmatch(match.group().lower())) and _is_known(
            word, lang, vocabularies, lexicons
        ):
            continue
        unknown += 1
        correction = _contraction(match.group(), lang, vocabularies)
        if correction is not None:
            word = match.group()
        else:
            correction = _correction(word, lang, vocabularies)
        if correction and unknown <= _MAX_UNKNOWN:
            start = match.start()
            corrected = corrected[:start] + _match_case(word, correction, lang) + corrected[start + len(word) :]
    return Correction(corrected, is_sure) if corrected != text else None


def _contraction(typed: str, lang: str, vocabularies: Mapping[str, Vocabulary]) -> str | None:
    """The negative contraction that a misspelt one in English (`havn't`, `dosent`) is one edit away from."""
    match = _NEGATIVE.fullmatch(typed.lower())
    if family(lang) == "tr" or match is None:
        return None
    letters = _APOSTROPHE.sub("", match.group())
    if letters == typed.lower() and any(v.nearest(letters, 1) for v in vocabularies.values()):
        return None
    found = process.extract(letters, _CONTRACTIONS, scorer=OSA.distance, score_cutoff=1, limit=None)
    # A letter left out is likelier than one for another: `havn't` is haven't, not hadn't.
    return f"{max((other for other, _, _ in found), key=len)[:-1]}'t" if found else None


def _correction(word: str, lang: str, vocabularies: Mapping[str, Vocabulary]) -> str | None:
    form, own = plain(word), family(lang)
    edits = 2 if len(form) >= _TWO_EDITS_FROM else 1
    # The query's own language first; Latin words in Chinese and other queries are mostly English.
    for name in sorted(vocabularies, key=lambda n: (n != own, n)):
        vocabulary = vocabularies[name]
        correction = vocabulary.nearest(form, edits, by_sound=name == "en" and own != "tr", only_likely=True)
        if correction is None and name == "tr":
            correction = _stem_correction(word, form, vocabularies)
        if correction is not None:
            return correction
    return None


def _unlisted_correction(
    word: str, lang: str, vocabularies: Mapping[str, Vocabulary], lexicons: Mapping[str, Lexicon]
) -> str | None:
    """The article's word that one in a language without a dictionary was to be; None where it may be right."""
    small, vocabulary = word.lower(), vocabularies["und"]
    form = fold(small)
    if len(form) < _MIN_UNLISTED or not _SPELT_SCRIPTS.fullmatch(small) or vocabulary.spelt(small, digraphs_only=False):
        return None
    head = lang.split("-")[0]
    query_tokens = tokens(word, lang, query=True)
    if not query_tokens or all(token in lexicons["und"].ids for token in query_tokens):
        return None
    others = [v for name, v in vocabularies.items() if name != "und"]
    if _is_common(form) or form in _listed(head) or any(form in v.by_plain for v in others):
        return None
    own = vocabulary.unlisted
    if _is_compound(form, own):
        return None
    found = own.nearest(form, 2 if len(form) >= _TWO_UNLISTED_FROM else 1, only_likely=True)
    if found is None or len(found) < _MIN_UNLISTED or found[0] != form[0] or _is_other_form(form, found):
        return None
    if len(form) == len(found) and sorted(form) != sorted(found):
        # Letters for others make another word too often: `raten`, `daten`; `geschmolzen`, `geschwollen`.
        changed = sum(a != b for a, b in zip(form, found, strict=True))
        if len(form) < _TWO_EDITS_FROM or changed > 1:
            return None
    return vocabulary.spelt(found, digraphs_only=False)


def _is_surely_a_slip(form: str, found: str) -> bool:
    """Whether a word that no list knows is sure to be none, by the edit that makes it one: two letters exchanged, one
    left out, one twice or once instead of twice. Another letter, or one more, makes other words as often (`aceitam`,
    `acertam`; `accendere`, `accedere`)."""
    if OSA.distance(form, found) != 1:
        return False
    if len(form) <= len(found):
        return len(form) < len(found) or sorted(form) == sorted(found)
    at = next((n for n, (a, b) in enumerate(zip(form, found, strict=False)) if a != b), len(found))
    return form[at] == form[at - 1]


def _is_common(form: str) -> bool:
    return form in common_words() or (not form.isascii() and form in _common_words_of_other_scripts())


def _is_compound(form: str, own: Vocabulary) -> bool:
    """Whether a word is two known ones, with nothing or an `s` between them."""
    for at in range(_PART, len(form) - _PART + 1):
        first, second = form[:at], form[at:]
        firsts = (first, first[:-1]) if first.endswith("s") and at > _PART else (first,)
        if any(own.has(one) or _is_common(one) for one in firsts) and (own.has(second) or _is_common(second)):
            return True
    return False


def _is_other_form(form: str, found: str) -> bool:
    """Whether two words differ in their endings only: another form, and no mistake."""
    alike = next((n for n, (a, b) in enumerate(zip(form, found, strict=False)) if a != b), min(len(form), len(found)))
    one, other = form[alike:], found[alike:]
    if alike < _ROOT or max(len(one), len(other)) > _LONGEST_ENDING:
        return False
    return not one or not other or one[-1] != other[-1] or len(form) < _TWO_EDITS_FROM


@lru_cache(maxsize=16)
def _listed(lang: str) -> frozenset[str]:
    return frozenset(fold(word) for word in other_languages.words_of(lang))


@lru_cache(maxsize=1)
def _common_words_of_other_scripts() -> KnownWords:
    """Folded forms of frequent words in Cyrillic, Greek, Arabic and Hebrew letters."""
    return KnownWords(lines(gzip.decompress(_COMMON_OTHER.read_bytes()).decode()))


def _stem_correction(word: str, form: str, vocabularies: Mapping[str, Vocabulary]) -> str | None:
    """A correction of a Turkish word's stem to a word of the articles one edit away, keeping its suffixes."""
    if len(form) != len(word):
        return None
    for end in range(len(form) - 1, _MIN_STEM_LENGTH - 1, -1):
        stem = vocabularies["tr"].nearest(form[:end], 1)
        correction = stem + word[end:].translate(_TURKISH).lower() if stem else ""
        if is_word(plain(correction), vocabularies["tr"].by_plain):
            return correction
    return None


def _is_plausible(form: str, other: str, distance: int) -> bool:
    if distance == 0 or len(other) < _MIN_LENGTH:
        return False
    # Two substitutions are more often another word than a mistake: `leaking`, `looking`.
    if distance == 2 and len(form) == len(other) and len(form) < _TWO_OTHERS_FROM and sorted(form) != sorted(other):
        return False
    alike = form[0] == other[0] or sorted(form[:2]) == sorted(other[:2])
    return alike or (distance == 1 and len(form) > _SHORT)


def _is_likely(form: str, other: str) -> bool:
    """Whether one edit between two plain forms is one that people make; in a short word that has to be sure."""
    if len(form) >= _TWO_EDITS_FROM or sorted(form) == sorted(other):
        return True
    at = next((n for n, (a, b) in enumerate(zip(form, other, strict=False)) if a != b), min(len(form), len(other)))
    if len(form) == len(other):
        sounds_else = {form[at], other[at]} == {"c", "s"} and form[at + 1 : at + 2] not in tuple("eiy")  # `codec`
        return len(form) >= _SHORT and not sounds_else and _is_confused(form[at], other[at])
    longer = form if len(form) > len(other) else other
    if longer is form and at in {0, len(form) - 1}:
        # One letter more at either end is another word (`rsync`, `codec`) unless the finger struck two keys.
        return _is_near(form[at], form[1] if at == 0 else form[at - 1])
    if len(form) > _SHORT or longer[at] in longer[max(0, at - 1) : at]:
        return True  # a letter twice, or once instead of twice, in a word of any length
    if len(form) < _SHORT:
        return False
    if not _VOWELS.intersection(form):  # an abbreviation, as mgmt, or a word whose only vowel is missing: wrng
        return longer is other and longer[at] in _VOWELS
    return longer is other or any(_is_confused(form[at], near) for near in form[max(0, at - 1) : at + 2 : 2])


def _is_near(letter: str, other: str) -> bool:
    return letter == other or frozenset((letter, other)) in _CONFUSED


def _is_confused(letter: str, other: str) -> bool:
    return {letter, other} <= _VOWELS or frozenset((letter, other)) in _CONFUSED


@lru_cache(maxsize=4)
def _chat_words(name: str) -> frozenset[str]:
    """Plain forms of what people write in chats in a language; English ones in all."""
    rows = [line.split() for line in _CHAT.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    languages = {"en", name} & {"en", "tr"}
    listed = {plain(word) for lang, *words in rows if lang in languages for word in words}
    return frozenset(listed.union(*map(words_around, languages)))


def _is_known(word: str, lang: str, vocabularies: Mapping[str, Vocabulary], lexicons: Mapping[str, Lexicon]) -> bool:
    form = plain(word)
    if len(form) < _MIN_LENGTH or not form.isascii():
        return True
    if form in common_words() or any(form in v.by_plain for v in vocabularies.values()):
        return True
    name = family(lang)
    if form in _chat_words(name):
        return True
    if name == "tr":
        return is_word(form, vocabularies["tr"].by_plain if "tr" in vocabularies else ())
    query_tokens = tokens(word, lang, query=True)
    return not query_tokens or (name in lexicons and all(t in lexicons[name].ids for t in query_tokens))


@lru_cache(maxsize=1)
def common_words() -> KnownWords:
    """Plain forms of common words: English, and the most frequent ones of all languages in Latin script."""
    return KnownWords(lines(gzip.decompress(_COMMON.read_bytes()).decode()))


def _in_a_code(text: str, match: re.Match[str]) -> bool:
    """Whether a digit, underscore or the like adjoins the word: part of a code, an address or a file name."""
    before, after = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 2]
    return bool(re.search(r"[\d_@/\\.\-]$", before) or re.match(r"[\d_@/\\]|[.\-]\w", after))


def _is_name(text: str, match: re.Match[str], all_capitals: bool) -> bool:
    """Whether a word is capitalised within a sentence, or in its middle (`iCloud`): a name, which may well be out of
    vocabulary."""
    before, word = text[: match.start()].rstrip(), match.group()
    if not all_capitals and word[1:] != word[1:].lower() and word != word.upper():
        return True
    return bool(before) and not all_capitals and word[0].isupper() and before[-1] not in '.!?:"“„«'


def _match_case(typed: str, correction: str, lang: str) -> str:
    upper = str.maketrans({}) if family(lang) != "tr" else _TURKISH_UPPER
    if len(typed) > 1 and typed.isupper():
        return correction.translate(upper).upper()
    return correction[0].translate(upper).upper() + correction[1:] if typed[0].isupper() else correction
